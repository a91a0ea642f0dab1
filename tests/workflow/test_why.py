"""`rollbook why` on the local cloud: the function may read what a question needs, and the evidence is true."""

from __future__ import annotations

import pytest

from tests.workflow.office import Desk, Office, Student, sheet, students


@pytest.fixture(scope="module")
def desk(running, tmp_path_factory) -> Desk:
    return Desk(Office(running, "asking"), tmp_path_factory.mktemp("asking"))


@pytest.fixture(scope="module")
def load(desk) -> str:
    """A load of three students and one whose email is no address."""
    pupils = [*students(1, 2, 3), Student(4, email="no mail")]
    return desk.run("load", desk.file("sheet.xlsx", sheet(pupils)), "--yes")["load"]


def test_a_row_that_was_turned_back_is_told_with_its_place(desk, load):
    found = desk.run("why", Student(4).id)
    assert found["outcome"] == "ROW_REJECTED"
    evidence = {fact["name"]: fact["value"] for fact in found["trail"][-1]["evidence"]}
    assert {name: evidence[name] for name in ("load", "tab", "row", "column", "code")} == {
        "load": load, "tab": "Students", "row": "5", "column": "Email", "code": "R-EMAIL"}
    assert "'no mail'" in evidence["message"]


def test_snapshots_and_names_can_be_read(desk, load):
    last, first = Student(1).name
    assert desk.run("why", f"{last}, {first}", "--in", "709")["outcome"] == "FOUND_CHECK_VIEW"
    assert desk.run("why", Student(1).id, "--field", "grade")["outcome"] == "FIX_IN_SIS"
    assert desk.run("why", "nobody-at-all")["outcome"] == "SOURCE_EXTRACT_GAP"

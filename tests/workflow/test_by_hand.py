"""By hand, through the command line: accounts edited, reports corrected, sources overruled."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from rostering.sheet.columns import TAB
from tests.workflow.office import Desk, Office, sheet, students

TURNED_BACK, HELD = 4, 3
WHY = ("--reason", "the office asked")
GRADE = TAB["Students"].index("grade") + 1


class HandDesk(Desk):
    """The desk of somebody who loads workbooks and edits students between."""

    def load(self, name: str, data: bytes, *, expect: int = 0) -> dict[str, Any]:
        """Load a workbook, approve it if it waits, and download its files into a folder of its name."""
        return self.run("load", self.file(f"{name}.xlsx", data), "--yes", "--out", str(self.folder / name),
                        expect=expect)

    def grade(self, student: int) -> str:
        return self.run("account", "show", f"{student:06d}")["grade"]


def changed(data: bytes, change: Callable[[Any], None]) -> bytes:
    """A workbook after somebody opened it, changed it and saved it."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    change(book)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def grades(**by_row: str) -> Callable[[Any], None]:
    """Types a grade into rows of Students: `grades(r2="05")`."""
    def change(book: Any) -> None:
        for row, grade in by_row.items():
            book["Students"].cell(int(row[1:]), GRADE).value = grade
    return change


@pytest.fixture(scope="module")
def desk(running, tmp_path_factory) -> HandDesk:
    return HandDesk(Office(running, "hand"), tmp_path_factory.mktemp("hand"))


@pytest.fixture(scope="module")
def first(desk) -> dict[str, Any]:
    """Three hundred students; the grades of rows 4 and 5 can't be read."""
    data = changed(sheet(students(*range(1, 301))), grades(r4="Zaphod", r5="Zaphod"))
    return desk.load("first", data)


def test_an_edit_survives_a_load_until_the_source_s_value_is_used(desk, first):
    edited = desk.run("account", "edit", "000001", "grade=1st", "preferred_name=Pip", *WHY)
    assert (edited["fields"]["grade"]["value"], edited["fields"]["grade"]["source_value"]) == ("01", "04")
    desk.load("edited", changed(sheet(students(1)), grades(r2="05")))
    shown = desk.run("account", "show", "000001")["fields"]
    assert {name: shown["grade"][name] for name in ("value", "origin", "source_value", "differs")} == {
        "value": "01", "origin": "hand", "source_value": "05", "differs": True}
    assert desk.run("account", "use-source", "000001", "grade", *WHY)["grade"] == "05"
    assert desk.run("account", "clear-by-hand", "--school", "0012", *WHY)["changed"] == [edited["account"]]
    assert desk.run("account", "show", "000001")["by_hand"] == []


def test_who_is_switched_off_by_a_person_stays_off_and_the_load_says_so(desk, first):
    off = desk.run("account", "deactivate", "000006", *WHY)
    assert (off["status"], off["deactivated"]["reason"]) == ("inactive", "the office asked")
    load = desk.load("off", changed(sheet(students(6)), grades(r2="05")))
    assert "W-KEPT-OFF" in {problem["code"] for problem in load["problems"]}
    assert desk.run("account", "show", "000006")["status"] == "inactive"
    assert desk.run("account", "reactivate", "000006", *WHY)["status"] == "active"


def test_of_a_corrected_report_only_the_corrected_rows_load(desk, first):
    assert desk.office.rollbook("account", "show", "000003", "--site", "hand").returncode == 1
    desk.load("newer", changed(sheet(students(10, 11)), grades(r2="07", r3="07")))
    report = Path(first["files"]["report_xlsx"]).read_bytes()
    load = desk.load("repaired", changed(report, grades(r4="05", r12="06")))
    assert (desk.grade(3), desk.grade(11)) == ("05", "06")      # row 4 loads, row 12 was corrected
    assert desk.grade(10) == "07"                               # row 11 was not: the newer load counts
    assert load["counts"]["students"]["new"] == 1
    [told] = [problem["message"] for problem in load["problems"] if problem["code"] == "I-REPAIRED"]
    assert told.startswith(f"This is the report of load {first['load']}. Rows that were corrected")
    # the report of the repair is one too: row 5 is still wrong in it
    again = changed(Path(load["files"]["report_xlsx"]).read_bytes(), grades(r5="03"))
    assert desk.load("repaired again", again)["counts"]["students"]["new"] == 1
    assert (desk.grade(4), desk.grade(10)) == ("03", "07")


def test_a_correction_counts_from_the_next_delivery_until_the_source_agrees(desk, first):
    made = desk.run("correct", "student", "000020", "grade", "2nd", *WHY)
    assert made["note"].startswith("It counts from the next delivery") and desk.grade(20) == "04"
    load = desk.load("corrected", changed(sheet(students(20)), grades(r2="Zaphod")))
    assert desk.grade(20) == "02"
    [told] = [problem["message"] for problem in load["problems"] if problem["code"] == "I-CORRECTED"]
    assert told == "'Zaphod' was read as '2nd': corrected by hand in Rollbook."
    [listed] = desk.run("corrections")["corrections"]
    assert (listed["state"], listed["said"]) == ("open", "Zaphod")
    desk.load("agreed", changed(sheet(students(20)), grades(r2="02")))
    assert [one["state"] for one in desk.run("corrections")["corrections"]] == ["ended"]
    desk.load("after", changed(sheet(students(20)), grades(r2="03")))
    assert desk.grade(20) == "03"


def test_a_correction_that_is_taken_back_counts_no_longer(desk, first):
    made = desk.run("correct", "student", "000021", "grade", "02", *WHY)
    assert desk.run("correct", "--remove", made["correction"])["state"] == "ended"
    desk.load("uncorrected", changed(sheet(students(21)), grades(r2="05")))
    assert desk.grade(21) == "05"

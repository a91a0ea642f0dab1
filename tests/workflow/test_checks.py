"""Check Data on the local cloud: what two deliveries say of a school, its people, its gaps, and a list of them."""

from __future__ import annotations

import csv

import pytest

from tests.workflow.office import Desk, Office, sheet, students


@pytest.fixture(scope="module")
def desk(running, tmp_path_factory) -> Desk:
    """Eight students; then a sheet with a row that is turned back, which holds it."""
    desk = Desk(Office(running, "checks"), tmp_path_factory.mktemp("checks"))
    assert desk.office.loaded(sheet(students(*range(1, 9))))["state"] == "done"
    wrong = [one if number else one._replace(email="no mail") for number, one in enumerate(students(*range(1, 9)))]
    assert desk.office.loaded(sheet(wrong), name="second.xlsx")["state"] == "held"
    return desk


def test_a_school_is_compared_with_its_newest_delivery(desk):
    found = desk.run("check", "people", "--school", "0012", "--role", "Student")
    students = next(line for line in found["payload"] if line["kind"] == "student")
    assert {name: students[name] for name in ("sent", "stands", "here", "held", "turned_back")} == {
        "sent": 8, "stands": 8, "here": 8, "held": 0, "turned_back": 1}
    assert students["load_state"] == "held"
    assert sorted(one["email_state"] for one in found["people"]) == ["Error R-EMAIL", *["Not sent"] * 7]
    assert {(one["first_secret"], one["origin"], one["status"]) for one in found["people"]} == {
        ("issued", "sis", "active")}
    assert all(one["classes"] and one["last_load"] for one in found["people"])


def test_a_list_of_a_filter_is_a_file_without_secrets(desk):
    made = desk.run("check", "people", "--school", "0012", "--first-secret", "issued", "--role", "Student",
                    "--out", str(desk.folder / "out"), "--format", "csv")
    with open(made["files"][0], encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == made["people"] == 8 and made["with_secrets"] is False
    assert {row["Way in"] for row in rows} == {"Issued"} and "First secret" not in rows[0]
    secrets = set(desk.office.first_secrets().values()) - {""}
    assert secrets and not secrets & {cell for row in rows for cell in row.values()}


def test_a_person_a_class_and_the_gaps_are_told(desk):
    one = desk.run("check", "people", "--school", "0012", "--role", "Student", "--limit", "1")["people"][0]
    person = desk.run("check", "person", one["account"])
    assert person["fields"]["last_name"]["row"] and person["enrollments"][0]["put_by"]["load"]
    seen = desk.run("check", "roster", person["enrollments"][0]["section"], "--as", one["account"])
    assert seen["shown"] is True and [member["account"] for member in seen["students"]] == [one["account"]]
    gaps = {gap["gap"]: gap["count"] for gap in desk.run("check", "gaps", "--school", "0012")["gaps"]}
    assert gaps["student_no_class"] == gaps["class_no_teacher"] == gaps["double_name"] == 0
    (school, *_) = desk.run("check", "gaps")["schools"]
    assert school["counts"] == gaps

"""The `rollbook` command against the cloud: exit codes, and the JSON that programs build on."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import openpyxl
import pdfplumber
import pytest

from tests.workflow.office import Desk, Office, sheet, students

KINDS = {"schools", "terms", "courses", "sections", "staff", "students", "guardians", "rosters", "groups"}
COUNTS = {"rows", "new", "changed", "unchanged", "missing", "deactivated", "problems"}
LOAD = {"load", "site", "source", "state", "counts", "problems", "holds", "files", "seconds"}
PROBLEM = {"severity", "code", "tab", "row", "column", "message"}
HOLD = {"rule", "school", "kind", "count", "of", "message", "cause", "action"}
DONE, FAILED, HELD, TURNED_BACK = 0, 1, 3, 4


@pytest.fixture(scope="module")
def desk(running, tmp_path_factory) -> Desk:
    return Desk(Office(running, "desk"), tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def first(desk) -> dict[str, Any]:
    """A first load of eight students, with its files downloaded."""
    return desk.run("load", desk.file("first sheet.xlsx", sheet(students(*range(1, 9)))),
                    "--out", str(desk.folder / "first"))


def has_the_shape(load: dict[str, Any]) -> None:
    """Check what issue A promises of a load as JSON."""
    assert load.keys() >= LOAD
    assert load["counts"].keys() == KINDS
    assert all(counts.keys() == COUNTS for counts in load["counts"].values())
    assert all(isinstance(number, int) for counts in load["counts"].values() for number in counts.values())
    assert all(problem.keys() == PROBLEM for problem in load["problems"])
    assert all(hold.keys() >= HOLD for hold in load["holds"])
    assert load["files"].keys() == {"report_xlsx", "report_json", "report_html", "account_sheets"}
    assert all(isinstance(seconds, (int, float)) for seconds in load["seconds"].values())
    assert (load["site"], load["source"]) == ("desk", "sheet")


def test_a_load_that_is_done_ends_with_0_and_brings_its_files(desk, first):
    has_the_shape(first)
    assert first["state"] == "done"
    assert first["counts"]["students"] == dict.fromkeys(COUNTS, 0) | {"rows": 8, "new": 8}
    assert {"read", "plan", "apply", "credentials", "export", "report"} <= first["seconds"].keys()
    for path in (first["files"]["report_xlsx"], first["files"]["report_json"], first["files"]["report_html"],
                 *first["files"]["account_sheets"]):
        assert Path(path).parent == desk.folder / "first"
        assert Path(path).stat().st_size
    assert {Path(path).suffix for path in first["files"]["account_sheets"]} == {".pdf", ".xlsx"}


def test_the_same_file_again_ends_with_4(desk, first):
    again = desk.run("load", str(desk.folder / "first sheet.xlsx"), expect=TURNED_BACK)
    has_the_shape(again)
    assert again["state"] == "turned_back"
    assert [problem["code"] for problem in again["problems"]] == ["F-SAME-FILE"]
    assert again["problems"][0]["message"].startswith("The same file was already loaded on ")


def test_a_file_that_is_no_sheet_ends_with_4(desk, first):
    back = desk.run("load", desk.file("list.xlsx", b"Student ID,First Name\n1,Zoe\n"), expect=TURNED_BACK)
    has_the_shape(back)
    assert [problem["code"] for problem in back["problems"]] == ["F-CSV"]


def test_a_held_load_ends_with_3_and_is_rejected(desk, first):
    held = desk.run("load", desk.file("less.xlsx", sheet(students(*range(2, 9)), complete=True)), expect=HELD)
    has_the_shape(held)
    assert held["state"] == "held"
    assert held["holds"][0]["rule"] == "H-COMPLETE-LIST"
    rejected = desk.run("reject", held["load"], "--reason", "one is missing by mistake")
    assert (rejected["load"], rejected["state"]) == (held["load"], "rejected")
    shown = desk.run("show", held["load"])
    has_the_shape(shown)
    assert shown["state"] == "rejected"


def test_a_held_load_that_is_approved_is_applied(desk, first):
    held = desk.run("load", desk.file("left.xlsx", sheet(students(*range(1, 8)), complete=True)), expect=HELD)
    approved = desk.run("approve", held["load"], "--reason", "she moved away")
    assert approved["state"] in ("approved", "applying", "applied", "done")
    desk.office.ended(held["load"])
    shown = desk.run("show", held["load"])
    assert (shown["state"], shown["counts"]["students"]["deactivated"]) == ("done", 1)
    gone = desk.run("accounts", "--role", "Student", "--status", "inactive")["accounts"]
    assert [one["person_id"] for one in gone] == ["000008"]


def test_what_a_person_may_approve_is_approved_at_once_with_yes(desk, first):
    done = desk.run("load", desk.file("yes.xlsx", sheet(students(*range(1, 7), 8), complete=True)), "--yes")
    has_the_shape(done)
    assert done["state"] == "done"
    assert done["counts"]["students"]["deactivated"] == 1


def test_a_decision_on_a_load_that_does_not_wait_ends_with_1(desk, first):
    done = desk.office.rollbook("approve", first["load"], "--reason", "again", "--site", "desk")
    assert (done.returncode, done.stdout) == (FAILED, "")
    assert "is not held" in done.stderr


def test_a_load_that_nobody_knows_ends_with_1(desk):
    done = desk.office.rollbook("show", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "--site", "desk", "--json")
    assert (done.returncode, done.stdout) == (FAILED, "")


def test_loads_are_listed_the_newest_first(desk, first):
    listed = desk.run("loads")["loads"]
    assert first["load"] == listed[-1]["load"]
    assert [one["load"] for one in listed] == sorted((one["load"] for one in listed), reverse=True)
    for one in listed:
        has_the_shape(one)
    assert [one["load"] for one in desk.run("loads", "--limit", "1")["loads"]] == [listed[0]["load"]]


def test_accounts_are_listed_by_role_and_school(desk, first):
    found = desk.run("accounts", "--role", "Student", "--school", "0012")["accounts"]
    assert [one["person_id"] for one in found] == [f"{number:06d}" for number in range(1, 9)]
    assert all(one["username"] and one["role"] == "Student" for one in found)
    assert desk.run("accounts", "--school", "9999")["accounts"] == []
    everybody = desk.run("accounts")["accounts"]
    roles = {one["role"] for one in everybody if one["source"] == "sheet"}
    assert roles == {"Student", "Guardian", "Teacher"}
    assert not any({"birth_date", "state_id", "secret"} & one.keys() for one in everybody)


def test_a_roster_names_section_teachers_and_students(desk, first):
    found = desk.run("roster", "--section", "709")
    assert found.keys() == {"section", "teachers", "students"}
    assert (found["section"]["id"], found["section"]["name"]) == ("709", "Math 4")
    assert [(one["last_name"], one["part"]) for one in found["teachers"]] == [("O'Hara-Ruiz", "lead")]
    assert {one["first_name"] for one in found["students"]} >= {"Zoëb", "Zoëc"}


@pytest.mark.parametrize("form", ["pdf", "xlsx", "csv"])
def test_an_export_writes_a_file_that_opens(desk, first, form):
    made = desk.run("export", "--role", "Student", "--format", form, "--out", str(desk.folder / form))
    assert made.keys() == {"export", "site", "people", "with_secrets", "files"}
    assert made["with_secrets"] is False
    (path,) = made["files"]
    if form == "pdf":
        with pdfplumber.open(path) as book:
            text = "".join(page.extract_text() for page in book.pages)
    elif form == "xlsx":
        header, *rows = openpyxl.load_workbook(path).active.iter_rows(values_only=True)
        assert ("First secret" in header, len(rows)) == (False, made["people"])
        text = str(rows)
    else:
        with open(path, encoding="utf-8-sig", newline="") as file:
            listed = list(csv.DictReader(file))
        assert ("First secret" in listed[0], len(listed)) == (False, made["people"])
        text = str(listed)
    assert "Jönssonb" in text


def test_an_export_of_one_section_may_be_had_with_first_secrets(desk, first):
    made = desk.run("export", "--section", "709", "--format", "csv", "--with-secrets",
                    "--reason", "first day", "--out", str(desk.folder / "section"))
    with open(made["files"][0], encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["Role"] == "Student"]
    assert len(rows) >= 6
    assert all(row["First secret"] for row in rows)

"""A dropped sheet becomes accounts; the same sheet again, complete lists, decisions, and holds that end."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from datetime import date

import openpyxl
import pdfplumber
import pytest

from cli.generate import generate
from tests.workflow.office import Office, sheet, students

ODD_NAME = "Schüler + Eltern für Größe 5&6 (endgültig).xlsx"
KINDS = {"Schools": "schools", "Terms": "terms", "Staff": "staff", "Students": "students",
         "Guardians": "guardians", "Courses": "courses", "Classes": "sections", "Class Rosters": "rosters",
         "Groups": "groups"}
EVERYONE = range(1, 13)


@pytest.fixture(scope="module")
def district(tmp_path_factory) -> bytes:
    """A generated district of 40 students."""
    file = tmp_path_factory.mktemp("district") / "district.xlsx"
    generate(40, out=file, today=date.today(), seed=3)
    return file.read_bytes()


@pytest.fixture(scope="module")
def rows(district) -> dict[str, list[dict[str, str]]]:
    """The rows of every tab as openpyxl reads them, by header."""
    book = openpyxl.load_workbook(io.BytesIO(district))
    found = {}
    for tab in KINDS:
        header, *data = book[tab].iter_rows(values_only=True)
        names = [str(name).removesuffix(" *") for name in header]
        found[tab] = [dict(zip(names, row, strict=True)) for row in data if any(row)]
    return found


@pytest.fixture(scope="module")
def harbor(running) -> Office:
    return Office(running, "harbor")


@pytest.fixture(scope="module")
def first(harbor, district) -> dict:
    """The first load of the site, from a key that no URL would carry unescaped."""
    return harbor.loaded(district, ODD_NAME, "Ticket 7 + 8 für Größe=ä%20")


@pytest.fixture(scope="module")
def first_files(harbor, first) -> dict:
    return harbor.files(first["load"])


@pytest.fixture(scope="module")
def secrets(harbor, first) -> dict[str, str]:
    return harbor.first_secrets()


@pytest.fixture(scope="module")
def lagoon(running) -> Office:
    """A small site with twelve students, loaded."""
    office = Office(running, "lagoon")
    assert office.loaded(sheet(students(*EVERYONE)))["state"] == "done"
    return office


def without(*gone: int, note: str = "") -> bytes:
    """A complete list without some of the lagoon's students; `note` makes it another file."""
    return sheet((one._replace(state_id=note) for one in students(*EVERYONE) if one.number not in gone),
                 complete=True)


def test_every_row_of_a_first_sheet_is_new_and_loaded(first, rows):
    assert first["state"] == "done"
    for tab, kind in KINDS.items():
        counted = first["counts"][kind]
        assert (counted["rows"], counted["problems"]) == (len(rows[tab]), 0), kind
    assert first["counts"]["students"]["new"] == 40
    assert first["file_name"] == ODD_NAME


def test_everybody_has_an_account_with_a_username(harbor, first, rows):
    people = harbor.people()
    guardians = {
        row["Guardian ID"] or (row["First Name"], row["Last Name"], row["Email"] or row["Student ID"])
        for row in rows["Guardians"] if row["Portal Access"] != "No"}
    roles = Counter(one["role"] for one in people.values() if one["source"] == "sheet")
    assert roles["Student"] == len(rows["Students"])
    assert roles["Staff"] + roles["Teacher"] == len(rows["Staff"])
    assert roles["Guardian"] == len(guardians) == first["counts"]["guardians"]["new"]
    loaded = [one for one in people.values() if one["source"] == "sheet"]
    assert all(one["username"] for one in loaded)
    assert len({one["username"] for one in loaded}) == len(loaded)
    for row in rows["Students"]:
        one = people[f"Student {row['Student ID']}"]
        assert (one["last_name"], one["first_name"], one["grade"], one["school"]) == (
            row["Last Name"], row["First Name"], row["Grade"], row["School ID"])
        assert one["created"]["load"] == first["load"]


def test_a_section_has_the_members_that_the_sheet_gave_it(harbor, first, rows):
    sizes = Counter(row["Class ID"] for row in rows["Class Rosters"])
    section = max(sizes, key=lambda name: (sizes[name], name))
    named = {row["Student ID"]: (row["Last Name"], row["First Name"]) for row in rows["Students"]}
    about = next(row for row in rows["Classes"] if row["Class ID"] == section)
    teacher = next(row for row in rows["Staff"] if row["Staff ID"] == about["Teacher Staff ID"])

    found = harbor.get(f"/sections/{section.lower()}")

    assert found["section"]["name"] == about["Class Name"]
    assert sorted((one["last_name"], one["first_name"]) for one in found["students"]) == sorted(
        named[row["Student ID"]] for row in rows["Class Rosters"] if row["Class ID"] == section)
    lead = next(one for one in found["teachers"] if one["part"] == "lead")
    assert (lead["last_name"], lead["first_name"]) == (teacher["Last Name"], teacher["First Name"])


def test_the_cards_of_a_school_open_and_hold_every_students_way_in(harbor, first_files, secrets):
    (name,) = [name for name in first_files["account_sheets"] if name.endswith(".pdf")]
    with pdfplumber.open(io.BytesIO(first_files["account_sheets"][name])) as book:
        text = re.sub(r"\s+", "", "".join(page.extract_text() or "" for page in book.pages))
    new = [one["username"] for one in harbor.people(role="Student").values()]
    assert len(new) == 40
    assert [one for one in new if one not in text] == []
    printed = [one for one in new if re.sub(r"\s+", "", secrets[one]) in text]
    assert printed == new


def test_the_list_of_a_school_names_everybody_and_no_first_secret(harbor, first_files, secrets):
    (name,) = [name for name in first_files["account_sheets"] if name.endswith(".xlsx")]
    book = openpyxl.load_workbook(io.BytesIO(first_files["account_sheets"][name]))
    header, *listed = book.active.iter_rows(values_only=True)
    cells = {str(value) for row in listed for value in row}
    assert "First secret" not in header
    assert {one["username"] for one in harbor.people().values() if one["source"] == "sheet"} <= cells
    assert secrets and not set(secrets.values()) & cells


def test_the_reports_tell_the_state_and_name_the_load(first, first_files):
    told = json.loads(first_files["report_json"])
    assert (told["load"], told["site"]) == (first["load"], "harbor")
    assert told["counts"]["students"]["new"] == 40
    assert first["load"] in first_files["report_html"].decode()


def test_the_report_workbook_can_be_handed_in_again_and_changes_nothing(harbor, first_files):
    before = harbor.table("DROP", "NEWEST", "DELIVERED")
    again = harbor.loaded(first_files["report_xlsx"], "report.xlsx")
    assert again["state"] == "done"
    moved = {kind: count for kind, count in again["counts"].items()
             if count["new"] or count["changed"] or count["deactivated"] or count["problems"]}
    assert moved == {}
    assert again["counts"]["students"]["unchanged"] == 40
    assert accounts_and_classes(harbor.table()) == accounts_and_classes(before)


def accounts_and_classes(items: dict) -> dict:
    """The items that people are made of; leases, sessions and what names the newest load are left out."""
    return {key: item for key, item in items.items()
            if key[0].split("#")[1] in ("ACCOUNT", "SECTION", "GROUP", "SCHOOL", "IDENT", "EMAIL", "USERNAME")
            or key[1].startswith("SCHOOL#")}


def test_the_same_file_again_is_turned_back_and_changes_nothing(harbor, first, district):
    before = harbor.table()
    again = harbor.loaded(district, "other name.xlsx")
    assert (again["state"], again["message"].split(":")[0]) == ("turned_back", "F-SAME-FILE")
    assert again["problem_counts"] == {"F-SAME-FILE": 1}
    assert harbor.table() == before


def test_a_complete_list_with_people_missing_waits_for_a_person(lagoon):
    before = lagoon.table("DROP", "NEWEST", "DELIVERED")
    held = lagoon.loaded(without(1, 2, note="held"))
    assert held["state"] == "held"
    assert {"rule": "H-COMPLETE-LIST", "school": ""}.items() <= held["holds"][0].items()
    assert lagoon.table("DROP", "NEWEST", "DELIVERED") == before
    lagoon.decided(held["load"], "reject")


def test_an_approved_complete_list_switches_off_who_is_missing_and_deletes_nobody(lagoon):
    everybody = lagoon.people()
    held = lagoon.loaded(without(3))
    assert held["state"] == "held"
    done = lagoon.decided(held["load"], "approve")
    assert (done["state"], done["counts"]["students"]["deactivated"]) == ("done", 1)
    people = lagoon.people()
    assert people.keys() == everybody.keys()
    assert {name for name, one in people.items() if one["status"] == "inactive"} >= {"Student 000003"}
    assert people["Student 000004"]["status"] == "active"
    assert people["Student 000003"]["deactivated"]["load"] == held["load"]
    assert "Zoëd" not in {one["first_name"] for one in lagoon.get("/sections/709")["students"]
                          if one["status"] == "active"}


def test_somebody_who_returns_has_the_same_account_and_username(lagoon):
    held = lagoon.loaded(without(5))
    lagoon.decided(held["load"], "approve")
    away = lagoon.people()["Student 000005"]
    back = lagoon.loaded(sheet(students(5)))
    assert back["state"] == "done"
    now = lagoon.people()["Student 000005"]
    assert (away["status"], now["status"]) == ("inactive", "active")
    assert (now["account"], now["username"]) == (away["account"], away["username"])


def test_a_rejected_load_changes_nothing_and_stays_rejected(lagoon):
    before = lagoon.table("DROP", "NEWEST", "DELIVERED")
    held = lagoon.loaded(without(7))
    closed = lagoon.decided(held["load"], "reject")
    assert closed["state"] == "rejected"
    assert closed["decision"]["reason"] == "looked at it"
    assert lagoon.table("DROP", "NEWEST", "DELIVERED") == before
    late = lagoon.ask("POST", f"/loads/{held['load']}/approve", {"reason": "changed my mind"})
    assert (late.status, late.body["code"]) == (409, "NOT_HELD")


def test_a_rejected_file_can_be_handed_in_again(lagoon):
    rejected = lagoon.loaded(without(8))
    lagoon.decided(rejected["load"], "reject")
    again = lagoon.loaded(without(8))
    assert (again["state"], again["load"] != rejected["load"]) == ("held", True)
    lagoon.decided(again["load"], "reject")


def test_a_newer_load_takes_the_place_of_one_that_is_held(lagoon):
    before = lagoon.table("DROP", "NEWEST", "DELIVERED")
    older = lagoon.loaded(without(9))
    newer = lagoon.loaded(without(9, 10))
    lagoon.ended(older["load"])
    assert lagoon.get(f"/loads/{older['load']}")["state"] == "replaced"
    assert newer["state"] == "held"
    late = lagoon.ask("POST", f"/loads/{older['load']}/approve", {"reason": "too late"})
    assert (late.status, late.body["code"]) == (409, "NOT_HELD")
    lagoon.decided(newer["load"], "reject")
    assert lagoon.table("DROP", "NEWEST", "DELIVERED") == before


def test_a_hold_that_nobody_answers_expires_and_changes_nothing(lagoon):
    before = lagoon.table("DROP", "NEWEST", "DELIVERED")
    held = lagoon.loaded(without(11))
    lagoon.cloud.client("stepfunctions").send_task_failure(
        taskToken=lagoon.token_of(held["load"]), error="States.Timeout", cause="seven days are over")
    lagoon.ended(held["load"])
    assert lagoon.get(f"/loads/{held['load']}")["state"] == "expired"
    assert lagoon.table("DROP", "NEWEST", "DELIVERED") == before
    late = lagoon.ask("POST", f"/loads/{held['load']}/approve", {"reason": "too late"})
    assert (late.status, late.body["code"]) == (409, "NOT_HELD")

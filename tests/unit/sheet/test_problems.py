"""The catalog against the specification, and the list of a reading."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rostering.model import Problem
from rostering.sheet.problems import MAX_KEPT, MESSAGES, Problems, problem, sentence
from rostering.sheet.spool import Spool

TWIN = Path(__file__).parents[4] / "shared" / "specs" / "import-sheet.json"


@pytest.fixture
def problems():
    return Problems(Spool())


def test_the_catalog_is_the_specification_s():
    if not TWIN.exists():
        pytest.skip("the specification (../shared) is not here")
    told = {each["code"]: each["message"] for each in json.loads(TWIN.read_text(encoding="utf-8"))["problems"]}
    assert told.pop("T-COLUMN-ADDED") == ("column {a} '{g}' was added (or: column {a} has no header). "
                                          "Delete it, or start from a fresh sheet.")
    assert told == {code: message for code, message in MESSAGES.items() if code != "T-COLUMN-ADDED"}


@pytest.mark.parametrize(("code", "tab", "values", "message"), [
    ("F-EMPTY", "", {}, "The file is empty. Save it again and send it once more. Nothing was loaded."),
    ("T-NO-DATA", "", {}, "The sheet has no data rows. Nothing was loaded."),
    ("T-TAB-MISSING", "Terms", {"t": "Terms"},
     "The tab 'Terms' is missing. Tabs must not be deleted; leave a tab empty if you have nothing for it. "
     "Nothing was loaded."),
    ("T-NO-HEADER", "Staff", {},
     "`Staff` tab: row 1 is not the header row. Row 1 must hold the column names. Start from a fresh sheet "
     "and paste your data from row 2 on. Nothing was loaded."),
    ("T-COLUMN-ADDED", "Staff", {"a": "D", "g": "Nick"},
     "`Staff` tab: column D 'Nick' was added. Delete it, or start from a fresh sheet. Nothing was loaded."),
    ("T-COLUMN-ADDED", "Staff", {"a": "D"},
     "`Staff` tab: column D has no header. Delete it, or start from a fresh sheet. Nothing was loaded."),
    ("W-STUDENT-NO-CLASS", "Students", {"n": 3, "r": 7},
     "`Students` tab: 3 students are in no class (first: row 7)."),
    ("F-SAME-FILE", "", {"date": "8/24/2026"},
     "The same file was already loaded on 8/24/2026. Nothing to do. Nothing was loaded."),
])
def test_a_message_about_the_workbook_says_where_and_that_nothing_was_loaded(code, tab, values, message):
    assert problem(code, tab, **values) == Problem(code, tab, 0, "", message)


def test_a_message_about_a_row_starts_with_what_is_wrong():
    found = problem("R-GRADE", "Students", 14, "Grade", v="X")
    assert found.message == "'X' is not a grade. Use KG, 01 ... 12."
    assert sentence(found) == "Students H14 (Grade): 'X' is not a grade. Use KG, 01 ... 12."
    assert sentence(problem("T-NO-DATA")) == "The sheet has no data rows. Nothing was loaded."


@pytest.mark.parametrize(("code", "values", "message"), [
    ("R-ROLE-CHANGE", {"role": "Student"},
     "this ID belongs to a Student account. One account has one role."),
    ("R-MATCH-HELD", {"n": 2}, "could be one of 2 accounts. The helpdesk will decide."),
    ("R-USERNAME-TAKEN", {"v": "ana.r38"},
     "The username 'ana.r38' is already taken. Leave the cell blank and the system makes one."),
    ("W-USERNAME-IGNORED", {"w": "ana.r38"},
     "Usernames are not changed by the sheet. The account keeps 'ana.r38'."),
    ("I-MATCHED-LOCAL", {}, "was matched to an account of another feed by its local ID."),
    ("I-MATCHED-STATE", {}, "was matched to an account by its state ID."),
])
def test_messages_of_later_steps_are_in_the_catalog_too(code, values, message):
    assert problem(code, "Students", 2, "Student ID", **values).message == message


def test_a_long_value_is_cut():
    assert problem("R-GRADE", "Students", 2, "Grade", v="x" * 900).message.startswith(f"'{'x' * 59}…' is not")


def test_an_unknown_code_is_a_defect():
    with pytest.raises(KeyError):
        problem("R-NO-SUCH-CODE")
    with pytest.raises(KeyError):
        problem("R-GRADE", "Students", 2, "Grade")


def test_problems_come_by_tab_row_and_column(problems):
    problems.note("Students", 9, 2, "W-GARBLED", {"v": "x"})
    problems.note("Students", 9, 1, "R-ID-CHARS", {"v": "x"})
    problems.note("Students", 3, 4, "R-ID-CHARS", {"v": "x"})
    problems.note("Schools", 5, 0, "R-ID-CHARS", {"v": "x"})
    problems.add("W-NO-STAMP")
    problems.add("W-STUDENT-NO-CLASS", "Students", n=1, r=3)
    assert [(p.tab, p.row, p.column, p.code) for p in problems] == [
        ("", 0, "", "W-NO-STAMP"), ("Schools", 5, "School ID", "R-ID-CHARS"),
        ("Students", 0, "", "W-STUDENT-NO-CLASS"), ("Students", 3, "Middle Name", "R-ID-CHARS"),
        ("Students", 9, "School ID", "R-ID-CHARS"), ("Students", 9, "Other School IDs", "W-GARBLED")]
    assert list(problems.of_rows("Students")) == [3, 9]


def test_a_thousand_are_listed_errors_before_warnings_and_all_are_counted(problems):
    for row in range(2, 9_002):
        problems.note("Guardians", row, 5, "W-GUARDIAN-NO-EMAIL", {})
    for row in range(8_000, 8_400):
        problems.note("Guardians", row, 1, "R-ID-CHARS", {"v": "a b"})
    listed = problems.listed("Guardians")
    assert len(listed) == 1_000 and problems.unlisted("Guardians") == 8_400
    assert sum(each.code == "R-ID-CHARS" for each in listed) == 400
    assert [each.row for each in listed] == sorted(each.row for each in listed)
    assert problems.counts_by_tab_and_code["Guardians", "W-GUARDIAN-NO-EMAIL"] == 9_000
    assert problems.count("R", "Guardians") == 400
    assert len(problems.of_rows("Guardians")) == 9_000 <= MAX_KEPT

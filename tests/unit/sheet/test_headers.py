"""Row 1 of a tab: what is in place, what slipped, and how it is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rostering.sheet.columns import TAB, TABS
from rostering.sheet.headers import check, normalized
from rostering.sheet.problems import problem

VECTORS = Path(__file__).parents[4] / "shared" / "specs" / "import-sheet-header-cases.json"
STUDENTS = list(TAB["Students"].headers)
ROSTERS = list(TAB["Class Rosters"].headers)


def told(expected, found):
    return [problem(slip.code, "Students", 0, slip.header, **slip.values).message
            for slip in check(expected, found)]


def codes(expected, found):
    return [slip.code for slip in check(expected, found)]


def without(header):
    return [each for each in STUDENTS if each != header]


def test_every_vector_of_the_specification_is_told_as_it_says():
    if not VECTORS.exists():
        pytest.skip("the header vectors (../shared) are not here")
    vectors = json.loads(VECTORS.read_text(encoding="utf-8"))
    assert len(vectors) >= 18
    for vector in vectors:
        slips = check(vector["expected"], vector["found"])
        assert [slip.code for slip in slips] == [code for code, _ in vector["result"]], vector["case"]
        messages = told(vector["expected"], vector["found"])
        for message, (_, short) in zip(messages, vector["result"], strict=True):
            assert message.startswith(f"`Students` tab: {short}."), vector["case"]


@pytest.mark.parametrize("tab", TABS, ids=lambda tab: tab.name)
def test_the_template_s_own_headers_are_in_place(tab):
    assert check(tab.headers, [f"{c.header} *" if c.required else c.header for c in tab.columns]) == []


@pytest.mark.parametrize("found", [
    "student id", " Student  ID * ", "STUDENT\u00a0ID", "Student\u200b ID", "Stu\u00addent_ID", "Ｓｔｕｄｅｎｔ ID",
])
def test_a_header_is_compared_by_its_words(found):
    assert normalized(found) == "student id"


def test_the_message_of_a_moved_column_is_the_one_of_the_handbook():
    found = ["Student ID", "School ID", "Other School IDs", "Last Name", *without("Last Name")[3:]]
    assert told(STUDENTS, found) == [
        "`Students` tab: 'Last Name' belongs in column F but is in column D. Columns must not be moved. "
        "Start from a fresh sheet and paste your data into it. Nothing was loaded."]


def test_a_swap_of_first_and_last_name_is_seen():
    found = list(STUDENTS)
    found[3], found[5] = found[5], found[3]
    assert set(codes(STUDENTS, found)) == {"T-COLUMN-MOVED"}


def test_slips_are_told_together_and_in_order():
    found = ["Student ID", "Password", "School ID", None, "Other School IDs", "First Name", "Nick", "Last Name",
             "Middle Name", "Preferred Name", "Grade", "Grade", "Birth Date", "State Student ID", "Email",
             "Username", "Start Date", "End Date"]
    assert codes(STUDENTS, found) == ["T-COLUMN-TWICE", "T-COLUMN-FORBIDDEN", "T-COLUMN-DELETED",
                                      "T-COLUMN-ADDED", "T-COLUMN-MOVED", "T-COLUMN-ADDED"]


@pytest.mark.parametrize(("header", "code"), [
    ("Password", "T-COLUMN-FORBIDDEN"), ("Pass Word", "W-EXTRA-COLUMN"), ("User-Rights", "T-COLUMN-FORBIDDEN"),
    ("PIN*", "T-COLUMN-FORBIDDEN"), ("Pinned", "W-EXTRA-COLUMN"), ("Social  Security No", "T-COLUMN-FORBIDDEN"),
    ("Social", "W-EXTRA-COLUMN"), ("SSN4", "W-EXTRA-COLUMN"), ("Role", "T-COLUMN-FORBIDDEN"),
    ("Copyright", "W-EXTRA-COLUMN"), ("性别", "W-EXTRA-COLUMN"),
])
def test_a_column_right_of_the_last_is_dropped_unless_its_name_is_forbidden(header, code):
    assert codes(STUDENTS, [*STUDENTS, None, header]) == [code]


def test_role_is_a_column_of_staff():
    assert check(TAB["Staff"].headers, TAB["Staff"].headers) == []
    renamed = ["Rolle" if header == "Role" else header for header in TAB["Staff"].headers]
    assert codes(TAB["Staff"].headers, renamed) == ["T-COLUMN-RENAMED"]


@pytest.mark.parametrize("found", [
    [*STUDENTS, "Result"], [*STUDENTS, "result *", None],
])
def test_the_report_s_result_column_is_ours(found):
    assert check(STUDENTS, found) == []


def test_a_result_column_elsewhere_is_not_ours():
    assert codes(STUDENTS, [*STUDENTS, "Notes", "Result"]) == ["W-EXTRA-COLUMN", "W-EXTRA-COLUMN"]
    assert codes(STUDENTS, ["Student ID", "Result", *STUDENTS[1:]]) == ["T-COLUMN-ADDED"]


def test_a_report_with_a_deleted_column_is_told_that_only():
    assert codes(STUDENTS, [*without("Grade"), "Result"]) == ["T-COLUMN-DELETED"]


@pytest.mark.parametrize("found", [[], [None, ""], ["004512", "0012"], ["Student ID", *["x"] * 14]])
def test_a_row_without_enough_headers_is_no_header_row(found):
    assert codes(STUDENTS, found) == ["T-NO-HEADER"]


def test_two_of_five_headers_make_a_header_row():
    assert codes(ROSTERS, ["Class ID", "Student ID"]) == ["T-COLUMN-DELETED"] * 3


@given(st.lists(st.sampled_from([*ROSTERS, None, "", "Notes", "Result", "Password", "x"]), max_size=9))
def test_whatever_is_not_in_place_is_told(found):
    slips = codes(ROSTERS, found)
    in_place = [normalized(each) for each in found[:5]] == [normalized(each) for each in ROSTERS]
    assert in_place or any(code.startswith("T") for code in slips)
    if not in_place and "T-NO-HEADER" in slips:
        assert slips == ["T-NO-HEADER"]


def test_two_columns_changed_round_about_a_third_are_both_told():
    slips = check(["A", "B", "C", "D"], ["C", "B", "A", "D"])
    assert [(slip.code, slip.values["h"], slip.values["a"], slip.values["b"]) for slip in slips] == [
        ("T-COLUMN-MOVED", "A", "A", "C"), ("T-COLUMN-MOVED", "C", "C", "A")]

"""report.xlsx gives the sender's rows back in place, with what is wrong about them."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import Iterator

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rostering.model import Counts, Hold, Problem
from rostering.report.summary import Summary, TabCounts
from rostering.report.workbook import NOTES_PER_TAB, write_refusal, write_report
from rostering.sheet import look
from rostering.sheet.columns import TAB, TABS
from rostering.sheet.problems import problem

RED, ORANGE = "FFFF7C80", "FFFFD966"


class Listed(list):
    """Problems of a reading that counted `more` others."""

    def __init__(self, problems=(), more=None):
        super().__init__(problems)
        self._more = more or {}

    def unlisted(self, tab: str) -> int:
        return self._more.get(tab, 0)


class Reading:
    """A reading made of rows and problems, in the shape that the report takes."""

    def __init__(self, rows=None, problems=(), *, more=None, load_type="Add and update"):
        self._rows = rows or {}
        self.problems = Listed(problems, more)
        self.load_type = load_type
        self.counts = {tab: TabCounts(rows=len(found), loaded=len(found) - 1, turned_back=1, warnings=2)
                       for tab, found in self._rows.items() if isinstance(found, list)}

    def rows(self, tab: str) -> Iterator[tuple[int, list[str]]]:
        return iter(self._rows.get(tab, ()))

    def problems_of(self, tab: str) -> dict[int, list[Problem]]:
        found: dict[int, list[Problem]] = {}
        for each in self.problems:
            if each.tab == tab and each.row:
                found.setdefault(each.row, []).append(each)
        return found


def summary(**facts) -> Summary:
    return Summary(**{"load": "01LOAD", "site": "demo", "file_name": "fall.xlsx", "state": "read",
                      "site_name": "Demo District"} | facts)


def report(reading: Reading, **facts) -> io.BytesIO:
    file = io.BytesIO()
    write_report(file, reading=reading, summary=summary(**facts))
    return file


def opened(reading: Reading, **facts) -> openpyxl.Workbook:
    return openpyxl.load_workbook(report(reading, **facts))


def school(id="0012", name="Pineapple", **others) -> list[str]:
    values = dict.fromkeys(TAB["Schools"].headers, "") | {"School ID": id, "School Name": name} | others
    return list(values.values())


def texts(sheet) -> list[str]:
    return [str(cell.value) for row in sheet for cell in row if cell.value is not None]


def test_the_tabs_are_summary_then_the_template():
    assert opened(Reading()).sheetnames == ["Summary", "Read Me First", *(tab.name for tab in TABS)]


@pytest.mark.parametrize("tab", TABS, ids=lambda tab: tab.name)
def test_headers_are_the_template_s_with_result_on_the_right(tab):
    header = opened(Reading())[tab.name][1]
    assert [cell.value for cell in header] == [*map(look.header_text, tab.columns), "Result"]
    assert [cell.fill.fgColor.rgb[-6:] for cell in header[:-1]] == [
        "FFFF00" if column.required else "D9D9D9" for column in tab.columns]


def test_a_row_stays_in_its_row():
    sheet = opened(Reading({"Schools": [(2, school("1")), (7, school("2"))]}))["Schools"]
    assert [sheet[f"A{row}"].value for row in range(2, 9)] == ["1", None, None, None, None, "2", None]


def test_the_load_type_survives_in_the_stamp():
    book = opened(Reading(load_type="Complete list"))
    stamp = {row[0].value: row[1].value for row in book["Read Me First"]["A1:B7"]}
    assert stamp["Template"] == "SIS-IMPORT-SHEET" and stamp["Template version"] == "1"
    assert stamp["Load type"] == "Complete list" and stamp["District"] == "Demo District"


def test_a_bad_cell_is_red_and_its_note_says_why():
    sheet = opened(Reading({"Schools": [(2, school(**{"Low Grade": "XX"}))]},
                           [problem("R-GRADE", "Schools", 2, "Low Grade", v="XX")]))["Schools"]
    assert sheet["E2"].fill.fgColor.rgb == RED
    assert sheet["E2"].value == "XX"
    assert "'XX' is not a grade." in sheet["E2"].comment.text
    assert sheet["A2"].fill.fgColor.rgb != RED and sheet["A2"].comment is None
    assert sheet["I2"].value == "NOT LOADED: Low Grade 'XX' is not a grade. Use KG, 01 ... 12."


def test_an_empty_required_cell_is_red_too():
    missing = problem("R-REQUIRED", "Schools", 2, "School Name", Header="School Name")
    sheet = opened(Reading({"Schools": [(2, school(name=""))]}, [missing]))["Schools"]
    assert sheet["B2"].fill.fgColor.rgb == RED
    assert sheet["B2"].comment.text.startswith("This cell is empty. School Name is required.")
    assert sheet["I2"].value.startswith("NOT LOADED: School Name is empty.")


def test_a_warning_is_orange_and_the_row_wants_a_look():
    sheet = opened(Reading({"Schools": [(2, school(**{"NCES School ID": "12"}))]},
                           [problem("W-NCES", "Schools", 2, "NCES School ID", v="12")]))["Schools"]
    assert sheet["D2"].fill.fgColor.rgb == ORANGE
    assert sheet["I2"].value.startswith("PLEASE LOOK: NCES School ID '12' is not")


def test_errors_of_a_row_come_before_its_warnings():
    problems = [problem("W-NCES", "Schools", 2, "NCES School ID", v="1"),
                problem("R-ID-CHARS", "Schools", 2, "School ID", v="#")]
    sheet = opened(Reading({"Schools": [(2, school("#"))]}, problems))["Schools"]
    assert sheet["I2"].value.startswith("NOT LOADED: School ID '#' is not an ID.")
    assert "NCES School ID '1'" in sheet["I2"].value


def test_a_good_row_is_ok():
    assert opened(Reading({"Schools": [(2, school())]}))["Schools"]["I2"].value == "OK"


@pytest.mark.parametrize("text", [
    "=1+1", "=HYPERLINK(\"http://x\")", "+1", "-Smith", "@SUM(A1)", "http://example.com", "mailto:a@b.org",
    "0012", "1E5", "{=A1}", "José 李 😀", " x ", "#N/A", "TRUE", "8/24/2026"])
def test_every_value_is_a_string_whatever_it_looks_like(text):
    problems = [problem("R-ID-CHARS", "Schools", 3, "School Name", v=text)]
    file = report(Reading({"Schools": [(2, school(name=text)), (3, school(name=text))]}, problems),
                  file_name=text, site_name=text)
    for name in zipfile.ZipFile(file).namelist():
        part = zipfile.ZipFile(file).read(name)
        assert b"<f>" not in part and b"<hyperlink" not in part
    sheet = openpyxl.load_workbook(file)["Schools"]
    assert [(sheet[cell].value, sheet[cell].data_type) for cell in ("B2", "B3")] == [(text, "s")] * 2


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(codec=None), max_size=40))
def test_any_text_gives_a_workbook_that_opens(text):
    book = opened(Reading({"Schools": [(2, school(name=text))]},
                          [Problem("R-BAD-CHARS", "Schools", 2, "School Name", f"has {text}")]))
    assert book["Schools"]["B2"].fill.fgColor.rgb == RED


@pytest.mark.parametrize(("letter", "stored"), [
    ("\x07", "_x0007_"), ("\ud800", "_xD800_"), ("\uffff", "_xFFFF_")])
def test_forbidden_letters_stay_forbidden_when_the_report_is_handed_in_again(letter, stored):
    file = report(Reading({"Schools": [(2, school(name=f"a{letter}b"))]}))
    assert f">a{stored}b</t>" in zipfile.ZipFile(file).read("xl/worksheets/sheet3.xml").decode()


def test_the_summary_counts_rows_per_tab():
    sheet = opened(Reading({"Students": [(2, []), (3, []), (4, [])]}))["Summary"]
    [row] = [[cell.value for cell in row[:5]] for row in sheet if row[0].value == "Students"]
    assert row == ["Students", 3, 2, 1, 2]


def test_the_summary_names_the_load_and_the_file():
    found = texts(opened(Reading())["Summary"])
    assert {"01LOAD", "Demo District", "fall.xlsx"} <= set(found)


def test_the_summary_lists_workbook_problems_first_then_those_of_rows():
    problems = [problem("W-NO-STAMP"), problem("R-GRADE", "Students", 9, "Grade", v="x")]
    rows = [[cell.value for cell in row] for row in opened(Reading({}, problems))["Summary"]]
    codes = [row[4] for row in rows if row[4] in ("W-NO-STAMP", "R-GRADE")]
    assert codes == ["W-NO-STAMP", "R-GRADE"]
    assert ["Students", "9", "Grade", "Row not loaded", "R-GRADE"] in [row[:5] for row in rows]


def test_the_summary_lists_a_thousand_messages_a_tab_and_says_how_many_more():
    problems = [problem("R-REF", "Class Rosters", row, "Student ID", v="x", tab="Students")
                for row in range(2, 1_202)]
    sheet = opened(Reading({}, problems, more={"Class Rosters": 8_000}))["Summary"]
    assert sum(cell.value == "R-REF" for cell in sheet["E"]) == 1_000
    assert "and 8,200 more" in texts(sheet)


def test_a_turned_back_sheet_says_why_even_if_the_reading_does_not():
    why = problem("T-TOO-MANY-ERRORS", "Students", n=60, m=100)
    found = texts(opened(Reading(), state="turned_back", problems=(why,))["Summary"])
    assert why.message in found


def test_notes_stop_after_a_thousand_but_red_and_result_do_not():
    rows = [(row, ["C1", "x", "", "", ""]) for row in range(2, NOTES_PER_TAB + 102)]
    problems = [problem("R-REF", "Class Rosters", row, "Student ID", v="x", tab="Students")
                for row, _ in rows]
    sheet = opened(Reading({"Class Rosters": rows}, problems))["Class Rosters"]
    assert sum(sheet[f"B{row}"].comment is not None for row, _ in rows) == NOTES_PER_TAB
    last = rows[-1][0]
    assert sheet[f"B{last}"].fill.fgColor.rgb == RED
    assert sheet[f"F{last}"].value.startswith("NOT LOADED: Student ID 'x' is not in the Students tab")


def test_a_file_that_was_turned_back_gets_only_the_message():
    file = io.BytesIO()
    write_refusal(file, summary=summary(state="turned_back", problems=(problem("F-PASSWORD"),)))
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ["Summary"]
    found = texts(book["Summary"])
    assert "F-PASSWORD" in found and problem("F-PASSWORD").message in found


def test_holds_are_explained_in_the_summary():
    found = texts(opened(Reading(), state="held", counts={"students": Counts(rows=5)},
                         holds=(Hold("H-DEACTIVATIONS", "0012", "students", 24, 480),))["Summary"])
    assert any("24 of 480 students in school 0012 would be switched off." in text for text in found)


def test_memory_does_not_grow_with_the_rows():
    def peak(count: int) -> int:
        rows = ((row, ["C1", f"{row:06d}", "", "", "Active"]) for row in range(2, count + 2))
        tracemalloc.start()
        report(Reading({"Class Rosters": rows}))
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    assert peak(20_000) < peak(2_000) + 3_000_000


@pytest.mark.parametrize("row", [200_001, 1_048_576])
def test_one_bad_value_far_down_does_not_cost_memory_for_the_rows_above(row):
    slip = problem("R-REF", "Schools", row, "School Name", v="x", tab="Students")
    reading = Reading({"Schools": [(row, school(name=""))]}, [slip])
    tracemalloc.start()
    try:
        report(reading)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()

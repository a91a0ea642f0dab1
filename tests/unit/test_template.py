"""The template is the workbook of the import sheet's section 2, empty and filled."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from rostering.sheet import look, template
from rostering.sheet.columns import TABS

SPEC = Path(__file__).parents[3] / "shared" / "specs" / "import-sheet.json"


def written(**arguments) -> io.BytesIO:
    file = io.BytesIO()
    template.write(file, **{"site_name": "Pine Hill", "school_year": "2026-27"} | arguments)
    return file


@pytest.fixture(scope="module")
def book() -> openpyxl.Workbook:
    return openpyxl.load_workbook(written())


def test_the_tabs_stand_in_the_order_of_filling_in(book):
    assert book.sheetnames == ["Read Me First", *(tab.name for tab in TABS)]


def test_the_stamp_stands_in_the_first_cells(book):
    cells = [[cell.value for cell in row] for row in book["Read Me First"]["A1:B7"]]
    assert cells == [["Template", "SIS-IMPORT-SHEET"], ["Template version", "1"],
                     ["District", "Pine Hill"], ["School year", "2026-27"],
                     ["Load type", "Add and update"], ["Prepared by", None], ["Prepared on", None]]


def test_the_rules_stand_below_the_stamp(book):
    below = [row[0].value for row in book["Read Me First"].iter_rows(min_row=8)]
    assert [text for text in below if text][:3] == [
        "RULE 1: Do not move or delete columns.", "RULE 2: DO NOT MOVE OR DELETE COLUMNS!!!",
        "Yellow columns marked * are required."]


def test_the_version_is_a_property_of_the_workbook(book):
    assert book.custom_doc_props["SisImportSheetVersion"].value == "1"


@pytest.mark.parametrize("tab", TABS, ids=lambda tab: tab.name)
def test_headers_are_yellow_with_a_star_if_required_else_gray(book, tab):
    for column in tab.columns:
        cell = book[tab.name][f"{column.letter}1"]
        assert cell.value == column.header + (" *" if column.required else "")
        assert cell.fill.fgColor.rgb[-6:] == ("FFFF00" if column.required else "D9D9D9")
        assert cell.comment.text == look.note(column)


@pytest.mark.parametrize("tab", TABS, ids=lambda tab: tab.name)
def test_columns_are_text_so_that_zeros_stay_but_dates_are_dates(book, tab):
    formats = {column.header: book[tab.name].column_dimensions[column.letter].number_format
               for column in tab.columns}
    assert formats == {column.header: "m/d/yyyy" if column.type == "date" else "@"
                       for column in tab.columns}


@pytest.mark.parametrize("tab", TABS, ids=lambda tab: tab.name)
def test_row_1_is_frozen_and_nothing_stands_below_it(book, tab):
    assert book[tab.name].freeze_panes == "A2"
    assert book[tab.name].max_row == 1


@pytest.mark.parametrize(("tab", "cells", "words"), [
    ("Students", "O2:O200001", '"Active,Inactive"'),
    ("Staff", "D2:D200001", '"Teacher,Staff"'),
    ("Terms", "D2:D200001", '"School Year,Semester,Trimester,Quarter,Summer,Other"'),
    ("Guardians", "I2:I200001", '"Yes,No"'),
])
def test_list_columns_have_a_drop_down(book, tab, cells, words):
    found = {str(rule.sqref): rule.formula1 for rule in book[tab].data_validations.dataValidation}
    assert found[cells] == words


def test_relationships_off_the_list_may_be_typed(book):
    rules = {str(rule.sqref): rule for rule in book["Guardians"].data_validations.dataValidation}
    assert not rules["E2:E200001"].showErrorMessage
    assert rules["K2:K200001"].showErrorMessage


def test_rows_are_text_with_their_zeros_and_dates_are_dates():
    rows = {"Terms": [("S1", "0012", "Semester 1", "Semester", 2027, date(2026, 8, 24), "1/15/2027")]}
    sheet = openpyxl.load_workbook(written(rows=rows))["Terms"]
    assert [cell.value for cell in sheet[2]] == [
        "S1", "0012", "Semester 1", "Semester", "2027", datetime(2026, 8, 24), "1/15/2027"]
    assert [sheet[f"{letter}2"].number_format for letter in "ABEF"] == ["@", "@", "@", "m/d/yyyy"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "@x", "<b>&amp;</b>", " two  spaces ", "José 李 😀",
                                  "http://example.com", "'quoted"])
def test_text_stays_what_it_is(text):
    file = written(rows={"Schools": [("1", text)]})
    assert openpyxl.load_workbook(file)["Schools"]["B2"].value == text
    part = zipfile.ZipFile(file).read("xl/worksheets/sheet2.xml")
    assert b"<f>" not in part and b"<hyperlink" not in part


@pytest.mark.parametrize(("text", "stored"), [
    ("a\x07b", "a_x0007_b"), ("_x0041_", "_x005F_x0041_"), ("\ud800", "_xD800_"), ("\ufffe", "_xFFFE_")])
def test_what_xml_cannot_hold_is_escaped_as_excel_does(text, stored):
    file = written(rows={"Schools": [("1", text)]})
    part = zipfile.ZipFile(file).read("xl/worksheets/sheet2.xml").decode()
    assert f">{stored}</t>" in part


def test_blank_cells_and_short_rows_leave_no_cells():
    file = written(rows={"Schools": [("1", "A", None, "", None, None, None, "Active"), ("2",)]})
    part = zipfile.ZipFile(file).read("xl/worksheets/sheet2.xml").decode()
    assert [cell for cell in ("A2", "B2", "C2", "D2", "H2", "A3", "B3") if f'r="{cell}"' in part] == [
        "A2", "B2", "H2", "A3"]


def test_a_filled_sheet_looks_like_the_template():
    def look_of(file):
        book = openpyxl.load_workbook(file)
        return {(sheet.title, cell.coordinate): (cell.value, cell.fill.fgColor.rgb, cell.number_format,
                                                 cell.comment and cell.comment.text)
                for sheet in book for cell in sheet[1]}

    assert look_of(written()) == look_of(written(rows={"Schools": [("1", "A")], "Groups": []}))


def test_equal_content_gives_equal_bytes():
    rows = {"Schools": [("0012", "Pineapple")]}
    assert written(rows=rows).getvalue() == written(rows=rows).getvalue()


@pytest.mark.parametrize(("arguments", "message"), [
    ({"rows": {"Pupils": []}}, "not a tab"),
    ({"rows": {"Schools": [("x",) * 9]}}, "row 2 of Schools"),
    ({"rows": {"Schools": [(date(2026, 1, 1),)]}}, "takes no date"),
    ({"load_type": "Delete all"}, "load type"),
])
def test_nonsense_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        written(**arguments)


def test_every_row_of_a_large_tab_is_there():
    rows = ((f"{number:06d}", "C1", "", "", "Active") for number in range(25_000))
    book = openpyxl.load_workbook(written(rows={"Class Rosters": rows}), read_only=True)
    ids = [row[0] for row in book["Class Rosters"].iter_rows(min_row=2, values_only=True)]
    assert ids == [f"{number:06d}" for number in range(25_000)]


def test_the_headers_and_colors_are_those_of_the_handbook(book):
    if not SPEC.exists():
        pytest.skip("the handbook is not beside the repository")
    spec = json.loads(SPEC.read_text())
    assert [tab["name"] for tab in spec["tabs"]] == book.sheetnames[1:]
    for tab in spec["tabs"]:
        suffix = spec["header_style"]["required_suffix"]
        expected = [column["header"] + (suffix if column["required"] else "") for column in tab["columns"]]
        assert [cell.value for cell in book[tab["name"]][1]] == expected

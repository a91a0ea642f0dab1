"""The template as data, compared with the specification's machine-readable twin when it is there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rostering.model import GRADES
from rostering.sheet import columns
from rostering.sheet.columns import KINDS, TAB, TABS, letters

TWIN = Path(__file__).parents[4] / "shared" / "specs" / "import-sheet.json"


@pytest.fixture(scope="module")
def twin() -> dict:
    if not TWIN.exists():
        pytest.skip("the specification (../shared) is not here")
    return json.loads(TWIN.read_text(encoding="utf-8"))


def test_the_tabs_come_in_the_order_of_applying(twin):
    assert [tab.name for tab in TABS] == twin["apply_order"] == [tab["name"] for tab in twin["tabs"]]


@pytest.mark.parametrize("tab", TABS, ids=lambda tab: tab.name)
def test_a_tab_is_as_specified(tab, twin):
    told = next(each for each in twin["tabs"] if each["name"] == tab.name)
    assert list(tab.key) == told["key"]
    assert [
        {"letter": c.letter, "header": c.header, "required": c.required, "type": c.type, "format": c.format,
         "max": c.max, "example": c.example, "rule": c.rule} | ({"values": list(c.values)} if c.values else {})
        for c in tab.columns] == told["columns"]


def test_the_fixed_words_are_as_specified(twin):
    assert columns.VERSION == twin["version"]
    assert columns.TEMPLATE == twin["template"]
    assert columns.STAMP_TAB == twin["stamp"]["tab"]
    assert columns.VERSION_PROPERTY == twin["stamp"]["custom_property"]
    assert list(columns.LOAD_TYPES) == twin["stamp"]["cells"][4]["values"]
    assert columns.CLEAR == twin["clear_marker"]
    assert {"tab": columns.REPORT_TAB, "column_after_last": columns.RESULT_HEADER} == twin["ignored_on_return"]
    assert list(columns.FORBIDDEN_WORDS) == twin["forbidden_header_words"]
    assert list(GRADES) == twin["grades"]
    limits = twin["limits"]
    assert (columns.MAX_ROWS, columns.MAX_COLUMNS) == (limits["data_rows_per_tab"], limits["columns_read"])
    assert (columns.MAX_CELL_LETTERS, columns.MAX_LISTED) == (limits["cell_chars"], limits["messages_per_tab"])


@pytest.mark.parametrize(("index", "name"), [(0, "A"), (14, "O"), (25, "Z"), (26, "AA"), (49, "AX"),
                                             (701, "ZZ"), (702, "AAA"), (16383, "XFD")])
def test_columns_are_lettered_as_excel_does(index, name):
    assert letters(index) == name


@pytest.mark.parametrize("tab", TABS, ids=lambda tab: tab.name)
def test_fields_of_a_tab_are_different(tab):
    fields = [column.field for column in tab.columns]
    assert len(set(fields)) == len(fields)
    assert all(tab.columns[tab.index(field)].field == field for field in fields)


def test_an_unknown_field_has_no_column():
    with pytest.raises(KeyError):
        TAB["Students"].index("password")


def test_every_reference_points_at_a_tab():
    targets = {tab for each in TABS for column in each.columns for tab in column.target.split("|") if tab}
    assert targets <= set(TAB)
    assert KINDS["Guardians"] == ("guardian", "guardian_link") and KINDS["Terms"] == ("term",)

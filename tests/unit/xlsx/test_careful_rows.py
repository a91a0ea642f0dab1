"""What the reader makes of rows, columns and whole tabs (import sheet, 4.3)."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from rostering.xlsx import limits
from rostering.xlsx.batch import Cell
from rostering.xlsx.refusal import Refused
from rostering.xlsx.workbook import open_workbook
from tests.unit.xlsx.workbooks import (
    HEADER,
    MAIN,
    OFFICE,
    cell,
    inline,
    one,
    parts,
    reason,
    row,
    sheet,
    strings,
    styles,
    values,
    workbook,
    zipped,
)

DATA = Path(__file__).parents[2] / "data"


def a2(spelled: str, **more: Any) -> Any:
    """The value of a cell A2 spelled like this, next to a B2 that is never blank."""
    return one(workbook(HEADER + row(2, spelled, inline("B2", "x")), **more))


def opened(data: bytes, tab: str = "Students") -> Any:
    return open_workbook(io.BytesIO(data), name="sheet.xlsx").sheet(tab)


# Rows and columns.

def test_row_numbers_are_the_true_ones() -> None:
    data = workbook(HEADER + row(5, inline("A5", "a")) + row(9) + row(1_048_576, inline("C1048576", "b")))
    assert values(data) == {5: ["a", None, None], 1_048_576: [None, None, "b"]}


def test_rows_and_cells_may_leave_out_where_they_are() -> None:
    data = workbook("<row><c><v>1</v></c></row><row><c/><c><v>2</v></c><c r='C2'><v>3</v></c></row>"
                    "<row r='7'><c><v>4</v></c></row><row><c r='B8'><v>5</v></c><c><v>6</v></c></row>")
    assert {number: [value and value.text for value in found] for number, found in values(data).items()} == {
        2: [None, "2", "3"], 7: ["4", None, None], 8: [None, "5", "6"]}


def test_blank_rows_are_skipped_counted_and_stop_nothing() -> None:
    found = opened(workbook(HEADER + row(3, inline("A3", "a")) + row(4, inline("A4", " ")) + row(5, '<c r="B5" s="1"/>')
                            + row(50_000, inline("A50000", "b")) + row(60_000, '<c r="A60000"/>')))
    batches = list(found.batches(3))
    assert [number for batch in batches for number in batch.rows] == [3, 50_000]
    assert found.blank_rows == 50_000 - 1 - 2


def test_a_stray_cell_of_the_last_row_costs_nothing() -> None:
    found = opened(workbook(HEADER + row(2, inline("A2", "a")) + row(1_048_576, '<c r="XFD1048576" s="1"/>')))
    assert [batch.rows for batch in found.batches(3)] == [[2]]
    assert found.blank_rows == 0


@pytest.mark.parametrize("dimension", ["A1", "A1:XFD1048576", "nonsense"])
def test_the_dimension_is_ignored(dimension: str) -> None:
    rows = "".join(row(number, inline(f"A{number}", "a"), inline(f"C{number}", "c")) for number in range(1, 9))
    assert len(values(workbook(rows, head=f'<dimension ref="{dimension}"/>'))) == 7


def test_cells_right_of_the_known_columns_are_dropped_and_told() -> None:
    found = opened(workbook(HEADER + row(2, inline("A2", "a"), inline("E2", "x"), inline("F2", " "), '<c r="G2"/>',
                                         inline("AX2", "y"), inline("AY2", "z"), inline("XFD2", "z"))
                            + row(3, inline("D3", "only there"))))
    assert [(batch.rows, batch.columns) for batch in found.batches(3)] == [([2], [["a"], [None], [None]])]
    assert found.data_right_of == {3, 4, 49, 50}


def test_a_header_alone_right_of_the_known_columns_is_no_data() -> None:
    found = opened(workbook(row(1, inline("A1", "a"), inline("E1", "Notes")) + row(2, inline("A2", "a"))))
    assert list(found.batches(3))
    assert found.data_right_of == set()
    assert found.header() == ["a", None, None, None, "Notes"]


@pytest.mark.parametrize("hidden", ["1", "true"])
def test_hidden_rows_are_read_and_told(hidden: str) -> None:
    marked = f' hidden="{hidden}"'
    found = opened(workbook(HEADER + row(2, inline("A2", "a")) + row(3, inline("A3", "b"), attributes=marked)
                            + row(4, attributes=marked)
                            + row(5, inline("A5", "c"), attributes=' hidden="0"')))
    batch, = found.batches(3)
    assert (batch.rows, batch.hidden) == ([2, 3, 5], {3})


def test_merges_are_kept_as_ranges_where_they_matter() -> None:
    merged = "".join(f'<mergeCell ref="{reference}"/>' for reference in (
        "A1:C1", "A2:A5", "B7:XFD1048576", "D2:F9", "B3", "B4:B4", "C1:D2"))
    found = opened(workbook(HEADER + row(2, inline("A2", "a")), tail=f"<mergeCells>{merged}</mergeCells>"))
    assert found.merges == []
    assert list(found.batches(3))
    assert found.merges == [(2, 0, 5, 0), (7, 1, 1_048_576, 16_383), (1, 2, 2, 3)]


@pytest.mark.parametrize("reference", ["", "A0:B2", "A1:B", "B2:A1", "A2:A1", "AAAA1:B2", "A1:B1048577", "A1;B2"])
def test_a_merge_that_is_no_range_is_refused(reference: str) -> None:
    tail = f'<mergeCells><mergeCell ref="{reference}"/></mergeCells>'
    assert reason(workbook(HEADER, tail=tail))[0] == "BAD_COORDINATE"


@pytest.mark.parametrize("rows", [
    row(2, inline("A3", "a")), row(2, inline("A02", "a")), row(2, inline("a2", "a")), row(2, inline("2A", "a")),
    row(2, inline("A", "a")), row(2, inline("AAAA2", "a")), row(2, inline("ZZZZZZZ2", "a")),
    row(2, inline("XFE2", "a")), row(2, inline("A2 ", "a")), row(2, inline("\u00c42", "a")),
    row(2, inline("A-2", "a")), row(12, inline("A12", "a"),
    inline("A112", "a")), row(2, inline("B2", "a"), inline("A2", "b")), row(2, inline("A2", "a"), inline("A2", "b")),
    '<row r="0"/>', '<row r="-1"/>', '<row r="1048577"/>', '<row r="4294967297"/>', '<row r="x"/>', '<row r="1.0"/>',
    '<row r="02"/>', '<row r=""/>', '<row r="1048576"/><row/>', '<row r="2"><c r="XFD2"/><c/></row>',
    '<row r="2"><c r=""/></row>',
])
def test_a_place_that_is_none_is_refused(rows: str) -> None:
    assert reason(workbook(rows)) == ("BAD_COORDINATE", "F-UNSAFE")


@pytest.mark.parametrize("rows", [row(2) + row(2), row(3) + row(2), HEADER + row(5) + "<row/>" + row(6)])
def test_rows_have_to_rise(rows: str) -> None:
    assert reason(workbook(rows)) == ("DUP_ROW", "F-UNSAFE")


@pytest.mark.parametrize("rows", [
    "<column/>", row(2, "<v>1</v>"), row(2, '<c r="A2"><x/></c>'), row(2, '<c r="A2"><v>1</v><v>2</v></c>'),
    row(2, '<c r="A2"><v>1<b/>2</v></c>'), row(2, '<c r="A2" t="inlineStr"><is><t>a</t></is><is/></c>'),
    row(2, '<c r="A2" t="inlineStr"><is><t>a<t>b</t></t></is></c>'), '<row r="2"><x:c xmlns:x="y" r="A2"/></row>',
])
def test_what_no_program_writes_is_refused_not_skipped(rows: str) -> None:
    assert reason(workbook(rows)) == ("XML_MALFORMED", "F-NOT-EXCEL")


def test_a_prefix_and_another_encoding_change_nothing() -> None:
    spelled = (f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="2"><x:c r="A2" t="inlineStr"><x:is><x:t>José'
               "</x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>")
    for encoding, declared in (("utf-8", ""), ("utf-16", '<?xml version="1.0" encoding="UTF-16"?>'),
                               ("latin-1", '<?xml version="1.0" encoding="ISO-8859-1"?>'),
                               ("cp1252", '<?xml version="1.0" encoding="windows-1252"?>')):
        data = workbook(changed={"xl/worksheets/sheet1.xml": (declared + spelled).encode(encoding)})
        assert one(data) == "José", encoding


def test_a_row_of_another_namespace_is_not_taken_for_one() -> None:
    spelled = (f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><row r="2"><c r="A2"><v>1</v></c></row></x:sheetData>'
               "</x:worksheet>")
    assert reason(workbook(changed={"xl/worksheets/sheet1.xml": spelled}))[0] == "XML_MALFORMED"


# The tops of tabs.

def test_the_header_is_row_1_as_text() -> None:
    found = opened(workbook(row(1, inline("A1", " Student\nID * "), cell("C1", "2027"), cell("D1", "0", type="s"),
                                inline("E1", "a_x0007_"), inline("F1", " "), inline("XFD1", "Password"))
                            + row(2, inline("A2", "x")), strings=strings("Shared")))
    header = found.header()
    assert header[:6] == ["Student ID *", None, "2027", "Shared", "a\x07", None]
    assert (len(header), header[-1]) == (16_384, "Password")


@pytest.mark.parametrize("rows", ["", row(2, inline("A2", "a")), row(1), row(1, '<c r="A1" s="1"/>')])
def test_a_missing_or_blank_row_1_is_no_header(rows: str) -> None:
    assert opened(workbook(rows)).header() == []


def test_a_long_header_is_cut() -> None:
    found = opened(workbook(row(1, inline("A1", "x" * 5_000), inline("BA1", "y" * 5_000))))
    assert [len(text) for text in found.header() if text] == [1_000, 200]


def test_the_first_rows_keep_their_gaps() -> None:
    found = opened(workbook(row(1, inline("A1", "Template"), inline("B1", "SIS"))
                            + row(3, cell("B3", "1"), inline("C3", "x")) + row(9, inline("A9", "RULE 1"))))
    assert found.first_rows(4, 2) == [["Template", "SIS"], [None, None], [None, Cell("number", "1", "1", number=1.0)],
                                      [None, None]]


def test_a_tab_may_be_read_again_and_in_any_order() -> None:
    data = zipped(parts({"A": sheet(row(2, inline("A2", "a"))), "B": sheet(row(2, inline("A2", "b")))}))
    with open_workbook(io.BytesIO(data), name="sheet.xlsx") as book:
        second, first = book.sheet("B"), book.sheet("A")
        assert [batch.columns for found in (second, first, second) for batch in found.batches(1)] == [
            [["b"]], [["a"]], [["b"]]]


# Limits.

def test_a_cell_may_have_32767_characters() -> None:
    assert a2(inline("A2", "x" * 32_767)) == "x" * 32_767
    assert reason(workbook(row(2, inline("A2", "x" * 32_768)))) == ("CELL_TOO_LONG", "F-UNSAFE")
    assert reason(workbook(row(2, cell("A2", "1" * 32_768)))) == ("CELL_TOO_LONG", "F-UNSAFE")
    assert reason(workbook(row(2, cell("A2", "0", type="s")), strings=strings("x" * 32_768)))[0] == "CELL_TOO_LONG"
    assert reason(workbook(row(2, cell("A2", "0", type="s")), strings=strings("x" * 32_767)))[0] == "ok"


def test_data_rows_are_limited_but_not_empty_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rostering.xlsx.grid.DATA_ROWS", 3)
    rows = [row(number, inline(f"A{number}", "x")) for number in range(1, 6)] + [row(9)]
    assert reason(workbook("".join(rows[:4]) + rows[5]))[0] == "ok"
    data = workbook("".join(rows))
    with pytest.raises(Refused) as raised:
        values(data)
    assert (raised.value.reason, raised.value.code) == ("TOO_MANY_ROWS", "T-TOO-MANY-ROWS")
    assert (raised.value.tab, raised.value.facts) == ("Students", {"m": 3})


def test_tabs_are_limited() -> None:
    tabs = {f"T{number}": sheet() for number in range(limits.TABS + 1)}
    assert reason(zipped(parts(tabs)))[0] == "TOO_MANY_SHEETS"
    tabs.popitem()
    assert reason(zipped(parts(tabs)))[0] == "ok"


# As programs save them.

def test_a_workbook_saved_by_libreoffice_is_read() -> None:
    with open_workbook(DATA / "libreoffice.xlsx", name="libreoffice.xlsx") as book:
        assert book.sheet_names[:5] == ["Read Me First", "Schools", "Terms", "Staff", "Students"]
        assert book.custom_properties == {"SisImportSheetVersion": "1"}
        assert book.sheet("Read Me First").first_rows(2, 2) == [
            ["Template", "SIS-IMPORT-SHEET"], ["Template version", "1"]]
        found = book.sheet("Students")
        assert found.header()[:4] == ["Student ID *", "School ID *", "Other School IDs", "First Name *"]
        batch, = found.batches(15)
        assert (batch.rows, batch.columns[0]) == ([2, 3, 4], ["004512", "004513", "004514"])
        assert batch.columns[5] == ["García", "O'Hara-Ruiz", "Müller"]
        assert [value.date for value in batch.columns[8]] == [date(2021, 5, 3), date(2020, 2, 29), date(2019, 12, 1)]
        assert (found.blank_rows, found.data_right_of, found.merges) == (0, set(), [])


def test_a_sheet_as_excel_spells_it_is_read() -> None:
    attributes = (f'xmlns="{MAIN}" xmlns:r="{OFFICE}" '
                  'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" mc:Ignorable="x14ac xr" '
                  'xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac" '
                  'xmlns:xr="http://schemas.microsoft.com/office/spreadsheetml/2014/revision" xr:uid="{0-1}"')
    head = ('<sheetPr codeName="Sheet1"><pageSetUpPr fitToPage="1"/></sheetPr><dimension ref="A1:C4"/>'
            '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" state="frozen"/>'
            '</sheetView></sheetViews>'
            '<sheetFormatPr defaultRowHeight="15" x14ac:dyDescent="0.25"/>'
            '<cols><col min="1" max="3" width="9" style="1"/></cols>')
    rows = (row(1, cell("A1", 0, type="s", style="2"), cell("B1", 1, type="s", style="2"),
                attributes=' spans="1:3" x14ac:dyDescent="0.25"')
            + row(2, cell("A2", 2, type="s", style="1"), cell("B2", 46258, style="3"), '<c r="C2" s="1"/>',
                  attributes=' spans="1:3" ht="15.75" customHeight="1" x14ac:dyDescent="0.25"')
            + '<row r="3" spans="1:3" s="1" customFormat="1" x14ac:dyDescent="0.25"/>'
            + row(4, '<c r="A4" s="1" t="str"><f t="shared" ref="A4:A9" si="0">A2&amp;"x"</f><v>004512x</v></c>',
                  attributes=' spans="1:3" hidden="1" x14ac:dyDescent="0.25"'))
    tail = ('<autoFilter ref="A1:C4"/><mergeCells count="1"><mergeCell ref="A4:B4"/></mergeCells>'
            '<phoneticPr fontId="1"/><dataValidations count="1"><dataValidation type="list" sqref="C2">'
            '<formula1>"a,b"</formula1></dataValidation></dataValidations><hyperlinks>'
            '<hyperlink ref="A2" r:id="rId1" xr:uid="{0-2}"/></hyperlinks><pageMargins left="0.7"/>'
            '<legacyDrawing r:id="rId2"/><extLst><ext uri="{0-3}" xmlns:x14="urn:x14"><x14:x/></ext></extLst>')
    data = zipped(parts({"Students": sheet(rows, attributes=attributes, head=head, tail=tail)},
                        strings=strings("Student ID *", "Start", "004512"), styles=styles("@", "0", "m/d/yyyy")))
    found = opened(data)
    assert found.header() == ["Student ID *", "Start"]
    batch, = found.batches(3)
    assert (batch.rows, batch.hidden) == ([2, 4], {4})
    assert batch.columns[0] == ["004512", Cell("text", "004512x", "004512x", formula=True)]
    assert batch.columns[1] == [Cell("date", "46258", "8/24/2026", number=46258.0, date=date(2026, 8, 24)), None]
    assert (found.merges, found.blank_rows) == ([(4, 0, 4, 1)], 1)

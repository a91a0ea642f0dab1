"""The SIS Import Sheet that districts fill in (import sheet, section 2), empty or with rows.

openpyxl draws the empty workbook. Rows are streamed into its tabs afterwards, as text cells in
the very XML that openpyxl would write: a filled sheet looks like the template by construction,
and a district of any size needs the memory of one row.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from os import PathLike
from typing import Any, BinaryIO
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.packaging.custom import StringProperty
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils.datetime import to_excel
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from rostering.sheet import look
from rostering.sheet.columns import (
    LOAD_TYPES,
    MAX_ROWS,
    STAMP_TAB,
    TABS,
    VERSION,
    VERSION_PROPERTY,
    Column,
    Tab,
)

Row = Sequence[str | int | date | None]

LAST_ROW = MAX_ROWS + 1  # the header stands in row 1
_EXCEL_ROWS = 1_048_576
_MADE = datetime(2026, 1, 1)  # the same content gives the same bytes
_ROWS_PER_WRITE = 2_000


def write(file: str | PathLike | BinaryIO, *, site_name: str, school_year: str,
          load_type: str = "Add and update", prepared_by: str = "", prepared_on: str = "",
          rows: Mapping[str, Iterable[Row]] | None = None) -> None:
    """Write the workbook to a path or a seekable binary file, with `rows` of some tabs if given.

    A row holds its values in the order of the columns and may be shorter; None and "" are blank
    cells. Values are written as text, dates as date cells. Equal arguments give equal bytes.

    Raises ValueError for an unknown tab, a row wider than its tab, or a date in another column.
    """
    if load_type not in LOAD_TYPES:
        raise ValueError(f"load type must be one of {LOAD_TYPES}")
    unknown = sorted(set(rows or {}) - {tab.name for tab in TABS})
    if unknown:
        raise ValueError(f"not a tab of the sheet: {unknown}")
    stamp = look.stamp(site_name=site_name, school_year=school_year, load_type=load_type,
                       prepared_by=prepared_by, prepared_on=prepared_on)
    book = Workbook()
    book.properties.creator = "Rollbook"
    book.properties.title = "SIS Import Sheet"
    book.properties.created = _MADE
    book.custom_doc_props.append(StringProperty(name=VERSION_PROPERTY, value=str(VERSION)))
    _draw_first_tab(book.active, stamp)
    styles = {tab.name: _draw_tab(book.create_sheet(tab.name), tab) for tab in TABS}
    drawn = io.BytesIO()
    book.save(drawn)
    _pour(drawn, file, styles, rows or {})


def _font(**look: Any) -> Font:
    return Font(name="Calibri", **{"size": 11, **look})


def _draw_tab(sheet: Worksheet, tab: Tab) -> list[int]:
    """Draw one data tab; the style number of each column's cells."""
    line = Border(bottom=Side(style="thin", color="7F7F7F"))
    for number, column in enumerate(tab.columns, start=1):
        cell = sheet.cell(row=1, column=number, value=look.header_text(column))
        fill = look.REQUIRED_FILL if column.required else look.OPTIONAL_FILL
        cell.fill = PatternFill("solid", fgColor=fill)
        cell.font = _font(bold=True)
        cell.border = line
        cell.alignment = Alignment(vertical="center")
        cell.number_format = look.TEXT_FORMAT
        text = look.note(column)
        cell.comment = Comment(text, "SIS Import Sheet", width=290, height=_note_height(text))
        dimension = sheet.column_dimensions[column.letter]
        dimension.width = look.width(column)
        dimension.number_format = (look.DATE_FORMAT if column.type == "date"
                                   else look.TEXT_FORMAT)
        _add_drop_down(sheet, column)
    sheet.row_dimensions[1].height = 22
    sheet.freeze_panes = "A2"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"
    return [sheet.column_dimensions[column.letter].style_id for column in tab.columns]


def _note_height(text: str) -> int:
    """Pixels that show all of a note 290 pixels wide (about 44 letters a line)."""
    lines = sum(1 + len(line) // 44 for line in text.split("\n"))
    return 16 + 17 * lines


def _add_drop_down(sheet: Worksheet, column: Column) -> None:
    words, strict = look.choices(column)
    if not words:
        return
    rule = DataValidation(type="list", formula1=f'"{",".join(words)}"', allow_blank=True,
                          showErrorMessage=strict, errorTitle=column.header,
                          error=f"Please use one of: {', '.join(words)}"[:look.LIST_LETTERS])
    rule.add(f"{column.letter}2:{column.letter}{LAST_ROW}")
    sheet.add_data_validation(rule)


def _draw_first_tab(sheet: Worksheet, stamp: list[tuple[str, str]]) -> None:
    sheet.title = STAMP_TAB
    sheet.sheet_view.showGridLines = False
    sheet.column_dimensions["A"].width = 22
    sheet.column_dimensions["B"].width = 96
    label_fill = PatternFill("solid", fgColor=look.OPTIONAL_FILL)
    thin = Side(style="thin", color="BFBFBF")
    box = Border(left=thin, right=thin, top=thin, bottom=thin)
    for row, (label, value) in enumerate(stamp, start=1):
        for column, text in ((1, label), (2, value)):
            cell = sheet.cell(row=row, column=column, value=text or None)
            cell.number_format = look.TEXT_FORMAT
            cell.border = box
            cell.alignment = Alignment(horizontal="left", vertical="center", indent=1)
            if column == 1:
                cell.fill = label_fill
                cell.font = _font(bold=True)
        sheet.row_dimensions[row].height = 20
    drop_down = DataValidation(type="list", formula1=f'"{",".join(LOAD_TYPES)}"',
                               allow_blank=True, showErrorMessage=True,
                               errorTitle="Load type", error=" or ".join(LOAD_TYPES))
    drop_down.add("B5")
    sheet.add_data_validation(drop_down)

    row = len(stamp) + 2
    for rule in look.RULES:
        cell = sheet.cell(row=row, column=1, value=rule)
        cell.font = _font(bold=True, size=13, color="C00000")
        row += 1
    sheet.cell(row=row - 1, column=1).font = _font(bold=True, size=13)
    sheet.cell(row=row - 1, column=1).fill = PatternFill("solid", fgColor=look.REQUIRED_FILL)
    sheet.cell(row=row - 1, column=2).fill = PatternFill("solid", fgColor=look.REQUIRED_FILL)
    row = _draw_list(sheet, row + 1, "How to fill it in",
                     [(f"{n}.", text) for n, text in enumerate(look.ADVICE, start=1)])
    row = _draw_list(sheet, row + 1, "Load type (cell B5)",
                     look.LOAD_TYPE_ADVICE)
    _draw_list(sheet, row + 1, "Tabs", [(tab.name, look.TAB_ADVICE[tab.name]) for tab in TABS])
    sheet.page_setup.fitToHeight = 1
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.orientation = "landscape"


def _draw_list(sheet: Worksheet, row: int, title: str, lines: Iterable[tuple[str, str]]) -> int:
    """Draw a titled list from `row` on; the row after it."""
    sheet.cell(row=row, column=1, value=title).font = _font(bold=True, size=12)
    for label, text in lines:
        row += 1
        cell = sheet.cell(row=row, column=1, value=label)
        cell.alignment = Alignment(horizontal="left", vertical="top", indent=1)
        cell.font = _font(bold=True, color="595959")
        cell = sheet.cell(row=row, column=2, value=text)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        if len(text) > 112:
            sheet.row_dimensions[row].height = 30
    return row + 1


# --- rows -------------------------------------------------------------------------------------

_DIMENSION = re.compile(rb"<dimension [^>]*/>")
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
_SPECIAL = re.compile("[&<>\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]|^ | $|  |_x[0-9A-Fa-f]{4}_")
_ESCAPED = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def _pour(drawn: BinaryIO, file: str | PathLike | BinaryIO, styles: Mapping[str, list[int]],
          rows: Mapping[str, Iterable[Row]]) -> None:
    """Copy the drawn workbook to `file`, with rows poured into the tabs and fixed times."""
    parts = {f"xl/worksheets/sheet{n}.xml": tab for n, tab in enumerate(TABS, start=2)}
    with (zipfile.ZipFile(drawn) as source,
          zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as copy):
        for name in source.namelist():
            text = source.read(name)
            part = zipfile.ZipInfo(name, date_time=_MADE.timetuple()[:6])
            part.compress_type = zipfile.ZIP_DEFLATED
            tab = parts.get(name)
            if tab is None or tab.name not in rows:
                if name == "docProps/core.xml":
                    text = _MODIFIED.sub(rb"\g<1>" + f"{_MADE.isoformat()}Z".encode(), text)
                copy.writestr(part, text)
                continue
            # Nobody knows the number of rows yet; a dimension that is too small hides rows from
            # readers that trust it, an absent one is legal.
            head, end, tail = _DIMENSION.sub(b"", text).partition(b"</sheetData>")
            with copy.open(part, "w") as out:
                out.write(head)
                for block in _row_xml(tab, styles[tab.name], rows[tab.name]):
                    out.write(block.encode("utf-8"))
                out.write(end + tail)


def _row_xml(tab: Tab, styles: list[int], rows: Iterable[Row]) -> Iterable[str]:
    columns = [(column.letter, style, column.type == "date")
               for column, style in zip(tab.columns, styles, strict=True)]
    block: list[str] = []
    for number, row in enumerate(rows, start=2):
        if len(row) > len(columns) or number > _EXCEL_ROWS:
            raise ValueError(f"row {number} of {tab.name} is wider or longer than the tab")
        block.append(f'<row r="{number}">')
        for (letter, style, dated), value in zip(columns, row, strict=False):
            if value is None or value == "":
                continue
            if isinstance(value, date):
                if not dated:
                    raise ValueError(f"{tab.name} column {letter} (row {number}) takes no date")
                block.append(f'<c r="{letter}{number}" s="{style}"><v>{int(to_excel(value))}</v></c>')
                continue
            text = value if type(value) is str else str(value)
            if _SPECIAL.search(text):
                text, space = _safe(text), ' xml:space="preserve"'
            else:
                space = ""
            block.append(f'<c r="{letter}{number}" s="{style}" t="inlineStr"><is>'
                         f"<t{space}>{text}</t></is></c>")
        block.append("</row>")
        if number % _ROWS_PER_WRITE == 0:
            yield "".join(block)
            block.clear()
    yield "".join(block)


def _safe(text: str) -> str:
    """`text` as the content of an XML element; what XML can't hold becomes `_xHHHH_`."""
    return escape(_ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", text))

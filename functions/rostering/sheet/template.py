"""The SIS Import Sheet that districts fill in (import sheet, section 2), empty or with rows.

openpyxl draws the empty workbook and `rows` pours data into its tabs, so that a filled sheet looks
like the template by construction.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from os import PathLike
from typing import Any, BinaryIO

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
from rostering.sheet.rows import EXCEL_ROWS, MADE, pour, text_cell

Row = Sequence[str | int | date | None]

LAST_ROW = MAX_ROWS + 1  # the header stands in row 1


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
    book.properties.created = MADE
    book.custom_doc_props.append(StringProperty(name=VERSION_PROPERTY, value=str(VERSION)))
    _draw_first_tab(book.active, stamp)
    styles = {tab.name: _draw_tab(book.create_sheet(tab.name), tab) for tab in TABS}
    drawn = io.BytesIO()
    book.save(drawn)
    parts = {f"xl/worksheets/sheet{number}.xml": _row_xml(tab, styles[tab.name], rows[tab.name])
             for number, tab in enumerate(TABS, start=2) if rows and tab.name in rows}
    pour(drawn, file, parts, edit={"docProps/core.xml": _modified_when_made})


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

_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")


def _modified_when_made(core: bytes) -> bytes:
    """openpyxl writes the time of saving; the same content has to give the same bytes."""
    return _MODIFIED.sub(rb"\g<1>" + f"{MADE.isoformat()}Z".encode(), core)


def _row_xml(tab: Tab, styles: list[int], rows: Iterable[Row]) -> Iterator[str]:
    columns = [(column.letter, style, column.type == "date")
               for column, style in zip(tab.columns, styles, strict=True)]
    for number, row in enumerate(rows, start=2):
        if len(row) > len(columns) or number > EXCEL_ROWS:
            raise ValueError(f"row {number} of {tab.name} is wider or longer than the tab")
        cells = [_cell(f"{letter}{number}", style, dated, value)
                 for (letter, style, dated), value in zip(columns, row, strict=False)
                 if value is not None and value != ""]
        yield f'<row r="{number}">{"".join(cells)}</row>'


def _cell(place: str, style: int, dated: bool, value: str | int | date) -> str:
    if not isinstance(value, date):
        return text_cell(place, style, str(value))
    if not dated:
        raise ValueError(f"cell {place} is of a column that takes no date")
    return f'<c r="{place}" s="{style}"><v>{int(to_excel(value))}</v></c>'

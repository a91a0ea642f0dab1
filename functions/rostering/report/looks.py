"""The formats of report.xlsx. Headers look as in the template."""

from __future__ import annotations

import re

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from rostering.sheet import look

CELL_LETTERS = 32_767  # Excel's
UNWRITABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")  # what XML cannot hold, even escaped


class Looks:
    """The formats of a report; the headers look as in the template."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        def make(**look_: object) -> Format:
            return book.add_format({"font_name": "Calibri", "font_size": 11, **look_})

        header = {"bold": True, "bottom": 1, "bottom_color": "#7F7F7F", "valign": "vcenter",
                  "num_format": look.TEXT_FORMAT}
        self.required = make(**header, bg_color=f"#{look.REQUIRED_FILL}")
        self.optional = make(**header, bg_color=f"#{look.OPTIONAL_FILL}")
        self.result_header = make(**header, bg_color="#BDD7EE")
        self.text = make(num_format="@")
        self.date = make(num_format=look.DATE_FORMAT)
        self.red = make(num_format="@", bg_color="#FF7C80", border=1, border_color="#C00000")
        self.orange = make(num_format="@", bg_color="#FFD966")
        self.result_red = make(num_format="@", font_color="#C00000", bold=True)
        self.result_orange = make(num_format="@", font_color="#833C0B")
        self.result_ok = make(num_format="@", font_color="#548235")
        self.title = make(bold=True, font_size=16)
        self.rule = make(bold=True, font_size=13, font_color="#C00000")
        self.heading = make(bold=True, font_size=12, bottom=1)
        self.number_heading = make(bold=True, font_size=12, bottom=1, align="right")
        self.label = make(bold=True, valign="top", font_color="#595959")
        self.wrapped = make(text_wrap=True, valign="top", num_format="@")
        self.plain = make(valign="top", num_format="@")
        self.number = make(num_format="#,##0", align="right")
        self.number_red = make(num_format="#,##0", align="right", bold=True, font_color="#C00000")


def put(sheet: Worksheet, row: int, column: int, text: str, look_: Format) -> None:
    """Write `text` as a string, or a blank cell that has the format."""
    if text:
        sheet.write_string(row, column, UNWRITABLE.sub("?", text)[:CELL_LETTERS], look_)
    else:
        sheet.write_blank(row, column, None, look_)


def add_note(sheet: Worksheet, row: int, column: int, text: str) -> None:
    """A note at a cell, high enough to show about 20 lines."""
    lines = sum(1 + len(line) // 40 for line in text.split("\n"))
    sheet.write_comment(row, column, UNWRITABLE.sub("?", text), {
        "width": 290, "height": 16 + 17 * min(lines, 20), "author": "SIS Import Sheet"})

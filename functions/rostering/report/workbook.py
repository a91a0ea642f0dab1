"""report.xlsx: the sender's own rows with what is wrong about them (import sheet, section 7).

xlsxwriter draws headers, notes and the Summary; the rows are poured in afterwards (`sheet.rows`),
every value as a string: never a formula, a link or a number. Memory holds the listed problems and
a block of rows, whatever the size of the sheet.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from os import PathLike
from typing import BinaryIO, Protocol

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from rostering.model import Problem
from rostering.report import first_tab
from rostering.report.looks import CELL_LETTERS, Looks, add_note, put
from rostering.report.summary import Summary
from rostering.sheet import look
from rostering.sheet.columns import (
    MAX_ROWS,
    REPORT_PROPERTY,
    REPORT_TAB,
    RESULT_HEADER,
    STAMP_TAB,
    TABS,
    VERSION,
    VERSION_PROPERTY,
    Tab,
    letters,
)
from rostering.sheet.rows import EXCEL_ROWS, MADE, pour, text_cell

NOTES_PER_TAB = 1_000  # beyond that, and below row MAX_ROWS + 1, a bad cell is red, and Result says why
_REFUSED = "\x01"  # stands for a letter that was refused, so that it is refused again if left alone
_RESULT_WIDTH = 70
_RESULT_WORDS = {"R": "NOT LOADED", "W": "PLEASE LOOK", "I": "NOTE"}


class Reading(Protocol):
    """What a report needs of `sheet.reading.Reading`."""

    load_type: str
    problems: first_tab.Problems
    counts: Mapping[str, object]

    def rows(self, tab: str) -> Iterator[tuple[int, list[str]]]:
        """Row number and values of every data row, rising; values as text, "" for blank."""
        ...

    def problems_of(self, tab: str) -> Mapping[int, list[Problem]]: ...


def write_report(file: str | PathLike | BinaryIO, *, reading: Reading, summary: Summary) -> None:
    """Write the report of a sheet that was read: Summary, the stamp, and every data tab in place."""
    drawn = io.BytesIO()
    with _open(drawn) as book:
        book.set_custom_property(REPORT_PROPERTY, summary.load, "text")
        looks = Looks(book)
        first_tab.draw_of_reading(book.add_worksheet(REPORT_TAB), looks, summary, reading.problems,
                                  reading.counts)
        _draw_stamp(book.add_worksheet(STAMP_TAB), looks, summary, reading.load_type)
        for tab in TABS:
            _draw_tab(book.add_worksheet(tab.name), looks, tab, reading.problems_of(tab.name))
    pour(drawn, file, {f"xl/worksheets/sheet{number}.xml": _row_xml(tab, looks, reading)
                       for number, tab in enumerate(TABS, start=3)})


def write_refusal(file: str | PathLike | BinaryIO, *, summary: Summary) -> None:
    """Write the report of a file that was turned back: only the Summary tab, with its messages."""
    drawn = io.BytesIO()
    with _open(drawn) as book:
        first_tab.draw_of_refusal(book.add_worksheet(REPORT_TAB), Looks(book), summary)
    pour(drawn, file, {})


def _open(file: BinaryIO) -> xlsxwriter.Workbook:
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False,
                                      "strings_to_urls": False, "strings_to_numbers": False})
    book.set_properties({"title": "SIS Import Sheet: report", "author": "Rollbook", "created": MADE})
    book.set_custom_property(VERSION_PROPERTY, str(VERSION), "text")
    return book


def _draw_stamp(sheet: Worksheet, looks: Looks, summary: Summary, load_type: str) -> None:
    """The stamp, so that the load type survives when the report is handed in again."""
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 96)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 1)
    stamp = look.stamp(site_name=summary.site_name, school_year="", load_type=load_type)
    for row, (label, value) in enumerate(stamp):
        put(sheet, row, 0, label, looks.optional)
        put(sheet, row, 1, value, looks.text)
    for row, rule in enumerate(look.RULES, start=len(stamp) + 1):
        put(sheet, row, 0, rule, looks.rule)


def _draw_tab(sheet: Worksheet, looks: Looks, tab: Tab, problems: Mapping[int, list[Problem]]) -> None:
    """A data tab without its rows: header as in the template, Result on the right, notes."""
    width = len(tab.columns)
    sheet.freeze_panes(1, 0)
    sheet.set_row(0, 22)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    for number, column in enumerate(tab.columns):
        sheet.set_column(number, number, look.width(column),
                         looks.date if column.type == "date" else looks.text)
        sheet.write_string(0, number, look.header_text(column),
                           looks.required if column.required else looks.optional)
        add_note(sheet, 0, number, look.note(column))
        choices, strict = look.choices(column)
        if choices:
            sheet.data_validation(1, number, MAX_ROWS, number, {
                "validate": "list", "source": list(choices), "show_error": strict})
    sheet.set_column(width, width, _RESULT_WIDTH, looks.text)
    sheet.write_string(0, width, RESULT_HEADER, looks.result_header)
    sheet.autofilter(0, 0, EXCEL_ROWS - 1, width)
    place = {column.header: number for number, column in enumerate(tab.columns)}
    notes = ((row, column, cell) for row in sorted(problems) if row <= MAX_ROWS + 1
             for column, cell in sorted(_by_cell(problems[row], place).items()))
    for (row, column, cell), _ in zip(notes, range(NOTES_PER_TAB), strict=False):
        add_note(sheet, row - 1, column, _cell_note(cell))
    sheet.table = _Drawn(sheet.table)


class _Drawn(dict):
    """The rows that xlsxwriter drew. It asks for every row up to the last one with a note, and its own table keeps
    an entry for each that it was asked for: 130 MB for one value at the bottom of a sheet.
    """

    def __missing__(self, row: int) -> dict:
        return {}


def _row_xml(tab: Tab, looks: Looks, reading: Reading) -> Iterator[str]:
    """The rows of a tab: each in its place, bad cells colored, Result on the right."""
    place = {column.header: number for number, column in enumerate(tab.columns)}
    names = [letters(number) for number in range(len(tab.columns) + 1)]
    problems = reading.problems_of(tab.name)
    plain, ok = looks.text.xf_index, looks.result_ok.xf_index
    result_name = names.pop()
    for number, values in reading.rows(tab.name):
        found = problems.get(number)
        bad = _by_cell(found, place) if found else {}
        styles = _styles(bad, looks)
        values = list(values) if bad else values
        for column, about in bad.items():
            if any(problem.code == "R-BAD-CHARS" for problem in about):
                values[column] = values[column].replace("\ufffd", _REFUSED)
        cells = [text_cell(f"{name}{number}", styles.get(column, plain), value) if value else
                 f'<c r="{name}{number}" s="{styles[column]}"/>'
                 for column, (name, value) in enumerate(zip(names, values, strict=False))
                 if value or column in styles]
        if found:
            severity, said = _result(found)
            look_ = {"R": looks.result_red, "W": looks.result_orange}.get(severity, looks.result_ok)
            cells.append(text_cell(f"{result_name}{number}", look_.xf_index, said))
        else:
            cells.append(text_cell(f"{result_name}{number}", ok, "OK"))
        yield f'<row r="{number}">{"".join(cells)}</row>'


def _styles(cells: Mapping[int, list[Problem]], looks: Looks) -> dict[int, int]:
    """The format of each cell that has an error or a warning."""
    colors = {"R": looks.red, "W": looks.orange}
    return {column: colors[found[0].severity].xf_index for column, found in cells.items()
            if found[0].severity in colors}


def _by_cell(problems: Iterable[Problem], place: Mapping[str, int]) -> dict[int, list[Problem]]:
    """The problems of a row by column (from 0), the gravest first; those of no column are left out."""
    cells: dict[int, list[Problem]] = {}
    for problem in sorted(problems, key=lambda problem: "RWI".find(problem.severity)):
        if problem.column in place:
            cells.setdefault(place[problem.column], []).append(problem)
    return cells


def _result(problems: list[Problem]) -> tuple[str, str]:
    """The gravest severity of a row, and the row in one line: `NOT LOADED: Grade 'x' is not ...`"""
    ranked = sorted(problems, key=lambda problem: "RWI".find(problem.severity))
    severity = ranked[0].severity
    said = " ".join(_said(problem, problem.column) for problem in ranked)
    return severity, f"{_RESULT_WORDS[severity]}: {said}"[:CELL_LETTERS]


# Messages of cells that go on where the column's name ends: `is empty. ...`, `'x' is not ...`.
_VERB = re.compile(r"(is|has|shows|looks|ends|says|depends|could|was)\b")


def _said(problem: Problem, column: str) -> str:
    """The message as a sentence about a column ("": about the row)."""
    message = problem.message or problem.code
    if column and (message[0] == "'" or _VERB.match(message)):
        return f"{column} {message}"
    sentence = message[:1].upper() + message[1:]
    return f"{column}: {sentence}" if column else sentence


def _cell_note(problems: Iterable[Problem]) -> str:
    """The messages for a note at the cell itself, one a line."""
    return "\n".join(f"This cell {problem.message}" if _VERB.match(problem.message) else _said(problem, "")
                     for problem in problems)

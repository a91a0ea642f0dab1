"""report.xlsx: the sender's own rows with what is wrong about them (import sheet, section 7).

Every value is written as a string, never as a formula, a link or a number. Rows are streamed, so
that a sheet of any size needs the memory of its listed problems.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from os import PathLike
from typing import BinaryIO, Protocol

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from rostering.model import Problem
from rostering.report import words
from rostering.report.summary import Summary, tab_counts
from rostering.sheet import look
from rostering.sheet.columns import (
    MAX_LISTED,
    MAX_ROWS,
    REPORT_TAB,
    RESULT_HEADER,
    STAMP_TAB,
    TABS,
    VERSION,
    VERSION_PROPERTY,
    Tab,
)

NOTES_PER_TAB = 1_000  # beyond that a bad cell is red, and Result says why
_RESULT_WIDTH = 70
_FACT_LETTERS = 150  # that stand in one line of a fact
_CELL_LETTERS = 32_767
_RESULT_WORDS = {"R": "NOT LOADED", "W": "PLEASE LOOK", "I": "NOTE"}
_OK = "OK"


class Problems(Protocol):
    """The problems of a reading: in order, at most 1,000 of each tab listed, all counted."""

    def __iter__(self) -> Iterator[Problem]: ...

    def unlisted(self, tab: str) -> int:
        """How many of a tab ("": of the workbook) are not listed."""
        ...


class Reading(Protocol):
    """What a report needs of `sheet.reading.Reading`."""

    load_type: str
    problems: Problems
    counts: Mapping[str, object]

    def rows(self, tab: str) -> Iterator[tuple[int, list[str]]]:
        """Row number and values of every data row, rising; values as text, "" for blank."""
        ...

    def problems_of(self, tab: str) -> Mapping[int, list[Problem]]: ...


def write_report(file: str | PathLike | BinaryIO, *, reading: Reading, summary: Summary) -> None:
    """Write the report of a sheet that was read: Summary, the stamp, and every data tab in place."""
    with _open(file) as book:
        looks = _Looks(book)
        sheet = book.add_worksheet(REPORT_TAB)
        row = _write_facts(sheet, looks, summary)
        row = _write_counts(sheet, looks, row, summary, reading.counts)
        listed = list(reading.problems)
        known = set(listed)
        above = [problem for problem in summary.problems if problem not in known]
        _write_problems(sheet, looks, row, above + listed, reading.problems)
        _write_stamp(book.add_worksheet(STAMP_TAB), looks, summary, reading.load_type)
        for tab in TABS:
            _write_tab(book.add_worksheet(tab.name), looks, tab, reading)


def write_refusal(file: str | PathLike | BinaryIO, *, summary: Summary) -> None:
    """Write the report of a file that was turned back: only the Summary tab, with its messages."""
    with _open(file) as book:
        looks = _Looks(book)
        sheet = book.add_worksheet(REPORT_TAB)
        row = _write_facts(sheet, looks, summary)
        _write_problems(sheet, looks, row, list(summary.problems + summary.examples), None)


def _open(file: str | PathLike | BinaryIO) -> xlsxwriter.Workbook:
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False,
                                      "strings_to_urls": False, "strings_to_numbers": False})
    book.set_properties({"title": "SIS Import Sheet: report", "author": "Rollbook"})
    book.set_custom_property(VERSION_PROPERTY, str(VERSION), "text")
    return book


class _Looks:
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


# --- the first tab ----------------------------------------------------------------------------

def _write_facts(sheet: Worksheet, looks: _Looks, summary: Summary) -> int:
    """Title and facts of the load; the row after them."""
    for column, width in enumerate((22, 12, 22, 20, 26, 90)):
        sheet.set_column(column, column, width)
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    _put(sheet, 0, 0, f"Import report: {words.title(summary.state)}", looks.title)
    facts = [("Load", summary.load), ("Site", summary.site_name or summary.site),
             ("File", summary.file_name), ("Load type", summary.load_type),
             ("Received", summary.received_at), ("What happened", words.sentence(summary))]
    facts += [("What to do", step) for step in words.next_steps(summary)]
    facts += [("Why it waits", " ".join(words.explain(hold))) for hold in summary.holds]
    row = 2
    for label, text in facts:
        if text:
            sheet.set_row(row, 15 * (1 + len(text) // _FACT_LETTERS))
            _put(sheet, row, 0, label, looks.label)
            sheet.merge_range(row, 1, row, 5, "", looks.wrapped)
            _put(sheet, row, 1, text, looks.wrapped)
            row += 1
    return row + 1


def _write_counts(sheet: Worksheet, looks: _Looks, row: int, summary: Summary,
                  counts: Mapping[str, object]) -> int:
    loaded = "Loaded" if summary.state in ("done", "applied") else "To be loaded"
    for column, header in enumerate(("Tab", "Rows", loaded, "Turned back", "Warnings")):
        _put(sheet, row, column, header, looks.number_heading if column else looks.heading)
    for tab in TABS:
        row += 1
        found = tab_counts(counts.get(tab.name, {}))
        _put(sheet, row, 0, tab.name, looks.plain)
        for column, number in enumerate((found.rows, found.loaded, found.turned_back, found.warnings), 1):
            bad = column == 3 and number
            sheet.write_number(row, column, number, looks.number_red if bad else looks.number)
    return row + 2


def _write_problems(sheet: Worksheet, looks: _Looks, row: int, problems: list[Problem],
                    counted: Problems | None) -> None:
    """The workbook's problems, then those of each tab with how many more there are."""
    for column, header in enumerate(("Tab", "Row", "Column", "Meaning", "Code", "Message")):
        _put(sheet, row, column, header, looks.heading)
    by_tab: dict[str, list[Problem]] = {"": []} | {tab.name: [] for tab in TABS}
    for problem in problems:
        # A tab that is not the template's has no place of its own.
        by_tab.get(problem.tab, by_tab[""]).append(problem)
    for tab, found in by_tab.items():
        for problem in found[:MAX_LISTED]:
            row += 1
            cells = (problem.tab or "Workbook", str(problem.row or ""), problem.column,
                     words.SEVERITIES.get(problem.severity, ""), problem.code)
            for column, text in enumerate(cells):
                _put(sheet, row, column, text, looks.plain)
            _put(sheet, row, 5, problem.message, looks.wrapped)
        more = max(0, len(found) - MAX_LISTED) + (counted.unlisted(tab) if counted else 0)
        if more:
            row += 1
            _put(sheet, row, 0, tab or "Workbook", looks.plain)
            _put(sheet, row, 5, f"and {more:,} more", looks.plain)
    if not problems:
        _put(sheet, row + 1, 0, "No problems were found.", looks.plain)


def _write_stamp(sheet: Worksheet, looks: _Looks, summary: Summary, load_type: str) -> None:
    """The stamp, so that the load type survives when the report is handed in again."""
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 96)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 1)
    stamp = look.stamp(site_name=summary.site_name, school_year="", load_type=load_type)
    for row, (label, value) in enumerate(stamp):
        _put(sheet, row, 0, label, looks.optional)
        _put(sheet, row, 1, value, looks.text)
    for row, rule in enumerate(look.RULES, start=len(stamp) + 1):
        _put(sheet, row, 0, rule, looks.rule)


# --- the data tabs ----------------------------------------------------------------------------

def _write_tab(sheet: Worksheet, looks: _Looks, tab: Tab, reading: Reading) -> None:
    """One data tab: header as in the template, rows in their places, Result on the right."""
    width = len(tab.columns)
    _write_header(sheet, looks, tab)
    place = {column.header: number for number, column in enumerate(tab.columns)}
    problems = reading.problems_of(tab.name)
    notes_left = NOTES_PER_TAB
    last = 1
    plain = looks.text
    for number, values in reading.rows(tab.name):
        last = number
        found = problems.get(number)
        if not found:
            for column, value in enumerate(values):
                if value:
                    _put(sheet, number - 1, column, value, plain)
            sheet.write_string(number - 1, width, _OK, looks.result_ok)
            continue
        cells = _by_cell(found, place)
        for column in range(width):
            value = values[column] if column < len(values) else ""
            bad = cells.get(column)
            if not bad:
                if value:
                    _put(sheet, number - 1, column, value, plain)
                continue
            red = any(problem.severity == "R" for problem in bad)
            look_ = looks.red if red else looks.orange if bad[0].severity == "W" else plain
            _put(sheet, number - 1, column, value, look_)
            if notes_left:
                notes_left -= 1
                _note(sheet, number - 1, column, _cell_note(bad))
        severity = min((problem.severity for problem in found), key="RWI".find)
        _put(sheet, number - 1, width, _result(found, severity),
             looks.result_red if severity == "R" else
             looks.result_orange if severity == "W" else looks.result_ok)
    sheet.autofilter(0, 0, last - 1, width)


def _write_header(sheet: Worksheet, looks: _Looks, tab: Tab) -> None:
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
        _note(sheet, 0, number, look.note(column))
        choices, strict = look.choices(column)
        if choices:
            sheet.data_validation(1, number, MAX_ROWS, number, {
                "validate": "list", "source": list(choices), "show_error": strict})
    sheet.set_column(len(tab.columns), len(tab.columns), _RESULT_WIDTH, looks.text)
    sheet.write_string(0, len(tab.columns), RESULT_HEADER, looks.result_header)


def _by_cell(problems: Iterable[Problem], place: Mapping[str, int]) -> dict[int, list[Problem]]:
    """The problems of a row by column (from 0), the gravest first; those of no column are left out."""
    cells: dict[int, list[Problem]] = {}
    for problem in sorted(problems, key=lambda problem: "RWI".find(problem.severity)):
        if problem.column in place:
            cells.setdefault(place[problem.column], []).append(problem)
    return cells


def _result(problems: list[Problem], severity: str) -> str:
    """A row in one line: `NOT LOADED: Email 'x' is not one email address.`"""
    ranked = sorted(problems, key=lambda problem: "RWI".find(problem.severity))
    return f"{_RESULT_WORDS[severity]}: {' '.join(_said(problem, problem.column) for problem in ranked)}"


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


def _note(sheet: Worksheet, row: int, column: int, text: str) -> None:
    lines = sum(1 + len(line) // 40 for line in text.split("\n"))
    sheet.write_comment(row, column, _UNWRITABLE.sub("?", text), {
        "width": 290, "height": 16 + 17 * min(lines, 20), "author": "SIS Import Sheet"})


# What XML cannot hold, even escaped. U+0001 can stand for it: xlsxwriter escapes it, and the reader
# refuses the cell again, as it refused what was there.
_UNWRITABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")


def _put(sheet: Worksheet, row: int, column: int, text: str, look_: Format) -> None:
    if not text:
        sheet.write_blank(row, column, None, look_)
    elif not text.isascii() and _UNWRITABLE.search(text):
        sheet.write_string(row, column, _UNWRITABLE.sub("\x01", text)[:_CELL_LETTERS], look_)
    else:
        sheet.write_string(row, column, text[:_CELL_LETTERS], look_)

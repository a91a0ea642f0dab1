"""The Summary tab of report.xlsx: what happened, what to do, counts per tab, and the messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from xlsxwriter.worksheet import Worksheet

from rostering.model import Problem
from rostering.report import words
from rostering.report.looks import Looks, put
from rostering.report.summary import Summary, tab_counts
from rostering.sheet.columns import MAX_LISTED, TABS

_FACT_LETTERS = 150  # that stand in one line of a fact


class Problems(Protocol):
    """The problems of a reading: in order, at most 1,000 of each tab listed, all counted."""

    def __iter__(self) -> Iterator[Problem]: ...

    def unlisted(self, tab: str) -> int:
        """How many of a tab ("": of the workbook) are not listed."""
        ...


def draw_of_reading(sheet: Worksheet, looks: Looks, summary: Summary, problems: Problems,
                    counts: Mapping[str, object]) -> None:
    """The whole tab, for a sheet that was read."""
    row = _draw_facts(sheet, looks, summary)
    row = _draw_legend(sheet, looks, row)
    row = _draw_counts(sheet, looks, row, summary, counts)
    listed = list(problems)
    known = set(listed)
    above = [problem for problem in summary.problems if problem not in known]
    _draw_problems(sheet, looks, row, above + listed, problems)


def draw_of_refusal(sheet: Worksheet, looks: Looks, summary: Summary) -> None:
    """Facts and messages, for a file that was turned back unread."""
    row = _draw_facts(sheet, looks, summary)
    _draw_problems(sheet, looks, row, list(summary.problems + summary.examples), None)


def _draw_facts(sheet: Worksheet, looks: Looks, summary: Summary) -> int:
    """Title and facts of the load; the row after them."""
    for column, width in enumerate((22, 12, 22, 20, 26, 90)):
        sheet.set_column(column, column, width)
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    put(sheet, 0, 0, f"Import report: {words.title(summary.state)}", looks.title)
    facts = [("Load", summary.load), ("Site", summary.site_name or summary.site),
             ("File", summary.file_name), ("Load type", summary.load_type),
             ("Received", summary.received_at), ("What happened", words.sentence(summary))]
    facts += [("What to do", step) for step in words.next_steps(summary)]
    facts += [("Why it waits", " ".join(words.explain(hold))) for hold in summary.holds]
    row = 2
    for label, text in facts:
        if text:
            sheet.set_row(row, 15 * (1 + len(text) // _FACT_LETTERS))
            put(sheet, row, 0, label, looks.label)
            sheet.merge_range(row, 1, row, 5, "", looks.wrapped)
            put(sheet, row, 1, text, looks.wrapped)
            row += 1
    return row + 1


def _draw_legend(sheet: Worksheet, looks: Looks, row: int) -> int:
    """What the colors and the words of the Result column mean."""
    for color, look_, result, text in (
            (looks.red, looks.result_red, "NOT LOADED", "The row is not loaded; the red cell says why."),
            (looks.orange, looks.result_orange, "PLEASE LOOK", "The row counts as it is, but please look."),
            (looks.text, looks.result_ok, "OK", "Nothing to do.")):
        put(sheet, row, 0, "", color)
        put(sheet, row, 1, result, look_)
        put(sheet, row, 3, text, looks.plain)
        row += 1
    return row + 1


def _draw_counts(sheet: Worksheet, looks: Looks, row: int, summary: Summary,
                  counts: Mapping[str, object]) -> int:
    loaded = "Loaded" if summary.state in ("done", "applied") else "To be loaded"
    for column, header in enumerate(("Tab", "Rows", loaded, "Turned back", "Warnings")):
        put(sheet, row, column, header, looks.number_heading if column else looks.heading)
    for tab in TABS:
        row += 1
        found = tab_counts(counts.get(tab.name, {}))
        put(sheet, row, 0, tab.name, looks.plain)
        for column, number in enumerate((found.rows, found.loaded, found.turned_back, found.warnings), 1):
            bad = column == 3 and number
            sheet.write_number(row, column, number, looks.number_red if bad else looks.number)
    return row + 2


def _draw_problems(sheet: Worksheet, looks: Looks, row: int, problems: list[Problem],
                    counted: Problems | None) -> None:
    """The workbook's problems, then those of each tab with how many more there are."""
    for column, header in enumerate(("Tab", "Row", "Column", "Meaning", "Code", "Message")):
        put(sheet, row, column, header, looks.heading)
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
                put(sheet, row, column, text, looks.plain)
            put(sheet, row, 5, problem.message, looks.wrapped)
        more = max(0, len(found) - MAX_LISTED) + (counted.unlisted(tab) if counted else 0)
        if more:
            row += 1
            put(sheet, row, 0, tab or "Workbook", looks.plain)
            put(sheet, row, 5, f"and {more:,} more", looks.plain)
    if not problems:
        put(sheet, row + 1, 0, "No problems were found.", looks.plain)

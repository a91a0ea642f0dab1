"""From an open workbook to records and problems: steps B to G of the import sheet, 4.1.

`read_sheet` reads the tabs in the order of applying, a batch of rows at a time. What later steps
need is kept small: keys by tab, a few bytes a row, the rows themselves on a spool.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, Self

from rostering.corrections import Correction, Met
from rostering.errors import InputError
from rostering.model import Problem, Record
from rostering.sheet import headers, records, stamp, turned
from rostering.sheet.columns import KINDS, MAX_ROWS, STAMP_TAB, TAB, TABS
from rostering.sheet.columns import letters as column_letters
from rostering.sheet.consistency import Expectations
from rostering.sheet.ledger import BAD, Ledger
from rostering.sheet.problems import Problems, problem
from rostering.sheet.references import Known, NothingKnown
from rostering.sheet.spool import Spool
from rostering.sheet.tabs import Tabs
from rostering.xlsx.batch import Batch, Cell

__all__ = ["Expectations", "Known", "NothingKnown", "Reading", "TabCounts", "TurnedBack", "read_sheet"]

ERROR_PERCENT, ERROR_ROWS = 5, 10


class Sheet(Protocol):
    """A tab of a workbook; what stands below is known after the last batch."""

    merges: list[tuple[int, int, int, int]]
    blank_rows: int
    data_right_of: set[int]

    def header(self) -> list[str | None]: ...
    def first_rows(self, n: int, width: int) -> list[list[str | Cell | None]]: ...
    def batches(self, width: int) -> Iterator[Batch]: ...


class Workbook(Protocol):
    """What `workbook.open_workbook` gives."""

    sheet_names: list[str]
    hidden: dict[str, str]
    custom_properties: dict[str, str]
    date1904: bool

    def sheet(self, name: str) -> Sheet: ...


class TurnedBack(InputError):
    """The workbook is turned back: `problems` with F- or T-codes, the first one gives the code.

    `reading` is there if all rows were read first (T-TOO-MANY-ERRORS): it tells which are wrong.
    """

    def __init__(self, problems: list[Problem], reading: Reading | None = None) -> None:
        counted = Counter(each.code for each in problems)
        super().__init__(problems[0].code, ", ".join(f"{code} x{count}" for code, count in counted.items()))
        self.problems = problems
        self.reading = reading


@dataclass(frozen=True, slots=True)
class TabCounts:
    """What became of the data rows of one tab: `rows` = `loaded` + `turned_back`."""

    rows: int
    loaded: int
    turned_back: int
    warnings: int


def read_sheet(workbook: Workbook, *, site: str, known: Known, today: date,
               expected: Expectations | None = None, spool: Path | None = None,
               corrections: Iterable[Correction] = ()) -> Reading:
    """Read and check all tabs, with `corrections` in place. `spool` is the folder for a temporary file, if needed.

    Raises TurnedBack, or what the workbook raises (an InputError too) if a part of it is unsafe.
    """
    file = Spool(spool)
    try:
        reading = _read(workbook, site, known, today, expected or Expectations(), file, corrections)
    except BaseException:
        file.close()
        raise
    if too_many := reading.too_many_errors():
        raise TurnedBack(too_many, reading)
    return reading


def _read(workbook: Workbook, site: str, known: Known, today: date, expected: Expectations,
          file: Spool, corrections: Iterable[Correction]) -> Reading:
    problems = Problems(file)
    found = stamp.find_tabs(workbook.sheet_names)
    said = _stamp(workbook, found, site, expected, problems)
    sheets = {tab.name: workbook.sheet(found.names[tab.name]) for tab in TABS if tab.name in found.names}
    rows_1 = {name: sheet.header() for name, sheet in sheets.items()}
    slips = [problem(code, tab, **values) for code, tab, values in found.slips]
    slips += _header_slips(rows_1, problems)
    if slips:
        raise TurnedBack(slips)
    hidden = [name for name in sheets if found.names[name] in workbook.hidden]
    if full := [name for name in hidden if _has_rows(name, sheets[name])]:
        raise TurnedBack([problem("T-HIDDEN-TAB", name, t=name) for name in full])

    tabs = Tabs(problems, file, known, today, expected, date1904=workbook.date1904, corrections=corrections)
    for tab in TABS:
        if tab.name not in hidden:
            _read_tab(tabs, tab.name, sheets[tab.name], rows_1[tab.name], problems)
    if not any(ledger.rows for ledger in tabs.ledgers.values()):
        raise TurnedBack([problem("T-NO-DATA")])
    tabs.settle()
    return Reading(said.load_type, problems, tabs.ledgers, tabs.filled, file, report_of=stamp.report_of(workbook),
                   met=tabs.met)


def _stamp(workbook: Workbook, found: stamp.FoundTabs, site: str, expected: Expectations,
           problems: Problems) -> stamp.Stamp:
    """Step B: whether this is the sheet at all, of a version we read, and for this site."""
    if not any(tab.name in found.names for tab in TABS):
        raise TurnedBack([problem("F-WRONG-WORKBOOK", url=expected.template_url)])
    said = stamp.Stamp()
    if STAMP_TAB in found.names:
        first = workbook.sheet(found.names[STAMP_TAB])
        said = stamp.read_stamp(first.first_rows(stamp.STAMP_ROWS, stamp.STAMP_COLUMNS))
    wrong = []
    if said.version is not None and said.version < expected.template_version - 1:
        wrong.append(problem("F-OLD-VERSION", v=said.version, n=expected.template_version))
    if stamp.is_other_site(said.district, expected.site_names):
        wrong.append(problem("F-WRONG-SITE", x=said.district, y=site))
    if wrong:
        raise TurnedBack(wrong)
    if not said.whole:
        problems.add("W-NO-STAMP")
    for name in found.extra:
        problems.add("W-EXTRA-TAB", t=name)
    return said


def _header_slips(rows_1: dict[str, list[str | None]], problems: Problems) -> list[Problem]:
    """Step C: the slips of all tabs; extra columns are only warned of."""
    slips = []
    for name, row_1 in rows_1.items():
        for slip in headers.check(TAB[name].headers, row_1):
            if slip.code[0] == "W":
                problems.add(slip.code, name, **slip.values)
            else:
                slips.append(problem(slip.code, name, 0, slip.header, **slip.values))
    return slips


def _has_rows(name: str, sheet: Sheet) -> bool:
    return next(sheet.batches(len(TAB[name].columns)), None) is not None


def _read_tab(tabs: Tabs, name: str, sheet: Sheet, row_1: list[str | None], problems: Problems) -> None:
    """Step D of one tab, and what can be told once its last row is read."""
    width = len(TAB[name].columns)
    reader = tabs.open(name)
    hidden, first_hidden = 0, 0
    try:
        for batch in sheet.batches(width):
            if len(tabs.ledgers[name].rows) + len(batch.rows) > MAX_ROWS:
                raise TurnedBack([_too_many_rows(name)])
            if batch.hidden:
                first_hidden = first_hidden or min(batch.hidden)
                hidden += len(batch.hidden)
            reader.add(batch)
    except InputError as refused:
        if refused.code == "T-TOO-MANY-ROWS":
            raise TurnedBack([_too_many_rows(name)]) from refused
        raise
    reader.close(sheet.merges)
    if hidden:
        problems.add("W-HIDDEN-ROWS", name, n=hidden, r=first_hidden)
    if sheet.blank_rows:
        problems.add("I-BLANK-ROWS", name)
    for number in sorted(sheet.data_right_of):
        if width <= number and not (row_1[number:number + 1] or [None])[0]:
            problems.add("W-EXTRA-COLUMN", name, a=column_letters(number), g="no header")


def _too_many_rows(name: str) -> Problem:
    return problem("T-TOO-MANY-ROWS", name, m=f"{MAX_ROWS:,}")


class Reading:
    """What a workbook says. Rows stay on a temporary file until `close`; a context manager.

    `load_type` is "Add and update" or "Complete list"; `problems` are all of them in order.
    `kinds_with_rows` are the kinds whose tab has rows. Kinds in `kinds_unreadable` (tabs in
    `unreadable_key_tabs`) have a row whose key can't be read: nothing is missing from them.
    `report_of` is the load whose report this is, as it says itself; `met` is what was met of corrections.
    """

    def __init__(self, load_type: str, problems: Problems, ledgers: dict[str, Ledger],
                 filled: dict[str, dict[str, dict[str, Any]]], spool: Spool, *, report_of: str = "",
                 met: Met | None = None) -> None:
        self.load_type = load_type
        self.report_of = report_of
        self.met = met or Met()
        self.problems = problems
        self._ledgers = ledgers
        self._filled = filled
        self._spool = spool
        self.counts = {name: self._count(ledger) for name, ledger in ledgers.items()}
        with_rows = [name for name, ledger in ledgers.items() if ledger.rows]
        self.kinds_with_rows = frozenset(kind for name in with_rows for kind in KINDS[name])
        self.unreadable_key_tabs = frozenset(name for name in with_rows if ledgers[name].unreadable_key)
        self.kinds_unreadable = frozenset(kind for name in self.unreadable_key_tabs for kind in KINDS[name])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._spool.close()

    def records(self) -> Iterator[Record]:
        """The records of the rows that load, in the order of applying."""
        for name, ledger in self._ledgers.items():
            yield from records.of_tab(ledger, self._filled.get(name, {}))

    @cached_property
    def held_back(self) -> dict[str, set[Any]]:
        """By kind, the keys of rows that were there but do not load: present, never missing."""
        held: dict[str, set[Any]] = {}
        for ledger in self._ledgers.values():
            if ledger.special:
                held |= records.held_back(ledger)
        return held

    def turned_back(self) -> Iterator[turned.Row]:
        """The rows that do not load, in the order of tabs and rows, each with its key and its codes."""
        for name, ledger in self._ledgers.items():
            if self.counts[name].turned_back:
                yield from turned.of_tab(ledger, self.problems_of(name))

    def rows(self, tab: str) -> Iterator[tuple[int, list[str]]]:
        """Row number and cells of every data row, good or bad, as text; "" is blank."""
        for stored in self._ledgers[tab].batches():
            columns = [column or [None] * len(stored.rows) for column in stored.texts]
            for row, cells in zip(stored.rows, zip(*columns, strict=True), strict=True):
                yield row, [cell or "" for cell in cells]

    def problems_of(self, tab: str) -> dict[int, list[Problem]]:
        """Row number to its problems, rows rising; see `Problems.of_rows`."""
        return self.problems.of_rows(tab)

    def too_many_errors(self) -> list[Problem]:
        """T-TOO-MANY-ERRORS of every tab that it is true of: probably a pasted column is off."""
        return [problem("T-TOO-MANY-ERRORS", name, n=count.turned_back, m=count.rows)
                for name, count in self.counts.items()
                if count.turned_back > ERROR_ROWS and count.turned_back * 100 > count.rows * ERROR_PERCENT]

    def _count(self, ledger: Ledger) -> TabCounts:
        rows, bad = len(ledger.rows), ledger.count(BAD)
        return TabCounts(rows, rows - bad, bad, self.problems.count("W", ledger.tab.name))

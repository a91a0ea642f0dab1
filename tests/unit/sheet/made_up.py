"""A workbook in memory with a small district in it, and short ways to read what was said of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from rostering.sheet.columns import TAB, TABS
from rostering.sheet.problems import sentence
from rostering.sheet.reading import Expectations, NothingKnown, Reading, TurnedBack, read_sheet
from rostering.xlsx.batch import Batch, Cell

TODAY = date(2026, 9, 15)
EXPECTED = Expectations(site_names=("Pineapple Schools",), email_domains=("district.org",),
                        blocked_usernames=frozenset({"admin"}), template_url="https://example.org/sheet")
STAMP = (("Template", "SIS-IMPORT-SHEET"), ("Template version", "1"), ("District", "Pineapple Schools"),
         ("School year", "2026-27"), ("Load type", "Add and update"), ("Prepared by", "Kim"),
         ("Prepared on", "9/1/2026"))

# One good row of each tab; tests change what they are about.
GOOD = {
    "Schools": {"School ID": "0012", "School Name": "Pineapple Elementary"},
    "Terms": {"Term ID": "FY", "Term Name": "Year", "School Year": "2027", "Start Date": "8/24/2026",
              "End Date": "6/25/2027"},
    "Staff": {"Staff ID": "T0451", "School ID": "0012", "Role": "Teacher", "First Name": "Ana",
              "Last Name": "Ruiz", "Email": "ana.ruiz@district.org"},
    "Students": {"Student ID": "004512", "School ID": "0012", "First Name": "José", "Last Name": "García",
                 "Grade": "04"},
    "Guardians": {"Student ID": "004512", "Guardian ID": "G1", "First Name": "Maria", "Last Name": "García",
                  "Relationship": "Mother", "Email": "maria@example.com"},
    "Courses": {"Course ID": "MATH-04", "Course Name": "Mathematics 4"},
    "Classes": {"Class ID": "709", "School ID": "0012", "Course ID": "MATH-04", "Class Name": "Math 4",
                "Term ID": "FY", "Teacher Staff ID": "T0451"},
    "Class Rosters": {"Class ID": "709", "Student ID": "004512"},
    "Groups": {"Group ID": "RTI", "Group Name": "Reading", "School ID": "0012", "Owner Staff ID": "T0451",
               "Member Type": "Student", "Member ID": "004512"},
}


def row(tab: str, **changed: Any) -> list[Any]:
    """The good row of a tab with some cells changed: `row("Students", Grade="99", Student_ID="7")`."""
    values = GOOD[tab] | {name.replace("_", " "): value for name, value in changed.items()}
    unknown = set(values) - set(TAB[tab].headers)
    assert not unknown, unknown
    return [values.get(header) for header in TAB[tab].headers]


@dataclass
class MadeUpSheet:
    rows: Sequence[Sequence[Any]]
    headers: list[str | None]
    numbers: Sequence[int] | None = None
    hidden: frozenset[int] = frozenset()
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    blank_rows: int = 0
    data_right_of: set[int] = field(default_factory=set)
    batch_rows: int = 3

    def header(self) -> list[str | None]:
        return self.headers

    def first_rows(self, n: int, width: int) -> list[list[Any]]:
        return [list(each) for each in self.rows][:n]

    def batches(self, width: int) -> Iterator[Batch]:
        numbers = list(self.numbers or range(2, len(self.rows) + 2))
        for start in range(0, len(self.rows), self.batch_rows):
            some = self.rows[start:start + self.batch_rows]
            columns = [list(column) for column in zip(*some, strict=True)]
            rows = numbers[start:start + self.batch_rows]
            yield Batch(rows, columns, set(self.hidden) & set(rows),
                        [not any(isinstance(value, Cell) for value in column) for column in columns])


class MadeUpWorkbook:
    """Tabs by name; a tab that is not given has its headers and no rows."""

    date1904 = False
    custom_properties: dict[str, str] = {}  # noqa: RUF012 - never changed

    def __init__(self, tabs: dict[str, MadeUpSheet], hidden: dict[str, str] | None = None) -> None:
        self.tabs = tabs
        self.sheet_names = list(tabs)
        self.hidden = hidden or {}

    def sheet(self, name: str) -> MadeUpSheet:
        return self.tabs[name]


def sheet(tab: str, *rows: Sequence[Any], **more: Any) -> MadeUpSheet:
    return MadeUpSheet(rows, list(TAB[tab].headers), **more)


def stamp(**changed: str) -> MadeUpSheet:
    return MadeUpSheet([(label, changed.get(label.replace(" ", "_"), value)) for label, value in STAMP], [])


def workbook(*, hidden: dict[str, str] | None = None, first: MadeUpSheet | None = None,
             **tabs: Any) -> MadeUpWorkbook:
    """A workbook; tabs are lists of rows or sheets: `workbook(Students=[row("Students")])`."""
    found = {"Read Me First": first or stamp()} | {tab.name: sheet(tab.name) for tab in TABS}
    for name, given in tabs.items():
        name = name.replace("_", " ")
        found[name] = given if isinstance(given, MadeUpSheet) else sheet(name, *given)
    return MadeUpWorkbook(found, hidden)


def district(**tabs: Any) -> MadeUpWorkbook:
    """A workbook with one good row in each tab, but for the tabs given."""
    return workbook(**{name.replace(" ", "_"): [row(name)] for name in GOOD} | tabs)


class SiteOf:
    """A site that has some records: `SiteOf(student={"004512": True})`."""

    def __init__(self, **kinds: dict[str, bool]) -> None:
        self.kinds = kinds
        self.asked: list[tuple[str, set[str]]] = []

    def find(self, kind: str, keys: set[str]) -> dict[str, bool]:
        self.asked.append((kind, set(keys)))
        return {key: active for key, active in self.kinds.get(kind, {}).items() if key in keys}


def read(book: MadeUpWorkbook, *, known: Any = None, expected: Expectations = EXPECTED) -> Reading:
    return read_sheet(book, site="pineapple", known=known or NothingKnown(), today=TODAY, expected=expected)


def turned_back(book: MadeUpWorkbook, **more: Any) -> list[str]:
    """The messages of a workbook that is turned back, each after its code."""
    try:
        read(book, **more)
    except TurnedBack as error:
        return [f"{each.code} {each.message}" for each in error.problems]
    raise AssertionError("the workbook was not turned back")


def said(reading: Reading, severities: str = "RWI") -> list[str]:
    """All problems as `code sentence`, in order."""
    return [f"{each.code} {sentence(each)}" for each in reading.problems if each.code[0] in severities]


def told(book: MadeUpWorkbook, code: str, **more: Any) -> list[str]:
    """The sentences of one code."""
    reading = read(book, **more)
    return [sentence(each) for each in reading.problems if each.code == code]


def made(reading: Reading, kind: str) -> dict[Any, dict[str, Any]]:
    """The records of one kind by key."""
    return {record.key: record.fields for record in reading.records() if record.kind == kind}

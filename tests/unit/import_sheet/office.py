"""Drops that are loaded to the end on memory, and reports that are corrected as a secretary does it."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import openpyxl
import orjson

from import_sheet.job import Desk, Drop, run
from rostering import feed, people
from rostering.load import part, paths, plan, progress, settle
from rostering.load.ground import Ground
from rostering.model import Account
from rostering.sheet import template
from rostering.sheet.columns import TAB
from rostering.store import keys
from rostering.store.memory import MemoryFiles, MemoryStore
from tests import loads

SALT = b"salt of the demo site"


class Office:
    """A desk over memory. `load` drops a workbook and carries its load through to the end."""

    def __init__(self) -> None:
        self.store, self.inbox, self.work = MemoryStore(), MemoryFiles(), MemoryFiles()
        self._minutes = itertools.count(1)
        numbers = itertools.count(1)
        self.desk = Desk(self.store, self.inbox, self.work, self.now, lambda: f"01LOAD{next(numbers):02d}0")
        loads.site(self.store)

    def now(self) -> str:
        minute = next(self._minutes)
        return f"2026-11-23T{12 + minute // 60 % 12:02d}:{minute % 60:02d}:00.000Z"

    def drop(self, data: bytes) -> str:
        """Read a workbook; gives its load."""
        key = f"inbox/demo/{next(self._minutes)}.xlsx"
        self.inbox.write(key, data)
        return run(self.desk, Drop(key, "v1", len(data))).load

    def load(self, data: bytes, *, rows: Sequence[str] = ()) -> str:
        """Read a workbook and load it (or some `rows` of it), whatever the gate says; gives its load."""
        load = self.drop(data)
        self.go_on(load, rows=rows)
        return load

    def go_on(self, load: str, *, rows: Sequence[str] = ()) -> None:
        """Plan and load what was read as `load`."""
        ground = Ground.open(self.store, self.work, "demo", load, now=self.now())
        manifest = plan.FeedManifest.read(self.work, "demo", load)
        for phase in feed.PHASES:
            for shard in range(len(manifest.shards[phase])):
                plan.plan(ground, phase, shard)
        settle.settle(ground, limits=loads.gate.Limits())
        part.choose(ground, {"rows": list(rows)})
        loads.write(Ground.open(self.store, self.work, "demo", load, now=self.now()))

    def body(self, load: str) -> dict[str, Any]:
        return progress.read(self.store, "demo", load)

    def manifest(self, load: str) -> plan.FeedManifest:
        return plan.FeedManifest.read(self.work, "demo", load)

    def settled(self, load: str) -> dict[str, Any]:
        return orjson.loads(self.work.read(paths.settled("demo", load)))

    def report(self, load: str) -> bytes:
        return self.inbox.read(paths.report("demo", load, "xlsx"))

    def account(self, key: str, kind: str = "student") -> Account | None:
        item = self.store.get(keys.account("demo", people.account_id(SALT, "sheet", kind, key)))
        return people.account_of(item) if item else None


def student(number: int, **cells: Any) -> list[Any]:
    """A row of Students; cells by their field."""
    return row("Students", {"id": f"s{number}", "school": "0012", "first_name": "Ana", "last_name": f"Ruiz{number}",
                            "grade": "04"} | cells)


def row(tab: str, cells: dict[str, Any]) -> list[Any]:
    return [cells.get(column.field, "") for column in TAB[tab].columns]


def workbook(students: Sequence[Sequence[Any]], *, complete: bool = False, **tabs: Any) -> bytes:
    """One school, one teacher and one class with everybody in it who is a student."""
    rows = {"Schools": [["0012", "Pine"]],
            "Terms": [row("Terms", {"id": "SY", "name": "Year", "year": "2027", "start_date": "8/1/2026",
                                    "end_date": "6/30/2027"})],
            "Staff": [row("Staff", {"id": "t1", "school": "0012", "role": "Teacher", "first_name": "Bo",
                                    "last_name": "Oak", "email": "bo@d.org"})],
            "Courses": [row("Courses", {"id": "M", "name": "Math"})],
            "Classes": [row("Classes", {"id": "709", "school": "0012", "course": "M", "name": "Math 4", "terms": "SY",
                                        "teacher": "t1"})],
            "Students": students, "Class Rosters": [["709", each[0]] for each in students]}
    file = io.BytesIO()
    template.write(file, site_name="", school_year="2026-27", load_type="Complete list" if complete else
                   "Add and update", rows=rows | {name.replace("_", " "): given for name, given in tabs.items()})
    return file.getvalue()


def corrected(report: bytes, tab: str = "", changes: dict[tuple[int, str], Any] | None = None, *,
              touch: Callable[[Any], None] = lambda book: None) -> bytes:
    """A report after somebody opened it, typed into cells `(row, field)` of one tab, and saved it."""
    book = openpyxl.load_workbook(io.BytesIO(report))
    for (number, field), value in (changes or {}).items():
        book[tab].cell(number, TAB[tab].index(field) + 1).value = value
    touch(book)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()

"""Step D: the cells of a batch, a column at a time.

Most columns are clean: one regular expression over the joined texts, or one look at the distinct
values, decides a whole column. Cell by cell code runs only for columns that are not. What is
stored, what the sender sees and what is wrong come out together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from rostering.sheet import cells
from rostering.sheet.cells import CLEARED, GARBLED, Read
from rostering.sheet.columns import Column, Tab
from rostering.xlsx.batch import Batch, Cell

_REMEMBERED = 5_000
_REMEMBERED_DATES = 20_000
# Types whose clean texts are stored as they are.
_AS_TYPED = frozenset({"id", "ref", "text", "name", "email", "username", "phone"})
_NEVER_CLEARED = frozenset({"status", "yesno"})  # a blank one has a meaning of its own
_MARKS_OF_GARBLE = "\u00c2\u00c3\u00e2\u00ef\ufffd"


@dataclass(slots=True)
class Checked:
    """A batch after its cells were checked. Lists are by column, then by position in `rows`.

    `texts` are the cells as the sender sees them, `values` what is stored (`cells.CLEARED` for
    "(clear)"); None stands for a column without any. `refused[i]` holds the positions whose cell in
    column i can't be read; `notes` are (position, column, code, values).
    """

    tab: Tab
    rows: list[int]
    texts: list[list[str | None] | None]
    values: list[list[Any] | None]
    refused: list[set[int]]
    notes: list[tuple[int, int, str, dict[str, Any]]] = field(default_factory=list)

    def note(self, position: int, column: int, code: str, values: dict[str, Any]) -> None:
        self.notes.append((position, column, code, values))

    def column(self, name: str) -> list[Any] | None:
        """The stored values of the column of field `name`; None if it has none at all."""
        return self.values[self.tab.index(name)]


class CellChecks:
    """Checks the batches of one tab. What distinct values mean is remembered between them."""

    def __init__(self, tab: Tab, *, date1904: bool = False) -> None:
        self._tab = tab
        self._columns = [_ColumnCheck(column, column.header in tab.key, date1904) for column in tab.columns]

    def check(self, batch: Batch) -> Checked:
        checked = Checked(self._tab, batch.rows, [], [], [])
        for number, column in enumerate(self._columns):
            values = batch.columns[number]
            plain = batch.plain[number] if number < len(batch.plain) else False
            texts, stored, refused, notes = column.check(values, plain)
            checked.texts.append(texts)
            checked.values.append(stored)
            checked.refused.append(refused)
            checked.notes.extend((position, number, code, told) for position, (code, told) in notes)
        return checked


_Found = tuple[list[str | None] | None, list[Any] | None, set[int], list[tuple[int, cells.Note]]]


class _ColumnCheck:
    def __init__(self, column: Column, in_key: bool, date1904: bool) -> None:
        self.column = column
        self.date1904 = date1904
        self.kind = column.type.partition(":")[0]
        self.clears = not in_key and self.kind not in _NEVER_CLEARED
        self.clean = _clean_lines(self.kind, column.max)
        self.as_typed = self.kind in _AS_TYPED
        self.most = _REMEMBERED_DATES if self.kind == "date" else _REMEMBERED
        self.good: dict[str | None, Any] = {None: None}
        self.odd: dict[str, Read] = {}
        self.days: dict[date, tuple[Read, str]] = {}

    def check(self, values: list[str | Cell | None], plain: bool) -> _Found:
        refused: set[int] = set()
        notes: list[tuple[int, cells.Note]] = []
        blanks = values.count(None)
        if blanks and self.column.required:
            needed = ("R-REQUIRED", {"Header": self.column.header})
            refused.update(place for place, value in enumerate(values) if value is None)
            notes.extend((place, needed) for place in sorted(refused))
        if blanks == len(values):
            return None, None, refused, notes
        if plain:
            return values, self._plain(values, blanks, refused, notes), refused, notes
        return (*self._mixed(values, refused, notes), refused, notes)

    def _plain(self, values: list[str | None], blanks: int, refused: set[int],
               notes: list[tuple[int, cells.Note]]) -> list[Any]:
        if self.as_typed and self._is_clean([v for v in values if v is not None] if blanks else values):
            return values
        self._learn(set(values))
        if not self.odd or self.odd.keys().isdisjoint(values):
            stored = list(map(self.good.__getitem__, values))
            return values if stored == values else stored
        stored = list(map(self.good.get, values))
        for place, text in enumerate(values):
            if text in self.odd:
                stored[place] = self._tell(place, self.odd[text], refused, notes)
        return stored

    def _mixed(self, values: list[str | Cell | None], refused: set[int],
               notes: list[tuple[int, cells.Note]]) -> tuple[list[str | None], list[Any]]:
        self._learn({value for value in values if type(value) is str})
        texts: list[str | None] = list(values)
        stored: list[Any] = [None] * len(values)
        for place, value in enumerate(values):
            if value is None:
                continue
            if type(value) is str:
                read = self.odd.get(value)
                stored[place] = self.good[value] if read is None else self._tell(place, read, refused, notes)
                continue
            if value.date is not None and value.kind == "date" and not value.formula:
                read, texts[place] = self._day(value)
            else:
                read, text = cells.from_cell(self.column, value, date1904=self.date1904)
                texts[place] = text or None
                if read.value is None and not read.notes and self.column.required:
                    read = Read(None, (("R-REQUIRED", {"Header": self.column.header}),))
            stored[place] = self._tell(place, read, refused, notes) if read.notes else self._kept(read.value)
        return texts, stored

    def _day(self, cell: Cell) -> tuple[Read, str]:
        found = self.days.get(cell.date)
        if found is None:
            if len(self.days) >= self.most:
                self.days.clear()
            found = self.days[cell.date] = cells.from_cell(self.column, cell)
        return found

    def _tell(self, place: int, read: Read, refused: set[int], notes: list[tuple[int, cells.Note]]) -> Any:
        notes.extend((place, note) for note in read.notes)
        if read.refused:
            refused.add(place)
            return None
        return self._kept(read.value)

    def _kept(self, value: Any) -> Any:
        return None if value is CLEARED and not self.clears else value

    def _learn(self, texts: set[str | None]) -> None:
        """Read the texts that were not met before; forget all of them if there are too many."""
        if len(self.good) + len(self.odd) + len(texts) > self.most:
            self.good, self.odd = {None: None}, {}
        for text in texts:
            if text not in self.good and text not in self.odd:
                read = cells.from_text(self.column, text)
                if read.notes:
                    self.odd[text] = read
                else:
                    self.good[text] = self._kept(read.value)

    def _is_clean(self, texts: list[str]) -> bool:
        """Whether every text is stored as it is, without a word to say. False if in doubt."""
        joined = "\n".join(texts)
        if self.clean is not None:
            return (self.clean.fullmatch(joined) is not None
                    and (self.kind != "email" or max(map(len, texts)) <= _PLAIN_EMAIL_LETTERS))
        if "#" in joined or "+" in joined or ("(" in joined and cells.CLEAR in joined.casefold()):
            return False
        if self.kind == "name" and ("<" in joined or ">" in joined):
            return False
        marked = not joined.isascii() and any(mark in joined for mark in _MARKS_OF_GARBLE)
        if marked and GARBLED.search(joined):
            return False
        return max(map(len, texts)) <= self.column.max


# Stricter than `cells.EMAIL`, for speed: what does not fit is looked at one by one.
_PLAIN_EMAIL = (r"[A-Za-z0-9_-]++(?:\.[A-Za-z0-9_-]++)*+@"
                r"(?:[A-Za-z0-9]++(?:-[A-Za-z0-9]++)*+\.)++[A-Za-z]{2,}+")
_PLAIN_EMAIL_LETTERS = 64


def _clean_lines(kind: str, most: int) -> re.Pattern[str] | None:
    """A pattern for joined texts that need no second look; None for types without one."""
    line = {
        "id": rf"[A-Za-z0-9][A-Za-z0-9._\-/:]{{0,{most - 1}}}+",
        "email": _PLAIN_EMAIL,
        "username": r"[a-z0-9._-]{3,32}+",
        "phone": r"(?=[^\n]{7,32}(?:\n|\Z))(?:[+(). -]*+[0-9]){7,20}+[+(). -]*+",
    }.get("id" if kind == "ref" else kind)
    return re.compile(rf"(?:{line}(?:\n|\Z))*+") if line else None

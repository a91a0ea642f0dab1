"""What is kept of one tab while the others are read: its rows on the spool, a few bytes a row here."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rostering.sheet.checks import Checked
from rostering.sheet.columns import Tab
from rostering.sheet.index import Index
from rostering.sheet.problems import Problems
from rostering.sheet.spool import Place, Spool

# What is known of a row, as bits of one byte.
BAD = 1            # has an R-code: not loaded
OFF = 2            # switched off: Status is Inactive, or the last day has passed
REPEATED = 4       # the same as an earlier row: counted once
NOT_PRIMARY = 8    # a second primary contact of one student
NO_PRINCIPAL = 16  # a school whose principal is not known
# What later tabs say about it, as bits of another.
IN_CLASS = 1       # a student who is in a class, a class that has students
GUARDED = 2        # a student who has a guardian


@dataclass(slots=True)
class Stored:
    """A batch on the spool: `texts` as the sender sees them, `values` as stored, both by column."""

    rows: list[int]
    texts: list[list[str | None] | None]
    values: list[list[Any] | None]


class Ledger:
    """One tab of a reading. `index` knows the row of each key.

    `flags[row]` and `marks[row]` hold the bits above; `special` tells that a row is BAD or OFF.
    """

    def __init__(self, tab: Tab, spool: Spool, problems: Problems) -> None:
        self.tab = tab
        self.index = Index()
        self.rows = array("I")
        self.flags = bytearray(1)
        self.marks = bytearray(1)
        self.special = False
        self.unreadable_key = False
        self._spool = spool
        self._problems = problems
        self._places: list[Place] = []

    def grow(self, last_row: int) -> None:
        """Make room for flags up to `last_row`."""
        if last_row >= len(self.flags):
            more = bytes(last_row + 1 - len(self.flags))
            self.flags.extend(more)
            self.marks.extend(more)

    def keep(self, checked: Checked) -> None:
        """Put a batch on the spool, and tell what was noted in it."""
        rows = checked.rows
        for position, column, code, values in checked.notes:
            self.tell(rows[position], column, code, values)
        differ = {number: values for number, values in enumerate(checked.values)
                  if values is not checked.texts[number]}
        self.rows.extend(rows)
        self._places.append(self._spool.append((rows, checked.texts, differ)))

    def tell(self, row: int, column: int, code: str, values: dict[str, Any]) -> None:
        """Note a problem of one cell; an R-code keeps the row from being loaded."""
        self._problems.note(self.tab.name, row, column, code, values)
        if code[0] == "R":
            self.mark(row, BAD)

    def mark(self, row: int, flag: int) -> None:
        self.flags[row] |= flag
        if flag & (BAD | OFF):
            self.special = True

    def batches(self) -> Iterator[Stored]:
        for place in self._places:
            rows, texts, differ = self._spool.load(place)
            yield Stored(rows, texts, [differ.get(number, column) for number, column in enumerate(texts)])

    def count(self, flag: int) -> int:
        """How many rows have `flag`."""
        return sum(1 for row in self.rows if self.flags[row] & flag) if any(self.flags) else 0

"""Coordinates of cells, and the rows of one tab as both readers write them down."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import compress

from rostering.xlsx.batch import Batch
from rostering.xlsx.limits import COLUMNS_READ, DATA_ROWS, MERGES, SHEET_COLUMNS, SHEET_ROWS
from rostering.xlsx.refusal import Refused
from rostering.xlsx.values import Value

Merge = tuple[int, int, int, int]  # first row, first column, last row, last column

LETTERS = re.compile(r"[A-Z]{1,3}")
ROW_NUMBER = re.compile(r"[1-9][0-9]{0,6}")
RANGE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})(?::([A-Z]{1,3})([1-9][0-9]{0,6}))?")
UNMIXED = {str, type(None)}

_columns: dict[str, int] = {}  # all the letters met; 16,384 at most


def column_index(letters: str) -> int:
    """0 for A to 16,383 for XFD. Raises Refused (BAD_COORDINATE) for all else."""
    index = _columns.get(letters)
    if index is None:
        if not LETTERS.fullmatch(letters):
            raise Refused("BAD_COORDINATE")
        index = -1
        for letter in letters:
            index = (index + 1) * 26 + ord(letter) - ord("A")
        if index >= SHEET_COLUMNS:
            raise Refused("BAD_COORDINATE")
        _columns[letters] = index
    return index


def row_number(digits: str) -> int:
    """1 to 1,048,576. Raises Refused (BAD_COORDINATE) for all else."""
    if not ROW_NUMBER.fullmatch(digits) or (number := int(digits)) > SHEET_ROWS:
        raise Refused("BAD_COORDINATE")
    return number


def merge_range(reference: str) -> Merge:
    """The corners of `A1:B2`. Raises Refused (BAD_COORDINATE)."""
    found = RANGE.fullmatch(reference)
    if not found:
        raise Refused("BAD_COORDINATE")
    left, top = column_index(found[1]), row_number(found[2])
    right, bottom = (column_index(found[3]), row_number(found[4])) if found[3] else (left, top)
    if right < left or bottom < top:
        raise Refused("BAD_COORDINATE")
    return top, left, bottom, right


class Rows:
    """The rows of one tab that are kept: those from `first` to `last` with a value in a known column.

    `met` is the row number met last, whether kept or not. `right_of` are the columns from `width`
    on that held a value, 50 for all beyond; `merges` are the ranges that touch what is kept. `cut`
    makes of a column's index and a value what is kept of it.
    """

    def __init__(self, width: int, *, first: int = 2, last: int = SHEET_ROWS,
                 cut: Callable[[int, Value], Value] | None = None) -> None:
        self.cut = cut
        self.width = width
        self.first = first
        self.last = last
        self.met = 0
        self.right_of: set[int] = set()
        self.merges: list[Merge] = []
        self._count = 0
        self._last_kept = 0
        self._numbers: list[int] = []
        self._columns: list[list[Value]] = []  # none until there is a row
        self._rows: list[list[Value]] = []  # the last ones of `_numbers`, not yet in `_columns`
        self._hidden: set[int] = set()

    def __len__(self) -> int:
        """How many rows wait to be taken."""
        return len(self._numbers)

    @property
    def blank(self) -> int:
        """Rows without a value before the last one that has one."""
        return max(0, self._last_kept - self.first + 1 - self._count)

    def keep(self, number: int, row: list[Value], *, hidden: bool) -> None:
        """Add a row with a value. Raises Refused (TOO_MANY_ROWS)."""
        self._counted(1, number)
        self._numbers.append(number)
        self._rows.append(row)
        if hidden:
            self._hidden.add(number)

    def keep_columns(self, numbers: list[int], columns: list[list[Value]], hidden: list[int]) -> None:
        """Add rows by column, with or without a value. Raises Refused (TOO_MANY_ROWS)."""
        if not any(None not in column for column in columns):
            filled = [any(row) for row in zip(*columns, strict=True)] if columns else []
            if not all(filled):
                columns = [list(compress(column, filled)) for column in columns]
                numbers = list(compress(numbers, filled))
        if not numbers:
            return
        self._counted(len(numbers), numbers[-1])
        self._line_up()
        self._numbers += numbers
        self._extend(columns)
        self._hidden.update(hidden)

    def note_right_of(self, column: int) -> None:
        """Remember a value in a column that is not known."""
        self.right_of.add(min(column, COLUMNS_READ))

    def merge(self, reference: str) -> None:
        """Remember a merged range if it matters. Raises Refused (BAD_COORDINATE, XML_LIMIT)."""
        top, left, bottom, right = merge_range(reference)
        if bottom >= self.first and left < self.width and (bottom > top or right > left):
            if len(self.merges) >= MERGES:
                raise Refused("XML_LIMIT")
            self.merges.append((top, left, bottom, right))

    def listed(self) -> dict[int, list[Value]]:
        """The rows that were kept one by one and wait to be taken, by number."""
        return dict(zip(self._numbers, self._rows, strict=True))

    def take(self, most: int) -> Batch:
        """Up to so many of the rows that wait; they are forgotten here."""
        self._line_up()
        numbers, self._numbers = self._numbers[:most], self._numbers[most:]
        columns = [column[:most] for column in self._columns]
        for column in self._columns:
            del column[:most]
        hidden = self._hidden.intersection(numbers) if self._hidden else set()
        self._hidden -= hidden
        return Batch(numbers, columns, hidden, [set(map(type, column)) <= UNMIXED for column in columns])

    def _counted(self, rows: int, last: int) -> None:
        self._count += rows
        self._last_kept = last
        if self._count > DATA_ROWS:
            raise Refused("TOO_MANY_ROWS", m=DATA_ROWS)

    def _line_up(self) -> None:
        """Put the rows that came one by one into the columns."""
        if self._rows:
            self._extend(list(zip(*self._rows, strict=True)))
            self._rows.clear()

    def _extend(self, columns: Sequence[Sequence[Value]]) -> None:
        if not self._columns:
            self._columns = [[] for _ in range(self.width)]
        for known, column in zip(self._columns, columns, strict=True):
            known += column

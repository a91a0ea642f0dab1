"""The reader that understands every worksheet XML allows, and refuses what no program writes.

The reference: `plain.py` may only be faster. One pass over the part checks and reads.
"""

from __future__ import annotations

import re

from rostering.sheet.limits import (
    COLUMNS_READ,
    DATA_ROWS,
    MERGES,
    RAW_CELL_CHARS,
    SHEET_COLUMNS,
    SHEET_ROWS,
    XML_ATTRIBUTE_CHARS,
    XML_ATTRIBUTES,
)
from rostering.sheet.refusal import Refused
from rostering.sheet.values import Value, Values
from rostering.sheet.xml import MAIN, STRICT, HardenedParser

WORKSHEET, SHEET_DATA, ROW, CELL, V, F, IS, T, R, EXTENSIONS, MERGE_CELLS, MERGE_CELL = KNOWN = [
    f"{MAIN} {name}" for name in ("worksheet", "sheetData", "row", "c", "v", "f", "is", "t", "r",
                                  "extLst", "mergeCells", "mergeCell")]

ROW_NUMBER = re.compile(r"[1-9][0-9]{0,6}")
RANGE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})(?::([A-Z]{1,3})([1-9][0-9]{0,6}))?")
SMALL_CELL = 3  # attributes of nearly every cell: r, s, t
TRUE = ("1", "true")

_columns: dict[str, int] = {}


def column_index(letters: str) -> int:
    """0 for A, 16,383 for XFD. Raises Refused (BAD_COORDINATE) for anything else."""
    index = _columns.get(letters)
    if index is None:
        if not 1 <= len(letters) <= 3 or not letters.isascii() or not letters.isalpha() \
                or not letters.isupper():
            raise Refused("BAD_COORDINATE")
        index = -1
        for letter in letters:
            index = (index + 1) * 26 + ord(letter) - ord("A")
        if index >= SHEET_COLUMNS:
            raise Refused("BAD_COORDINATE")
        _columns[letters] = index
    return index


class Rows:
    """The rows of one tab as they come: what both readers write down, and check as they go on.

    `kept` holds (row number, values) of data rows that have not been taken yet.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self.last = 0  # row number met last
        self.last_data = 0
        self.count = 0  # data rows
        self.right_of: set[int] = set()
        self.merges: list[tuple[int, int, int, int]] = []
        self.numbers: list[int] = []
        self.values: list[list[Value]] = []
        self.hidden: set[int] = set()

    def counted(self, rows: int, last: int) -> None:
        """Account for so many data rows more, up to row number `last`."""
        self.count += rows
        self.last_data = last
        if self.count > DATA_ROWS:
            raise Refused("TOO_MANY_ROWS")


class RowParser(HardenedParser):
    """Reads a worksheet into `rows`, from row number `first` on.

    Every cell of every row is checked; those right of `rows.width` are dropped, and remembered
    in `rows.right_of` if they are not blank (column 50 and beyond as 50).
    """

    def __init__(self, values: Values, rows: Rows, *, first: int = 2, clip: int = 0) -> None:
        super().__init__(KNOWN)
        self.rows = rows
        self._values = values
        self._first = first
        self._clip = clip
        self._inside = ""  # name at depth 2
        self._data_seen = False
        self._in_data = False
        self._row_text = ""
        self._row: list[Value] | None = None  # None: not a row whose cells are wanted
        self._row_has = False
        self._hidden = False
        self._column = -1
        self._in_cell = False
        self._type: str | None = None
        self._style: str | None = None
        self._formula = False
        self._v: str | None = None
        self._is: str | None = None
        self._pieces: list[str] | None = None  # of the text that is open
        self._is_pieces: list[str] = []
        self._chars = 0
        self._run = False

    def between(self) -> bool:
        return self.depth == 2 and self._in_data and self.default_namespace == MAIN

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        if self._in_data and self.depth == 3 and name == CELL and len(attributes) <= SMALL_CELL:
            self.depth = 4
            self._open_cell(attributes)
            return
        self.enter(name, attributes)
        depth = self.depth
        if self._in_data:
            if depth == 5:
                self._open_value(name)
            elif depth == 3:
                if name != ROW:
                    raise Refused("XML_MALFORMED")
                self._open_row(attributes)
            elif depth == 4:
                if name == CELL:
                    self._open_cell(attributes)
                elif name != EXTENSIONS:
                    raise Refused("XML_MALFORMED")
            elif depth == 6 and self._in_is:
                pass
        elif depth == 1:
            if name != WORKSHEET:
                raise Refused("STRICT_OOXML" if name.startswith(f"{STRICT} ") else "NOT_XLSX")
        elif depth == 2:
            self._inside = name
            if name == SHEET_DATA:
                self._in_data = self._data_seen = True
        elif depth == 3 and name == MERGE_CELL and self._inside == MERGE_CELLS:
            self._merge(attributes.get("ref", ""))

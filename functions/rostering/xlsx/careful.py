"""The reader that understands every worksheet XML allows, and refuses what no program writes.

It is the reference: `plain.py` may only be faster. One pass over the part checks and reads.
"""

from __future__ import annotations

from rostering.xlsx.grid import Rows, column_index, row_number
from rostering.xlsx.limits import RAW_CELL_CHARS, SHEET_COLUMNS, SHEET_ROWS
from rostering.xlsx.refusal import Refused
from rostering.xlsx.values import Value, Values
from rostering.xlsx.xml import MAIN, STRICT, HardenedParser

WORKSHEET, SHEET_DATA, ROW, CELL, V, F, IS, T, R, EXTENSIONS, MERGE_CELLS, MERGE_CELL = KNOWN = [
    f"{MAIN} {name}" for name in ("worksheet", "sheetData", "row", "c", "v", "f", "is", "t", "r",
                                  "extLst", "mergeCells", "mergeCell")]
BARE = frozenset((ROW, V, F, IS, T, R))  # usually without attributes
USUAL_ATTRIBUTES = frozenset(("r", "s", "t"))
DEEPEST = 7
TRUE = ("1", "true")


class RowParser(HardenedParser):
    """Reads a worksheet into `rows`. Every cell is checked, whether it is kept or not.

    Feeding raises Refused: BAD_COORDINATE, DUP_ROW, BAD_SHARED_STRING, CELL_TOO_LONG,
    TOO_MANY_ROWS, NOT_XLSX, STRICT_OOXML and XML reasons. `close` refuses a part without
    `<sheetData>`.
    """

    def __init__(self, values: Values, rows: Rows) -> None:
        super().__init__(KNOWN)
        self._value = values.value
        self._shared = values.shared
        self._rows = rows
        self._data_seen = False
        self._in_data = False
        self._inside = ""  # the name at depth 2
        self._number_text = ""  # of the row that is open
        self._hidden = False
        self._row: list[Value] | None = None  # None: no value so far
        self._in_cell = False
        self._column = -1
        self._type: str | None = None
        self._style: str | None = None
        self._formula = False
        self._v: str | None = None
        self._is: list[str] | None = None
        self._child = ""  # the name at depth 5, if it is not a simple <v>
        self._grandchild = ""
        self._pieces: list[str] | None = None  # of the text that is open
        self._chars = 0

    def between(self) -> bool:
        return self._in_data and self.depth == 2 and self.default_namespace == MAIN

    def close(self) -> None:
        super().close()
        if not self._data_seen:
            raise Refused("XML_MALFORMED")

    # <worksheet> is at depth 1, <sheetData> 2, <row> 3, <c> 4, <v> <f> <is> 5, <t> 6 or, in <r>, 7.

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        if not self._in_data:
            self.enter(name, attributes)
            self._open_outside(name, attributes)
            return
        depth = self.depth + 1
        if depth == 5 and name == V and not attributes and self._in_cell and self._v is None:
            self.depth = 5
            self._pieces = []
            self._chars = 0
            return
        if depth == 4 and name == CELL and len(attributes) <= 3 and attributes.keys() <= USUAL_ATTRIBUTES:
            self.depth = 4
            self._open_cell(attributes)
            return
        if attributes or depth > DEEPEST or name not in BARE:
            self.enter(name, attributes)
        else:
            self.depth = depth
        if depth == 3:
            if name != ROW:
                raise Refused("XML_MALFORMED")
            self._open_row(attributes)
        elif depth == 4:
            if name == CELL:
                self._open_cell(attributes)
            elif name != EXTENSIONS:
                raise Refused("XML_MALFORMED")
        elif self._in_cell:
            self._open_in_cell(depth, name)

    def closed(self, name: str) -> None:
        depth = self.depth
        self.depth = depth - 1
        if not self._in_data:
            return
        if depth == 5:
            if self._pieces is not None:
                self._v = "".join(self._pieces)
                self._pieces = None
            self._child = ""
        elif depth == 4:
            if self._in_cell:
                self._close_cell()
        elif depth == 3:
            self._close_row()
        elif depth == 2:
            self._in_data = False
        else:
            self._pieces = None

    def text(self, data: str) -> None:
        if self._pieces is not None:
            self._chars += len(data)
            if self._chars > RAW_CELL_CHARS:
                raise Refused("CELL_TOO_LONG")
            self._pieces.append(data)

    def _open_outside(self, name: str, attributes: dict[str, str]) -> None:
        if self.depth == 1:
            if name != WORKSHEET:
                raise Refused("STRICT_OOXML" if name.startswith(f"{STRICT} ") else "NOT_XLSX")
        elif self.depth == 2:
            self._inside = name
            if name == SHEET_DATA:
                self._in_data = self._data_seen = True
        elif self.depth == 3 and name == MERGE_CELL and self._inside == MERGE_CELLS:
            self._rows.merge(attributes.get("ref", ""))

    def _open_row(self, attributes: dict[str, str]) -> None:
        rows = self._rows
        text = attributes.get("r")
        number = rows.met + 1 if text is None else row_number(text)
        if number > SHEET_ROWS:
            raise Refused("BAD_COORDINATE")
        if number <= rows.met:
            raise Refused("DUP_ROW")
        rows.met = number
        self._number_text = text or str(number)
        self._hidden = attributes.get("hidden") in TRUE
        self._row = None
        self._column = -1

    def _close_row(self) -> None:
        if self._row is not None:
            self._rows.keep(self._rows.met, self._row, hidden=self._hidden)

    def _open_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        if reference is None:
            column = self._column + 1
            if column >= SHEET_COLUMNS:
                raise Refused("BAD_COORDINATE")
        elif reference.endswith(self._number_text):
            column = column_index(reference[:-len(self._number_text)])
        else:
            raise Refused("BAD_COORDINATE")
        if column <= self._column:
            raise Refused("BAD_COORDINATE")
        self._column = column
        self._type = attributes.get("t")
        self._style = attributes.get("s")
        self._in_cell = True
        self._formula = False
        self._v = self._is = None

    def _open_in_cell(self, depth: int, name: str) -> None:
        if self._pieces is not None:  # an element inside <v> or <t>
            raise Refused("XML_MALFORMED")
        if depth == 5:
            self._child = name
            if name == V and self._v is None:
                self._pieces = []
                self._chars = 0
            elif name == IS and self._is is None:
                self._is = []
                self._chars = 0
            elif name == F:
                self._formula = True
            elif name != EXTENSIONS:
                raise Refused("XML_MALFORMED")
        elif self._child == IS:
            if depth == 6:
                self._grandchild = name
            if name == T and (depth == 6 or (depth == 7 and self._grandchild == R)):
                self._pieces = self._is

    def _close_cell(self) -> None:
        self._in_cell = False
        if self._type == "s" and self._v and not self._formula:
            value = self._shared(self._v)
        else:
            value = self._value(self._type, self._style, self._v,
                                None if self._is is None else "".join(self._is), self._formula)
        rows = self._rows
        if value is not None and rows.first <= rows.met <= rows.last:
            if self._column < rows.width:
                if self._row is None:
                    self._row = [None] * rows.width
                self._row[self._column] = rows.cut(self._column, value) if rows.cut else value
            else:
                rows.note_right_of(self._column)

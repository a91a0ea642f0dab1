"""One tab of a workbook: its header, its first rows, its data rows in batches."""

from __future__ import annotations

from collections.abc import Iterator

from rostering.xlsx.batch import Batch, Cell
from rostering.xlsx.careful import RowParser
from rostering.xlsx.chunks import read_repeating
from rostering.xlsx.container import Container
from rostering.xlsx.grid import Merge, Rows
from rostering.xlsx.limits import (
    BATCH_ROWS,
    CELL_CHARS,
    CHUNKS_PER_BATCH,
    COLUMNS_READ,
    FAR_HEADER_CHARS,
    SHEET_COLUMNS,
    TOP_READ_BYTES,
)
from rostering.xlsx.plain import PlainRows
from rostering.xlsx.refusal import Refused
from rostering.xlsx.strings import PackedStrings
from rostering.xlsx.values import Value, Values


class Sheet:
    """A tab. Whatever is read raises Refused, with `tab` set; every call reads the part anew.

    What stands below is known after the last batch: `merges` as (first row, first column, last
    row, last column) with columns from 0, of those that touch a known column below row 1;
    `blank_rows` between row 1 and the last data row; `data_right_of`, the columns from `width`
    on that hold something below row 1 (50 for all beyond), with or without a header.
    """

    def __init__(self, name: str, container: Container, part: str, values: Values) -> None:
        self.name = name
        self.merges: list[Merge] = []
        self.blank_rows = 0
        self.data_right_of: set[int] = set()
        self._container = container
        self._part = part
        self._values = values

    def header(self) -> list[str | None]:
        """Row 1 as text without the blanks at its right end; [] if there is no row 1.

        Long texts are cut: a header that long is none of ours.
        """
        texts = self._top(Rows(SHEET_COLUMNS, first=1, last=1, cut=_header_text)).get(1, [])
        while texts and texts[-1] is None:
            texts.pop()
        return texts  # type: ignore[return-value]  # `cut` leaves no Cell

    def first_rows(self, n: int, width: int) -> list[list[Value]]:
        """Rows 1 to n, each of `width` values; missing ones are all None."""
        rows = self._top(Rows(width, first=1, last=n))
        return [rows.get(number) or [None] * width for number in range(1, n + 1)]

    def batches(self, width: int) -> Iterator[Batch]:
        """The data rows below row 1: those with a value in the first `width` columns."""
        rows = Rows(width)
        chunks_per_batch = 1 if isinstance(self._values.strings, PackedStrings) else CHUNKS_PER_BATCH
        try:
            with self._container.open(self._part) as part:
                parser = RowParser(self._values, rows)
                plain = PlainRows(self._values, rows, lambda: parser.prefixes)
                chunks = read_repeating(part, parser, name=b"row", plain=plain.read)
                for number, _ in enumerate(chunks, start=1):
                    while len(rows) >= BATCH_ROWS or (number % chunks_per_batch == 0 and len(rows)):
                        yield rows.take(BATCH_ROWS)
                while len(rows):
                    yield rows.take(BATCH_ROWS)
        except Refused as refused:
            refused.tab = self.name
            raise
        self.merges = rows.merges
        self.blank_rows = rows.blank
        self.data_right_of = rows.right_of

    def _top(self, rows: Rows) -> dict[int, list[Value]]:
        """The rows with a value from the top of the part to the last one wanted."""
        try:
            with self._container.open(self._part) as part:
                parser = RowParser(self._values, rows)
                while rows.met <= rows.last:
                    data = part.read(TOP_READ_BYTES)
                    if not data:
                        parser.close()
                        break
                    parser.feed(data)
        except Refused as refused:
            refused.tab = self.name
            raise
        return rows.listed()


def _header_text(column: int, value: Value) -> str | None:
    text = (value.shown or value.text) if isinstance(value, Cell) else value
    return text[:CELL_CHARS if column < COLUMNS_READ else FAR_HEADER_CHARS] if text else None

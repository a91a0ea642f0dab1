"""The shared strings of a workbook, read once: a list if they are few, packed if they are many."""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Sequence
from typing import BinaryIO

from rostering.sheet.batch import Cell
from rostering.sheet.limits import (
    CELL_CHARS,
    RAW_CELL_CHARS,
    READ_BYTES,
    SHARED_STRING_CHARS,
    SHARED_STRINGS,
    STRING_BLOCK_BYTES,
    STRING_LIST_BYTES,
    STRING_PLAIN_BYTES,
)
from rostering.sheet.refusal import Refused
from rostering.sheet.text import forbidden
from rostering.sheet.values import Value, text_value
from rostering.sheet.xml import MAIN, HardenedParser

STR_OVERHEAD_BYTES = 64  # of a short str and its place in a list
INFLATED_BLOCKS = 32
SST, SI, T, R, RPH = (f"{MAIN} {name}" for name in ("sst", "si", "t", "r", "rPh"))


class Packed(Sequence[Value]):
    """Strings as UTF-8 in blocks, compressed when they are very many. Append, then read.

    A string above 1,000 characters is kept up to the first that is too many: it is R-TOO-LONG
    wherever it stands, and may be referred to a million times.
    """

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._open = bytearray()
        self._block_of = array("H")
        self._ends = array("I")
        self._bad = bytearray()
        self._bytes = 0
        self._inflated: dict[int, bytes] = {}

    def append(self, value: Value) -> None:
        """Add a string. Only bad characters make a Cell here."""
        text = value.text if isinstance(value, Cell) else value or ""
        self._bad.append(isinstance(value, Cell))
        data = text[:CELL_CHARS + 1].encode("utf-8", "surrogatepass")
        if len(self._open) + len(data) > STRING_BLOCK_BYTES:
            self.seal()
        self._open += data
        self._bytes += len(data)
        self._block_of.append(len(self._blocks))
        self._ends.append(len(self._open))

    def seal(self) -> None:
        """Close the block that is being filled."""
        block = bytes(self._open)
        if self._bytes > STRING_PLAIN_BYTES:
            if not self._compressed:
                self._blocks = [zlib.compress(block, 1) for block in self._blocks]
            block = zlib.compress(block, 1)
        self._blocks.append(block)
        self._open.clear()

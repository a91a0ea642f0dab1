"""The shared strings of a workbook, read once: a list if they are few, packed if they are many."""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterable, Sequence
from sys import getsizeof
from typing import BinaryIO

from rostering.xlsx.batch import Cell
from rostering.xlsx.chunks import read_repeating
from rostering.xlsx.limits import (
    CELL_CHARS,
    RAW_CELL_CHARS,
    SHARED_STRING_CHARS,
    SHARED_STRINGS,
    STRING_BLOCK_BYTES,
    STRING_LIST_BYTES,
    STRING_PLAIN_BYTES,
)
from rostering.xlsx.plain import plain_strings, texts
from rostering.xlsx.refusal import Refused
from rostering.xlsx.values import Value, text_value
from rostering.xlsx.xml import MAIN, STRICT, HardenedParser

LIST_PLACE_BYTES = 8
INFLATED_BLOCKS = 64
SST, SI, T, R, RPH = (f"{MAIN} {name}" for name in ("sst", "si", "t", "r", "rPh"))


class PackedStrings(Sequence[Value]):
    """Strings as UTF-8 in blocks, which are compressed when there is very much of it.

    A string above 1,000 characters is kept up to the first that is too many: it is R-TOO-LONG
    wherever it stands, and may be referred to a million times.
    """

    def __init__(self) -> None:
        self._blocks: list[bytes | bytearray] = [bytearray()]  # the last one is being filled
        self._compressed = 0  # so many of the first ones
        self._block_of = array("H")
        self._end_in_block = array("I")
        self._is_bad = bytearray()
        self._bytes = 0
        self._inflated: dict[int, bytes] = {}

    def __len__(self) -> int:
        return len(self._block_of)

    def extend(self, values: Iterable[Value]) -> None:
        """Add strings, blanks and Cells with bad characters."""
        for value in values:
            self._append(value)

    def _append(self, value: Value) -> None:
        self._is_bad.append(isinstance(value, Cell))
        text = value.text if isinstance(value, Cell) else value or ""
        data = text[:CELL_CHARS + 1].encode("utf-8", "surrogatepass")
        if len(self._blocks[-1]) + len(data) > STRING_BLOCK_BYTES:
            self._blocks[-1] = bytes(self._blocks[-1])
            if self._bytes > STRING_PLAIN_BYTES:
                for number in range(self._compressed, len(self._blocks)):
                    self._blocks[number] = zlib.compress(self._blocks[number], 1)
                self._compressed = len(self._blocks)
            self._blocks.append(bytearray())
        self._blocks[-1] += data
        self._bytes += len(data)
        self._block_of.append(len(self._blocks) - 1)
        self._end_in_block.append(len(self._blocks[-1]))

    def __getitem__(self, index):  # type: ignore[no-untyped-def]  # an index only, no slices
        number = self._block_of[index]
        start = self._end_in_block[index - 1] if index and self._block_of[index - 1] == number else 0
        block = self._blocks[number] if number >= self._compressed else self._block(number)
        text = block[start:self._end_in_block[index]].decode("utf-8", "surrogatepass")
        return text_value(text) if self._is_bad[index] else text or None

    def _block(self, number: int) -> bytes:
        block = self._inflated.get(number)
        if block is None:
            if len(self._inflated) >= INFLATED_BLOCKS:
                del self._inflated[next(iter(self._inflated))]
            block = self._inflated[number] = zlib.decompress(self._blocks[number])
        return block


class _StringParser(HardenedParser):
    """Appends the text of every `<si>` to `met`: runs joined, phonetic runs ignored."""

    def __init__(self) -> None:
        super().__init__((SST, SI, T, R, RPH))
        self.met: list[str] = []
        self._pieces: list[str] | None = None  # of the string that is open
        self._chars = 0
        self._in_text = False
        self._phonetic = False

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        self.enter(name, attributes)
        depth = self.depth
        if depth == 1 and name != SST:
            raise Refused("STRICT_OOXML" if name.startswith(f"{STRICT} ") else "XML_MALFORMED")
        if depth == 2 and name == SI:
            self._pieces = []
            self._chars = 0
        elif depth == 3:
            self._phonetic = name != R
            self._in_text = name == T
        elif depth == 4:
            self._in_text = name == T and not self._phonetic

    def text(self, data: str) -> None:
        if self._in_text and self._pieces is not None:
            self._chars += len(data)
            if self._chars > RAW_CELL_CHARS:
                raise Refused("CELL_TOO_LONG")
            self._pieces.append(data)

    def closed(self, name: str) -> None:
        self._in_text = False
        if self.depth == 2 and self._pieces is not None:
            self.met.append("".join(self._pieces))
            self._pieces = None
        self.depth -= 1

    def between(self) -> bool:
        return self.depth == 1 and self.default_namespace == MAIN


class _Collected:
    """The strings read so far: a list until it would take too much memory."""

    def __init__(self) -> None:
        self.strings: list[Value] | PackedStrings = []
        self.parser = _StringParser()
        self._chars = 0
        self._bytes = 0

    def settle(self) -> None:
        """Add what the parser has met."""
        self.add(self.parser.met)
        self.parser.met.clear()

    def add(self, raw: list[str]) -> None:
        """Add strings as stored. Raises Refused (XML_LIMIT)."""
        chars = sum(map(len, raw))
        self._chars += chars
        if len(self.strings) + len(raw) > SHARED_STRINGS or self._chars > SHARED_STRING_CHARS:
            raise Refused("XML_LIMIT")
        self._bytes += sum(map(getsizeof, raw)) + len(raw) * LIST_PLACE_BYTES
        if self._bytes > STRING_LIST_BYTES and isinstance(self.strings, list):
            packed = PackedStrings()
            packed.extend(self.strings)
            self.strings = packed
        self.strings.extend(texts(raw))

    def add_plain(self, chunk: bytes) -> bytes:
        """Add the strings of a chunk if it is plain; what is left of it: all or nothing."""
        self.settle()
        raw = plain_strings(chunk)
        if raw is None:
            return chunk
        self.add(raw)
        return b""


def read_strings(part: BinaryIO) -> Sequence[Value]:
    """The values of `xl/sharedStrings.xml` by index; a blank string is None.

    Raises Refused: CELL_TOO_LONG, XML_LIMIT (too many strings or characters), XML reasons.
    """
    collected = _Collected()
    for _ in read_repeating(part, collected.parser, name=b"si", plain=collected.add_plain):
        collected.settle()
    collected.settle()
    return collected.strings

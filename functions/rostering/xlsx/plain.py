"""The fast reader: takes what is spelled as it knows it, letter by letter, and leaves all else.

It refuses nothing and guesses nothing: a chunk, or what is left of one, that is not proven to be
plain goes to the careful reader, which makes of it what has to be made.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice
from operator import lt

from rostering.xlsx.grid import Rows
from rostering.xlsx.limits import SHEET_ROWS
from rostering.xlsx.shapes import SPACE, TEXT, Shape, Shapes
from rostering.xlsx.text import tidy
from rostering.xlsx.values import Value, Values, text_value

SMALL_CHUNK_BYTES = 8 << 10  # not worth learning anything
COMPILED_AT_MOST = 40
FAILURES_AT_MOST = 12

NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
REFERENCE = re.compile(r"&(?:(amp|lt|gt|quot|apos)|#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6}));")
STRING = re.compile(rf'{SPACE}<si><t(?: xml:space="preserve")?>({TEXT})</t></si>')
NONCHARACTERS = ("\ufffe", "\uffff")

Found = list[tuple[str | None, ...]]


class Odd(Exception):
    """Something is not plain after all."""


class PlainRows:
    """Reads chunks of one worksheet into `rows`. `prefixes`: namespace prefixes of its root."""

    def __init__(self, values: Values, rows: Rows, prefixes: Callable[[], frozenset[str]]) -> None:
        self._values = values
        self._rows = rows
        self._prefixes = prefixes
        self._shapes: Shapes | None = None
        self._match: Callable[[str, int], re.Match[str] | None] | None = None
        self._groups: list[tuple[int, Shape]] = []
        self._compiled = 0
        self._failures = 0  # in a row

    def read(self, chunk: bytes) -> bytes:
        """Take rows from the front of a chunk of whole rows; what is left of it.

        The first row is left, for the header is not spelled as the data is.
        """
        if self._rows.met == 0 or len(chunk) < SMALL_CHUNK_BYTES or self._failures > FAILURES_AT_MOST:
            return chunk
        taken = 0
        try:
            text = legible(chunk)
            while True:
                found, end = self._found(text, taken)
                if found:
                    self._keep(found)
                    taken = end
                if taken == len(text) or not self._learn(text, taken):
                    break
        except Odd:
            pass
        self._failures = 0 if taken else self._failures + 1
        return text[taken:].encode() if taken else chunk

    def _found(self, text: str, start: int) -> tuple[Found, int]:
        """The groups of the rows from `start` on, and where the last of them ends."""
        found: Found = []
        if match := self._match:
            while row := match(text, start):
                found.append(row.groups())
                start = row.end()
        return found, start

    def _learn(self, text: str, start: int) -> bool:
        """Whether the row at `start` shows a spelling that was not known."""
        if self._shapes is None:
            self._shapes = Shapes(self._prefixes())
        if self._compiled >= COMPILED_AT_MOST or not self._shapes.learn(text, start):
            return False
        self._match, self._groups = self._shapes.compiled()
        self._compiled += 1
        return True

    def _keep(self, found: Found) -> None:
        """Write rows down, all or (raising Odd) none."""
        rows = self._rows
        digits, hidden, *groups = zip(*found, strict=True)
        numbers = list(map(int, digits))
        if (numbers[0] <= rows.met or numbers[-1] > SHEET_ROWS
                or not all(map(lt, numbers, islice(numbers, 1, None)))):
            raise Odd
        by_column: dict[int, list[Value]] = {}
        for (column, shape), raw in zip(self._groups, groups, strict=True):
            if raw.count(None) == len(raw):
                continue
            values = self._read(shape, raw)
            if known := by_column.get(column):
                values = [one if two is None else two for one, two in zip(known, values, strict=True)]
            by_column[column] = values
        blank: list[Value] = [None] * len(numbers)
        rows.keep_columns(
            numbers, [by_column.pop(column, blank) for column in range(rows.width)],
            [number for number, mark in zip(numbers, hidden, strict=True) if mark is not None]
            if any(hidden) else [])
        for column, values in by_column.items():
            if values.count(None) < len(values):
                rows.note_right_of(column)
        rows.met = numbers[-1]

    def _read(self, shape: Shape, raw: tuple[str | None, ...]) -> list[Value]:
        """The values of cells of one shape; None where a row has no such cell."""
        if shape.kind == "text":
            return texts(raw)
        if shape.kind == "shared":
            get = self._values.strings.__getitem__
            try:
                if None in raw or "" in raw:
                    return [get(int(index)) if index else None for index in raw]
                return list(map(get, map(int, raw)))  # type: ignore[arg-type]
            except IndexError:
                raise Odd from None
        value = self._values.value
        known: dict[str | None, Value] = {
            one: value(shape.type, shape.style, unescaped(one), None, shape.formula)
            for one in set(raw) if one is not None}
        known[None] = None
        return list(map(known.__getitem__, raw))


def plain_strings(chunk: bytes) -> list[str] | None:
    """The raw texts of a chunk of `<si>` without runs; None if there is anything else in it."""
    try:
        text = legible(chunk)
    except Odd:
        return None
    parts = STRING.split(text)
    if any(parts[0::2]):
        return None
    return list(map(unescaped, parts[1::2])) if "&" in text else parts[1::2]


def legible(chunk: bytes) -> str:
    """A chunk as text: UTF-8, without the characters and references XML forbids (below U+0020
    these are left to the patterns). Raises Odd."""
    try:
        text = chunk.decode()
    except UnicodeDecodeError:
        raise Odd from None
    if any(char in text for char in NONCHARACTERS):
        raise Odd
    if "&" in text:
        references = REFERENCE.findall(text)
        if len(references) != text.count("&"):
            raise Odd
        for _, decimal, hexadecimal in set(references):
            code = int(decimal) if decimal else int(hexadecimal, 16) if hexadecimal else 0x20
            if not (code in (0x9, 0xA, 0xD) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD
                    or 0x10000 <= code <= 0x10FFFF):
                raise Odd
    return text


def unescaped(text: str) -> str:
    """A text of a `legible` chunk with its references resolved."""
    if "&" not in text:
        return text
    return REFERENCE.sub(lambda match: NAMED.get(match[1]) or chr(
        int(match[2]) if match[2] else int(match[3], 16)), text)


def texts(raw: tuple[str | None, ...] | list[str]) -> list[Value]:
    """The values of many texts as stored; None and "" are blank."""
    lines = ["", *filter(None, raw), ""]
    joined = "\n".join(lines)
    if "&" in joined or joined.count("\n") >= len(lines) or not tidy(joined):
        return [text_value(unescaped(one)) if one else None for one in raw]
    if None in raw or "" in raw:
        return [one or None for one in raw]
    return list(raw)

"""One CSV file of a bundle: bytes in, rows of cells out, with their true numbers and in little memory.

UTF-8 with or without a byte order mark, any line ends, newlines inside quotation marks (RFC 4180).
A row that has other cells than the header, or quotation marks where none may be, is a problem of
that row. A file that is not UTF-8, names a column twice, or never closes a quotation mark is turned back:
reading on would mean guessing.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from rostering.errors import InputError
from rostering.oneroster import columns
from rostering.oneroster.rows import extension

ROWS = 2_000_000            # of one file
RECORD_CHARS = 1 << 20      # of one row, with all its newlines
HEADERS = 500

_OTHER_ENCODINGS = (b"\xff\xfe", b"\xfe\xff")
_SAVE_AS = "Save it as CSV UTF-8 and hand it in again."


class CsvFile:
    """A file that is being read, beyond its header.

    `places` says where the standard's columns are, `metadata` where those of extensions are, by the rest of
    their names. Iterating gives `(row, cells, code)` once: `code` is "" for a row with exactly the header's
    cells, else R-OR-RAGGED or R-OR-QUOTES. Blank lines count as rows, as in a spreadsheet, but are none.

    Opening and iterating raise InputError: F-OR-EMPTY, F-OR-ENCODING, F-OR-HEADER, F-OR-QUOTES, F-OR-LONG,
    F-OR-ROWS. `key` is the column that must be there.
    """

    def __init__(self, source: BinaryIO, name: str, *, key: str = "sourcedId") -> None:
        self.name = name
        self._key = key
        self._row = 1
        self._chars = 0
        self._ended = False
        buffered = io.BufferedReader(_Raw(source), 1 << 16)
        if buffered.peek(2)[:2] in _OTHER_ENCODINGS:
            raise InputError("F-OR-ENCODING", f"{name} is in UTF-16. {_SAVE_AS}")
        self._text = io.TextIOWrapper(buffered, encoding="utf-8-sig", errors="strict", newline="")
        self._reader = csv.reader(self._lines(), strict=True)
        self.places, self.metadata, self.width = self._header()

    def __iter__(self) -> Iterator[tuple[int, list[str], str]]:
        width, reader = self.width, self._reader
        while True:
            self._chars = 0
            self._row += 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                self._stop_inside_quotes()
                yield self._row, [], "R-OR-QUOTES"
                continue
            if self._row > ROWS + 1:
                raise InputError("F-OR-ROWS", f"{self.name} has more than {ROWS:,} rows.")
            if len(cells) == width:
                yield self._row, cells, ""
            elif cells:
                yield self._row, cells, "R-OR-RAGGED"

    def _header(self) -> tuple[dict[str, int], dict[str, int], int]:
        try:
            headers = [each.strip() for each in next(self._reader, [])]
        except csv.Error:
            raise InputError("F-OR-HEADER", f"The first row of {self.name} has quotation marks where none may "
                             "be.") from None
        if not any(headers):
            raise InputError("F-OR-EMPTY", f"{self.name} has no header. Its first row has to name the columns.")
        if len(headers) > HEADERS:
            raise InputError("F-OR-HEADER", f"{self.name} has more than {HEADERS} columns.")
        known = columns.names(self.name)
        places: dict[str, int] = {}
        metadata: dict[str, int] = {}
        met: set[str] = set()
        for at, header in enumerate(headers):
            if not header:
                continue
            name = known.get(header.casefold(), header)
            if name.casefold() in met:
                raise InputError("F-OR-HEADER", f"{self.name} has two columns for {_printable(name)}. Keep one.")
            met.add(name.casefold())
            if header.casefold() in known:
                places[name] = at
            elif (rest := extension(header)) is not None:
                metadata[rest] = at
        if self._key not in places:
            apart = any(mark in headers[0] for mark in ";\t|") and len(headers) == 1
            raise InputError("F-OR-HEADER", f"{self.name} has no column {self._key}. " + (
                "Its columns have to be separated by commas." if apart else "Its first row has to name the columns."))
        return places, metadata, len(headers)

    def _lines(self) -> Iterator[str]:
        """The lines as they are, each bounded: a file may be one line, and a quotation mark may stay open."""
        read = self._text.readline
        try:
            while line := read(RECORD_CHARS + 1):
                self._chars += len(line)
                if self._chars > RECORD_CHARS:
                    raise InputError("F-OR-LONG", f"Row {self._row} of {self.name} is longer than {RECORD_CHARS:,} "
                                     "characters. Perhaps a quotation mark is not closed.")
                if "\0" in line:
                    raise self._undecodable()
                yield line
        except UnicodeDecodeError:
            raise self._undecodable() from None     # the error would quote the bytes
        self._ended = True

    def _undecodable(self) -> InputError:
        return InputError("F-OR-ENCODING",
                          f"{self.name} is not in UTF-8 (at row {self._row} or soon after). {_SAVE_AS}")

    def _stop_inside_quotes(self) -> None:
        """A cell that swallowed what follows it leaves nothing to go on with."""
        if self._ended or self._chars > csv.field_size_limit():
            raise InputError("F-OR-QUOTES", f"A quotation mark in row {self._row} of {self.name} is never closed, so "
                             "the rows behind it can't be told apart.")


class _Raw(io.RawIOBase):
    """What has a `read`, as the text layer wants it."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._source.read(len(buffer))
        buffer[:len(data)] = data
        return len(data)


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else "\ufffd" for each in text[:60])

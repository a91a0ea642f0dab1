"""The zip file around a workbook: judged by its directory before any part is opened (section 4.3)."""

from __future__ import annotations

import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from rostering.xlsx.limits import (
    PART_BYTES,
    PART_RATIO,
    PART_RATIO_ABOVE_BYTES,
    UNPACKED_BYTES,
    ZIP_DIRECTORY_BYTES,
    ZIP_PARTS,
)
from rostering.xlsx.refusal import Refused

# All that zipfile and zlib are known to raise on damaged input. OSError too: an end record that
# is off by some bytes makes zipfile seek to a negative position, which is no fault of the disk.
ZIP_ERRORS = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError, RuntimeError,
              NotImplementedError, ValueError, struct.error, IndexError, LookupError)

SEGMENT = r"(?!\.{1,2}(?:/|$))[\w\-.+,=@#&!~^$;%(){}\[\] ]+"
PART_NAME = re.compile(rf"(?:{SEGMENT}/)*(?:{SEGMENT})?")
PART_NAME_CHARS = 1_024
LOCAL_HEADER = struct.Struct("<4s5H3L2H")
ENCRYPTED = 0x1 | 0x40 | 0x2000  # encrypted, strongly encrypted, masked headers


class Container:
    """The parts of a zip file that passed all checks. `names` are the part names, in directory order.

    Part names are told apart without case, as OPC says.
    """

    def __init__(self, source: BinaryIO) -> None:
        """Raises Refused: BAD_ZIP, TOO_MANY_PARTS, BAD_PART_NAME, DUPLICATE_PART, BAD_COMPRESSION,
        ENCRYPTED_PART, OVERLAPPING_PARTS, UNZIPPED_TOO_BIG, or what `refuse_kind` raises."""
        with _final():
            self._zip = zipfile.ZipFile(_Directory(source))  # type: ignore[arg-type]
            parts = self._zip.infolist()
        if len(parts) > ZIP_PARTS:
            raise Refused("TOO_MANY_PARTS")
        self.names = [part.orig_filename for part in parts]
        refuse_kind(self.names)
        _refuse_names(self.names)
        _refuse_methods(parts)
        _refuse_sizes(parts)
        with _final():
            _refuse_overlaps(parts, source, self._zip.start_dir)
        self._parts = {part.orig_filename.casefold(): part for part in parts}

    def close(self) -> None:
        """Forget the zip file; the source stays open."""
        self._zip.close()

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self._parts

    def size(self, name: str) -> int:
        """Declared size of a part in bytes: it never yields more."""
        return self._part(name).file_size

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """The unpacked bytes of a part, to be read in order.

        Opening and reading raise Refused (MISSING_PART, BAD_ZIP).
        """
        part = self._part(name)
        with _final():
            stream = self._zip.open(part)
        try:
            yield _Part(stream, part.file_size)  # type: ignore[misc]
        finally:
            stream.close()

    def _part(self, name: str) -> zipfile.ZipInfo:
        try:
            return self._parts[name.casefold()]
        except KeyError:
            raise Refused("MISSING_PART") from None


class _Part:
    """A part's bytes; what goes wrong while unpacking is final, and so are fewer than declared."""

    def __init__(self, stream: Any, size: int) -> None:
        self._stream = stream
        self._left = size

    def read(self, size: int) -> bytes:
        with _final():
            data = self._stream.read(size)
        self._left -= len(data)
        if not data and size and self._left:
            raise Refused("BAD_ZIP")
        return data


class _Directory:
    """The file as zipfile sees it: it reads the whole directory at once, so that read is bounded.

    zipfile goes by the directory's size in bytes, not by the number of entries it declares; half a
    million entries in 20 MiB would cost seconds and hundreds of megabytes before they are counted.
    """

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self.seek = source.seek
        self.tell = source.tell

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if size > ZIP_DIRECTORY_BYTES:
            raise Refused("TOO_MANY_PARTS")
        data = self._source.read(size if size >= 0 else ZIP_DIRECTORY_BYTES + 1)
        if len(data) > ZIP_DIRECTORY_BYTES:
            raise Refused("TOO_MANY_PARTS")
        return data

    def close(self) -> None:
        pass


@contextmanager
def _final() -> Iterator[None]:
    """Turns what zipfile and zlib raise into a refusal: never worth a retry."""
    try:
        yield
    except Refused:
        raise
    except ZIP_ERRORS as error:
        raise Refused("BAD_ZIP") from error


def refuse_kind(names: list[str]) -> None:
    """Refuse what the part names alone give away: another kind of file, macros, active content.

    Raises Refused: NOT_XLSX (F-XLSB, F-NUMBERS), MACRO, EXTERNAL_LINK, ACTIVE_CONTENT.
    """
    folded = [name.casefold() for name in names]
    if "xl/workbook.bin" in folded:
        raise Refused("NOT_XLSX", "F-XLSB")
    if any(name.endswith("index/document.iwa") or name == "index.zip" for name in folded):
        raise Refused("NOT_XLSX", "F-NUMBERS")
    if any(name.endswith("vbaproject.bin") or name.startswith(("xl/macrosheets/", "xl/dialogsheets/"))
           for name in folded):
        raise Refused("MACRO")
    if any(name.startswith("xl/externallinks/") for name in folded):
        raise Refused("EXTERNAL_LINK")
    if any(name == "xl/connections.xml"
           or (name.startswith("xl/") and re.search(r"/(?:querytables|embeddings|activex)/", name))
           for name in folded):
        raise Refused("ACTIVE_CONTENT")


def _refuse_names(names: list[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if len(name) > PART_NAME_CHARS or not PART_NAME.fullmatch(name) or not name:
            raise Refused("BAD_PART_NAME")
        folded = unicodedata.normalize("NFKC", name).casefold()
        if folded in seen:
            raise Refused("DUPLICATE_PART")
        seen.add(folded)


def _refuse_methods(parts: list[zipfile.ZipInfo]) -> None:
    for part in parts:
        if part.flag_bits & ENCRYPTED:
            raise Refused("ENCRYPTED_PART")
        if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refused("BAD_COMPRESSION")


def _refuse_sizes(parts: list[zipfile.ZipInfo]) -> None:
    """Declared sizes are a sound bound: zipfile yields no more, a lie ends in a CRC error."""
    if sum(part.file_size for part in parts) > UNPACKED_BYTES:
        raise Refused("UNZIPPED_TOO_BIG")
    for part in parts:
        if part.file_size > PART_BYTES or (
                part.file_size > PART_RATIO_ABOVE_BYTES
                and part.file_size > PART_RATIO * part.compress_size):
            raise Refused("UNZIPPED_TOO_BIG")


def _refuse_overlaps(parts: list[zipfile.ZipInfo], source: BinaryIO, directory: int) -> None:
    """Refuse parts that share bytes, begin after other bytes, or differ from their local header."""
    free = 0
    for part in sorted(parts, key=lambda part: part.header_offset):
        if free == 0 and part.header_offset != 0:
            raise Refused("BAD_ZIP")  # something stands before the zip, or the offsets are shifted
        if part.header_offset < free:
            raise Refused("OVERLAPPING_PARTS")
        source.seek(part.header_offset)
        magic, _, flags, method, *_, name_bytes, extra_bytes = LOCAL_HEADER.unpack(
            source.read(LOCAL_HEADER.size))
        if magic != b"PK\x03\x04":
            raise Refused("BAD_ZIP")
        if flags & ENCRYPTED:
            raise Refused("ENCRYPTED_PART")
        if method != part.compress_type:
            raise Refused("BAD_COMPRESSION")
        free = part.header_offset + LOCAL_HEADER.size + name_bytes + extra_bytes + part.compress_size
    if free > directory:
        raise Refused("OVERLAPPING_PARTS")


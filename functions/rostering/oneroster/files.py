"""Where the files of a bundle are: in a zip, in a folder, or at hand as bytes.

A zip is judged by its directory before any of it is unpacked, with the checks that workbooks get
(`xlsx.container`): number, names, methods, sizes and ratio of the parts, and that no two share bytes.
Nothing is unpacked to disk.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from rostering.errors import InputError
from rostering.xlsx.container import Container
from rostering.xlsx.limits import MIB, UNPACKED_BYTES, ZIP_PARTS
from rostering.xlsx.refusal import Refused

ZIP_BYTES = 64 * MIB
_ZIP_MAGIC = b"PK\x03\x04"
_SHOWN_CHARS = 80

_UNSAFE = ("F-OR-UNSAFE", "The zip file is not made as zip programs make them, so it was not opened. Zip the CSV files "
           "again.")
_SENTENCES = {
    "BAD_ZIP": ("F-OR-ZIP", "The zip file is damaged. Zip the CSV files again."),
    "UNZIPPED_TOO_BIG": ("F-OR-TOO-BIG", "The zip file unpacks to far more than a roster needs."),
    "TOO_MANY_PARTS": ("F-OR-TOO-BIG", f"The zip file holds more than {ZIP_PARTS} files."),
    "BAD_PART_NAME": ("F-OR-UNSAFE", "A file in the zip file has a name with characters that no roster needs. Zip only "
                      "manifest.csv and the other CSV files."),
    "ENCRYPTED_PART": ("F-OR-ENCRYPTED", "The zip file has a password. Zip the CSV files without one."),
}


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a bundle: `found` by their case-folded names, and `ignored`, which stand elsewhere."""

    found: Mapping[str, str]
    ignored: tuple[str, ...]
    open: Callable[[str], AbstractContextManager[BinaryIO]]
    close: Callable[[], None]


def zipped(source: BinaryIO) -> Files:
    """The files of a zip. Raises InputError: F-OR-ZIP, F-OR-TOO-BIG, F-OR-UNSAFE, F-OR-ENCRYPTED, or as `_files`."""
    size = source.seek(0, 2)
    source.seek(0)
    if size > ZIP_BYTES:
        raise InputError("F-OR-TOO-BIG", f"The zip file is bigger than {ZIP_BYTES // MIB} MB.")
    if source.read(len(_ZIP_MAGIC)) != _ZIP_MAGIC:
        raise InputError("F-OR-ZIP", "This is no zip file. Zip manifest.csv together with the other CSV files.")
    with _refusals():
        container = Container(source)

    @contextmanager
    def opened(name: str) -> Iterator[BinaryIO]:
        with _refusals(), container.open(name) as part:
            yield _Part(part)  # type: ignore[misc]

    return _files(container.names, opened, container.close)


def folder(path: Path) -> Files:
    """The files of a folder and of the folders in it; symbolic links are left alone."""
    plain = [one for one in sorted([*path.iterdir(), *path.glob("*/*")]) if one.is_file() and not one.is_symlink()
             and not one.parent.is_symlink()]
    if sum(one.stat().st_size for one in plain) > UNPACKED_BYTES or len(plain) > ZIP_PARTS:
        raise InputError("F-OR-TOO-BIG", "The folder holds far more than a roster needs.")
    return _files([one.relative_to(path).as_posix() for one in plain], lambda name: (path / name).open("rb"),
                  lambda: None)


def loose(files: Mapping[str, bytes]) -> Files:
    """Files at hand, by their names."""
    return _files(sorted(files), lambda name: io.BytesIO(files[name]), lambda: None)


def _files(names: list[str], opener: Callable[[str], AbstractContextManager[BinaryIO]],
           close: Callable[[], None]) -> Files:
    """The CSV files at the root, or else in the one folder that has any.

    Raises InputError: F-OR-NOTHING, F-OR-NESTED, F-OR-FOLDERS, F-OR-UNSAFE.
    """
    paths = [path for path in (PurePosixPath(name) for name in names if not name.endswith("/"))
             if not path.name.startswith(".") and path.parts[0] != "__MACOSX"]
    tables = [path for path in paths if path.suffix.casefold() == ".csv"]
    if not tables:
        if any(path.suffix.casefold() == ".zip" for path in paths):
            raise InputError("F-OR-NESTED", "There is a zip file in the zip file. Hand in the inner one.")
        raise InputError("F-OR-NOTHING", "There are no CSV files in it.")
    parents = {path.parent for path in tables}
    home = PurePosixPath(".") if PurePosixPath(".") in parents else min(parents)
    if home != PurePosixPath(".") and len(parents) > 1:
        raise InputError("F-OR-FOLDERS", "The CSV files are in more than one folder. Put them into one.")
    found: dict[str, str] = {}
    for path in tables:
        if path.parent == home:
            if path.name.casefold() in found:
                raise InputError("F-OR-UNSAFE", f"Two files are named {_shown(path.name)}. Keep one.")
            found[path.name.casefold()] = str(path)
    taken = set(found.values())
    return Files(found, tuple(sorted(_shown(str(path)) for path in paths if str(path) not in taken)), opener, close)


class _Part:
    """An unpacked file; what is wrong in the middle of it is told like what is wrong at its beginning."""

    def __init__(self, part: BinaryIO) -> None:
        self._part = part

    def read(self, size: int) -> bytes:
        with _refusals():
            return self._part.read(size)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except Refused as refused:
        raise InputError(*_SENTENCES.get(refused.reason, _UNSAFE)) from refused


def _shown(name: str) -> str:
    return "".join(each if each.isprintable() else "\ufffd" for each in name[:_SHOWN_CHARS])

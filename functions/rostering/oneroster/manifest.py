"""The manifest of a bundle: what it says of each file, and what that is worth once the file was looked at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

from rostering.errors import InputError
from rostering.model import Problem
from rostering.oneroster import columns
from rostering.oneroster.csvfile import CsvFile

MOST_PROPERTIES = 1_000
MODES = ("absent", "bulk", "delta")
_VERSION = re.compile(r"(1\.[12])(?:\.\d{1,2})?")
_OPEN = "nobody is missing because of it"


@dataclass(frozen=True, slots=True)
class Manifest:
    """`version` is 1.1 or 1.2; `said` what stands there of each file (case-folded, without `.csv`), lower-case."""

    version: str
    said: Mapping[str, str]


@dataclass(slots=True)
class Seen:
    """What was met in a file: its rows, how many of them say a status, and the headers that it has."""

    rows: int = 0
    stated: int = 0
    headers: frozenset[str] = frozenset()


def read(source: BinaryIO) -> Manifest:
    """What a manifest.csv says. A property that is there twice with two values says "?".

    Raises InputError: F-OR-MANIFEST, F-OR-VERSION, or as `CsvFile`.
    """
    table = CsvFile(source, columns.MANIFEST, key="propertyName")
    name_at, value_at = table.places["propertyName"], table.places.get("value")
    if value_at is None:
        raise InputError("F-OR-MANIFEST", "manifest.csv has no column value.")
    said: dict[str, str] = {}
    for row, cells, code in table:
        if code and (len(cells) < table.width or any(cells[table.width:])) or row > MOST_PROPERTIES:
            raise InputError("F-OR-MANIFEST", f"Row {row} of manifest.csv is not a property and its value.")
        name, value = cells[name_at].strip().casefold(), cells[value_at].strip().casefold()
        said[name] = value if said.get(name, value) == value else "?"
    version = _VERSION.fullmatch(said.get("oneroster.version", ""))
    if version is None:
        raise InputError("F-OR-VERSION", "manifest.csv has to say oneroster.version 1.1 or 1.2.")
    return Manifest(version[1], {name.removeprefix("file."): value for name, value in said.items()
                                 if name.startswith("file.")})


def without(seen: Mapping[str, Seen]) -> Manifest:
    """What is taken for granted where there is no manifest: the version that the headers speak, and nothing else."""
    users = seen.get("users", Seen())
    return Manifest("1.2" if "roles" in seen or (users.headers and "role" not in users.headers) else "1.1", {})


def mode(name: str, said: str | None, seen: Seen | None) -> tuple[str, Problem | None]:
    """How a file counts, and what is odd about that.

    bulk: it is complete, so what it does not hold is missing. delta: only changes. absent: it says nothing.
    upsert: it contradicts its manifest, or has none; what it holds is taken, and nothing is missing
    (handbook, section 10, row 15).
    """
    if seen is None:
        if said in ("absent", None):
            return "absent", None
        return "absent", _problem("W-OR-NOT-THERE", name, f"is in the manifest, but is not there: {_OPEN}.")
    if said == "absent":
        return "absent", _problem("W-OR-NOT-ANNOUNCED", name, "is there, but not by its manifest. It was not read.")
    if said not in MODES:
        return "upsert", _problem("W-OR-NO-MODE", name, f"is there, but nothing says whether it is complete: {_OPEN}.")
    if said == "bulk" and seen.stated:
        return "upsert", _problem("W-OR-MODE", name, f"is complete by its manifest, but {seen.stated} of its rows "
                                  f"have a status, as in a list of changes: {_OPEN}.")
    if said == "delta" and seen.stated < seen.rows:
        return "upsert", _problem("W-OR-MODE", name, "is a list of changes by its manifest, but "
                                  f"{seen.rows - seen.stated} of its rows have no status: {_OPEN}.")
    return said, None


def _problem(code: str, name: str, sentence: str) -> Problem:
    return Problem(code, f"{name}.csv", 0, "", f"{name}.csv {sentence}")

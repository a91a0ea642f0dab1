"""Whom a delivery calls by a name: an index beside the plan, so that a question reads one small file.

A bucket holds the people of some last names and the classes of some names, as gzipped lines
`name TAB kind TAB key TAB school`. Names are folded: `last|first` of a person. Who has an id that
people know besides the key of the source stands under `#id` too. Memory is bounded by what is
buffered; the rest is on disk until the bucket is written.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from rostering.diff import PEOPLE
from rostering.load import paths
from rostering.model import Entity
from rostering.names import fold_name

_MOST_BUFFERED_BYTES = 4 * 1024 * 1024
_fold = lru_cache(maxsize=50_000)(fold_name)


class Named(NamedTuple):
    """A person or a class that a delivery names; `name` is folded."""

    name: str
    kind: str
    key: str
    school: str


class NameWriter:
    """Collects names in `buckets` files below `folder`, until `write` puts them beside the plan."""

    def __init__(self, folder: Path, buckets: int) -> None:
        self._folder = folder
        self._lines: list[list[str]] = [[] for _ in range(buckets)]
        self._buffered = 0

    def add(self, entities: Iterable[Entity]) -> None:
        """Note everybody of `entities` who has a name."""
        for entity in entities:
            for bucket, name in _names(entity):
                line = f"{name}\t{entity.kind}\t{_plain(entity.key)}\t{_plain(_school(entity))}"
                self._lines[bucket_of(bucket, len(self._lines))].append(line)
                self._buffered += len(line)
        if self._buffered > _MOST_BUFFERED_BYTES:
            self._flush()

    def write(self, files: Any, site: str, load: str) -> None:
        """Write every bucket that holds anything."""
        for number, lines in enumerate(self._lines):
            path = self._path(number)
            spooled = path.read_bytes() if path.exists() else b""
            path.unlink(missing_ok=True)
            if spooled or lines:
                whole = spooled + "\n".join(lines).encode(errors="surrogatepass")
                files.write(paths.by_name(site, load, number), gzip.compress(whole, compresslevel=1, mtime=0))

    def _flush(self) -> None:
        for number, lines in enumerate(self._lines):
            if lines:
                with self._path(number).open("ab") as file:
                    file.write(("\n".join(lines) + "\n").encode(errors="surrogatepass"))
                lines.clear()
        self._buffered = 0

    def _path(self, number: int) -> Path:
        return self._folder / f"names-{number:03d}"


def find(files: Any, site: str, load: str, name: str, buckets: int) -> Iterator[Named]:
    """Whom a load calls `name` (folded; `last|first`, `last|` for all of a last name, or `#id`)."""
    last, bar, first = name.partition("|")
    key = paths.by_name(site, load, bucket_of(last, buckets))
    if not files.exists(key):
        return
    wanted = f"{name}\t" if first or not bar else name
    for line in gzip.decompress(files.read(key)).decode(errors="surrogatepass").split("\n"):
        if line.startswith(wanted):
            yield Named(*line.split("\t"))


def _names(entity: Entity) -> Iterator[tuple[str, str]]:
    """What a person or a class is called: what tells the bucket, and the name."""
    fields = entity.fields
    if not fields:
        return
    if entity.kind in PEOPLE:
        last = _fold(fields.get("last_name") or "")
        yield last, f"{last}|{_fold(fields.get('first_name') or '')}"
        known_as = (fields.get("id") or "").casefold()
        if known_as and known_as != entity.key and entity.key != f"id:{known_as}":
            yield f"#{known_as}", f"#{_plain(known_as)}"
    elif entity.kind == "section":
        name = _fold(fields.get("name") or "")
        yield name, name


def bucket_of(last: str, buckets: int) -> int:
    return zlib.crc32(last.encode(errors="surrogatepass")) % buckets


def _school(entity: Entity) -> str:
    if entity.kind == "guardian":
        return next((pair.get("school", "") for pair in entity.members.get("students", {}).values()), "")
    return entity.fields.get("school") or "" if entity.fields else ""


def _plain(text: str) -> str:
    return text.replace("\t", " ").replace("\n", " ")

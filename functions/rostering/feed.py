"""A feed: what one delivery says, as sorted shards of entities that can be compared.

Records arrive in any order; `FeedWriter` spools each to the shard that owns it and folds them
into entities. A pair (an enrollment, a guardian's link) is written to both of its ends, so that a
person's shard and a section's shard can each be planned without asking the other.

A shard is gzipped lines `kind TAB key TAB places TAB body`, sorted by kind and key. Its digest
covers all but the places: a row that only moved in the sheet is no change.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from rostering.fingerprints import Numbers
from rostering.model import Entity, Record

PHASES = ("structure", "people", "rosters")
PHASE_OF = {"school": "structure", "term": "structure", "course": "structure",
            "staff": "people", "student": "people", "guardian": "people",
            "section": "rosters", "group": "rosters"}
ENTITIES_PER_SHARD = 4_000
MOST_SHARDS = 1024
_FLUSH_BYTES = 256 * 1024
_MOST_BUFFERED_BYTES = 16 * 1024 * 1024

# Where each end of a pair lives: (kind, set of that kind).
_ENDS = {"enrollment": (("section", "students"), ("student", "classes")),
         "guardian_link": (("guardian", "students"), ("student", "guardians"))}


def shard_count(entities: int) -> int:
    """How many shards hold `entities`: a power of two, so that a shard splits without a rehash."""
    count = 1
    while count < MOST_SHARDS and entities > count * ENTITIES_PER_SHARD:
        count *= 2
    return count


def shard_of(key: str, shards: int) -> int:
    return zlib.crc32(key.encode()) % shards


class FeedWriter:
    """Spools records into shards below `folder`; memory is bounded by one shard and what is buffered.

    What grows with the district are the schools of those who own pairs, at a few bytes each (`_Homes`).
    `shards` gives the number of shards of each phase. `finish` yields every shard once.
    """

    def __init__(self, folder: Path, shards: dict[str, int]) -> None:
        self._folder = folder
        self._shards = shards
        self._buffers: dict[tuple[str, int], bytearray] = {}
        self._buffered = 0
        self._homes = {"section": _Homes(), "student": _Homes(), "group": _Homes()}

    def add(self, records: Iterable[Record]) -> None:
        """Spool `records`, which come in the order of applying: owners before their pairs."""
        for kind, key, fields, place in records:
            if kind in _ENDS:
                (one, one_set), (other, other_set) = _ENDS[kind]
                owner = key[0] if kind == "enrollment" else key[1]
                home = self._homes["section" if kind == "enrollment" else "student"]
                pair = _at(home.of(owner), fields)
                self._spool(one, key[0], [one_set, key[1], pair, place])
                self._spool(other, key[1], [other_set, key[0], pair, place])
            elif kind == "group_member":
                pair = _at(self._homes["group"].of(key[0]), fields)
                self._spool("group", key[0], ["members", key[1], pair, place])
            else:
                if kind in self._homes and fields.get("school"):
                    self._homes[kind].set(key, fields["school"])
                self._spool(kind, key, ["", "", fields, place])

    def _spool(self, kind: str, key: str, statement: list[Any]) -> None:
        phase = PHASE_OF[kind]
        shard = (phase, shard_of(key, self._shards[phase]))
        buffer = self._buffers.setdefault(shard, bytearray())
        line = orjson.dumps([kind, key, *statement], option=orjson.OPT_APPEND_NEWLINE)
        buffer += line
        self._buffered += len(line)
        if len(buffer) > _FLUSH_BYTES:
            self._flush(shard, buffer)
        elif self._buffered > _MOST_BUFFERED_BYTES:
            for full in list(self._buffers.items()):
                self._flush(*full)

    def _flush(self, shard: tuple[str, int], buffer: bytearray) -> None:
        with self._path(shard).open("ab") as file:
            file.write(buffer)
        self._buffered -= len(buffer)
        del self._buffers[shard]

    def _path(self, shard: tuple[str, int]) -> Path:
        return self._folder / f"{shard[0]}-{shard[1]:03d}.spool"

    def finish(self) -> Iterator[tuple[str, int, list[Entity]]]:
        """(phase, shard, its entities sorted) for every shard, also the empty ones."""
        for phase in PHASES:
            for number in range(self._shards[phase]):
                shard = (phase, number)
                path = self._path(shard)
                lines = path.read_bytes() if path.exists() else b""
                path.unlink(missing_ok=True)
                lines += bytes(self._buffers.pop(shard, b""))
                yield phase, number, _fold(lines.splitlines())


def _at(school: str, fields: dict[str, Any]) -> dict[str, Any]:
    """A pair at its owner's school; where the feed does not tell it, the pair keeps the one it had."""
    return fields | {"school": school} if school else fields


class _Homes:
    """The key of an owner to its school, at a few bytes each."""

    def __init__(self) -> None:
        self._schools: list[str] = [""]
        self._numbers: dict[str, int] = {"": 0}
        self._of = Numbers()

    def of(self, key: str) -> str:
        """The school of `key`; "" if none was told."""
        return self._schools[self._of.get(key)]

    def set(self, key: str, school: str) -> None:
        number = self._numbers.get(school)
        if number is None:
            number = self._numbers[school] = len(self._schools)
            self._schools.append(school)
        self._of.set(key, number)


def _fold(lines: Iterable[bytes]) -> list[Entity]:
    """Statements folded into entities, sorted by kind and key. The last statement of a field wins."""
    entities: dict[tuple[str, str], Entity] = {}
    for line in lines:
        kind, key, name, other, fields, place = orjson.loads(line)
        entity = entities.get((kind, key))
        if entity is None:
            entity = entities[kind, key] = Entity(kind, key, None)
        if name:
            entity.members.setdefault(name, {})[other] = fields
            entity.places[f"{name}/{other}"] = place
        else:
            entity.fields = fields if entity.fields is None else entity.fields | fields
            entity.places.setdefault("", place)
    return [entities[at] for at in sorted(entities)]


def encode(entities: Iterable[Entity]) -> tuple[bytes, str]:
    """A shard's file and its digest. `entities` are sorted by kind and key."""
    lines, digest = [], hashlib.sha256()
    for entity in entities:
        body = orjson.dumps([entity.fields, entity.members, entity.standing, entity.missed],
                            option=orjson.OPT_SORT_KEYS)
        head = f"{entity.kind}\t{entity.key}\t".encode()
        digest.update(head + body + b"\n")
        lines.append(head + orjson.dumps(entity.places) + b"\t" + body)
    return gzip.compress(b"\n".join(lines), compresslevel=1, mtime=0), digest.hexdigest()


def decode(data: bytes) -> Iterator[Entity]:
    """The entities of a shard's file, in its order."""
    for line in gzip.decompress(data).split(b"\n"):
        if line:
            yield _entity(line)


def find(lines: bytes, kind: str, key: str) -> Entity | None:
    """One entity of a shard's unpacked `lines`; the others are not parsed."""
    head = f"{kind}\t{key}\t".encode()
    at = 0 if lines.startswith(head) else lines.find(b"\n" + head) + 1
    if at == 0 and not lines.startswith(head):
        return None
    end = lines.find(b"\n", at)
    return _entity(lines[at:] if end < 0 else lines[at:end])


def _entity(line: bytes) -> Entity:
    kind, key, places, body = line.split(b"\t", 3)
    fields, members, standing, missed = orjson.loads(body)
    return Entity(kind.decode(), key.decode(), fields, members, orjson.loads(places), standing, missed)

"""What a source last said, as accepted: the ground that the next feed of the source is compared with.

A manifest lists the shard files. It is replaced by one write when a load is done, so a reader sees
the old ground or the new, never a mixture. Next to each file stand the digest of the feed shard it
was made from (an equal digest means: nothing new here), and the day on which a date in it comes due.

The manifest also has what stands active per kind and school (the gate's totals). What of it stands
in each shard is kept in a file of its own, since every task of a load reads the manifest, and shards
times schools grow with the square of a district.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import orjson

from rostering import feed
from rostering.clock import moment
from rostering.model import Entity

KEPT = timedelta(days=30)      # of what snapshots of older loads left
_MANIFEST = "manifest.json"


class Files(Protocol):
    """What this module needs of the files of the work bucket."""

    def read(self, key: str) -> bytes: ...

    def write(self, key: str, data: bytes) -> None: ...

    def exists(self, key: str) -> bool: ...

    def list(self, prefix: str) -> Iterable[str]: ...

    def written(self, prefix: str) -> Iterable[tuple[str, datetime]]: ...

    def delete(self, key: str) -> None: ...


@dataclass(slots=True)
class Shard:
    """One shard of a snapshot.

    `active` maps kind to school to the number that stand active; it is None in a shard that `read`
    gave: `write` knows it by the file.
    """

    file: str = ""
    feed_digest: str = ""
    active: dict[str, dict[str, int]] | None = field(default_factory=dict)
    due: str = ""


@dataclass(slots=True)
class Snapshot:
    """The manifest: `load` made it; `shards` lists each phase's shards, empty before the first load.

    `totals` is how many stood active, by kind and school, when it was read. `sent` is how many of each kind
    the last pull that was loaded and asked for it brought; {} where nobody noted it.
    """

    load: str = ""
    shards: dict[str, list[Shard]] = field(default_factory=lambda: {p: [] for p in feed.PHASES})
    totals: dict[str, dict[str, int]] = field(default_factory=dict)
    sent: dict[str, int] = field(default_factory=dict)

    def shard(self, phase: str, number: int, shards: int) -> tuple[Shard, bool]:
        """The shard that holds the keys of shard `number` of `shards`, and whether it is exactly that one."""
        have = self.shards[phase]
        if not have:
            return Shard(), True
        return have[number % len(have)], len(have) == shards

    def active(self) -> dict[str, dict[str, int]]:
        """How many stood active, by kind and school, in the snapshot that was read."""
        return self.totals

    def had(self, kind: str) -> int:
        """How many of a kind the source had in what was loaded last: those it sent, else those who stand active."""
        return self.sent.get(kind, sum(self.totals.get(kind, {}).values()))


def manifest_key(site: str, source: str) -> str:
    return f"snapshots/{site}/{source.replace(':', '/')}/{_MANIFEST}"


def read(files: Files, site: str, source: str) -> Snapshot:
    """The snapshot of a source; an empty one before its first load."""
    key = manifest_key(site, source)
    if not files.exists(key):
        return Snapshot()
    stored: dict[str, Any] = orjson.loads(files.read(key))
    return Snapshot(stored["load"], {phase: [Shard(file, digest, None, due) for file, digest, due in shards]
                                     for phase, shards in stored["shards"].items()},
                    stored["totals"], stored.get("sent", {}))


def write(files: Files, site: str, source: str, snapshot: Snapshot) -> None:
    """Make `snapshot` what the source said last. Shards that `read` gave keep their counts."""
    shards = [shard for phase in snapshot.shards.values() for shard in phase]
    counts = _Counts(files, site, source)
    kept = counts.of({shard.file for shard in shards if shard.active is None})
    lines = {shard.file: kept.get(shard.file, b"{}") if shard.active is None else orjson.dumps(shard.active)
             for shard in shards if shard.file}
    counts.write(snapshot.load, lines)
    files.write(manifest_key(site, source), orjson.dumps(
        {"load": snapshot.load, "totals": _totals(lines.values()), "sent": snapshot.sent,
         "shards": {phase: [[shard.file, shard.feed_digest, shard.due] for shard in listed]
                    for phase, listed in snapshot.shards.items()}}))


def sweep(files: Files, site: str, *, now: str) -> int:
    """Delete what snapshots of older loads left and no manifest of the site names; gives how many files that were.

    A plan that waits names files of a load that is still to be the newest, so the last 30 days stay.
    """
    before = moment(now) - KEPT
    old = [key for key, written in files.written(f"snapshots/{site}/") if written < before]
    named = set()
    for key in (key for key in files.list(f"snapshots/{site}/") if key.endswith(f"/{_MANIFEST}")):
        stored = orjson.loads(files.read(key))
        named |= {key, _counts_key(key, stored["load"])}
        named |= {file for shards in stored["shards"].values() for file, *_ in shards}
    gone = [key for key in old if key not in named]
    for key in gone:
        files.delete(key)
    return len(gone)


def _counts_key(manifest: str, load: str) -> str:
    return manifest.removesuffix(_MANIFEST) + f"active/{load}.gz"


class _Counts:
    """What stands active in each shard: lines `file TAB counts`, next to the manifest."""

    def __init__(self, files: Files, site: str, source: str) -> None:
        self._files, self._site, self._source = files, site, source

    def _key(self, load: str) -> str:
        return _counts_key(manifest_key(self._site, self._source), load)

    def of(self, wanted: set[str]) -> dict[str, bytes]:
        """The counts of the shards `wanted`, by file, as they are stored now."""
        load = read(self._files, self._site, self._source).load if wanted else ""
        stored = gzip.decompress(self._files.read(self._key(load))).splitlines() if load else ()
        found = (line.split(b"\t", 1) for line in stored)
        return {file.decode(): counts for file, counts in found if file.decode() in wanted}

    def write(self, load: str, lines: dict[str, bytes]) -> None:
        self._files.write(self._key(load), gzip.compress(b"\n".join(
            file.encode() + b"\t" + counts for file, counts in lines.items()), compresslevel=1, mtime=0))


def _totals(shards: Iterable[bytes]) -> dict[str, dict[str, int]]:
    totals: dict[str, dict[str, int]] = {}
    for counts in shards:
        for kind, schools in orjson.loads(counts).items():
            total = totals.setdefault(kind, {})
            for school, count in schools.items():
                total[school] = total.get(school, 0) + count
    return totals


def entities(files: Files, shard: Shard, number: int, shards: int, *, exact: bool) -> Iterator[Entity]:
    """The entities of `shard` that belong to shard `number` of `shards`, sorted by kind and key."""
    if not shard.file:
        return
    for entity in feed.decode(files.read(shard.file)):
        if exact or feed.shard_of(entity.key, shards) == number:
            yield entity

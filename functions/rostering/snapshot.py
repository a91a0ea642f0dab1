"""What a source last said, as accepted: the ground that the next feed of the source is compared with.

A manifest lists the shard files. It is replaced by one write when a load is done, so a reader sees
the old ground or the new, never a mixture. Next to each file stand the digest of the feed shard it
was made from (an equal digest means: nothing new here), the counts of what stands active per kind
and school (the gate's totals), and the day on which a date in it comes due.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import orjson

from rostering import feed
from rostering.model import Entity


class Files(Protocol):
    """What this module needs of the files of the work bucket."""

    def read(self, key: str) -> bytes: ...

    def write(self, key: str, data: bytes) -> None: ...

    def exists(self, key: str) -> bool: ...


@dataclass(slots=True)
class Shard:
    """One shard of a snapshot. `active` maps kind to school to the number that stand active."""

    file: str = ""
    feed_digest: str = ""
    active: dict[str, dict[str, int]] = field(default_factory=dict)
    due: str = ""


@dataclass(slots=True)
class Snapshot:
    """The manifest: `load` made it; `shards` lists each phase's shards, empty before the first load."""

    load: str = ""
    shards: dict[str, list[Shard]] = field(default_factory=lambda: {p: [] for p in feed.PHASES})

    def shard(self, phase: str, number: int, shards: int) -> tuple[Shard, bool]:
        """The shard that holds the keys of shard `number` of `shards`, and whether it is exactly that one."""
        have = self.shards[phase]
        if not have:
            return Shard(), True
        return have[number % len(have)], len(have) == shards

    def active(self) -> dict[str, dict[str, int]]:
        """How many stand active, by kind and school."""
        totals: dict[str, dict[str, int]] = {}
        for shards in self.shards.values():
            for shard in shards:
                for kind, schools in shard.active.items():
                    total = totals.setdefault(kind, {})
                    for school, count in schools.items():
                        total[school] = total.get(school, 0) + count
        return totals


def manifest_key(site: str, source: str) -> str:
    return f"snapshots/{site}/{source.replace(':', '/')}/manifest.json"


def read(files: Files, site: str, source: str) -> Snapshot:
    """The snapshot of a source; an empty one before its first load."""
    key = manifest_key(site, source)
    if not files.exists(key):
        return Snapshot()
    stored: dict[str, Any] = orjson.loads(files.read(key))
    return Snapshot(stored["load"], {phase: [Shard(**shard) for shard in shards]
                                     for phase, shards in stored["shards"].items()})


def write(files: Files, site: str, source: str, snapshot: Snapshot) -> None:
    files.write(manifest_key(site, source), orjson.dumps(asdict(snapshot)))


def entities(files: Files, shard: Shard, number: int, shards: int, *, exact: bool) -> Iterator[Entity]:
    """The entities of `shard` that belong to shard `number` of `shards`, sorted by kind and key."""
    if not shard.file:
        return
    for entity in feed.decode(files.read(shard.file)):
        if exact or feed.shard_of(entity.key, shards) == number:
            yield entity

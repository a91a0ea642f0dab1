"""The stats of all shards of a plan, while it is settled: packed, each unpacked when it is looked at.

What shards tell of schools grows with people times schools; unpacked, a million students take half a
gigabyte.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, MutableMapping
from dataclasses import asdict

import orjson

from rostering import feed
from rostering.load import paths
from rostering.load.evidence import Stats
from rostering.load.manifest import FeedManifest
from rostering.snapshot import Files

At = tuple[str, int]      # phase, shard


class Shards(MutableMapping[At, Stats]):
    """Stats by phase and shard."""

    def __init__(self) -> None:
        self._packed: dict[At, bytes] = {}

    @classmethod
    def read(cls, files: Files, manifest: FeedManifest) -> Shards:
        """What planning found in every shard of a load."""
        shards = cls()
        for phase in feed.PHASES:
            for number in range(len(manifest.shards[phase])):
                stored = files.read(paths.stats(manifest.site, manifest.load, phase, number))
                shards._packed[phase, number] = zlib.compress(stored, 1)
        return shards

    def __setitem__(self, at: At, stats: Stats) -> None:
        self._packed[at] = zlib.compress(orjson.dumps(asdict(stats)), 1)

    def __getitem__(self, at: At) -> Stats:
        return Stats.read(zlib.decompress(self._packed[at]))

    def __delitem__(self, at: At) -> None:
        del self._packed[at]

    def __iter__(self) -> Iterator[At]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)

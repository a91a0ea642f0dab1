"""What a source last said of a record: in its newest deliveries, among the rows that were turned back, in the snapshot.

A delivery that is complete for a kind and a school settles it: whom it doesn't name is not in what the
source sends. Others only add, so the newest one that names the record counts, then the snapshot.
One record takes one shard of each delivery, by the hash of its key.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from rostering import feed, snapshot
from rostering.load import by_name, paths, turned, where
from rostering.load.by_name import Named
from rostering.load.manifest import FeedManifest
from rostering.model import Entity, Problem
from rostering.sheet.turned import Row
from rostering.snapshot import Snapshot
from rostering.why.feeds import Feeds
from rostering.why.reads import Reads

_MOST_LOADS = 12
_MOST_INDEXES = 6
# Kinds in a scope that say that a kind, or a pair, is told of completely.
_TOLD_BY = {"guardian": "guardian_link", "classes": "enrollment", "guardians": "guardian_link"}


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of a record, and where: `row` is the sheet's (0 of a connection).

    `turned` are the rows about it that were turned back by the reader. `entity` is None if there is
    nothing else. `fields` and `pair` are those of the record, {} if none were taken.
    """

    source: str
    kind: str
    key: str
    load: str
    row: int = 0
    entity: Entity | None = None
    turned: tuple[Row, ...] = ()
    pair: dict[str, Any] | None = None

    @property
    def fields(self) -> dict[str, Any]:
        return (self.entity.fields or {}) if self.entity else {}

    @property
    def tab(self) -> str:
        if self.pair is not None or self.kind in ("enrollment", "guardian_link"):
            return {"enrollment": "Class Rosters", "guardian_link": "Guardians"}.get(self.kind, "") \
                if self.source == where.SHEET else self.kind.replace("_", " ")
        return where.tab_of(self.source, self.kind)


class Payloads:
    """What the sources of a site said."""

    def __init__(self, reads: Reads, site: str, feeds: Feeds) -> None:
        self._reads, self._site, self._feeds = reads, site, feeds
        self._manifests: dict[str, FeedManifest | None] = {}
        self._snapshots: dict[str, Snapshot] = {}
        self._turned: dict[str, list[Row]] = {}
        self._named: dict[tuple[str, str], list[Named]] = {}

    def of(self, source: str, kind: str, key: str) -> Said | None:
        """What `source` last said of a record; None if it is not in what it last sent."""
        for _, manifest in self._manifests_of(source):
            if said := self.in_load(manifest, kind, key):
                return said
            if self._settles(manifest, kind, self.known(source, kind, key)):
                return None
        return self._of_snapshot(source, kind, key)

    def in_load(self, manifest: FeedManifest, kind: str, key: str) -> Said | None:
        """What one delivery says of a record; rows that were turned back count."""
        entity = self._entity(manifest, kind, key)
        rows = tuple(row for row in self.turned(manifest.feed) if row.key == key and row.kind in (kind, ""))
        if rows or entity and entity.fields is not None:
            found = entity if entity and entity.fields is not None else None
            row = rows[0].row if rows else found.places.get("", 0) if found else 0
            return Said(manifest.source, kind, key, manifest.load, _row(manifest.source, row), found, rows)
        return None

    def pair(self, source: str, kind: str, name: str, owner: tuple[str, str], other: str) -> Said | None:
        """What `source` last said of a pair: `owner` (kind, key) has `other` in its set `name`."""
        ends = (owner[1], other) if owner[0] == "guardian" else (other, owner[1])      # as records are named
        for _, manifest in self._manifests_of(source):
            entity = self._entity(manifest, *owner)
            rows = tuple(row for row in self.turned(manifest.feed)
                         if row.kind == kind and row.key == "\t".join(ends))
            held = (entity.members.get(name, {}) if entity else {}).get(other)
            if rows or held is not None:
                row = rows[0].row if rows else entity.places.get(f"{name}/{other}", 0) if entity else 0
                return Said(source, kind, "|".join(ends), manifest.load, _row(source, row), entity, rows, held or {})
            if self._settles(manifest, name, self.known(source, *owner)):
                return None
        known = self.known(source, *owner)
        held = (known.members.get(name, {}) if known else {}).get(other)
        if known is None or held is None or held.get("status") == "inactive":
            return None
        load = self._snapshot(source).load
        return Said(source, kind, "|".join(ends), load, _row(source, known.places.get(f"{name}/{other}", 0)),
                    known, (), held)

    def known(self, source: str, kind: str, key: str) -> Entity | None:
        """The record as the snapshot of a source has it."""
        taken = self._snapshot(source)
        phase = feed.PHASE_OF[kind]
        shards = len(taken.shards[phase])
        if not shards:
            return None
        file = taken.shards[phase][feed.shard_of(key, shards)].file
        lines = self._reads.unpacked(file) if file else None
        return feed.find(lines, kind, key) if lines else None

    def named(self, source: str, name: str) -> list[Named]:
        """Whom the newest deliveries of `source` call so (folded, see `by_name`), each once."""
        if (source, name) not in self._named:
            found: dict[tuple[str, str], Named] = {}
            for _, manifest in list(self._manifests_of(source))[:_MOST_INDEXES]:
                for one in by_name.find(self._reads.files, self._site, manifest.feed, name,
                                        max(1, len(manifest.shards["people"]))):
                    found.setdefault((one.kind, one.key), one)
                for row in self.turned(manifest.feed):
                    if row.name and (row.name == name or name.endswith("|") and row.name.startswith(name)):
                        found.setdefault((row.kind, row.key), Named(row.name, row.kind, row.key, row.school))
            self._named[source, name] = list(found.values())
        return self._named[source, name]

    def refused(self, load: str, kind: str, key: str) -> Problem | None:
        """Why the gate, or the applying, left a record of a load out; None if it did not."""
        manifest = self.manifest(load)
        phase = feed.PHASE_OF[kind]
        if manifest is None or not manifest.shards[phase]:
            return None
        shard, name = feed.shard_of(key, len(manifest.shards[phase])), f"{kind}/{key}"
        settled = self._json(paths.settled(self._site, load)) or {"people": []}
        if phase == "people" and shard in settled["people"]:
            answers = self._json(paths.names(self._site, load, shard)) or {"refused": {}}
            if name in answers["refused"]:
                return Problem(**answers["refused"][name])
        for task in ("applied", "off"):
            applied = self._json(paths.applied(self._site, load, f"{phase}/{task}", shard)) or {"problems": []}
            for told in applied["problems"]:
                if told.get("key") == name:
                    return Problem(**told)
        return None

    def sentence(self, load: str, tab: str, row: int, code: str) -> str:
        """What the reader said of a row, with the values of its cells; "" where that isn't kept any more."""
        stored = self._reads.unpacked(paths.reading(self._site, load))
        problems = orjson.loads(stored)["problems"] if stored else ()
        return next((one["message"] for one in problems
                     if (one["tab"], one["row"], one["code"]) == (tab, row, code)), "")

    def turned(self, load: str) -> list[Row]:
        """The rows of a load that its reader turned back."""
        if load not in self._turned:
            self._turned[load] = turned.read(self._reads.files, self._site, load)
        return self._turned[load]

    def manifest(self, load: str) -> FeedManifest | None:
        """A load at a glance; None if it isn't kept any more, or never came so far."""
        if load not in self._manifests:
            stored = self._reads.plain(paths.feed(self._site, load))
            self._manifests[load] = FeedManifest(**orjson.loads(stored)) if stored else None
        return self._manifests[load]

    def scope(self, source: str) -> FeedManifest | None:
        """The newest delivery of a source that was loaded."""
        return next((manifest for _, manifest in self._manifests_of(source)), None)

    def _manifests_of(self, source: str) -> Iterator[tuple[dict[str, Any], FeedManifest]]:
        for body in self._feeds.good(source)[:_MOST_LOADS]:
            if manifest := self.manifest(body["load"]):
                yield body, manifest

    def _settles(self, manifest: FeedManifest, kind: str, known: Entity | None) -> bool:
        """Whether a delivery that doesn't name a record says by that that the source doesn't have it."""
        if _TOLD_BY.get(kind, kind) not in manifest.scope["kinds"]:
            return False
        school = (known.fields or {}).get("school", "") if known else ""
        return not school or school in manifest.scope["schools"]

    def _of_snapshot(self, source: str, kind: str, key: str) -> Said | None:
        known = self.known(source, kind, key)
        if known is None or known.fields is None:
            return None
        gone = known.standing == "inactive" and known.fields.get("status") != "inactive" and kind != "guardian" \
            and not known.fields.get("end_date")
        if gone or known.missed or not known.fields:
            return None
        return Said(source, kind, key, self._snapshot(source).load, _row(source, known.places.get("", 0)), known)

    def _entity(self, manifest: FeedManifest, kind: str, key: str) -> Entity | None:
        phase = feed.PHASE_OF[kind]
        if not manifest.shards[phase]:
            return None
        shard = feed.shard_of(key, len(manifest.shards[phase]))
        if not manifest.shards[phase][shard]["digest"]:
            return None
        lines = self._reads.unpacked(paths.feed_shard(self._site, manifest.feed, phase, shard))
        return feed.find(lines, kind, key) if lines else None

    def _snapshot(self, source: str) -> Snapshot:
        if source not in self._snapshots:
            self._snapshots[source] = snapshot.read(self._reads.files, self._site, source)
        return self._snapshots[source]

    def _json(self, key: str) -> Any:
        stored = self._reads.plain(key)
        return orjson.loads(stored) if stored else None


def _row(source: str, place: int) -> int:
    return place if source == where.SHEET else 0

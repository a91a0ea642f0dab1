"""Turn the records of one delivery into a feed: sorted shards and a manifest, ready to be planned."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from rostering import feed, snapshot
from rostering.load import paths
from rostering.load.by_name import NameWriter
from rostering.load.manifest import COUNTED_AS, NOWHERE, FeedManifest
from rostering.model import Entity, Record
from rostering.snapshot import Files

_AT_HOME = ("student", "staff")      # kinds whose records name a home school


def deliver(files: Files, site: str, load: str, *, source: str, load_type: str, today: str,
            records: Iterable[Record], counts: dict[str, dict[str, int]],
            scope: Callable[[], dict[str, Any]] | None = None,
            sift: Callable[[str, int, int, list[Entity]], list[Entity]] | None = None,
            about: Callable[[], dict[str, Any]] = dict) -> FeedManifest:
    """Write the feed of `records`; `counts` gives rows and problems of each counted kind.

    `scope` is asked, when all records are through, where absence means something:
    `{"kinds", "schools", "present"}` (see `diff.Scope`); without it absence means nothing.

    `sift` is given each shard (phase, number, how many there are, its entities) and gives what of it
    the feed is to say; `about` is asked at the end for what the manifest is to note.

    A phase never has fewer shards than the source's snapshot, so that equal shards can be skipped.
    """
    known = snapshot.read(files, site, source)
    sizes = {"structure": 1,
             "people": sum(counts.get(kind, {}).get("rows", 0) for kind in ("staff", "students", "guardians")),
             "rosters": sum(counts.get(kind, {}).get("rows", 0) for kind in ("sections", "groups"))
             + counts.get("rosters", {}).get("rows", 0) // 10}
    shards = {phase: max(feed.shard_count(sizes[phase]), len(known.shards[phase])) for phase in feed.PHASES}
    listed: dict[str, list[dict[str, Any]]] = {phase: [] for phase in feed.PHASES}
    by_school: dict[str, Counter[str]] = {kind: Counter() for kind in _AT_HOME}
    with tempfile.TemporaryDirectory() as folder:
        writer = feed.FeedWriter(Path(folder), shards)
        writer.add(records)
        names = NameWriter(Path(folder), shards["people"])
        for phase, number, entities in writer.finish():
            if sift:
                entities = sift(phase, number, shards[phase], entities)
            names.add(entities)
            data, digest = feed.encode(entities)
            if entities:
                files.write(paths.feed_shard(site, load, phase, number), data)
            for kind in _AT_HOME if phase == "people" else ():
                by_school[kind].update(entity.fields["school"] for entity in entities
                                       if entity.kind == kind and entity.fields and entity.fields.get("school"))
            listed[phase].append({"digest": digest if entities else "", "entities": _census(entities)})
        names.write(files, site, load)
    manifest = FeedManifest(site, load, source, load_type, today,
                            scope() if scope else NOWHERE, listed, counts, about=about(),
                            by_school={kind: dict(found) for kind, found in by_school.items()})
    manifest.write(files)
    return manifest


def _census(entities: list[Entity]) -> dict[str, int]:
    """How many of each counted kind a shard states; pairs are counted on their leading side.

    A kind of which a shard has nothing but the other ends of pairs counts 0: empty means it says nothing.
    """
    census: dict[str, int] = {}
    for entity in entities:
        kind = COUNTED_AS[entity.kind]
        census[kind] = census.get(kind, 0) + (entity.fields is not None and kind != "groups")
        if entity.kind in ("section", "group"):
            name, pairs = ("students", "rosters") if entity.kind == "section" else ("members", "groups")
            census[pairs] = census.get(pairs, 0) + len(entity.members.get(name, {}))
    return census

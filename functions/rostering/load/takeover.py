"""Places of people who have new ids, or may have: they stay, in what is counted and in the next snapshot.

A key that leads to an account which the source called otherwise takes over: the old key's record goes
on under the new one, and so does every pair that led to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from rostering import feed, gate, snapshot
from rostering.diff import Change
from rostering.load import part, paths, places
from rostering.load.ground import Ground
from rostering.load.manifest import FeedManifest
from rostering.load.plan import read_changes
from rostering.model import Counts, Entity


@dataclass(slots=True)
class Takeovers:
    """`names` maps old keys to new ones (`kind/key`), `records` a new key to what was known under the old."""

    names: dict[str, str] = field(default_factory=dict)
    records: dict[str, Entity] = field(default_factory=dict)

    def applied(self, entity: Entity) -> Entity:
        """`entity` with what was known of it under an old id, and with no pair that leads to one."""
        if not self.names:
            return entity
        old = self.records.get(f"{entity.kind}/{entity.key}")
        fields, members = entity.fields, entity.members
        if old:
            fields = (old.fields or {}) | (fields or {})
            members = {name: old.members.get(name, {}) | members.get(name, {})
                       for name in sorted(old.members.keys() | members.keys())}
        return replace(entity, fields=fields, members={
            name: self._renamed(entity.kind, name, pairs) for name, pairs in members.items()})

    def _renamed(self, kind: str, name: str, pairs: dict[str, dict]) -> dict[str, dict]:
        led = {key: self.names.get(places.other_end(kind, name, key)) for key in pairs}
        if not any(led.values()):
            return pairs
        after = {key: pair for key, pair in pairs.items() if not led[key]}
        for key, new in led.items():
            if new:
                after.setdefault(new.replace("/", ":", 1) if kind == "group" else new.partition("/")[2], pairs[key])
        return after


def read(ground: Ground, chosen: part.Part, known: snapshot.Snapshot, count: int) -> Takeovers:
    """Who is taken over by the load, as far as it was approved; keeps what was known of them for an undo."""
    found = Takeovers()
    for number in ground.settled["people"] if ground.settled.get("rekeyed") else ():
        names = {old: new[0] for old, new in ground.answers(number).retired.items() if chosen.has(*new)}
        if not names:
            continue
        before, exact = known.shard("people", number, count)
        listed = [entity for entity in snapshot.entities(ground.files, before, number, count, exact=exact)
                  if f"{entity.kind}/{entity.key}" in names]
        ground.files.write(paths.retired(ground.site, ground.load, number), feed.encode(listed)[0])
        found.names |= names
        found.records |= {names[f"{entity.kind}/{entity.key}"]: entity for entity in listed}
    return found


def count_places(ground: Ground, manifest: FeedManifest, known: snapshot.Snapshot, shards: Iterable[int],
                 names: dict[str, str], absent: frozenset[str], *, counts: dict[str, Counts],
                 figures: dict[str, gate.Figures]) -> None:
    """Take out of the counts the places in rosters that neither come nor go.

    One that was there under an old id (`names`: old to new) is no new one, and none that ends; those of
    people who are left out for now (`absent`) wait with them.
    """
    count = len(manifest.shards["rosters"])
    for shard in shards if names or absent else ():
        before, exact = known.shard("rosters", shard, count)
        had = {(entity.kind, entity.key): _active(entity)
               for entity in snapshot.entities(ground.files, before, shard, count, exact=exact)}
        for change in read_changes(ground.files, ground.site, ground.load, "rosters", shard):
            begun, ended = _moved(change)
            same = {old for old in had.get((change.kind, change.key), ()) if names.get(old) in begun}
            counted = counts["rosters" if change.kind == "section" else "groups"]
            come, left = len(same) + len(begun & absent), len(same & ended) + len(ended & absent)
            if f"{change.kind}/{change.key}" in absent:
                come, left = len(begun), len(ended)
            counted.new, counted.unchanged = counted.new - come, counted.unchanged + len(same)
            counted.deactivated, counted.missing = counted.deactivated - left, counted.missing - left
            if change.kind == "section" and (come or left):
                figure = figures["enrollment"]
                for by_school, by in ((figure.new, come), (figure.off, left)):
                    by_school[change.school] = by_school.get(change.school, 0) - by


def _active(entity: Entity) -> set[str]:
    """Who (`kind/key`) is in a section or group now."""
    return {places.other_end(entity.kind, name, key) for name, pairs in entity.members.items()
            for key, pair in pairs.items() if pair.get("status") == "active"}


def _moved(change: Change) -> tuple[set[str], set[str]]:
    """Who comes into a section or group by a change, and who leaves it."""
    begun, ended = set(), set()
    for name, pairs in change.members.items():
        for key, (_, after) in pairs.items():
            (begun if after.get("status") == "active" else ended).add(places.other_end(change.kind, name, key))
    return begun, ended

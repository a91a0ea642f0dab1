"""A report that was corrected and handed in again: only what was corrected in it is taken.

The report of a load holds every row of that load. Since then newer loads may have changed some of
them, and a row that is read again would turn them back. So each shard of the report is compared
with what the load was told then: what is the same is no news and is left out, of a row that was
loaded only the cells that differ are taken, and a row that did not load then is taken whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rostering import feed, snapshot
from rostering.errors import NotFound
from rostering.load import part, paths, progress
from rostering.load.ground import Ground
from rostering.load.manifest import COUNTED_AS, FeedManifest
from rostering.load.places import other_end
from rostering.load.where import TAB_OF
from rostering.model import Entity

# The tab that says a pair, by kind and set; each pair is counted at one of its ends.
_TAB_OF_PAIR = {("section", "students"): "Class Rosters", ("guardian", "students"): "Guardians",
                ("group", "members"): "Groups"}
_COUNTED_PAIRS = {"section": "rosters", "group": "groups"}


class Repair:
    """Sifts the shards of the report of load `of`, which is done. Memory is bounded by a shard.

    `rows` counts, when all shards are through, the rows that were taken.

    Raises NotFound if what the load was told is no longer kept.
    """

    def __init__(self, store: Any, files: Any, site: str, load: str, of: str, *, now: str) -> None:
        self._runs = [(ground, part.of(ground)) for ground in _grounds(store, files, site, of, now)]
        self._files = files
        self._site, self._load, self.of = site, load, of
        self._told = FeedManifest.read(files, site, of)
        self._known = snapshot.read(files, site, self._told.source)
        self._check_kept()
        self._rows: dict[str, set[int]] = {}
        self._same: dict[str, int] = {}

    @property
    def rows(self) -> int:
        return sum(map(len, self._rows.values()))

    def about(self) -> dict[str, Any]:
        """For the feed's manifest; `as_before` counts by kind what was said as it was then."""
        return {"repairs": self.of, "as_before": self._same}

    def sift(self, phase: str, shard: int, shards: int, said: list[Entity]) -> list[Entity]:
        """Of the entities of one shard, what the load `of` was not told so."""
        self._files.write(paths.whole_shard(self._site, self._load, phase, shard), feed.encode(said)[0])
        before = {(each.kind, each.key): each for each in self._loaded(phase, shard, shards)}
        news = []
        for entity in said:
            found = self._news(entity, before.get((entity.kind, entity.key)))
            self._count(entity, found)
            if found is not None:
                news.append(found)
        return news

    def _file(self, phase: str, number: int) -> str:
        """The file that holds what the load was told; "" if a shard was empty."""
        if "repairs" in self._told.about:
            return paths.whole_shard(self._site, self.of, phase, number)
        told = self._told.shards[phase][number]["digest"]
        return paths.feed_shard(self._site, self.of, phase, number) if told else ""

    def _check_kept(self) -> None:
        wanted = {self._file(phase, number) for phase in feed.PHASES for number in range(len(self._told.shards[phase]))}
        folder = paths.feed(self._site, self.of).rpartition("/")[0]
        if gone := wanted - {"", *self._files.list(f"{folder}/")}:
            raise NotFound(f"{len(gone)} shards of load {self.of} are no longer kept")

    def _loaded(self, phase: str, shard: int, shards: int) -> Iterator[Entity]:
        """What the load was told in this shard and what stands since; not what could not be loaded."""
        have = len(self._told.shards[phase])
        number = shard % have
        file = self._file(phase, number)
        if not file:
            return
        from rostering.load.finish import not_applied  # few deliveries are repairs

        left_out = set.intersection(*(not_applied(ground, chosen, phase, number) for ground, chosen in self._runs))
        absent = frozenset.intersection(*(ground.absent for ground, _ in self._runs))
        known, exact = self._known.shard(phase, shard, shards)
        standing = {(each.kind, each.key) for each in snapshot.entities(self._files, known, shard, shards, exact=exact)
                    if each.fields}
        for entity in feed.decode(self._files.read(file)):
            loaded = f"{entity.kind}/{entity.key}" not in left_out
            if loaded and (have == shards or feed.shard_of(entity.key, shards) == shard):
                if (entity.kind, entity.key) not in standing:
                    entity.fields = None
                entity.members = {name: {key: pair for key, pair in pairs.items()
                                         if other_end(entity.kind, name, key) not in absent}
                                  for name, pairs in entity.members.items()}
                yield entity

    @staticmethod
    def _news(entity: Entity, before: Entity | None) -> Entity | None:
        if before is None:
            return entity
        fields = entity.fields
        if fields is not None and before.fields is not None:
            fields = {name: value for name, value in fields.items() if before.fields.get(name, ...) != value} or None
        members = {name: {key: pair for key, pair in pairs.items() if before.members.get(name, {}).get(key) != pair}
                   for name, pairs in entity.members.items()}
        members = {name: pairs for name, pairs in members.items() if pairs}
        if fields is None and not members:
            return None
        kept = {"": fields is not None} | {f"{name}/{key}": True for name, pairs in members.items() for key in pairs}
        places = {place: row for place, row in entity.places.items() if kept.get(place)}
        return Entity(entity.kind, entity.key, fields, members, places)

    def _count(self, entity: Entity, news: Entity | None) -> None:
        taken = news or Entity(entity.kind, entity.key, None)
        if taken.fields is not None:
            self._rows.setdefault(TAB_OF[entity.kind], set()).add(taken.places.get("", 0))
        elif entity.fields is not None and entity.kind != "group":
            self._add_same(COUNTED_AS[entity.kind], 1)
        for name, pairs in entity.members.items():
            tab = _TAB_OF_PAIR.get((entity.kind, name))
            if tab is None:
                continue
            new = taken.members.get(name, {})
            self._rows.setdefault(tab, set()).update(
                taken.places[f"{name}/{key}"] for key in new if f"{name}/{key}" in taken.places)
            if entity.kind in _COUNTED_PAIRS:
                self._add_same(_COUNTED_PAIRS[entity.kind], len(pairs) - len(new))

    def _add_same(self, kind: str, number: int) -> None:
        if number:
            self._same[kind] = self._same.get(kind, 0) + number


def _grounds(store: Any, files: Any, site: str, load: str, now: str) -> Iterator[Ground]:
    """The load and those that went on with what was not approved of it, as far as they were loaded."""
    while load:
        yield Ground.open(store, files, site, load, now=now)
        load = (progress.read(store, site, load) or {}).get("rest", "")
        if load and (progress.read(store, site, load) or {}).get("state") != "done":
            return

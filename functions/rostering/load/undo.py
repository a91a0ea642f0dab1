"""Undo a load, as a load of its own: planned from what the load wrote, settled, applied, ended.

It reads the plan of the load that it undoes, shard by shard, and the records that the load left
beside each thing (`keys.change`); `reversal` decides what becomes of a thing. What it does is
written as a plan and as records of the same form, so that an undo can be undone. Applying decides
again on what stands then: nothing that somebody changed in between is lost.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

import orjson

from rostering import feed, gate, history, snapshot
from rostering.diff import PEOPLE, Change
from rostering.errors import Conflict
from rostering.load import lease, part, paths, places, progress
from rostering.load.applied import Applied, read_applied
from rostering.load.evidence import Stats, counts_of
from rostering.load.ground import Answers, Ground
from rostering.load.manifest import COUNTED_AS, FeedManifest
from rostering.load.plan import read_changes
from rostering.load.reversal import Extent, Reversal, reverse, side_items
from rostering.model import Counts
from rostering.store import attributes, keys
from rostering.store.keys import Item, Key

KEPT_LISTED = 200
_BATCH = 500
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Order:
    """What a person ordered: which load is undone, and how much of it.

    `resumes` are undos of the same that failed, the last one first: what they did is done.
    """

    undoes: str
    extent: Extent
    dry_run: bool
    by: str
    reason: str
    resumes: tuple[str, ...] = ()

    @classmethod
    def read(cls, ground: Ground) -> Order:
        about = FeedManifest.read(ground.files, ground.site, ground.load).about
        return cls(about["undoes"], Extent(about["school"], about["account"]), about["dry_run"], about["by"],
                   about["reason"], tuple(about["resumes"]))


@dataclass(slots=True)
class Kept:
    """What is not undone: how many values, and the first of them."""

    total: int = 0
    listed: list[dict[str, str]] = field(default_factory=list)

    def add(self, ground: Ground, reversal: Reversal) -> None:
        change, person = reversal.change, reversal.change.kind in PEOPLE
        account = ground.account(change.kind, change.key) if person else ""
        for attribute, name, why in reversal.kept:
            self.total += 1
            if len(self.listed) < KEPT_LISTED:
                self.listed.append({"account": account, "kind": change.kind, "id": "" if person else change.key,
                                    "attribute": attribute, "field": name, "why": why})

    def take(self, other: Kept) -> None:
        self.total += other.total
        self.listed += other.listed[:KEPT_LISTED - len(self.listed)]


def plan(ground: Ground, phase: str, shard: int) -> Stats:
    """Plan one shard: what would go back, and what would stay. Writes files only."""
    order = Order.read(ground)
    stats = Stats(snapshot.read(ground.files, ground.site, ground.source).load)
    kept, changes = Kept(), []
    for batch in _batches(ground, order, phase, shard):
        for _, _, reversal in _reversals(ground, order, batch):
            kept.add(ground, reversal)
            if reversal.item or reversal.says_something:
                changes.append(reversal.change)
                _count(stats, reversal)
    stats.changes = len(changes)
    _write(ground, phase, shard, changes, kept)
    ground.files.write(paths.stats(ground.site, ground.load, phase, shard), orjson.dumps(asdict(stats)))
    return stats


def settle(ground: Ground, *, limits: gate.Limits) -> dict[str, Any]:
    """`{"outcome": "moved" | "unchanged" | "approved"}`: a person ordered it, so no limit holds it.

    A dry run is "unchanged": it ends with what the plan says.
    """
    moves = lease.moves_of(ground.store, ground.site)
    order = Order.read(ground)
    manifest = FeedManifest.read(ground.files, ground.site, ground.load)
    stats = {at: Stats.read(ground.files.read(paths.stats(ground.site, ground.load, *at))) for at in _shards(manifest)}
    known = snapshot.read(ground.files, ground.site, ground.source)
    if any(found.ground != known.load for found in stats.values()):
        return {"outcome": "moved"}
    busy = [at for at, found in stats.items() if found.changes]
    outcome = "approved" if busy and not order.dry_run else "unchanged"
    counts = {kind: asdict(counted) for kind, counted in counts_of(manifest, stats).items()}
    lists: dict[str, list[tuple[str, int]]] = {phase: [] for phase in feed.PHASES} | {
        "busy": [], "schools": [], "going": busy if outcome == "approved" else []}
    for name, listed in lists.items():
        ground.files.write(paths.shards(ground.site, ground.load, name), orjson.dumps(
            [{"site": ground.site, "load": ground.load, "task": "undo", "phase": phase, "shard": number}
             for phase, number in listed]))
    ground.files.write(paths.settled(ground.site, ground.load), orjson.dumps(
        {"ground": known.load, "moves": moves, "outcome": outcome, "counts": counts, "holds": []}))
    kept = kept_of(ground, manifest)
    progress.change(ground.store, ground.site, ground.load, now=ground.now, state="planned", counts=counts, holds=[],
                    steps={"apply": len(busy)}, kept=kept.listed, kept_total=kept.total)
    return {"outcome": outcome, "lists": {name: len(listed) for name, listed in lists.items()}}


def apply(ground: Ground, phase: str, shard: int) -> Applied:
    """Undo one shard. The plan file becomes what was done, also where somebody else wrote meanwhile."""
    order, done, kept = Order.read(ground), Applied(), Kept()
    changes: list[Change] = []
    for batch in _batches(ground, order, phase, shard):
        for reversal in _undo(ground, order, batch, done):
            kept.add(ground, reversal)
            changes.append(reversal.change)
    _write(ground, phase, shard, [change for change in changes
                                  if change.fields or change.members or change.standing], kept)
    return done


def kept_of(ground: Ground, manifest: FeedManifest) -> Kept:
    """What is not undone, of all shards."""
    total = Kept()
    for at in _shards(manifest):
        total.take(Kept(**orjson.loads(ground.files.read(paths.kept(ground.site, ground.load, *at)))))
    return total


def _shards(manifest: FeedManifest) -> list[tuple[str, int]]:
    return [(phase, number) for phase in feed.PHASES for number in range(len(manifest.shards[phase]))]


def _batches(ground: Ground, order: Order, phase: str, shard: int) -> Iterator[dict[Key, Change]]:
    """What the undone load applied in a shard, by where it stands. What two keys lead to comes twice, not at once."""
    changes = _applied(Ground.open(ground.store, ground.files, ground.site, order.undoes, now=ground.now), phase, shard)
    while batch := list(islice(changes, _BATCH)):
        ground.look_up(named for change in batch for named in places.people_of(change))
        while batch:
            first: dict[Key, Change] = {}
            for change in batch:
                first.setdefault(places.key_of(ground, change), change)
            yield first
            batch = [change for change in batch if first[places.key_of(ground, change)] is not change]


def _applied(undone: Ground, phase: str, shard: int) -> Iterator[Change]:
    """What a load planned, without what it left out or what a person did not approve."""
    changes = read_changes(undone.files, undone.site, undone.load, phase, shard)
    if undone.purpose != "load":
        yield from changes
        return
    chosen, answers = part.of(undone), undone.answers(shard) if phase == "people" else Answers()
    out = {*read_applied(undone, phase, shard).left_out, *answers.refused, *answers.retired}
    for change in changes:
        if chosen.covers(change) and f"{change.kind}/{change.key}" not in out:
            yield places.without_absent(change, undone.absent)


def _reversals(ground: Ground, order: Order, batch: dict[Key, Change]) -> Iterator[tuple[Item, Item | None, Reversal]]:
    """Of each thing that is there: it, the record if we undid it before, and what undoing does now."""
    ours, joined = (ground.load, *order.resumes), _joined(ground)
    found = ground.store.get_many(batch)
    records = ground.store.get_many(keys.change(at, load) for at in found for load in (order.undoes, *ours))
    for at, change in batch.items():
        if at in found:
            record = records.get(keys.change(at, order.undoes))
            own = next((records[key] for load in ours if (key := keys.change(at, load)) in records), None)
            reversal = reverse(ground, order.undoes, order.extent, change, found[at], record, joined=joined)
            if reversal.item and not (attributes.fits(reversal.item)
                                      and attributes.fits(_record(ground, found[at], None, reversal))):
                reversal = reversal.stays()
            traced = record is not None or found[at].body.get("created", {}).get("load") == order.undoes
            if traced and reversal.item is None and own is None:
                reversal.change.fields, reversal.change.members, reversal.change.standing = {}, {}, ""
            yield found[at], own, reversal


def _joined(ground: Ground) -> frozenset[str]:
    """The accounts that others were merged into. They are few: a person does it one by one."""
    merges = ground.store.query(keys.merge(ground.site, "").pk).items
    return frozenset(item.body["kept"] for item in merges if item.body["state"] != "unmerged")


def _undo(ground: Ground, order: Order, batch: dict[Key, Change], done: Applied) -> Iterator[Reversal]:
    """Undo a batch, again and again where somebody else wrote meanwhile."""
    for _ in range(_ATTEMPTS):
        reversals = list(_reversals(ground, order, batch))
        moving = {was.key: (was, reversal) for was, _, reversal in reversals if reversal.item}
        ground.store.insert_many(_record(ground, was, own, reversal) for was, own, reversal in reversals
                                 if reversal.item or (own and own.body["load"] != ground.load))
        lost = ground.store.replace_many(reversal.item for _, reversal in moving.values())
        done.written += len(moving) - len(lost)
        settled = [each for each in reversals if each[0].key not in lost]
        _follow(ground, settled)
        yield from (reversal for _, _, reversal in settled)
        if not lost:
            return
        batch = {at: batch[at] for at in lost}
    raise Conflict(f"{len(batch)} items of load {ground.load} changed again and again while it was undone")


def _record(ground: Ground, was: Item, own: Item | None, reversal: Reversal) -> Item:
    """What this undo changes in one thing, as a load's record; what an undo that failed did to it is taken over."""
    change = reversal.change
    if own and not reversal.item:
        return Item(keys.change(was.key, ground.load), own.body | {"load": ground.load})
    return Item(keys.change(was.key, ground.load), {"load": ground.load, "action": change.action, "kind": change.kind,
                                                    "row": 0, "rule": "undo", "moved": reversal.moved})


def _follow(ground: Ground, reversals: Iterable[tuple[Item, Item | None, Reversal]]) -> None:
    """Bring the side items of what was undone, now or by a run that was cut off, to what the things say."""
    puts: dict[Key, Item] = {}
    ended: set[Key] = set()
    for was, own, reversal in reversals:
        before, after = was, reversal.item
        if after is None and own is not None:
            before, after = Item(was.key, history.restored(was.body, own.body["moved"]).body), was
        if after is not None and reversal.change.kind in ("student", "staff", "section"):
            had, has = side_items(ground, before), side_items(ground, after)
            puts |= {at: item for at, item in has.items() if at not in had or had[at].body != item.body}
            ended |= had.keys() - has.keys()
    ground.store.put_many(puts.values())
    ground.store.delete_many(ended)


def _count(stats: Stats, reversal: Reversal) -> None:
    """Add what undoing does to one thing, in the words of a load's counts."""
    change = reversal.change
    if reversal.item and change.kind != "group" and (reversal.moved.keys() & {"status", "fields", "role", "by_hand"}):
        counts = stats.counts.setdefault(COUNTED_AS[change.kind], Counts())
        if change.action == "deactivate":
            counts.deactivated += 1
        else:
            counts.changed += 1
    if reversal.item and change.kind in ("section", "group"):
        name, counted = ("students", "rosters") if change.kind == "section" else ("members", "groups")
        counts = stats.counts.setdefault(counted, Counts())
        for before, after in change.members.get(name, {}).values():
            was, now = _is_member(before), _is_member(after)
            counts.new += now and not was
            counts.deactivated += was and not now
            counts.changed += was and now


def _is_member(pair: dict[str, Any] | None) -> bool:
    return pair is not None and pair.get("status") == "active"


def _write(ground: Ground, phase: str, shard: int, changes: list[Change], kept: Kept) -> None:
    site, load = ground.site, ground.load
    ground.files.write(paths.changes(site, load, phase, shard), gzip.compress(
        b"\n".join(orjson.dumps(change) for change in changes), compresslevel=1, mtime=0))
    ground.files.write(paths.kept(site, load, phase, shard), orjson.dumps(asdict(kept)))

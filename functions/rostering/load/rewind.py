"""End an undo: the source's snapshot goes back with the table, both loads tell what happened.

The snapshot gets back what the undo gave back, and nothing else, so that the next feed of the
source is compared with what stands: the same sheet again plans the same changes again. What a pull
came without, and a person let pass, is asked again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from rostering import feed, snapshot
from rostering.diff import Change, due
from rostering.load import evidence, lease, paths, progress
from rostering.load.ground import Ground
from rostering.load.manifest import FeedManifest
from rostering.load.plan import read_changes
from rostering.load.undo import Order, kept_of
from rostering.model import Entity


def finish(ground: Ground) -> str:
    """Close an undo as done, or as previewed if it was a dry run. Running it again changes nothing more."""
    order, manifest = Order.read(ground), FeedManifest.read(ground.files, ground.site, ground.load)
    state = state_of(ground, "applied")
    if not order.dry_run:
        _rewind(ground, manifest, order)
        kept = kept_of(ground, manifest)
        progress.undone(ground.store, ground.site, order.undoes, by_load=ground.load, by=order.by,
                        reason=order.reason, school=order.extent.school, account=order.extent.account, now=ground.now)
        _stands_again(ground, order)
        progress.close(ground.store, ground.site, ground.load, state, now=ground.now, kept=kept.listed,
                       kept_total=kept.total)
        lease.release_moved(ground)
    else:
        progress.close(ground.store, ground.site, ground.load, state, now=ground.now)
    return ""


def state_of(ground: Ground, outcome: str) -> str:
    """How the end of an undo is told."""
    if outcome not in ("applied", "unchanged"):
        return outcome
    return "previewed" if Order.read(ground).dry_run else "done"


def _stands_again(ground: Ground, order: Order) -> None:
    """If the load that was undone was itself an undo, what that one took back stands again."""
    manifest = FeedManifest.read(ground.files, ground.site, order.undoes)
    if manifest.purpose == "undo" and order.extent.whole:
        progress.stands_again(ground.store, ground.site, manifest.about["undoes"], undo=order.undoes, now=ground.now)


def _rewind(ground: Ground, manifest: FeedManifest, order: Order) -> None:
    """Put the changes of this undo into the snapshot of the source, if there is one."""
    known = snapshot.read(ground.files, ground.site, ground.source)
    if not known.load or known.load == ground.load or ground.settled["outcome"] == "unchanged":
        return
    made = snapshot.Snapshot(ground.load, {
        phase: [_shard(ground, manifest, order, phase, number, shards) for number in range(len(shards))]
        for phase, shards in known.shards.items()}, sent={} if order.extent.whole else known.sent)
    snapshot.write(ground.files, ground.site, ground.source, made)


def _shard(ground: Ground, manifest: FeedManifest, order: Order, phase: str, number: int,
           shards: list[snapshot.Shard]) -> snapshot.Shard:
    """One shard of the snapshot with what the undo gave back; as it is if the undo is silent about it."""
    count, ours = len(shards), len(manifest.shards[phase])
    theirs = [n for n in range(ours) if n % min(count, ours) == number % min(count, ours)]
    changes = {(change.kind, change.key): change for change in _changes(ground, phase, theirs)
               if feed.shard_of(change.key, count) == number}
    returned = list(_under_old_ids(ground, order, theirs, number, count)) if phase == "people" else []
    if not changes and not returned:
        return shards[number]
    known = [*snapshot.entities(ground.files, shards[number], number, count, exact=True),
             *returned]
    after, active, dues = list(_put_back(known, changes)), {}, []
    for entity in after:
        evidence.stand(active, entity)
        if day := due(entity, manifest.today):
            dues.append(day)
    file = paths.snapshot(ground.site, ground.load, phase, number)
    data, _ = feed.encode(after)
    ground.files.write(file, data)
    return snapshot.Shard(file=file, active=active, due=min(dues, default=""))


def _under_old_ids(ground: Ground, order: Order, shards: Iterable[int], number: int, count: int) -> Iterator[Entity]:
    """The people of shard `number` of `count` whom the undone load re-keyed, as they were known before."""
    for shard in shards:
        key = paths.retired(ground.site, order.undoes, shard)
        for entity in feed.decode(ground.files.read(key)) if ground.files.exists(key) else ():
            school = (entity.fields or {}).get("school", "")
            asked = order.extent.whole or order.extent.school == school != "" or (
                order.extent.account == ground.account(entity.kind, entity.key))
            if asked and feed.shard_of(entity.key, count) == number:
                yield entity


def _changes(ground: Ground, phase: str, shards: Iterable[int]) -> list[Change]:
    return [change for number in shards
            for change in read_changes(ground.files, ground.site, ground.load, phase, number)]


def _put_back(known: Iterable[Entity], changes: dict[tuple[str, str], Change]) -> Iterator[Entity]:
    """`known` with what `changes` give back, sorted as before."""
    found: dict[tuple[str, str], Entity] = {}
    for entity in known:
        found.setdefault((entity.kind, entity.key), entity)
    for at, change in changes.items():
        entity = found.get(at) or Entity(change.kind, change.key, None)
        if _alter(entity, change):
            found[at] = entity
        else:
            found.pop(at, None)
    yield from (found[at] for at in sorted(found))


def _alter(entity: Entity, change: Change) -> bool:
    """Put back in an entity what still is as the undone load left it; False if nothing of it is left."""
    fields = dict(entity.fields or {})
    for name, (was, now) in change.fields.items():
        _set(fields, name, was, now)
    if "missing_since" not in fields:
        entity.missed = 0
    entity.fields = fields or (None if entity.fields is None else fields)
    for name, pairs in change.members.items():
        held = dict(entity.members.get(name, {}))
        for key, (was, now) in pairs.items():
            _set(held, key, was, now)
        entity.members[name] = held
        if not held:
            del entity.members[name]
    if change.action == "forget":
        entity.standing = ""
    elif change.standing:
        entity.standing = change.standing
    return bool(entity.fields or entity.members)


def _set(values: dict[str, Any], name: str, was: Any, now: Any) -> None:
    if values.get(name) != was:
        return
    if now is None:
        values.pop(name, None)
    else:
        values[name] = now

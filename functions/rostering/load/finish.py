"""End a load: the snapshot becomes what the plan made, the lease goes back, the state is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rostering import feed, snapshot
from rostering.load import again, corrected, evidence, lease, part, paths, places, progress, takeover
from rostering.load.applied import read_applied
from rostering.load.evidence import Stats
from rostering.load.ground import Answers, Ground
from rostering.load.manifest import FeedManifest
from rostering.load.plan import read_changes
from rostering.model import Entity
from rostering.store import keys

# How a workflow's outcome is told as the state of its load.
STATES = {"applied": "done", "unchanged": "done", "rejected": "rejected", "expired": "expired",
           "replaced": "replaced"}
_AGAIN = {"load": "hand the same file in again"}


def state_of(ground: Ground, outcome: str) -> str:
    """How the end of a load is told."""
    return STATES[outcome]


def end(ground: Ground, outcome: str, *, finish: Callable[[Ground], str]) -> str:
    """Close a load whose workflow came to `outcome`; `finish` ends one that was applied.

    Gives the load that goes on with the rest of it, "" if there is none.
    """
    if outcome in ("applied", "unchanged"):
        return finish(ground)
    progress.close(ground.store, ground.site, ground.load, STATES[outcome], now=ground.now)
    return ""


def fail(ground: Ground) -> None:
    """Close a load that a defect or an outage stopped. What it wrote stays; dropping it again resumes it."""
    progress.close(ground.store, ground.site, ground.load, "failed", now=ground.now,
                   message="Something went wrong on our side. Nothing is lost: "
                           f"{_AGAIN.get(ground.purpose, 'order it again')}, it goes on where it stopped.")
    lease.release(ground)


def finish(ground: Ground) -> str:
    """Make the plan's snapshot the ground of the next feed, and close the load as done.

    Gives the number of the load that goes on with what was not approved, "" if there is no such part.
    """
    manifest = FeedManifest.read(ground.files, ground.site, ground.load)
    known = snapshot.read(ground.files, ground.site, ground.source)
    chosen = part.of(ground)
    rest = again.rest(ground, manifest) if not chosen.whole else ""
    if known.load != ground.load:
        taken = takeover.read(ground, chosen, known, len(manifest.shards["people"]))
        made = snapshot.Snapshot(ground.load, {
            phase: [_shard(ground, chosen, taken, phase, number, len(shards), known) for number in range(len(shards))]
            for phase, shards in manifest.shards.items()}, sent=known.sent | manifest.about.get("sent", {}))
        snapshot.write(ground.files, ground.site, ground.source, made)
    if ground.recycled:
        ground.store.update(keys.source(ground.site, ground.source), lambda body: body and body | {
            "recycled": sorted(set(body.get("recycled", ())) - ground.recycled)})
    corrected.settle(ground, manifest)
    progress.close(ground.store, ground.site, ground.load, "done", now=ground.now, rest=rest)
    lease.release_moved(ground)
    return rest


def not_applied(ground: Ground, chosen: part.Part, phase: str, number: int) -> set[str]:
    """Who (`kind/key`) of one shard was left out: refused, lost to somebody else, or not approved."""
    left_out = set(read_applied(ground, phase, number).left_out)
    if phase == "people":
        left_out |= ground.answers(number).refused.keys()
    if not chosen.whole:
        left_out |= {f"{change.kind}/{change.key}" for change in
                     read_changes(ground.files, ground.site, ground.load, phase, number)
                     if not chosen.covers(change)}
    return left_out


def _shard(ground: Ground, chosen: part.Part, taken: takeover.Takeovers, phase: str, number: int, count: int,
           known: snapshot.Snapshot) -> snapshot.Shard:
    """The next snapshot's shard; what was not applied stands in it as it stood before, or not at all."""
    stats = Stats.read(ground.files.read(paths.stats(ground.site, ground.load, phase, number)))
    answers = ground.answers(number) if phase == "people" else Answers()
    left_out = not_applied(ground, chosen, phase, number)
    left_out |= answers.retired.keys() - taken.names.keys()
    if not left_out and not taken.names and not (ground.absent and stats.changes):
        return stats.next
    before, exact = known.shard(phase, number, count)
    was = {f"{e.kind}/{e.key}": e for e in snapshot.entities(ground.files, before, number, count, exact=exact)}
    kept: list[Entity] = []
    for entity in feed.decode(ground.files.read(stats.next.file)):
        name = f"{entity.kind}/{entity.key}"
        if name in taken.names:
            continue
        if name not in left_out:
            kept.append(taken.applied(_without_absent(entity, was.get(name), ground.absent)))
        elif name in was:
            kept.append(was[name])
    data, _ = feed.encode(kept)
    file = paths.snapshot(ground.site, ground.load, phase, number)
    ground.files.write(file, data)
    active: dict[str, dict[str, int]] = {}
    for entity in kept:
        evidence.stand(active, entity)
    # no digest, so that the next feed looks at it again
    return replace(stats.next, file=file, feed_digest="", active=active)


def _without_absent(entity: Entity, was: Entity | None, absent: frozenset[str]) -> Entity:
    """`entity` with the pairs whose other end was left out as they were before."""
    if not absent:
        return entity
    members = {}
    for name, pairs in entity.members.items():
        before = was.members.get(name, {}) if was else {}
        kept = {key: before.get(key) if places.other_end(entity.kind, name, key) in absent else pair
                for key, pair in pairs.items()}
        members[name] = {key: pair for key, pair in kept.items() if pair is not None}
    return replace(entity, members={name: pairs for name, pairs in members.items() if pairs})

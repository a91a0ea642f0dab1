"""End a load: the snapshot becomes what the plan made, the lease goes back, the state is told."""

from __future__ import annotations

from collections.abc import Callable

import orjson

from rostering import feed, snapshot
from rostering.load import lease, paths, progress
from rostering.load.apply import Applied
from rostering.load.evidence import Stats
from rostering.load.ground import Ground
from rostering.load.manifest import FeedManifest
from rostering.model import Entity, Problem

# How a workflow's outcome is told as the state of its load.
STATES = {"applied": "done", "unchanged": "done", "rejected": "rejected", "expired": "expired",
           "replaced": "replaced"}


def end(ground: Ground, outcome: str, *, finish: Callable[[Ground], None]) -> None:
    """Close a load whose workflow came to `outcome`; `finish` ends one that was applied."""
    if outcome in ("applied", "unchanged"):
        finish(ground)
    else:
        progress.close(ground.store, ground.site, ground.load, STATES[outcome], now=ground.now)


def fail(ground: Ground) -> None:
    """Close a load that a defect or an outage stopped. What it wrote stays; dropping it again resumes it."""
    progress.close(ground.store, ground.site, ground.load, "failed", now=ground.now,
                   message="Something went wrong on our side. Nothing is lost: "
                           "hand the same file in again, it goes on where it stopped.")
    lease.release(ground)


def finish(ground: Ground) -> None:
    """Make the plan's snapshot the ground of the next feed, and close the load as done."""
    manifest = FeedManifest.read(ground.files, ground.site, ground.load)
    known = snapshot.read(ground.files, ground.site, ground.source)
    if known.load != ground.load:
        made = snapshot.Snapshot(ground.load, {
            phase: [_shard(ground, phase, number, len(shards), known) for number in range(len(shards))]
            for phase, shards in manifest.shards.items()})
        snapshot.write(ground.files, ground.site, ground.source, made)
    progress.close(ground.store, ground.site, ground.load, "done", now=ground.now)
    lease.release(ground)


def read_applied(ground: Ground, phase: str, shard: int) -> Applied:
    """What applying and switching off met in one shard."""
    total = Applied()
    for name in ("applied", "off"):
        key = paths.applied(ground.site, ground.load, f"{phase}/{name}", shard)
        if ground.files.exists(key):
            stored = orjson.loads(ground.files.read(key))
            total.written += stored["written"]
            total.problems += [Problem(**problem) for problem in stored["problems"]]
            total.left_out += stored["left_out"]
    return total


def _shard(ground: Ground, phase: str, number: int, count: int, known: snapshot.Snapshot) -> snapshot.Shard:
    """The next snapshot's shard; what could not be applied stands in it as it stood before."""
    stats = Stats.read(ground.files.read(paths.stats(ground.site, ground.load, phase, number)))
    left_out = set(read_applied(ground, phase, number).left_out) if stats.changes else set()
    if not left_out:
        return stats.next
    before, exact = known.shard(phase, number, count)
    was = {f"{e.kind}/{e.key}": e for e in snapshot.entities(ground.files, before, number, count, exact=exact)}
    kept: list[Entity] = []
    for entity in feed.decode(ground.files.read(stats.next.file)):
        name = f"{entity.kind}/{entity.key}"
        if name not in left_out:
            kept.append(entity)
        elif name in was:
            kept.append(was[name])
    data, _ = feed.encode(kept)
    ground.files.write(stats.next.file, data)
    stats.next.feed_digest = ""        # so that the next feed looks at it again
    return stats.next

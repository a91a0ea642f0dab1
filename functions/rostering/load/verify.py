"""A verifying load: the table itself against what a source last said, and what drifted set right.

Plans see the snapshot only, so what reached the table past the loads (a defect, a restore, a hand in
the console) stays unseen by them. This load reads every item that the snapshot knows, in batches, and
plans the drift (`drift`) like any other change: the gate judges it, the apply tasks write it, the
report tells of it. The snapshot stays as it is.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from itertools import islice
from typing import Any

import orjson

from rostering import feed, people, snapshot
from rostering.diff import Change, Outcome
from rostering.load import drift, evidence, lease, paths, places, progress, where
from rostering.load.drift import Suspect
from rostering.load.evidence import Stats
from rostering.load.ground import Ground
from rostering.load.manifest import COUNTED_AS, NOWHERE, FeedManifest
from rostering.load.plan import read_changes
from rostering.model import Account, Entity, Problem
from rostering.snapshot import Files
from rostering.store import keys

PURPOSE = "verify"
MOST_TOLD = 1_000
_BATCH = 500
_COUNTED = COUNTED_AS | {"enrollment": "rosters"}


def order(store: Any, files: Files, site: str, source: str, *, load: str, by: str, today: date, now: str) -> bool:
    """Make the verifying load of a source, ready to be started; False if nothing of the source was loaded yet.

    Ordering it again changes nothing.
    """
    known = snapshot.read(files, site, source)
    if not known.load:
        return False
    counts = {_COUNTED[kind]: {"rows": sum(schools.values()), "problems": 0}
              for kind, schools in known.active().items() if kind != "group"}
    manifest = FeedManifest(
        site, load, source, "", today.isoformat(), NOWHERE,
        {phase: [{"digest": "", "entities": {}} for _ in known.shards[phase]] for phase in feed.PHASES},
        counts, PURPOSE, {"ground": known.load})
    manifest.write(files)
    progress.create(store, site, load, {"source": source, "purpose": PURPOSE, "state": "read", "sent_by": by,
                                        "steps": {"plan": len(manifest.tasks)}}, now=now)
    return True


def plan(ground: Ground, phase: str, shard: int) -> Stats:
    """Plan what drifted in one shard of the snapshot. Running it again gives the same files."""
    files = ground.files
    manifest = FeedManifest.read(files, ground.site, ground.load)
    accepted = snapshot.read(files, ground.site, ground.source)
    count = len(manifest.shards[phase])
    stats = Stats(accepted.load, next=accepted.shard(phase, shard, count)[0])
    lines = []
    entities = (entity for entity in _entities(files, accepted, phase, shard, count) if entity.standing)
    while batch := list(islice(entities, _BATCH)):
        for entity, change in _compare(ground, batch):
            evidence.count(stats, Outcome(entity, change, said=True, same_pairs=_same_pairs(entity, change)))
            if change is not None:
                lines.append(orjson.dumps(change))
    stats.changes = len(lines)
    files.write(paths.changes(ground.site, ground.load, phase, shard),
                gzip.compress(b"\n".join(lines), compresslevel=1, mtime=0))
    files.write(paths.stats(ground.site, ground.load, phase, shard), orjson.dumps(asdict(stats)))
    return stats


def finish(ground: Ground) -> str:
    """Close the load; what the source said is what it was."""
    progress.close(ground.store, ground.site, ground.load, "done", now=ground.now)
    lease.release_moved(ground)
    return ""


def told(ground: Ground) -> list[Problem]:
    """What drifted, thing by thing, at most 1,000 of them: which fields, and no values."""
    listed = orjson.loads(ground.files.read(paths.shards(ground.site, ground.load, "busy")))
    changes = (change for task in listed
               for change in read_changes(ground.files, ground.site, ground.load, task["phase"], task["shard"]))
    return [_problem(ground.source, change) for change in islice(changes, MOST_TOLD)]


def _problem(source: str, change: Change) -> Problem:
    names = ["all of it"] if change.action == "create" else [*change.fields, *change.members]
    return where.problem(source, "W-DRIFT", change.kind, change.key, change.place, key=change.key,
                         list=", ".join(name.replace("_", " ") for name in names))


def _entities(files: Files, accepted: snapshot.Snapshot, phase: str, shard: int, count: int) -> Iterator[Entity]:
    """What the snapshot knows of one of `count` shards, whatever number of shards it has itself."""
    have = accepted.shards[phase]
    if len(have) < count:
        known, exact = accepted.shard(phase, shard, count)
        yield from snapshot.entities(files, known, shard, count, exact=exact)
        return
    for known in have[shard::count]:
        yield from snapshot.entities(files, known, shard, count, exact=True)


def _compare(ground: Ground, batch: list[Entity]) -> Iterator[tuple[Entity, Change | None]]:
    """Each thing of a batch with what drifted of it."""
    ground.look_up(name for entity in batch for name in places.people_of(drift.whole_of(entity)))
    suspects = [Suspect.of(ground, entity) for entity in batch]
    found = ground.store.get_many(key for suspect in suspects for key in suspect.keys)
    strangers = {account for suspect in suspects for account in drift.unsaid(ground, suspect, found)}
    others = _accounts(ground, strangers)
    for suspect in suspects:
        yield suspect.entity, drift.of(ground, suspect, found, others)


def _accounts(ground: Ground, ids: set[str]) -> dict[str, Account]:
    if not ids:
        return {}
    items = ground.store.get_many(keys.account(ground.site, account) for account in sorted(ids))
    return {item.body["id"]: people.account_of(item) for item in items.values()}


def _same_pairs(entity: Entity, change: Change | None) -> int:
    """How many pairs stand as they should, of those that are counted (members of sections and groups)."""
    drifted = change.members if change else {}
    return sum(pair.get("status") == "active" and key not in drifted.get(name, {})
               for name, pairs in entity.members.items() for key, pair in pairs.items())

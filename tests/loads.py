"""Runs a load in memory, task by task as the state machine does, for tests and measurements."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from rostering import feed, gate
from rostering.load import apply, deliver, finish, lease, paths, plan, progress, settle
from rostering.load.ground import Ground
from rostering.model import Record
from rostering.store import keys
from rostering.store.keys import Item

SITE = "demo"
NOW = "2026-11-23T07:40:00.000+00:00"
_KIND = {"school": "schools", "term": "terms", "staff": "staff", "student": "students",
         "guardian_link": "guardians", "course": "courses", "section": "sections",
         "enrollment": "rosters", "group_member": "groups"}


def site(store: Any, name: str = SITE) -> None:
    store.insert(Item(keys.settings(name), {"name": "Demo District", "id_salt": b"salt of the demo site"}))


def read(store: Any, files: Any, load: str, records: Iterable[Record], *, complete: bool = False,
         today: str = "2026-11-23", now: str = NOW, source: str = "sheet") -> Ground:
    """Deliver `records` as load `load`, and plan every shard of it."""
    records = list(records)
    progress.create(store, SITE, load, {"source": source}, now=now)
    counts: dict[str, dict[str, int]] = {}
    for record in records:
        if kind := _KIND.get(record.kind):
            counts.setdefault(kind, {"rows": 0, "problems": 0})["rows"] += 1
    scope = None
    if complete:
        scope = {"kinds": sorted({r.kind for r in records}),
                 "schools": [r.key for r in records if r.kind == "school"], "present": {}}
    manifest = deliver.deliver(files, SITE, load, source=source, today=today, counts=counts, scope=scope,
                               load_type="Complete list" if complete else "Add and update", records=records)
    for phase in feed.PHASES:
        for shard in range(len(manifest.shards[phase])):
            plan.plan(files, SITE, load, phase, shard)
    return Ground.open(store, files, SITE, load, now=now)


def write(ground: Ground) -> None:
    """Apply a settled plan to the end."""
    settled = orjson.loads(ground.files.read(paths.settled(ground.site, ground.load)))
    assert lease.begin(ground, planned_on=settled["ground"]) == {"outcome": "started"}
    for phase in feed.PHASES:
        for task in _tasks(ground, phase):
            apply.apply(ground, phase, task["shard"])
    for task in _tasks(ground, "busy"):
        apply.deactivate(ground, task["phase"], task["shard"])
    finish.finish(ground)


def run(store: Any, files: Any, load: str, records: Iterable[Record], **how: Any) -> dict[str, Any]:
    """Read, plan, settle and (whatever the gate says) write; gives the settled plan."""
    ground = read(store, files, load, records, **how)
    settle.settle(ground, limits=gate.Limits())
    write(ground)
    return orjson.loads(files.read(paths.settled(SITE, load)))


def _tasks(ground: Ground, name: str) -> list[dict[str, Any]]:
    return orjson.loads(ground.files.read(paths.shards(ground.site, ground.load, name)))

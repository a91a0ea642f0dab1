"""Runs a load in memory, task by task as the state machine does, for tests and measurements."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from rostering import feed, gate
from rostering.errors import StoreError
from rostering.load import (
    apply,
    deliver,
    finish,
    lease,
    ordering,
    part,
    paths,
    plan,
    progress,
    rewind,
    settle,
    verify,
)
from rostering.load import undo as undoing
from rostering.load.ground import Ground
from rostering.model import Record
from rostering.store import keys
from rostering.store.keys import Item

SITE = "demo"
NOW = "2026-11-23T07:40:00.000Z"
_FINISH = {"load": finish.finish, verify.PURPOSE: verify.finish}
_KIND = {"school": "schools", "term": "terms", "staff": "staff", "student": "students",
         "guardian_link": "guardians", "course": "courses", "section": "sections",
         "enrollment": "rosters", "group_member": "groups"}


def site(store: Any, name: str = SITE) -> None:
    store.insert(Item(keys.settings(name), {"name": "Demo District", "id_salt": b"salt of the demo site"}))


def read(store: Any, files: Any, load: str, records: Iterable[Record], *, complete: bool = False,
         today: str = "2026-11-23", now: str = NOW, source: str = "sheet", pulled_at: str = "") -> Ground:
    """Deliver `records` as load `load`, and plan every shard of it."""
    records = list(records)
    _again(progress.create, store, SITE, load, {"source": source}, now=now)
    counts: dict[str, dict[str, int]] = {}
    for record in records:
        if kind := _KIND.get(record.kind):
            counts.setdefault(kind, {"rows": 0, "problems": 0})["rows"] += 1
    scope = {"kinds": sorted({r.kind for r in records}),
             "schools": [r.key for r in records if r.kind == "school"], "present": {},
             "pulled_at": pulled_at}
    manifest = _again(deliver.deliver, files, SITE, load, source=source, today=today, counts=counts,
                      scope=(lambda: scope) if complete else None, records=records,
                      load_type="Complete list" if complete else "Add and update")
    return planned(store, files, load, now=now, shards=manifest.shards)


def planned(store: Any, files: Any, load: str, *, now: str = NOW, shards: dict[str, list]) -> Ground:
    """Plan every shard of a load that was delivered; gives its ground."""
    ground = _again(Ground.open, store, files, SITE, load, now=now)
    for phase in feed.PHASES:
        for shard in range(len(shards[phase])):
            _again(plan.plan, ground, phase, shard)
    return ground


def write(ground: Ground, **decision: Any) -> str:
    """Apply a settled plan, or the part that `decision` names, to the end; gives the load that keeps the rest."""
    settled = orjson.loads(_again(ground.files.read, paths.settled(ground.site, ground.load)))
    begun = _again(lease.begin, ground, planned_on=settled["ground"], moves=settled["moves"])
    assert begun == {"outcome": "started"}
    _again(part.choose, ground, decision)
    ground = _again(Ground.open, ground.store, ground.files, ground.site, ground.load, now=ground.now)
    for task in _tasks(ground, "structure"):
        if task["task"] == "link":
            _again(apply.link, ground, task["phase"], task["shard"])
            ground = _again(Ground.open, ground.store, ground.files, ground.site, ground.load, now=ground.now)
    for phase in feed.PHASES:
        for task in _tasks(ground, phase):
            if task["task"] == "apply":
                _again(apply.apply, ground, phase, task["shard"])
    for task in _tasks(ground, "going"):
        _again(apply.deactivate, ground, task["phase"], task["shard"])
    return _again(_FINISH[ground.purpose], ground)


def run(store: Any, files: Any, load: str, records: Iterable[Record], **how: Any) -> dict[str, Any]:
    """Read, plan, settle and (whatever the gate says) write; gives the settled plan."""
    ground = read(store, files, load, records, **how)
    _again(settle.settle, ground, limits=gate.Limits())
    write(ground)
    return orjson.loads(_again(files.read, paths.settled(SITE, load)))


def plan_undo(store: Any, files: Any, load: str, undoes: str, *, now: str = NOW, **extent: Any) -> Ground:
    """Order the undoing of load `undoes` as load `load`, plan every shard of it and settle it."""
    _again(ordering.undo, store, files, SITE, load, undoes=undoes, by="admin", reason="a wrong sheet", now=now,
           **extent)
    ground = _again(Ground.open, store, files, SITE, load, now=now)
    for task in orjson.loads(_again(files.read, paths.shards(SITE, load))):
        _again(undoing.plan, ground, task["phase"], task["shard"])
    _again(undoing.settle, ground, limits=gate.Limits())
    return ground


def write_undo(ground: Ground) -> None:
    """Apply a settled undo to the end."""
    settled = orjson.loads(_again(ground.files.read, paths.settled(ground.site, ground.load)))
    if settled["outcome"] == "approved":
        begun = _again(lease.begin, ground, planned_on=settled["ground"], moves=settled["moves"])
        assert begun == {"outcome": "started"}
    for task in _tasks(ground, "going"):
        _again(undoing.apply, ground, task["phase"], task["shard"])
    _again(rewind.finish, ground)


def undo(store: Any, files: Any, load: str, undoes: str, **how: Any) -> dict[str, Any]:
    """Undo load `undoes` as load `load`; gives the undo's item as it ended."""
    write_undo(plan_undo(store, files, load, undoes, **how))
    return _again(progress.read, store, SITE, load)


def _again(task: Any, *args: Any, **kwargs: Any) -> Any:
    """Run a task; once more if the store failed, as the state machine does."""
    try:
        return task(*args, **kwargs)
    except StoreError:
        return task(*args, **kwargs)


def _tasks(ground: Ground, name: str) -> list[dict[str, Any]]:
    return orjson.loads(_again(ground.files.read, paths.shards(ground.site, ground.load, name)))

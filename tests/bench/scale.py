"""What each task of a load costs as the district grows, each in a process of its own, on files on disk.

Three loads of a made-up district (`made_up`): the first, the same again, and a week later with two
of a hundred students changed. Each measure gives seconds of computing (others may use the machine,
too) and the peak memory of its process.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tests.bench.disk import DiskFiles
from tests.bench.made_up import District
from tests.bench.measures import peak_mb

SITE, SOURCE, TODAY, NOW = "demo", "sheet", "2026-11-23", "2026-11-23T07:40:00.000Z"
LOADS = {"first load": "01A", "the same again": "01B", "a week later": "01C"}
WEEKS = {"first load": 0, "the same again": 0, "a week later": 1}


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    gc.collect()
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def deliver(folder: Path, students: int, week: int, load: str) -> dict[str, Any]:
    """Make the feed of a week. The district's own making is measured too: `making`."""
    from rostering.load import deliver as task

    district = District(students, week)
    making, records = timed(lambda: sum(1 for _ in district.records()))
    seconds, manifest = timed(lambda: task.deliver(
        DiskFiles(folder), SITE, load, source=SOURCE, load_type="Add and update", today=TODAY,
        records=district.records(), counts=district.counts()))
    return {"seconds": seconds - making, "mb": peak_mb(), "making": making, "records": records,
            "rows": sum(count["rows"] for count in district.counts().values()),
            "shards": sum(len(listed) for listed in manifest.shards.values())}


def plan(folder: Path, load: str) -> dict[str, Any]:
    """Plan every shard, one after the other."""
    from rostering.load import plan as task

    ground, shards = _ground(folder, load), _shards(folder, load)

    def work() -> list[bool]:
        return [task.plan(ground, phase, shard).skipped for phase, shard in shards]
    seconds, skipped = timed(work)
    return {"seconds": seconds, "mb": peak_mb(), "skipped": sum(skipped), "shards": len(shards)}


def settle(folder: Path, load: str) -> dict[str, Any]:
    """Settle the whole plan: usernames of the new, limits, lists."""
    from rostering import gate
    from rostering.load import settle as task

    ground = _ground(folder, load)
    seconds, answer = timed(lambda: task.settle(ground, limits=gate.Limits()))
    return {"seconds": seconds, "mb": peak_mb(), "outcome": answer["outcome"]}


def apply(folder: Path, load: str) -> dict[str, Any]:
    """Apply every busy shard of a first load to a store that takes all and keeps nothing."""
    from rostering.load import apply as task

    ground = _ground(folder, load)
    ground.store = Nowhere()
    shards = _shards(folder, load, "busy")
    seconds, _ = timed(lambda: [task.apply(ground, phase, shard) for phase, shard in shards])
    return {"seconds": seconds, "mb": peak_mb(), "items": ground.store.items}


def finish(folder: Path, load: str) -> dict[str, Any]:
    """Make the plan's snapshot the ground of the next load."""
    from rostering.load import finish as task

    ground = _ground(folder, load)
    seconds, _ = timed(lambda: task.finish(ground))
    return {"seconds": seconds, "mb": peak_mb()}


class Nowhere:
    """A store where nothing stands: every insertion succeeds and is counted, nothing is kept."""

    def __init__(self) -> None:
        self.items = 0

    def insert_many(self, items: Iterable[Any]) -> set[Any]:
        self.items += sum(1 for _ in items)
        return set()

    def put_many(self, items: Iterable[Any]) -> None:
        self.insert_many(items)

    def get_many(self, keys: Iterable[Any]) -> dict[Any, Any]:
        return {}


def _ground(folder: Path, load: str) -> Any:
    """A task's ground, on a table that has the site and the load and nobody yet."""
    from rostering.load import progress
    from rostering.load.ground import Ground
    from rostering.store.memory import MemoryStore
    from tests import loads

    store = MemoryStore()
    loads.site(store, SITE)
    progress.create(store, SITE, load, {"source": SOURCE}, now=NOW)
    return Ground.open(store, DiskFiles(folder), SITE, load, now=NOW)


def _shards(folder: Path, load: str, name: str = "") -> list[tuple[str, int]]:
    import orjson

    from rostering.load import paths

    return [(task["phase"], task["shard"])
            for task in orjson.loads(DiskFiles(folder).read(paths.shards(SITE, load, name)))]

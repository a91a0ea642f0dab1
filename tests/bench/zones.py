"""What pulling a SIF zone costs: a simulated zone over HTTP in a process of its own, drained to a feed.

The share of each part is of wall time; parsing is also told in objects per second of our own CPU.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.disk import DiskFiles
from tests.bench.measures import peak_mb

SITE, ZONE = "demo", "ZONE1"


def pull(students: int, buffer_bytes: int, folder: Path) -> dict[str, Any]:
    """Pull a zone of `students` in packets of `buffer_bytes`, and make a feed of it."""
    from rostering import clock
    from rostering.store import keys
    from rostering.store.keys import Item
    from rostering.store.memory import MemoryStore
    from rostering.zones import ZoneSettings
    from sif_pull import pump
    from sif_pull.job import Desk, Order, run
    from sif_pull.zis import HttpZis
    from tests import loads

    shutil.rmtree(folder, ignore_errors=True)
    spent = Spent()
    store = MemoryStore()
    loads.site(store)
    with simulated(students) as url:
        store.insert(Item(keys.zone(SITE, ZONE), {"zone": ZONE, "url": url, "zone_id": ZONE, "version": "2.1",
                                                  "buffer_bytes": buffer_bytes}))
        pump.parse = spent.timing("parse", pump.parse)
        zis = HttpZis(ZoneSettings.of(store.get(keys.zone(SITE, ZONE)).body), {}, str(folder), loopback=True)
        zis.post = spent.timing("http", zis.post)

        @contextmanager
        def connect(zone: ZoneSettings, site: str) -> Iterator[HttpZis]:
            yield zis
        files = Listed(folder)
        for name in ("write", "read"):
            setattr(files, name, spent.timing("storage", getattr(files, name)))
        drained: list[float] = []
        desk = Desk(store=store, work=files, now=clock.now, new_load=lambda: "01L", connect=connect,
                    start=lambda site, load: None)
        began, cpu = time.perf_counter(), time.process_time()
        before = _after_the_queue(drained)
        answer = run(desk, Order(SITE, ZONE, "full", "by-hand"), seconds_left=lambda: 3_600.0)
        wall, cpu = time.perf_counter() - began, time.process_time() - cpu
        before()
    assert answer.outcome == "pulled", answer
    return {"objects": answer.objects, "messages": answer.messages, "wall": wall, "cpu": cpu, "mb": peak_mb(),
            "feed": wall - (drained[0] - began), "pull_mb": drained[1],
            **{f"{name}_wall": spent.wall[name] for name in spent.wall},
            "parse_cpu": spent.cpu["parse"]}


def _after_the_queue(drained: list[float]) -> Any:
    """Notes when, and with which memory, the feed begins; gives what takes that back."""
    from sif_pull import feed

    make = feed.make

    def noting(*given: Any, **more: Any) -> None:
        drained.extend((time.perf_counter(), peak_mb()))
        make(*given, **more)
    feed.make = noting

    def back() -> None:
        feed.make = make
    return back


class Spent:
    """Seconds spent in parts, of wall time and of our CPU."""

    def __init__(self) -> None:
        self.wall: dict[str, float] = {}
        self.cpu: dict[str, float] = {}

    def timing(self, name: str, work: Any) -> Any:
        def timed(*given: Any, **more: Any) -> Any:
            wall, cpu = time.perf_counter(), time.process_time()
            try:
                return work(*given, **more)
            finally:
                self.wall[name] = self.wall.get(name, 0.0) + time.perf_counter() - wall
                self.cpu[name] = self.cpu.get(name, 0.0) + time.process_time() - cpu
        return timed


class Listed(DiskFiles):
    """Files on disk that can be listed and deleted."""

    def list(self, prefix: str) -> Iterator[str]:
        found = (path.relative_to(self._folder).as_posix() for path in self._folder.rglob("*") if path.is_file())
        return iter(sorted(key for key in found if key.startswith(prefix)))

    def delete(self, key: str) -> None:
        (self._folder / key).unlink(missing_ok=True)


@contextmanager
def simulated(students: int) -> Iterator[str]:
    """The URL of a simulated zone in another process."""
    words = ["zone", "simulate", "--students", str(students), "--version", "2.1", "--json"]
    process = subprocess.Popen([sys.executable, "-m", "cli.main", *words], stdout=subprocess.PIPE, text=True)
    try:
        yield json.loads(process.stdout.readline())["url"] if process.stdout else ""
    finally:
        process.terminate()
        process.wait()

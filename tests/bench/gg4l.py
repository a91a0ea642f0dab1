"""What reading a district by OneRoster costs: a simulated provider over HTTP in another process, or a CSV bundle."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from tests.bench.measures import peak_mb
from tests.bench.zones import Listed, Spent

SITE = "demo"
_SERVE = ("import sys; from cli.oneroster.command import simulate; "
          "simulate(int(sys.argv[1]), seed=1, oneroster='1.1', port=0, faults=[], as_json=True)")


def pull(students: int, folder: Path) -> dict[str, Any]:
    """Poll Discovery, pull the district, and make a feed of it."""
    from gg4l_hook import poll
    from gg4l_hook import pull as pulls
    from gg4l_hook.desk import Desk, Order
    from rostering import clock
    from rostering.districts import DISTRICT
    from rostering.store import keys
    from rostering.store.keys import Item
    from rostering.store.memory import MemoryStore
    from rostering.transport import Transport
    from tests import loads

    shutil.rmtree(folder, ignore_errors=True)
    spent, store, files = Spent(), MemoryStore(), Listed(folder)
    loads.site(store)
    secrets: dict[str, dict[str, str]] = {}
    for name in ("write", "read"):
        setattr(files, name, spent.timing("storage", getattr(files, name)))

    @contextmanager
    def connect() -> Iterator[Any]:
        with Transport(loopback=True) as transport:
            yield spent.timing("http", transport.send)

    def keep(site: str, what: str, secret: dict[str, str]) -> str:
        secrets[what] = secret
        return what
    with simulated(students) as told:
        secrets["vendor"] = {"client_id": told["client_id"], "client_secret": told["client_secret"]}
        store.insert(Item(keys.gg4l_connection(SITE), {
            "discovery_url": told["discovery_url"], "token_url": told["token_url"], "secret": "vendor",
            "requests_per_second": 1_000_000.0}))
        guid = told["district_guid"]
        store.insert(Item(keys.gg4l_district(SITE, guid), DISTRICT | {"district": guid, "linked": True}))
        desk = Desk(store=store, work=files, now=clock.now, seconds=time.time, sleep=time.sleep, random=random.random,
                    new_load=lambda: "01G", connect=connect, secret=lambda name: secrets.get(name, {}),
                    keep_secret=keep, order=lambda order: None, start=lambda site, load: None, loopback=True)
        poll.run(desk, Order(SITE, "poll"))
        noted: list[float] = []
        back = _before_the_feed(noted)
        began, cpu = time.perf_counter(), time.process_time()
        answer = pulls.run(desk, Order(SITE, "pull", guid, "by-hand"), seconds_left=lambda: 3_600.0)
        wall, cpu = time.perf_counter() - began, time.process_time() - cpu
        back()
    assert answer.outcome == "pulled", answer
    collections = store.get(keys.gg4l_district(SITE, guid)).body["collections"]
    rows = sum(one["rows"] for one in collections.values())
    return {"rows": rows, "users": collections["users"]["rows"], "enrollments": collections["enrollments"]["rows"],
            "requests": answer.requests, "pages": sum(-(-one["rows"] // 500) for one in collections.values()),
            "wall": wall, "cpu": cpu, "read_cpu": noted[2] - spent.cpu["http"], "feed": wall - (noted[0] - began),
            "pull_mb": noted[1], "mb": peak_mb(), "http_wall": spent.wall["http"],
            "storage_wall": spent.wall["storage"]}


def read_bundle(students: int, folder: Path) -> dict[str, Any]:
    """Read every row of a CSV bundle."""
    from cli.oneroster.bundle import write_bundle
    from cli.oneroster.district import OneRosterDistrict
    from rostering.oneroster.bundle import open_zip
    from rostering.oneroster.rows import COLLECTIONS

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "bundle.zip"
    write_bundle(OneRosterDistrict(students, 1, date(2026, 11, 24)), path, "1.1")
    began = time.process_time()
    with path.open("rb") as file, open_zip(file) as bundle:
        rows = sum(1 for collection in COLLECTIONS for _ in bundle.rows(collection))
    return {"rows": rows, "cpu": time.process_time() - began}


def _before_the_feed(noted: list[float]) -> Any:
    from gg4l_hook import feed

    make, cpu = feed.make, time.process_time()

    def noting(*given: Any, **more: Any) -> None:
        noted.extend((time.perf_counter(), peak_mb(), time.process_time() - cpu))
        make(*given, **more)
    feed.make = noting

    def back() -> None:
        feed.make = make
    return back


@contextmanager
def simulated(students: int) -> Iterator[dict[str, str]]:
    """What a simulated provider in another process says of itself."""
    process = subprocess.Popen([sys.executable, "-c", _SERVE, str(students)], stdout=subprocess.PIPE, text=True)
    try:
        yield json.loads(process.stdout.readline()) if process.stdout else {}
    finally:
        process.terminate()
        process.wait()

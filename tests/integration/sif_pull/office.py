"""A zone, its ledger in memory, and orders that run as the queue would run them."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from cli.zis import simulated_zone
from rostering import clock
from rostering.errors import SourceUnavailable
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.memory import MemoryFiles, MemoryStore
from rostering.zones import ZoneSettings
from sif_pull.job import Answer, Desk, Order, run
from tests import loads

SITE, ZONE = loads.SITE, "ZONE1"
TODAY = date(2026, 11, 24)
MOST_RUNS = 400


class Wire:
    """The zone's HTTP without a socket. `cut` drops the next so many answers after the zone got the message."""

    def __init__(self, zone: Any) -> None:
        self.zone = zone
        self.sent: list[bytes] = []
        self.received: list[bytes] = []
        self.cut = 0

    def post(self, body: bytes, *, gzip: bool = True) -> bytes:
        self.sent.append(body)
        answer = self.zone.handle(body)
        self.received.append(answer.body)
        if self.cut:
            self.cut -= 1
            raise SourceUnavailable("cut")
        if answer.status != 200:
            raise SourceUnavailable(f"HTTP status {answer.status}")
        return answer.body


class Office:
    """A site with one zone. `order` runs an order to its end, `pull` is one by a person."""

    def __init__(self, zone: Any = None, *, students: int = 30, faults: tuple[str, ...] = (), version: str = "2.1",
                 store: Any = None, work: Any = None, **settings: Any) -> None:
        self.at = datetime(2026, 11, 24, 8, tzinfo=UTC)
        self.store, self.work = store or MemoryStore(), work or MemoryFiles()
        self.zone = zone or simulated_zone(students, version=version, faults=faults, today=TODAY)
        self.wire = Wire(self.zone)
        self.started: list[str] = []
        self.answers: list[Answer] = []
        self.seconds_left = 600.0
        numbers = count(1)
        self.desk = Desk(
            store=self.store, work=self.work, now=self.now, new_load=lambda: f"01L{next(numbers):023d}",
            connect=self._connect, start=lambda site, load: self.started.append(load), back_off_seconds=1.0)
        self._pulls = count(1)
        loads.site(self.store)
        body = {"zone": ZONE, "url": "http://127.0.0.1/zis/ZONE1", "zone_id": ZONE, "version": version} | settings
        self.store.insert(Item(keys.zone(SITE, ZONE), body))

    def now(self) -> str:
        self.at += timedelta(milliseconds=1)
        return clock.iso(self.at)

    @contextmanager
    def _connect(self, zone: ZoneSettings, site: str) -> Any:
        yield self.wire

    def order(self, kind: str = "pull", pull: str = "", *, most: int = MOST_RUNS) -> dict[str, Any]:
        """Run an order as often as it goes on; the pull as it then stands."""
        order = Order(SITE, ZONE, kind, pull or f"schedule-{next(self._pulls)}")
        for _ in range(most):
            answer = run(self.desk, order, seconds_left=lambda: self.seconds_left)
            self.answers.append(answer)
            if answer.again is None:
                break
            self.at += timedelta(seconds=answer.again)
            order = Order(SITE, ZONE, kind, order.pull, answer.attempt)
        return self.pulled(order.pull)

    def pulled(self, pull: str) -> dict[str, Any]:
        return self.store.get(keys.zone_pull(SITE, ZONE, pull)).body

    @property
    def session(self) -> dict[str, Any]:
        return self.store.get(keys.zone_session(SITE, ZONE)).body

    def load(self, number: str) -> dict[str, Any]:
        return self.store.get(keys.load(SITE, number)).body

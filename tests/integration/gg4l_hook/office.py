"""A site with a connection to a simulated GG4L, in memory; orders run as the queue would run them."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from cli.oneroster import simulated_provider
from gg4l_hook import poll, pull
from gg4l_hook.desk import Answer, Desk, Order
from rostering import clock
from rostering.districts import DISTRICT
from rostering.errors import SourceUnavailable
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.memory import MemoryFiles, MemoryStore
from rostering.transport import Response
from tests import loads

SITE = loads.SITE
TODAY = date(2026, 11, 24)
BASE = "https://connect.example"


class Office:
    """A site and a provider. `poll` asks Discovery, `pull` pulls the one district to the end."""

    def __init__(self, *, students: int = 30, faults: tuple[str, ...] = (), oneroster: str = "1.1", linked: bool = True,
                 **connection: Any) -> None:
        self.at = datetime(2026, 11, 24, 8, tzinfo=UTC)
        self.store, self.work = MemoryStore(), MemoryFiles()
        self.provider = simulated_provider(students, today=TODAY, faults=faults, oneroster=oneroster, base_url=BASE,
                                           clock=lambda: self.at.timestamp(), sleep=lambda seconds: None)
        self.guid = self.provider.district_guid
        self.secrets: dict[str, dict[str, str]] = {"vendor": {
            "client_id": self.provider.vendor.client_id, "client_secret": self.provider.vendor.client_secret}}
        self.ordered: deque[Order] = deque()
        self.started: list[str] = []
        self.answers: list[Answer] = []
        self.seconds_left = 600.0
        self.calls = 0
        numbers, self._pulls = count(1), count(1)
        self.desk = Desk(
            store=self.store, work=self.work, now=self.now, seconds=lambda: self.at.timestamp(), sleep=self._sleep,
            random=lambda: 0.5, new_load=lambda: f"01G{next(numbers):023d}", connect=self._connect,
            secret=lambda name: self.secrets.get(name, {}), keep_secret=self._keep, order=self.ordered.append,
            start=lambda site, load: self.started.append(load), back_off_seconds=1.0)
        loads.site(self.store)
        self.store.insert(Item(keys.gg4l_connection(SITE), {
            "discovery_url": self.provider.discovery_url, "token_url": self.provider.token_url, "secret": "vendor",
            "page_size": 50, "requests_per_second": 1_000.0} | connection))
        if linked:
            self.store.insert(Item(keys.gg4l_district(SITE, self.guid), DISTRICT | {
                "district": self.guid, "linked": True}))

    def now(self) -> str:
        self.at += timedelta(milliseconds=1)
        return clock.iso(self.at)

    def _sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    def _keep(self, site: str, what: str, secret: dict[str, str]) -> str:
        self.secrets[f"{site}/{what}"] = secret
        return f"{site}/{what}"

    @contextmanager
    def _connect(self) -> Any:
        yield self._send

    def _send(self, method: str, url: str, *, headers: Any, most_bytes: int, body: bytes | None = None) -> Response:
        self.calls += 1
        path, _, query = url.removeprefix(BASE).partition("?")
        try:
            status, told, answer = self.provider.handle(method, path, query, dict(headers), body or b"")
        except ConnectionResetError as error:
            raise SourceUnavailable("no answer") from error
        return Response(status, {name.lower(): value for name, value in told.items()}, answer)

    def poll(self) -> Answer:
        return poll.run(self.desk, Order(SITE, "poll"))

    def pull(self, name: str = "", *, by: str = "", most: int = 200) -> dict[str, Any]:
        """Run an order as often as it goes on; the pull as it then stands."""
        order = Order(SITE, "pull", self.guid, name or f"schedule-{next(self._pulls)}")
        if by:
            key = keys.gg4l_pull(SITE, self.guid, order.pull)
            self.store.insert(Item(key, {
                "pull": order.pull, "district": self.guid, "kind": "pull", "by": by, "at": self.now(), "updated_at": "",
                "state": "waiting", "code": "", "message": "", "load": "", "facts": {}}))
        for _ in range(most):
            answer = pull.run(self.desk, order, seconds_left=lambda: self.seconds_left)
            self.answers.append(answer)
            if answer.again is None:
                break
            self.at += timedelta(seconds=answer.again)
            order = Order(SITE, "pull", self.guid, order.pull, "", answer.attempt)
        item = self.store.get(keys.gg4l_pull(SITE, self.guid, order.pull))
        return item.body if item else {}

    @property
    def district(self) -> dict[str, Any]:
        return self.store.get(keys.gg4l_district(SITE, self.guid)).body

    def load(self, number: str) -> dict[str, Any]:
        return self.store.get(keys.load(SITE, number)).body

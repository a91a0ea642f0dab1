"""The whole product in one process: the jobs, the API, the workflow's own tasks, over one store that can fail.

Every part that AWS gives (table, buckets, queues, KMS) goes through `calls`, which may let a call fail, lose its reply,
or be slow; what AWS does about that (deliver again, retry, answer 5xx) is done here. The composition root of the tasks,
`sync.wiring`, is pointed at these parts, as it points at AWS's in a deployment.
"""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson

import sync.apply
import sync.batch
import sync.credentials
import sync.export
import sync.plan
import sync.steps
from accounts.api import Api
from accounts.sites import CreateSite, create
from import_sheet.job import Desk, Drop, run
from rostering import people
from rostering.credentials.envelope import SiteSecrets
from rostering.errors import StoreError
from rostering.load.issue import issue_to
from rostering.store import keys
from rostering.store.keys import Key
from sync import site_secrets, wiring
from tests.faults import Calls, Failing
from tests.integration.accounts.office import Answer, Office
from tests.prove.machine import Execution

SITE = "demo"
TASKS = {
    "${Plan}": sync.plan.handler,
    "${Steps}": sync.steps.handler,
    "${Apply}": sync.apply.handler,
    "${Credentials}": sync.credentials.handler,
    "${Export}": sync.export.handler,
}
_OPENING = (site_secrets, sync.credentials, sync.export, sync.batch)
WIRED = (wiring, *_OPENING)      # the modules that `Cloud.wire` assigns to
_OPENED = SiteSecrets(pepper=b"p" * 32, data_key=b"k" * 32)
_MOST = 20_000


class Killed(Exception):
    """The process that worked for us is gone."""


class Cloud:
    """`calls` decides what becomes of a call, `worker` does what a function does, and may die of it.

    `queue` are orders that wait, `running` the executions by load.
    """

    def __init__(
        self, *, calls: Any = None, store: Any = None, files: tuple[Any, Any] | None = None, prints: bool = False
    ) -> None:
        self.office = Office()
        self.calls = calls or Calls()
        self.store = store or self.office.store
        self.inbox, self.work = files or (self.office.inbox, self.office.work)
        self.worker: Callable[[Callable[[], Any]], Any] = lambda work: work()
        self.running: dict[str, Execution] = {}
        self.queue: deque[Callable[[], Any]] = deque()
        self.prints = prints
        self.delivered = self._numbers = self._drops = 0
        parts = {name: Failing(getattr(self, name), self.calls) for name in ("inbox", "work")}
        parts["store"] = self.store if store is not None else Failing(self.store, self.calls)
        self.failing = parts
        vault, office = self.office.ports.vault, self.office
        made = create(
            office.ports,
            CreateSite(action="create-site", site=SITE, name="Demo District", admin_email="admin@demo.example"),
        )
        office.administrators[SITE] = made["administrator"]
        self.ports = replace(
            office.ports,
            **parts,
            vault=Failing(vault, self.calls),
            workflow=self,
            batch=lambda order: self.calls(self._order, self._batch, order),
            issue=lambda order: self.calls(self._order, self._issue, order),
            now=self._seconds,
        )
        if store is not None:
            office.ports = self.ports  # sessions are kept where the API looks for them
        self.api = Api(self.ports)
        self.desk = Desk(parts["store"], parts["inbox"], parts["work"], self.now, self._number)
        self.wire()

    def wire(self) -> None:
        """Point the tasks' composition root at this cloud; after that no other one is to be used."""
        wiring.store, wiring.work, wiring.inbox = (
            lambda part=self.failing[name]: part for name in ("store", "work", "inbox")
        )
        wiring.workflow, wiring.functions, wiring.now = (lambda: self), (lambda: self), self.now

        def opened(site: str) -> SiteSecrets:
            return self.calls(lambda: _OPENED)

        for module in _OPENING:
            module.open_secrets = opened

    # ------------------------------------------------------------------ time, numbers

    def _seconds(self) -> float:
        self.office.clock.at += 0.001
        return self.office.clock.at

    def now(self) -> str:
        return self.ports.time()

    def _number(self) -> str:
        self._numbers += 1
        return f"01H{self._numbers:023d}"

    # ------------------------------------------------------------------ what AWS does

    def start(self, site: str, load: str) -> None:
        """Start an execution; once for each load."""
        self.calls(self._begin, site, load)

    def _begin(self, site: str, load: str) -> None:
        self.running.setdefault(load, Execution(site, load, self.invoke, self.work, self.start))

    def invoke(self, name: Any, payload: Any = None, **_: Any) -> Any:
        """Invoke a task. Printing takes long and is left out unless this cloud `prints`."""
        return {} if name == "${Export}" and not self.prints else self.worker(lambda: TASKS[name](payload, None))

    def answer(self, token: str, outcome: dict[str, Any]) -> bool:
        return self.calls(self._answer, token, outcome)

    def send_task_success(self, *, taskToken: str, output: bytes) -> None:
        self.calls(self._answer, taskToken, orjson.loads(output))

    def _answer(self, token: str, outcome: dict[str, Any]) -> bool:
        for execution in self.running.values():
            if execution.token == token:
                execution.answer(outcome)
                return True
        return False

    def _order(self, work: Callable[..., Any], order: dict[str, Any]) -> None:
        self.queue.append(lambda: work(order))

    def _batch(self, order: dict[str, Any]) -> None:
        from rostering.batches.work import work
        from rostering.letters import Post

        work(
            self.failing["store"],
            self.failing["work"],
            order["site"],
            order["batch"],
            now=self.now,
            secrets=lambda: self.calls(lambda: _OPENED),
            post=lambda: Post.of(order["site"], {}, served_at="", mail=None),
            in_time=lambda: True,
        )

    def _issue(self, order: dict[str, Any]) -> None:
        for account in order["accounts"]:
            issue_to(
                self.failing["store"], order["site"], account, secrets=self.calls(lambda: _OPENED), now=self.now()
            )

    def deliver(self) -> bool:
        """Hand on the first order that waits; one that fails waits on. False: there is none."""
        if not self.queue:
            return False
        order = self.queue.popleft()
        try:
            order()
            self.delivered += 1
        except (StoreError, Killed):
            self.queue.append(order)
        return True

    def turn(self) -> bool:
        """Deliver one order, or let one execution do its next step. False: all is over or waits for a person."""
        if self.deliver():
            return True
        busy = [one for one in self.running.values() if not one.over and not one.token]
        for one in busy[:1]:
            one.step()
        return bool(busy)

    def settle(self) -> None:
        """Let everything that can go on go on."""
        for _ in range(_MOST):
            if not self.turn():
                return
        raise AssertionError("it never comes to an end")

    @property
    def place(self) -> list[Any]:
        """How far everything is: orders that were delivered and that wait, where each execution stands."""
        return [
            self.delivered,
            len(self.queue),
            *([one.at, one.over, bool(one.token), one.left] for _, one in sorted(self.running.items())),
        ]

    # ------------------------------------------------------------------ what people and senders do

    def drop(self, data: bytes, *, name: str = "sheet.xlsx", key: str = "", version: str = "") -> tuple[str, str]:
        """Put a file into the inbox; the event of it is an order. Gives its key and version."""
        self._drops += 1
        key, version = key or f"inbox/{SITE}/{self._drops}/{name}", version or f"v{self._drops}"
        self.inbox.write(key, data)
        self.event(key, version, len(data))
        return key, version

    def event(self, key: str, version: str, size: int) -> None:
        """The event of a drop, which may come more than once."""

        def read() -> None:
            outcome, site, load = self.worker(lambda: _told(run(self.desk, Drop(key, version, size))))
            if outcome == "read":
                self.start(site, load)

        self.queue.append(read)

    def ask(self, method: str, path: str, *, by: str = "", tries: int = 4, **how: Any) -> Answer:
        """A request; one that is answered 5xx is sent again, as the command line does."""
        token = self.office.token(by, site=SITE)
        api, self.office.api = self.office.api, self.api
        try:
            for _ in range(tries):
                answer = self.office.ask(method, f"/sites/{SITE}{path}", token=token, **how)
                if answer.status < 500:
                    break
        finally:
            self.office.api = api
        return answer

    def loads(self) -> dict[str, dict[str, Any]]:
        return {item.body["load"]: item.body for item in self._those("LOAD")}

    def accounts(self) -> dict[str, Any]:
        return {item.body["id"]: people.account_of(item) for item in self._those("ACCOUNT")}

    def _those(self, name: str) -> list[Any]:
        """The site's items of one sort key, in memory."""
        wanted = [key for key in self.store._items if key.sk == name and key.pk.startswith(f"{SITE}#")]
        return [self.store.get(key) for key in sorted(wanted)]


def _told(answer: Any) -> list[str]:
    return [answer.outcome, answer.site, answer.load]


# ---------------------------------------------------------------------- what is compared

_BLANKED = re.compile(
    r"\b01[0-9A-HJKMNP-TV-Z]{24}\b|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
    r"|\d{4}-\d\d-\d\dT[\d:.]+Z|\b1[789]\d{8}(?:\.\d+)?\b|\b[0-9a-f]{16}\b|hand-[0-9a-f]+|(?<=-)[0-9a-f]{8}\b"
)
_MESSAGE_IDS = re.compile(r"\b[0-9A-F]{32}\b")
# Only for show, or secret and drawn anew.
_LEFT_OUT = frozenset(
    {
        "seconds",
        "progress",
        "stage_at",
        "updated_at",
        "mac",
        "envelope",
        "hash",
        "task_token",
        "until",
        "secret_version",
        "steps",
    }
)


def blanked(value: Any, drawn: re.Pattern[str] = re.compile("(?!)")) -> Any:
    """A value without what is drawn anew each time; ids of `drawn` are `@`, and order nothing."""
    if isinstance(value, dict):
        told = [
            (drawn.sub("@", _blank(str(name))), blanked(each, drawn))
            for name, each in value.items()
            if name not in _LEFT_OUT
        ]
        names = sorted(told, key=lambda one: (one[0], orjson.dumps(one[1])))
        return dict(names) if len(dict(names)) == len(names) else names
    if isinstance(value, list | tuple):
        told = [blanked(each, drawn) for each in value]
        return sorted(told) if "@" in told and all(isinstance(each, str) for each in told) else told
    if isinstance(value, set | frozenset):
        return sorted(str(blanked(each, drawn)) for each in value)
    return (
        drawn.sub("@", _blank(value))
        if isinstance(value, str)
        else hashlib.sha256(value).hexdigest()
        if isinstance(value, bytes)
        else 0
        if isinstance(value, int | float) and value > 1_600_000_000
        else value
    )


def _blank(text: str) -> str:
    return _BLANKED.sub("#", text)


def lines(store: Any, *, but: Callable[[Key], bool] = lambda key: False) -> list[str]:
    """Everything in a table, line by line; versions are how often something was written.

    Blanked are times, numbers of loads, messages and events, and the ids of accounts that were made by hand: they are
    drawn anew when a request is sent again.
    """
    items = store.snapshot().items()
    drawn = [item.body["id"] for key, item in items if key.sk == "ACCOUNT" and item.body["source"] == "manual"]
    by_hand = re.compile("|".join(map(re.escape, drawn)) or "(?!)")
    said = []
    for key, item in items:
        if not but(key):
            body = orjson.dumps(blanked(item.body, by_hand), option=orjson.OPT_NON_STR_KEYS).decode()
            line = f"{by_hand.sub('@', f'{_blank(key.pk)} {_blank(key.sk)}')} {body}"
            said.append(_MESSAGE_IDS.sub("#", line) if "#ZONE#" in key.pk else line)
    return sorted(said)


def passing(key: Key) -> bool:
    """What is no promise: a lease's turn, orders that are remembered."""
    return key.sk in ("LEASE",) or "#ONCE#" in key.pk


def approve(cloud: Cloud, load: str, **part: Any) -> Answer:
    return cloud.ask("POST", f"/loads/{load}/approve", body={"reason": "it is so"} | part)


def held(cloud: Cloud) -> list[str]:
    """Loads that wait for a person, oldest first."""
    return sorted(load for load, body in cloud.loads().items() if body["state"] == "held")


__all__ = ["SITE", "Cloud", "approve", "blanked", "held", "keys", "lines", "passing"]

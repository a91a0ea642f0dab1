"""A quarter of all calls faulted nine ways, on AWS's own engine.

Faults strike where AWS would: in the client below `DynamoStore`, which knows how to live with them, below the files,
and at the queues. Only the last word counts: that nothing that was acknowledged is lost, and the table says what it
says without any fault.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from infra.local import dynamodb_local
from rostering.errors import StoreError
from rostering.store import dynamo
from rostering.store.dynamo import DynamoStore
from rostering.store.keys import Item, Key
from tests.integration.store.test_faults import refusal, some_put_off
from tests.prove.cloud import Cloud
from tests.unit.import_sheet import office as sheets

SHARE = 0.25
ROWS, LONG_ROWS = 2_000, 50_000
KINDS = (
    "throttled",
    "server error",
    "reset",
    "lost reply",
    "some of a batch put off",
    "slow",
    "stale read",
    "event twice",
    "events out of order",
)
_BATCHES = frozenset({"batch_write_item", "batch_get_item", "batch_execute_statement"})
_READS = frozenset({"get_item", "query", "batch_get_item"})
_TRIES = 8


class Weather:
    """What happens to a call, drawn by seed; `met` counts each kind. Calm until `storms` is set."""

    def __init__(self, seed: int) -> None:
        self.random, self.met, self.calls, self.storms, self.slept = (
            random.Random(seed),
            Counter[str](),
            0,
            False,
            0.0,
        )

    def draw(self, *kinds: str) -> str:
        self.calls += 1
        if not self.storms or self.random.random() >= SHARE:
            return ""
        kind = self.random.choice(kinds)
        self.met[kind] += 1
        return kind

    def sleep(self, seconds: float) -> None:
        """Time that is told and not waited for."""
        self.slept += seconds


class Client:
    """A DynamoDB client in that weather."""

    def __init__(self, client: Any, weather: Weather) -> None:
        self._client, self._weather = client, weather
        self._read: dict[str, dict[str, Any]] = {}

    def __getattr__(self, operation: str) -> Callable[..., dict[str, Any]]:
        well = getattr(self._client, operation)

        def call(**arguments: Any) -> dict[str, Any]:
            kinds = ["throttled", "server error", "reset", "lost reply", "slow"]
            kinds += ["some of a batch put off"] if operation in _BATCHES else []
            # only what is not read consistently can be stale: the index
            kinds += ["stale read"] if operation == "query" and "IndexName" in arguments else []
            kind = self._weather.draw(*kinds)
            if kind == "throttled":
                raise refusal("ThrottlingException")
            if kind == "server error":
                raise refusal("InternalServerError", 500)
            if kind == "reset":
                raise ConnectionClosedError(endpoint_url="http://127.0.0.1")
            if kind == "some of a batch put off":
                return some_put_off(well, operation, arguments)
            if kind == "stale read" and (before := self._read.get(repr(sorted(arguments.items(), key=str)))):
                return before
            answer = well(**arguments)
            if operation == "query" and "IndexName" in arguments:
                self._read[repr(sorted(arguments.items(), key=str))] = answer
            if kind == "slow":
                self._weather.sleep(3.0)
            if kind == "lost reply":
                raise ReadTimeoutError(endpoint_url="http://127.0.0.1")
            return answer

        return call


class Stormy:
    """The calls of files, keys and queues (`tests.faults.Calls`) in that weather; tried again as botocore does."""

    def __init__(self, weather: Weather) -> None:
        self.weather, self.made = weather, 0

    def __call__(self, method: Any, *args: Any, **kwargs: Any) -> Any:
        self.made += 1
        for attempt in range(_TRIES):
            kind = self.weather.draw("throttled", "server error", "reset", "lost reply", "slow")
            if kind in ("", "slow", "lost reply"):
                answer = method(*args, **kwargs)
                if kind != "lost reply" or attempt == _TRIES - 1:
                    return answer
        raise StoreError("AWS never answered")


def shaken(cloud: Cloud, weather: Weather) -> None:
    """Let the orders that wait come twice, or in another order."""
    kind = weather.draw("event twice", "events out of order") if cloud.queue else ""
    if kind == "event twice":
        cloud.queue.append(cloud.queue[0])
    elif kind:
        cloud.queue.rotate(weather.random.randrange(1, 3))


def settle(cloud: Cloud, weather: Weather) -> None:
    for _ in range(100_000):
        shaken(cloud, weather)
        if not cloud.turn():
            return


def table(engine: Any, name: str, weather: Weather) -> DynamoStore:
    client = engine.client(dynamo.client_settings())
    client.create_table(**dynamo.table_definition(name))
    return DynamoStore(Client(client, weather), name, threads=1, sleep=weather.sleep, random=weather.random.random)


def everything(engine: Any, name: str) -> dict[Key, Item]:
    """What stands in a table, read without any fault. (A test may look at all of it; the product never does.)"""
    from rostering.store.attributes import unpack

    client, found = engine.client(dynamo.client_settings()), {}
    for page in client.get_paginator("scan").paginate(TableName=name, ConsistentRead=True):
        for attributes in page["Items"]:
            item = unpack(attributes)
            found[item.key] = item
    return found


class Snapshot:
    """A table that was read, for `cloud.lines`."""

    def __init__(self, items: dict[Key, Item]) -> None:
        self._items = items

    def snapshot(self) -> dict[Key, Item]:
        return dict(sorted(self._items.items()))


def history(cloud: Cloud, rows: int, drive: Callable[[], None]) -> None:
    """Three sheets of a district of so many rows: all of it, changes, the same file again."""
    students = rows // 2
    people = [sheets.student(n) for n in range(1, students + 1)]
    data = sheets.workbook(people)
    cloud.drop(data)
    drive()
    cloud.drop(
        sheets.workbook([sheets.student(n, grade="05" if n % 9 == 0 else "04") for n in range(1, students + 6)])
    )
    drive()
    cloud.drop(data, key=f"inbox/demo/again/{rows}.xlsx", version="again")
    drive()


def survive(rows: int, seed: int) -> tuple[Weather, list[str], list[str], int]:
    """The weather, what stands that should not, what should and does not, and how many calls there were."""
    from tests.prove.cloud import passing
    from tests.prove.nth import _ATTEMPT, _difference

    def said(engine: Any, name: str) -> list[str]:
        from tests.prove.cloud import lines

        return [line for line in lines(Snapshot(everything(engine, name)), but=passing) if not _ATTEMPT.search(line)]

    with dynamodb_local.running() as engine:
        calm, weather = Weather(seed), Weather(seed)
        for name, one in (("calm", calm), ("storm", weather)):
            store = table(engine, name, one)
            cloud = Cloud(calls=Stormy(one), store=store)
            for item in cloud.office.store.snapshot().values():
                store.insert(item)
            one.storms = name == "storm"
            history(cloud, rows, lambda cloud=cloud, one=one: settle(cloud, one))
            one.storms = False
        more, fewer = _difference(said(engine, "storm"), said(engine, "calm"))
    return weather, more, fewer, weather.calls

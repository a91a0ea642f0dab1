"""A quarter of all calls faulted nine ways, on AWS's own engine.

Faults strike where AWS would: in the client below `DynamoStore`, which knows how to live with them, below the files,
and at the queues. Only the last word counts: that nothing that was acknowledged is lost, and the table says what it
says without any fault.
"""

from __future__ import annotations

import random
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from infra.local import dynamodb_local
from rostering.errors import StoreError
from rostering.store import dynamo
from rostering.store.dynamo import DynamoStore
from rostering.store.keys import Item, Key
from tests.integration.store.test_faults import refusal, some_put_off
from tests.prove.cloud import Cloud, approve, held
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
BEHIND = 25  # writing calls that the index has not followed yet
PARTS = 20  # sheets that are dropped at once
LOADS = PARTS + 4
_BY_HAND = 8
_CLASS_OF = 25
_ASKED = re.compile(r"account\.listed")  # who asks again is audited again


class Weather:
    """What happens to a call, drawn by seed; `met` counts each kind. Calm until `storms` is set.

    `unseen` are the entries that stale reads did not see.
    """

    def __init__(self, seed: int) -> None:
        self.random, self.met, self.storms = random.Random(seed), Counter[str](), False
        self.calls, self.slept, self.unseen = 0, 0.0, 0

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
    """A DynamoDB client in that weather.

    What is not read consistently can be stale, which is the index: an entry whose item was written by one of the last
    calls is missing then.
    """

    def __init__(self, client: Any, weather: Weather) -> None:
        self._client, self._weather = client, weather
        self._fresh: deque[frozenset[tuple[str, str]]] = deque(maxlen=BEHIND)

    def __getattr__(self, operation: str) -> Callable[..., dict[str, Any]]:
        well = getattr(self._client, operation)

        def call(**arguments: Any) -> dict[str, Any]:
            kinds = ["throttled", "server error", "reset", "lost reply", "slow"]
            kinds += ["some of a batch put off"] if operation in _BATCHES else []
            kinds += ["stale read"] * len(kinds) if "IndexName" in arguments else []
            kind = self._weather.draw(*kinds)
            if kind == "throttled":
                raise refusal("ThrottlingException")
            if kind == "server error":
                raise refusal("InternalServerError", 500)
            if kind == "reset":
                raise ConnectionClosedError(endpoint_url="http://127.0.0.1")
            if operation not in _READS:
                self._fresh.append(frozenset(_written(arguments)))
            if kind == "some of a batch put off":
                return some_put_off(well, operation, arguments)
            answer = well(**arguments)
            if kind == "stale read":
                return self._stale(answer)
            if kind == "slow":
                self._weather.sleep(3.0)
            if kind == "lost reply":
                raise ReadTimeoutError(endpoint_url="http://127.0.0.1")
            return answer

        return call

    def _stale(self, answer: dict[str, Any]) -> dict[str, Any]:
        fresh = frozenset[tuple[str, str]]().union(*self._fresh)
        seen = [entry for entry in answer["Items"] if (entry["pk"]["S"], entry["sk"]["S"]) not in fresh]
        self._weather.unseen += len(answer["Items"]) - len(seen)
        return answer | {"Items": seen, "Count": len(seen)}


def _written(request: Any) -> Iterator[tuple[str, str]]:
    """The keys in a writing request, wherever they stand in it."""
    if isinstance(request, dict):
        if {"pk", "sk"} <= request.keys() and isinstance(request["pk"], dict) and "S" in request["pk"]:
            yield request["pk"]["S"], request["sk"]["S"]
        else:
            for part in request.values():
                yield from _written(part)
    elif isinstance(request, list | tuple):
        for part in request:
            yield from _written(part)


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
        cloud.queue.rotate(weather.random.randrange(1, 1 + len(cloud.queue)))


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


def loads(engine: Any, name: str) -> dict[str, dict[str, Any]]:
    """`Cloud.loads` of a table on an engine."""
    return {
        item.body["load"]: item.body
        for item in everything(engine, name).values()
        if item.key.sk == "LOAD" and item.key.pk.startswith("demo#")
    }


class Snapshot:
    """A table that was read, for `cloud.lines`."""

    def __init__(self, items: dict[Key, Item]) -> None:
        self._items = items

    def snapshot(self) -> dict[Key, Item]:
        return dict(sorted(self._items.items()))


def history(cloud: Cloud, rows: int, drive: Callable[[], None]) -> None:
    """A district of so many rows: a school, students by hand, the rest in sheets that come in any order, a change of
    all, the same file again, a complete list that is held and approved, and a batch.
    """
    students = rows // 2
    cloud.drop(_sheet(range(students // 2), of=students))
    drive()
    for number in range(_BY_HAND):
        _made(cloud, students // 2 + 10 * number)
        drive()
    share = -(-students // 2 // PARTS)
    for first in range(students // 2, students, share):  # none so large that the gate would hold it
        cloud.drop(_sheet(range(first, min(first + share, students)), of=students))
    drive()
    changed = _sheet(range(students + 5), of=students, grade="05")
    cloud.drop(changed)
    drive()
    _look(cloud)
    cloud.drop(changed, key=f"inbox/demo/again/{rows}.xlsx", version="again")
    drive()
    cloud.drop(_sheet(range(students - 30), of=students, grade="05", complete=True))
    drive()
    (load,) = held(cloud)
    _well(approve(cloud, load))
    drive()
    order = {"action": "unlock", "filter": {"school": "0012", "role": "Student", "grade": "05"},
             "reason": "a new start"}
    looked = _well(cloud.ask("POST", "/batches", body=order | {"dry_run": True}))["batch"]
    _well(cloud.ask("POST", f"/batches/{looked}/run"))
    drive()


def _sheet(numbers: range, *, of: int, grade: str = "04", complete: bool = False) -> bytes:
    """A sheet of some students of a district of so many, in classes of 25; every sheet has all the classes."""
    classes = [
        sheets.row(
            "Classes",
            {"id": f"c{n}", "school": "0012", "course": "M", "name": f"Math {n}", "terms": "SY", "teacher": "t1"},
        )
        for n in range(-(-of // _CLASS_OF) + 1)
    ]
    places = [[f"c{n // _CLASS_OF}", f"s{n}"] for n in numbers]
    return sheets.workbook(
        _people(numbers, grade=grade), complete=complete, Classes=classes, Class_Rosters=places
    )


def _people(numbers: range, *, grade: str = "04") -> list[list[Any]]:
    """Every tenth has a birth date, so that namesakes are looked for in the index; every ninth changes."""
    return [
        sheets.student(
            n,
            first_name=in_letters(n),
            last_name=in_letters(n),
            birth_date="5/4/2017" if n % 10 == 0 else "",
            grade=grade if n % 9 == 0 else "04",
        )
        for n in numbers
    ]


def in_letters(number: int) -> str:
    """A name for each number, in letters, so that no username depends on who came first."""
    return "R" + "".join("aeioulmnrt"[int(digit)] for digit in f"{number:05d}")


def _made(cloud: Cloud, number: int) -> None:
    """A student by hand, who bears the names of one who comes later: a row that is held. Then somebody looks."""
    name = in_letters(number)
    fields = {"first_name": name, "last_name": name, "grade": "04", "birth_date": "2017-05-04"}
    order = {
        "role": "Student",
        "school": "0012",
        "fields": fields,
        "reason": "not in the sheet",
        "anyway": True,
    }
    _well(cloud.ask("POST", "/accounts", body=order, headers={"Idempotency-Key": f"hand-{number}"}, tries=20))
    _look(cloud)


def _look(cloud: Cloud) -> None:
    """Somebody looks at what the index lists."""
    for path, query in (("/accounts", {"school": "0012", "limit": "200"}), ("/loads", {})) * 3:
        _well(cloud.ask("GET", path, query=query, tries=20))


def _well(answer: Any) -> Any:
    if answer.status >= 300:
        raise AssertionError(f"{answer.status} {answer.text[:300]}")
    return answer.body


def survive(rows: int, seed: int) -> tuple[Weather, list[str], list[str], int]:
    """The weather, what stands that should not, what should and does not, and how many calls there were."""
    from tests.prove.cloud import passing
    from tests.prove.nth import _ATTEMPT, _difference

    def said(engine: Any, name: str) -> list[str]:
        from tests.prove.cloud import lines

        return [
            re.sub(r'"doubles":\d+', '"doubles":0', line)
            for line in lines(Snapshot(everything(engine, name)), but=passing)
            if not _ATTEMPT.search(line) and not _ASKED.search(line)
        ]

    with dynamodb_local.running() as engine:
        calm, weather = Weather(seed), Weather(seed)
        for name, one in (("calm", calm), ("storm", weather)):
            store = table(engine, name, one)
            cloud = Cloud(calls=Stormy(one), store=store)
            cloud.loads = lambda name=name: loads(engine, name)  # type: ignore[method-assign]
            for item in cloud.office.store.snapshot().values():
                store.insert(item)
            one.storms = name == "storm"
            history(cloud, rows, lambda cloud=cloud, one=one: settle(cloud, one))
            one.storms = False
            ended = Counter(body["state"] for body in cloud.loads().values())
            if ended != {"done": LOADS - 1, "turned_back": 1}:  # the same file again
                raise AssertionError(f"{name}: loads ended as {dict(ended)}")
        more, fewer = _difference(said(engine, "storm"), said(engine, "calm"))
    return weather, more, fewer, weather.calls

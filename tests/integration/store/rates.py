"""Items a second of each bulk method, against a bare BatchWriteItem loop of the same items.

Run from the root of the repository: `PYTHONPATH=functions:. python -m tests.integration.store.rates [ITEMS]`.
All run on one engine and take turns in short rounds, so that they meet the same load; the figures are
medians, the ratio that of the ratios within a round.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from functools import partial

from infra.local import dynamodb_local
from rostering.store.attributes import pack
from rostering.store.dynamo import DynamoStore, client_settings, table_definition
from rostering.store.keys import Item, account, listed_person

ROUNDS = 25


def people(count: int, mark: str, version: int = 1) -> list[Item]:
    """Accounts as a load makes them: a profile, six classes, a place in the listing of the school."""
    return [Item(account("demo", f"{mark}{number:07}"), {
        "role": "Student", "status": "active", "username": f"jgarcia{number}",
        "fields": {"first_name": "José", "last_name": "García", "grade": "04", "school": f"{number % 20:04}",
                   "email": f"{number}@students.example.org", "birth_date": "2015-05-03"},
        "classes": {f"sec{number % 300 + each}": ["2026-08-24", None, "active"] for each in range(6)},
        "created": {"load": "01JABCDEF", "tab": "Students", "row": number, "rule": "new", "at": "2026-08-24"},
    }, version, listed_person("demo", f"{number % 20:04}", "Student", "garcia", "jose", f"{mark}{number:07}"))
        for number in range(count)]


def main(count: int) -> None:
    with dynamodb_local.running() as engine:
        bare, client = engine.client(), engine.client(client_settings())
        client.create_table(**table_definition("rollbook"))
        one, four = DynamoStore(client, "rollbook", threads=1), DynamoStore(client, "rollbook", threads=4)
        rates: dict[str, list[float]] = {}

        def timed(name: str, work: Callable[[], object]) -> None:
            begun = time.perf_counter()
            work()
            rates.setdefault(name, []).append(count / (time.perf_counter() - begun))

        def bare_loop(items: list[Item]) -> None:
            requests = [{"PutRequest": {"Item": pack(item)}} for item in items]
            for start in range(0, len(items), 25):
                left = bare.batch_write_item(RequestItems={"rollbook": requests[start:start + 25]})
                if left["UnprocessedItems"]:
                    raise RuntimeError("the engine put items off")

        bare_loop(people(10 * count, "warm"))
        for number in range(ROUNDS):
            for name, store in (("1 thread", one), ("4 threads", four)):
                mark = f"{number}-{name[0]}-"
                new, newer = people(count, f"i{mark}"), people(count, f"i{mark}", version=2)
                timed(f"bare BatchWriteItem loop, against {name}", partial(bare_loop, people(count, f"b{mark}")))
                timed(f"put_many, {name}", partial(store.put_many, people(count, f"p{mark}")))
                timed(f"insert_many, {name}", partial(store.insert_many, new))
                timed(f"replace_many, {name}", partial(store.replace_many, newer))
                timed(f"get_many, {name}", partial(store.get_many, [item.key for item in new]))
        for name, found in rates.items():
            anchor = rates[f"bare BatchWriteItem loop, against {name.rsplit(', ')[-1].removeprefix('against ')}"]
            ratio = statistics.median(mine / bare for mine, bare in zip(found, anchor, strict=True))
            print(f"{name:45s} {statistics.median(found):8.0f} items/s  {ratio:5.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)

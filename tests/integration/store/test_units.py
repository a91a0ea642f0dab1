"""Write units: what MemoryStore counts is what AWS's own engine reports."""

from __future__ import annotations

import pytest

from rostering.store.attributes import pack, weight
from rostering.store.dynamo import DynamoStore
from rostering.store.keys import Item, Key
from rostering.store.memory import MemoryStore
from rostering.store.writes import Insert

KEY = Key("demo#ACCOUNT#1", "ACCOUNT")
BIG = {"text": "x" * 2500}


@pytest.fixture
def counting(dynamodb_client, table):
    return DynamoStore(dynamodb_client, table, count_units=True)


def item(body: dict | None = None, version: int = 1, listed: str = "", number: int = 1) -> Item:
    return Item(Key(f"demo#ACCOUNT#{number}", "ACCOUNT"), body or {}, version, Key("L", listed) if listed else None)


@pytest.mark.parametrize(("before", "write", "units"), [
    ([], lambda store: store.insert(item()), 1),
    ([], lambda store: store.insert(item(BIG)), 3),
    ([], lambda store: store.insert(item(listed="a")), 2),
    ([], lambda store: store.insert_many([item(number=n, listed="a") for n in range(30)]), 60),
    ([], lambda store: store.put_many([item(number=n, listed="a") for n in range(30)]), 60),
    ([item()], lambda store: store.insert(item()), 1),
    ([item()], lambda store: store.insert_many([item(), item(number=2)]), 2),
    ([item()], lambda store: store.replace(item(version=2), was=1), 1),
    ([item()], lambda store: store.replace(item(BIG, version=2), was=1), 3),
    ([item(BIG)], lambda store: store.replace(item(version=2), was=1), 3),
    ([item(listed="a")], lambda store: store.replace(item(BIG, 2, "a"), was=1), 3),
    ([item(listed="a")], lambda store: store.replace(item({}, 2, "b"), was=1), 3),
    ([item(listed="a")], lambda store: store.replace(item(version=2), was=1), 2),
    ([item()], lambda store: store.replace(item({}, 2, "a"), was=1), 2),
    ([item()], lambda store: store.replace(item(version=3), was=2), 1),
    ([item(), item(number=2)], lambda store: store.replace_many([item(version=2), item(BIG, 2, number=2)]), 4),
    ([item(listed="a")], lambda store: store.put_many([item(listed="b")]), 3),
    ([item(BIG, listed="a")], lambda store: store.delete_many([KEY]), 4),
    ([item()], lambda store: store.update(KEY, lambda body: {"a": 1}), 1),
    ([item()], lambda store: store.update(KEY, lambda body: None), 0),
])
def test_both_stores_count_what_the_engine_reports(counting, before, write, units):
    memory = MemoryStore()
    for store in (memory, counting):
        store.put_many(before)
        already = store.units
        write(store)
        assert store.units - already == units
    assert memory.snapshot() == counting.get_many(memory.snapshot())


@pytest.mark.parametrize("body", [
    {}, {"a": "é" * 10, "ü": ["", None, True, False, b"\x00\xff", {}], "m": {"n": {"o": []}}},
    {"n": [0, 1, -1, 10, 12, 123, 1234, -12345, 1.5, -0.25, 1e10, 1e-10, 123456789012345678, 10**37]},
    {"n": [0.5, 0.05, 0.005, 12.3, 0.012, 10.5, 0.123, 1010, 100000, 10**38 - 1, 1e125, 1e-130]},
])
@pytest.mark.parametrize("listed", ["", "Student#garcía"])
def test_an_item_weighs_to_the_byte_what_the_engine_weighs(counting, body, listed):
    for over in (0, 1):
        padding = 1024 + over - weight(pack(item({**body, "padding": ""}, listed=listed)))
        already = counting.units
        counting.put_many([item({**body, "padding": "x" * padding}, listed=listed, number=over)])
        assert counting.units - already == 1 + over + bool(listed)


def test_a_transaction_counts_each_item_twice():
    store = MemoryStore()
    store.write_together([Insert(item(listed="a")), Insert(item(BIG, number=2))])
    assert store.units == 2 * (1 + 3) + 1


def test_units_are_none_when_nobody_counts(dynamo_store):
    dynamo_store.insert(item())
    assert dynamo_store.units is None

"""What DynamoStore asks the engine for."""

from __future__ import annotations

from typing import Any

import pytest

from rostering.store.dynamo import DynamoStore
from rostering.store.keys import Item, Key
from rostering.store.writes import Insert


class Recording:
    """A client that remembers its calls."""

    def __init__(self, client: Any) -> None:
        self.calls: list[tuple[str, dict]] = []
        self._client = client

    def __getattr__(self, operation: str):
        def call(**arguments: Any) -> dict:
            self.calls.append((operation, arguments))
            return getattr(self._client, operation)(**arguments)

        return call


@pytest.fixture
def recording(dynamodb_client):
    return Recording(dynamodb_client)


@pytest.fixture
def store(recording, table):
    return DynamoStore(recording, table, threads=1)


def items(count: int, body: dict | None = None) -> list[Item]:
    return [Item(Key(f"demo#{number}", "A"), body or {}, listed=Key("L", f"{number}")) for number in range(count)]


def test_reading_by_key_and_partition_is_strongly_consistent(recording, store):
    store.get(Key("demo#1", "A"))
    store.get_many([Key("demo#1", "A")])
    store.query("demo#1")
    store.put_many(items(1))
    store.listing("L")
    consistent = {}
    for operation, asked in recording.calls:
        if operation == "batch_get_item":
            (asked,) = asked["RequestItems"].values()
        consistent.setdefault((operation, asked.get("IndexName")), set()).add(asked.get("ConsistentRead"))
    assert consistent == {("get_item", None): {True}, ("batch_get_item", None): {True}, ("query", None): {True},
                          ("batch_write_item", None): {None}, ("query", "listing"): {None}}


@pytest.mark.parametrize(("write", "operation", "field"), [
    ("insert_many", "batch_execute_statement", "Statements"), ("put_many", "batch_write_item", "RequestItems"),
])
@pytest.mark.parametrize(("body", "sizes"), [({}, [25, 25, 10]), ({"a": "x" * 400_000}, [10] * 6)])
def test_a_batch_holds_at_most_25_items_and_4_mb(recording, store, write, operation, field, body, sizes):
    getattr(store, write)(items(60, body))
    batches = [asked[field] for name, asked in recording.calls if name == operation]
    batches = [next(iter(batch.values())) if isinstance(batch, dict) else batch for batch in batches]
    assert [len(batch) for batch in batches] == sizes


def test_keys_are_read_a_hundred_in_a_call_and_each_once(recording, store):
    keys = [item.key for item in items(230)]
    store.get_many(keys + keys)
    sizes = [len(next(iter(asked["RequestItems"].values()))["Keys"]) for _, asked in recording.calls]
    assert sizes == [100, 100, 30]


def test_values_travel_as_parameters_never_in_a_statement(recording, store):
    hostile = """x'; DELETE FROM "t" WHERE pk='"""
    item = Item(Key(hostile, hostile), {hostile: hostile}, listed=Key(hostile, hostile))
    store.insert_many([item])
    store.replace_many([Item(item.key, {hostile: 2}, 2, item.listed)])
    texts = [each["Statement"] for name, asked in recording.calls if name == "batch_execute_statement"
             for each in asked["Statements"]]
    assert [hostile in text or "DELETE" in text for text in texts] == [False, False]
    assert store.query(hostile).items == store.listing(hostile).items == [Item(item.key, {hostile: 2}, 2, item.listed)]


def test_nothing_is_read_before_it_is_written(recording, store):
    store.insert(items(1)[0])
    store.insert_many(items(3))
    store.replace_many([Item(item.key, {}, 2) for item in items(3)])
    store.write_together([Insert(Item(Key("a", "b"), {}))])
    assert {name for name, _ in recording.calls} == {"put_item", "batch_execute_statement", "transact_write_items"}

"""What DynamoDB would never take, on MemoryStore and on DynamoStore over AWS's own engine."""

from __future__ import annotations

import pytest

from rostering.errors import LocalProtocolError
from rostering.store.keys import Item, Key
from rostering.store.writes import Insert

KEY = Key("demo#ACCOUNT#1", "ACCOUNT")


def item(number: int = 1, **fields) -> Item:
    return Item(Key(f"demo#ACCOUNT#{number}", "ACCOUNT"), {"n": number}, **fields)


class _Color:
    pass


def nested(levels: int) -> dict:
    body: dict = {}
    for _ in range(levels - 1):
        body = {"a": body}
    return body


@pytest.mark.parametrize("wrong", [
    Item(Key("", "a"), {}), Item(Key("a", ""), {}), Item(Key("x" * 2049, "a"), {}), Item(Key("a", "x" * 1025), {}),
    Item(Key("é" * 1025, "a"), {}), Item(Key("a", "\ud800"), {}), Item(KEY, {"a": "\ud800"}), Item(KEY, {"": 1}),
    Item(KEY, {1: "a"}), Item(KEY, {"a": {1, 2}}), Item(KEY, {"a": _Color()}), Item(KEY, {"a": float("nan")}),
    Item(KEY, {"a": float("inf")}), Item(KEY, {"a": 10**38 + 1}), Item(KEY, {"a": 1e126}), Item(KEY, [1]),
    Item(KEY, {"a": "x" * 409_600}), Item(KEY, nested(32)), Item(KEY, {}, version=0),
    Item(KEY, {}, listed=Key("L", "")), Item(KEY, {}, listed=Key("L", "x" * 1025)),
], ids=range(21))
def test_what_dynamodb_would_refuse_is_a_defect_before_anything_is_written(store, wrong):
    for write in (store.insert, lambda each: store.insert_many([item(8), each]),
                  lambda each: store.put_many([item(8), each]),
                  lambda each: store.write_together([Insert(item(9)), Insert(each)])):
        with pytest.raises(LocalProtocolError):
            write(wrong)
    assert store.get_many([item(8).key, item(9).key]) == {}


@pytest.mark.parametrize("fits", [
    Item(Key("x" * 2048, "y" * 1024), {}, listed=Key("x" * 2048, "y" * 1024)),
    Item(KEY, {"a": "x" * (409_600 - len("pk" "demo#ACCOUNT#1" "sk" "ACCOUNT" "version" "body" "a") - 2 - 3 - 1)}),
    Item(KEY, nested(31)), Item(KEY, {"a": [10**38 - 1, 10**125, 1e-130, -1e-130, 12345678901234567000]}),
], ids=["keys", "400 KB", "depth", "numbers"])
def test_what_just_fits_is_taken(store, fits):
    assert store.insert(fits) is True
    assert store.get(fits.key) == fits


def test_messages_hold_no_values(store):
    with pytest.raises(LocalProtocolError) as error:
        store.insert(Item(KEY, {"first_name": "Josephine", "x": {"Josephine"}}))
    assert "Josephine" not in str(error.value)


@pytest.mark.parametrize(("version", "was"), [(2, 2), (3, 1), (1, 0)])
def test_a_replacement_carries_the_version_after_the_one_it_replaces(store, version, was):
    store.insert(item())
    with pytest.raises(LocalProtocolError):
        store.replace(item(version=version), was=was)

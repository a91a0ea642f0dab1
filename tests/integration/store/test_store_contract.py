"""What every store does, tested on MemoryStore and on DynamoStore over AWS's own engine."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from rostering.errors import Conflict, LocalProtocolError
from rostering.store.keys import Item, Key
from rostering.store.writes import Check, Delete, Insert, Replace

KEY = Key("demo#ACCOUNT#1", "ACCOUNT")


def item(number: int = 1, body: dict | None = None, **fields) -> Item:
    return Item(Key(f"demo#ACCOUNT#{number}", "ACCOUNT"), {"n": number} if body is None else body, **fields)


def test_a_missing_item_is_none(store):
    assert store.get(KEY) is None


@pytest.mark.parametrize(("body", "given_back"), [
    ({}, {}),
    ({"text": "", "list": [], "map": {}, "none": None, "bytes": b""}, None),
    ({"true": True, "false": False, "zero": 0, "minus": -17, "long": 10**30}, None),
    ({"whole float": 2.0, "half": 2.5, "small": 1e-7, "large": 1e23, "tuple": (1, "2")},
     {"whole float": 2, "half": 2.5, "small": 1e-7, "large": 10**23, "tuple": [1, "2"]}),
    ({"binary": bytes(range(256)), "names": ["José", "Zoë", "O'Neil", "李", "👩‍🏫", "a#b%c\n\x00\"'"]}, None),
    ({"deep": [{"a": [{"b": {"c": [None, True, 1, "x", b"y"]}}]}], "key with space": 1, "#%:": 2}, None),
])
def test_a_body_comes_back_as_it_was(store, body, given_back):
    store.insert(Item(KEY, body))
    assert store.get(KEY).body == (body if given_back is None else given_back)


def test_whole_numbers_come_back_as_int_and_others_as_float(store):
    store.insert(Item(KEY, {"numbers": [2.0, 2, 0.5]}))
    assert [type(value) for value in store.get(KEY).body["numbers"]] == [int, int, float]


@pytest.mark.parametrize("listed", [None, Key("demo#PEOPLE#1", "Student#a")])
@pytest.mark.parametrize("expires", [None, 1_900_000_000])
@pytest.mark.parametrize("write", ["insert", "insert_many", "put_many", "write_together"])
def test_every_way_of_writing_keeps_all_of_an_item(store, write, listed, expires):
    wanted = Item(KEY, {"a": 1}, version=1, listed=listed, expires=expires)
    match write:
        case "insert":
            store.insert(wanted)
        case "write_together":
            store.write_together([Insert(wanted)])
        case _:
            getattr(store, write)([wanted])
    assert store.get(KEY) == wanted


@pytest.mark.parametrize("before", [(None, None), (Key("L", "a"), None), (None, 17), (Key("L", "a"), 17)])
@pytest.mark.parametrize("after", [(None, None), (Key("L", "a"), 18), (Key("M", "b"), None), (None, 18)])
@pytest.mark.parametrize("write", ["replace", "replace_many", "write_together"])
def test_every_way_of_replacing_sets_and_removes_place_and_expiry(store, write, before, after):
    store.insert(Item(KEY, {"a": 1, "gone": 1}, 1, *before))
    wanted = Item(KEY, {"a": 2}, 2, *after)
    match write:
        case "replace":
            assert store.replace(wanted, was=1) is True
        case "replace_many":
            assert store.replace_many([wanted]) == set()
        case _:
            assert store.write_together([Replace(wanted)]) is True
    assert store.get(KEY) == wanted
    assert [found.key for found in store.listing("L").items] == ([KEY] if after[0] == Key("L", "a") else [])


def test_nothing_is_shared_with_the_caller(store):
    body = {"list": [1]}
    store.insert(Item(KEY, body))
    body["list"].append(2)
    store.get(KEY).body["list"].append(3)
    assert store.get(KEY).body == {"list": [1]}


def test_an_insert_on_a_taken_key_is_refused_and_changes_nothing(store):
    assert store.insert(item(body={"a": 1})) is True
    assert store.insert(item(body={"a": 2})) is False
    assert store.get(KEY).body == {"a": 1}


def test_an_equal_insert_is_refused_too(store):
    store.insert(item())
    assert store.insert(item()) is False
    assert store.insert_many([item()]) == {KEY}


def test_insert_many_refuses_the_taken_keys_and_writes_the_others(store):
    store.insert_many([item(number, {"first": True}) for number in range(0, 120, 7)])
    refused = store.insert_many([item(number) for number in range(120)])
    assert refused == {item(number).key for number in range(0, 120, 7)}
    found = store.get_many([item(number).key for number in range(120)])
    assert all(found[item(number).key].body == ({"first": True} if number % 7 == 0 else {"n": number})
               for number in range(120))


@pytest.mark.parametrize("was", [1, 3, 7])
def test_a_replace_of_another_version_is_refused(store, was):
    store.insert(item(body={"a": 1}, version=2))
    assert store.replace(item(body={"a": 9}, version=was + 1), was=was) is False
    assert store.replace_many([item(body={"a": 9}, version=was + 1)]) == {KEY}
    assert store.write_together([Replace(item(body={"a": 9}, version=was + 1))]) is False
    assert store.get(KEY) == item(body={"a": 1}, version=2)


def test_a_replace_of_nothing_is_refused(store):
    assert store.replace(item(version=2), was=1) is False
    assert store.replace_many([item(version=2)]) == {KEY}
    assert store.write_together([Replace(item(version=2))]) is False
    assert store.get(KEY) is None


def test_replace_many_refuses_each_item_on_its_own(store):
    store.insert_many([item(number, version=1 + number % 3) for number in range(80)])
    refused = store.replace_many([item(number, {"new": True}, version=2) for number in range(90)])
    assert refused == {item(number).key for number in range(90) if number % 3 or number >= 80}
    assert store.get(item(3).key) == item(3, {"new": True}, version=2)
    assert store.get(item(4).key) == item(4, version=2)


@pytest.mark.parametrize("write", ["insert_many", "replace_many"])
def test_two_conditional_writes_of_one_item_in_one_call_are_a_defect(store, write):
    with pytest.raises(LocalProtocolError):
        getattr(store, write)([item(2, version=2), item(1, version=2), item(2, version=2)])
    assert store.get(item(1).key) is None


def test_put_many_writes_over_anything_and_the_last_of_a_key_wins(store):
    store.insert(item(1, {"old": True}, version=5))
    store.put_many([item(1, {"n": 1}), *(item(number) for number in range(2, 60)), item(1, {"n": "last"})])
    assert store.get(KEY) == item(1, {"n": "last"})
    assert len(store.get_many([item(number).key for number in range(100)])) == 59


def test_delete_many_removes_what_is_there_and_minds_nothing_else(store):
    store.insert_many([item(number, listed=Key("L", f"{number:03}")) for number in range(60)])
    store.delete_many([*(item(number).key for number in range(10, 90)), item(10).key])
    assert [found.body["n"] for found in store.listing("L").items] == list(range(10))


def test_get_many_gives_what_there_is_in_the_order_asked_for(store):
    store.put_many([item(number) for number in range(0, 260, 2)])
    asked = [item(number).key for number in reversed(range(260))]
    found = store.get_many([*asked, *asked])
    assert list(found) == [key for key in asked if int(key.pk.rsplit("#", 1)[1]) % 2 == 0]
    assert found[item(100).key] == item(100)


@pytest.mark.parametrize("call", [
    lambda store: store.get_many([]), lambda store: store.insert_many([]), lambda store: store.put_many([]),
    lambda store: store.replace_many(iter(())), lambda store: store.delete_many([]),
])
def test_a_call_about_no_items_does_nothing(store, call):
    assert not call(store)


def test_bulk_methods_take_any_iterable_once(store):
    assert store.insert_many(item(number) for number in range(3)) == set()
    assert store.replace_many(item(number, version=2) for number in range(3)) == set()
    assert len(store.get_many(item(number).key for number in range(3))) == 3
    assert store.write_together(Check(item(number).key, 2) for number in range(3)) is True


def test_an_update_of_a_missing_item_creates_version_1(store):
    assert store.update(KEY, lambda body: {"was": body}) == item(body={"was": None})
    assert store.get(KEY) == item(body={"was": None})


def test_an_update_keeps_place_and_expiry(store):
    store.insert(Item(KEY, {"n": 1}, 4, Key("L", "a"), 1_900_000_000))
    changed = store.update(KEY, lambda body: {"n": body["n"] + 1})
    assert changed == store.get(KEY) == Item(KEY, {"n": 2}, 5, Key("L", "a"), 1_900_000_000)


@pytest.mark.parametrize("there", [True, False])
def test_an_update_that_returns_none_leaves_the_item_as_it_is(store, there):
    if there:
        store.insert(item(body={"list": [1]}))
    given_back = store.update(KEY, lambda body: body["list"].append(2) if body else None)
    assert given_back == store.get(KEY) == (item(body={"list": [1]}) if there else None)


def test_an_update_reads_again_when_somebody_wrote_in_between(store):
    store.insert(item(body={"n": 1}))
    seen = []

    def change(body):
        seen.append(body["n"])
        if len(seen) == 1:
            store.replace(item(body={"n": 10}, version=2), was=1)
        return {"n": body["n"] + 1}

    assert store.update(KEY, change) == item(body={"n": 11}, version=3)
    assert seen == [1, 10]


def test_an_update_that_loses_every_race_is_a_conflict(store):
    def change(body):
        store.put_many([item(version=len(seen) + 10)])
        seen.append(body)
        return {}

    seen: list = []
    with pytest.raises(Conflict):
        store.update(KEY, change, attempts=3)
    assert len(seen) == 3


def test_updates_from_two_threads_are_all_kept(store):
    def add(name: str) -> None:
        for _ in range(10):
            store.update(KEY, lambda body: {**(body or {}), name: (body or {}).get(name, 0) + 1}, attempts=200)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(add, ["a", "b"]))
    assert store.get(KEY) == item(body={"a": 10, "b": 10}, version=20)


@pytest.mark.parametrize("bulk", [True, False])
def test_of_two_threads_inserting_the_same_keys_each_key_is_won_once(store, bulk):
    start = threading.Barrier(2)

    def insert(thread: int) -> set[Key]:
        items = [item(number, {"by": thread}) for number in range(100)]
        start.wait()
        refused = store.insert_many(items) if bulk else {each.key for each in items if not store.insert(each)}
        return {each.key for each in items} - refused

    with ThreadPoolExecutor(2) as pool:
        won = list(pool.map(insert, range(2)))
    assert won[0] | won[1] == {item(number).key for number in range(100)}
    assert not won[0] & won[1]
    stored = store.get_many(won[0] | won[1])
    assert all(stored[key].body == {"by": thread} for thread in range(2) for key in won[thread])


def test_writes_together_happen_all(store):
    store.insert_many([item(1), item(2), item(3), item(4, version=6)])
    assert store.write_together([Replace(item(1, {"new": 1}, version=2)), Delete(item(2).key), Delete(item(3).key, 1),
                                 Check(item(4).key, 6), Check(item(5).key, None), Insert(item(6)),
                                 Delete(item(7).key)]) is True
    found = store.get_many([item(number).key for number in range(9)])
    assert [(each.body, each.version) for each in found.values()] == [({"new": 1}, 2), ({"n": 4}, 6), ({"n": 6}, 1)]


@pytest.mark.parametrize("write", [
    Insert(item(1)), Replace(item(1, version=3)), Replace(item(5, version=2)), Delete(item(1).key, 2),
    Delete(item(5).key, 1), Check(item(1).key, 2), Check(item(1).key, None), Check(item(5).key, 1),
])
def test_one_broken_condition_stops_all_of_them(store, write):
    store.insert_many([item(1), item(2)])
    assert store.write_together([Insert(item(8)), Delete(item(2).key), write]) is False
    assert list(store.get_many([item(1).key, item(2).key, item(8).key])) == [item(1).key, item(2).key]


def test_a_hundred_writes_go_together_and_not_one_more(store):
    assert store.write_together([Insert(item(number)) for number in range(100)]) is True
    with pytest.raises(LocalProtocolError):
        store.write_together([Insert(item(number)) for number in range(100, 201)])
    with pytest.raises(LocalProtocolError):
        store.write_together([])


def test_two_writes_of_one_item_do_not_go_together(store):
    with pytest.raises(LocalProtocolError):
        store.write_together([Check(KEY, None), Insert(item(1))])

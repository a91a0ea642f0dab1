"""What every store does, tested on MemoryStore and on DynamoStore over AWS's own engine."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from rostering.errors import Conflict, InputError, LocalProtocolError
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


# Partitions and pages.

def filled(store, *sort_keys: str, pk: str = "demo#SITE") -> None:
    store.put_many([Item(Key(pk, sk), {"sk": sk}) for sk in sort_keys])


def sort_keys(page) -> list[str]:
    return [found.key.sk for found in page.items]


def test_a_partition_is_read_in_the_order_of_utf8_bytes(store):
    keys = ["a", "B", "é", "z", "aa", "~", "\U0001F600", "\uffff", "10", "9"]
    filled(store, *keys)
    filled(store, "other", pk="demo#SITE2")
    assert sort_keys(store.query("demo#SITE")) == sorted(keys, key=str.encode)
    assert sort_keys(store.query("demo#SITE", backwards=True)) == sorted(keys, key=str.encode, reverse=True)


def test_a_prefix_ends_where_the_text_ends(store):
    filled(store, "SCHOOL#1", "SCHOOL#10", "SCHOOL#2", "SCHOOL", "SETTINGS", "SCHOOL\uffff", "school#1")
    assert sort_keys(store.query("demo#SITE", prefix="SCHOOL#")) == ["SCHOOL#1", "SCHOOL#10", "SCHOOL#2"]
    assert sort_keys(store.query("demo#SITE", prefix="X")) == []
    assert sort_keys(store.query("demo", prefix="SCHOOL#")) == []


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8, 50])
@pytest.mark.parametrize("prefix", ["", "k"])
def test_pages_put_together_are_the_whole(store, limit, backwards, prefix):
    filled(store, *(f"k{number}é" for number in range(7)), *([] if prefix else ["a"]), pk="p")
    pages, after = [], None
    while True:
        page = store.query("p", prefix=prefix, limit=limit, after=after, backwards=backwards)
        pages.append(sort_keys(page))
        after = page.after
        if after is None:
            break
    whole = sort_keys(store.query("p", prefix=prefix, backwards=backwards))
    assert [sk for page in pages for sk in page] == whole
    assert all(len(page) == limit for page in pages[:-1])
    assert pages[-1]


def test_a_page_that_ends_with_the_last_item_has_no_cursor(store):
    filled(store, "a", "b")
    assert store.query("demo#SITE", limit=2).after is None
    assert store.query("demo#SITE", limit=1).after is not None


def test_items_beyond_one_megabyte_are_all_read(store):
    store.put_many([Item(Key("p", f"{number:02}"), {"text": "x" * 150_000}) for number in range(20)])
    assert sort_keys(store.query("p")) == [f"{number:02}" for number in range(20)]
    page = store.query("p", limit=15)
    assert (len(page.items), sort_keys(store.query("p", after=page.after))[0]) == (15, "15")


def test_a_cursor_holds_while_items_come_and_go(store):
    filled(store, "a", "c", "e")
    after = store.query("demo#SITE", limit=2).after
    store.delete_many([Key("demo#SITE", "c")])
    filled(store, "b", "d")
    assert sort_keys(store.query("demo#SITE", after=after)) == ["d", "e"]


def test_a_cursor_of_another_partition_reaches_nothing_there(store):
    filled(store, "a", "b", "c", pk="one")
    filled(store, "b", "x", pk="two")
    after = store.query("one", limit=1).after
    assert [found.key for found in store.query("two", after=after).items] == [Key("two", "b"), Key("two", "x")]


@pytest.mark.parametrize("made_up", ["x", "!!", "é", "W10", "bnVsbA", "WzFd", "WyIiXQ", "WyJhIiwiYiJd", "[" * 5000,
                                     "e30", "WyJcdWQ4MDAiXQ"])
def test_a_made_up_cursor_is_an_input_error(store, made_up):
    with pytest.raises(InputError):
        store.query("p", after=made_up)
    with pytest.raises(InputError):
        store.listing("p", after=made_up)


def test_a_cursor_outside_the_prefix_is_an_input_error(store):
    filled(store, "a1", "a2", "b1", "b2")
    after = store.query("demo#SITE", limit=1).after
    with pytest.raises(InputError):
        store.query("demo#SITE", prefix="b", after=after)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_page_of_nothing_is_a_defect(store, limit):
    with pytest.raises(LocalProtocolError):
        store.query("p", limit=limit)
    with pytest.raises(LocalProtocolError):
        store.listing("p", limit=limit)


# The index.

def person(number: int, list_sk: str, school: str = "1", **fields) -> Item:
    return item(number, listed=Key(f"demo#PEOPLE#{school}", list_sk), **fields)


def test_a_listing_gives_whole_items_in_the_order_of_the_index(store):
    store.insert_many([person(1, "Student#b"), person(2, "Student#a"), person(3, "Teacher#a"), item(4),
                       person(5, "Student#c", school="2")])
    assert store.listing("demo#PEOPLE#1").items == [person(2, "Student#a"), person(1, "Student#b"),
                                                    person(3, "Teacher#a")]
    assert [found.body["n"] for found in store.listing("demo#PEOPLE#1", prefix="Student#").items] == [2, 1]
    assert [found.body["n"] for found in store.listing("demo#PEOPLE#1", backwards=True).items] == [3, 1, 2]


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("limit", [1, 4, 10, 11])
def test_pages_of_a_listing_put_together_are_the_whole(store, limit, backwards):
    store.insert_many([person(number, f"Student#{number:02}") for number in range(10)])
    seen, after, pages = [], None, 0
    while pages == 0 or after:
        page = store.listing("demo#PEOPLE#1", prefix="Student#", limit=limit, after=after, backwards=backwards)
        seen += [found.body["n"] for found in page.items]
        after, pages = page.after, pages + 1
    assert seen == sorted(range(10), reverse=backwards)
    assert pages == -(-10 // limit)


def test_items_listed_at_one_place_are_all_given_once(store):
    store.insert_many([person(number, "same") for number in range(9)])
    first = store.listing("demo#PEOPLE#1", limit=5)
    rest = store.listing("demo#PEOPLE#1", limit=5, after=first.after)
    assert sorted(found.body["n"] for found in first.items + rest.items) == list(range(9))


def test_an_item_moves_in_the_listing_with_its_place(store):
    store.insert(person(1, "Student#a"))
    store.replace(person(1, "Student#b", school="2", version=2), was=1)
    assert store.listing("demo#PEOPLE#1").items == []
    assert [found.version for found in store.listing("demo#PEOPLE#2").items] == [2]


def test_a_listing_without_limit_gives_everything(store):
    store.put_many([person(number, f"{number:03}") for number in range(230)])
    assert len(store.listing("demo#PEOPLE#1", limit=None).items) == 230
    assert len(store.listing("demo#PEOPLE#1").items) == 100


# Reading and writing in one.

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


# Together or not at all.

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


# What DynamoDB would never take.

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

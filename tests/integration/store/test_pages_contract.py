"""Reading partitions and listings page by page, on MemoryStore and on DynamoStore over AWS's own engine."""

from __future__ import annotations

import pytest

from rostering.errors import InputError, LocalProtocolError
from rostering.store.keys import Item, Key


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


@pytest.mark.parametrize("pk", ["", "x" * 2049, "\ud800"])
def test_a_partition_that_can_not_be_is_a_defect(store, pk):
    for read in (store.query, store.listing):
        with pytest.raises(LocalProtocolError):
            read(pk)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_page_of_nothing_is_a_defect(store, limit):
    with pytest.raises(LocalProtocolError):
        store.query("p", limit=limit)
    with pytest.raises(LocalProtocolError):
        store.listing("p", limit=limit)


def item(number: int, **fields) -> Item:
    return Item(Key(f"demo#ACCOUNT#{number}", "ACCOUNT"), {"n": number}, **fields)


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

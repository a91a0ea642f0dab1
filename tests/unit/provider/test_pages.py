"""Paging: every row once, in the order of ids, whatever the size of a page."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.oneroster.district import COLLECTIONS
from tests.unit.provider.client import client

CLIENT = client(students=40)


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("collection", COLLECTIONS)
def test_pages_of_any_size_give_every_row_once_in_the_order_of_ids(collection, version):
    asking = client(students=40, version=version)
    whole = asking.ids(collection)
    assert whole == sorted(set(whole))
    assert len(whole) == asking.made.district.count(collection)
    assert bool(whole) is (collection != "gradingPeriods")
    for size in (7, 100):
        assert asking.ids(collection, size) == whole


@given(offset=st.integers(0, 400), limit=st.integers(1, 700))
def test_a_page_is_a_slice_of_the_collection(offset, limit):
    whole = CLIENT.ids("enrollments")
    rows = CLIENT.get("enrollments", offset=offset, limit=limit)["enrollments"]
    assert [row["sourcedId"] for row in rows] == whole[offset:offset + min(limit, 500)]


def test_pages_cross_the_zones_of_a_large_district():
    asking = client(students=4_500)
    assert asking.made.district.parts == 3
    users = asking.ids("users", 333)
    assert len(users) == len(set(users)) == asking.made.district.count("users")


def test_a_page_holds_100_rows_unless_asked_for_more_and_never_more_than_500():
    asking = client(students=120)
    assert len(asking.get("enrollments")["enrollments"]) == 100
    assert len(asking.get("enrollments", limit=5_000)["enrollments"]) == 500


def test_total_and_links_tell_where_a_page_is():
    _, headers, _ = CLIENT.ask("users", limit=10, offset=20)
    total = len(CLIENT.ids("users"))
    assert headers["X-Total-Count"] == str(total)
    links = dict(reversed(part.split("; ")) for part in headers["Link"].split(", "))
    assert {rel[5:-1]: int(url.strip("<>").rpartition("offset=")[2]) for rel, url in links.items()} == {
        "next": 30, "prev": 10, "first": 0, "last": (total - 1) // 10 * 10}


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "-1"}, {"offset": "x"}, {"offset": "٣"}])
def test_a_window_that_is_none_is_refused(query):
    status, _, body = CLIENT.ask("users", **query)
    assert status == 400 and b"invaliddata" in body


@pytest.mark.parametrize("collection", [name for name in COLLECTIONS if name != "gradingPeriods"])
def test_each_object_can_be_had_alone(collection):
    row = CLIENT.rows(collection)[-1]
    assert list(CLIENT.get(f"{collection}/{row['sourcedId']}").values()) == [row]


@pytest.mark.parametrize("path", ["users/nobody", "users/0001-0", "users/ffff-0", "lineItems", "users/a/b", ""])
def test_what_is_not_there_is_an_unknown_object(path):
    status, _, body = CLIENT.ask(path)
    assert status == 404 and b"unknownobject" in body


def test_a_guardian_is_no_student():
    guardian = next(row for row in CLIENT.rows("users") if row["role"] == "parent")
    assert CLIENT.ask(f"students/{guardian['sourcedId']}")[0] == 404


@pytest.mark.parametrize(("version", "key"), [("1.1", "statusInfoSet"), ("1.2", "imsx_codeMajor")])
def test_errors_have_the_shape_of_their_version(version, key):
    status, headers, body = client(version=version).ask("users/nobody")
    assert (status, headers["Content-Type"]) == (404, "application/json")
    assert key in json.loads(body)


def test_data_is_read_only():
    made = CLIENT.made
    assert made.handle("DELETE", f"{CLIENT.base}/users", "", CLIENT.headers)[0] == 405

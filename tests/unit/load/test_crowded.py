"""Deliveries that come to more pairs of one end than there is room for: it is left out, all else is written."""

from __future__ import annotations

from datetime import date

import pytest

from rostering import crowds, snapshot
from rostering.load import progress, verify
from rostering.load.applied import read_applied
from rostering.load.ground import Ground
from rostering.store import attributes, keys
from tests import loads
from tests.unit.load import district as d

PUPILS = [d.student(str(n), n) for n in range(1, 13)]
MANY = [d.student(str(n), n) for n in range(13, 101)]
DATES = {"start_date": "2026-08-24", "end_date": "2027-06-25"}
SCHOOL = [d.school(), d.term(), d.staff(), *PUPILS, d.course(), d.section(), d.section("710")]


def in_class(*numbers, section="709", **fields):
    return [d.enrollment(section, str(n), n, **fields) for n in numbers]


@pytest.fixture
def room_for_four(monkeypatch):
    for kind, ends in crowds.ENDS.items():
        monkeypatch.setitem(crowds.ENDS, kind, tuple(end._replace(most=4) for end in ends))
    for at in crowds._ROOM:
        monkeypatch.setitem(crowds._ROOM, at, 4)


@pytest.fixture
def light_items(monkeypatch):
    """Items that hold sixty members or so."""
    monkeypatch.setattr(attributes, "_WEIGHED_FROM", 10)
    monkeypatch.setattr(attributes, "_OF_KEYS", 300)
    monkeypatch.setattr(attributes, "MAX_ITEM_BYTES", 3_000)


def ground_of(store, files, load):
    return Ground.open(store, files, loads.SITE, load, now=loads.NOW)


def members(store, section="709"):
    return set(store.get(keys.section(loads.SITE, section)).body["members"])


def who_says(store, ground, section="709"):
    """The accounts of those who say that they are in a class."""
    pupils = {n: store.get(keys.account(loads.SITE, ground.account("student", str(n)))).body for n in range(1, 13)}
    return {body["id"] for body in pupils.values() if body.get("classes", {}).get(section, ["", "", ""])[2] == "active"}


def known(files, section="709"):
    """Who is in a class, as the snapshot says."""
    found = snapshot.read(files, loads.SITE, "sheet").shards["rosters"]
    return {key for shard in found for entity in snapshot.entities(files, shard, 0, 1, exact=True)
            if entity.key == section for key, pair in entity.members.get("students", {}).items()
            if pair["status"] == "active"}


def told(store, files, load, phase="rosters"):
    return [(p.code, p.tab, p.key) for p in read_applied(ground_of(store, files, load), phase, 0).problems]


def test_a_class_that_two_loads_overfill_stays_as_it_was_at_both_ends(store, files, room_for_four):
    loads.run(store, files, "01A", [*SCHOOL, *in_class(1, 2, 3)])
    loads.run(store, files, "01B", [*in_class(4, 5), *in_class(5, 6, section="710"), d.student("1", grade="05")])
    ground = ground_of(store, files, "01B")
    three = {ground.account("student", str(n)) for n in (1, 2, 3)}
    assert members(store) == who_says(store, ground) == three and known(files) == {"1", "2", "3"}
    assert members(store, "710") == who_says(store, ground, "710") and len(members(store, "710")) == 2
    assert store.get(keys.account(loads.SITE, ground.account("student", "1"))).body["fields"]["grade"] == "05"
    assert told(store, files, "01B") == [("R-CROWDED", "Classes", "section/709")]
    assert progress.read(store, loads.SITE, "01B")["state"] == "done"


def test_what_is_not_loaded_is_not_counted_as_new(store, files, room_for_four):
    loads.run(store, files, "01A", [*SCHOOL, *in_class(1, 2, 3)])
    settled = loads.run(store, files, "01B", [*in_class(4, 5), *in_class(6, section="710")])
    assert settled["counts"]["rosters"]["new"] == 1


def test_a_class_has_room_again_once_others_left(store, files, room_for_four):
    loads.run(store, files, "01A", [*SCHOOL, *in_class(1, 2, 3)])
    loads.run(store, files, "01B", in_class(4, 5))
    loads.run(store, files, "01C", [*in_class(1, status="inactive"), *in_class(4, 5)])
    ground = ground_of(store, files, "01C")
    assert members(store) == who_says(store, ground) == {ground.account("student", str(n)) for n in (2, 3, 4, 5)}
    assert known(files) == {"2", "3", "4", "5"}


def test_a_class_that_was_fuller_before_there_was_a_limit_can_be_emptied(store, files, monkeypatch):
    loads.run(store, files, "01A", [*SCHOOL, *in_class(*range(1, 9))])
    monkeypatch.setitem(crowds._ROOM, ("section", "students"), 4)
    loads.run(store, files, "01B", in_class(1, 2, status="inactive"))
    assert len(members(store)) == 6 and told(store, files, "01B") == []


def test_a_student_whom_two_loads_put_into_too_many_classes_stays_in_the_first(store, files, room_for_four):
    classes = [f"c{n}" for n in range(6)]
    loads.run(store, files, "01A", [*SCHOOL, *map(d.section, classes), *(d.enrollment(c, "1") for c in classes[:3])])
    loads.run(store, files, "01B", [d.enrollment(c, "1") for c in classes[3:]])
    account = ground_of(store, files, "01B").account("student", "1")
    assert sorted(store.get(keys.account(loads.SITE, account)).body["classes"]) == classes[:3]
    assert [account in members(store, c) for c in classes] == [True] * 3 + [False] * 3
    assert told(store, files, "01B", "people") == [("R-CROWDED", "Students", "student/1")]


def test_a_load_that_left_a_class_out_is_undone_and_verified_without_it(store, files, room_for_four):
    loads.run(store, files, "01A", [*SCHOOL, *in_class(1, 2, 3)])
    loads.run(store, files, "01B", [*in_class(4, 5), *in_class(5, 6, section="710")])
    assert _drift(store, files, "01C") == 0
    loads.undo(store, files, "01D", "01B")
    assert len(members(store)) == 3 and members(store, "710") == set()


def test_an_item_that_would_be_too_heavy_is_left_out_and_the_rest_is_written(store, files, light_items):
    loads.run(store, files, "01A", [*SCHOOL, *MANY, *in_class(*range(1, 41), **DATES)])
    before = members(store)
    loads.run(store, files, "01B", [*in_class(*range(41, 81), **DATES), *in_class(5, section="710")])
    assert members(store) == before and len(before) == len(known(files)) == 40
    assert len(members(store, "710")) == 1
    assert told(store, files, "01B") == [("R-CROWDED", "Classes", "section/709")]
    assert progress.read(store, loads.SITE, "01B")["state"] == "done"
    loads.undo(store, files, "01C", "01B")
    assert members(store) == before and members(store, "710") == set()


def test_a_new_item_that_would_be_too_heavy_is_left_out(store, files, light_items):
    loads.run(store, files, "01A", [*SCHOOL, *MANY, *in_class(*range(1, 101), **DATES), *in_class(5, section="710")])
    assert store.get(keys.section(loads.SITE, "709")) is None and len(members(store, "710")) == 1
    assert told(store, files, "01A") == [("R-CROWDED", "Classes", "section/709")]


def test_of_a_record_of_too_many_pairs_the_rows_are_left_out_first(store, files, light_items):
    loads.run(store, files, "01A", [*SCHOOL, *MANY])
    loads.run(store, files, "01B", in_class(*range(1, 71)))
    assert len(members(store)) == 70
    record = store.get(keys.change(keys.section(loads.SITE, "709"), "01B")).body
    assert len(record["moved"]["members"]) == 70 and "rows" not in record


def test_an_undo_whose_item_would_be_too_heavy_leaves_it_and_tells_so(store, files, monkeypatch):
    loads.run(store, files, "01A", [*SCHOOL, *in_class(*range(1, 11))])
    loads.run(store, files, "01B", in_class(*range(1, 9), status="inactive"))
    monkeypatch.setattr(attributes, "fits", lambda item: len(item.body.get("members", ())) < 5)
    undone = loads.undo(store, files, "01C", "01B")
    assert undone["state"] == "done" and {one["why"] for one in undone["kept"]} == {"no_room"}
    assert len(members(store)) == 2 and known(files) == {"9", "10"}


def _drift(store, files, load):
    """How many shards a verifying load finds something in."""
    verify.order(store, files, loads.SITE, "sheet", load=load, by="admin", today=date(2026, 11, 23), now=loads.NOW)
    ground = ground_of(store, files, load)
    return sum(verify.plan(ground, phase, 0).changes for phase in ("structure", "people", "rosters"))

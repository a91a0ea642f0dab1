"""A feed's shards: what is written, and what is held in memory meanwhile."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rostering import feed
from rostering.model import Record
from tests.unit.load import district as d

ONE = dict.fromkeys(feed.PHASES, 1)


def written(folder, records, shards=ONE) -> dict[tuple[str, int], list]:
    folder.mkdir(exist_ok=True)
    writer = feed.FeedWriter(folder, shards)
    writer.add(records)
    return {(phase, number): entities for phase, number, entities in writer.finish()}


def pairs(records, shards=ONE, *, folder) -> dict[tuple[str, str, str], str | None]:
    """School of every pair, by kind of entity, its key and the other end's key."""
    return {(entity.kind, entity.key, other): pair.get("school")
            for entities in written(folder, records, shards).values() for entity in entities
            for members in entity.members.values() for other, pair in members.items()}


def test_both_ends_of_a_pair_carry_the_school_of_its_owner(tmp_path):
    records = [d.student("1", school="0012"), d.guardian("id:g1"), d.link("id:g1", "1"),
               d.section("709", school="0013"), d.enrollment("709", "1"), *d.group_member("rti", "student:1")]
    assert pairs(records, folder=tmp_path) == {
        ("student", "1", "709"): "0013", ("section", "709", "1"): "0013", ("student", "1", "id:g1"): "0012",
        ("guardian", "id:g1", "1"): "0012", ("group", "rti", "student:1"): "0012"}


def test_a_pair_whose_owner_is_not_told_carries_no_school(tmp_path):
    assert set(pairs([d.enrollment("709", "1")], folder=tmp_path).values()) == {None}


@settings(deadline=None, max_examples=30)
@given(st.dictionaries(st.text(min_size=1, max_size=4), st.sampled_from(["1", "2", "3"]), max_size=60))
def test_an_owners_school_is_the_one_told_last(tmp_path_factory, schools):
    homes = [d.section(key, school=school) for key, school in schools.items()]
    records = [d.section(key, school="0") for key in schools] + homes + [d.enrollment(key, "1") for key in schools]
    found = pairs(records, folder=tmp_path_factory.mktemp("feed"))
    assert {key: found["section", key, "1"] for key in schools} == schools


def test_thousands_of_owners_keep_their_schools_apart(tmp_path):
    records = [d.student(str(n), school=str(n % 61)) for n in range(5_000)]
    records += [d.link(f"id:g{n}", str(n)) for n in range(5_000)]
    found = pairs(records, {"structure": 1, "people": 8, "rosters": 1}, folder=tmp_path)
    assert all(found["student", str(n), f"id:g{n}"] == str(n % 61) for n in range(5_000))


def test_what_is_buffered_changes_nothing_in_the_feed(tmp_path, monkeypatch):
    records = d.small(40)
    shards = {"structure": 1, "people": 4, "rosters": 2}
    whole = written(tmp_path / "whole", records, shards)
    monkeypatch.setattr(feed, "_MOST_BUFFERED_BYTES", 500)
    assert written(tmp_path / "often", records, shards) == whole


def test_many_shards_together_hold_no_more_than_their_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(feed, "_MOST_BUFFERED_BYTES", 1_000_000)
    writer = feed.FeedWriter(tmp_path, {"structure": 1, "people": 256, "rosters": 256})
    tracemalloc.start()
    writer.add(d.enrollment(str(n % 5_000), str(n)) for n in range(60_000))     # 9 MB of statements
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 3_000_000


@pytest.mark.parametrize(("entities", "shards"), [(0, 1), (4_000, 1), (4_001, 2), (2_800_000, 1024), (10**8, 1024)])
def test_a_shard_holds_about_four_thousand(entities, shards):
    assert feed.shard_count(entities) == shards


def test_a_member_stated_twice_is_the_one_told_last(tmp_path):
    records = [d.section(), d.enrollment(), Record("enrollment", ("709", "1"), {"status": "inactive"}, 9)]
    (entity,) = written(tmp_path, records)["rosters", 0]
    assert entity.members["students"]["1"] == {"status": "inactive", "school": "0012"}

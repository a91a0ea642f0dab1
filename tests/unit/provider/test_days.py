"""The days of the made-up district, its determinism, and its feed of changes."""

from __future__ import annotations

from collections import Counter

import pytest

from cli.oneroster.district import OneRosterDistrict
from cli.oneroster.objects import KINDS
from tests.unit.provider.client import TODAY, client


def day(students: int, name: str = "today", seed: int = 1) -> OneRosterDistrict:
    return OneRosterDistrict(students, seed, TODAY, day=name)


@pytest.mark.parametrize(("students", "left", "came"), [
    (1, 0, 0), (19, 0, 0), (20, 1, 1), (60, 1, 1), (1_000, 20, 15), (4_500, 90, 68)])
def test_of_1000_students_20_leave_and_15_come_and_at_least_one_from_20_on(students, left, came):
    before, after = ({record.id for record in day(students, name).rows("students")}
                     for name in ("today", "next-day"))
    assert (len(before), len(before - after), len(after - before)) == (students, left, came)


def test_everything_that_stays_is_equal():
    before, after = day(1_000), day(1_000, "next-day")
    for kind in KINDS:
        old = {record.id: record for record in before.rows(kind)}
        new = {record.id: record for record in after.rows(kind)}
        differing = {id for id in old.keys() & new.keys() if old[id] != new[id]}
        assert {old[id].role for id in differing if kind == "users"} <= {"parent", "guardian", "relative"}
        assert not differing or kind == "users"
        if kind in ("orgs", "academicSessions", "courses", "classes"):
            assert old == new


def test_who_comes_has_guardians_classes_and_a_birth_date():
    before, asking = client(students=1_000), client(students=1_000, day="next-day")
    new = set(asking.ids("students")) - set(before.ids("students"))
    classes = Counter(row["user"]["sourcedId"] for row in asking.rows("enrollments"))
    assert {classes[id] for id in new} == {6}
    assert new <= set(asking.ids("demographics"))
    users = set(asking.ids("users"))
    for row in asking.rows("students"):
        assert {agent["sourcedId"] for agent in row.get("agents", ())} <= users


def test_the_same_three_give_the_same_district():
    for kind in KINDS:
        assert list(day(100).rows(kind)) == list(day(100).rows(kind))
    assert set(client(seed=2).ids("users")).isdisjoint(client(seed=1).ids("users"))


def test_no_reference_dangles_and_no_id_is_given_twice():
    asking = client(students=2_500, day="next-day")
    ids = {kind: set(asking.ids(kind)) for kind in KINDS if kind != "demographics"}
    assert sum(map(len, ids.values())) == len(set().union(*ids.values()))
    kinds = {"org": "orgs", "user": "users", "class": "classes", "course": "courses",
             "academicSession": "academicSessions"}
    for kind in KINDS:
        for row in asking.rows(kind):
            for value in row.values():
                for ref in value if isinstance(value, list) else [value]:
                    if isinstance(ref, dict) and "href" in ref:
                        assert ref["sourcedId"] in ids[kinds[ref["type"]]]


def test_ids_tell_nothing():
    asking = client()
    for row in asking.rows("students"):
        assert row["identifier"] not in row["sourcedId"] and len(row["sourcedId"]) == 21


def test_an_unknown_day_and_an_empty_district_are_refused():
    with pytest.raises(ValueError, match="one of: today, next-day, day-after"):
        day(20, "yesterday")
    with pytest.raises(ValueError, match="at least 1 student"):
        day(0)


def test_the_ready_timestamp_moves_with_the_day():
    made = client().made
    first = made.processed
    made.advance()
    assert made.processed > first


def test_the_feed_tells_what_the_next_day_changed_oldest_first():
    asking = client(students=1_000)
    assert asking.get("events") == {"events": []}
    asking.made.advance()
    events = asking.rows("events")
    kinds = Counter(event["eventType"] for event in events)
    assert (kinds["Student.Deleted"], kinds["Student.Created"]) == (20, 15)
    assert (kinds["Enrollment.Deleted"], kinds["Enrollment.Created"]) == (120, 90)
    assert [event["timestamp"] for event in events] == sorted({event["timestamp"] for event in events})
    for event in events:
        kind = event["eventType"].rpartition(".")[2]
        assert (event["object"] is None) is (kind == "Deleted")
        assert ("changes" in event) is (kind == "Updated")


@pytest.mark.parametrize("unit", [1, 1_000])
def test_the_feed_reads_after_and_before_in_seconds_or_milliseconds(unit):
    asking = client(students=1_000, day="next-day")
    moment = int(asking.made.processed.timestamp())
    assert asking.get("events", after=moment * unit) == {"events": []}
    assert len(asking.get("events", before=moment * unit, limit=10)["events"]) == 10
    assert asking.ask("events", after="yesterday")[0] == 400

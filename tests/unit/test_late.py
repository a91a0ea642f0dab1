"""Which zones and connections were not pulled when they should have been."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

import pytest

from rostering import late
from rostering.districts import Connection
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.memory import MemoryStore
from rostering.zones import ZoneSettings

SITE, NOW = "demo", "2026-11-23T07:40:00.000Z"
LONG_AGO = "2026-09-01T00:00:00.000Z"


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def zone(store: MemoryStore, *, pulled: str = "", full: str = "", **settings: str) -> None:
    made = ZoneSettings("Z", "https://zis.example", "Z", "2.1", **{"added_at": LONG_AGO} | settings)
    store.insert(Item(keys.zone(SITE, "Z"), asdict(made)))
    if pulled or full:
        store.insert(Item(keys.zone_session(SITE, "Z"), {"last_pull_at": pulled, "last_full_at": full or pulled}))


def gg4l(store: MemoryStore, *, polled: str = "", **settings: str) -> None:
    made = Connection("https://d.example", "https://t.example", **{"added_at": LONG_AGO} | settings)
    store.insert(Item(keys.gg4l_connection(SITE), asdict(made) | {"polled_at": polled}))


@pytest.mark.parametrize(("expression", "gap"), [
    ("rate(15 minutes)", timedelta(minutes=15)), ("rate(1 hour)", timedelta(hours=1)),
    ("rate(2 days)", timedelta(days=2)), ("cron(15 2 * * ? *)", timedelta(days=1)),
    ("cron(0 6 ? * MON-FRI *)", timedelta(days=7)), ("cron(0 6 1 * ? *)", timedelta(days=31)),
    ("cron(0 6 ? 9 MON *)", timedelta(days=366)), ("at(2026-11-23T07:40:00)", timedelta(days=366))])
def test_a_schedule_says_how_far_apart_its_runs_can_be(expression, gap):
    assert late.every(expression) == gap


@pytest.mark.parametrize(("pulled", "found"), [
    ("2026-11-23T07:30:00.000Z", []), ("2026-11-23T05:15:00.000Z", []), ("2026-11-23T05:00:00.000Z", ["zone:Z"])])
def test_a_zone_is_late_after_two_runs_and_two_hours(store, pulled, found):
    zone(store, pulled=pulled)
    assert late.of_site(store, SITE, now=NOW) == found


def test_a_zone_whose_nightly_full_request_stopped_is_late(store):
    zone(store, pulled=NOW, full="2026-11-20T02:15:00.000Z")
    assert late.of_site(store, SITE, now=NOW) == ["zone:Z"]


def test_a_zone_that_was_never_pulled_is_late_since_it_was_added(store):
    zone(store)
    assert late.of_site(store, SITE, now=NOW) == ["zone:Z"]


def test_a_zone_that_was_just_added_is_not_late(store):
    zone(store, added_at=NOW)
    assert late.of_site(store, SITE, now=NOW) == []


@pytest.mark.parametrize("settings", [{"paused": "summer"}, {"approval": "wanted"}])
def test_who_is_not_to_be_pulled_is_late_for_nothing(store, settings):
    zone(store, pulled=LONG_AGO, **settings)
    gg4l(store, polled=LONG_AGO, **settings)
    assert late.of_site(store, SITE, now=NOW) == []


@pytest.mark.parametrize(("polled", "found"), [
    ("2026-11-23T04:00:00.000Z", []), ("2026-11-23T03:00:00.000Z", ["gg4l"])])
def test_gg4l_is_late_when_discovery_was_not_asked(store, polled, found):
    gg4l(store, polled=polled)
    assert late.of_site(store, SITE, now=NOW) == found


@pytest.mark.parametrize(("verified", "found"), [
    ("", []), ("2026-11-15T08:00:00.000Z", []), ("2026-11-08T08:00:00.000Z", ["verify:sheet"])])
def test_a_table_that_was_verified_once_is_verified_every_week(store, verified, found):
    store.insert(Item(keys.source(SITE, "sheet"), {"source": "sheet", "links": False, "verified_at": verified}))
    assert late.of_site(store, SITE, now=NOW) == found


def test_another_sites_zone_is_not_told(store):
    zone(store, pulled=LONG_AGO)
    assert late.of_site(store, "other", now=NOW) == []

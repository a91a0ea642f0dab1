"""Orders of a zone: full requests, events, two at once, out of time, cut off anywhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cli.zis import let_next_day_come
from rostering import pulls
from rostering.errors import StoreError
from rostering.load.manifest import FeedManifest
from rostering.store import keys
from sif_pull.job import Order, run
from tests.faults import Calls, Failing
from tests.integration.sif_pull.office import SITE, ZONE, Office
from tests.integration.sif_pull.test_faults import said, scope


def test_the_first_pull_is_a_full_request_and_the_next_one_finds_nothing_new() -> None:
    office = Office()
    assert office.order()["state"] == "pulled"
    told = office.order()
    assert (told["state"], told["load"], told["message"]) == ("nothing", "", "The zone has nothing new.")
    assert len(office.started) == 1


def test_a_message_is_durable_before_it_is_acknowledged() -> None:
    office = Office(buffer_bytes=16_384)
    office.wire.zone = watched = Watched(office)
    office.order()
    assert len(watched.seen) > 11 and all(watched.seen)


class Watched:
    """The zone, noting for every acknowledgement whether the packet that it is about is in the files."""

    def __init__(self, office: Office) -> None:
        self._office, self._zone, self.seen = office, office.zone, []
        self._packets = 0

    def handle(self, body: bytes):
        if b"<SIF_Ack>" in body:
            packets = sum("/packets/" in key for key in self._office.work.list("zones/"))
            self.seen.append(packets == self._packets + 1)
            self._packets = packets
        return self._zone.handle(body)


def test_events_of_a_day_become_a_load_that_ends_whom_they_delete() -> None:
    office = Office(students=60)
    first = office.order()
    before = said(office, first["load"])
    let_next_day_come(office.zone)
    second = office.order()
    assert second["state"] == "pulled" and office.load(second["load"])["load_type"] == "Events"
    after = said(office, second["load"])
    gone = {name for name, (fields, _) in after.items()
            if name.startswith("student/") and fields and fields.get("status") == "inactive"
            and (before[name][0] or {}).get("status") == "active"}
    new = {name for name in after.keys() - before.keys() if name.startswith("student/")}
    assert (len(gone), len(new)) == (1, 1)
    assert scope(office, second["load"]) == set(), "events tell of nobody's absence"


def test_events_and_a_full_request_tell_the_same_of_who_is_there() -> None:
    by_events, anew = Office(students=60), Office(students=60)
    by_events.order()
    let_next_day_come(by_events.zone)
    events = said(by_events, by_events.order()["load"])
    anew.order()
    let_next_day_come(anew.zone)
    full = said(anew, anew.order("full")["load"])
    for name, told in full.items():
        if told[0] is not None and told[0].get("status") == "active":
            assert events[name][0] == told[0], name


def test_the_same_events_again_make_no_load() -> None:
    office = Office(students=60, faults=("redeliver:4",))
    office.order()
    let_next_day_come(office.zone)
    assert office.order(most=50)["state"] == "pulled"
    assert office.order()["state"] == "nothing"


def test_changes_wait_while_the_last_load_is_held() -> None:
    office = Office(students=60)
    first = office.order()
    office.store.update(keys.load(SITE, first["load"]), lambda body: body | {"state": "held"})
    let_next_day_come(office.zone)
    told = office.order()
    assert (told["state"], told["code"]) == ("nothing", "HELD") and first["load"] in told["message"]
    office.store.update(keys.load(SITE, first["load"]), lambda body: body | {"state": "done"})
    assert office.order()["state"] == "pulled"


def test_out_of_time_an_order_goes_on_in_the_next_invocation() -> None:
    office = Office(faults=("one-object-per-packet",))
    pulled = None
    order = Order(SITE, ZONE, "pull", "schedule-1")
    runs = 0
    while pulled is None:
        left = iter([1.0] * 40)
        answer = run(office.desk, order, seconds_left=lambda: next(left, 0.0))
        office.at += timedelta(seconds=answer.again or 0)
        runs += 1
        if answer.again is None:
            pulled = office.pulled("schedule-1")
        else:
            assert answer.again == 0 and office.pulled("schedule-1")["state"] == "running"
    assert runs > 10 and pulled["state"] == "pulled"
    assert said(office, pulled["load"]) == said(*_undisturbed())


def _undisturbed() -> tuple[Office, str]:
    office = Office()
    return office, office.order()["load"]


def test_two_orders_at_once_drain_a_zone_one_after_the_other() -> None:
    office = Office()
    assert pulls.take_lease(office.store, keys.zone_lease(SITE, ZONE), "somebody", now=office.now(), seconds=60)
    answer = run(office.desk, Order(SITE, ZONE, "pull", "schedule-1"), seconds_left=lambda: 60.0)
    assert (answer.outcome, answer.again) == ("busy", 5) and office.wire.sent == []
    office.at += timedelta(seconds=61)
    assert run(office.desk, Order(SITE, ZONE, "pull", "schedule-1"), seconds_left=lambda: 60.0).outcome == "pulled"


def test_the_same_order_twice_makes_one_load() -> None:
    office = Office()
    office.order(pull="schedule-9")
    again = run(office.desk, Order(SITE, ZONE, "pull", "schedule-9"), seconds_left=lambda: 60.0)
    assert again.outcome == "over" and len(office.started) == 1


def test_a_newer_full_request_takes_the_place_of_one_that_waits() -> None:
    office = Office(faults=("no-answer:1",))
    first = office.order("full", "schedule-a", most=1)
    assert first["state"] == "running" and "StudentPersonal" in first["message"]
    second = office.order("full", "schedule-b")
    assert second["state"] == "pulled"
    assert office.pulled("schedule-a")["code"] == "SUPERSEDED"


def test_a_scheduled_pull_brings_the_answers_that_another_order_waits_for() -> None:
    office = Office(faults=("no-answer:1",), request_hours=0.01)
    office.order("full", "schedule-a", most=1)
    told = office.order("pull", "schedule-b", most=1)
    assert told["state"] == "nothing" and "schedule-a" in told["message"]
    office.at += timedelta(minutes=2)
    office.order("pull", "schedule-c", most=1)
    assert office.pulled("schedule-a")["state"] == "pulled"


@pytest.mark.parametrize("change", [{"paused": "summer"}, {"approval": "wanted"}])
def test_nothing_is_pulled_of_a_zone_that_waits_for_a_person(change: dict) -> None:
    office = Office(**change)
    assert office.order()["state"] == "refused" and office.wire.sent == []


def test_an_order_of_a_zone_that_was_removed_is_over() -> None:
    office = Office()
    answer = run(office.desk, Order(SITE, "NO-SUCH", "pull", "schedule-1"), seconds_left=lambda: 60.0)
    assert (answer.outcome, answer.again) == ("removed", None)


def test_a_check_tells_what_the_zone_says_of_itself_and_loads_nothing() -> None:
    office = Office()
    told = office.order("check")
    assert told["state"] == "checked" and told["facts"]["zone_id"] == "ZONE1"
    assert office.started == [] and office.session["sets"] == {}


@pytest.mark.parametrize("cut_after", range(0, 60, 3))
def test_an_answer_that_is_lost_on_its_way_loses_and_doubles_nothing(cut_after: int) -> None:
    office = Office(buffer_bytes=16_384)
    post, count = office.wire.post, iter(range(10_000))

    def cut(body: bytes, *, gzip: bool = True) -> bytes:
        office.wire.cut = next(count) == cut_after
        return post(body, gzip=gzip)
    office.wire.post = cut
    pulled = office.order()
    assert pulled["state"] == "pulled" and len(office.started) == 1
    assert said(office, pulled["load"]) == said(*_undisturbed())


def test_the_manifest_names_the_requests_that_its_records_came_from() -> None:
    office = Office()
    about = FeedManifest.read(office.work, SITE, office.order()["load"]).about
    assert set(about["requests"]) == set(office.session["sets"])
    assert all(len(request) == 32 for request in about["requests"].values())


def test_packets_of_older_requests_are_deleted_when_a_newer_set_stands() -> None:
    office = Office()
    office.order()
    old = {key for key in office.work.list("zones/") if "/packets/" in key}
    office.order("full")
    new = {key for key in office.work.list("zones/") if "/packets/" in key}
    assert old and new and not old & new


@pytest.mark.parametrize("after", [False, True])
def test_failed_at_any_call_of_store_or_files_an_order_that_runs_again_ends_the_same(after: bool) -> None:
    expected = said(*_undisturbed())
    counting = Office()
    calls = Calls()
    counting.desk = _failing(counting, calls)
    counting.order()
    assert calls.made > 80
    for number in range(1, calls.made + 1):
        office = Office()
        office.desk = _failing(office, Calls(fail=number, after=after))
        try:
            office.order(pull="schedule-1")
        except StoreError:
            office.at += timedelta(seconds=1_000)       # the queue shows the order again, and the lease is over
            office.order(pull="schedule-1")
        pulled = office.pulled("schedule-1")
        assert pulled["state"] == "pulled", number
        assert said(office, pulled["load"]) == expected, number
        assert set(office.started) == {pulled["load"]}, number


def _failing(office: Office, calls: Calls):
    return replace(office.desk, store=Failing(office.store, calls), work=Failing(office.work, calls))

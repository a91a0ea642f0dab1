"""Pulls of a simulated GG4L: what a provider does wrong ends in the same load, in a status, or in nobody's harm."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gg4l_hook import pull as pulls
from gg4l_hook.desk import Order
from rostering.errors import StoreError
from rostering.feed import PHASES
from rostering.load.manifest import FeedManifest
from rostering.store import keys
from tests.faults import Calls, Failing
from tests.integration.gg4l_hook.office import SITE, Office

STUDENTS = 30
# Switches of the provider after which the load is the one of an undisturbed pull.
HARMLESS = [
    "link=none", "link=unbracketed", "link=off-by-one", "link=relative", "total_count=absent", "limit_clamp=17",
    "short_pages=on", "throttle=7", "throttle=5:date", "token_expiry=9", "server_errors=502@3,503@6,504@9,reset@12",
    "warn_200=on", "hrefs=relative", "hrefs=hostile", "booleans=upper", "booleans=json", "booleans=number",
    "blanks=null", "blanks=empty", "enums=odd-case", "order=random", "discovery=wrapped",
    "discovery=spelling", "discovery=date-expiry", "refresh_during_pull=on", "passwords=on",
]


def said(office: Office, load: str) -> dict[str, Any]:
    """What a load's feed says: entity to fields and pairs."""
    manifest = FeedManifest.read(office.work, SITE, load)
    return {f"{entity.kind}/{entity.key}": (entity.fields, entity.members)
            for phase in PHASES for shard in range(len(manifest.shards[phase]))
            for entity in manifest.said(office.work, phase, shard)}


def stated(office: Office, load: str) -> dict[str, Any]:
    """As `said`, where "empty" and "not said" are the same: providers write them alike."""
    return {name: ({key: value for key, value in (fields or {}).items() if value not in (None, [])},
                   {of: {key: {name: value for name, value in pair.items() if value is not None}
                         for key, pair in pairs.items()} for of, pairs in members.items()})
            for name, (fields, members) in said(office, load).items()}


def scope(office: Office, load: str) -> set[str]:
    return set(FeedManifest.read(office.work, SITE, load).scope["kinds"])


def pulled(office: Office) -> dict[str, Any]:
    office.poll()
    return office.pull()


@pytest.fixture(scope="module")
def undisturbed() -> dict[str, Any]:
    office = Office(students=STUDENTS)
    return said(office, pulled(office)["load"])


@pytest.fixture(scope="module")
def plainly() -> dict[str, Any]:
    office = Office(students=STUDENTS)
    return stated(office, pulled(office)["load"])


@pytest.mark.parametrize("fault", HARMLESS)
def test_what_a_provider_does_wrong_now_and_then_changes_nothing_of_what_is_loaded(
        fault: str, plainly: dict[str, Any]) -> None:
    office = Office(students=STUDENTS, faults=(fault,))
    told = pulled(office)
    assert told["state"] == "pulled", told
    assert stated(office, told["load"]) == plainly
    assert scope(office, told["load"]) == {"enrollment", "guardian_link", "section", "staff", "student"}
    assert office.started == [told["load"]]


def test_version_1_2_tells_the_same_people(undisturbed: dict[str, Any]) -> None:
    office = Office(students=STUDENTS, oneroster="1.2")
    load = said(office, pulled(office)["load"])
    assert load.keys() == undisturbed.keys()
    for name, (fields, _) in undisturbed.items():
        if name.startswith(("student/", "staff/")):
            assert {key: load[name][0].get(key) for key in ("first_name", "last_name", "school", "grade")} == {
                key: fields.get(key) for key in ("first_name", "last_name", "school", "grade")}, name


def test_one_token_and_no_more_requests_than_pages() -> None:
    office = Office(students=STUDENTS)
    pulled(office)
    pages = sum(-(-one["rows"] // 50) for one in office.district["collections"].values())
    # an empty page ends each collection, Discovery is asked twice; the vendor has a token of its own each time
    assert office.provider.calls["oneroster"] == pages + 7
    assert office.provider.calls["token"] == 3 and office.provider.calls["discovery"] == 2


@pytest.mark.parametrize("fault", [
    "ignore_offset=on", "shift_rows=on", "truncate=900", "total_count=wrong", "server_errors=500@4"])
def test_a_snapshot_that_is_not_whole_is_no_snapshot(fault: str) -> None:
    office = Office(students=STUDENTS, faults=(fault,))
    told = pulled(office)
    if fault.startswith("server_errors"):       # one error, and the order goes on where it was
        assert told["state"] == "pulled"
        return
    assert told["state"] == "unavailable" and told["load"] == "" and office.started == []
    assert office.district["imported"] == "" and office.district["message"]


@pytest.mark.parametrize("fault", ["empty=users", "empty=enrollments", "warn_200=empty"])
def test_an_empty_collection_ends_nobody(fault: str) -> None:
    office = Office(students=STUDENTS, faults=(fault,))
    told = pulled(office)
    if told["load"]:
        empty = fault.partition("=")[2]
        gone = {"users": {"student", "staff", "guardian_link"}, "enrollments": {"enrollment"}}.get(empty, set())
        assert not scope(office, told["load"]) & gone


def test_discovery_sends_us_only_to_hosts_that_were_approved() -> None:
    office = Office(students=STUDENTS)
    office.poll()
    office.store.update(keys.gg4l_district(SITE, office.guid), lambda body: body | {
        "api_url": "https://data.elsewhere.example/ims/oneroster/v1p1"})
    asked = office.calls
    told = office.pull()
    assert (told["state"], told["code"]) == ("refused", "ADDRESS") and "data.elsewhere.example" in told["message"]
    assert office.calls == asked, "nothing was sent"
    office.store.update(keys.gg4l_connection(SITE), lambda body: body | {"data_hosts": "data.elsewhere.example"})
    office.pull()
    assert office.calls > asked


def test_data_that_move_all_the_time_are_not_loaded() -> None:
    office = Office(students=STUDENTS, faults=("refresh_during_pull=always",))
    told = pulled(office)
    assert told["state"] == "unavailable" and office.started == []


def test_a_suspended_district_is_paused_and_not_emptied() -> None:
    office = Office(students=STUDENTS)
    pulled(office)
    office.provider.faults = _faults("sharing=suspended")
    office.poll()
    assert office.district["state"] == "SUSPENDED"
    told = office.pull()
    assert (told["state"], told["code"]) == ("refused", "SUSPENDED") and len(office.started) == 1


def test_an_expired_district_is_paused_and_not_emptied() -> None:
    office = Office(students=STUDENTS, faults=("sharing=expired",))
    office.poll()
    assert office.district["state"] == "EXPIRED" and not office.ordered
    assert office.pull()["state"] == "refused" and office.started == []


def test_null_timestamps_mean_that_nothing_is_ready() -> None:
    office = Office(students=STUDENTS, faults=("discovery=null-timestamps",))
    office.poll()
    assert not office.ordered and office.district["state"] == "DATA_SYNC"
    assert office.pull()["code"] == "NOT_READY"


def test_a_malformed_discovery_changes_nothing() -> None:
    office = Office(students=STUDENTS)
    office.poll()
    before = office.district
    office.provider.faults = _faults("discovery=malformed")
    assert office.poll().outcome == "unavailable"
    assert office.district == before
    assert office.store.get(keys.gg4l_connection(SITE)).body["poll_code"]


def test_a_poll_orders_a_pull_only_for_data_that_are_newer() -> None:
    office = Office(students=STUDENTS)
    office.poll()
    assert [order.kind for order in office.ordered] == ["pull"]
    office.pull()
    office.ordered.clear()
    office.at += timedelta(hours=1)
    office.poll()
    assert not office.ordered, "what is ready was imported"
    office.provider.advance()
    office.poll()
    assert [order.kind for order in office.ordered] == ["pull"]
    office.poll()
    assert len(office.ordered) == 1, "one pull in ten minutes"


def test_a_district_that_nobody_linked_is_listed_and_not_pulled() -> None:
    office = Office(students=STUDENTS, linked=False)
    office.poll()
    assert office.district["name"] and not office.ordered
    assert office.pull()["code"] == "NOT_LINKED"


def test_the_first_load_that_nobody_ordered_waits_for_a_person() -> None:
    alone, asked = Office(students=STUDENTS), Office(students=STUDENTS)
    assert FeedManifest.read(alone.work, SITE, pulled(alone)["load"]).about["first"]
    asked.poll()
    load = asked.pull("01BYHAND", by="boss")["load"]
    assert "first" not in FeedManifest.read(asked.work, SITE, load).about


def test_a_district_whose_first_load_is_done_is_complete() -> None:
    office = Office(students=STUDENTS)
    load = pulled(office)["load"]
    office.poll()
    assert office.district["state"] == "VALIDATING"
    office.store.update(keys.load(SITE, load), lambda body: body | {"state": "done"})
    office.poll()
    assert office.district["state"] == "COMPLETED"


def test_who_left_and_who_came_a_day_later() -> None:
    office = Office(students=60)
    before = said(office, pulled(office)["load"])
    office.provider.advance()
    office.at += timedelta(hours=1)
    office.poll()
    after = said(office, office.pull()["load"])
    students = [{name for name in told if name.startswith("student/")} for told in (before, after)]
    assert (len(students[0] - students[1]), len(students[1] - students[0])) == (1, 1)


def test_out_of_time_a_pull_goes_on_where_it_stopped(undisturbed: dict[str, Any]) -> None:
    office = Office(students=STUDENTS)
    office.poll()
    runs, told = 0, {"state": ""}
    while told["state"] not in ("pulled", "unavailable"):
        left = iter([1.0])
        answer = pulls.run(office.desk, Order(SITE, "pull", office.guid, "schedule-x"),
                           seconds_left=lambda: next(left, 0.0))
        office.at += timedelta(seconds=answer.again or 0)
        told = office.store.get(keys.gg4l_pull(SITE, office.guid, "schedule-x")).body
        runs += 1
    assert runs > 10 and said(office, told["load"]) == undisturbed


def test_two_orders_at_once_pull_a_district_one_after_the_other() -> None:
    office = Office(students=STUDENTS)
    office.poll()
    office.store.update(keys.gg4l_lease(SITE, office.guid), lambda _: {
        "owner": "somebody", "until": "2026-11-24T09:00:00.000Z"})
    answer = pulls.run(office.desk, Order(SITE, "pull", office.guid, "schedule-x"), seconds_left=lambda: 60.0)
    assert (answer.outcome, answer.again) == ("busy", 5)


@pytest.mark.parametrize("after", [False, True])
def test_failed_at_any_call_of_store_or_files_a_pull_that_runs_again_ends_the_same(
        after: bool, undisturbed: dict[str, Any]) -> None:
    counting = Office(students=STUDENTS)
    counting.poll()
    calls = Calls()
    counting.desk = _failing(counting, calls)
    counting.pull()
    assert calls.made > 60
    for number in range(1, calls.made + 1, 3):
        office = Office(students=STUDENTS)
        office.poll()
        office.desk = _failing(office, Calls(fail=number, after=after))
        try:
            office.pull("schedule-x")
        except StoreError:
            office.at += timedelta(seconds=1_000)
            office.pull("schedule-x")
        told = office.store.get(keys.gg4l_pull(SITE, office.guid, "schedule-x")).body
        assert told["state"] == "pulled", number
        assert said(office, told["load"]) == undisturbed, number
        assert set(office.started) == {told["load"]}, number


def test_no_secret_of_gg4l_is_in_the_table_or_the_files() -> None:
    office = Office(students=STUDENTS, faults=("passwords=on",))
    pulled(office)
    secrets = {value for secret in office.secrets.values() for name, value in secret.items() if "secret" in name}
    assert len(secrets) == 2
    kept = repr(office.store.snapshot())
    assert not [one for one in secrets if one in kept]
    assert not [key for key in office.work.list("") if any(
        one.encode() in office.work.read(key) for one in secrets)]


def test_what_was_pulled_is_deleted_when_its_load_is_made() -> None:
    office = Office(students=STUDENTS)
    pulled(office)
    assert list(office.work.list("gg4l/")) == []


def _faults(*switches: str) -> Any:
    from cli.oneroster import faults
    return faults.parse(switches)


def _failing(office: Office, calls: Calls) -> Any:
    return replace(office.desk, store=Failing(office.store, calls), work=Failing(office.work, calls))

"""The audit trail: by day and by account, page by page, read by administrators and changed by nobody."""

from __future__ import annotations

from typing import Any

import pytest

from accounts import audit, trail
from rostering.store import keys
from tests.integration.accounts.office import SITE, START, Answer, Office, account
from tests.integration.accounts.test_denials import send

DAY = 86_400


@pytest.fixture
def office() -> Office:
    """A site with 30 events of each of three accounts over ten days, the last today."""
    office = Office()
    for name in ("ana", "ben", "cem"):
        office.put(account(name, "Student"))
    for number in range(90):
        office.clock.at = START + number * DAY / 9
        audit.record(office.ports, SITE, "account.updated" if number % 2 else "load.applied",
                     by=office.administrators[SITE], target=("ana", "ben", "cem")[number % 3], number=number,
                     reason="because", load="01LOAD" if not number % 2 else "")
    return office


def read(office: Office, **query: Any) -> Answer:
    return office.ask("GET", f"/sites/{SITE}/audit", token=office.token(), query=query)


def all_of(office: Office, **query: Any) -> list[dict[str, Any]]:
    """Every event of a reading, page by page; other than the readings themselves and the making of the site."""
    found, after = [], None
    for _ in range(200):
        page = read(office, **query, **({"after": after} if after else {}))
        assert page.status == 200, page.text
        found += page.body["events"]
        after = page.body["after"]
        if not after:
            return [one for one in found if one["action"] != "audit.read" and not one["action"].startswith("site.")]
    raise AssertionError("the pages never end")


def numbers(events: list[dict[str, Any]]) -> list[int]:
    return [one["about"]["number"] for one in events]


@pytest.mark.parametrize("limit", [1, 7, 100, 200])
def test_pages_give_every_event_once_and_the_newest_first(office: Office, limit: int) -> None:
    assert numbers(all_of(office, limit=limit)) == list(range(89, -1, -1))


@pytest.mark.parametrize("limit", [1, 7, 100])
def test_an_account_s_trail_is_what_was_done_to_it(office: Office, limit: int) -> None:
    assert numbers(all_of(office, account="ben", limit=limit)) == list(range(88, 0, -3))


def test_an_account_s_trail_reads_that_trail_alone(office: Office) -> None:
    before = office.store.snapshot()

    class Counts:
        def __init__(self) -> None:
            self.read: list[str] = []

        def listing(self, list_pk: str, **more: Any) -> Any:
            self.read.append(list_pk)
            return office.store.listing(list_pk, **more)

    counts = Counts()
    wanted = trail.Wanted(trail.today(START), trail.today(START + 90 * DAY), account="ben")
    found, _ = trail.read(counts, SITE, wanted, limit=10, after=None)
    assert len(found) == 10 and counts.read == [keys.audited(SITE, "ben")] and office.store.snapshot() == before


def test_a_line_tells_when_who_what_whom_why_and_the_load(office: Office) -> None:
    line = all_of(office, account="cem", action="load")[0]
    assert line["by"] == office.administrators[SITE] and line["by_username"]
    assert (line["action"], line["account"], line["account_username"]) == ("load.applied", "cem", "cem.e")
    assert (line["reason"], line["load"], line["about"]) == ("because", "01LOAD", {"number": 86})


@pytest.mark.parametrize(("query", "wanted"), [
    ({"action": "account.updated"}, range(89, 0, -2)),
    ({"action": "account"}, range(89, 0, -2)),
    ({"action": "account.up"}, []),
    ({"by": "nobody"}, []),
    ({"account": "ana", "action": "load.applied"}, range(84, -1, -6)),
    ({"account": "nobody"}, []),
])
def test_filters(office: Office, query: dict[str, str], wanted: Any) -> None:
    assert numbers(all_of(office, **query)) == list(wanted)


@pytest.mark.parametrize("who", [{}, {"account": "ana"}])
def test_days_are_bounds_that_count_themselves(office: Office, who: dict[str, str]) -> None:
    every = [one["at"][:10] for one in all_of(office, **who)]
    days = sorted(set(every))
    within = all_of(office, since=days[2], until=days[4], **who)
    assert [one["at"][:10] for one in within] == [day for day in every if days[2] <= day <= days[4]] != []


def test_a_reader_who_asks_for_the_past_reads_no_day_before_the_site(office: Office) -> None:
    page = read(office, since="1990-01-01", until="1999-01-01")
    assert (page.body["events"], page.body["after"]) == ([], None)


def test_a_long_quiet_time_is_read_in_parts(office: Office) -> None:
    office.clock.at += 400 * DAY
    page = read(office)
    assert page.body["after"] and len(page.body["events"]) <= 1  # the reading itself
    office._tokens.clear()
    assert len(all_of(office)) == 90


def test_each_reading_is_told(office: Office) -> None:
    read(office, account="ana", action="load.applied")
    told = [one for one in office.audit() if one["what"] == "audit.read"]
    assert [(one["by"], one["of"], one["action"]) for one in told] == [
        (office.administrators[SITE], "ana", "load.applied")]


@pytest.mark.parametrize(("query", "status"), [
    ({"since": "yesterday"}, 422), ({"limit": 0}, 422), ({"limit": 201}, 422), ({"after": "x"}, 400),
    ({"since": "2026-11-02", "until": "2026-11-01"}, 422), ({"account": "ana", "after": "W10"}, 400),
    ({"after": "WyJub3doZW4iLCItIl0"}, 400),
])
def test_what_it_doesn_t_take(office: Office, query: dict[str, Any], status: int) -> None:
    assert read(office, **query).status == status


@pytest.mark.parametrize("rights", [{}, {"accounts.manage": ["*"]}, {"loads.approve": ["*"]}, {"admin": ["100"]}])
def test_only_an_administrator_of_the_site_reads_it(office: Office, rights: dict[str, list[str]]) -> None:
    office.put(account("some", "Staff", rights=rights))
    assert office.ask("GET", f"/sites/{SITE}/audit", token=office.token("some")).status == 403


def test_no_route_changes_or_removes_an_event(office: Office) -> None:
    before = {key: item for key, item in office.store.snapshot().items() if "#AUDIT#" in key.pk}
    assert {method for method, path in office.api.actions if "audit" in path} == {"GET"}
    for (method, path), action in sorted(office.api.actions.items()):
        if action != "session.end":
            for thing in ("ana", next(iter(before)).sk.replace("#", "~23")):
                send(office, method, path, office.token(), thing=thing)
    after = office.store.snapshot()
    assert {key: after.get(key) for key in before} == before

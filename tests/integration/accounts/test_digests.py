"""The digest of a site, made of the table in memory and read through the API."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.ports import iso
from rostering.access import lockout
from rostering.digest import make
from rostering.store import keys
from tests.integration.accounts.office import OTHER_SITE, SITE, Office, account
from tests.integration.accounts.schoolyard import SCHOOL, open_school

FIVE = 1_795_773_720.0          # 2026-11-27 05:02 in New York
DAY = "2026-11-27"


@pytest.fixture
def office() -> Office:
    office = Office()
    open_school(office)
    office.clock.at = FIVE
    return office


def settings(office: Office, site: str = SITE) -> dict[str, Any]:
    return office.store.get(keys.settings(site)).body


def made(office: Office, **how: Any) -> dict[str, Any]:
    return make.make(office.store, office.work, SITE, settings(office), now=office.ports.time(), **how)


def codes(body: dict[str, Any]) -> list[str]:
    return [line["code"] for line in body["lines"]]


def is_due(office: Office, at: float) -> bool:
    return make.is_due(office.store, SITE, settings(office), now=iso(at))


def test_a_digest_is_due_from_five_on_until_somebody_was_told(office: Office) -> None:
    assert not is_due(office, FIVE - 180) and is_due(office, FIVE) and is_due(office, FIVE + 4 * 3_600)
    made(office)
    assert is_due(office, FIVE + 3_600)             # made, but the call stopped before it told anybody
    make.was_told(office.store, SITE, DAY, to=1)
    assert not is_due(office, FIVE + 3_600) and is_due(office, FIVE + 86_400)


def test_each_site_has_its_own_five_o_clock(office: Office) -> None:
    office.store.update(keys.settings(SITE), lambda body: body | {"timezone": "America/Los_Angeles"})
    assert not is_due(office, FIVE) and is_due(office, FIVE + 3 * 3_600)


def test_a_digest_is_made_once_a_day(office: Office) -> None:
    first = made(office)
    office.put_item(keys.match(SITE, "m1"), {"match": "m1", "state": "open", "at": iso(FIVE), "who": {}})
    assert made(office) == first and first["day"] == DAY


def test_it_tells_what_happened_since_the_one_before(office: Office) -> None:
    office.put_item(keys.load(SITE, "01OLD"), {"load": "01OLD", "site": SITE, "source": "sheet", "state": "done",
                    "updated_at": iso(FIVE - 3_600), "counts": {"students": {"new": 5}}},
                    listed=keys.Key(keys.loads(SITE), "01OLD"))
    assert "load.done" in codes(made(office))
    office.clock.at += 86_400
    assert "load.done" not in codes(made(office))


def test_a_school_that_was_ready_and_is_no_more_is_told(office: Office) -> None:
    attested = {"courses": ["|math"], "by": "admin", "at": iso(FIVE), "reason": "looked"}
    office.put_item(keys.attested(SITE, SCHOOL, "standards"), attested)
    assert made(office)["ready"][SCHOOL]["Teacher"] == []
    office.put_item(keys.section(SITE, "709"), office.store.get(keys.section(SITE, "709")).body | {"members": {}},
                    listed=keys.listed_section(SITE, SCHOOL, "math709", "709"))
    office.clock.at += 86_400
    again = made(office)
    assert codes(again) == ["school.back"] and again["ready"][SCHOOL]["Teacher"] == ["classes"]


def test_schools_that_there_was_no_time_for_stand_as_before(office: Office) -> None:
    before = made(office)["ready"]
    office.clock.at += 86_400
    later = made(office, in_time=lambda: False)
    assert later["ready"] == before and codes(later) == []


def test_accounts_are_locked_from_a_minute_s_wait_on(office: Office) -> None:
    for name, wrong, waits in (("kit", 100, True), ("lou", 5, False)):
        tries: dict[str, Any] = {}
        for _ in range(wrong):
            tries = lockout.failed(tries, network="203.0.113.0/24", device="", now=FIVE)
        office.put_item(keys.tries(SITE, lockout.digest_of(SITE, f"{name}.e")), tries)
        assert lockout.is_locked(tries, now=FIVE, longest=900) == waits
    body = made(office)
    assert codes(body) == ["account.locked"] and body["counts"]["account.locked"] == 1


def test_an_export_that_was_never_made_is_told(office: Office) -> None:
    office.clock.at = FIVE - 7_200
    office.ask("POST", f"/sites/{SITE}/exports", token=office.token(), body={"reason": "a list"})
    office.clock.at = FIVE
    assert codes(made(office)) == ["export.failed"]


def test_a_zone_that_waits_and_one_that_is_silent_are_told(office: Office) -> None:
    zone = {"url": "https://zis.example.org/Z", "version": "2.3", "zone_id": "Z", "added_at": iso(FIVE - 90_000)}
    office.put_item(keys.zone(SITE, "NEW"), zone | {"zone": "NEW", "approval": "wanted"})
    office.put_item(keys.zone(SITE, "OLD"), zone | {"zone": "OLD", "approval": "given"})
    assert codes(made(office)) == ["source.waits", "source.silent"]


def test_it_is_read_by_day_or_newest_first(office: Office) -> None:
    made(office)
    office.clock.at += 86_400
    made(office)
    listed = office.ask("GET", f"/sites/{SITE}/digests", token=office.token()).body
    assert [one["day"] for one in listed["digests"]] == ["2026-11-28", DAY]
    answer = office.ask("GET", f"/sites/{SITE}/digests/{DAY}", token=office.token())
    assert (answer.status, answer.body["day"], answer.body["told"]) == (200, DAY, False)
    assert office.ask("GET", f"/sites/{OTHER_SITE}/digests/{DAY}",
                      token=office.token(site=OTHER_SITE)).status == 404


def test_who_looks_after_one_school_reads_no_digest_of_the_site(office: Office) -> None:
    office.put(account("head", "Staff", school="901", rights={"admin": [SCHOOL]}))
    made(office)
    assert office.ask("GET", f"/sites/{SITE}/digests/{DAY}", token=office.token("head")).status == 403


def test_no_line_names_a_person(office: Office) -> None:
    office.store.update(keys.account(SITE, "kit"), lambda body: body | {
        "fields": body["fields"] | {"last_name": "Unmistakable"}})
    office.put_item(keys.match(SITE, "m1"), {"match": "m1", "state": "open", "at": iso(FIVE),
                                             "who": {"last_name": "Unmistakable"}})
    assert "Unmistakable" not in str(made(office))

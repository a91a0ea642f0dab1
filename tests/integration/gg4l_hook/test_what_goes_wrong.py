"""The handbook's list of what goes wrong (section 10), as far as it needs a whole load; the other rows are tried
where the rule is: 2, 9, 11 to 13, 16, 19 and 20 with `Roster`, 3, 4, 17 and 18 in `test_pull`, 10, 14 and 15 with
bundles, 21 in `test_pull` and with both readers."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import orjson

from rostering import gate
from rostering.load import paths, settle
from rostering.load.manifest import FeedManifest
from rostering.people import account_of
from tests import loads
from tests.integration.gg4l_hook.office import SITE, Office


def loaded(office: Office, *, limits: gate.Limits | None = None) -> dict[str, Any]:
    """Pull, plan and, if the gate lets it pass, apply; the settled plan with the load's number."""
    office.at += timedelta(hours=1)
    office.poll()
    told = office.pull(by="boss", name=f"01P{office.at.timestamp():.0f}")
    assert told["state"] == "pulled", told
    manifest = FeedManifest.read(office.work, SITE, told["load"])
    ground = loads.planned(office.store, office.work, told["load"], now=office.now(), shards=manifest.shards)
    settle.settle(ground, limits=limits or gate.Limits())
    settled = orjson.loads(office.work.read(paths.settled(SITE, told["load"])))
    if settled["outcome"] == "approved":
        loads.write(ground)
    return settled | {"load": told["load"]}


def students(office: Office) -> dict[str, str]:
    """Every student's status by the id at GG4L."""
    found = (account_of(item) for item in office.store.snapshot().values() if item.key.sk == "ACCOUNT")
    return {one.source_key: one.status for one in found if one.role == "Student"}


def test_row_1_a_mass_deletion_is_held_and_ends_nobody() -> None:
    office = Office(students=60, faults=("deletion=tobedeleted",))
    loaded(office)
    half = list(students(office))[:30]
    before = office.provider.handle

    def without(method: str, path: str, query: Any = "", headers: Any = None, body: bytes = b"") -> Any:
        status, told, answer = before(method, path, query, headers, body)
        if path.endswith("/users") and status == 200:
            page = orjson.loads(answer)
            for user in page["users"]:
                if user["sourcedId"] in half:
                    user["status"] = "tobedeleted"
            answer = orjson.dumps(page)
        return status, told, answer
    office.provider.handle = without
    office.provider.advance()
    settled = loaded(office)
    assert settled["outcome"] == "held" and any(
        hold["rule"] == "H-DEACTIVATIONS" for hold in office.load(settled["load"])["holds"])
    assert {students(office)[one] for one in half} == {"active"}


def test_row_5_the_same_people_under_new_sourced_ids_are_not_doubled() -> None:
    office = Office(students=60, faults=("rekey=0.5",))
    loaded(office)
    known = {item.body["id"] for item in office.store.snapshot().values() if item.key.sk == "ACCOUNT"}
    office.provider.advance()
    settled = loaded(office)
    counts = office.load(settled["load"])["counts"]["students"]
    assert (counts["new"], counts["deactivated"]) == (1, 0), "one came that day; the others were recognized"
    assert counts["changed"] > 20
    assert known <= {item.body["id"] for item in office.store.snapshot().values() if item.key.sk == "ACCOUNT"}
    assert set(students(office).values()) == {"active"}


def test_row_6_who_is_marked_deleted_goes_at_once_and_who_is_only_missing_stays() -> None:
    marked, missing = Office(students=60, faults=("deletion=tobedeleted",)), Office(students=60)
    for office in (marked, missing):
        loaded(office)
        office.provider.advance()
        loaded(office)
    assert list(students(marked).values()).count("inactive") == 1
    assert list(students(missing).values()).count("inactive") == 0
    missing.at += timedelta(hours=49)
    missing.provider.advance()
    loaded(missing)
    assert list(students(missing).values()).count("inactive") == 1, "missed twice over 48 hours"


def test_row_6_who_returns_gets_the_same_account() -> None:
    office = Office(students=60, faults=("deletion=tobedeleted", "resurrect=on"))
    loaded(office)
    before = {item.body["id"] for item in office.store.snapshot().values() if item.key.sk == "ACCOUNT"}
    office.provider.advance()
    loaded(office)
    office.provider.advance()
    loaded(office)
    assert list(students(office).values()).count("inactive") == 0
    after = {item.body["id"] for item in office.store.snapshot().values() if item.key.sk == "ACCOUNT"}
    assert before <= after


def test_row_8_a_new_date_last_modified_on_every_row_changes_nothing() -> None:
    office = Office(students=60)
    loaded(office)
    before = office.provider.handle

    def exported_now(method: str, path: str, query: Any = "", headers: Any = None, body: bytes = b"") -> Any:
        status, told, answer = before(method, path, query, headers, body)
        stamped, count = re.subn(rb'("dateLastModified": ?)"[^"]*"', rb'\1"2026-11-24T06:30:00.000Z"', answer)
        changed.append(count)
        return status, told, stamped
    changed: list[int] = []
    office.provider.handle = exported_now
    assert loaded(office)["outcome"] == "unchanged" and sum(changed) > 200


def test_row_22_the_same_snapshot_twice_writes_no_account() -> None:
    office = Office(students=60)
    loaded(office)
    before = {key: item.version for key, item in office.store.snapshot().items() if key.sk == "ACCOUNT"}
    assert loaded(office)["outcome"] == "unchanged"
    after = {key: item.version for key, item in office.store.snapshot().items() if key.sk == "ACCOUNT"}
    assert after == before


def test_row_23_no_id_of_a_person_is_in_what_is_told_of_a_pull() -> None:
    office = Office(students=60)
    settled = loaded(office)
    ids = set(students(office))
    told = str([office.district, office.load(settled["load"]), office.answers])
    assert ids and not [one for one in ids if one in told]

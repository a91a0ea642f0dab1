"""Ordering over the API that a load is undone."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from rostering.load import paths, progress, undo
from rostering.load.ground import Ground
from rostering.load.manifest import FeedManifest
from rostering.store import keys
from tests.integration.accounts.office import OTHER_SITE, SITE, Answer, Office, account

DAY = 86_400


@pytest.fixture
def office() -> Office:
    office = Office()
    office.put_item(keys.school(SITE, "0014"), {"key": "0014", "kind": "school", "fields": {}, "status": "active"})
    done(office)
    return office


def done(office: Office, load: str = "01LOAD", **more: Any) -> None:
    """A load of the sheet that is done."""
    blank = [{"digest": "", "entities": {}}]
    FeedManifest(SITE, load, "sheet", "Add and update", "2026-09-21", {"kinds": [], "schools": [], "present": {}},
                 {"structure": blank, "people": blank * 2, "rosters": blank}, {}).write(office.work)
    office.put_item(keys.load(SITE, load), {"load": load, "site": SITE, "source": "sheet", "state": "done",
                    "received_at": office.ports.time(), "counts": {}} | more)


def ask(office: Office, load: str = "01LOAD", *, token: str | None = None, site: str = SITE, **body: Any) -> Answer:
    return office.ask("POST", f"/sites/{site}/loads/{load}/undo", token=token or office.token(),
                      body={"reason": "the wrong sheet"} | body)


def test_an_undo_is_a_load_of_its_own_that_is_started(office: Office) -> None:
    answer = ask(office)
    assert answer.status == 202
    made = answer.body["load"]
    assert (answer.body["state"], answer.body["undoes"], answer.body["source"]) == ("received", "01LOAD", "sheet")
    assert office.workflow.started == [(SITE, made)]
    manifest = FeedManifest.read(office.work, SITE, made)
    assert manifest.purpose == "undo" and manifest.about == {
        "undoes": "01LOAD", "school": "", "account": "", "dry_run": False, "by": office.administrators[SITE],
        "reason": "the wrong sheet", "resumes": []}
    assert orjson.loads(office.work.read(paths.shards(SITE, made))) == [
        {"site": SITE, "load": made, "phase": phase, "shard": shard}
        for phase, shard in (("structure", 0), ("people", 0), ("people", 1), ("rosters", 0))]


def test_its_number_sorts_after_those_of_loads_before(office: Office) -> None:
    first = ask(office).body["load"]
    office.clock.at += 1
    assert len(first) == 26 and first < ask(office, dry_run=True).body["load"]


def test_an_order_that_is_sent_again_before_it_went_on_is_the_same_load(office: Office) -> None:
    first = ask(office).body["load"]
    office.clock.at += 1
    assert ask(office).body["load"] == first
    progress.change(office.store, SITE, first, now=office.ports.time(), state="done")
    assert ask(office).body["load"] != first, "what is over is not the same order any more"


def test_a_part_and_a_dry_run_are_what_was_asked(office: Office) -> None:
    office.put(account("maria"))
    made = ask(office, school="0014", dry_run=True).body
    about = FeedManifest.read(office.work, SITE, made["load"]).about
    assert (about["school"], about["account"], about["dry_run"], made["dry_run"]) == ("0014", "", True, True)
    person = office.put(account("maria"))
    about = FeedManifest.read(office.work, SITE, ask(office, account=person.id).body["load"]).about
    assert (about["school"], about["account"]) == ("", person.id)


@pytest.mark.parametrize("part", [{"school": "0099"}, {"account": "nobody"}])
def test_a_part_that_is_not_there_is_not_found(office: Office, part: dict[str, str]) -> None:
    assert ask(office, **part).status == 404
    assert office.workflow.started == []


def test_a_school_and_an_account_at_once_are_refused(office: Office) -> None:
    assert (ask(office, school="0014", account="x").status, office.workflow.started) == (422, [])


@pytest.mark.parametrize(("state", "code"), [
    ("held", "NOT_DONE"), ("failed", "NOT_DONE"), ("previewed", "NOT_DONE"), ("applying", "NOT_DONE"),
    ("undone", "UNDONE")])
def test_only_what_stands_as_it_was_done_can_be_undone(office: Office, state: str, code: str) -> None:
    done(office, state=state, undone_by="01UNDO")
    answer = ask(office)
    assert (answer.status, answer.body["code"]) == (409, code)
    assert office.workflow.started == []


def test_a_load_can_be_undone_for_30_days(office: Office) -> None:
    office.clock.at += 30 * DAY
    assert ask(office).status == 202
    office.clock.at += 1
    assert (ask(office).status, ask(office).body["code"]) == (409, "TOO_OLD")


def test_a_load_that_was_undone_in_part_can_be_undone(office: Office) -> None:
    done(office, undone_parts=[{"load": "01PART", "school": "0014", "account": ""}])
    assert ask(office).status == 202
    shown = office.ask("GET", f"/sites/{SITE}/loads/01LOAD", token=office.token()).body
    assert shown["undone_parts"] == [{"load": "01PART", "school": "0014", "account": ""}]


def test_a_reason_is_needed(office: Office) -> None:
    assert ask(office, reason=" ").status == 422


def test_a_load_of_another_site_is_not_found(office: Office) -> None:
    assert ask(office, token=office.token(site=OTHER_SITE), site=OTHER_SITE).status == 404


def test_who_may_not_decide_about_loads_may_not_undo_one(office: Office) -> None:
    clerk = office.put(account("clerk", "Staff", rights={"accounts.manage": ["*"]}))
    assert ask(office, token=office.token(clerk.id)).status == 403


def test_what_was_ordered_is_what_the_tasks_read(office: Office) -> None:
    made = ask(office, dry_run=True).body["load"]
    office.store.update(keys.settings(SITE), lambda body: body | {"id_salt": b"salt"})
    ground = Ground.open(office.store, office.work, SITE, made, now=office.ports.time())
    order = undo.Order.read(ground)
    assert (ground.purpose, order.undoes, order.dry_run, order.extent.whole) == ("undo", "01LOAD", True, True)

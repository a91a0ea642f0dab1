"""Ordering a verifying load."""

from __future__ import annotations

import pytest

from rostering import snapshot
from rostering.load import paths, verify
from rostering.load.manifest import FeedManifest
from rostering.store import keys
from tests.integration.accounts.office import SITE, Office, account

PATH = f"/sites/{SITE}/verify"


@pytest.fixture
def office() -> Office:
    office = Office()
    one, two, three = (snapshot.Shard(f"snapshots/{name}.gz", active={
        "student": {"100": 7}, "section": {"100": 2}, "enrollment": {"100": 9}, "group": {"100": 1}})
        for name in ("x", "y", "z"))
    snapshot.write(office.work, SITE, "sheet", snapshot.Snapshot(
        "01A", {"structure": [one], "people": [two, snapshot.Shard()], "rosters": [three]}))
    return office


def test_an_order_makes_a_load_of_every_shard_and_starts_it(office: Office) -> None:
    answer = office.ask("POST", PATH, token=office.token(), body={})
    assert (answer.status, answer.body["state"], answer.body["source"]) == (202, "read", "sheet")
    load = answer.body["load"]
    assert office.workflow.started == [(SITE, load)]
    manifest = FeedManifest.read(office.work, SITE, load)
    assert (manifest.purpose, manifest.source, manifest.load_type) == (verify.PURPOSE, "sheet", "")
    assert {phase: len(shards) for phase, shards in manifest.shards.items()} == {
        "structure": 1, "people": 2, "rosters": 1}
    assert manifest.counts["students"]["rows"] == 21 and manifest.counts["rosters"]["rows"] == 27
    assert office.work.exists(paths.shards(SITE, load))
    assert office.store.get(keys.load(SITE, load)).body["purpose"] == "verify"


def test_an_order_is_audited(office: Office) -> None:
    load = office.ask("POST", PATH, token=office.token(), body={}).body["load"]
    (event,) = [event for event in office.audit() if event["what"] == "verify.ordered"]
    assert (event["load"], event["source"], event["by"]) == (load, "sheet", office.administrators[SITE])


def test_a_source_that_loaded_nothing_has_nothing_to_compare(office: Office) -> None:
    answer = office.ask("POST", PATH, token=office.token(), body={"source": "sif:zone-1"})
    assert (answer.status, answer.body["code"]) == (409, "NOTHING_LOADED")
    assert office.workflow.started == []


@pytest.mark.parametrize("source", ["", "manual", "../x", "sheet/../..", "sif:"])
def test_what_is_no_source_is_refused(office: Office, source: str) -> None:
    assert office.ask("POST", PATH, token=office.token(), body={"source": source}).status == 422


def test_only_who_may_approve_loads_may(office: Office) -> None:
    clerk = office.put(account("clerk", "Staff", rights={"accounts.manage": ["*"]}))
    approver = office.put(account("approver", "Staff", rights={"loads.approve": ["*"]}))
    assert office.ask("POST", PATH, token=office.token(clerk.id), body={}).status == 403
    assert office.ask("POST", PATH, token=office.token(approver.id), body={}).status == 202

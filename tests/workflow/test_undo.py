"""Undoing a load on the local cloud: ordered on the command line, looked at through the API and in the table."""

from __future__ import annotations

import json
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer

from tests.workflow.office import Office, Student, sheet, students

plain = TypeDeserializer().deserialize
_LOADED = {"LOAD", "AUDIT", "RECEIVED", "DROP", "SITE", "TRIES", "CODE"}
THIS_WEEK = students(*range(1, 9))
NEXT_WEEK = [Student(1, first="Renamed"), *students(*range(2, 13))]


class Bay:
    """A site `bay` with a first sheet, and what stood after it."""

    def __init__(self, running: Any) -> None:
        self.office = Office(running, "bay")
        code = self.office.rollbook("site", "code", "bay", "--json")
        signed = self.office.rollbook("sign-in", "--site", "bay", "--code", json.loads(code.stdout)["code"])
        assert signed.returncode == 0, signed.stderr
        assert self.office.loaded(sheet(THIS_WEEK))["state"] == "done"
        self.before = self.things()
        self.sheet = sheet(NEXT_WEEK)
        self.next = self.office.loaded(self.sheet)
        assert self.next["state"] == "done"
        self.after = self.things()

    def undo(self, load: str, *words: str, expect: int = 0) -> dict[str, Any]:
        """What `rollbook undo` says as JSON."""
        done = self.office.rollbook("undo", load, "--site", "bay", "--reason", "the wrong week", "--json", *words)
        assert done.returncode == expect, (done.stdout, done.stderr)
        return json.loads(done.stdout)

    def audited(self, what: str) -> list[dict[str, Any]]:
        """The audit events of a kind, oldest first."""
        pages = self.office.cloud.client("dynamodb").get_paginator("scan").paginate(
            TableName=self.office.cloud.outputs["TableName"], ConsistentRead=True)
        events = [{name: plain(value) for name, value in item.items()} for page in pages for item in page["Items"]
                  if item["pk"]["S"].startswith("bay#AUDIT#")]
        return [item["body"] for item in sorted(events, key=lambda item: item["sk"]) if item["body"]["what"] == what]

    def things(self) -> dict[tuple[str, str], Any]:
        """Accounts, classes and what follows them, without the causes of how they stand."""
        found = {}
        for at, item in self.office.table(*_LOADED).items():
            if not at[1].startswith(("CHANGE#", "SESSION#")):
                body = {name: value for name, value in item["body"].items()
                        if name not in ("created", "changed", "signed_in_at") and value != {}}
                found[at] = (body, item.get("list_pk"), item.get("list_sk"))
        return found


@pytest.fixture(scope="module")
def bay(running) -> Bay:
    return Bay(running)


@pytest.fixture(scope="module")
def dry(bay) -> dict[str, Any]:
    return bay.undo(bay.next["load"], "--dry-run")


@pytest.fixture(scope="module")
def part(bay, dry) -> dict[str, Any]:
    """An undo of one account, that is undone again."""
    renamed = bay.office.people()["Student 000001"]
    undone = bay.undo(bay.next["load"], "--account", renamed["account"])
    first_name = bay.office.people()["Student 000001"]["first_name"]
    bay.undo(undone["load"])
    return undone | {"first_name": first_name, "after": bay.things()}


@pytest.fixture(scope="module")
def undone(bay, part) -> dict[str, Any]:
    return bay.undo(bay.next["load"])


def test_a_dry_run_tells_what_would_go_back_in_the_shape_of_a_load_and_changes_nothing(bay, dry):
    assert (dry["state"], dry["undoes"], dry["kept"], dry["kept_total"]) == (
        "previewed", bay.next["load"], [], 0)
    assert dry["counts"]["students"] | {"rows": 0} == {
        "rows": 0, "new": 0, "changed": 1, "unchanged": 0, "missing": 0, "deactivated": 4, "problems": 0}
    assert dry["counts"]["rosters"]["deactivated"] == 4
    assert bay.things() == bay.after


def test_one_account_goes_back_and_comes_again(bay, part):
    assert (part["state"], part["counts"]["students"]["changed"]) == ("done", 1)
    assert part["first_name"] == THIS_WEEK[0].name[1]
    assert part["after"] == bay.after
    assert bay.office.get(f"/loads/{part['load']}")["state"] == "undone"


def test_a_load_that_is_undone_leaves_what_was_before_and_inactive_accounts(bay, dry, undone):
    assert (undone["state"], undone["counts"]) == ("done", dry["counts"])
    now = bay.things()
    assert {at: now[at] for at in bay.before} == bay.before
    off = bay.office.people(status="inactive").values()
    assert sorted(one["role"] for one in off) == ["Guardian"] * 4 + ["Student"] * 4
    assert all(one["deactivated"] == {"load": undone["load"], "rule": "undo"} and one["username"] for one in off)


def test_the_load_says_that_it_was_undone_and_the_undo_what_it_did(bay, undone):
    shown = bay.office.get(f"/loads/{bay.next['load']}")
    assert (shown["state"], shown["undone_by"]) == ("undone", undone["load"])
    report = json.loads(bay.office.files(undone["load"])["report_json"])
    assert (report["state"], report["counts"]["students"]["deactivated"]) == ("done", 4)


def test_a_load_is_undone_once(bay, undone):
    done = bay.office.rollbook("undo", bay.next["load"], "--site", "bay", "--reason", "again", "--json")
    assert done.returncode == 1 and f"undone already, by load {undone['load']}" in done.stderr


def test_an_undo_is_audited_with_who_and_why(bay, undone):
    last = bay.audited("load.undone")[-1]
    assert (last["load"], last["undone_by"], last["reason"]) == (bay.next["load"], undone["load"], "the wrong week")
    assert last["by"] == bay.office.get(f"/loads/{undone['load']}")["sent_by"]


def test_the_same_file_loads_again_after_the_undo_and_gives_the_same_state(bay, undone):
    again = bay.office.loaded(bay.sheet)
    assert again["state"] == "done", again
    assert again["counts"]["students"]["changed"] == 5
    assert bay.things() == bay.after

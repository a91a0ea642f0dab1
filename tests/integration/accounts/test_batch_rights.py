"""Granting and revoking a right to many: nobody passes on what they don't hold."""

from __future__ import annotations

from typing import Any

import pytest

from rostering.store import keys
from tests.integration.accounts.office import SITE, Office, account
from tests.integration.accounts.test_batches import WHY, order, shown

VIEW = {"right": "view_as", "right_school": "100"}


@pytest.fixture
def office() -> Office:
    office = Office()
    for school in ("100", "200"):
        office.put_item(keys.school(SITE, school), {"key": school, "kind": "school", "fields": {}})
    for name in ("tess", "theo"):
        office.put(account(name, "Teacher"))
    office.put(account("sue", "Staff"))
    office.put(account("ann"))
    office.put(account("head", "Staff", rights={"accounts.manage": ["100"], "view_as": ["100"]}))
    return office


def rights(office: Office, name: str) -> dict[str, list[str]]:
    return office.store.get(keys.account(SITE, name)).body.get("rights", {})


def test_a_school_s_teachers_get_a_right_and_lose_it(office: Office) -> None:
    given = order(office, "grant", by="head", filter={"school": "100", "role": "Teacher"}, **VIEW)
    assert shown(office, given["batch"], by="head")["counts"] == {"done": 2}
    assert rights(office, "tess") == rights(office, "theo") == {"view_as": ["100"]} and rights(office, "sue") == {}
    # holders of a right rank higher than plain teachers; the head has rights too, so may take it
    taken = order(office, "revoke", by="head", filter={"school": "100", "role": "Teacher"}, **VIEW)
    assert shown(office, taken["batch"], by="head")["counts"] == {"done": 2}
    assert rights(office, "tess") == {}


def test_each_grant_is_an_event_and_a_record_of_the_account(office: Office) -> None:
    made = order(office, "grant", by="head", accounts=["tess"], **VIEW)
    (event,) = [one for one in office.audit() if one["what"] == "right.granted"]
    assert {name: event.get(name) for name in ("target", "by", "right", "school", "batch", "reason")} == {
        "target": "tess", "by": "head", "right": "view_as", "school": "100", "batch": made["batch"], "reason": WHY}
    (change,) = office.store.query(keys.account(SITE, "tess").pk, prefix="CHANGE#").items
    assert (change.body["action"], change.body["moved"]) == ("grant", {"rights": {"view_as": [None, ["100"]]}})


@pytest.mark.parametrize(("by", "body", "status"), [
    ("head", {"right": "loads.approve", "right_school": "100"}, 403),     # doesn't hold it
    ("head", {"right": "view_as", "whole_site": True}, 403),              # holds it in one school only
    ("head", {"right": "view_as", "right_school": "200"}, 403),
    ("", {"right": "view_as", "right_school": "999"}, 422),               # no such school
    ("", {"right": "view_as"}, 422), ("", {}, 422), ("", VIEW | {"whole_site": True}, 422),
    ("", {"right": "everything", "right_school": "100"}, 422)])
def test_what_nobody_may_give(office: Office, by: str, body: dict[str, Any], status: int) -> None:
    before = rights(office, "tess")
    order(office, "grant", by=by, accounts=["tess"], expect=status, **body)
    assert rights(office, "tess") == before


def test_each_account_is_judged(office: Office) -> None:
    office.put(account("boss", "Staff", rights={"admin": ["*"]}))
    office.put(account("gone", "Staff", status="inactive"))
    office.put(account("far", "Staff", school="200"))
    office.put(account("has", "Staff", rights={"view_as": ["100"]}))
    made = order(office, "grant", by="head", dry_run=True, **VIEW,
                 accounts=["tess", "ann", "boss", "gone", "far", "has", "head"])
    assert {one["account"]: one["why"] for one in made["first_left_out"]} == {
        "ann": "no_employee", "boss": "higher_rank", "gone": "nothing_to_do", "far": "out_of_reach",
        "has": "nothing_to_do", "head": "own_account"}


def test_who_lost_the_right_meanwhile_passes_it_on_no_longer(office: Office) -> None:
    office.works = False
    made = order(office, "grant", by="head", accounts=["tess"], **VIEW)
    office.put(account("head", "Staff", rights={"accounts.manage": ["100"]}))
    assert office.work_on(made["batch"])
    assert shown(office, made["batch"], by="head")["counts"] == {"not_yours": 1} and rights(office, "tess") == {}
    assert "right.granted" not in {one["what"] for one in office.audit()}


def test_administrators_of_the_site_lose_the_right_one_by_one(office: Office) -> None:
    office.put(account("boss", "Staff", rights={"admin": ["*"]}))
    answer = order(office, "revoke", accounts=["boss"], right="admin", whole_site=True, expect=422)
    assert answer["code"] == "ONE_BY_ONE" and rights(office, "boss") == {"admin": ["*"]}


def test_a_right_is_for_no_other_act(office: Office) -> None:
    order(office, "unlock", accounts=["tess"], expect=422, **VIEW)


def test_work_that_is_done_twice_is_told_once(office: Office) -> None:
    made = order(office, "grant", accounts=["tess"], **VIEW)
    head = office.store.get(keys.batch(SITE, made["batch"]))
    office.store.update(head.key, lambda body: body | {"state": "running", "next_part": 0, "done": 0, "counts": {}})
    office.work_on(made["batch"])
    assert [one["what"] for one in office.audit()].count("right.granted") == 1
    assert shown(office, made["batch"])["counts"] == {"done": 1}

"""Deciding who a row is, and approving a load in part: what the API takes, refuses and writes."""

from __future__ import annotations

import pytest

from rostering.store import keys
from tests.integration.accounts.office import OTHER_SITE, SITE, Office, account

LOAD = "01J0000000000000000000000A"
PATH = f"/sites/{SITE}/matches"


@pytest.fixture
def office() -> Office:
    office = Office()
    for name, role in (("ana", "Student"), ("tom", "Teacher")):
        office.put(account(name, role))
    office.put_item(keys.load(SITE, LOAD), {"load": LOAD, "site": SITE, "state": "turned_back", "holds": []})
    office.put_item(keys.match(SITE, "m1"), {
        "match": "m1", "state": "open", "source": "sheet", "kind": "student", "key": "77", "load": LOAD, "row": 5,
        "tab": "Students", "rule": "id_changed", "who": {
            "first_name": "Ana", "last_name": "Example", "birth_date": "2016-05-03", "action": "create"}, "at": "",
        "candidates": [{"account": "ana", "score": 80, "reasons": ["same_last_name"]}]})
    return office


def decide(office: Office, match: str = "m1", **body):
    return office.ask("POST", f"{PATH}/{match}", token=office.token(), body={"reason": "looked at it"} | body)


def test_a_match_shows_who_waits_and_whom_it_may_be(office):
    (match,) = office.ask("GET", PATH, token=office.token()).body["matches"]
    assert (match["key"], match["rule"], match["row"]) == ("77", "id_changed", 5)
    assert match["who"] == {"first_name": "Ana", "last_name": "Example"}
    assert (match["candidates"][0]["score"], match["candidates"][0]["person"]["username"]) == (80, "ana.e")


def test_a_decision_is_a_claim_that_plans_stand_on_and_is_audited(office):
    answer = decide(office, same_as="ana")
    assert answer.status == 200 and answer.body["state"] == "decided"
    claim = office.store.get(keys.identifier(SITE, "student", "sheet", "sourceId", "77")).body
    assert claim["account"] == "ana"
    assert office.store.get(keys.source(SITE, "sheet")).body["links"] is True
    assert office.store.get(keys.lease(SITE)).body["moves"] == 1
    (event,) = [one for one in office.audit() if one["what"] == "match.decided"]
    assert (event["target"], event["reason"]) == ("ana", "looked at it")
    assert office.ask("GET", PATH, token=office.token()).body["matches"] == []


def test_the_same_decision_again_changes_nothing_and_another_is_refused(office):
    assert decide(office, same_as="ana").status == decide(office, same_as="ana").status == 200
    assert office.store.get(keys.lease(SITE)).body["moves"] == 1
    assert (decide(office, new=True).status, decide(office, new=True).body["code"]) == (409, "DECIDED")


@pytest.mark.parametrize(("body", "status", "code"), [
    ({}, 422, "INVALID"),
    ({"same_as": "ana", "new": True}, 422, "INVALID"),
    ({"same_as": "nobody"}, 422, "NO_ACCOUNT"),
    ({"same_as": "tom"}, 422, "OTHER_FAMILY"),
    ({"same_as": "ana", "reason": "  "}, 422, "INVALID"),
])
def test_what_makes_no_sense_is_refused_in_words(office, body, status, code):
    answer = decide(office, **body)
    assert (answer.status, answer.body["code"]) == (status, code)
    assert office.store.get(keys.match(SITE, "m1")).body["state"] == "open"


def test_a_match_of_another_site_is_not_there(office):
    answer = office.ask("POST", f"/sites/{OTHER_SITE}/matches/m1", token=office.token(site=OTHER_SITE),
                        body={"same_as": "ana", "reason": "try"})
    assert answer.status == 404


def test_a_decision_about_a_held_load_plans_it_again(office):
    office.put_item(keys.load(SITE, LOAD), {"load": LOAD, "site": SITE, "state": "held", "holds": [],
                                            "task_token": "t"})
    office.workflow.waiting.add("t")
    assert decide(office, same_as="ana").body["goes_on_as"] == LOAD
    assert office.workflow.answers == [("t", {"decision": "again"})]
    assert office.store.get(keys.load(SITE, LOAD)).body["state"] == "read"


def held(office: Office, **more) -> None:
    office.put_item(keys.load(SITE, LOAD), {
        "load": LOAD, "site": SITE, "state": "held", "task_token": "t", "holds": [],
        "waiting": [{"school": "0012", "changes": 3}, {"school": "0014", "changes": 9}]} | more)
    office.workflow.waiting.add("t")


def approve(office: Office, **body):
    return office.ask("POST", f"/sites/{SITE}/loads/{LOAD}/approve", token=office.token(),
                      body={"reason": "looked at it"} | body)


def test_an_approval_of_one_school_says_so_in_the_load_and_the_audit(office):
    held(office)
    assert approve(office, schools=["0012"]).status == 200
    assert office.store.get(keys.load(SITE, LOAD)).body["decision"]["schools"] == ["0012"]
    (event,) = [one for one in office.audit() if one["what"] == "load.approved"]
    assert event["schools"] == ["0012"]


def test_a_school_of_which_nothing_waits_cannot_be_approved(office):
    held(office)
    answer = approve(office, schools=["0012", "9999"])
    assert (answer.status, answer.body["code"]) == (422, "NOTHING_WAITS")
    assert answer.body["detail"] == "Nothing of this load waits in school 9999. Schools that wait: 0012, 0014."


def test_re_keying_is_for_loads_whose_hold_offers_it(office):
    held(office)
    assert (approve(office, rekey=True).status, approve(office, rekey=True).body["code"]) == (409, "NO_PAIRS")
    held(office, holds=[{"rule": "H-ID-SWAP", "school": "", "kind": "students", "count": 9, "of": 9,
                         "message": "", "cause": "ids_changed", "action": "rekey"}])
    assert approve(office, rekey=True).status == 200
    assert office.workflow.answers == [("t", {"decision": "again"})]
    assert office.store.get(keys.load(SITE, LOAD)).body["rekey"] is True


def test_what_is_left_of_a_load_is_approved_by_the_name_of_the_load(office):
    rest = f"{LOAD[:-1]}B"
    office.put_item(keys.load(SITE, rest), {"load": rest, "site": SITE, "state": "held", "task_token": "t",
                                            "holds": []})
    office.put_item(keys.load(SITE, LOAD), {"load": LOAD, "site": SITE, "state": "done", "holds": [], "rest": rest})
    office.workflow.waiting.add("t")
    answer = approve(office)
    assert (answer.status, answer.body["load"], answer.body["state"]) == (200, rest, "approved")

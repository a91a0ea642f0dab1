"""Merging two accounts and taking it back, over the API: what follows, what stays, who may."""

from __future__ import annotations

import pytest

from accounts.ports import iso
from accounts.sessions import open_session
from rostering.access.passwords import hash_password
from rostering.store import keys
from tests.integration.accounts.office import OTHER_SITE, SITE, Office, account
from tests.integration.accounts.twins import (
    ACTIVE,
    WHY,
    ask,
    ask_back,
    district,
    everything,
    holder,
    merged,
    read,
    table,
)


@pytest.fixture
def office() -> Office:
    return district(Office())


def test_a_preview_tells_what_would_move_and_writes_nothing(office):
    before = table(office.store)
    answer = ask(office, dry_run=True)
    assert answer.status == 200, answer.text
    assert (answer.body["state"], answer.body["merge"], answer.body["status"]) == ("planned", "", "active")
    assert [answer.body[side]["username"] for side in ("kept", "gone")] == ["zoe.e", "zoh.e"]
    assert answer.body["moves"] == {
        "fields": ["email", "other_schools", "state_id"],
        "identifiers": [["", "email"], ["gg4l:d", "sourceId"], ["sif:z", "sourceId"], ["sif:z", "stateId"]],
        "classes": ["alg", "bio"], "guardians": ["dad", "mum"], "students": [], "teaches": [],
        "groups": ["rti"], "schools": ["200"],
    }
    assert answer.body["stays"] == ["first_name", "grade", "id"]
    assert table(office.store) == before


def test_the_result_tells_what_the_preview_told(office):
    planned = ask(office, dry_run=True).body
    done = merged(office)
    told = ("kept", "gone", "moves", "stays", "rights", "status")
    assert {name: done[name] for name in told} == {name: planned[name] for name in told}
    assert (done["state"], done["reason"], done["by"]) == ("merged", WHY, office.administrators[SITE])


def test_everything_that_named_the_gone_student_names_the_kept_one(office):
    merged(office)
    zoe, zoh = read(office, "zoe"), read(office, "zoh")
    assert (zoh.status, zoh.merged_into, zoh.username) == ("inactive", "zoe", "zoh.e")
    assert zoe.fields["email"] == "zoe@x.example"
    assert zoe.links == {"sif:z": "zoh", "gg4l:d": "g-zoh"}
    assert zoe.classes == {"alg": ACTIVE, "art": ACTIVE, "bio": ["", "2026-10-01", "inactive"]}
    assert zoe.guardians.keys() == {"mum", "dad"}
    assert read(office, "mum").students.keys() == read(office, "dad").students.keys() == {"zoe"}
    assert office.store.get(keys.section(SITE, "alg")).body["members"] == {"zoe": []}
    assert office.store.get(keys.section(SITE, "bio")).body["past"] == {"zoe": ["", "2026-10-01"]}
    assert office.store.get(keys.group(SITE, "rti")).body["members"] == {"zoe": "student", "anne": "staff"}
    listed = office.store.listing(keys.people(SITE, "200")).items
    assert [item.key for item in listed] == [keys.member_of(SITE, "zoe", "200")]


def test_every_identifier_of_the_gone_one_leads_to_the_kept_one_and_both_usernames_stay(office):
    merged(office)
    for key in (keys.identifier(SITE, "student", "sif:z", "sourceId", "zoh"),
                keys.identifier(SITE, "student", "gg4l:d", "sourceId", "g-zoh"),
                keys.identifier(SITE, "student", "sif:z", "stateId", "S1"),
                keys.email(SITE, "student", "zoe@x.example")):
        assert holder(office, key) == "zoe"
    for source in ("sif:z", "gg4l:d"):
        assert office.store.get(keys.source(SITE, source)).body == {"source": source, "links": True}
    assert [holder(office, keys.username(SITE, f"{name}.e")) for name in ("zoe", "zoh")] == ["zoe", "zoh"]


def test_an_email_that_the_gone_one_once_had_leads_to_the_kept_one_too(office):
    office.put_item(keys.email(SITE, "student", "old@x.example"), {"account": "zoh"})
    moved = {"fields": {"email": ["old@x.example", "zoe@x.example"]}}
    office.put_item(keys.change(keys.account(SITE, "zoh"), "01A"), {"load": "01A", "action": "update", "moved": moved})
    merged(office)
    assert holder(office, keys.email(SITE, "student", "old@x.example")) == "zoe"


def test_what_a_teacher_teaches_and_owns_follows(office):
    merged(office, "ann", "anne")
    assert office.store.get(keys.section(SITE, "alg")).body["teachers"] == {"ann": "lead"}
    assert office.store.get(keys.section(SITE, "bio")).body["teachers"] == {"ann": "lead"}
    taught = office.store.query(keys.account(SITE, "ann").pk, prefix="TEACHES#").items
    assert {item.body["section"]: item.body["part"] for item in taught} == dict.fromkeys(("alg", "art", "bio"), "lead")
    assert not office.store.query(keys.account(SITE, "anne").pk, prefix="TEACHES#").items
    group = office.store.get(keys.group(SITE, "rti")).body
    assert (group["owner"], group["members"]) == ("ann", {"zoh": "student", "ann": "staff"})


def test_the_gone_account_is_signed_out_and_can_not_sign_in(office):
    token = office.token("anne")
    refresh = open_session(office.ports, SITE, "anne").refresh_token
    merged(office, "ann", "anne")
    assert office.ask("GET", f"/sites/{SITE}", token=token).status == 401
    assert office.ask("POST", f"/sites/{SITE}/token", body={"refresh_token": refresh}).status == 401
    assert not office.store.query(keys.account(SITE, "anne").pk, prefix="SESSION#").items


def test_the_gone_ones_password_opens_nothing(office):
    login = {"account": "anne", "state": "own", "hash": hash_password("oak lake 42")}
    office.put_item(keys.username(SITE, "anne.e"), login)
    enter = {"username": "anne.e", "secret": "oak lake 42"}
    assert office.ask("POST", f"/sites/{SITE}/sign-in", body=enter).status == 200
    merged(office, "ann", "anne")
    assert office.ask("POST", f"/sites/{SITE}/sign-in", body=enter).status == 401
    ask_back(office, "ann")
    assert office.ask("POST", f"/sites/{SITE}/sign-in", body=enter).status == 200


def test_each_touched_account_has_a_record_and_there_is_one_audit_event(office):
    done = merged(office)
    for name in ("zoe", "zoh", "mum", "dad"):
        record = office.store.get(keys.change(keys.account(SITE, name), done["merge"])).body
        assert (record["action"], record["rule"], record["load"]) == ("merge", "merged", done["merge"])
        assert record["moved"] and "changed" not in record["moved"]
    (event,) = [event for event in office.audit() if event["what"] == "account.merged"]
    assert (event["target"], event["other"], event["reason"]) == ("zoe", "zoh", WHY)


def test_merging_and_unmerging_is_the_identity(office):
    before = table(office.store)
    done = merged(office)
    answer = ask_back(office, done["merge"])
    assert (answer.status, answer.body["state"], answer.body["unmerged"]["stays"]) == (200, "unmerged", [])
    assert table(office.store) == before
    assert [e["what"] for e in office.audit()][-2:] == ["account.merged", "account.unmerged"]


@pytest.mark.parametrize("name", ["zoh", "zoe"])
def test_a_merge_is_taken_back_by_the_name_of_either_account(office, name):
    merged(office)
    assert ask_back(office, name).body["state"] == "unmerged"
    assert read(office, "zoh").status == "active"


def test_a_preview_of_unmerging_writes_nothing_and_tells_what_goes_back(office):
    done = merged(office)
    before = table(office.store)
    planned = ask_back(office, done["merge"], dry_run=True).body
    assert planned["state"] == "merged"
    assert table(office.store) == before
    back = ask_back(office, done["merge"]).body["unmerged"]["back"]
    assert planned["unmerged"]["back"] == back
    assert {"kind": "section", "id": "alg", "fields": ["members.zoh"]} in back


def test_what_somebody_changed_since_stays_and_is_listed(office):
    done = merged(office)
    office.store.update(keys.account(SITE, "zoe"), lambda body: body | {
        "fields": body["fields"] | {"email": "new@x.example"}, "changed": {"load": "01Z", "row": 3}})
    unmerged = ask_back(office, "zoe").body["unmerged"]
    assert unmerged["stays"] == [{"kind": "account", "id": "zoe", "fields": ["fields.email"]}]
    zoe = read(office, "zoe")
    assert zoe.fields["email"] == "new@x.example"
    assert zoe.changed == {"load": "01Z", "row": 3}
    assert "state_id" not in zoe.fields
    assert done["state"] == "merged"


def test_asking_again_changes_nothing_and_gives_the_same_answer(office):
    done = merged(office)
    before = everything(office.store)
    office.clock.at += 1
    assert ask(office).body == done
    assert everything(office.store) == before
    back = ask_back(office, done["merge"]).body
    assert ask_back(office, done["merge"]).body == back


def test_the_two_can_be_merged_again_after_unmerging_and_the_other_way_round(office):
    first = merged(office)["merge"]
    ask_back(office, first)
    second = merged(office, "zoh", "zoe")
    assert second["merge"] != first
    assert read(office, "zoe").merged_into == "zoh"
    before = merged(office, "zoh", "zoe")
    assert before == second


def test_claims_of_an_account_that_was_merged_before_follow_and_go_back_in_order(office):
    office.put(account("zo"))
    start = table(office.store)
    merged(office, "zoh", "zo")
    between = table(office.store)
    merged(office, "zoe", "zoh")
    assert holder(office, keys.identifier(SITE, "student", "sheet", "sourceId", "zo")) == "zoe"
    refused = ask_back(office, "zo")
    assert (refused.status, refused.body["code"]) == (409, "LATER_MERGE")
    ask_back(office, "zoe")
    assert table(office.store) == between
    ask_back(office, "zo")
    assert table(office.store) == start


@pytest.mark.parametrize(("kept", "gone", "status", "code"), [
    ("zoe", "zoe", 409, "SAME_ACCOUNT"),
    ("zoe", "mum", 409, "ROLE_FAMILIES"),
    ("ann", "zoe", 409, "ROLE_FAMILIES"),
    ("zoe", "nobody", 404, "NOT_FOUND"),
    ("nobody", "zoe", 404, "NOT_FOUND"),
    ("zoe", "far", 404, "NOT_FOUND"),
])
def test_what_can_not_be_merged_is_refused_with_a_code_and_changes_nothing(office, kept, gone, status, code):
    office.put(account("far"), site=OTHER_SITE)
    before = table(office.store)
    for dry_run in (True, False):
        answer = ask(office, kept, gone, dry_run=dry_run)
        assert (answer.status, answer.body["code"]) == (status, code)
    assert table(office.store) == before


def test_who_was_merged_is_not_merged_again(office):
    merged(office)
    office.put(account("zo"))
    for kept, gone in (("zo", "zoh"), ("zoh", "zo"), ("zoh", "zoe")):
        answer = ask(office, kept, gone)
        assert (answer.status, answer.body["code"]) == (409, "ALREADY_MERGED")


@pytest.mark.parametrize(("rights", "pair", "status"), [
    ({"accounts.manage": ["100", "200"]}, ("zoe", "zoh"), 200),
    ({"accounts.manage": ["100"]}, ("zoe", "zoh"), 403),
    ({"accounts.manage": ["300"]}, ("zoe", "zoh"), 404),
    ({"credentials.view": ["*"]}, ("zoe", "zoh"), 403),
    ({"accounts.manage": ["*"]}, ("ann", "chief"), 403),
    ({"accounts.manage": ["*"]}, ("ann", "clerk"), 403),
    ({"admin": ["*"]}, ("ann", "chief"), 200),
    ({"admin": ["*"]}, ("clerk", "ann"), 403),
], ids=str)
def test_who_manages_every_school_of_both_may_but_not_above_themselves_nor_to_themselves(office, rights, pair, status):
    office.put(account("clerk", "Staff", rights=rights))
    office.put(account("chief", "Staff", rights={"admin": ["100"]}))
    assert ask(office, *pair, by="clerk", dry_run=True).status == status
    assert ask(office, *pair, by="clerk").status == status


def test_unmerging_needs_the_same_rights(office):
    merged(office)
    office.put(account("clerk", "Staff", rights={"accounts.manage": ["100"]}))
    assert ask_back(office, "zoe", by="clerk").status == 403


def test_while_a_load_applies_nothing_is_merged_and_plans_made_before_are_made_again(office):
    until = iso(office.clock.at + 900)
    office.put_item(keys.lease(SITE), {"load": "01LOAD", "until": until, "fence": 3, "moves": 6})
    before = table(office.store)
    answer = ask(office)
    assert (answer.status, answer.body["code"], answer.headers["Retry-After"]) == (409, "BUSY", "5")
    assert table(office.store) == before
    office.clock.at += 901
    assert ask(office).status == 200
    lease = office.store.get(keys.lease(SITE)).body
    assert (lease["load"], lease["fence"], lease["moves"]) == ("", 4, 7)


def test_merges_are_listed_the_newest_first(office):
    one = merged(office)["merge"]
    two = merged(office, "ann", "anne")["merge"]
    ask_back(office, one)
    listed = office.ask("GET", f"/sites/{SITE}/merges", token=office.token()).body["merges"]
    assert [(m["merge"], m["state"]) for m in listed] == [(two, "merged"), (one, "unmerged")]


def test_an_account_without_a_merge_has_none_to_take_back(office):
    assert ask_back(office, "ann").status == 404

"""Stages, sign-in before them, the classes' progress and single cards, against the API on memory."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.ports import iso
from rostering import invitations
from rostering.access.passwords import hash_password
from rostering.credentials import envelope
from rostering.load.issue import issue_to
from rostering.people import account_of
from rostering.store import keys
from tests.integration.accounts.office import SITE, Answer, Office, account
from tests.integration.accounts.schoolyard import SCHOOL, SECRETS, open_school, put

SCHOOLS = f"/sites/{SITE}/schools/{SCHOOL}"
FIRST = {"override": True, "reason": "first day"}


@pytest.fixture
def office() -> Office:
    office = Office(hand_out="staged")
    open_school(office)
    return office


def opened(office: Office, stage: str, *, by: str = "", **order: Any) -> Answer:
    return office.ask("POST", f"{SCHOOLS}/stages/{stage}", token=office.token(by), body=order)


def ready(office: Office) -> None:
    office.ask("POST", f"{SCHOOLS}/attestations", token=office.token(), body={"rule": "standards", "reason": "looked"})


def signs_in(office: Office, username: str, secret: str) -> Answer:
    return office.ask("POST", f"/sites/{SITE}/sign-in", body={"username": username, "secret": secret})


def codes(answer: Answer) -> list[str]:
    return [one["code"] for one in answer.body["missing"]]


def stage(office: Office, name: str) -> dict[str, Any] | None:
    item = office.store.get(keys.stage(SITE, SCHOOL, name))
    return item.body if item else None


# ---------------------------------------------------------------- stages

def test_a_stage_that_is_not_ready_stays_closed_and_says_what_is_missing(office: Office) -> None:
    answer = opened(office, "Teacher")
    assert (answer.status, answer.body["code"], codes(answer)) == (409, "NOT_READY", ["standards"])
    assert "5. Standards attached to every course in use (1 of 1 miss it)" in answer.body["detail"]
    assert stage(office, "Teacher") is None and office.exports == []


def test_a_ready_stage_opens_and_its_sheets_are_ordered(office: Office) -> None:
    ready(office)
    answer = opened(office, "Teacher")
    assert (answer.status, answer.body["state"], answer.body["accounts"], answer.body["overridden"]) == (
        200, "released", 2, [])
    kept = stage(office, "Teacher")
    assert kept == {"state": "released", "by": office.administrators[SITE], "at": office.ports.time(),
                    "overridden": [], "export": answer.body["export"]}
    assert office.exports == [{"site": SITE, "export": answer.body["export"]}]
    order = office.store.get(keys.export(SITE, answer.body["export"])).body
    assert (order["stage"], order["school"], order["with_secrets"]) == ("Teacher", SCHOOL, True)
    assert [one["export"] for one in office.audit() if one["what"] == "password.exported"] == [order["export"]]


def test_students_wait_until_four_of_five_teachers_have_signed_in(office: Office) -> None:
    ready(office)
    assert codes(opened(office, "Student")) == ["signed_in"]
    office.store.update(keys.account(SITE, "tea"), lambda body: body | {"signed_in_at": office.ports.time()})
    assert opened(office, "Student").status == 200


def test_guardians_wait_for_the_students(office: Office) -> None:
    ready(office)
    assert codes(opened(office, "Guardian")) == ["students"]
    assert opened(office, "Student", **FIRST).status == 200
    assert opened(office, "Guardian").status == 200


def test_what_is_overridden_is_kept_and_audited_with_the_reason(office: Office) -> None:
    answer = opened(office, "Student", **FIRST)
    assert answer.body["overridden"] == ["standards", "signed_in"]
    assert (stage(office, "Student")["overridden"], stage(office, "Student")["reason"]) == (
        ["standards", "signed_in"], "first day")
    (event,) = [one for one in office.audit() if one["what"] == "stage.released"]
    assert (event["overridden"], event["reason"], event["school"]) == (["standards", "signed_in"], "first day", SCHOOL)


def test_nothing_is_overridden_without_a_reason(office: Office) -> None:
    assert opened(office, "Student", override=True).status == 422
    assert stage(office, "Student") is None


def test_a_dry_run_tells_and_opens_nothing(office: Office) -> None:
    office.token()
    before = office.store.snapshot()
    answer = opened(office, "Student", dry_run=True)
    assert (answer.status, answer.body["state"], answer.body["accounts"]) == (200, "not ready", 3)
    assert codes(answer) == ["standards", "signed_in"]
    more = office.store.snapshot().keys() - before.keys()
    assert office.exports == [] and all("#AUDIT#" in key.pk for key in more)
    assert [one["what"] for one in office.audit()][-1] == "readiness.viewed"


def test_opening_twice_makes_the_sheets_once(office: Office) -> None:
    first, second = opened(office, "Student", **FIRST), opened(office, "Student", **FIRST)
    assert (second.status, second.body["state"], second.body["export"]) == (200, "released", "")
    assert len(office.exports) == 1 and first.body["export"]


def test_a_closed_stage_refuses_again_and_the_session_goes_on(office: Office) -> None:
    opened(office, "Student", **FIRST)
    token = signs_in(office, "kit.e", SECRETS["kit"]).body["access_token"]
    path = f"{SCHOOLS}/stages/Student"
    assert office.ask("DELETE", path, token=office.token(), query={"reason": "wrong cards"}).status == 200
    assert signs_in(office, "kit.e", SECRETS["kit"]).body["code"] == "NOT_DISTRIBUTED"
    assert office.ask("GET", f"/sites/{SITE}", token=token).status == 200
    assert office.ask("DELETE", path, token=office.token(), query={"reason": "twice"}).status == 404
    assert [one["reason"] for one in office.audit() if one["what"] == "stage.closed"] == ["wrong cards"]


def test_a_school_s_administrator_opens_that_school_alone(office: Office) -> None:
    ready(office)
    office.put(account("head", "Staff", school="901", rights={"admin": [SCHOOL]}))
    office.put(account("other", "Staff", school="900", rights={"admin": ["900"]}))
    assert opened(office, "Teacher", by="other").status == 403
    assert opened(office, "Teacher", by="head").status == 200
    assert opened(office, "Staff").status == 404


# ---------------------------------------------------------------- sign-in before the hand-out

def test_a_right_password_before_the_hand_out_is_refused_with_its_own_words(office: Office) -> None:
    answer = signs_in(office, "kit.e", SECRETS["kit"])
    assert (answer.status, answer.body["code"]) == (403, "NOT_DISTRIBUTED")
    assert "That is right" in answer.body["detail"] and "students" in answer.body["detail"]


def test_a_wrong_password_before_the_hand_out_is_told_as_wrong(office: Office) -> None:
    assert signs_in(office, "kit.e", "nonsense").body["code"] == "SIGN_IN"


def test_a_refusal_counts_nothing_and_notes_no_sign_in(office: Office) -> None:
    for _ in range(12):
        assert signs_in(office, "kit.e", SECRETS["kit"]).body["code"] == "NOT_DISTRIBUTED"
    body = office.store.get(keys.account(SITE, "kit")).body
    assert "signed_in_at" not in body
    assert not office.store.query(keys.account(SITE, "kit").pk, prefix="SESSION#").items
    assert "envelope" in office.store.get(keys.username(SITE, "kit.e")).body
    opened(office, "Student", **FIRST)
    assert signs_in(office, "kit.e", SECRETS["kit"]).status == 200


@pytest.mark.parametrize(("name", "needed"), [("kit", "Student"), ("ma-kit", "Guardian"), ("tea", "Teacher"),
                                              ("sam", "Teacher")])
def test_each_role_waits_for_its_stage(office: Office, name: str, needed: str) -> None:
    office.put_item(keys.username(SITE, f"{name}.e"), {"account": name, "state": "own",
                                                       "hash": hash_password("nine gray barns walk")})
    for other in {"Teacher", "Student", "Guardian"} - {needed}:
        office.put_item(keys.stage(SITE, SCHOOL, other), {"state": "released"})
    assert signs_in(office, f"{name}.e", "nine gray barns walk").body["code"] == "NOT_DISTRIBUTED"
    office.put_item(keys.stage(SITE, SCHOOL, needed), {"state": "released"})
    assert signs_in(office, f"{name}.e", "nine gray barns walk").status == 200


def test_a_link_waits_for_the_stage_too_and_stays_good(office: Office) -> None:
    office.put_item(keys.username(SITE, "tea.e"), {"account": "tea", "state": "claimed"})
    pepper = office.ports.vault.pepper(SITE, office.store.get(keys.settings(SITE)).body["pepper"])
    tea = account_of(office.store.get(keys.account(SITE, "tea")))
    code = invitations.issue(office.store, SITE, tea, slot="invited", pepper=pepper, told="print", by="x",
                             random_bytes=office.ports.random_bytes, at=office.ports.time()).code
    early = office.ask("POST", f"/sites/{SITE}/sign-in", body={"code": code})
    assert (early.status, early.body["code"]) == (403, "NOT_DISTRIBUTED")
    office.put_item(keys.stage(SITE, SCHOOL, "Teacher"), {"state": "released"})
    assert office.ask("POST", f"/sites/{SITE}/sign-in", body={"code": code}).status == 200


def test_one_open_school_of_several_is_enough(office: Office) -> None:
    office.store.update(keys.account(SITE, "kit"), lambda body: body | {
        "fields": body["fields"] | {"other_schools": ["0013"]}})
    office.put_item(keys.stage(SITE, "0013", "Student"), {"state": "released"})
    assert signs_in(office, "kit.e", SECRETS["kit"]).status == 200


def test_a_guardian_goes_by_the_schools_of_the_children(office: Office) -> None:
    office.store.update(keys.account(SITE, "ma-kit"), lambda body: body | {
        "fields": body["fields"] | {"school": "0099"}})
    assert signs_in(office, "ma-kit.e", "ABCDE-FGH23").body["code"] == "NOT_DISTRIBUTED"
    office.put_item(keys.stage(SITE, SCHOOL, "Guardian"), {"state": "released"})
    assert signs_in(office, "ma-kit.e", "ABCDE-FGH23").status == 200


def test_who_belongs_to_no_school_waits_for_the_first_that_opens(office: Office) -> None:
    put(office, account("roving", "Student", school="", fields={"grade": "01"}), first="duck-pond-leaf11")
    assert signs_in(office, "roving.e", "duck-pond-leaf11").body["code"] == "NOT_DISTRIBUTED"
    office.put_item(keys.stage(SITE, "0013", "Student"), {"state": "released"})
    assert signs_in(office, "roving.e", "duck-pond-leaf11").status == 200


def test_who_holds_a_right_always_gets_in(office: Office) -> None:
    office.store.update(keys.account(SITE, "kit"), lambda body: body | {"rights": {"view_as": [SCHOOL]}})
    assert signs_in(office, "kit.e", SECRETS["kit"]).status == 200


def test_where_nothing_is_staged_everybody_gets_in() -> None:
    office = Office()
    open_school(office)
    assert signs_in(office, "kit.e", SECRETS["kit"]).status == 200


# ---------------------------------------------------------------- classes

def progress(office: Office, by: str = "") -> Answer:
    return office.ask("GET", f"{SCHOOLS}/hand-out", token=office.token(by))


def test_each_student_stands_once_where_the_card_is(office: Office) -> None:
    opened(office, "Student", **FIRST)
    signs_in(office, "lou.e", SECRETS["lou"])
    found = progress(office).body
    (one,) = found["classes"]
    assert (one["section"], one["students"], one["signed_in"], one["teacher_name"]) == ("709", 3, 1, "Tea Example")
    assert [waiting["account"] for waiting in one["not_yet"]] == ["kit", "mia"]
    assert one["reminder"].startswith("rollbook export --section 709 --only-not-signed-in")
    assert (found["students"], found["signed_in"]) == (3, 1)
    assert [(stage["stage"], stage["state"]) for stage in found["stages"]][1] == ("Student", "released")


def test_a_teacher_sees_the_own_classes_whole_and_no_other_teacher_sees_them(office: Office) -> None:
    put(office, account("bo", "Teacher", school=SCHOOL))
    office.store.delete_many(keys.teaches(SITE, "bo", name) for name in ("709", "710"))
    found = progress(office, "tea").body
    assert [(one["section"], one["students"]) for one in found["classes"]] == [("709", 3), ("710", 1)]
    assert found["stages"] == []
    assert progress(office, "bo").status == 403
    assert progress(office, "sam").status == 403


def test_it_is_kept_who_got_the_sheets(office: Office) -> None:
    def handed(**body: str) -> Answer:
        return office.ask("POST", f"{SCHOOLS}/handed", token=office.token(), body=body)
    assert handed(section="709").body == {"section": "709", "to": "tea", "at": office.ports.time()}
    assert progress(office).body["classes"][0]["handed_to"] == "tea"
    assert handed(section="709", to="sam").body["to"] == "sam"
    assert handed(section="709", to="kit").status == 422
    assert handed(section="nothing").status == 404
    assert [one["to"] for one in office.audit() if one["what"] == "sheets.handed"] == ["tea", "sam"]


def test_a_reminder_prints_only_those_who_have_not_signed_in(office: Office) -> None:
    made = office.ask("POST", f"/sites/{SITE}/exports", token=office.token(), body={
        "section": "709", "only_not_signed_in": True, "with_secrets": True, "reason": "reminder"})
    order = office.store.get(keys.export(SITE, made.body["export"])).body
    assert (made.status, order["section"], order["only_not_signed_in"]) == (202, "709", True)


# ---------------------------------------------------------------- one card

def card(office: Office, name: str, *, by: str = "", reissue: bool = False) -> Answer:
    return office.ask("POST", f"/sites/{SITE}/accounts/{name}/card", token=office.token(by),
                      body={"reissue": reissue, "reason": "lost it"})


def test_a_card_is_printed_again_while_the_first_secret_is_kept(office: Office) -> None:
    before = office.store.get(keys.username(SITE, "kit.e"))
    answer = card(office, "kit")
    assert (answer.status, answer.body["reissued"]) == (202, False)
    order = office.store.get(keys.export(SITE, answer.body["export"])).body
    assert (order["account"], order["with_secrets"], order.get("reissue")) == ("kit", True, None)
    assert office.store.get(keys.username(SITE, "kit.e")) == before
    assert [one["target"] for one in office.audit() if one["what"] == "password.exported"] == ["kit"]
    assert office.ask("GET", f"/sites/{SITE}/exports/{answer.body['export']}", token=office.token()).status == 200


@pytest.mark.parametrize(("login", "says"), [
    ({"state": "own", "hash": "h"}, "chose a password of their own"),
    ({"state": "first_secret", "mac": "m"}, "was used, and is no longer kept"),
    ({"state": "first_secret", "mac": "m", "envelope": b"e", "expires_at": "2026-01-01T00:00:00.000Z"}, "ran out"),
    ({"state": "claimed"}, "has no first secret"),
])
def test_a_secret_that_is_gone_is_said_to_be_gone_with_what_to_do(office: Office, login: dict, says: str) -> None:
    office.put_item(keys.username(SITE, "kit.e"), {"account": "kit"} | login)
    answer = card(office, "kit")
    assert (answer.status, answer.body["code"]) == (409, "SECRET_GONE")
    assert says in answer.body["detail"] and "rollbook hand-out card kit.e --reissue" in answer.body["detail"]
    assert office.exports == []


def test_a_reissue_voids_the_old_secret_at_once_and_ends_the_sessions(office: Office) -> None:
    opened(office, "Student", **FIRST)
    token = signs_in(office, "kit.e", SECRETS["kit"]).body["access_token"]
    answer = card(office, "kit", reissue=True)
    assert (answer.status, answer.body["reissued"]) == (202, True)
    assert signs_in(office, "kit.e", SECRETS["kit"]).body["code"] == "SIGN_IN"
    assert office.ask("GET", f"/sites/{SITE}", token=token).status == 401
    assert office.store.get(keys.username(SITE, "kit.e")).body == {
        "account": "kit", "band": "primary", "state": "claimed", "secret_version": 1}
    assert [one["target"] for one in office.audit() if one["what"] == "password.reset"] == ["kit"]


def test_what_prints_a_reissued_card_gives_a_new_secret_that_opens(office: Office) -> None:
    opened(office, "Student", **FIRST)
    card(office, "kit", reissue=True)
    secrets = office.opened()
    for issued in (1, 0):           # a task that runs again gives no second one
        assert issue_to(office.store, SITE, "kit", secrets=secrets, now=office.ports.time()) == issued
    login = office.store.get(keys.username(SITE, "kit.e")).body
    new = envelope.unseal(login["envelope"], secrets.data_key, site=SITE, account="kit", version=2)
    assert login["secret_version"] == 2 and new != SECRETS["kit"]
    assert signs_in(office, "kit.e", new).status == 200


def test_a_guardian_s_new_code_ends_after_60_days(office: Office) -> None:
    card(office, "ma-kit", reissue=True)
    issue_to(office.store, SITE, "ma-kit", secrets=office.opened(), now=office.ports.time())
    login = office.store.get(keys.username(SITE, "ma-kit.e")).body
    assert login["expires_at"] == iso(office.clock.at + 60 * 86_400)


def test_a_teacher_prints_cards_of_own_students_and_reissues_none(office: Office) -> None:
    put(office, account("far", school=SCHOOL, fields={"grade": "01"}), first="duck-pond-leaf11")
    made = card(office, "kit", by="tea")
    assert made.status == 202
    assert office.ask("GET", f"/sites/{SITE}/exports/{made.body['export']}", token=office.token("tea")).status == 200
    assert card(office, "far", by="tea").status == 404
    assert card(office, "kit", by="tea", reissue=True).status == 403
    assert card(office, "tea", by="tea").status == 403


@pytest.mark.parametrize("rights", [{"accounts.manage": [SCHOOL]}, {"credentials.export": ["900"]},
                                    {"credentials.reset": [SCHOOL]}])
def test_printing_needs_the_right_to_export_in_the_school(office: Office, rights: dict) -> None:
    office.put(account("desk", "Staff", school=SCHOOL, rights=rights))
    assert card(office, "kit", by="desk").status in (403, 404)


def test_a_reissue_needs_both_rights(office: Office) -> None:
    office.put(account("desk", "Staff", school=SCHOOL, rights={"credentials.export": [SCHOOL]}))
    assert card(office, "kit", by="desk").status == 202
    assert card(office, "kit", by="desk", reissue=True).status == 403
    office.put(account("front", "Staff", school=SCHOOL, rights={"credentials.export": [SCHOOL],
                                                                "credentials.reset": [SCHOOL]}))
    assert card(office, "kit", by="front", reissue=True).status == 202


def test_who_signs_in_by_a_link_has_nothing_to_reissue(office: Office) -> None:
    assert card(office, "tea").status == 202
    assert card(office, "tea", reissue=True).body["code"] == "NO_FIRST_SECRET"

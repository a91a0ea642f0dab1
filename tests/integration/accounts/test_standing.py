"""What becomes of an account by hand: another school, another right, a link, its end, and If-Match."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from rostering.people import account_of
from rostering.store import keys
from tests.integration.accounts.office import SITE, Answer, Office, account
from tests.integration.accounts.test_creating import make

ACCOUNTS = f"/sites/{SITE}/accounts"
WHY = "the office asked"


@pytest.fixture
def office() -> Office:
    office = Office()
    for school in ("100", "200", "300"):
        office.put_item(keys.school(SITE, school), {"key": school, "kind": "school", "fields": {"id": school}})
    office.put(account("pupil", fields={"grade": "07"}, guardians={"gran": ["Mother", "", True, "active"]}))
    office.put(account("clerk", "Staff", rights={"accounts.manage": ["100"]}))
    office.put(account("teacher", "Teacher", fields={"email": "mia@d.org"}))
    office.put(account("gran", "Guardian", fields={"email": "Mia@d.org"},
                       students={"pupil": ["Mother", "", True, "active"]}))
    return office


def post(office: Office, path: str, token: str | None = None, match: str | None = None, **body: Any) -> Answer:
    return office.ask("POST", f"{ACCOUNTS}/{path}", token=token or office.token(), body={"reason": WHY} | body,
                      headers={"If-Match": match} if match else None)


def delete(office: Office, path: str, token: str | None = None, match: str | None = None, **query: Any) -> Answer:
    return office.ask("DELETE", f"{ACCOUNTS}/{path}", token=token or office.token(),
                      query={"reason": "because"} | query, headers={"If-Match": match} if match else None)


def stored(office: Office, who: str):
    return account_of(office.store.get(keys.account(SITE, who)))


def listed(office: Office, school: str) -> list[str]:
    found = office.ask("GET", ACCOUNTS, token=office.token(), query={"school": school}).body["accounts"]
    return [one["account"] for one in found]


# moving

def test_a_student_moves_and_the_listing_and_the_guardian_follow(office: Office) -> None:
    answer = post(office, "pupil/move", school="200", other_schools=["300"])
    assert (answer.status, answer.body["school"], answer.body["other_schools"]) == (200, "200", ["300"])
    assert "comes from sheet" in answer.body["note"]
    assert "pupil" not in listed(office, "100") and listed(office, "300") == ["pupil"]
    assert set(listed(office, "200")) == {"pupil", "gran"}
    back = post(office, "pupil/move", school="100", other_schools=[])
    assert back.status == 200 and listed(office, "300") == [] and "pupil" in listed(office, "100")


def test_a_guardian_stays_where_another_child_stays(office: Office) -> None:
    office.put(account("sister", guardians={"gran": ["Mother", "", True, "active"]}))
    gran = stored(office, "gran")
    gran.students["sister"] = ["Mother", "", True, "active"]
    office.put(gran)
    assert post(office, "pupil/move", school="200").status == 200
    assert stored(office, "gran").fields["school"] == "100"


def test_moving_twice_to_one_place_writes_once(office: Office) -> None:
    post(office, "pupil/move", school="200")
    before = office.store.snapshot()
    assert post(office, "pupil/move", school="200").status == 200
    assert office.store.snapshot() == before


@pytest.mark.parametrize(("who", "school", "status"), [("pupil", "200", 403), ("pupil", "999", 422),
                                                       ("gran", "100", 409), ("nobody", "100", 404)])
def test_who_looks_after_one_school_moves_nobody_into_another(office: Office, who: str, school: str,
                                                             status: int) -> None:
    assert post(office, f"{who}/move", token=office.token("clerk"), school=school).status == status


# deleting

def test_an_account_that_never_did_anything_goes_and_its_names_stay_reserved(office: Office) -> None:
    made = make(office, person_id="A-1", fields={"email": "jo@d.org"}, other_schools=["200"],
                guardians=[{"fields": {"first_name": "Al", "last_name": "Al"}}, {"account": "gran"}]).body
    who, [alone] = made["account"], made["new_guardians"]
    answer = delete(office, who)
    assert (answer.status, answer.body["outcome"], answer.body["because"]) == (200, "removed", [])
    assert office.ask("GET", f"{ACCOUNTS}/{who}", token=office.token()).status == 404
    assert who not in listed(office, "100") + listed(office, "200")
    assert office.store.get(keys.username(SITE, made["username"])).body == {"account": who, "state": "claimed"}
    assert office.store.get(keys.identifier(SITE, "student", "manual", "localId", "a-1")).body == {"account": who}
    assert office.store.get(keys.email(SITE, "student", "jo@d.org")) is None
    assert stored(office, alone).status == "inactive" and list(stored(office, "gran").students) == ["pupil"]
    assert sorted(one["what"] for one in office.audit() if one.get("target") == who) == [
        "account.created", "account.removed"]
    again = make(office, person_id="A-1", fields={"email": "jo@d.org"})
    assert again.status == 201 and again.body["username"] != made["username"]


@pytest.mark.parametrize(("change", "because"), [
    ({"signed_in_at": "2026-01-01"}, "SIGNED_IN"), ({"source": "sheet"}, "SOURCE"),
    ({"links": {"sif:z": "1"}}, "SOURCE"), ({"classes": {"709": ["", "", "active"]}}, "CLASSES"),
    ({"rights": {"view_as": ["100"]}}, "RIGHTS"),
    ({"merged_into": ""}, "")])
def test_whoever_has_a_history_is_switched_off_instead(office: Office, change: dict, because: str) -> None:
    who = make(office).body["account"]
    found = stored(office, who)
    for name, value in change.items():
        setattr(found, name, value)
    office.put(found)
    answer = delete(office, who)
    assert answer.body["because"] == ([because] if because else [])
    assert answer.body["outcome"] == ("deactivated" if because else "removed")
    if because:
        assert "two administrators" in answer.body["note"] and stored(office, who).status == "inactive"


def test_nobody_deletes_the_own_account_or_one_of_a_higher_rank(office: Office) -> None:
    office.put(account("top", "Staff", rights={"admin": ["*"]}))
    for who in ("clerk", "top"):
        assert delete(office, who, token=office.token("clerk")).status == 403
    assert delete(office, office.administrators[SITE]).status == 403


# rights

def rights(answer: Answer) -> dict[str, Any]:
    return {one["right"]: "*" if one["whole_site"] else one["schools"] for one in answer.body["rights"]}


def test_a_right_is_granted_shown_and_revoked(office: Office) -> None:
    assert rights(post(office, "teacher/rights", right="view_as", school="100")) == {"view_as": ["100"]}
    granted = post(office, "teacher/rights", right="admin", whole_site=True)
    assert rights(granted) == {"admin": "*", "view_as": ["100"]}
    seen = office.ask("GET", f"{ACCOUNTS}/teacher/rights", token=office.token("teacher"))
    assert seen.body == granted.body
    left = delete(office, "teacher/rights", right="view_as", school="100")
    assert rights(left) == {"admin": "*"}
    events = [one for one in office.audit() if one["what"].startswith("right.")]
    assert {(one["what"], one["right"], one.get("school"), one["reason"]) for one in events} == {
        ("right.granted", "view_as", "100", WHY), ("right.granted", "admin", None, WHY),
        ("right.revoked", "view_as", "100", "because")}


@pytest.mark.parametrize(("body", "status"), [
    ({"right": "accounts.manage", "school": "100"}, 200), ({"right": "accounts.manage", "school": "200"}, 403),
    ({"right": "accounts.manage", "whole_site": True}, 403), ({"right": "admin", "school": "100"}, 403),
    ({"right": "view_as", "school": "100"}, 403), ({"right": "accounts.manage"}, 422),
    ({"right": "accounts.manage", "school": "*"}, 422), ({"right": "root", "school": "100"}, 422),
    ({"right": "accounts.manage", "school": "100", "whole_site": True}, 422)])
def test_nobody_grants_or_revokes_what_they_do_not_hold_there(office: Office, body: dict, status: int) -> None:
    token = office.token("clerk")
    assert post(office, "teacher/rights", token=token, **body).status == status
    held = stored(office, "teacher")
    held.rights = {"view_as": ["100"], "admin": ["100", "*"], "accounts.manage": ["100", "200", "*"]}
    office.put(held)
    query = {name: str(value).lower() if value is True else value for name, value in body.items()}
    assert delete(office, "teacher/rights", token=token, **query).status in (403, 422)


def test_nobody_changes_their_own_rights_nor_those_of_a_higher_rank(office: Office) -> None:
    token = office.token("clerk")
    office.put(account("top", "Staff", rights={"admin": ["*"], "accounts.manage": ["100"]}))
    for who in ("clerk", "top"):
        assert post(office, f"{who}/rights", token=token, right="accounts.manage", school="100").status == 403
        assert delete(office, f"{who}/rights", token=token, right="accounts.manage", school="100").status == 403
    own = delete(office, f"{office.administrators[SITE]}/rights", right="admin", whole_site="true")
    assert (own.status, own.body["detail"]) == (403, "Nobody does that to their own account.")


@pytest.mark.parametrize(("who", "code"), [("pupil", "NO_EMPLOYEE"), ("gran", "NO_EMPLOYEE"), ("off", "INACTIVE")])
def test_rights_are_for_employees_who_are_there(office: Office, who: str, code: str) -> None:
    office.put(account("off", "Teacher", status="inactive"))
    assert post(office, f"{who}/rights", right="view_as", school="100").body["code"] == code


def test_an_administrator_of_a_school_does_not_switch_off_one_of_the_site(office: Office) -> None:
    office.put(account("head", "Staff", rights={"admin": ["100"]}))
    office.put(account("top", "Staff", rights={"admin": ["*"]}))
    token = office.token("head")
    for answer in (post(office, "top/deactivate", token=token), delete(office, "top", token=token),
                   delete(office, "top/rights", token=token, right="admin", whole_site="true")):
        assert answer.status == 403, answer.text
    assert stored(office, "top").status == "active"


def test_two_administrators_who_revoke_each_other_at_once_leave_one(office: Office) -> None:
    first = office.administrators[SITE]
    for _ in range(8):
        office.put(account("top", "Staff", rights={"admin": ["*"]}))
        kept = stored(office, first)
        kept.rights = {"admin": ["*"]}
        office.put(kept)
        pairs = ((office.token(), "top"), (office.token("top"), first))
        threads = [threading.Thread(target=lambda token=token, who=who: delete(
            office, f"{who}/rights", token=token, right="admin", whole_site="true")) for token, who in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert stored(office, first).rights or stored(office, "top").rights


# linked accounts

def test_two_accounts_of_one_email_are_linked_and_shown_from_both_sides(office: Office) -> None:
    answer = post(office, "teacher/link", other="gran")
    assert answer.status == 200, answer.text
    for who, other, role in (("teacher", "gran", "Guardian"), ("gran", "teacher", "Teacher")):
        [seen] = office.ask("GET", f"{ACCOUNTS}/{who}", token=office.token()).body["linked"]
        assert (seen["account"], seen["role"], seen["counts"]) == (other, role, True)
    assert post(office, "teacher/link", other="gran").body["version"] == answer.body["version"]
    assert stored(office, "teacher").rights == {} and stored(office, "gran").linked["teacher"]["reason"] == WHY
    assert delete(office, "gran/link", other="teacher").body["linked"] == []
    assert stored(office, "teacher").linked == {} == stored(office, "gran").linked
    assert delete(office, "gran/link", other="teacher").status == 404
    assert sorted(one["what"] for one in office.audit() if "linked" in one["what"]) == [
        "account.linked", "account.unlinked"]


def test_a_link_counts_no_longer_when_the_email_changes(office: Office) -> None:
    post(office, "teacher/link", other="gran")
    office.ask("PATCH", f"{ACCOUNTS}/gran", token=office.token(), body={"fields": {"email": "x@y.org"}, "reason": WHY})
    [seen] = office.ask("GET", f"{ACCOUNTS}/teacher", token=office.token()).body["linked"]
    assert seen["counts"] is False


@pytest.mark.parametrize(("other", "code"), [("pupil", "OTHER_EMAIL"), ("clerk", "SAME_FAMILY"),
                                             ("nobody", "NOT_FOUND"), ("off", "INACTIVE"), ("teacher", "SAME_FAMILY")])
def test_only_two_active_accounts_of_one_email_in_two_roles_are_linked(office: Office, other: str, code: str) -> None:
    office.put(account("off", "Guardian", status="inactive", fields={"email": "mia@d.org"}))
    assert post(office, "teacher/link", other=other).body["code"] == code
    assert stored(office, "teacher").linked == {}


# If-Match

def test_an_account_is_tagged_and_a_stale_tag_is_412(office: Office) -> None:
    seen = office.ask("GET", f"{ACCOUNTS}/teacher", token=office.token())
    assert seen.headers["ETag"] == '"1"'
    assert post(office, "teacher/move", match='"1"', school="200").headers["ETag"] == '"2"'
    before = stored(office, "teacher")
    patch = office.ask("PATCH", f"{ACCOUNTS}/teacher", token=office.token(), headers={"If-Match": '"1"'},
                       body={"fields": {"title": "Dr"}, "reason": WHY})
    for answer in (patch, delete(office, "teacher", match='"1"'), delete(office, "teacher", match="nonsense"),
                   post(office, "teacher/rights", match='"1"', right="view_as", school="100"),
                   post(office, "teacher/link", match='"1"', other="gran")):
        assert (answer.status, answer.body["code"], answer.body["version"]) == (412, "CHANGED", 2)
    assert stored(office, "teacher") == before
    assert delete(office, "teacher", match='W/"2"').status == 200 and delete(office, "pupil", match="*").status == 200

"""Accounts that a person makes by hand, over the API."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from rostering.credentials.envelope import SiteSecrets, unseal
from rostering.load.issue import issue_to
from rostering.people import account_of
from rostering.store import keys
from tests.integration.accounts.office import SITE, Answer, Office, account

ACCOUNTS = f"/sites/{SITE}/accounts"
WHY = "came in person"
FIELDS: dict[str, dict[str, str]] = {
    "Student": {"first_name": "José", "last_name": "García", "grade": "1st"},
    "Teacher": {"first_name": "Ana", "last_name": "Ruiz", "email": "Ana@d.org"},
    "Staff": {"first_name": "Bo", "last_name": "Li", "email": "bo@d.org", "title": "Nurse"},
    "Guardian": {"first_name": "Mia", "last_name": "García", "email": "mia@home.org"},
}
FORMS = {"Student": "words", "Teacher": "link", "Staff": "link", "Guardian": "code"}


@pytest.fixture
def office() -> Office:
    office = Office()
    for school in ("100", "200"):
        office.put_item(keys.school(SITE, school), {"key": school, "kind": "school", "fields": {"id": school}})
    office.put(account("pupil", fields={"grade": "07"}))
    office.put(account("clerk", "Staff", rights={"accounts.manage": ["100"]}))
    office.put(account("gran", "Guardian", school="", students={"pupil": ["Mother", "", True, "active"]}))
    return office


def make(office: Office, role: str = "Student", *, token: str | None = None, key: str | None = None,
         fields: dict[str, str] | None = None, **more: Any) -> Answer:
    body = {"role": role, "fields": FIELDS[role] | (fields or {}), "reason": WHY} | more
    body |= {"students": [{"account": "pupil"}]} if role == "Guardian" and "students" not in more else {}
    body |= {"school": "100"} if role != "Guardian" and "school" not in more else {}
    return office.ask("POST", ACCOUNTS, token=token or office.token(), body=body,
                      headers={"Idempotency-Key": key} if key else None)


def stored(office: Office, who: str):
    return account_of(office.store.get(keys.account(SITE, who)))


@pytest.mark.parametrize("role", list(FIELDS))
def test_an_account_is_made_with_its_username_and_its_place_in_the_listing(office: Office, role: str) -> None:
    answer = make(office, role)
    assert answer.status == 201, answer.text
    made = answer.body
    assert (made["role"], made["status"], made["source"], made["school"]) == (role, "active", "manual", "100")
    assert "does not interact with any source" in made["note"]
    [first] = made["first_secrets"]
    assert (first["form"], first["issued"]) == (FORMS[role], role in ("Student", "Guardian"))
    assert office.store.get(keys.username(SITE, made["username"])).body["account"] == made["account"]
    listed = office.ask("GET", ACCOUNTS, token=office.token(), query={"school": "100", "role": role}).body
    assert made["account"] in [one["account"] for one in listed["accounts"]]
    found = stored(office, made["account"])
    assert found.created == {"by": office.administrators[SITE], "reason": WHY, "at": office.ports.time()}
    [event] = [one for one in office.audit() if one["what"] == "account.created"]
    assert (event["target"], event["reason"]) == (made["account"], WHY)
    [record] = office.store.query(keys.account(SITE, made["account"]).pk, prefix="CHANGE#hand-").items
    assert record.body["moved"]["fields"]["last_name"] == [None, FIELDS[role]["last_name"]]


def test_usernames_follow_the_site_s_templates_and_step_aside(office: Office) -> None:
    assert [make(office).body["username"], make(office, anyway=True).body["username"]] == ["jose.g38", "jose.ga38"]


def test_a_username_that_was_asked_for_is_given_or_refused(office: Office) -> None:
    assert make(office, username="Zorro.7").body["username"] == "zorro.7"
    again = make(office, username="zorro.7", anyway=True)
    assert (again.status, again.body["code"]) == (409, "USERNAME_TAKEN")
    assert make(office, username="root", anyway=True).status == 422


def test_ids_and_the_email_are_claimed(office: Office) -> None:
    made = make(office, person_id="A-77", state_id="9001", fields={"email": "Jo@d.org"}).body["account"]
    for key in (keys.identifier(SITE, "student", "manual", "localId", "a-77"),
                keys.identifier(SITE, "student", "manual", "stateId", "9001"), keys.email(SITE, "student", "jo@d.org")):
        assert office.store.get(key).body == {"account": made}
    found = office.ask("GET", f"/sites/{SITE}/find", token=office.token(), query={"text": "A-77"}).body
    assert [one["account"] for one in found["accounts"]] == [made]


@pytest.mark.parametrize(("more", "code"), [
    ({"person_id": "A-77"}, "ID_TAKEN"), ({"state_id": "9001"}, "ID_TAKEN"), ({"fields": {"email": "jo@d.org"}},
                                                                             "EMAIL_TAKEN")])
def test_what_somebody_holds_is_not_given_twice_whoever_wants_it(office: Office, more: dict, code: str) -> None:
    made = make(office, person_id="a-77", state_id="9001", fields={"email": "jo@d.org"}).body["account"]
    more = more | {"fields": {"first_name": "Zoe", "last_name": "Other"} | more.get("fields", {})}
    before = len(office.store.snapshot())
    answer = make(office, anyway=True, **more)
    assert (answer.status, answer.body["code"]) == (409, code)
    assert [one["account"] for one in answer.body["candidates"]] == [made]
    assert len(office.store.snapshot()) == before


def test_a_student_comes_with_new_and_known_guardians(office: Office) -> None:
    answer = make(office, guardians=[{"account": "gran", "relationship": "Grandparent"},
                                     {"fields": FIELDS["Guardian"], "relationship": "Mother", "primary": True}])
    assert answer.status == 201, answer.text
    student, [mother] = answer.body["account"], answer.body["new_guardians"]
    assert stored(office, student).guardians == {"gran": ["Grandparent", "Grandparent", False, "active"],
                                                 mother: ["Mother", "Mother", True, "active"]}
    assert stored(office, "gran").students[student] == ["Grandparent", "Grandparent", False, "active"]
    assert stored(office, mother).fields["school"] == "100" and stored(office, mother).username == "mia@home.org"
    assert office.issues == [{"site": SITE, "accounts": [student, mother]}]
    assert sorted(one["what"] for one in office.audit() if "created" in one["what"] or "updated" in one["what"]) == [
        "account.created", "account.created", "account.updated", "site.created"]


def test_a_first_secret_is_sealed_by_who_may_and_only_once(office: Office) -> None:
    made = make(office).body
    secrets = SiteSecrets(office.ports.vault.pepper(SITE, office.store.get(keys.settings(SITE)).body["pepper"]),
                          b"d" * 32)
    order = office.issues[0]
    for issued in (1, 0):
        assert issue_to(office.store, SITE, order["accounts"][0], secrets=secrets, now="2026-09-21") == issued
    login = office.store.get(keys.username(SITE, made["username"])).body
    word = unseal(login["envelope"], secrets.data_key, site=SITE, account=made["account"], version=1)
    answer = office.ask("POST", f"/sites/{SITE}/sign-in", body={"username": made["username"], "secret": word})
    assert answer.status == 200


def test_an_employee_gets_no_first_secret(office: Office) -> None:
    made = make(office, "Teacher").body
    secrets = SiteSecrets(b"p" * 32, b"d" * 32)
    assert office.issues == []
    assert issue_to(office.store, SITE, made["account"], secrets=secrets, now="2026-09-21") == 0


def test_the_same_key_and_order_give_the_same_answer_and_one_account(office: Office) -> None:
    first, again = make(office, key="k1"), make(office, key="k1")
    assert (again.status, again.body) == (201, first.body)
    assert len([one for one in office.audit() if one["what"] == "account.created"]) == 1
    other = make(office, key="k1", fields={"first_name": "Zoe"})
    assert (other.status, other.body["code"]) == (422, "KEY_USED")
    assert make(office, key="k\u00e9").status == 400


def test_two_who_send_the_same_at_once_make_one_account(office: Office) -> None:
    office.token()
    answers: list[Answer] = []
    threads = [threading.Thread(target=lambda: answers.append(make(office, key="k2"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one.body.get("account") for one in answers}) == 1


def test_a_possible_double_is_shown_and_made_only_with_anyway(office: Office) -> None:
    office.put(account("jose", fields={"first_name": "Jose", "last_name": "Garcia", "birth_date": "2019-05-03"},
                       school="200"))
    born = {"birth_date": "5/3/2019"}
    answer = make(office, fields=born)
    assert (answer.status, answer.body["code"]) == (409, "POSSIBLE_DOUBLE")
    assert [(one["account"], one["reasons"]) for one in answer.body["candidates"]] == [
        ("jose", ["NAME_AND_BIRTH_DATE"])]
    assert "2019" not in answer.text
    assert make(office, fields={"birth_date": "5/4/2019"}).status == 201
    assert make(office, fields=born, anyway=True).status == 201


def test_a_double_whom_one_may_not_see_is_not_told_of(office: Office) -> None:
    office.put(account("jose", fields={"first_name": "Jose", "last_name": "Garcia", "birth_date": "2019-05-03"},
                       school="200"))
    answer = make(office, fields={"birth_date": "5/3/2019"}, token=office.token("clerk"))
    assert answer.status == 201 and '"jose"' not in answer.text
    [event] = [one for one in office.audit() if one["what"] == "account.created"]
    assert event["doubles"] == 1


@pytest.mark.parametrize(("more", "status"), [
    ({"school": "200"}, 403), ({"other_schools": ["200"]}, 403), ({"school": "300"}, 422), ({"school": "*"}, 422),
    ({"guardians": [{"account": "nobody"}]}, 404), ({"guardians": [{"account": "pupil"}]}, 409),
    ({"guardians": [{}]}, 422), ({"students": [{"account": "pupil"}]}, 422), ({"fields": {"grade": ""}}, 422),
    ({"fields": {"school": "100"}}, 422), ({"rights": {"admin": ["*"]}}, 422), ({"state_id": "a b"}, 422),
    ({"guardians": [{"account": "gran"}, {"account": "gran"}]}, 422), ({"reason": " "}, 422)])
def test_what_may_not_be_or_does_not_fit_is_refused_and_nothing_is_written(office: Office, more: dict,
                                                                          status: int) -> None:
    token = office.token("clerk")
    before = office.store.snapshot()
    assert make(office, token=token, **more).status == status
    assert office.store.snapshot() == before


@pytest.mark.parametrize("more", [{"students": []}, {"school": "100"}, {"state_id": "1"}])
def test_a_guardian_has_students_and_no_school(office: Office, more: dict) -> None:
    assert make(office, "Guardian", **more).status == 422


def test_an_employee_needs_an_email(office: Office) -> None:
    assert make(office, "Teacher", fields={"email": ""}).body["wrong"] == [
        {"at": "fields.email", "type": "R-REQUIRED"}]

"""Editing by hand over the API: fields, the way back, off and on, finding accounts."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from rostering import people
from rostering.people import account_of
from rostering.store import keys
from tests.integration.accounts.office import OTHER_SITE, SITE, Office, account

ACCOUNTS = f"/sites/{SITE}/accounts"
WHY = "the office asked"


@pytest.fixture
def office() -> Office:
    office = Office()
    office.put_item(keys.school(SITE, "100"), {"key": "100", "kind": "school", "fields": {"id": "100"}})
    office.put(account("pupil", fields={"grade": "07", "email": "pupil@d.org", "birth_date": "2014-01-01"}))
    office.put(account("other", fields={"grade": "07", "email": "other@d.org"}))
    for name in ("pupil", "other"):
        office.put_item(keys.email(SITE, "student", f"{name}@d.org"), {"account": name})
    office.put(account("clerk", "Staff", rights={"accounts.manage": ["100"]}))
    office.put(account("gran", "Guardian", school="", students={"pupil": ["Mother", "", True, "active"]}))
    return office


def edit(office: Office, who: str = "pupil", token: str | None = None, version: int | None = None, **fields: Any):
    body = {"fields": fields, "reason": WHY} | ({"version": version} if version else {})
    return office.ask("PATCH", f"{ACCOUNTS}/{who}", token=token or office.token(), body=body)


def post(office: Office, path: str, token: str | None = None, **body: Any):
    return office.ask("POST", f"{ACCOUNTS}{path}", token=token or office.token(), body=body | {"reason": WHY})


def stored(office: Office, who: str = "pupil"):
    return account_of(office.store.get(keys.account(SITE, who)))


def test_an_edit_is_shown_with_its_origin_and_what_the_source_says(office: Office) -> None:
    answer = edit(office, grade="8th", preferred_name="Pip")
    assert answer.status == 200, answer.text
    seen = office.ask("GET", f"{ACCOUNTS}/pupil", token=office.token()).body
    assert seen["fields"]["grade"] == {
        "value": "08", "origin": "hand", "source_value": "07", "differs": True, "withheld": False,
        "at": office.ports.time(), "by": office.administrators[SITE], "load": "", "row": 0,
    }
    assert seen["fields"]["last_name"]["origin"] == "sheet"
    assert seen["by_hand"] == ["grade", "preferred_name"] and seen["version"] == 2


def test_an_edit_leaves_a_record_of_what_moved_and_an_event_without_values(office: Office) -> None:
    edit(office, grade="08")
    [record] = office.store.query(keys.account(SITE, "pupil").pk, prefix="CHANGE#hand-").items
    assert record.body | {"action": "edit", "rule": "hand", "reason": WHY} == record.body
    assert record.body["moved"]["fields"] == {"grade": ["07", "08"]}
    assert record.body["moved"]["by_hand"]["grade"][0] is None
    [event] = [one for one in office.audit() if one["what"] == "account.updated"]
    assert (event["target"], event["fields"], event["reason"]) == ("pupil", ["grade"], WHY)
    assert "08" not in str(event["fields"])


def test_a_new_email_is_claimed_with_the_edit_and_the_old_one_stays_claimed(office: Office) -> None:
    assert edit(office, email="New@d.org").status == 200
    for email in ("new@d.org", "pupil@d.org"):
        assert office.store.get(keys.email(SITE, "student", email)).body == {"account": "pupil"}


def test_an_email_that_another_account_holds_is_409_and_nothing_is_written(office: Office) -> None:
    office.token()
    before = office.store.snapshot()
    answer = edit(office, email="Other@d.org", grade="08")
    assert (answer.status, answer.body["code"]) == (409, "EMAIL_TAKEN")
    assert office.store.snapshot() == before and "@" not in answer.text


def test_two_who_want_one_email_at_once_do_not_both_get_it(office: Office) -> None:
    office.token()
    answers: list[int] = []
    threads = [threading.Thread(target=lambda who=who: answers.append(edit(office, who, email="one@d.org").status))
               for who in ("pupil", "other")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 409]


def test_an_edit_of_what_has_changed_since_it_was_seen_is_409(office: Office) -> None:
    assert edit(office, version=1, grade="08").status == 200
    answer = edit(office, version=1, grade="09")
    assert (answer.status, answer.body["code"], answer.body["version"]) == (409, "CHANGED", 2)
    assert stored(office).fields["grade"] == "08"


@pytest.mark.parametrize(("fields", "code"), [
    ({"grade": "Zaphod"}, "R-GRADE"), ({"email": "Zaphod"}, "R-EMAIL"), ({"first_name": "<Zaphod>"}, "R-BAD-CHARS"),
    ({"first_name": "Za\u202ephod"}, "R-BAD-CHARS"), ({"last_name": "Zaphod" * 20}, "R-TOO-LONG"),
    ({"birth_date": "Zaphod"}, "R-DATE"), ({"grade": None}, "R-REQUIRED"), ({"first_name": " "}, "R-REQUIRED"),
    ({"first_name": "(clear)"}, "R-REQUIRED"),
    ({"username": "Zaphod"}, "NOT_BY_HAND"), ({"school": "Zaphod"}, "NOT_BY_HAND"), ({"id": "Zaphod"}, "NOT_BY_HAND"),
    ({"state_id": "Zaphod"}, "NOT_BY_HAND"), ({"status": "Zaphod"}, "NOT_BY_HAND"), ({"role": "Zaphod"}, "NOT_BY_HAND"),
    ({"end_date": "Zaphod"}, "NOT_BY_HAND"), ({"phone": "Zaphod"}, "NOT_BY_HAND"),
])
def test_a_value_that_does_not_fit_is_refused_without_being_repeated(office: Office, fields: dict, code: str) -> None:
    answer = edit(office, **fields)
    assert (answer.status, answer.body["code"], answer.body["wrong"]) == (
        422, "INVALID", [{"at": f"fields.{next(iter(fields))}", "type": code}])
    assert "Zaphod" not in answer.text and stored(office).by_hand == {}


def test_an_edited_name_moves_the_person_in_the_listing(office: Office) -> None:
    edit(office, last_name="Zz")
    listed = office.ask("GET", ACCOUNTS, token=office.token(), query={"school": "100", "role": "Student"}).body
    assert [one["account"] for one in listed["accounts"]] == ["other", "pupil"]


def test_one_field_takes_the_source_s_value_again(office: Office) -> None:
    edit(office, grade="08", last_name="Zz")
    answer = post(office, "/pupil/use-source", fields=["grade"])
    assert (answer.status, answer.body["grade"], answer.body["by_hand"]) == (200, "07", ["last_name"])
    assert post(office, "/pupil/use-source").body["by_hand"] == []


def test_using_the_source_twice_writes_once(office: Office) -> None:
    edit(office, grade="08")
    post(office, "/pupil/use-source")
    before = office.store.snapshot()
    assert post(office, "/pupil/use-source").status == 200
    assert office.store.snapshot() == before


def test_a_batch_clears_one_field_of_a_school_and_leaves_the_others(office: Office) -> None:
    for who in ("pupil", "other"):
        edit(office, who, grade="08", last_name="Zz")
    answer = post(office, "/use-source", school="100", role="Student", field="grade")
    assert answer.body == {"looked_at": 2, "changed": ["other", "pupil"], "refused": {}, "after": None}
    assert stored(office).fields["grade"] == "07" and list(stored(office).by_hand) == ["last_name"]


def test_a_batch_goes_on_behind_a_cursor_until_all_are_cleared(office: Office, monkeypatch) -> None:
    monkeypatch.setattr("accounts.routes.by_hand.MOST_AT_ONCE", 2)
    for who in ("pupil", "other"):
        edit(office, who, grade="08")
    changed, after, calls = [], None, 0
    while calls == 0 or after:
        answer = post(office, "/use-source", after=after)
        assert answer.status == 200 and answer.body["looked_at"] <= 2
        changed, after, calls = changed + answer.body["changed"], answer.body["after"], calls + 1
    assert sorted(changed) == ["other", "pupil"] and calls >= 2


def test_a_batch_of_named_accounts_tells_which_it_may_not_touch(office: Office) -> None:
    office.put(account("far", school="200", by_hand={"grade": {"source": "01"}}))
    office.put(account("top", "Staff", rights={"admin": ["*"]}, by_hand={"title": {"source": ""}}))
    edit(office, grade="08")
    answer = post(office, "/use-source", token=office.token("clerk"), accounts=["pupil", "far", "top", "nobody"])
    assert answer.body["changed"] == ["pupil"]
    assert answer.body["refused"] == {"far": "NOT_FOUND", "top": "NOT_ALLOWED"}
    too_many = post(office, "/use-source", accounts=[f"a{n}" for n in range(501)])
    assert too_many.status == 422


def test_a_person_who_is_switched_off_is_signed_out_at_once(office: Office) -> None:
    token = office.token("other")
    assert office.ask("GET", f"{ACCOUNTS}/other", token=token).status == 200
    answer = post(office, "/other/deactivate")
    assert (answer.status, answer.body["status"]) == (200, "inactive")
    assert answer.body["deactivated"] == {"by": office.administrators[SITE], "reason": WHY, "at": office.ports.time()}
    assert office.ask("GET", f"{ACCOUNTS}/other", token=token).status == 401
    assert office.store.query(keys.account(SITE, "other").pk, prefix="SESSION#").items == []
    assert post(office, "/other/reactivate").body["status"] == "active"
    assert office.ask("GET", f"{ACCOUNTS}/other", token=token).status == 401
    assert [one["what"] for one in office.audit() if one.get("target") == "other"] == [
        "account.deactivated", "account.reactivated"]


@pytest.mark.parametrize("act", ["deactivate", "reactivate"])
def test_nobody_switches_the_own_account(office: Office, act: str) -> None:
    answer = post(office, f"/clerk/{act}", token=office.token("clerk"))
    assert (answer.status, answer.body["code"]) == (403, "NOT_ALLOWED")


@pytest.mark.parametrize("path", ["/top/deactivate", "/top/use-source"])
def test_nobody_touches_an_account_of_a_higher_rank(office: Office, path: str) -> None:
    office.put(account("top", "Staff", rights={"admin": ["*"]}))
    answer = post(office, path, token=office.token("clerk"))
    assert (answer.status, answer.body["detail"]) == (403, "That account has a higher rank than yours.")
    assert edit(office, "top", token=office.token("clerk"), title="x").status == 403


def test_a_right_for_one_school_edits_that_school_s_people_and_their_guardians(office: Office) -> None:
    office.put(account("far", school="200"))
    token = office.token("clerk")
    assert edit(office, token=token, grade="08").status == 200
    assert edit(office, "gran", token=token, phone="(718) 555-1212").status == 200
    assert edit(office, "far", token=token, grade="08").status == 404


def test_an_account_that_was_merged_is_not_edited(office: Office) -> None:
    office.put(account("gone", merged_into="pupil"))
    answer = edit(office, "gone", grade="08")
    assert (answer.status, answer.body["code"], answer.body["into"]) == (409, "MERGED", "pupil")


def test_a_birth_date_is_withheld_though_it_is_kept_by_hand(office: Office) -> None:
    answer = edit(office, birth_date="5/3/2015")
    assert stored(office).fields["birth_date"] == "2015-05-03"
    assert "2015" not in answer.text and "2014" not in answer.text
    assert answer.body["fields"]["birth_date"] | {"withheld": True, "differs": True} == (
        answer.body["fields"]["birth_date"])


def test_who_only_reads_an_account_is_not_told_of_origins(office: Office) -> None:
    assert office.ask("GET", f"{ACCOUNTS}/pupil", token=office.token("pupil")).body["fields"] == {}


def found(office: Office, text: str, token: str | None = None) -> list[str]:
    answer = office.ask("GET", f"/sites/{SITE}/find", token=token or office.token(), query={"text": text})
    assert answer.status == 200, answer.text
    return [one["account"] for one in answer.body["accounts"]]


def derived(office: Office, kind: str, key: str, source: str = "sheet") -> str:
    salt = office.store.get(keys.settings(SITE)).body["id_salt"]
    return people.account_id(salt, source, kind, key)


def test_an_account_is_found_by_id_username_email_and_id_of_the_sheet(office: Office) -> None:
    one = derived(office, "student", "00a12")
    office.put(account(one))
    office.put_item(keys.username(SITE, "zoe.b35"), {"account": one})
    office.put_item(keys.email(SITE, "student", "zoe@d.org"), {"account": one})
    for text in (one, "zoe.b35", "ZOE.B35", "Zoe@d.org", "00A12", "00a12"):
        assert found(office, text) == [one], text
    assert found(office, "nobody") == []


def test_one_id_of_a_student_and_of_an_employee_finds_both(office: Office) -> None:
    both = {derived(office, "student", "77"): "Student", derived(office, "staff", "77"): "Staff"}
    for name, role in both.items():
        office.put(account(name, role))
    assert set(found(office, "77")) == set(both)


def test_an_id_that_leads_to_another_account_and_one_of_another_source_are_found(office: Office) -> None:
    office.put_item(keys.source(SITE, "sif:z1"), {"source": "sif:z1", "links": True})
    office.put_item(keys.identifier(SITE, "student", "sif:z1", "sourceId", "D3Ab"), {"account": "pupil"})
    office.put_item(keys.identifier(SITE, "student", "sif:z1", "localId", "L-9"), {"account": "pupil"})
    assert found(office, "D3Ab") == found(office, "L-9") == ["pupil"]
    assert found(office, "d3ab") == []


def test_a_merged_account_is_found_as_the_one_that_took_its_place(office: Office) -> None:
    office.put(account("gone", merged_into="pupil"))
    assert found(office, "gone") == ["pupil"]


def test_finding_shows_only_whom_one_may_see(office: Office) -> None:
    office.put(account("far", school="200"))
    office.put(account("pupil-of-theirs"), site=OTHER_SITE)
    assert found(office, "far", office.token("clerk")) == []
    assert found(office, "pupil", office.token("clerk")) == ["pupil"]
    assert found(office, "pupil-of-theirs") == []

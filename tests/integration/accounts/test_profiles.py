"""One person whole: what each value is, where it came from and when, and what somebody may see of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rostering.model import Account
from rostering.store import keys
from tests.integration.accounts.office import SITE, Office, account

L1, L2 = "01AAAAAAAAAAAAAAAAAAAAAAAA", "01BBBBBBBBBBBBBBBBBBBBBBBB"
HAND = "hand-0199aa"


@pytest.fixture
def office() -> Office:
    """ann of school 100, by two loads and one hand; two classes, a guardian in common with a child of school 200."""
    office = Office()
    for school in ("100", "200"):
        office.put_item(keys.school(SITE, school), {
            "key": school, "kind": "school", "fields": {"name": f"School {school}"}})
    for load, at in ((L1, "2026-08-20T10:00:00.000Z"), (L2, "2026-09-10T10:00:00.000Z")):
        office.put_item(keys.load(SITE, load), {"load": load, "site": SITE, "state": "done", "received_at": at})
    office.put_item(keys.term(SITE, "", "fall"), {"key": "|fall", "fields": {
        "name": "Fall", "start_date": "2026-08-24", "end_date": "2027-01-15"}})
    office.put_item(keys.course(SITE, "", "m4"), {"key": "|m4", "fields": {"name": "Mathematics 4"}})
    for section, school in (("math", "100"), ("art", "200")):
        office.put_item(keys.section(SITE, section), {
            "id": section, "status": "active", "teachers": {"tess": "lead"} if section == "math" else {},
            "members": {"ann": []},
            "fields": {"name": section.title(), "school": school, "terms": ["|fall"], "course": "|m4"}})
    office.put(pupil("ann", classes={"math": ["2026-08-24", "", "active"], "art": ["", "2026-09-10", "inactive"]},
                     guardians={"gran": ["Grandmother", "", True, "active"]},
                     by_hand={"email": {"source": "ann@d.org", "at": "2026-09-05T00:00:00.000Z", "by": "clerk"}},
                     links={"sif:Z": "RefId1"}, changed={"load": L2, "row": 7}))
    office.put(pupil("child", school="200"))
    office.put(account("gran", "Guardian", school="100", students={
        name: ["Grandmother", "", True, "active"] for name in ("ann", "child")}))
    office.put(account("tess", "Teacher"))
    office.put(account("clerk", "Staff", rights={"accounts.manage": ["100"]}))
    office.put_item(keys.teaches(SITE, "tess", "math"), {"section": "math", "part": "lead"})
    ann = keys.account(SITE, "ann")
    for load, body in {
        L2: {"action": "update", "row": 7, "rule": "row", "rows": {"classes/art": 55},
             "moved": {"fields": {"grade": ["03", "04"], "birth_date": ["2014-01-01", "2014-01-02"]},
                       "classes": {"art": [["", "", "active"], ["", "2026-09-10", "inactive"]]}}},
        HAND: {"action": "edit", "row": 0, "rule": "hand", "by": "clerk", "at": "2026-09-05T00:00:00.000Z",
               "reason": "the parents asked", "moved": {"fields": {"email": ["ann@d.org", "ann@home.org"]}}},
    }.items():
        office.put_item(keys.change(ann, load), {"load": load, "kind": "student", **body})
    office.put_item(keys.username(SITE, "ann.e"), {
        "account": "ann", "state": "first_secret", "issued_at": "2026-08-20T10:00:00.000Z", "mac": "MAC",
        "envelope": b"e"})
    return office


def pupil(name: str, **more: Any) -> Account:
    fields = {"grade": "04", "email": f"{name}@home.org", "birth_date": "2014-01-02", "state_id": "ST9"}
    return account(name, fields=fields, created={"load": L1, "row": 3}, **more)


def profile(office: Office, name: str = "ann", *, by: str = "") -> dict[str, Any]:
    answer = office.ask("GET", f"/sites/{SITE}/accounts/{name}/profile", token=office.token(by))
    assert answer.status == 200, answer.text
    return answer.body


def test_each_value_tells_who_brought_it_and_when(office: Office) -> None:
    fields = profile(office)["fields"]
    assert (fields["grade"]["load"], fields["grade"]["row"], fields["grade"]["at"][:10]) == (L2, 7, "2026-09-10")
    last = fields["last_name"]
    assert (last["load"], last["row"], last["at"][:10]) == (L1, 3, "2026-08-20")
    email = fields["email"]
    assert (email["origin"], email["by"], email["at"][:10], email["source_value"], email["differs"]) == (
        "hand", "clerk", "2026-09-05", "ann@d.org", True)
    assert profile(office)["email_state"] == "Differs"


def test_no_birth_date_state_id_or_secret_is_told_also_not_in_the_history(office: Office) -> None:
    text = json.dumps(profile(office))
    assert "2014-01" not in text and "ST9" not in text and "MAC" not in text
    moved = [one for entry in profile(office)["history"] for one in entry["moved"] if one["name"] == "birth_date"]
    assert moved == [{"what": "fields", "name": "birth_date", "before": None, "after": None, "withheld": True}]


def test_the_history_is_told_by_time_with_its_cause(office: Office) -> None:
    history = profile(office)["history"]
    assert [(one["action"], one["load"], one["row"], one["by"], one["by_username"]) for one in history] == [
        ("update", L2, 7, "", ""), ("edit", "", 0, "clerk", "clerk.e")]
    assert history[1]["reason"] == "the parents asked"


def test_classes_are_told_with_terms_and_who_put_them_there(office: Office) -> None:
    math, art = profile(office)["enrollments"]
    assert (math["section"], math["status"], math["when"], math["course"]) == ("math", "active", "now", "Mathematics 4")
    assert math["terms"] == [{"name": "Fall", "start_date": "2026-08-24", "end_date": "2027-01-15"}]
    assert (math["put_by"]["load"], math["put_by"]["row"]) == (L1, 0)        # the creation keeps no rows of pairs
    assert (art["status"], art["end_date"], art["put_by"]["load"], art["put_by"]["row"]) == (
        "inactive", "2026-09-10", L2, 55)


def test_identifiers_schools_guardians_and_sign_in_are_told(office: Office) -> None:
    found = profile(office)
    assert [(one["system"], one["kind"], one["value"]) for one in found["identifiers"]] == [
        ("sheet", "sourceId", "ann"), ("sif:Z", "sourceId", "RefId1"), ("sheet", "localId", "ANN")]
    assert found["schools"] == [{"id": "100", "name": "School 100", "home": True}]
    assert [(one["account"], one["relationship"], one["put_by"]["load"]) for one in found["relatives"]] == [
        ("gran", "Grandmother", L1)]
    assert found["sign_in"] | {"method": "words", "first_secret": "issued", "signed_in_at": ""} == found["sign_in"]
    assert (found["last"]["load"], found["last"]["row"], found["last"]["at"][:10]) == (L2, 7, "2026-09-10")


def test_a_teacher_s_profile_tells_what_they_teach(office: Office) -> None:
    (math,) = profile(office, "tess")["enrollments"]
    assert (math["section"], math["part"], math["put_by"]) == ("math", "lead", None)


def test_what_belongs_to_other_schools_is_counted_and_not_told(office: Office) -> None:
    found = profile(office, by="clerk")
    assert [one["section"] for one in found["enrollments"]] == ["math"] and found["hidden"] == 1
    gran = profile(office, "gran", by="clerk")
    assert [one["account"] for one in gran["relatives"]] == ["ann"] and gran["hidden"] == 1
    assert "child" not in json.dumps(gran)


def test_a_teacher_sees_of_a_student_their_own_class_and_the_sign_in(office: Office) -> None:
    found = profile(office, by="tess")
    assert [one["section"] for one in found["enrollments"]] == ["math"]
    assert found["sign_in"]["first_secret"] == "issued"
    assert (found["fields"], found["history"], found["identifiers"], found["relatives"], found["changed"]) == (
        {}, [], [], [], {})


@pytest.mark.parametrize(("who", "whom", "status"), [
    ("clerk", "ann", 200), ("clerk", "child", 404), ("clerk", "gran", 200), ("tess", "ann", 200),
    ("tess", "child", 404), ("tess", "gran", 404), ("ann", "ann", 403), ("gran", "ann", 403), ("clerk", "nobody", 404)])
def test_who_sees_whose_profile(office: Office, who: str, whom: str, status: int) -> None:
    assert office.ask("GET", f"/sites/{SITE}/accounts/{whom}/profile", token=office.token(who)).status == status


def test_a_profile_leaves_an_event(office: Office) -> None:
    profile(office, by="clerk")
    assert [(one["by"], one["target"]) for one in office.audit() if one["what"] == "account.viewed"] == [
        ("clerk", "ann")]

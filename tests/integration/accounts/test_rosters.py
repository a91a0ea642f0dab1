"""A class as its teacher and its students see it: who is shown, who is not and why, and who put them there."""

from __future__ import annotations

from typing import Any

import pytest

from rostering.store import keys
from tests.integration.accounts.office import SITE, Office, account

L1, L2 = "01AAAAAAAAAAAAAAAAAAAAAAAA", "01BBBBBBBBBBBBBBBBBBBBBBBB"
TERMS = {"fall": ("2026-08-24", "2027-01-15"), "spring": ("2027-01-18", "2027-06-11"),
         "old": ("2026-01-12", "2026-06-12")}


def section(office: Office, name: str, *terms: str, school: str = "100", **more: Any) -> None:
    office.put_item(keys.section(SITE, name), {
        "id": name, "status": "active", "created": {"load": L1, "row": 12}, "teachers": {"tess": "lead"}, "members": {},
        "fields": {"name": name.title(), "school": school, "terms": [f"|{term}" for term in terms], "course": "|m4",
                   "period": "2"}} | more)


@pytest.fixture
def office() -> Office:
    """On 2026-09-21 a class with two students who are shown, and one of each who isn't."""
    office = Office()
    for school in ("100", "200"):
        office.put_item(keys.school(SITE, school), {"key": school, "fields": {"name": school}})
    for name, (first, last) in TERMS.items():
        office.put_item(keys.term(SITE, "", name), {"key": f"|{name}", "fields": {
            "name": name.title(), "start_date": first, "end_date": last}})
    for load, at in ((L1, "2026-08-20T10:00:00.000Z"), (L2, "2026-09-10T10:00:00.000Z")):
        office.put_item(keys.load(SITE, load), {"load": load, "site": SITE, "state": "done", "received_at": at})
    office.put_item(keys.course(SITE, "", "m4"), {"key": "|m4", "fields": {"name": "Mathematics 4"}})
    here = {"math": ["2026-08-24", "", "active"]}
    for name in ("ann", "bob"):
        office.put(account(name, classes=here | {"art": ["", "", "active"], "gym": ["", "", "active"],
                                                 "off": ["", "", "active"], "lost": ["", "", "active"],
                                                 "far": ["", "", "active"], "was": ["", "2026-09-01", "inactive"]}))
    office.put(account("ina", status="inactive", classes=here))
    office.put(account("pen", status="pending", classes=here))
    office.put(account("mer", status="inactive", merged_into="ann", classes=here))
    for name in ("old", "new", "ago"):
        office.put(account(name, classes=here))
    office.put(account("tess", "Teacher"))
    office.put(account("tim", "Teacher", status="inactive"))
    office.put(account("gran", "Guardian", students={
        "ann": ["Grandmother", "", True, "active"], "bob": ["", "", False, "no_access"],
        "ina": ["", "", False, "active"]}))
    office.put(account("clerk", "Staff", rights={"accounts.manage": ["100"]}))
    days = {"ann": ["2026-08-24", ""], "bob": [], "ina": [], "pen": [], "mer": [], "nobody": [],
            "old": ["2026-08-24", "2026-09-20"], "new": ["2026-10-01", ""]}
    section(office, "math", "fall", members=days, past={"ago": ["2026-08-24", "2026-09-10"]},
            teachers={"tess": "lead", "tim": "co"})
    section(office, "art", "spring")
    section(office, "gym", "old")
    section(office, "off", "fall", status="inactive")
    section(office, "far", "fall", school="200")
    section(office, "free", members={"ann": []})
    for name in ("math", "art"):
        office.put_item(keys.teaches(SITE, "tess", name), {"section": name, "part": "lead"})
    office.put_item(keys.change(keys.section(SITE, "math"), L2), {
        "load": L2, "action": "update", "kind": "section", "row": 12, "rule": "row",
        "rows": {"students/bob": 77, "students/ago": 78},
        "moved": {"members": {"bob": [None, []], "ago": [["2026-08-24", ""], None]},
                  "past": {"ago": [None, ["2026-08-24", "2026-09-10"]]}}})
    return office


def seen(office: Office, who: str = "teacher", section: str = "math", *, by: str = "") -> dict[str, Any]:
    answer = office.ask("GET", f"/sites/{SITE}/sections/{section}/as/{who}", token=office.token(by))
    assert answer.status == 200, answer.text
    return answer.body


def test_a_teacher_sees_who_is_there_now(office: Office) -> None:
    found = seen(office)
    assert [one["account"] for one in found["teachers"]] == ["tess"]
    assert [one["account"] for one in found["students"]] == ["ann", "bob"]
    assert (found["shown"], found["course"], found["when"], found["terms"][0]["name"]) == (
        True, "Mathematics 4", "now", "Fall")


def test_who_is_not_shown_is_told_with_the_reason(office: Office) -> None:
    found = seen(office)
    assert {one["account"]: one["why"] for one in found["hidden"]} == {
        "tim": "inactive", "ina": "inactive", "pen": "pending", "mer": "merged", "nobody": "no_account", "old": "ended",
        "ago": "ended", "new": "not_begun"}
    assert found["summary"] == ("8 not shown: 2 ended, 2 inactive, 1 merged, 1 without an account, 1 not begun, "
                                "1 pending")
    assert all(one["told"] for one in found["hidden"])


def test_who_put_everybody_there_is_told(office: Office) -> None:
    found = seen(office)
    by = {one["account"]: (one["put_by"]["load"], one["put_by"]["row"]) for one in found["students"] + found["hidden"]}
    assert (by["ann"], by["bob"], by["ago"]) == ((L1, 0), (L2, 77), (L2, 78))


@pytest.mark.parametrize("who", ["student", "ann"])
def test_a_student_sees_teachers_and_no_classmates(office: Office, who: str) -> None:
    found = seen(office, who)
    assert found["shown"] and [one["account"] for one in found["teachers"]] == ["tess"]
    assert [one["account"] for one in found["students"]] == ([who] if who == "ann" else [])
    assert [one["account"] for one in found["hidden"] if one["why"] == "classmates"] == [
        name for name in ("ann", "bob") if name != who]


@pytest.mark.parametrize(("section", "why"), [("art", "term_ahead"), ("gym", "term_over"), ("off", "class_off"),
                                              ("math", ""), ("free", "")])
def test_a_class_is_shown_while_it_and_its_term_are_on(office: Office, section: str, why: str) -> None:
    found = seen(office, "teacher", section)
    assert (found["shown"], found["why"], bool(found["told"])) == (not why, why, bool(why))


@pytest.mark.parametrize(("who", "why"), [("ina", "inactive"), ("old", "ended"), ("ago", "ended"), ("new", "not_begun"),
                                          ("clerk", "not_in_class"), ("tim", "inactive"), ("ann", ""), ("tess", "")])
def test_to_whom_of_these_the_class_is_shown(office: Office, who: str, why: str) -> None:
    assert (seen(office, who)["shown"], seen(office, who)["why"]) == (not why, why)


def schedule(office: Office, who: str, *, by: str = "") -> dict[str, Any]:
    answer = office.ask("GET", f"/sites/{SITE}/accounts/{who}/schedule", token=office.token(by))
    assert answer.status == 200, answer.text
    return answer.body


def test_a_student_s_schedule_is_by_term_and_tells_what_is_missing(office: Office) -> None:
    found = schedule(office, "ann")
    assert [(term["name"], [one["section"] for one in term["classes"]]) for term in found["terms"]] == [
        ("Fall", ["far", "math"])]
    assert {one["section"]: one["why"] for one in found["hidden"]} == {
        "art": "term_ahead", "gym": "term_over", "off": "class_off", "lost": "no_class", "was": "ended"}
    assert found["summary"].startswith("5 not shown: ")


def test_a_teacher_s_schedule_is_what_they_teach(office: Office) -> None:
    found = schedule(office, "tess")
    assert [one["section"] for term in found["terms"] for one in term["classes"]] == ["math"]
    assert [(one["section"], one["why"]) for one in found["hidden"]] == [("art", "term_ahead")]


def test_a_guardian_s_schedule_is_that_of_the_children(office: Office) -> None:
    found = schedule(office, "gran")
    shown = {one["section"] for term in found["terms"] for one in term["classes"]}
    assert shown == {"math", "far"}
    assert {one["why"] for one in found["hidden"] if one["student"].startswith("Bob") and one["section"] == "math"} == {
        "no_access"}
    assert {one["why"] for one in found["hidden"] if one["student"].startswith("Ina")} == {"inactive"}


@pytest.mark.parametrize(("setting", "born", "seen"), [
    ("open", "2008-09-21", True), ("closed", "2008-09-21", False), ("closed", "2008-09-22", True),
    ("closed", "", True)])
def test_a_site_may_close_students_of_18_to_guardians(office: Office, setting: str, born: str, seen: bool) -> None:
    office.store.update(keys.settings(SITE), lambda body: body | {"guardians_of_adults": setting})
    office.store.update(keys.account(SITE, "ann"),
                        lambda body: body | {"fields": body["fields"] | {"birth_date": born}})
    found = schedule(office, "gran")
    assert bool(found["terms"]) is seen
    why = {one["why"] for one in found["hidden"] if one["student"].startswith("Ann") and one["section"] == "math"}
    assert why == (set() if seen else {"of_age"})


def test_of_other_schools_only_the_number_is_told(office: Office) -> None:
    found = schedule(office, "ann", by="clerk")
    assert "far" not in str(found) and found["not_told"] == 3     # far, and two that aren't there: of no school
    assert {one["section"] for one in found["hidden"]} == {"art", "gym", "off"}


def test_somebody_who_is_off_sees_nothing(office: Office) -> None:
    found = schedule(office, "ina")
    assert (found["shown"], found["told"]) == (False, "the account is inactive")


@pytest.mark.parametrize(("by", "path", "status"), [
    ("clerk", "sections/math/as/teacher", 200), ("clerk", "sections/far/as/teacher", 404),
    ("tess", "sections/math/as/student", 200), ("tess", "sections/math/as/ann", 200),
    ("tess", "sections/math/as/clerk", 404), ("tess", "sections/art/as/student", 200),
    ("ann", "sections/math/as/student", 403), ("gran", "accounts/ann/schedule", 403),
    ("clerk", "accounts/ann/schedule", 200), ("clerk", "sections/math/as/nobody", 404),
    ("clerk", "sections/none/as/teacher", 404), ("clerk", "accounts/nobody/schedule", 404)])
def test_who_looks_as_whom(office: Office, by: str, path: str, status: int) -> None:
    assert office.ask("GET", f"/sites/{SITE}/{path}", token=office.token(by)).status == status


def test_looking_as_somebody_is_audited(office: Office) -> None:
    seen(office, "ann")
    schedule(office, "tess")
    told = {(one.get("section"), one.get("seen_as"), one.get("target"))
            for one in office.audit() if one["what"] == "roster.viewed_as"}
    assert told == {("math", "student", "ann"), (None, None, "tess")}

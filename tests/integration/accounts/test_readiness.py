"""Readiness against the API on memory: what a school misses, attesting, the schools side by side."""

from __future__ import annotations

from typing import Any

import pytest

from rostering.store import keys
from tests.integration.accounts.office import SITE, Office, account
from tests.integration.accounts.schoolyard import SCHOOL, open_school, put, section

READINESS = f"/sites/{SITE}/schools/{SCHOOL}/readiness"
ATTEST = f"/sites/{SITE}/schools/{SCHOOL}/attestations"


@pytest.fixture
def office() -> Office:
    office = Office()
    open_school(office)
    return office


def asked(office: Office, **query: Any) -> dict[str, Any]:
    answer = office.ask("GET", READINESS, token=office.token(), query=query or None)
    assert answer.status == 200, answer.body
    return answer.body


def missing(office: Office, stage: str = "Teacher") -> list[str]:
    return next(one for one in asked(office)["stages"] if one["stage"] == stage)["missing"]


def attest(office: Office, **more: Any):
    return office.ask("POST", ATTEST, token=office.token(**more), body={"rule": "standards", "reason": "looked"})


def test_a_school_misses_what_nobody_attested_and_says_how_to_go_on(office: Office) -> None:
    found = asked(office)
    assert [(one["stage"], one["state"]) for one in found["stages"]] == [
        ("Teacher", "not ready"), ("Student", "not ready"), ("Guardian", "not ready")]
    assert missing(office) == ["standards"]
    (standards,) = [one for one in found["rules"] if one["code"] == "standards"]
    assert (standards["number"], standards["met"], standards["count"], standards["of"]) == (5, False, 1, 1)
    assert standards["first"] == [{"kind": "course", "id": "|math", "label": "math",
                                   "why": "nobody has attested its standards yet"}]
    assert standards["more"] == f'rollbook ready attest --school {SCHOOL} --standards --reason "…"'


def test_what_is_attested_counts_until_another_course_comes_into_use(office: Office) -> None:
    answer = attest(office)
    assert (answer.status, answer.body["courses"]) == (200, 1)
    assert missing(office) == []
    office.put_item(keys.course(SITE, "", "art"), {"key": "|art", "status": "active", "fields": {}})
    section(office, "711", ("kit",), course="|art")
    assert missing(office) == ["standards"]
    assert attest(office).body["courses"] == 2 and missing(office) == []
    assert [one["reason"] for one in office.audit() if one["what"] == "readiness.attested"] == ["looked"] * 2


def test_a_school_s_administrator_attests_for_that_school_only(office: Office) -> None:
    office.put(account("head", "Staff", school=SCHOOL, rights={"admin": [SCHOOL]}))
    office.put(account("other", "Staff", school="900", rights={"admin": ["900"]}))
    office.put(account("desk", "Staff", school=SCHOOL, rights={"accounts.manage": [SCHOOL]}))
    assert [attest(office, account=name).status for name in ("head", "other", "desk")] == [200, 403, 403]


def test_a_load_that_waits_for_another_school_does_not_count_here(office: Office) -> None:
    attest(office)
    for school, expected in (("0013", []), (SCHOOL, ["holds"])):
        office.put_item(keys.load(SITE, "01WAIT"), {
            "load": "01WAIT", "site": SITE, "source": "sheet", "state": "held", "counts": {},
            "waiting": [{"school": school, "changes": 3}]}, listed=keys.Key(keys.loads(SITE), "01WAIT"))
        assert missing(office) == expected


def test_only_the_newest_load_of_a_source_counts_and_only_if_it_brought_something(office: Office) -> None:
    attest(office)
    bad = {"students": {"rows": 100, "problems": 1}}
    for load, told, expected in (("01M", {"state": "turned_back", "counts": {}}, ["holds"]),
                                 ("01N", {"state": "done", "counts": bad}, ["rows"]),
                                 ("01P", {"state": "done", "purpose": "verify", "counts": {}}, ["rows"]),
                                 ("01Q", {"state": "done", "counts": {}}, [])):
        office.put_item(keys.load(SITE, load), {"load": load, "site": SITE, "source": "sheet"} | told,
                        listed=keys.Key(keys.loads(SITE), load))
        assert missing(office) == expected, load


def test_a_match_counts_where_the_person_is(office: Office) -> None:
    attest(office)
    for state, school, expected in (("open", "0013", []), ("decided", SCHOOL, []), ("open", SCHOOL, ["matches"])):
        office.put_item(keys.match(SITE, "m1"), {"match": "m1", "state": state, "who": {"school": school}})
        assert missing(office) == expected


def test_classes_of_a_term_that_is_over_don_t_count_but_those_that_begin_next_do(office: Office) -> None:
    attest(office)
    office.put_item(keys.term(SITE, "", "old"), {"key": "|old", "status": "active", "fields": {
        "start_date": "2025-07-01", "end_date": "2026-06-30"}})
    section(office, "800", (), terms=["|old"])
    assert missing(office) == []
    office.put_item(keys.term(SITE, "", "sy"), {"key": "|sy", "status": "active", "fields": {
        "start_date": "2026-12-01", "end_date": "2027-06-30"}})
    assert missing(office) == []
    section(office, "801", ())
    assert missing(office) == ["classes"]


def test_a_teacher_of_another_school_teaches_here_all_the_same(office: Office) -> None:
    attest(office)
    office.store.delete_many([keys.account(SITE, "tea")])
    assert missing(office) == ["classes"]
    office.put(account("tea", "Teacher", school="0013"))
    assert missing(office) == []
    office.put(account("tea", "Teacher", school="0013", status="inactive"))
    assert missing(office) == ["classes"]


def test_all_that_miss_a_rule_are_told_when_it_is_named(office: Office) -> None:
    for number in range(8):
        put(office, account(f"new-{number}", "Teacher", school=SCHOOL))
    some, every = asked(office), asked(office, rule="emails")
    count = {found: len(next(one for one in body["rules"] if one["code"] == "emails")["first"])
             for found, body in (("some", some), ("all", every))}
    assert count == {"some": 5, "all": 8}


def test_readiness_is_audited_and_names_nobody(office: Office) -> None:
    put(office, account("new", "Teacher", school=SCHOOL, fields={"last_name": "Unmistakable"}))
    answer = office.ask("GET", READINESS, token=office.token())
    assert "Unmistakable" not in answer.text
    assert [one["school"] for one in office.audit() if one["what"] == "readiness.viewed"] == [SCHOOL]


def test_the_schools_side_by_side_are_those_that_one_may_see(office: Office) -> None:
    more = [f"{number:04d}" for number in range(13, 26)]
    for school in more:
        office.put_item(keys.school(SITE, school), {"key": school, "kind": "school", "fields": {"name": school}})
    office.put(account("head", "Staff", school=SCHOOL, rights={"admin": ["0013"]}))

    def schools(token: str) -> list[str]:
        seen, after = [], {}
        while True:
            body = office.ask("GET", f"/sites/{SITE}/readiness", token=token, query=after).body
            seen += [one["school"] for one in body["schools"]]
            if body["after"] is None:
                return seen
            after = {"after": body["after"]}
    assert schools(office.token("head")) == ["0013"]
    assert schools(office.token()) == [SCHOOL, *more]


@pytest.mark.parametrize("rule", ["rows", ""])
def test_only_what_can_be_vouched_for_is_attested(office: Office, rule: str) -> None:
    answer = office.ask("POST", ATTEST, token=office.token(), body={"rule": rule, "reason": "because"})
    assert answer.status == 422

"""Corrections over the API: made, listed, taken back."""

from __future__ import annotations

from typing import Any

import pytest

from rostering import people
from rostering.load import corrected
from rostering.store import keys
from tests.integration.accounts.office import SITE, Office, account

PATH = f"/sites/{SITE}/corrections"


@pytest.fixture
def office() -> Office:
    office = Office()
    office.put(account("clerk", "Staff", rights={"accounts.manage": ["100"]}))
    for name in ("pupil", "far"):
        one = account(name, school="100" if name == "pupil" else "200")
        one.id = people.account_id(salt(office), "sheet", "student", name)
        office.put(one)
    return office


def salt(office: Office) -> bytes:
    return office.store.get(keys.settings(SITE)).body["id_salt"]


def correct(office: Office, token: str | None = None, **order: Any):
    body = {"kind": "student", "key": "PUPIL", "field": "grade", "value": "5th", "reason": "typo"} | order
    return office.ask("POST", PATH, token=token or office.token(), body=body)


def listed(office: Office) -> list[dict[str, Any]]:
    return office.ask("GET", PATH, token=office.token()).body["corrections"]


def test_a_correction_is_kept_for_the_reader_and_counts_from_the_next_delivery(office: Office) -> None:
    office.put_item(keys.newest(SITE, "sheet"), {"load": "01NEWEST"})
    answer = correct(office)
    assert answer.status == 201, answer.text
    assert answer.body["note"].startswith("It counts from the next delivery") and (
        answer.body["newest_load"] == "01NEWEST")
    [kept] = corrected.read(office.store, SITE, "sheet")
    assert (kept.kind, kept.key, kept.field, kept.value, kept.stored) == ("student", "pupil", "grade", "5th", "05")
    assert [(one["correction"], one["state"]) for one in listed(office)] == [(kept.id, "open")]


def test_it_is_audited_without_the_value(office: Office) -> None:
    correct(office, field="last_name", value="Zaphod")
    [event] = [one for one in office.audit() if one["what"] == "correction.made"]
    assert (event["kind"], event["field"], event["reason"]) == ("student", "last_name", "typo")
    assert "Zaphod" not in str(event)


def test_a_second_one_for_the_same_place_takes_the_first_one_s(office: Office) -> None:
    first, second = correct(office).body, correct(office, value="06").body
    assert first["correction"] == second["correction"] and [one["value"] for one in listed(office)] == ["06"]


def test_one_that_is_taken_back_is_listed_behind_the_open_ones_and_counts_no_longer(office: Office) -> None:
    gone = correct(office).body["correction"]
    correct(office, field="email", value="a@d.org")
    answer = office.ask("DELETE", f"{PATH}/{gone}", token=office.token())
    assert (answer.status, answer.body["state"]) == (200, "ended")
    assert [one["state"] for one in listed(office)] == ["open", "ended"]
    assert [each.ended.get("by") for each in corrected.read(office.store, SITE, "sheet") if each.field == "grade"] == [
        office.administrators[SITE]]
    assert office.ask("DELETE", f"{PATH}/{gone}", token=office.token()).status == 404
    correct(office)
    assert [one["state"] for one in listed(office)] == ["open", "open"]


@pytest.mark.parametrize(("order", "said"), [
    ({"value": "Zaphod"}, "Grade '…' is not a grade. Use KG, 01 ... 12."),
    ({"value": ""}, "Grade can't be empty."),
    ({"value": "(clear)"}, "Grade can't be empty."),
    ({"field": "id", "value": "Zaphod"}, "Of a student these can be corrected: school, other_schools, "),
    ({"field": "email", "value": "Zaphod"}, "Email '…' is not one email address."),
    ({"field": "first_name", "value": "<Zaphod>"}, "First Name has letters that are not allowed: …."),
    ({"source": "Zaphod"}, "No source of that name has sent anything to this site."),
])
def test_what_can_t_be_corrected_so_is_refused_without_being_repeated(office: Office, order: dict, said: str) -> None:
    answer = correct(office, **order)
    assert (answer.status, answer.body["detail"][: len(said)]) == (422, said)
    assert "Zaphod" not in answer.text and listed(office) == []


@pytest.mark.parametrize(("order", "key", "value", "stored"), [
    ({"field": "middle_name", "value": ""}, "pupil", "(clear)", None),
    ({"field": "other_schools", "value": "200; 300"}, "pupil", "200; 300", ["200", "300"]),
    ({"field": "status", "value": "inactive"}, "pupil", "inactive", "inactive"),
    ({"kind": "term", "key": "S1", "field": "start_date", "value": "8/24/2026"}, "|s1", "8/24/2026", "2026-08-24"),
    ({"kind": "term", "key": "0012|S1", "field": "name", "value": "One"}, "0012|s1", "One", "One"),
    ({"kind": "guardian", "key": "G1", "field": "email", "value": "a@d.org"}, "id:g1", "a@d.org", "a@d.org"),
])
def test_keys_and_values_are_kept_as_the_reader_wants_them(office, order, key, value, stored) -> None:
    assert correct(office, **order).status == 201
    [kept] = corrected.read(office.store, SITE, "sheet")
    assert (kept.key, kept.value, kept.stored) == (key, value, stored)


def test_another_source_is_corrected_with_its_own_spelling_of_keys(office: Office) -> None:
    office.put_item(keys.newest(SITE, "sif:z1"), {"load": "01Z"})
    assert correct(office, source="sif:z1", key="D3Ab").status == 201
    [kept] = corrected.read(office.store, SITE, "sif:z1")
    assert kept.key == "D3Ab" and [one["source"] for one in listed(office)] == ["sif:z1"]


def test_a_right_for_one_school_corrects_its_people_and_nothing_of_the_site(office: Office) -> None:
    token = office.token("clerk")
    assert correct(office, token).status == 201
    assert correct(office, token, key="far").status == 403
    assert correct(office, token, key="nobody").status == 403
    assert correct(office, token, kind="school", key="100", field="name", value="x").status == 403
    assert office.ask("GET", PATH, token=token).status == 403


def test_nobody_corrects_what_is_said_of_a_higher_rank(office: Office) -> None:
    top = account("top", "Staff", rights={"admin": ["*"]})
    top.id = people.account_id(salt(office), "sheet", "staff", "top")
    office.put(top)
    order = {"kind": "staff", "key": "top", "field": "title", "value": "x"}
    assert correct(office, office.token("clerk"), **order).status == 403
    assert correct(office, **order).status == 201

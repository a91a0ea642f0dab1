"""Viewing first secrets that are still kept: who may, which ones, and what it leaves behind."""

from __future__ import annotations

from typing import Any

import pytest

from rostering.batches import record, telling
from rostering.batches.work import work
from rostering.credentials import first_secrets
from rostering.load.issue import signin_body
from rostering.store import keys
from rostering.store.keys import Item
from tests.integration.accounts.office import SITE, Office, account
from tests.integration.accounts.test_batches import PATH, WHY, order, sheet, shown

SECRET = "blue-fish-sun42"
A_DAY = 86_400


@pytest.fixture
def office() -> Office:
    """A school with a child whose secret the school keeps, pupils of other grades, a guardian, a teacher of a class."""
    office = Office()
    office.put_item(keys.school(SITE, "100"), {"key": "100", "kind": "school", "fields": {}})
    for name, grade in (("kim", "KG"), ("lou", "01"), ("ann", "04"), ("sam", "09")):
        pupil(office, name, grade)
    office.put(account("mum", "Guardian", students={"kim": ["Mother", "", True, "active"]}))
    issue(office, "mum", "Guardian", "")
    office.put(account("tess", "Teacher"))
    office.put(account("vera", "Staff", rights={"credentials.view": ["100"]}))
    office.put_item(keys.section(SITE, "709"), {"id": "709", "fields": {"school": "100"}, "teachers": {"tess": "lead"},
                                                "members": {"kim": ["", ""], "ann": ["", ""]}})
    office.put_item(keys.teaches(SITE, "tess", "709"), {"section": "709", "part": "lead"})
    return office


def pupil(office: Office, name: str, grade: str) -> None:
    classes = {"709": ["", "", "active"]} if name in ("kim", "ann") else {}
    office.put(account(name, fields={"grade": grade}, classes=classes))
    issue(office, name, "Student", grade)


def issue(office: Office, name: str, role: str, grade: str) -> None:
    body = signin_body(SECRET, band=first_secrets.band_of(role, grade), site=SITE, account=name, version=1,
                       secrets=office.opened(), now=office.ports.time())
    office.put_item(keys.username(SITE, f"{name}.e"), body)


def login(office: Office, name: str, **change: Any) -> None:
    """Change a sign-in; None takes a value away."""
    item = office.store.get(keys.username(SITE, f"{name}.e"))
    body = {key: value for key, value in (item.body | change).items() if value is not None}
    office.store.put_many([Item(item.key, body, item.version + 1)])


def viewed(office: Office) -> list[dict[str, Any]]:
    return [event for event in office.audit() if event["what"] == "password.viewed"]


def test_kept_first_secrets_stand_on_one_sheet_and_nothing_is_changed(office: Office) -> None:
    before = office.store.get(keys.username(SITE, "kim.e"))
    made = order(office, "view", by="vera", filter={"school": "100", "role": "Student"})
    done = shown(office, made["batch"], by="vera")
    assert (done["counts"], done["with_secrets"], len(done["links"])) == ({"done": 4}, True, 1)
    lines = sheet(office, made["batch"])
    assert {name: line["First secret"] for name, line in lines.items()} == dict.fromkeys(
        ("kim.e", "lou.e", "ann.e", "sam.e"), SECRET)
    assert office.store.get(keys.username(SITE, "kim.e")) == before


def test_each_view_is_one_event_in_the_trail_of_the_account(office: Office) -> None:
    made = order(office, "view", by="vera", filter={"school": "100", "role": "Student"})
    assert sorted((one["target"], one["by"], one["batch"], one["reason"]) for one in viewed(office)) == [
        (name, "vera", made["batch"], WHY) for name in ("ann", "kim", "lou", "sam")]
    trail = office.store.listing(keys.audited(SITE, "kim")).items
    assert [item.body["what"] for item in trail] == ["password.viewed"]
    assert "password.exported" not in {event["what"] for event in office.audit()}
    assert SECRET not in str(office.audit())


def test_the_events_are_there_before_the_file_is(office: Office) -> None:
    seen: list[int] = []
    write = office.work.write

    def writing(*given: Any, **more: Any) -> Any:
        seen.append(len(viewed(office)))
        return write(*given, **more)
    office.works = False
    made = order(office, "view", accounts=["kim", "lou"])

    class Files:
        def __getattr__(self, name: str) -> Any:
            return writing if name == "write" else getattr(office.work, name)
    assert work(office.store, Files(), SITE, made["batch"], secrets=office.opened, post=office.post,
                now=office.ports.time,
                in_time=lambda: True)
    assert seen == [2]


@pytest.mark.parametrize(("change", "days", "code"), [
    ({"state": "own", "mac": None, "envelope": None, "hash": "x"}, 0, "own_password"),
    ({"envelope": None}, 0, "used"), ({}, 31, "expired"), ({}, 29, "done")])
def test_what_is_kept_no_longer_is_told_and_not_shown(office: Office, change: dict, days: int, code: str) -> None:
    login(office, "ann", **change)
    office.clock.at += days * A_DAY
    office._tokens.clear()
    made = order(office, "view", accounts=["ann"])
    assert shown(office, made["batch"])["counts"] == {code: 1}
    line = sheet(office, made["batch"])["ann.e"]
    assert line.get("First secret") == (SECRET if code == "done" else None)
    assert len(viewed(office)) == (code == "done")


def test_what_the_school_keeps_has_no_end(office: Office) -> None:
    office.clock.at += 300 * A_DAY
    office._tokens.clear()
    assert shown(office, order(office, "view", accounts=["kim"])["batch"])["counts"] == {"done": 1}


def test_an_activation_code_is_never_shown_again(office: Office) -> None:
    made = order(office, "view", accounts=["mum"])
    assert shown(office, made["batch"])["counts"] == {"shown_once": 1}
    assert SECRET not in str(sheet(office, made["batch"]))


def test_a_teacher_sees_what_the_school_keeps_of_their_own_students(office: Office) -> None:
    made = order(office, "view", by="tess", accounts=["kim", "ann", "lou"])
    assert (made["would"], made["left_out"]) == (1, {"office_only": 1, "out_of_reach": 1})
    done = shown(office, made["batch"], by="tess")
    assert len(done["links"]) == 1 and sheet(office, made["batch"])["kim.e"]["First secret"] == SECRET
    assert [one["target"] for one in viewed(office)] == ["kim"]
    order(office, "view", by="tess", filter={"school": "100"}, expect=403)


def test_who_has_other_rights_views_nothing(office: Office) -> None:
    office.put(account("aide", "Staff", rights={"credentials.reset": ["100"]}))
    order(office, "view", by="aide", accounts=["kim"], expect=403)


def test_at_most_five_hundred_are_viewed_at_a_time(office: Office) -> None:
    names = [f"n{number}" for number in range(500)]
    assert order(office, "view", accounts=[*names, "kim"], dry_run=True, expect=422)["code"] == "TOO_MANY"
    assert order(office, "view", accounts=[*names[1:], "kim"], dry_run=True)["would"] == 1


def test_more_than_200_views_a_day_of_one_person_raise_an_alarm(office: Office,
                                                                monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "MOST_VIEWS_A_DAY", 2)
    assert alarms(office, ["kim", "lou"], by="vera") == []
    assert alarms(office, ["kim"], by="") == []
    assert alarms(office, ["ann"], by="vera") == ["MANY_VIEWS"]
    office.clock.at += A_DAY
    office._tokens.clear()
    assert alarms(office, ["ann"], by="vera") == []


def test_a_part_that_is_viewed_twice_counts_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "MOST_VIEWS_A_DAY", 2)
    office.works = False
    made = order(office, "view", by="vera", accounts=["kim", "lou"])
    head = office.store.get(keys.batch(SITE, made["batch"]))
    heard: list[str] = []
    for _ in range(2):
        office.store.put_many([Item(head.key, head.body, 99)])      # as if nobody had noted how far it was
        work(office.store, office.work, SITE, made["batch"], secrets=office.opened, post=office.post,
         now=office.ports.time,
             in_time=lambda: True, alarm=heard.append)
    assert heard == [] and len(viewed(office)) == 2


def alarms(office: Office, names: list[str], *, by: str) -> list[str]:
    """The codes that viewing these raised."""
    office.works = False
    made, heard = order(office, "view", by=by, accounts=names), []
    work(office.store, office.work, SITE, made["batch"], secrets=office.opened, post=office.post,
         now=office.ports.time,
         in_time=lambda: True, alarm=heard.append)
    return heard


def test_the_real_limit_is_200() -> None:
    assert (telling.MOST_VIEWS_A_DAY, record.PART_SIZE) == (200, 500)


def test_who_lost_the_right_meanwhile_sees_nothing(office: Office) -> None:
    office.works = False
    made = order(office, "view", by="vera", accounts=["kim"])
    office.put(account("vera", "Staff"))
    assert office.work_on(made["batch"])
    assert viewed(office) == [] and sheet(office, made["batch"]) == {}
    assert office.ask("GET", f"{PATH}/{made['batch']}", token=office.token("vera")).status in (403, 404)

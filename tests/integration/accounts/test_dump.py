"""The dump of a site: complete, each thing once, without secrets, and equal for sites that hold the same."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from accounts import dumping
from cli import dump as command
from rostering.access.roles import Actor
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.memory import MemoryFiles, MemoryStore
from tests import loads
from tests.integration.accounts.office import OTHER_SITE, SITE, Office, account
from tests.unit.load import district as d

PATH = f"/sites/{SITE}/dump"
CHIEF = Actor(loads.SITE, "chief", "Staff", {"admin": frozenset("*")})


@pytest.fixture
def office() -> Office:
    return Office()


def read(office: Office, *, limit: int = 200, part: str = "", token: str = "") -> list[dict[str, Any]]:
    things: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": limit} | ({"part": part} if part else {})
    while True:
        answer = office.ask("GET", PATH, token=token or office.token(), query=query)
        assert answer.status == 200, answer.text
        assert len(answer.body["things"]) <= limit
        things += answer.body["things"]
        if not answer.body["after"]:
            return things
        query["after"] = answer.body["after"]


class Site:
    """A site on memory with one load, read as the command line reads it."""

    def __init__(self, office: Office, salt: bytes, *, load: str = "01A", now: str = loads.NOW, rows: int = 0) -> None:
        self.store = MemoryStore()
        self.store.insert(Item(keys.settings(loads.SITE), {"name": "Demo", "id_salt": salt}))
        records = [record._replace(place=record.place + rows) for record in d.small(12)]
        loads.run(self.store, MemoryFiles(), load, records, now=now)
        self._ports = replace(office.ports, store=self.store)

    def pages(self, path: str, name: str, *, part: Any, limit: int) -> list[dict[str, Any]]:
        found, after = dumping.page(self._ports, CHIEF, part=part, after=None, limit=7)
        while after:
            more, after = dumping.page(self._ports, CHIEF, part=part, after=after, limit=7)
            found += more
        return json.loads(json.dumps(found))

    def document(self) -> list[dict[str, Any]]:
        names: dict[str, str] = {}
        return [thing for part in command.PARTS for thing in command._part(self, part, names)]


def test_sites_that_hold_the_same_agree_but_for_what_is_ours_alone(office: Office) -> None:
    one = Site(office, b"one salt").document()
    two = Site(office, b"another salt", load="02B", now="2026-11-25T09:00:00.000Z", rows=40).document()
    assert one != two
    for first, second in zip(one, two, strict=True):
        assert {name for name in first if first[name] != second[name]} <= set(command.OURS)
    assert {thing["name"] for thing in one} >= {
        "sheet/student/12", "sheet/guardian/id:g1", "sheet/staff/t1", "sheet/school/0012", "sheet/term/|s1",
        "sheet/course/|math", "sheet/section/709", "sheet/group/rti"}


def test_references_are_by_name(office: Office) -> None:
    things = {thing["name"]: thing for thing in Site(office, b"salt").document()}
    student = things["sheet/student/1"]
    assert list(student["guardians"]) == ["sheet/guardian/id:g1"]
    assert list(student["classes"]) == ["sheet/section/709"]
    assert things["sheet/section/709"]["teachers"] == {"sheet/staff/t1": "lead"}
    assert len(things["sheet/section/709"]["members"]) == 12
    assert things["sheet/group/rti"]["members"] == {"sheet/student/1": "student"}
    assert things["sheet/group/rti"]["owner"] == "sheet/staff/t1"


def test_a_roster_place_without_an_account_is_counted() -> None:
    named = command._named({"a": ["x"], "gone": [], "lost": []}, {"a": "sheet/student/1"})
    assert named == {"sheet/student/1": ["x"], "(no account) 1": [], "(no account) 2": []}


def test_each_account_stands_once_whatever_the_size_of_a_page(office: Office) -> None:
    for key in ("100", "200"):
        office.put_item(keys.school(SITE, key), {"key": key, "kind": "school", "source": "sheet", "fields": {}})
    for number in range(11):
        office.put(account(f"p{number}", school="100" if number % 2 else "200",
                           fields={"other_schools": ["200" if number % 2 else "100"]}))
    office.put(account("homeless", school=""))
    for limit in (1, 3, 200):
        names = [thing["name"] for thing in read(office, limit=limit) if "username" in thing]
        assert len(names) == len(set(names)) == 13          # with the first administrator


def test_a_thing_tells_causes_apart_from_what_is_compared(office: Office) -> None:
    office.put(account("gone", school="", status="inactive", rights={"view_as": ["*"]}, merged_into="other",
                       by_hand={"first_name": {"source": "Ana", "at": "2026-11-01T00:00:00.000Z", "by": "chief"}},
                       created={"load": "01A", "row": 7}, deactivated={"load": "01B", "row": 9, "rule": "absent"},
                       signed_in_at="2026-11-02T00:00:00.000Z"))
    (told,) = [one for one in read(office, part="accounts") if one["name"] == "sheet/student/gone"]
    assert (told["why_inactive"], told["merged_into"], told["rights"]) == ("absent", "other", {"view_as": ["*"]})
    assert told["by_hand"] == {"first_name": {"source": "Ana"}}
    assert told["times"] == {"by_hand": {"first_name": "2026-11-01T00:00:00.000Z"},
                             "signed_in": "2026-11-02T00:00:00.000Z"}
    assert told["loads"] == {"created": {"load": "01A", "row": 7}, "deactivated": {"load": "01B", "row": 9}}


def test_no_secret_is_in_a_dump(office: Office) -> None:
    who = office.put(account("pupil", school=""))
    office.put_item(keys.username(SITE, "pupil.e"), {"account": who.id, "envelope": b"sealed", "mac": b"mac"})
    text = json.dumps(read(office))
    for word in ("pepper", "id_salt", "data_key", "envelope", "mac", "secret", "session"):
        assert f'"{word}"' not in text


def test_a_dump_is_audited_once_however_many_pages_it_has(office: Office) -> None:
    for number in range(9):
        office.put(account(f"p{number}", school=""))
    read(office, limit=2)
    (event,) = [event for event in office.audit() if event["what"] == "site.dumped"]
    assert (event["by"], event["parts"]) == (office.administrators[SITE], list(dumping.PARTS))


@pytest.mark.parametrize("after", ["x", "WyJhIl0", "WyIyMDI2IiwiYSIsIjAiLCIwIiwiLSJd"])
def test_a_cursor_that_no_audited_dump_gave_is_refused(office: Office, after: str) -> None:
    office.put(account("p1", school=""))
    answer = office.ask("GET", PATH, token=office.token(), query={"after": after})
    assert (answer.status, answer.body["code"]) == (400, "CURSOR")


def test_the_cursor_of_somebody_else_is_refused(office: Office) -> None:
    for number in range(4):
        office.put(account(f"p{number}", school=""))
    other = office.put(account("other", "Staff", school="", rights={"admin": ["*"]}))
    after = office.ask("GET", PATH, token=office.token(), query={"limit": 1}).body["after"]
    assert office.ask("GET", PATH, token=office.token(), query={"after": after}).status == 200
    assert office.ask("GET", PATH, token=office.token(other.id), query={"after": after}).status == 400


def test_the_things_of_another_site_are_not_in_it(office: Office) -> None:
    office.put(account("theirs", school=""), site=OTHER_SITE)
    assert "sheet/student/theirs" not in [one["name"] for one in read(office)]


def test_only_an_administrator_of_the_whole_site_may(office: Office) -> None:
    for name, rights in (("principal", {"admin": ["100"]}), ("clerk", {"accounts.manage": ["*"]})):
        who = office.put(account(name, "Staff", rights=rights))
        assert office.ask("GET", PATH, token=office.token(who.id)).status == 403

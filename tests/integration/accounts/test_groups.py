"""Groups: who makes and changes them, what stays out of reach, and that no load comes near them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from accounts import groups
from accounts.models.groups import GroupMembers, NewGroup
from rostering import people
from rostering.access.roles import Actor
from rostering.store import keys
from rostering.store.memory import MemoryFiles, MemoryStore
from tests import loads
from tests.integration.accounts.office import SITE, Office, account
from tests.unit.load import district as d

PATH = f"/sites/{SITE}/groups"


@pytest.fixture
def office() -> Office:
    """A school with a teacher of two students, a clerk, a plain aide and a student nobody teaches; a sheet's group."""
    office = Office()
    for school in ("100", "200"):
        office.put_item(keys.school(SITE, school), {"key": school, "kind": "school", "fields": {}})
    office.put(account("tess", "Teacher"))
    office.put(account("theo", "Teacher"))
    office.put(account("clerk", "Staff", rights={"accounts.manage": ["100"]}))
    office.put(account("aide", "Staff"))
    for name in ("ann", "bob", "cid"):
        office.put(account(name, classes={"709": ["", "", "active"]} if name != "cid" else {}))
    office.put(account("mum", "Guardian", students={"ann": ["Mother", "", True, "active"]}))
    office.put_item(keys.teaches(SITE, "tess", "709"), {"section": "709", "part": "lead"})
    office.put_item(keys.group(SITE, "rti"), {"id": "rti", "kind": "group", "key": "rti", "source": "sheet",
                                              "status": "active", "fields": {"name": "RTI", "school": "100"},
                                              "owner": "tess", "members": {"ann": "student"}},
                    listed=keys.listed_group(SITE, "100", "rti", "rti"))
    return office


def ask(office: Office, method: str, path: str, body: Any = None, *, by: str = "", expect: int = 200,
        **query: Any) -> Any:
    answer = office.ask(method, PATH + path, token=office.token(by), body=body, query=query or None)
    assert answer.status == expect, answer.text
    return answer.body


def made(office: Office, *, by: str = "tess", **more: Any) -> str:
    return ask(office, "POST", "", {"name": "Chess", "school": "100"} | more, by=by, expect=201)["group"]


def members(office: Office, group: str) -> dict[str, str]:
    return office.store.get(keys.group(SITE, group)).body["members"]


def test_a_teacher_makes_a_group_and_fills_it_with_their_students(office: Office) -> None:
    group = made(office)
    ask(office, "POST", f"/{group}/members", {"add": ["ann", "bob"]}, by="tess")
    ask(office, "POST", f"/{group}/members", {"remove": ["ann"], "add": ["tess"]}, by="tess")
    assert members(office, group) == {"bob": "student", "tess": "staff"}
    seen = ask(office, "GET", f"/{group}", by="tess")
    assert (seen["name"], seen["owner"], seen["read_only"]) == ("Chess", "tess", False)
    assert [one["account"] for one in seen["members"]] == ["bob", "tess"]


def test_each_change_has_its_record_and_its_event(office: Office) -> None:
    group = made(office)
    ask(office, "POST", f"/{group}/members", {"add": ["ann"], "reason": "new"}, by="tess")
    ask(office, "PATCH", f"/{group}", {"name": "Go"}, by="tess")
    ask(office, "POST", f"/{group}/end", {}, by="clerk")
    told = sorted((one["what"], one["by"], one.get("added", [])) for one in office.audit() if "group" in one)
    assert told == [("group.created", "tess", []), ("group.ended", "clerk", []), ("group.members", "tess", ["ann"]),
                    ("group.updated", "tess", [])]
    records = office.store.query(keys.group(SITE, group).pk, prefix="CHANGE#").items
    assert sorted(str(sorted(one.body["moved"])) for one in records)[1:] == ["['fields']", "['members']", "['status']"]


def test_what_changes_nothing_is_not_told(office: Office) -> None:
    group = made(office)
    before = office.store.snapshot()
    ask(office, "PATCH", f"/{group}", {"name": "Chess"}, by="tess")
    assert office.store.snapshot() == before


@pytest.mark.parametrize(("by", "method", "path", "body", "status"), [
    ("theo", "POST", "/{}/members", {"add": []}, 404),             # another teacher does not even see it
    ("aide", "GET", "/{}", None, 404), ("ann", "GET", "/{}", None, 404),
    ("tess", "POST", "/{}/members", {"add": ["cid"]}, 404),        # not a student of theirs
    ("tess", "POST", "/{}/members", {"add": ["nobody"]}, 404),
    ("clerk", "POST", "/{}/members", {"add": ["mum"]}, 409),
    ("tess", "PATCH", "/{}", {"owner": "theo"}, 404),              # whom a teacher can't see can't be given it
    ("clerk", "PATCH", "/{}", {"owner": "ann"}, 409),
    ("clerk", "PATCH", "/{}", {"name": "a\nb"}, 422)])
def test_what_is_not_done(office: Office, by: str, method: str, path: str, body: Any, status: int) -> None:
    group = made(office)
    before = office.store.get(keys.group(SITE, group))
    ask(office, method, path.format(group), body, by=by, expect=status)
    assert office.store.get(keys.group(SITE, group)) == before


@pytest.mark.parametrize(("by", "more", "status"), [
    ("ann", {}, 403), ("mum", {}, 403), ("tess", {"school": "200"}, 403), ("tess", {"school": "999"}, 403),
    ("clerk", {"school": "200"}, 403), ("clerk", {"owner": "ann"}, 409), ("", {"school": "999"}, 422)])
def test_who_makes_no_group(office: Office, by: str, more: dict, status: int) -> None:
    ask(office, "POST", "", {"name": "Chess", "school": "100"} | more, by=by, expect=status)


def test_a_clerk_gives_a_group_to_a_teacher(office: Office) -> None:
    group = made(office, by="clerk", owner="theo")
    assert [one["group"] for one in ask(office, "GET", "", by="theo", school="100")["groups"]] == [group]
    ask(office, "PATCH", f"/{group}", {"owner": "tess"}, by="clerk")
    assert ask(office, "GET", "", by="theo", school="100")["groups"] == []


def test_lists_show_all_to_the_office_and_their_own_to_owners(office: Office) -> None:
    group = made(office)
    assert [one["group"] for one in ask(office, "GET", "", by="clerk", school="100")["groups"]] == [group, "rti"]
    assert {one["group"] for one in ask(office, "GET", "", by="tess", school="100")["groups"]} == {group, "rti"}
    assert ask(office, "GET", "", by="aide", school="100")["groups"] == []
    ask(office, "GET", "", by="aide", school="200", expect=403)


@pytest.mark.parametrize(("method", "path", "body"), [
    ("PATCH", "/rti", {"name": "x"}), ("POST", "/rti/members", {"remove": ["ann"]}), ("POST", "/rti/end", {})])
@pytest.mark.parametrize("by", ["tess", "clerk", ""])
def test_a_group_of_a_source_is_read_here_and_changed_there(office: Office, by: str, method: str, path: str,
                                                             body: Any) -> None:
    answer = ask(office, method, path, body, by=by, expect=409)
    assert answer["code"] == "FROM_SOURCE" and "comes from sheet" in answer["detail"]
    seen = ask(office, "GET", "/rti", by=by)
    assert seen["read_only"] and "is changed there" in seen["note"] and members(office, "rti") == {"ann": "student"}


def test_an_ended_group_changes_no_more(office: Office) -> None:
    group = made(office)
    ask(office, "POST", f"/{group}/end", {}, by="tess")
    assert ask(office, "PATCH", f"/{group}", {"name": "x"}, by="tess", expect=409)["code"] == "ENDED"


def test_no_load_comes_to_a_group_made_by_hand() -> None:
    store, files = MemoryStore(), MemoryFiles()
    ports = replace(Office().ports, store=store, work=files)
    boss = Actor(loads.SITE, "boss", "Staff", {"admin": frozenset({"*"})})
    loads.site(store)
    store.put_many([people.item_of(loads.SITE, account("boss", "Staff", school="0012"))])
    loads.run(store, files, "01A", [*d.small(), *d.group_member()])
    group = groups.create(ports, boss, NewGroup(name="Chess", school="0012"))
    salt = store.get(keys.settings(loads.SITE)).body["id_salt"]
    pupil = people.account_id(salt, "sheet", "student", "1")
    before = groups.set_members(ports, boss, group.body["id"], GroupMembers(add=[pupil]))
    # a sheet folds ids, so one that names the very id names another group
    named = group.body["id"].casefold()
    loads.run(store, files, "01B", [*d.small(), *d.group_member(group=named, member="student:2")], complete=True)
    loads.run(store, files, "01C", d.small(), complete=True)
    assert store.get(before.key) == before
    assert keys.group(loads.SITE, named) != before.key and store.get(keys.group(loads.SITE, named)) is not None

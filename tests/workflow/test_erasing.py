"""Erasing somebody on the local cloud, under the roles of the template, and the load after it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rostering.store import keys
from rostering.store.dynamo import DynamoStore
from rostering.store.keys import Item
from tests.workflow.office import Office, Student, sheet, students

GONE = Student(7, first="Qvirinella", last="Qvandersloop", email="qvirinella@gone.example", state_id="QVS88",
               guardian=("Mor", "Otherwise", "", "(718) 555-1212"))


@pytest.fixture(scope="module")
def erased(running) -> tuple[Office, str, dict[str, Any]]:
    """A site whose student 7 was erased; the account; the answer. The one who asked signs in nowhere here."""
    office = Office(running, "erasing")
    assert office.loaded(sheet([*students(*range(1, 7)), GONE]))["state"] == "done"
    account = office.people()["Student 000007"]["account"]
    assert office.ask("POST", f"/accounts/{account}/deactivate", {"reason": "moved away"}).status == 200
    asked = office.ask("POST", f"/accounts/{account}/erasure", {"reason": "asked for by the parents"})
    assert asked.status == 202, asked
    assert office.ask("POST", f"/accounts/{account}/erasure/approve").status == 403
    store = DynamoStore(running.client("dynamodb"), running.outputs["TableName"])
    held = store.get(keys.erasure(office.name, account))
    store.put_many([Item(held.key, held.body | {"by": "another"}, held.version + 1)])
    done = office.ask("POST", f"/accounts/{account}/erasure/approve")
    assert done.status == 200, done
    return office, account, done.body


def everything(office: Office) -> str:
    return json.dumps([*map(str, office.table().items())]).casefold()


def test_the_table_holds_nothing_of_the_person(erased):
    office, account, done = erased
    assert (done["state"], done["gone"]["records"] > 0, done["gone"]["claims"]) == ("erased", True, 2)
    text = everything(office)
    assert [word for word in (GONE.last, GONE.email, GONE.state_id) if word.casefold() in text] == []
    assert office.get(f"/accounts/{account}")["last_name"] == done["placeholder"]


def test_the_next_load_leaves_the_person_out_and_says_so(erased):
    office, account, done = erased
    load = office.loaded(sheet([*students(*range(1, 6)), Student(6, first="New"), GONE]))
    told = [one["code"] for one in office.pages(f"/loads/{load['load']}/problems", "problems")]
    assert (load["state"], told.count("W-ERASED")) == ("done", 1)
    assert office.get(f"/accounts/{account}")["last_name"] == done["placeholder"]
    assert GONE.last.casefold() not in everything(office)
    assert office.people()["Student 000006"]["first_name"] == "New"
    roster = office.get("/sections/709")
    assert len(roster["students"]) == 6

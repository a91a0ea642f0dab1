"""Erasing a person: two administrators, nothing left in the table, and no load that brings them back."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from accounts import erasing
from accounts.sessions import open_session
from rostering import people, snapshot
from rostering.access import lockout
from rostering.access.roles import Actor
from rostering.people import account_of
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.memory import MemoryFiles, MemoryStore
from tests import loads
from tests.integration.accounts.office import SITE, Office, account
from tests.unit.load import district as d

ROOT = f"/sites/{SITE}/accounts"
VALUES = ("Qvormund", "Qvella", "qvella@d.example", "Q004512", "QSTATE77", "qvella.q38", "Qvold", "qvold@d.example")
WHY = {"reason": "asked for by the parents of Qvella"}
A_DAY = 86_400


@pytest.fixture
def office() -> Office:
    """A second administrator of the site, and a student who left, with all that the table can hold of one."""
    office = Office()
    office.put_item(keys.school(SITE, "100"), {"key": "100", "kind": "school", "fields": {}})
    office.put(account("second", "Staff", rights={"admin": ["*"]}))
    office.put(account("head", "Staff", rights={"admin": ["100"]}))
    office.put(account("mum", "Guardian", students={"mia": ["Mother", "", True, "active"]}))
    mia = account("mia", fields={"first_name": "Qvella", "last_name": "Qvormund", "email": "qvella@d.example",
                                 "id": "Q004512", "state_id": "QSTATE77", "grade": "04"},
                  classes={"709": ["", "", "inactive"]}, guardians={"mum": ["Mother", "", True, "active"]})
    mia = replace(mia, source_key="q004512", links={"sif:Z": "QREF1"}, username="qvella.q38", status="inactive",
                  deactivated={"by": "head", "reason": "Qvella moved", "at": office.ports.time()},
                  by_hand={"last_name": {"source": "Qvold", "at": "x", "by": "head"}})
    office.put(mia)
    place = keys.account(SITE, "mia")
    office.put_item(keys.username(SITE, "qvella.q38"), {"account": "mia", "state": "own", "hash": "x"})
    office.put_item(keys.tries(SITE, lockout.digest_of(SITE, "qvella.q38")), {"all": [3, 1]})
    office.put_item(keys.member_of(SITE, "mia", "200"), {"school": "200"},
                    listed=keys.listed_person(SITE, "200", "Student", "qvormund", "qvella", "mia"))
    for key in (keys.email(SITE, "student", "qvella@d.example"), keys.email(SITE, "student", "qvold@d.example"),
                keys.identifier(SITE, "student", "sheet", "stateId", "QSTATE77"),
                keys.identifier(SITE, "student", "sif:Z", "sourceId", "QREF1")):
        office.put_item(key, {"account": "mia"})
    office.put_item(keys.change(place, "01A"), {"load": "01A", "action": "update", "kind": "student", "moved": {
        "fields": {"email": ["qvold@d.example", "qvella@d.example"], "last_name": ["Qvold", "Qvormund"]}}})
    office.put_item(keys.match(SITE, "m1"), {"who": {"last_name": "Qvormund"}, "candidates": [{"account": "mia"}]})
    office.put_item(keys.correction(SITE, "sheet", "student", "q004512", "last_name"), {"value": "Qvormund"})
    office.put_item(keys.section(SITE, "709"), {"id": "709", "fields": {"school": "100"}, "members": {},
                                                "past": {"mia": ["", ""]}, "teachers": {}})
    return office


def ask(office: Office, method: str, path: str = "", *, by: str = "", expect: int = 200, body: Any = None) -> Any:
    answer = office.ask(method, f"{ROOT}/mia/erasure{path}", token=office.token(by), body=body)
    assert answer.status == expect, answer.text
    return answer.body


def erased(office: Office) -> dict[str, Any]:
    ask(office, "POST", body=WHY, expect=202)
    return ask(office, "POST", "/approve", by="second")


def everything(office: Office) -> str:
    """Keys and bodies of the whole table, as one text."""
    return repr([(item.key, item.listed, item.body) for item in office.store.snapshot().values()])


def test_the_values_are_there_before(office: Office) -> None:
    text = everything(office).casefold()
    assert all(value.casefold() in text for value in VALUES)


def test_nothing_of_a_person_is_left_in_the_table_but_the_username_tied_to_nobody(office: Office) -> None:
    done = erased(office)
    assert (done["state"], done["approved_by"]) == ("erased", "second")
    assert re.fullmatch(r"Erased person [0-9A-Z]{4}", done["placeholder"])
    username = keys.username(SITE, "qvella.q38")
    assert office.store.get(username).body == {"account": "erased", "state": "claimed"}
    office.store.delete_many([username])
    text = everything(office).casefold()
    assert [value for value in (*VALUES, "QREF1", "Qvella moved") if value.casefold() in text] == []
    assert done["gone"] == {"claims": 4, "schools": 1, "questions": 1, "merges": 0, "corrections": 1, "places": 0,
                            "links": 1, "reasons": 1, "secrets": 1, "records": 1}


def test_a_stable_placeholder_stands_where_the_person_was(office: Office) -> None:
    done = erased(office)
    left = account_of(office.store.get(keys.account(SITE, "mia")))
    assert (left.status, left.role, left.username, left.guardians, left.rights, left.links) == (
        "inactive", "Student", "", {}, {}, {})
    assert left.fields == {"last_name": done["placeholder"], "school": "100"}
    assert office.store.get(keys.section(SITE, "709")).body["past"] == {"mia": ["", ""]}
    seen = office.ask("GET", f"{ROOT}/mia", token=office.token()).body
    assert (seen["last_name"], seen["username"]) == (done["placeholder"], "")
    mum = account_of(office.store.get(keys.account(SITE, "mum")))
    assert (mum.students, mum.status) == ({}, "inactive")


def test_one_person_alone_erases_nobody(office: Office) -> None:
    ask(office, "POST", body=WHY, expect=202)
    before = office.store.get(keys.account(SITE, "mia"))
    assert "two persons" in ask(office, "POST", "/approve", expect=403)["detail"]
    assert office.store.get(keys.account(SITE, "mia")) == before


@pytest.mark.parametrize("by", ["head", "mum"])
def test_who_is_no_administrator_of_the_whole_site_asks_and_approves_nothing(office: Office, by: str) -> None:
    assert office.ask("POST", f"{ROOT}/mia/erasure", token=office.token(by), body=WHY).status in (403, 404)
    ask(office, "POST", body=WHY, expect=202)
    assert office.ask("POST", f"{ROOT}/mia/erasure/approve", token=office.token(by)).status in (403, 404)
    assert office.ask("DELETE", f"{ROOT}/mia/erasure", token=office.token(by)).status in (403, 404)
    assert office.ask("GET", f"/sites/{SITE}/erasures", token=office.token(by)).status == 403


@pytest.mark.parametrize(("change", "code"), [({"status": "active"}, "ACTIVE"), ({"status": "pending"}, "ACTIVE"),
                                              ({"merged_into": "ann"}, "MERGED")])
def test_who_is_in_use_is_not_erased(office: Office, change: dict, code: str) -> None:
    office.put(replace(account_of(office.store.get(keys.account(SITE, "mia"))), **change))
    assert ask(office, "POST", body=WHY, expect=409)["code"] == code


def test_who_came_back_meanwhile_is_not_erased(office: Office) -> None:
    ask(office, "POST", body=WHY, expect=202)
    office.put(replace(account_of(office.store.get(keys.account(SITE, "mia"))), status="active"))
    assert ask(office, "POST", "/approve", by="second", expect=409)["code"] == "ACTIVE"


def test_after_seven_days_it_is_asked_for_again(office: Office) -> None:
    ask(office, "POST", body=WHY, expect=202)
    office.clock.at += 7 * A_DAY + 1
    office._tokens.clear()
    assert ask(office, "POST", "/approve", by="second", expect=409)["code"] == "OLD"
    ask(office, "POST", body=WHY, expect=202)
    assert ask(office, "POST", "/approve", by="second")["state"] == "erased"


def test_it_can_be_taken_back_until_it_has_begun(office: Office) -> None:
    ask(office, "POST", body=WHY, expect=202)
    assert ask(office, "DELETE", by="second")["state"] == "cancelled"
    ask(office, "POST", "/approve", by="second", expect=404)
    erased(office)
    ask(office, "DELETE", expect=409)


def test_approving_again_tells_what_was_done_and_does_nothing(office: Office) -> None:
    done = erased(office)
    before = office.store.get(keys.account(SITE, "mia"))
    assert ask(office, "POST", "/approve", by="second") == done
    assert office.store.get(keys.account(SITE, "mia")) == before
    assert [one["state"] for one in office.ask("GET", f"/sites/{SITE}/erasures", token=office.token()).body[
        "erasures"]] == ["erased"]


def test_an_erasure_that_stopped_is_gone_on_with(office: Office) -> None:
    ask(office, "POST", body=WHY, expect=202)
    delete_many, calls = office.store.delete_many, []

    def failing(found: Any) -> None:
        calls.append(1)
        if len(calls) == 4:
            raise ConnectionError("the function was stopped")
        delete_many(found)
    office.store.delete_many = failing
    ask(office, "POST", "/approve", by="second", expect=500)
    office.store.delete_many = delete_many
    assert ask(office, "POST", "/approve", by="second")["state"] == "erased"
    office.store.delete_many([keys.username(SITE, "qvella.q38")])
    text = everything(office).casefold()
    assert [value for value in VALUES if value.casefold() in text] == []


def test_sessions_end_and_the_placeholder_changes_no_more(office: Office) -> None:
    open_session(office.ports, SITE, "mia")
    erased(office)
    assert office.store.query(keys.account(SITE, "mia").pk, prefix="SESSION#").items == []
    for path, body in (("", {"fields": {"first_name": "X"}, "reason": "because"}),
                       ("/reactivate", {"reason": "because"})):
        answer = office.ask("POST" if path else "PATCH", f"{ROOT}/mia{path}", token=office.token(), body=body)
        assert (answer.status, answer.body["code"]) == (409, "ERASED")
    made = office.ask("POST", f"/sites/{SITE}/batches", token=office.token(), body={
        "action": "reactivate", "accounts": ["mia"], "reason": "because", "dry_run": True})
    assert made.body["left_out"] == {"erased": 1}


def test_it_is_audited_without_values(office: Office) -> None:
    erased(office)
    told = {one["what"]: one for one in office.audit() if one.get("target") == "mia"}
    assert {"erasure.asked", "erasure.approved", "account.erased"} <= told.keys()
    assert (told["account.erased"]["by"], told["account.erased"]["asked_by"]) == (
        "second", office.administrators[SITE])
    assert "reason" not in told["erasure.asked"]


def test_what_stays_for_a_while_is_told_with_the_days_of_the_template(office: Office) -> None:
    stays = {one["where"]: one["days"] for one in erased(office)["stays"]}
    resources = yaml_parse((Path(__file__).parents[3] / "template.yaml").read_text())["Resources"]
    rules = [rule for bucket in ("Inbox", "Work")
             for rule in resources[bucket]["Properties"]["LifecycleConfiguration"]["Rules"] if "Prefix" in rule]
    days = {rule["Prefix"]: rule["ExpirationInDays"] + rule.get("NoncurrentVersionExpiration", {}).get(
        "NoncurrentDays", 0) for rule in rules}
    assert {where: stays[where] for where in days if where in stays} == {
        where: number for where, number in days.items() if where in stays}
    # archive/ holds no values; unrouted/ is of no site
    assert days.keys() - stays.keys() == {"archive/", "unrouted/"}
    assert stays["snapshots/"] == snapshot.KEPT.days + 7      # what is swept, once a week


class District:
    """A loaded site whose student 1 was switched off by hand and erased."""

    def __init__(self) -> None:
        self.store, self.files = MemoryStore(), MemoryFiles()
        ports = replace(Office().ports, store=self.store, work=self.files)
        loads.site(self.store)
        self.store.put_many(people.item_of(loads.SITE, account(name, "Staff", school="", rights={"admin": ["*"]}))
                            for name in ("one", "two"))
        loads.run(self.store, self.files, "01A", self.records())
        self.erased = self.id("1")
        item = self.store.get(keys.account(loads.SITE, self.erased))
        off = replace(account_of(item), status="inactive", deactivated={"by": "one", "reason": "left", "at": "x"})
        self.store.replace(people.item_of(loads.SITE, off, item.version + 1), was=item.version)
        one, two = (Actor(loads.SITE, name, "Staff", {"admin": frozenset({"*"})}) for name in ("one", "two"))
        erasing.ask(ports, one, self.erased, "asked for")
        erasing.approve(ports, two, self.erased)
        self.placeholder = self.store.get(keys.account(loads.SITE, self.erased))

    @staticmethod
    def records(**changed: Any) -> list[Any]:
        rest = [record for record in d.small() if not (record.kind == "student" and record.key == "1")]
        return [*rest, d.student("1", 2, **({"first_name": "Qvella", "last_name": "Qvormund"} | changed))]

    def id(self, key: str) -> str:
        salt = self.store.get(keys.settings(loads.SITE)).body["id_salt"]
        return people.account_id(salt, "sheet", "student", key)

    def load(self, name: str, records: list[Any], **how: Any) -> dict[str, Any]:
        return loads.run(self.store, self.files, name, records, **how)


@pytest.mark.parametrize("changed", [{}, {"grade": "05"}, {"first_name": "Qvother"}])
def test_a_load_that_carries_the_id_again_leaves_the_person_out(changed: dict[str, Any]) -> None:
    site = District()
    site.load("01B", site.records(**changed), complete=True)
    site.load("01C", [*site.records(**changed), d.school("0099")], complete=True)
    assert site.store.get(keys.account(loads.SITE, site.erased)) == site.placeholder
    assert "qvormund" not in repr([(item.key, item.listed, item.body)
                                   for item in site.store.snapshot().values()]).casefold()
    assert site.erased not in site.store.get(keys.section(loads.SITE, "709")).body["members"]


def test_the_load_says_who_was_left_out_by_row() -> None:
    from rostering.load import paths
    from rostering.load.evidence import Stats

    site = District()
    site.load("01B", site.records(grade="05"), complete=True)
    found = [Stats.read(site.files.read(paths.stats(loads.SITE, "01B", "people", 0))).erased]
    assert ["student", "1", 2] in found[0]


def test_a_complete_list_without_the_person_counts_nobody_missing_for_it() -> None:
    site = District()
    records = [one for one in site.records() if "1" not in (one.key if isinstance(one.key, tuple) else (one.key,))]
    before = {key: item for key, item in site.store.snapshot().items() if key.sk == "ACCOUNT"}
    site.load("01B", records)
    after = {key: item for key, item in site.store.snapshot().items() if key.sk == "ACCOUNT"}
    assert {key for key in before if before[key].body.get("status") != after[key].body.get("status")} == set()


def test_after_the_next_load_the_snapshot_holds_nothing_of_the_person() -> None:
    from rostering import snapshot

    site = District()
    site.load("01B", site.records(), complete=True)
    known = snapshot.read(site.files, loads.SITE, "sheet")
    assert known.load == "01B"
    shard, exact = known.shard("people", 0, 1)
    names = [(one.kind, one.key) for one in snapshot.entities(site.files, shard, 0, 1, exact=exact)]
    assert ("student", "2") in names and ("student", "1") not in names


def test_others_are_loaded_as_ever() -> None:
    site = District()
    site.load("01B", [*[one for one in site.records() if not (one.kind == "student" and one.key == "2")],
                      d.student("2", 3, middle_name="Ada")])
    assert account_of(site.store.get(keys.account(loads.SITE, site.id("2")))).fields["middle_name"] == "Ada"


def test_another_source_that_brings_the_same_id_leaves_the_person_out() -> None:
    site = District()
    fields = {"id": "1", "first_name": "Qvella", "last_name": "Qvormund"}
    site.load("01B", [d.school(), d.student("REF1", 2, **fields)], source="sif:Z")
    assert "qvormund" not in repr([item.body for item in site.store.snapshot().values()]).casefold()


def test_a_mark_tells_nothing_without_the_salt(office: Office) -> None:
    erased(office)
    marks = office.store.get(keys.erased(SITE)).body["marks"]
    assert len(marks) >= 4 and not any("q004512" in mark.casefold() for mark in marks)
    assert isinstance(office.store.get(keys.erased(SITE)), Item)

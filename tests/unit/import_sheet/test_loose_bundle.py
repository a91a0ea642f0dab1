"""Bundles whose files are dropped one by one: they wait for one another, and make one load."""

from __future__ import annotations

import itertools
import random

import pytest

from import_sheet.job import Desk, Drop, run
from rostering.errors import StoreError
from rostering.load import progress
from tests.faults import Calls, Failing
from tests.unit.import_sheet.bundles import HEADERS, SCHOOL, Bundles, bulk, files

FOLDER = "inbox/demo/2026-11-23/"
ALL = dict.fromkeys(HEADERS, "bulk")


class Folder(Bundles):
    """A folder of the inbox, and the events of what is put there."""

    def put(self, name: str, data: bytes, *, version: str = "v1", folder: str = FOLDER):
        self.inbox.write(f"{folder}{name}", data)
        return self.event(name, version=version, folder=folder)

    def event(self, name: str, *, version: str = "v1", folder: str = FOLDER):
        key = f"{folder}{name}"
        return run(self.desk, Drop(key, version, self.inbox.size(key)))

    def loads(self) -> set[str]:
        return {key.pk for key in self.store.snapshot() if key.sk == "LOAD"}


@pytest.mark.parametrize("seed", range(8))
def test_files_in_any_order_with_doubled_events_are_one_load(seed):
    office, named = Folder(), files(ALL)
    order = list(named)
    random.Random(seed).shuffle(order)
    answers = [office.put(name, named[name]) for name in order]
    assert [answer.outcome for answer in answers] == ["waiting"] * (len(order) - 1) + ["read"]
    assert {office.event(name).outcome for name in order[:-1]} == {"again"}
    assert office.event(order[-1]).load == answers[-1].load and len(office.loads()) == 1
    assert office.body(answers[-1].load)["file_name"] == "2026-11-23/manifest.csv"
    office.go_on(answers[-1].load)
    assert office.classes("s-1") == {"c-1": "active"}


def test_events_that_come_when_all_files_are_there_are_one_load():
    office, named = Folder(), files(ALL)
    for name, data in named.items():
        office.inbox.write(f"{FOLDER}{name}", data)
    outcomes = [office.event(name).outcome for name in (*named, *named)]
    assert outcomes.count("read") == 2 and set(outcomes) == {"read", "again"}      # that of the first event, twice
    assert len(office.loads()) == 1


def test_loose_files_and_a_zip_give_the_same_people():
    office, other = Folder(), Bundles()
    load = [office.put(name, data) for name, data in files(ALL).items()][-1].load
    office.go_on(load)
    other.load(bulk())
    assert office.people() == other.people() and len(other.people()) == 3


def test_only_files_that_the_manifest_announces_are_waited_for():
    office = Folder()
    answers = [office.put(name, data) for name, data in files({"orgs": "bulk", "users": "bulk"}).items()]
    assert [answer.outcome for answer in answers] == ["waiting", "waiting", "read"]
    office.go_on(answers[-1].load)
    assert office.person("s-1").fields["school"] == "0012"


def test_a_csv_that_is_no_file_of_a_bundle_is_turned_back_as_ever():
    office = Folder()
    for folder, name in ((FOLDER, "Students.csv"), ("inbox/demo/", "users.csv")):
        answer = office.put(name, b"Student ID,First Name\n1,Ana\n", folder=folder)
        assert office.body(answer.load)["message"].startswith("F-CSV: ")


def test_names_of_files_may_be_in_capitals():
    office = Folder()
    answers = [office.put(name.upper(), data) for name, data in files(ALL).items()]
    assert answers[-1].outcome == "read"


def test_a_manifest_that_can_not_be_read_is_turned_back_once():
    office = Folder()
    answer = office.put("manifest.csv", b"propertyName,value\noneroster.version,7\n")
    assert office.body(answer.load)["message"].startswith("F-OR-NOTHING: ") or (
        office.body(answer.load)["message"].startswith("F-OR-VERSION: "))
    assert office.event("manifest.csv").outcome == "again" and len(office.loads()) == 1


def test_a_corrected_file_makes_a_set_that_was_turned_back_complete():
    office, named = Folder(), files(ALL)
    for name, data in (named | {"users.csv": b"sourcedId\n\xff\n"}).items():
        answer = office.put(name, data)
    assert office.body(answer.load)["message"].startswith("F-OR-ENCODING: ")
    assert office.put("users.csv", named["users.csv"], version="v2").outcome == "read"


def test_a_folder_is_used_again_only_by_files_that_are_all_new():
    office, named = Folder(), files(ALL)
    first = [office.put(name, data) for name, data in named.items()][-1].load
    office.go_on(first)
    progress.change(office.store, "demo", first, now=office.now(), state="done")
    later = files(ALL, SCHOOL | {"users": SCHOOL["users"][:2]})
    answers = [office.put(name, data, version="v2") for name, data in later.items()]
    assert [answer.outcome for answer in answers] == ["waiting"] * (len(later) - 1) + ["read"]
    assert answers[-1].load != first


def test_the_same_set_again_is_told_so():
    office, named = Folder(), files(ALL)
    first = [office.put(name, data) for name, data in named.items()][-1].load
    progress.change(office.store, "demo", first, now=office.now(), state="done")
    answer = [office.put(name, data, folder="inbox/demo/again/") for name, data in named.items()][-1]
    assert answer.outcome == "turned_back"
    assert office.body(answer.load)["message"].startswith("F-SAME-FILE: ")


def test_an_event_that_fails_at_any_call_is_read_by_its_repetition():
    named = files(ALL)
    for n in itertools.count(1):
        office, calls = Folder(), Calls(fail=n)
        for name, data in named.items():
            office.inbox.write(f"{FOLDER}{name}", data)
        broken = Desk(Failing(office.store, calls), Failing(office.inbox, calls), Failing(office.work, calls),
                      office.desk.now, office.desk.new_load)
        drop = Drop(f"{FOLDER}users.csv", "v1", 100)
        try:
            run(broken, drop)
        except StoreError:
            assert run(office.desk, drop).outcome == "read", n
        if calls.made < n:
            break
        assert len(office.loads()) == 1
    assert n > 10

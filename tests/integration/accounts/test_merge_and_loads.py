"""Loads after a merge: the rows of both accounts lead to the one that stayed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from accounts import merges, unmerges
from rostering import people
from rostering.access.roles import Actor
from rostering.model import Account
from rostering.people import account_of
from rostering.store import keys
from rostering.store.memory import MemoryFiles, MemoryStore
from tests import loads
from tests.integration.accounts.office import Office
from tests.unit.load import district as d

BOSS = Actor(loads.SITE, "boss", "Staff", {"admin": frozenset({"*"})})
OFFICE = Office()


class Site:
    """A site loaded with three students; those of ids 1 and 2 are one child."""

    def __init__(self) -> None:
        self.store, self.files = MemoryStore(), MemoryFiles()
        self.ports = replace(OFFICE.ports, store=self.store, work=self.files)
        loads.site(self.store)
        loads.run(self.store, self.files, "01A", d.small())

    def id(self, key: str) -> str:
        salt = self.store.get(keys.settings(loads.SITE)).body["id_salt"]
        return people.account_id(salt, "sheet", "student", key)

    def read(self, key: str) -> Account:
        """The account that was made for the student `key`."""
        return account_of(self.store.get(keys.account(loads.SITE, self.id(key))))

    def load(self, name: str, *records, complete: bool = False) -> None:
        loads.run(self.store, self.files, name, list(records), complete=complete)


@pytest.fixture
def site() -> Site:
    site = Site()
    merges.merge(site.ports, BOSS, site.id("1"), site.id("2"), "the same child")
    return site


def test_a_change_of_the_gone_ones_row_reaches_the_kept_account_and_leaves_the_other_off(site):
    before = site.read("2")
    site.load("01B", d.school(), d.student("2", 3, middle_name="Ada"))
    assert site.read("1").fields["middle_name"] == "Ada"
    assert site.read("2") == before


def test_the_gone_ones_row_that_leaves_the_list_does_not_switch_the_kept_account_off(site):
    site.load("01B", *[record for record in d.small() if record.key != "2"], complete=True)
    assert site.read("1").status == "active"


def test_the_kept_ones_own_row_that_leaves_the_list_switches_it_off(site):
    site.load("01B", *[record for record in d.small() if record.key != "1"], complete=True)
    assert site.read("1").status == "inactive"


def test_after_unmerging_each_row_leads_to_its_own_account_again(site):
    unmerges.unmerge(site.ports, BOSS, site.id("2"), "two children after all")
    site.load("01B", d.school(), d.student("2", 3, middle_name="Ada"))
    assert "middle_name" not in site.read("1").fields
    assert (site.read("2").fields["middle_name"], site.read("2").status) == ("Ada", "active")

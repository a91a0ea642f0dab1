"""Loads and what a person set: neither undoes the other."""

from __future__ import annotations

from rostering import by_hand, people
from rostering.load.applied import read_applied
from rostering.store import keys
from rostering.store.memory import MemoryFiles, MemoryStore
from tests import loads
from tests.unit.load import district as d


def at(kind: str = "student", key: str = "1") -> keys.Key:
    return keys.account(loads.SITE, people.account_id(b"salt of the demo site", "sheet", kind, key))


def account(store: MemoryStore):
    return people.account_of(store.get(at()))


def act(store: MemoryStore, change) -> None:
    item = store.get(at())
    changed = change(people.account_of(item))
    assert store.replace(people.item_of(loads.SITE, changed, item.version + 1), was=item.version)


def set_by_hand(store: MemoryStore, **values) -> None:
    act(store, lambda found: by_hand.set_fields(found, values, by="boss", at=loads.NOW))


def said(store: MemoryStore, files: MemoryFiles, load: str, **fields) -> None:
    loads.run(store, files, load, [d.school(), d.student("1", **fields)])


def test_a_field_set_by_hand_survives_loads_and_shows_what_the_source_says(store, files):
    said(store, files, "01A", grade="04")
    set_by_hand(store, grade="05")
    said(store, files, "01B", grade="06", middle_name="B")
    found = account(store)
    grade = by_hand.field_of(found, "grade")
    assert (grade.value, grade.source_value, grade.origin, grade.differs) == ("05", "06", "hand", True)
    assert found.fields["middle_name"] == "B"


def test_a_source_that_comes_round_to_the_value_leaves_it_by_hand_until_it_is_cleared(store, files):
    said(store, files, "01A", grade="04")
    set_by_hand(store, grade="05")
    said(store, files, "01B", grade="05")
    assert by_hand.field_of(account(store), "grade").differs is False
    said(store, files, "01C", grade="07")
    assert by_hand.field_of(account(store), "grade").value == "05"
    act(store, by_hand.use_source)
    assert by_hand.field_of(account(store), "grade").value == "07"
    said(store, files, "01D", grade="08")
    assert account(store).fields["grade"] == "08"


def test_a_field_that_the_source_empties_stays_by_hand(store, files):
    said(store, files, "01A", middle_name="B")
    set_by_hand(store, middle_name="C")
    said(store, files, "01B", middle_name=None)
    assert account(store).fields["middle_name"] == "C"
    act(store, by_hand.use_source)
    assert "middle_name" not in account(store).fields


def test_who_was_switched_off_by_a_person_stays_off_and_the_load_says_so(store, files):
    said(store, files, "01A")
    act(store, lambda found: by_hand.switch_off(found, by="boss", reason="left", at=loads.NOW))
    said(store, files, "01B", grade="05")
    found = account(store)
    assert (found.status, found.fields["grade"]) == ("inactive", "05")
    ground = loads.Ground.open(store, files, loads.SITE, "01B", now=loads.NOW)
    assert [told.code for told in read_applied(ground, "people", 0).problems] == ["W-KEPT-OFF"]
    act(store, lambda found: by_hand.switch_on(found, today="2026-11-23"))
    said(store, files, "01C", grade="06")
    assert account(store).status == "active"


def test_an_email_of_the_source_is_claimed_though_another_is_kept_by_hand(store, files):
    said(store, files, "01A", email="a@d.org")
    set_by_hand(store, email="hand@d.org")
    said(store, files, "01B", email="b@d.org")
    assert account(store).fields["email"] == "hand@d.org"
    assert store.get(keys.email(loads.SITE, "student", "b@d.org")).body == {"account": account(store).id}

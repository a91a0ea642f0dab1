"""Merging and unmerging stopped anywhere, interfered with, and on made-up districts."""

from __future__ import annotations

import itertools
import json
import re
from copy import copy as copy_of
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts import merges, unmerges
from rostering.access.roles import Actor
from rostering.errors import StoreError
from rostering.store import keys
from rostering.store.keys import Item, Key
from rostering.store.memory import MemoryStore
from tests.faults import Calls, Failing
from tests.integration.accounts.office import SITE, Office, account
from tests.integration.accounts.twins import (
    ACTIVE,
    MOTHER,
    WHY,
    ask,
    ask_back,
    district,
    merged,
    read,
    section,
    table,
)

BOSS = Actor(SITE, "boss", "Staff", {"admin": frozenset({"*"})})
MANY = 7    # writes in one transaction: the merge takes several


def act(office: Office, store: Any, *, most: int) -> None:
    ports = replace(office.ports, store=store)
    merges.merge(ports, BOSS, "zoe", "zoh", WHY, most=most)


def act_back(office: Office, store: Any, *, most: int) -> None:
    unmerges.unmerge(replace(office.ports, store=store), BOSS, "zoh", WHY, most=most)


def unnamed(store: MemoryStore) -> list[str]:
    """Everything in the table as texts, the made-up names of merges and events left out."""
    texts = (json.dumps([*key, item.body, item.listed], default=str) for key, item in store.snapshot().items()
             if key.sk not in ("LEASE", "SETTINGS"))
    return sorted(re.sub(r"[0-9A-HJKMNP-TV-Z]{26}|[0-9a-f]{16}", "…", text) for text in texts)


@pytest.mark.parametrize("most", [100, MANY], ids=["in one", "in many"])
@pytest.mark.parametrize("after", [False, True], ids=["the call fails", "the reply is lost"])
@pytest.mark.parametrize("what", ["merge", "unmerge"])
def test_what_is_stopped_at_any_call_and_asked_for_again_ends_the_same(what, after, most):
    first, second = (act, act_back) if what == "unmerge" else (None, act)

    def prepared() -> Office:
        office = district(Office())
        if first:
            first(office, office.store, most=100)
            office.clock.at += 60
        return office

    office = prepared()
    second(office, office.store, most=most)
    expected, start = unnamed(office.store), prepared()
    for n in itertools.count(1):
        office = copied(start)
        calls = Calls(fail=n, after=after)
        failing = Failing(office.store, calls)
        try:
            second(office, failing, most=most)
        except StoreError:
            second(office, failing, most=most)
        assert unnamed(office.store) == expected, f"call {n}"
        assert office.store.get(keys.lease(SITE)).body["load"] == ""
        if calls.made < n:
            break
    assert n > 15


def copied(office: Office) -> Office:
    """An office with a table of its own that holds the same."""
    copy = copy_of(office)
    copy.store = MemoryStore()
    copy.store.put_many(office.store.snapshot().values())
    copy.ports = replace(office.ports, store=copy.store)
    return copy


def test_in_many_transactions_it_ends_as_in_one():
    one, many = district(Office()), district(Office())
    before = table(one.store)
    act(one, one.store, most=100)
    act(many, many.store, most=MANY)
    assert unnamed(many.store) == unnamed(one.store)
    many.clock.at += 60
    act_back(many, many.store, most=MANY)
    assert table(many.store) == before


def test_a_merge_that_was_begun_must_be_done_before_another_with_one_of_the_two():
    office = district(Office())
    office.put(account("zo"))
    calls = Calls(fail=25)
    with pytest.raises(StoreError):
        act(office, Failing(office.store, calls), most=MANY)
    (begun,) = office.store.query(keys.merge(SITE, "").pk).items
    assert begun.body["state"] == "merging"
    refused = ask(office, "zo", "zoh")
    assert (refused.status, refused.body["code"]) == (409, "UNFINISHED")
    assert merged(office)["merge"] == begun.body["merge"]
    ask_back(office, "zoh")
    assert read(office, "zoh").classes.keys() == {"alg", "bio"}


class Interfering:
    """A store in which somebody else writes an account right before the first transaction."""

    def __init__(self, store: MemoryStore) -> None:
        self._store, self._done = store, False

    def __getattr__(self, name: str) -> Any:
        if name == "write_together" and not self._done:
            self._done = True
            self._store.update(keys.account(SITE, "zoh"), lambda body: body | {
                "fields": body["fields"] | {"middle_name": "Ada"}})
        return getattr(self._store, name)


def test_what_somebody_writes_meanwhile_is_merged_too():
    office = district(Office())
    act(office, Interfering(office.store), most=100)
    assert read(office, "zoe").fields["middle_name"] == "Ada"


NAMES = st.sampled_from(["alg", "art", "bio"])
PAIRS = st.sampled_from([ACTIVE, ["2026-09-01", "", "active"], ["", "2026-10-01", "inactive"]])
SAID = st.fixed_dictionaries({}, optional={
    "email": st.sampled_from(["a@x.example", "b@x.example"]), "grade": st.sampled_from(["04", "05"]),
    "state_id": st.sampled_from(["S1", "S2"]), "other_schools": st.sampled_from([["200"], ["200", "300"]])})
BY_HAND = st.fixed_dictionaries({}, optional={"grade": st.just({"source": "03", "by": "x"})})
PERSON = st.fixed_dictionaries({
    "source": st.sampled_from(["sheet", "sif:z", "manual"]), "fields": SAID, "by_hand": BY_HAND,
    "status": st.sampled_from(["active", "inactive", "pending"]), "classes": st.dictionaries(NAMES, PAIRS),
    "guardians": st.dictionaries(st.sampled_from(["mum", "dad"]), st.sampled_from([MOTHER, [*MOTHER[:3], "inactive"]])),
    "links": st.dictionaries(st.sampled_from(["gg4l:d", "sif:y"]), st.sampled_from(["k1", "k2"])),
    "deactivated": st.sampled_from([{}, {"by": "x", "reason": "y", "at": "z"}, {"load": "01A"}]),
    "signed_in_at": st.sampled_from(["", "2026-10-01"]), "changed": st.sampled_from([{}, {"load": "01A", "row": 2}]),
})
START = Office()


def made(people: dict[str, dict[str, Any]], group: list[str]) -> Office:
    """A district of the two children `a` and `b` as drawn, and all that hangs on them."""
    office = copied(START)
    office.put_item(keys.school(SITE, "100"), {"key": "100"})
    students: dict[str, dict[str, list]] = {"mum": {}, "dad": {}}
    for name, person in people.items():
        source, more = person["source"], {k: v for k, v in person.items() if k != "source"}
        child = account(name, **{k: deepcopy(v) for k, v in more.items()})
        child.source, child.source_key = source, f"key-{name}"
        office.put(child)
        for school in child.fields.get("other_schools", ()):
            office.put_item(keys.member_of(SITE, name, school), {"school": school},
                            listed=Key(keys.people(SITE, school), f"~{name}"))
        for guardian, pair in child.guardians.items():
            students[guardian][name] = pair
        held = [keys.email(SITE, "student", child.fields["email"])] if "email" in child.fields else []
        held += [keys.identifier(SITE, "student", source, "sourceId", key) for source, key in child.links.items()]
        office.store.insert_many([Item(key, {"account": name}) for key in held])
    for guardian, pairs in students.items():
        office.put(account(guardian, "Guardian", students=pairs))
    for number, name in enumerate(("alg", "art", "bio")):
        held = {child: people[child]["classes"][name] for child in people if name in people[child]["classes"]}
        section(office, name, {}, {c: p[:2] if any(p[:2]) else [] for c, p in held.items() if p[2] == "active"},
                {c: p[:2] for c, p in held.items() if p[2] != "active"} if number else {})
    office.put_item(keys.group(SITE, "rti"), {"id": "rti", "members": dict.fromkeys(group, "student")},
                    listed=keys.listed_group(SITE, "100", "rti", "rti"))
    return office


@settings(max_examples=150, deadline=None)
@given(PERSON, PERSON, st.lists(st.sampled_from(["a", "b", "c"]), unique=True), st.sampled_from([100, 5]))
def test_merging_and_unmerging_any_two_is_the_identity_and_between_nothing_names_the_gone_one(a, b, group, most):
    office = made({"a": a, "b": b}, group)
    before = table(office.store)
    merges.merge(office.ports, BOSS, "a", "b", WHY, most=most)
    named = {key for key, (body, listed) in table(office.store).items() if key != keys.account(SITE, "b")
             and '"b"' in json.dumps(body, default=str) or (listed or Key("", "")).sk == "~b"}
    assert not named
    child = read(office, "a")
    assert (child.id, child.username, child.source, child.rights) == ("a", "a.e", a["source"], {})
    assert read(office, "b").fields == account("b", fields=deepcopy(b["fields"])).fields
    done = unmerges.unmerge(office.ports, BOSS, "b", WHY, most=most)
    assert done["unmerged"]["stays"] == []
    assert table(office.store) == before


TOUCHES = st.dictionaries(st.sampled_from(["grade", "email", "nickname"]), st.sampled_from(["x", "y"]), min_size=1)


@settings(max_examples=60, deadline=None)
@given(PERSON, PERSON, TOUCHES)
def test_unmerging_keeps_what_somebody_set_since_and_puts_back_the_rest(a, b, since):
    office = made({"a": a, "b": b}, [])
    before = read(office, "a")
    merges.merge(office.ports, BOSS, "a", "b", WHY)
    office.store.update(keys.account(SITE, "a"), lambda body: body | {"fields": body["fields"] | since})
    unmerges.unmerge(office.ports, BOSS, "b", WHY)
    after = read(office, "a")
    assert after.fields == before.fields | since
    assert (after.classes, after.guardians, after.links) == (before.classes, before.guardians, before.links)

"""A task that is stopped at any call and run again ends as if nothing had happened."""

from __future__ import annotations

import itertools

import pytest

from rostering.store.memory import MemoryFiles, MemoryStore
from tests import loads
from tests.faults import Calls, Failing
from tests.unit.load import district as d

NEXT = [d.school(), *(d.student(str(n), n, grade="05") for n in (1, 3, 4)), d.guardian("id:g4"),
        d.link("id:g4", "4"), d.staff("t1", first_name="Anna"), d.section(), d.course(), d.term(),
        *(d.enrollment("709", str(n)) for n in (1, 3, 4))]


def prepared() -> tuple[MemoryStore, MemoryFiles]:
    store, files = MemoryStore(), MemoryFiles()
    loads.site(store)
    loads.run(store, files, "01A", d.small())
    return store, files


def state(store: MemoryStore) -> dict:
    """Everything in the table but how often an item was written."""
    return {key: item.body for key, item in store.snapshot().items() if key.sk != "LEASE"}


@pytest.mark.parametrize("after", [False, True], ids=["the call fails", "the reply is lost"])
def test_a_load_whose_tasks_are_stopped_at_any_call_and_run_again_ends_the_same(after):
    store, files = prepared()
    loads.run(store, files, "01B", NEXT, complete=True)
    expected = state(store)
    for n in itertools.count(1):
        store, files = prepared()
        calls = Calls(fail=n, after=after)
        loads.run(Failing(store, calls), Failing(files, calls), "01B", NEXT, complete=True)
        assert state(store) == expected, f"call {n}"
        if calls.made < n:
            break
    assert n > 50


def child(key: str, name: str, row: int, **fields):
    return d.student(key, row, first_name=name, birth_date="2016-05-03", **fields)


# Links by local id and state id, a new person, a held row with what hangs on it, and a class of them all.
OF_A_ZONE = [d.school(), child("R1", "Ana", 2, id="1"), child("R2", "Bo", 3, id="x", state_id="72"),
             child("R9", "Gus", 4, id="9"), child("R8", "Cai", 5, id="y"), d.guardian("g"), d.link("g", "R8"),
             d.section("math", teacher="t9"), *(d.enrollment("math", key) for key in ("R1", "R2", "R8", "R9"))]
SHEET = [d.school(), child("1", "Ana", 2), child("2", "Bo", 3, state_id="72"), child("3", "Cai", 4)]


def known() -> tuple[MemoryStore, MemoryFiles]:
    store, files = MemoryStore(), MemoryFiles()
    loads.site(store)
    loads.run(store, files, "01A", SHEET)
    return store, files


@pytest.mark.parametrize("after", [False, True], ids=["the call fails", "the reply is lost"])
def test_a_load_that_matches_and_holds_ends_the_same_wherever_it_is_stopped(after):
    store, files = known()
    loads.run(store, files, "01B", OF_A_ZONE, source="sif:z")
    expected = state(store)
    assert sum(key.sk == "ACCOUNT" for key in expected) == 4
    for n in itertools.count(1):
        store, files = known()
        calls = Calls(fail=n, after=after)
        loads.run(Failing(store, calls), Failing(files, calls), "01B", OF_A_ZONE, source="sif:z")
        assert state(store) == expected, f"call {n}"
        if calls.made < n:
            break
    assert n > 50

"""Laws of undoing: what holds for any district, any history, and any moment at which a task stops."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rostering import history
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.memory import MemoryFiles, MemoryStore
from tests import loads
from tests.faults import Calls, Failing
from tests.unit.load import district as d
from tests.unit.load.test_laws import fresh, records, roster
from tests.unit.load.undone import NEXT, entities, shells, state, things, without_loads


def prepared() -> tuple[MemoryStore, MemoryFiles]:
    store, files = fresh()
    loads.run(store, files, "01A", d.small())
    loads.run(store, files, "01B", NEXT, complete=True)
    return store, files


@pytest.mark.parametrize("after", [False, True], ids=["the call fails", "the reply is lost"])
def test_an_undo_whose_tasks_are_stopped_at_any_call_and_run_again_ends_the_same(after):
    store, files = prepared()
    loads.undo(store, files, "01C", "01B")
    expected = state(store), list(entities(files))
    for n in itertools.count(1):
        store, files = prepared()
        calls = Calls(fail=n, after=after)
        loads.undo(Failing(store, calls), Failing(files, calls), "01C", "01B")
        assert (state(store), list(entities(files))) == expected, f"call {n}"
        if calls.made < n:
            break
    assert n > 40


@settings(max_examples=40, deadline=None)
@given(st.lists(roster, min_size=1, max_size=3), st.booleans())
def test_undo_after_load_is_the_identity_on_everything_nobody_touched_since(feeds, complete):
    store, files = fresh()
    for n, said in enumerate(feeds[:-1]):
        loads.run(store, files, f"0{n}", records(said), complete=True)
    before = things(store)
    loads.run(store, files, "08", records(feeds[-1]), complete=complete)
    after = things(store)
    undo = loads.undo(store, files, "09", "08")
    found = things(store)
    assert {key: found[key] for key in before} == before and undo["kept_total"] == 0
    shells(store, before, "09")
    loads.undo(store, files, "10", "09")
    assert things(store) == after


@settings(max_examples=40, deadline=None)
@given(roster, roster, st.booleans())
def test_after_an_undo_the_same_feed_makes_the_same_state_again(first, second, complete):
    store, files = fresh()
    loads.run(store, files, "01", records(first), complete=True)
    loads.run(store, files, "02", records(second), complete=complete)
    after = things(store)
    loads.undo(store, files, "03", "02")
    loads.run(store, files, "04", records(second), complete=complete)
    assert without_loads(things(store)) == without_loads(after)


@settings(max_examples=40, deadline=None)
@given(roster, roster, roster)
def test_a_value_that_a_later_load_changed_is_never_undone(first, second, third):
    store, files = fresh()
    loads.run(store, files, "01", records(first), complete=True)
    loads.run(store, files, "02", records(second), complete=True)
    loads.run(store, files, "03", records(third), complete=True)
    then = store.snapshot()
    loads.undo(store, files, "04", "02")
    for key, item in store.snapshot().items():
        record = then.get(keys.change(key, "03")) if key.sk in ("ACCOUNT", "SECTION") else None
        if record:
            moved = {name: what for name, what in record.body["moved"].items() if name == "fields"}
            assert _values(item, moved) == _values(then[key], moved)


def _values(item: Item, moved: history.Moved) -> dict:
    return {name: {each: item.body[name].get(each) for each in what} for name, what in moved.items()}

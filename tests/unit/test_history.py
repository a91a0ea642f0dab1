"""What moved goes back, field by field, and what was touched since stays."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rostering import history

_VALUES = st.one_of(st.text("ab", min_size=1, max_size=2), st.integers(0, 3), st.lists(st.integers(0, 2), max_size=2))
_NAMES = st.sampled_from(["one", "two", "three"])
_BODIES = st.fixed_dictionaries({}, optional={
    "status": _VALUES, "username": _VALUES,
    "fields": st.dictionaries(_NAMES, _VALUES), "classes": st.dictionaries(_NAMES, _VALUES)})


def plain(body: dict[str, Any]) -> dict[str, Any]:
    """A body without empty maps, which are the same as none."""
    return {name: value for name, value in body.items() if value != {}}


@pytest.mark.parametrize(("before", "after", "move"), [
    ({"status": "active"}, {"status": "active"}, {}),
    ({"status": "active"}, {"status": "inactive"}, {"status": ["active", "inactive"]}),
    ({}, {"username": "ana"}, {"username": [None, "ana"]}),
    ({"fields": {"a": 1, "b": 2}}, {"fields": {"b": 3}}, {"fields": {"a": [1, None], "b": [2, 3]}}),
    ({"classes": {"709": ["", "", "active"]}}, {}, {"classes": {"709": [["", "", "active"], None]}}),
])
def test_a_move_holds_before_and_after_of_what_changed_and_nothing_else(before, after, move):
    assert history.moved(before, after) == move


@given(_BODIES, _BODIES)
def test_what_nobody_touched_since_goes_back_whole(before, after):
    found = history.restored(after, history.moved(before, after))
    assert plain(found.body) == plain(before)
    assert found.kept == []


@given(_BODIES, _BODIES)
def test_undoing_the_undo_gives_the_state_again(before, after):
    back = history.restored(after, history.moved(before, after)).body
    assert plain(history.restored(back, history.moved(after, back)).body) == plain(after)


@given(_BODIES, _BODIES, _BODIES)
def test_a_value_goes_back_only_where_nobody_changed_it_since(before, after, now):
    found = history.restored(now, history.moved(before, after))
    for attribute in ("status", "username"):
        _check(found, attribute, "", *(body.get(attribute) for body in (before, after, now, found.body)))
    for attribute in ("fields", "classes"):
        for name in ("one", "two", "three"):
            _check(found, attribute, name,
                   *((body.get(attribute) or {}).get(name) for body in (before, after, now, found.body)))


def _check(found: history.Restored, attribute: str, name: str, before: Any, after: Any, now: Any, then: Any) -> None:
    moved = before != after
    assert then == (before if moved and now == after else now)
    assert ((attribute, name) in found.kept) == (moved and now not in (after, before))
    undone = found.undone.get(attribute)
    assert (undone is not None and (not name or name in undone)) == (moved and now == after)


@given(_BODIES, _BODIES, _BODIES)
def test_putting_back_twice_is_putting_back_once_and_changes_no_argument(before, after, now):
    move = history.moved(before, after)
    kept = {name: dict(value) if isinstance(value, dict) else value for name, value in now.items()}
    once = history.restored(now, move)
    assert now == kept
    again = history.restored(once.body, move)
    assert (again.body, again.undone, again.kept) == (once.body, {}, once.kept)

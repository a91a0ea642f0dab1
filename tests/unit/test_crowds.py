"""How many pairs one end may have: `rostering.crowds`."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rostering import crowds
from rostering.crowds import ENDS, Crowds
from rostering.fingerprints import Numbers
from rostering.model import Entity


@pytest.mark.parametrize(("kind", "place", "most", "of"), [
    ("enrollment", 0, 5_000, "students"), ("enrollment", 1, 500, "classes"), ("guardian_link", 0, 200, "students"),
    ("guardian_link", 1, 200, "guardians"), ("group_member", 0, 5_000, "members")])
def test_exactly_the_most_have_room_and_the_next_one_has_none(kind, place, most, of):
    counts = Crowds(kind)
    keys = [("one", str(n)) if place == 0 else (str(n), "one") for n in range(most + 2)]
    full = [counts.full(key, {"status": "active"}) for key in keys]
    assert full[:most] == [None] * most
    assert [(end.of, end.most) for end in full[most:]] == [(of, most)] * 2


def test_a_pair_that_has_no_room_at_one_end_takes_none_at_the_other(monkeypatch):
    monkeypatch.setitem(crowds.ENDS, "enrollment", tuple(end._replace(most=2) for end in ENDS["enrollment"]))
    counts = Crowds("enrollment")
    met = [counts.full(key, {}) for key in (("a", "1"), ("a", "2"), ("a", "3"), ("b", "3"), ("c", "3"), ("d", "3"))]
    assert [end and end.owner for end in met] == [None, None, "section", None, None, "student"]


def test_who_leaves_takes_no_room_and_who_may_see_nothing_does(monkeypatch):
    monkeypatch.setitem(crowds.ENDS, "guardian_link", tuple(end._replace(most=1) for end in ENDS["guardian_link"]))
    counts = Crowds("guardian_link")
    said = [{"status": "inactive"}, {"status": "inactive", "access": False}, {"status": "active"}]
    assert [bool(counts.full(("g", str(n)), fields)) for n, fields in enumerate(said)] == [False, False, True]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 30).map(str)), unique=True), st.integers(1, 5))
def test_nobody_gets_more_than_there_is_room_for_and_nobody_is_turned_back_who_has_room(pairs, most):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(crowds.ENDS, "enrollment", tuple(end._replace(most=most) for end in ENDS["enrollment"]))
        counts = Crowds("enrollment")
        has: Counter[tuple[int, str]] = Counter()
        for pair in pairs:
            room = all(has[place, pair[place]] < most for place in (0, 1))
            assert (counts.full(pair, {}) is None) == room
            if room:
                has.update(enumerate(pair))


@given(st.lists(st.tuples(st.text(max_size=4), st.integers(0, 9))))
def test_numbers_are_those_of_a_dict(said):
    numbers, told = Numbers(), {}
    for key, number in said:
        if number % 2:
            numbers.set(key, number)
            told[key] = number
        else:
            told[key] = told.get(key, 0) + number
            assert numbers.add(key, number) == told[key]
    assert {key: numbers.get(key) for key in told} == told and numbers.get("never") == 0


def test_numbers_hold_more_keys_than_they_began_with():
    numbers = Numbers()
    for n in range(5_000):
        numbers.add(str(n), n)
    assert [numbers.get(str(n)) for n in range(5_000)] == list(range(5_000))


def pupils(*active, over=()):
    return {str(n): {"status": "active"} for n in active} | {str(n): {"status": "inactive"} for n in over}


@pytest.mark.parametrize(("held", "moved", "too_many"), [
    (range(5_000), {"4999": [None, {"status": "active"}]}, False),
    (range(5_001), {"5000": [None, {"status": "active"}]}, True),
    (range(5_001), {"7": [{"status": "active"}, {"status": "active", "end_date": "2027-01-01"}]}, False),
    (range(5_001), {"7": [{"status": "inactive"}, {"status": "active"}]}, True),
    (range(5_001), {"7": [None, {"status": "active"}], "8": [{"status": "active"}, {"status": "inactive"}]}, False)])
def test_a_class_is_overfull_if_a_change_brings_more_than_5_000_and_more_than_it_ends(held, moved, too_many):
    section = Entity("section", "709", {}, {"students": pupils(*held, over=range(9_000, 9_100))})
    assert crowds.overfull(section, {"students": moved}) == too_many
    assert not crowds.overfull(section, {}) and not crowds.overfull(Entity("section", "709", {}), {"students": moved})

"""Packets of an answer in any order, and events folded over a set."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rostering.sif.sets import Packets, fold

ROSA, JOE = "7F" * 16, "8F" * 16


def packets(*numbers: int, last: int = 0) -> Packets:
    made = Packets()
    for number in numbers:
        made.add(number, more=number != last)
    return made


@given(st.integers(1, 40).flatmap(lambda n: st.tuples(st.just(n), st.permutations(range(1, n + 1)),
                                                       st.lists(st.integers(1, n), max_size=20))))
def test_any_order_with_any_repeats_ends_in_the_same_complete_set(told: tuple[int, list[int], list[int]]) -> None:
    n, order, again = told
    made = packets(*order, *again, last=n)
    assert made.complete and made.runs == [[1, n]] and list(made.numbers()) == list(range(1, n + 1))


@given(st.integers(2, 40).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(1, n), max_size=n - 1))))
def test_a_set_with_a_gap_is_never_complete(told: tuple[int, set[int]]) -> None:
    n, came = told
    assert not packets(*came, last=n).complete


@given(st.lists(st.integers(1, 30)))
def test_a_packet_counts_once(numbers: list[int]) -> None:
    made = Packets()
    fresh = [number for number in numbers if made.add(number, more=True)]
    assert sorted(fresh) == sorted(set(numbers)) == list(made.numbers())
    assert all(number in made for number in numbers) and 31 not in made


def test_without_the_last_packet_nobody_knows_how_many_there_are() -> None:
    assert not packets(1, 2, 3).complete


def test_an_error_ends_an_answer_that_is_never_complete() -> None:
    made = packets(1, 2, last=2)
    made.error = "8/9"
    assert made.ended and not made.complete


def test_a_change_alters_what_it_names_and_keeps_the_rest() -> None:
    base = [(ROSA, {"last_name": "Muñoz", "first_name": "Rosa", "emails": {"Primary": "a@x.org"}}, 3)]
    told = list(fold(base, [(ROSA, "Change", {"emails": {"Alternate1": "b@x.org"}})]))
    assert told == [(ROSA, {"last_name": "Muñoz", "first_name": "Rosa",
                            "emails": {"Primary": "a@x.org", "Alternate1": "b@x.org"}}, 0)]


def test_a_deleted_object_keeps_what_was_known_of_it() -> None:
    assert list(fold([(ROSA, {"local_id": "P1"}, 1)], [(ROSA, "Delete", {})])) == [
        (ROSA, {"local_id": "P1", "deleted": True}, 0)]


def test_who_comes_back_after_a_delete_is_there() -> None:
    events = [(ROSA, "Delete", {}), (ROSA, "Add", {"local_id": "P1"})]
    assert list(fold([(ROSA, {"local_id": "P0"}, 1)], events)) == [(ROSA, {"local_id": "P1"}, 0)]
    changed = [(ROSA, "Delete", {}), (ROSA, "Change", {"local_id": "P2"})]
    assert list(fold([(ROSA, {"local_id": "P0"}, 1)], changed)) == [(ROSA, {"local_id": "P2"}, 0)]


def test_a_change_may_come_before_its_add() -> None:
    events = [(JOE, "Change", {"first_name": "Joe"})]
    assert list(fold([(ROSA, {}, 1)], events)) == [(ROSA, {}, 1), (JOE, {"first_name": "Joe"}, 0)]


@pytest.mark.parametrize("times", [1, 2, 3])
def test_the_same_events_again_change_nothing(times: int) -> None:
    events = [(ROSA, "Change", {"first_name": "Rosa María"}), (JOE, "Delete", {})]
    base = [(ROSA, {"first_name": "Rosa"}, 1), (JOE, {"first_name": "Joe"}, 1)]
    assert list(fold(base, events * times)) == list(fold(base, events))


def test_an_object_that_a_set_holds_twice_is_told_once_where_an_event_names_it() -> None:
    base = [(ROSA, {"first_name": "Rosa"}, 1), (ROSA, {"first_name": "R."}, 2)]
    assert list(fold(base, [(ROSA, "Change", {"last_name": "Li"})])) == [
        (ROSA, {"first_name": "Rosa", "last_name": "Li"}, 0)]

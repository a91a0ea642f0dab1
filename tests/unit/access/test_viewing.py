"""View-as in the rules: what either of the two people may not do can't be done, and nothing but reading."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rostering.access.roles import RIGHTS, WHOLE_SITE, Actor, Target
from rostering.access.rules import ACTIONS, VIEWABLE, allow, may_ask

ROLES = ("Staff", "Teacher", "Guardian", "Student")
SCOPES = (
    Target("site", frozenset({"100"}), account="other"),
    Target("site"),
    Target("site", frozenset({"300"}), account="shown"),
    Target("site", frozenset({"300"}), account="pupil", taught=True),
    Target("elsewhere", frozenset({"100"}), account="shown", taught=True),
)
GRANTED = st.dictionaries(st.sampled_from(RIGHTS), st.frozensets(st.sampled_from([WHOLE_SITE, "100", "200"])))
ADMIN = Actor("site", "looks", "Staff", {"admin": frozenset({WHOLE_SITE})})


@settings(max_examples=10_000, deadline=None)  # as many as the handbook on threats asks for
@given(shown=GRANTED, looks=GRANTED, roles=st.tuples(st.sampled_from(ROLES), st.sampled_from(ROLES)),
       action=st.sampled_from(sorted(ACTIONS)), scope=st.sampled_from(SCOPES))
def test_nothing_is_open_in_a_view_that_either_alone_would_be_refused(shown, looks, roles, action, scope) -> None:
    viewer = Actor("site", "looks", roles[0], looks)
    alone = Actor("site", "shown", roles[1], shown)
    viewing = replace(alone, viewer=viewer)
    if allow(viewing, action, scope):
        assert action in VIEWABLE
        assert allow(alone, action, scope) and allow(viewer, action, replace(scope, taught=False))
        assert may_ask(viewing, action)


@pytest.mark.parametrize("action", sorted(set(ACTIONS) - VIEWABLE))
def test_what_isn_t_reading_is_closed_to_an_administrator_who_looks_as_an_administrator(action: str) -> None:
    viewing = replace(ADMIN, account="shown", viewer=ADMIN)
    assert not may_ask(viewing, action)
    assert not any(allow(viewing, action, scope) for scope in SCOPES)


def test_what_may_be_viewed_changes_nothing_and_is_no_credential() -> None:
    assert set(ACTIONS) >= VIEWABLE
    assert all(action.endswith((".read", ".list")) for action in VIEWABLE)


@pytest.mark.parametrize(("mine", "theirs"), list(itertools.product(range(4), repeat=2)))
def test_a_view_goes_down_in_rank_only(mine: int, theirs: int) -> None:
    who = {0: Actor("site", "looks", "Student"), 1: Actor("site", "looks", "Staff"),
           2: Actor("site", "looks", "Staff", {"view_as": frozenset({"100"})}), 3: ADMIN}[mine]
    decision = allow(who, "view_as.start", Target("site", frozenset({"100"}), account="other", rank=theirs))
    assert bool(decision) == (mine >= 2 and theirs < mine)


def test_a_view_stays_in_the_schools_of_the_right() -> None:
    who = Actor("site", "looks", "Staff", {"view_as": frozenset({"100"})})
    assert not allow(who, "view_as.start", Target("site", frozenset({"200"}), account="other"))

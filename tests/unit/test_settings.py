"""The limits that hold on a day: the handbook's, the site's, a school's, a window's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rostering import settings
from rostering.errors import SettingsError
from rostering.gate import Limits

SUMMER = {"from": "2026-07-01", "until": "2026-08-31", "limits": {"school_off": 500}, "reason": "roll-over"}


def limits(today: str = "2026-11-23", **given) -> Limits:
    return settings.limits(given, today=today)


def test_a_site_without_settings_has_the_defaults():
    assert limits() == Limits()


def test_a_site_changes_only_what_it_names():
    found = limits(limits={"school_off": 30})
    assert (found.school_off, found.school_off_some) == (30, 10)


def test_a_school_has_its_own_limits_over_those_of_the_site():
    found = limits(limits={"school_off": 30, "changed_percent": 60}, school_limits={"0014": {"school_off": 5}})
    assert (found.of("0014").school_off, found.of("0014").changed_percent) == (5, 60)
    assert found.of("0012").school_off == found.of("").school_off == 30


@pytest.mark.parametrize(("today", "off"), [("2026-06-30", 20), ("2026-07-01", 500), ("2026-08-31", 500),
                                            ("2026-09-01", 20)])
def test_a_window_counts_on_its_days_only(today, off):
    assert limits(today, windows=[SUMMER]).of("0012").school_off == off


def test_a_window_holds_for_schools_with_limits_of_their_own_too():
    found = limits("2026-07-10", windows=[SUMMER], school_limits={"0014": {"school_off": 5, "new_percent": 10}})
    assert (found.of("0014").school_off, found.of("0014").new_percent) == (500, 10)


def test_of_two_windows_the_later_listed_wins():
    august = SUMMER | {"from": "2026-08-01", "limits": {"school_off": 50}}
    assert limits("2026-08-10", windows=[SUMMER, august]).school_off == 50
    assert limits("2026-08-10", windows=[august, SUMMER]).school_off == 500


@given(st.dates(), st.dates(), st.dates())
def test_a_window_past_its_end_or_before_its_begin_counts_nothing(first, last, today):
    if 0 <= (last - first).days < 100:
        found = limits(today.isoformat(), windows=[SUMMER | {"from": str(first), "until": str(last)}])
        assert (found == Limits()) == (not first <= today <= last)


@pytest.mark.parametrize(("body", "says"), [
    ({"limits": {"no_such": 1}}, "no such limits: no_such"),
    ({"limits": {"schools": {}}}, "no such limits: schools"),
    ({"limits": {"school_off": -1}}, "school_off must not be less than 0"),
    ({"limits": {"school_off": "20"}}, "school_off must be a number"),
    ({"limits": {"school_off": True}}, "school_off must be a number"),
    ({"limits": {"school_off": 2.5}}, "school_off must be a whole number"),
    ({"limits": {"new_percent": float("nan")}}, "new_percent must be a number"),
    ({"limits": 5}, "give names and numbers"),
    ({"school_limits": {"0014": {"site_off": 5}}}, "school_limits of 0014: only the site has site_off"),
    ({"school_limits": {"": {"school_off": 5}}}, "needs the id of a school"),
    ({"school_limits": {"0014": {"no_such": 5}}}, "school_limits of 0014: no such limits"),
    ({"school_limits": [1]}, "by school id"),
    ({"windows": {}}, None),
    ({"windows": "summer"}, "windows must be a list"),
    ({"windows": [5]}, "window 1: give from"),
    ({"windows": [SUMMER, {**SUMMER, "until": ""}]}, "window 2: it needs a day 'until'"),
    ({"windows": [{name: SUMMER[name] for name in ("from", "limits")}]}, "it needs a day 'until'"),
    ({"windows": [SUMMER | {"from": "July"}]}, "'from' is no day"),
    ({"windows": [SUMMER | {"from": "20260701"}]}, "'from' is no day"),
    ({"windows": [SUMMER | {"until": 20260831}]}, "'until' is no day"),
    ({"windows": [SUMMER | {"until": "2026-06-30"}]}, "it ends (2026-06-30) before it begins (2026-07-01)"),
    ({"windows": [SUMMER | {"until": "2026-10-09"}]}, "longer than 100 days"),
    ({"windows": [SUMMER | {"until": "2026-10-08"}]}, None),
    ({"windows": [SUMMER | {"limits": {}}]}, "say the limits"),
    ({"windows": [SUMMER | {"limits": {"no_such": 1}}]}, "window 1: no such limits: no_such"),
    ({"windows": [SUMMER | {"schools": {}}]}, "no such setting: schools"),
    ({"windows": [SUMMER | {"reason": 5}]}, "reason must be a text"),
])
def test_what_cannot_be_is_told_in_a_sentence(body, says):
    if says is None:
        settings.check_limits(body)
    else:
        with pytest.raises(SettingsError) as told:
            settings.check_limits(body)
        assert says in str(told.value)

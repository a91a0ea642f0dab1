"""A plan passes the limits of each school and of the site, or it is held."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rostering.causes import WORDS, Figures
from rostering.gate import Limits, judge
from rostering.model import Hold

KINDS = tuple(WORDS)


def held(figures: dict[str, Figures], *, complete: bool = False, rows: int = 1_000, errors: int = 0,
         limits: Limits | None = None) -> list[Hold]:
    return judge(figures, complete=complete, rows=rows, rows_turned_back=errors, limits=limits or Limits())


def rules(figures: dict[str, Figures], **how) -> list[tuple[str, str]]:
    return [(hold.rule, hold.school) for hold in held(figures, **how)]


def students(**figures) -> dict[str, Figures]:
    return {"student": Figures(**{"active": {"0012": 400, "0014": 600}, "rows": 900} | figures)}


def test_a_plan_that_does_nothing_passes():
    assert held(students()) == []


@pytest.mark.parametrize(("off", "where"), [
    ({"0012": 20}, []),                                     # 5 % of the school, 2 % of the site
    ({"0012": 21}, ["0012"]),                               # more than 20 in a school
    ({"0012": 11, "0014": 10}, []),                         # more than 10 of the site, but not 3 %
    ({"0012": 16, "0014": 15}, [""]),                       # 3.1 % of the site
    ({"0099": 11}, ["0099"]),                               # all that it has
])
def test_deactivations_are_judged_in_each_school_and_in_the_site(off, where):
    assert rules(students(off=off)) == [("H-DEACTIVATIONS", school) for school in where]


def test_ten_of_a_small_school_pass_whatever_their_share():
    small = students(active={"0012": 30, "0014": 900}, off={"0012": 10})
    assert held(small) == []
    assert rules(students(active={"0012": 30, "0014": 900}, off={"0012": 11})) == [("H-DEACTIVATIONS", "0012")]


@pytest.mark.parametrize("kind", ["student", "staff", "guardian", "section"])
def test_each_kind_has_a_gate_of_its_own(kind):
    [hold] = held({kind: Figures(active={"0012": 1_000}, off={"0012": 21}, rows=979)})
    assert (hold.rule, hold.school, hold.kind, hold.count, hold.of) == (
        "H-DEACTIVATIONS", "0012", WORDS[kind], 21, 1_000)


def test_enrollments_end_more_often_and_have_limits_of_their_own():
    assert held({"enrollment": Figures(active={"0012": 1_000}, off={"0012": 200}, rows=800)}) == []
    assert rules({"enrollment": Figures(active={"0012": 1_000}, off={"0012": 201}, rows=799)}) == [
        ("H-DEACTIVATIONS", "0012"), ("H-DEACTIVATIONS", "")]


def test_changes_are_judged_in_each_school_above_a_floor():
    assert held(students(active={"0012": 30, "0014": 970}, changed={"0012": 20})) == []
    assert rules(students(active={"0012": 30, "0014": 970}, changed={"0012": 21})) == [("H-CHANGES", "0012")]
    assert rules(students(changed={"0012": 200, "0014": 301})) == [("H-CHANGES", "0014"), ("H-CHANGES", "")]


def test_many_new_people_are_held_on_a_live_site_only():
    assert held(students(active={"0012": 50}, new={"0012": 400})) == []
    assert rules(students(active={"0012": 51}, new={"0012": 21})) == [("H-NEW", "0012"), ("H-NEW", "")]


def test_a_school_that_opens_is_judged_by_the_site():
    assert held(students(new={"0020": 300})) == []
    assert rules(students(new={"0020": 301})) == [("H-NEW", "")]


def test_moved_columns_are_judged_in_each_school_above_a_floor():
    assert held(students(active={"0012": 30, "0014": 970}, moved_names={"0012": 10})) == []
    assert rules(students(active={"0012": 30, "0014": 970}, moved_names={"0012": 11})) == [
        ("H-SHIFTED-COLUMN", "0012")]


def test_a_complete_list_that_switches_anybody_off_is_held():
    assert rules(students(off={"0012": 1}), complete=True) == [("H-COMPLETE-LIST", "")]
    assert held(students(off={"0012": 1})) == []


def test_a_list_without_a_kind_that_is_active_is_held():
    [hold] = held({"staff": Figures(active={"0012": 3})}, complete=True)
    assert (hold.rule, hold.school, hold.cause, hold.action) == ("H-EMPTY-TYPE", "", "type_sent_nothing", "send_again")
    assert hold.message == "the list has no employees, but 3 are active"
    assert held({"staff": Figures(active={"0012": 3})}) == []


def test_of_a_kind_that_a_list_does_not_have_only_those_who_stay_are_told_to_and_the_others_are_judged():
    def told(off: int) -> list[tuple[str, str, int, int]]:
        holds = held({"guardian": Figures(active={"": 100}, off={"": off})}, complete=True)
        return [(hold.rule, hold.kind, hold.count, hold.of) for hold in holds]
    assert told(10) == [("H-COMPLETE-LIST", "", 10, 10), ("H-EMPTY-TYPE", "guardians", 0, 90)]
    assert told(11) == [("H-COMPLETE-LIST", "", 11, 11), ("H-EMPTY-TYPE", "guardians", 0, 89),
                        ("H-DEACTIVATIONS", "guardians", 11, 100)]
    assert told(100) == [("H-COMPLETE-LIST", "", 100, 100), ("H-DEACTIVATIONS", "guardians", 100, 100)]


def test_what_a_pull_brought_none_of_is_held_whatever_the_limits_and_beside_all_else() -> None:
    wide = Limits(**dict.fromkeys(("school_off", "school_off_some", "site_off", "enrollments_off"), 99_999))
    emptied = {"demographics": 900, "staff": 3}
    assert [(h.rule, h.school, h.kind, h.count, h.of, h.cause, h.action) for h in judge(
        students(off={"0012": 21}), complete=False, rows=900, rows_turned_back=0, limits=wide, emptied=emptied)] == [
        ("H-EMPTY-TYPE", "", "employees", 0, 3, "pull_sent_nothing", "send_again"),
        ("H-EMPTY-TYPE", "", "birth dates", 0, 900, "pull_sent_nothing", "send_again")]
    told = judge(students(off={"0012": 21}), complete=False, rows=900, rows_turned_back=0, limits=Limits(),
                 emptied={"student": 1_000})
    assert [(hold.rule, hold.school) for hold in told] == [("H-EMPTY-TYPE", ""), ("H-DEACTIVATIONS", "0012")]


def test_a_school_that_sent_nobody_is_told_instead_of_its_deactivations():
    holds = held(students(off={"0012": 400}, absent={"0012": 400}), complete=True)
    assert [(hold.rule, hold.school) for hold in holds] == [
        ("H-COMPLETE-LIST", ""), ("H-EMPTY-TYPE", "0012"), ("H-DEACTIVATIONS", "")]
    assert holds[1].message == "School 0012 sent no students, but 400 are active"
    assert {hold.cause for hold in holds[1:]} == {"school_sent_nothing"}
    assert holds[2].message.endswith(": School 0012 sent no students, but 400 are active")


def test_guardians_and_enrollments_go_with_the_students():
    holds = held(students(off={"0012": 150, "0014": 150}, absent={"0012": 150, "0014": 150})
                 | {"guardian": Figures(active={"": 900}, off={"": 200}, rows=700)}, complete=True)
    assert {hold.cause for hold in holds} == {"half_a_file"}
    assert [hold.message for hold in holds if hold.kind != "students"] == [
        "a Complete list that would switch off 500 records: the list seems to be cut short: 300 of 1,000 students are "
        "not in it",
        "200 of 900 guardians of the site would be switched off: the list seems to be cut short: 300 of 1,000 students "
        "are not in it"]


def test_rows_with_errors_are_held_above_their_share():
    assert held({}, rows=1_000, errors=10) == []
    [hold] = held({}, rows=1_000, errors=11)
    assert (hold.rule, hold.kind, hold.count, hold.of, hold.action) == ("H-ROW-ERRORS", "rows", 11, 1_000, "send_again")


def test_a_school_may_have_limits_of_its_own():
    own = Limits(schools={"0012": Limits(school_off=50, school_off_percent=100)})
    assert held(students(off={"0012": 25}), limits=own) == []
    assert rules(students(off={"0014": 25}), limits=own) == [("H-DEACTIVATIONS", "0014")]


def test_every_hold_says_what_and_offers_an_action():
    figures = students(off={"0012": 300}, absent={"0012": 300}, changed={"0014": 600}, moved_names={"0014": 600},
                       new={"0012": 400}, pairs=300)
    holds = held(figures, complete=True, errors=500)
    assert len({hold.rule for hold in holds}) == 7
    assert all(hold.message and hold.action for hold in holds)


numbers = st.dictionaries(st.sampled_from(["0012", "0014", "0016"]), st.integers(0, 400))


@given(st.sampled_from(["student", "staff", "guardian", "section"]), numbers, numbers, st.booleans())
def test_whatever_passes_loses_no_more_than_the_limits(kind, active, off, complete):
    figures = {kind: Figures(active=active, off={s: min(n, active.get(s, 0)) for s, n in off.items()}, rows=1)}
    if held(figures, complete=complete):
        return
    lost, limits = figures[kind].off, Limits()
    assert not (complete and sum(lost.values()))
    for school, number in lost.items():
        assert number <= limits.school_off
        assert number <= limits.school_off_some or number * 100 <= active[school] * limits.school_off_percent
    total = sum(lost.values())
    assert total <= limits.site_off or total * 100 <= sum(active.values()) * limits.site_off_percent


@given(st.integers(0, 60), st.integers(1, 60), st.integers(0, 20), st.integers(0, 100))
def test_no_share_holds_a_number_within_the_floor_of_a_small_school(active, off, floor, percent):
    limits = Limits(school_off_some=floor, school_off=floor + 100, school_off_percent=percent, site_off=1_000)
    found = [hold for hold in held({"student": Figures(active={"0012": active}, off={"0012": off}, rows=1)},
                                   limits=limits) if hold.rule == "H-DEACTIVATIONS"]
    share_is_above = off * 100 > active * percent if active else percent < 100
    assert bool(found) == (off > floor and share_is_above)


@given(numbers, numbers, st.sampled_from(["0012", "0014"]), st.integers(1, 50))
def test_who_is_held_is_held_also_if_more_would_go(active, off, school, more):
    def judged(off: dict[str, int]) -> set[tuple[str, str]]:
        return set(rules({"student": Figures(active=active, off=off, rows=1)}))

    assert judged(off) <= judged(off | {school: off.get(school, 0) + more})


@given(numbers, numbers, numbers, numbers)
def test_a_school_with_the_limits_of_the_site_is_judged_like_any(active, off, changed, new):
    figures = {"student": Figures(active=active, off=off, changed=changed, new=new, rows=1)}
    assert held(figures) == held(figures, limits=replace(Limits(), schools={"0012": Limits()}))

"""Each rule just inside its limit and just outside."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rostering.readiness import stages
from rostering.readiness.facts import STAGES, Ended, Facts
from rostering.readiness.rules import RULES, Finding, find
from tests.unit.readiness.school import facts, klass, people, person

NO_EMAIL: dict[str, Any] = {"fields": {"email": ""}}
BY_HAND: dict[str, Any] = {"by_hand": {"email": {"source": "a@b.example", "at": "", "by": "admin"}}}


def found(school: Facts, code: str, stage: str = "Student") -> Finding:
    return next(one for one in find(school, stage) if one.rule.code == code)


def mixed(role: str, good: int, bad: int, **worse: Any) -> list:
    return people(role, good) + [person(f"{role.lower()}-bad{number}", role, **worse) for number in range(bad)]


def ended(turned_back: int, *, state: str = "done") -> tuple[Ended, ...]:
    return (Ended("01A", "sheet", state, rows=1_000, turned_back=turned_back),)


SIGNED = {"signed_in_at": "2026-09-01T08:00:00.000Z"}
INSIDE_AND_OUTSIDE = {
    "courses": (facts(), facts(classes=(klass("709"), klass("710", has_course=False)))),
    "courses: none named": (facts(), facts(classes=(klass("709", course="", has_course=False),))),
    "courses: no class": (facts(), facts(classes=())),
    "classes: teacher": (facts(), facts(classes=(klass("709", teachers=("gone",)),))),
    "classes: student": (facts(), facts(classes=(klass("709", students=()),))),
    "emails": (facts(teachers=mixed("Teacher", 49, 1, **NO_EMAIL)),
               facts(teachers=mixed("Teacher", 48, 1, **NO_EMAIL))),
    "emails: by hand": (facts(teachers=mixed("Teacher", 49, 1, **BY_HAND)),
                        facts(teachers=mixed("Teacher", 98, 3, **BY_HAND))),
    "emails: refused": (facts(), facts(wrong_emails={"teacher0": "R-EMAIL"})),
    "sign_on": (facts(students=mixed("Student", 98, 2, **NO_EMAIL), single_sign_on=True),
                facts(students=mixed("Student", 97, 2, **NO_EMAIL), single_sign_on=True)),
    "standards": (facts(), facts(attested={})),
    "standards: a new course": (facts(), facts(classes=(klass("709"), klass("711", course="|band")))),
    "holds": (facts(), facts(holds=("01B",))),
    "holds: turned back": (facts(), facts(ended=ended(0, state="turned_back"))),
    "holds: failed": (facts(), facts(ended=ended(0, state="failed"))),
    "rows": (facts(ended=ended(9)), facts(ended=ended(10))),
    "matches": (facts(), facts(questions=("m1",))),
    "ways_in": (facts(), facts(ways_in={"student0": "first_secret"})),
    "ways_in: expired": (facts(), replace(facts(), ways_in={**facts().ways_in, "student3": "expired"})),
    "signed_in": (facts(teachers=mixed("Teacher", 1, 4, **SIGNED)), facts(teachers=mixed("Teacher", 2, 7, **SIGNED))),
}


@pytest.mark.parametrize("case", INSIDE_AND_OUTSIDE)
def test_a_rule_passes_inside_its_limit_and_misses_outside(case: str) -> None:
    inside, outside = INSIDE_AND_OUTSIDE[case]
    code = case.partition(":")[0]
    assert found(inside, code).met
    missed = found(outside, code)
    assert not missed.met and missed.count > 0 and missed.misses


def test_every_rule_has_a_case() -> None:
    assert {case.partition(":")[0] for case in INSIDE_AND_OUTSIDE} == {
        rule.code for rule in RULES if "Student" in rule.stages}


def test_the_handbook_s_nine_rules_have_its_numbers() -> None:
    assert [rule.number for rule in RULES] == list(range(1, 13))
    assert [rule.code for rule in RULES[:9]] == [
        "courses", "classes", "emails", "sign_on", "standards", "holds", "rows", "matches", "ways_in"]


def test_teachers_wait_for_rules_1_to_3_and_5_to_9() -> None:
    assert [one.rule.number for one in find(facts(), "Teacher")] == [1, 2, 3, 5, 6, 7, 8, 9]


def test_students_wait_for_all_nine_and_for_their_teachers() -> None:
    assert [one.rule.number for one in find(facts(), "Student")] == list(range(1, 11))


def test_students_emails_don_t_count_where_they_sign_in_by_password() -> None:
    school = facts(students=people("Student", 4, **NO_EMAIL))
    assert found(school, "sign_on").met
    assert not found(replace(school, single_sign_on=True), "sign_on").met


def test_a_way_in_is_asked_of_each_stage_s_own_accounts() -> None:
    school = replace(facts(), ways_in={**facts().ways_in, "guardian1": ""})
    assert [found(school, "ways_in", stage).met for stage in STAGES] == [True, True, False]


def test_a_member_of_staff_counts_with_the_teachers() -> None:
    school = facts(teachers=[*people("Teacher", 1), person("sam", "Staff")])
    lacking = replace(school, ways_in={**school.ways_in, "sam": ""})
    assert [miss.id for miss in found(lacking, "ways_in", "Teacher").misses] == ["sam"]


def test_guardians_wait_for_the_students_stage() -> None:
    assert not found(facts(), "students", "Guardian").met
    assert found(facts(released={"Student": {"state": "released"}}), "students", "Guardian").met


def test_a_pair_without_portal_access_has_no_link() -> None:
    barred = [person("kid", guardians={"guardian0": ["Father", "Father", False, "no_access"]})]
    link = {"kid": ["Father", "Father", False, "active"]}
    unlinked, linked = people("Guardian", 1), people("Guardian", 1, students=link)
    assert found(facts(students=barred, guardians=unlinked), "access", "Guardian").met
    assert not found(facts(students=barred, guardians=linked), "access", "Guardian").met


def test_nothing_that_is_told_names_a_person() -> None:
    school = facts(teachers=people("Teacher", 3, **NO_EMAIL), ways_in={}, attested={}, questions=("m1",))
    for stage in STAGES:
        for one in find(school, stage):
            assert all("Example" not in miss.label + miss.why for miss in one.misses)


def test_only_released_is_stored_the_other_states_follow() -> None:
    teachers = people("Teacher", 2, **SIGNED)
    assert stages.state(facts(), "Teacher")[0] == "ready"
    assert stages.state(facts(), "Student")[0] == "not ready"
    assert stages.state(facts(teachers=teachers), "Student")[0] == "ready"
    assert stages.state(facts(holds=("01B",), released={"Teacher": {"state": "released"}}), "Teacher")[0] == "released"

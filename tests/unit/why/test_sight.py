"""What an answer tells to whom: nothing of other schools, no values without the right, no names in a ticket."""

from __future__ import annotations

from typing import Any

import pytest

from rostering.access.roles import WHOLE_SITE, Actor
from rostering.why.answer import Answer, answer, may_answer
from rostering.why.case import Case
from rostering.why.question import Question
from tests.unit.why.test_outcomes import CASES
from tests.unit.why.world import (
    NOW,
    SITE,
    STUDENTS,
    World,
    enrollment,
    evidence,
    section,
    sheet,
    staff,
    student,
)

CEDAR = Actor(SITE, "principal", "Staff", {"accounts.manage": frozenset({"0013"})})
PINE = Actor(SITE, "principal", "Staff", {"accounts.manage": frozenset({"0012"})})
APPROVER = Actor(SITE, "approver", "Staff", {"loads.approve": frozenset({WHOLE_SITE})})


def teacher(world: World, key: str) -> Actor:
    return Actor(SITE, world.id(key, "staff"), "Teacher")


def case(world: World, actor: Actor, **asked: Any) -> Case:
    return Case(world.store, world.files, actor, Question(**asked), now=NOW)


def without_what_was_asked(found: Answer) -> dict[str, Any]:
    return {name: getattr(found, name) for name in Answer.__slots__}


@pytest.fixture(scope="module")
def world() -> World:
    """Somebody of each kind of trouble in school 0012: held, turned back, switched off, right."""
    world = World(Students=[*STUDENTS, student("s8", grade="99", last_name="Bad")],
                  Staff=[staff("t1"), staff("t2"), staff("t3", school="0013")])
    world.load(sheet(Students=[student("s9", last_name="Oak", birth_date="5/3/2013")]))
    return world


@pytest.mark.parametrize(("there", "nowhere"), [("s1", "s77"), ("s8", "s78"), ("s9", "s79"), ("Ana Oak", "Ina Rue"),
                                                ("Bad, Ana", "Rue, Ina"), ("s1@d.org", "s7@d.org"), ("g1", "g7"),
                                                ("t1", "t7")])
@pytest.mark.parametrize("entry", ["user_missing", "email_missing", "cannot_log_in"])
def test_who_is_in_another_school_is_as_who_is_nowhere(world, entry, there, nowhere):
    shown, absent = (world.ask(entry, actor=CEDAR, person=name) for name in (there, nowhere))
    assert without_what_was_asked(shown) == without_what_was_asked(absent)
    assert world.ask(entry, actor=PINE, person=there) != shown


def test_a_class_of_another_school_is_as_one_that_is_nowhere(world):
    shown, absent = (world.ask("class_missing", actor=CEDAR, class_=name) for name in ("709", "799"))
    assert without_what_was_asked(shown) == without_what_was_asked(absent)
    assert world.ask("class_missing", actor=PINE, class_="709").target == "709"


def test_a_school_that_isn_t_one_s_own_is_as_one_that_isn_t_there(world):
    for school in ("0012", "0099"):
        with pytest.raises(Exception, match=f"There is no school {school} that you may ask about"):
            world.ask("user_missing", actor=CEDAR, person="s1", school=school)


def test_names_and_values_are_for_who_may_see_the_account(world):
    full, bare = (world.ask("email_missing", actor=actor, person="s1") for actor in (PINE, APPROVER))
    assert (full.outcome, evidence(full)["email"]) == (bare.outcome, "s1@d.org")
    assert not any(fact.private for step in bare.trail for fact in step.finding.facts)
    assert "s1@d.org" not in bare.detail


def test_the_cell_that_was_turned_back_is_quoted_to_who_may_see_the_school(world):
    full, bare = (world.ask("user_missing", actor=actor, person="s8") for actor in (PINE, APPROVER))
    assert full.detail == ("The record was turned back. Students row 6, column Grade: R-GRADE '99' is not a grade. "
                           f"Use KG, 01 ... 12. (load {world.first})")
    assert bare.detail == f"The record was turned back. Students row 6, column Grade: R-GRADE (load {world.first})"


def test_a_teacher_asks_about_their_own_students(world):
    found = case(world, teacher(world, "t1"), entry="cannot_log_in", person="s1")
    assert may_answer(found) and answer(found).outcome == "NO_PASSWORD_YET"
    for other, person in (("t1", "s4"), ("t2", "s1"), ("t1", "s77"), ("t1", "t2"), ("t1", "s8")):
        assert not may_answer(case(world, teacher(world, other), entry="user_missing", person=person))


def test_a_teacher_asks_who_should_be_in_their_class(world):
    held = World(Class_Rosters=[enrollment("709", "s1"), enrollment("709", "s2", start_date="1/11/2027")],
                 Classes=[section("709"), section("710", teacher="t2")])
    found = case(held, teacher(held, "t1"), entry="enrollment_missing", person="s2", class_="709")
    assert may_answer(found) and answer(found).outcome == "ENROLLMENT_DATES"
    assert not may_answer(case(held, teacher(held, "t1"), entry="enrollment_missing", person="s9", class_="710"))


def test_several_of_one_name_are_listed_for_who_may_see_them(world):
    many = World(Students=[*STUDENTS, student("s5", last_name="Oak", birth_date="1/2/2012"),
                           student("s6", last_name="Oak", school="0013", birth_date="1/2/2011")])
    found = many.ask("user_missing", actor=PINE, person="Ana Oak")
    assert (found.outcome, {one.id for one in found.candidates}) == ("", {many.id("s1"), many.id("s5")})
    assert many.ask("user_missing", actor=CEDAR, person="Ana Oak").outcome == "FOUND_CHECK_VIEW"


@pytest.mark.parametrize(("asked", "near"), [("Anna Oak", "s1"), ("Ana Fire", "s4")])
def test_who_has_nearly_that_name_is_named(world, asked, near):
    assert world.id(near) in [one.id for one in world.ask("user_missing", person=asked).near]


def test_an_id_that_lost_its_zeros_is_near():
    world = World(Students=[student("004512")], Class_Rosters=[], Guardians=[])
    found = world.ask("user_missing", person="4512")
    assert [one.id for one in found.near] == [world.id("004512")]


@pytest.mark.parametrize("name", CASES)
def test_a_ticket_has_ids_and_codes_only(name):
    world, question, _ = CASES[name]()
    found = world.ask(**question)
    private = {fact.value for step in found.trail for fact in step.finding.facts if fact.private and fact.value}
    words = {"Ana", "Oak", "Elm", "Yew", "Fir", "Bo", "Mo", "Guardg", "d.org", "moved away"} | {
        value for value in private if len(value) > 3}
    assert found.ticket.startswith(f"why {question['entry']}: {found.outcome}")
    assert not [word for word in words if word in found.ticket]
    assert [line.split(" ")[0] for line in found.ticket.splitlines()[1:]] == [step.node for step in found.trail]


def test_what_a_person_could_answer_is_listed_and_taken():
    world = World()
    first = world.ask("user_missing", person="s9")
    assert [node for node, _ in first.asks] == ["U15", "U15b", "U15c", "U15d"]
    again = world.ask("user_missing", person="s9", answers={"U15": "yes", "U15b": "yes"})
    assert (again.outcome, again.asks) == ("WAIT_FOR_NEXT_LOAD", ())
    assert [step.by for step in again.trail][-2:] == ["you", "you"]


@pytest.mark.parametrize(("asked", "said"), [
    ({"entry": "user_missing"}, "Say whom it is about"),
    ({"entry": "enrollment_missing", "person": "s1"}, "Say which class"),
    ({"entry": "guardian_link_missing", "person": "g1"}, "Say which student"),
    ({"entry": "wrong_value", "person": "s1"}, "Say which value is wrong"),
    ({"entry": "wrong_value", "person": "s1", "field": "shoe size"}, "Say one of these values: birth_date"),
])
def test_a_question_that_is_not_whole_says_what_it_needs(world, asked, said):
    with pytest.raises(Exception, match=said):
        world.ask(**asked)


@pytest.mark.parametrize(("asked", "outcome"), [("Math 709", "FOUND_CHECK_VIEW"), ("math  709", "FOUND_CHECK_VIEW"),
                                                ("Math 71", "CLASS_NOT_IN_FEED"), ("Math", "CLASS_NOT_IN_FEED")])
def test_a_class_is_not_taken_for_one_of_another_number(world, asked, outcome):
    assert world.ask("class_missing", class_=asked).outcome == outcome


@pytest.mark.parametrize(("name", "commands"), [
    ("LEFT_THE_FEED", ["rollbook show {load}"]), ("LOAD_ON_HOLD", ["rollbook show {load}", "rollbook approve {load} "
                                                                  '--reason "…"']),
    ("MATCH_AMBIGUOUS", ['rollbook match decide {match} --same-as {candidate} --reason "…"',
                         'rollbook match decide {match} --new --reason "…"']),
    ("DUPLICATE_ACCOUNT", ["rollbook account merge {target} made --dry-run"]),
    ("VALUE_KEPT_BY_HAND", ['rollbook account use-source {target} grade --reason "…"']),
    ("FEED_PAUSED", ["rollbook zone resume Z1"]), ("FEED_DOWN", ["rollbook zone check Z1"])])
def test_the_next_commands_are_filled_with_what_was_found(name, commands):
    world, question, expected = CASES[name]()
    found = world.ask(**question)
    facts = evidence(found) | expected | {"target": found.target}
    assert list(found.commands) == [command.format_map(facts) for command in commands]


def test_commands_that_the_asker_may_not_give_are_left_out():
    world, question, _ = CASES["LOAD_ON_HOLD"]()
    clerk = Actor(SITE, "clerk", "Staff", {"accounts.manage": frozenset({WHOLE_SITE})})
    assert [command.split()[1] for command in world.ask(**question, actor=clerk).commands] == ["show"]


def test_in_a_site_of_many_schools_a_name_is_looked_for_in_what_was_sent_and_that_is_told(monkeypatch):
    world = World()
    world.by_hand("made", first_name="Lin", last_name="Kaya")
    monkeypatch.setattr("rostering.why.names.MOST_LISTINGS", 5)
    sent, made = (world.ask("user_missing", person=name) for name in ("Ana Elm", "Lin Kaya"))
    assert (sent.outcome, made.outcome, made.notes != ()) == ("FOUND_CHECK_VIEW", "SOURCE_EXTRACT_GAP", True)
    found = world.ask("user_missing", person="Lin Kaya", school="0012", role="Student")
    assert (found.outcome, found.notes) == ("FOUND_CHECK_VIEW", ())

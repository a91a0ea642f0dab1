"""Why, over HTTP and on the command line: who may ask, what is told, and that it is audited."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from accounts.api import Api
from cli import home
from rostering.clock import moment
from rostering.model import Account
from tests.integration.accounts.office import Office
from tests.integration.accounts.test_command_line import API, Desk, desk, run, s3
from tests.unit.why.world import NOW, SITE, STUDENTS, World, section, student

__all__ = ["desk", "s3"]
WHY = f"/sites/{SITE}/why"
TABS = {"Students": [*STUDENTS, student("s9", birth_date="13/45/2013"), student("s8", email="s8@d.org")],
        "Classes": [section("709"), section("720", course="NOPE")]}


def stand_in(office: Office, world: World) -> Office:
    """Let an office work on what the district's loads left, with an administrator in it."""
    office.store, office.work = world.store, world.files
    office.ports = replace(office.ports, store=world.store, work=world.files)
    office.api = Api(office.ports)
    office.clock.at = moment(NOW).timestamp()
    office.put(Account("boss", "Staff", "active", "boss", {"last_name": "Boss"}, rights={"admin": ["*"]}), site=SITE)
    office.put(Account("clerk", "Staff", "active", "clerk", {}, rights={"accounts.manage": ["0013"]}), site=SITE)
    return office


@pytest.fixture(scope="module")
def world() -> World:
    return World(**TABS)


@pytest.fixture(scope="module")
def office(world) -> Office:
    return stand_in(Office(), world)


def asked(office: Office, who: str = "boss", **query: Any) -> Any:
    return office.ask("GET", WHY, token=office.token(who, site=SITE), query=query)


def test_the_answer_says_who_has_to_do_what_and_how_it_was_found(office, world):
    answer = asked(office, question="user_missing", person="s9")
    assert answer.status == 200
    body = answer.body
    assert (body["outcome"], body["who"], body["who_is"]) == ("ROW_REJECTED", "sis",
                                                              "the school's or district's data office")
    assert body["detail"].startswith("The record was turned back. Students row 6, column Birth Date: R-DATE")
    assert body["do"] == "Fix in the sheet or SIS."
    assert body["commands"] == [f"rollbook show {world.first}"]
    assert [(step["node"], step["said"], step["by"]) for step in body["trail"]] == [
        ("U01", "no", "machine"), ("U10", "yes", "machine"), ("U11", "yes", "machine"), ("U13", "yes", "machine"),
        ("U14", "yes", "machine")]
    assert {"name": "row", "value": "6"} in body["trail"][-1]["evidence"]


@pytest.mark.parametrize(("query", "outcome"), [
    ({"question": "class_missing", "class": "720"}, "CLASS_PARENT_MISSING"),
    ({"question": "enrollment_missing", "student": "s1", "class": "709"}, "FOUND_CHECK_VIEW"),
    ({"question": "guardian_link_missing", "person": "s2", "guardian": "g1"}, "GUARDIAN_NOT_IN_FEED"),
    ({"question": "guardian_link_missing", "guardian": "g1", "student": "s1"}, "FOUND_CHECK_VIEW"),
    ({"question": "email_missing", "person": "s3"}, "EMAIL_NOT_IN_FEED"),
    ({"question": "cannot_log_in", "person": "s8@d.org"}, "NO_PASSWORD_YET"),
    ({"question": "wrong_value", "person": "s1", "field": "grade"}, "FIX_IN_SIS"),
    ({"question": "user_missing", "person": "s77", "answers": "U15:yes,U15b:yes"}, "WAIT_FOR_NEXT_LOAD"),
])
def test_every_entry_is_asked_by_its_name(office, query, outcome):
    assert asked(office, **query).body["outcome"] == outcome


def test_each_question_leaves_an_event_with_ids_and_codes(office, world):
    before = [one["event"] for one in office.audit(SITE)]
    asked(office, question="email_missing", person="s3")
    (event,) = [one for one in office.audit(SITE) if one["event"] not in before]
    assert event["what"] == "why.asked"
    assert {name: event[name] for name in ("by", "entry", "outcome", "target", "trail")} == {
        "by": "boss", "entry": "email_missing", "outcome": "EMAIL_NOT_IN_FEED", "target": world.id("s3"),
        "trail": "E01:no E05:no"}
    assert not {"person", "name", "email"} & event.keys()


@pytest.mark.parametrize("query", [
    {"question": "user_missing", "person": "{}"}, {"question": "email_missing", "person": "{}"},
    {"question": "cannot_log_in", "person": "{}", "role": "Student"}])
def test_another_school_s_person_is_answered_as_nobody(office, query):
    there, nowhere = (asked(office, "clerk", **{name: value.format(person) for name, value in query.items()})
                      for person in ("s1", "s71"))
    assert (there.status, there.body) == (nowhere.status, nowhere.body)


def test_a_teacher_is_told_of_their_own_students_alone(office, world):
    teacher = world.id("t1", "staff")
    assert asked(office, teacher, question="cannot_log_in", person="s1").body["outcome"] == "NO_PASSWORD_YET"
    for person in ("s4", "s71", "t2"):
        answer = asked(office, teacher, question="user_missing", person=person)
        assert (answer.status, answer.body["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(("query", "status", "said"), [
    ({"question": "user_missing"}, 422, "Say whom it is about"),
    ({"question": "wrong_value", "person": "s1", "field": "shoes"}, 422, "Say one of these values"),
    ({"question": "user_missing", "person": "s1", "school": "0099"}, 422, "There is no school 0099"),
    ({"question": "why_not", "person": "s1"}, 422, "question"),
    ({"question": "user_missing", "person": "s1", "answers": "U15=maybe"}, 422, "answers"),
])
def test_a_question_that_can_t_be_asked_says_why(office, query, status, said):
    answer = asked(office, **query)
    assert answer.status == status and said in answer.body["detail"]


# ---- on the command line


@pytest.fixture
def at_hand(desk: Desk, world: World) -> Iterator[Desk]:
    stand_in(desk.office, world)
    token = desk.office.token("boss", site=SITE)
    home.keep_session(SITE, {"api": API, "account": "boss", "access_token": token, "refresh_token": "r", "device": "d",
                             "expires_at": 4e9})
    yield desk


def why(*words: str) -> Any:
    return run("why", *words, "--site", SITE)


def test_the_command_says_the_answer_first_then_how_it_was_found(at_hand, world):
    lines = why("s9").stdout.splitlines()
    assert lines[:4] == [
        "The row has an error",
        lines[1], "  Who   the school's or district's data office", "  Do    Fix in the sheet or SIS."]
    assert lines[1].startswith("The record was turned back. Students row 6, column Birth Date: R-DATE")
    marks = [line.split()[1] for line in lines if line.split()[:1] and line.split()[0] in set("12345")]
    assert marks == ["✗", "✓", "✓", "✓", "✓"]
    assert lines[-1] == f"  rollbook show {world.first}"


@pytest.mark.parametrize(("words", "outcome"), [
    (("Ana Oak",), "FOUND_CHECK_VIEW"), (("Ana Oak", "--in", "709"), "FOUND_CHECK_VIEW"),
    (("--class", "720"), "CLASS_PARENT_MISSING"), (("s3", "--email"), "EMAIL_NOT_IN_FEED"),
    (("s1", "--sign-in"), "NO_PASSWORD_YET"), (("s1", "--field", "first name"), "FIX_IN_SIS"),
    (("s2", "--guardian", "g1"), "GUARDIAN_NOT_IN_FEED"), (("s1", "--school", "0013"), "OTHER_SCHOOL"),
    (("s77", "--answer", "U15=no"), "NOT_IN_SIS")])
def test_a_question_is_a_few_words(at_hand, words, outcome):
    result = why(*words, "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["outcome"] == outcome


def test_what_a_person_could_answer_is_told_with_how(at_hand):
    shown = why("s77").stdout
    assert "--answer U15=yes|no   Is the person entered and active in the SIS itself?" in shown


def test_a_ticket_is_plain_text_to_paste(at_hand):
    lines = why("s9", "--ticket").stdout.splitlines()
    assert lines[0].startswith("why user_missing: ROW_REJECTED") and len(lines) == 6
    assert lines[-1].startswith("U14 validation.record_rejected yes: source sheet; load 01LOAD")


@pytest.mark.parametrize(("words", "said"), [
    ((), "Say whom it is about"), (("s1", "--email", "--sign-in"), "Ask one thing at a time"),
    (("s1", "--class", "709"), 'rollbook why "s1" --in 709'), (("s1", "--answer", "U15"), "needs yes or no")])
def test_a_slip_is_told_in_one_line(at_hand, words, said):
    result = why(*words)
    assert result.exit_code == 1 and said in result.stderr

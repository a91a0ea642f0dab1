"""Every outcome of the tree has a district in which it is the answer, with the evidence that is true there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from accounts.notes import note
from rostering import by_hand
from rostering.clock import moment
from rostering.load import turned
from rostering.model import Problem
from rostering.store import keys
from tests import loads as runs
from tests.unit.load import district as d
from tests.unit.why.test_tree import TREE
from tests.unit.why.world import (
    NOW,
    SITE,
    STUDENTS,
    World,
    enrollment,
    evidence,
    guardian,
    row,
    section,
    sheet,
    staff,
    student,
)

FIRST = "2026-11-23T07:40:00.000Z"
LATER = "2026-11-26T07:40:00.000Z"
SSO = {"email": "s1@d.org", "at": "2026-11-22T07:40:00.000Z", "provider": "google", "via": ""}
Seeded = tuple[World, dict[str, Any], dict[str, str]]      # the district, the question, the evidence
CASES: dict[str, Callable[[], Seeded]] = {}


def case(name: str) -> Callable[[Callable[[], Seeded]], Callable[[], Seeded]]:
    """A decorator that enters a district under the outcome that it ends in (after a "/": another way to it)."""
    def enter(build: Callable[[], Seeded]) -> Callable[[], Seeded]:
        CASES[name] = build
        return build
    return enter


def missing(person: str, **more: Any) -> dict[str, Any]:
    return {"entry": "user_missing", "person": person} | more


# ---- a person is missing


@case("CREATE_MANUALLY")
def nothing_feeds_the_site() -> Seeded:
    return World(loaded=False), missing("s9"), {}


@case("FEED_DOWN")
def the_zone_does_not_answer() -> Seeded:
    world = World(loaded=False)
    world.zone([d.school(), d.student("R1")])
    world.pull("01P", "unavailable", at=LATER, code="NO_ANSWER", message="The zone does not answer.")
    return world, missing("R9", now=LATER), {"code": "NO_ANSWER", "at": LATER, "source": "sif:Z1"}


@case("FEED_PAUSED")
def the_zone_is_paused() -> Seeded:
    world = World(loaded=False)
    world.zone([d.school(), d.student("R1")], paused="summer")
    return world, missing("R9", now=LATER), {"source": "sif:Z1"}


def through_gg4l(**district: Any) -> World:
    """A district at GG4L that was pulled once; `district` is what its item, and the connection's, say besides."""
    world = World(loaded=False)
    poll = {name: value for name, value in district.items() if name.startswith("poll")}
    world.put(keys.gg4l_connection(SITE), {"discovery_url": "https://d", "token_url": "https://t"} | poll)
    world.put(keys.gg4l_district(SITE, "d1"), {"district": "d1", "linked": True, "state": "COMPLETED"} | district)
    runs.run(world.store, world.files, "01G", [d.school(), d.student("U1")], source="gg4l:d1", now=FIRST)
    return world


@case("FEED_DOWN/GG4L")
def discovery_does_not_answer() -> Seeded:
    world = through_gg4l(poll_code="NO_ANSWER", poll_message="GG4L does not answer.", polled_at=LATER)
    return world, missing("U9", now=LATER), {"code": "NO_ANSWER", "at": LATER, "source": "gg4l:d1"}


@case("FEED_PAUSED/GG4L")
def the_sharing_has_expired() -> Seeded:
    return through_gg4l(state="EXPIRED"), missing("U9", now=LATER), {"source": "gg4l:d1"}


@case("ROW_REJECTED/GG4L")
def a_user_of_oneroster_was_turned_back() -> Seeded:
    world = through_gg4l()
    turned.write(world.files, SITE, "01G", turned.of_connection([
        Problem("R-REQUIRED", "users", 0, "givenName", "U9: no name", "U9")]))
    return world, missing("U9", role="Student"), {"load": "01G", "sourcedId": "U9", "code": "R-REQUIRED"}


@case("ROW_REJECTED/zone")
def an_object_of_the_zone_was_turned_back() -> Seeded:
    world = World(loaded=False)
    world.zone([d.school(), d.student("R1")])
    turned.write(world.files, SITE, "01Z", turned.of_connection([
        Problem("R-REQUIRED", "StudentPersonal", 0, "Name", "R9: no name", "R9")]))
    return world, missing("R9"), {"load": "01Z", "RefId": "R9", "tab": "StudentPersonal", "code": "R-REQUIRED"}


@case("LEFT_THE_FEED/zone")
def two_pulls_without_the_person() -> Seeded:
    world = World(loaded=False)
    for number, day in enumerate(("20", "21", "24")):
        others = [] if number else [d.student("R9", last_name="Yew")]
        world.zone([d.school(), d.student("R1"), *others], load=f"01Z{number}", at=f"2026-11-{day}T07:40:00.000Z",
                   complete=True)
    return world, missing("R9", now="2026-11-24T08:40:00.000Z"), {"load": "01Z2", "rule": "absent"}


@case("LOAD_ON_HOLD")
def the_newest_load_waits() -> Seeded:
    world = World()
    held = world.hold(sheet(complete=True, Students=[*STUDENTS[:3], student("s9")]))
    return world, missing("s9"), {"load": held, "code": "H-COMPLETE-LIST"}


@case("FILE_REJECTED")
def the_newest_file_was_turned_back() -> Seeded:
    world = World()
    load = world.office.drop(b"no workbook")
    return world, missing("s9"), {"load": load, "code": "F-NOT-EXCEL"}


@case("FEED_STALE")
def the_last_sheet_is_of_another_school_year() -> Seeded:
    world = World()
    return world, missing("s9", now="2027-08-20T07:40:00.000Z"), {"load": world.first}


@case("NOT_IN_SIS")
def somebody_looked_into_the_sis() -> Seeded:
    world = World()
    return world, missing("s9", answers={"U15": "no"}), {"load": world.first}


@case("WAIT_FOR_NEXT_LOAD")
def entered_after_the_last_load() -> Seeded:
    world = World()
    return world, missing("s9", answers={"U15": "yes", "U15b": "yes"}), {"load": world.first}


@case("NOT_SHARED")
def nobody_of_the_school_is_sent() -> Seeded:
    return World(), missing("s9", role="Student", school="0013"), {"school": "0013"}


@case("SIS_ENROLLMENT_NOT_CURRENT")
def known_once_with_a_last_day_that_has_passed() -> Seeded:
    world = World(Students=[*STUDENTS, student("s9", end_date="9/1/2026")])
    load = world.load(sheet(complete=True))
    return world, missing("s9", role="Student"), {"load": load, "until": "2026-09-01"}


@case("SOURCE_EXTRACT_GAP")
def the_school_is_sent_but_not_the_person() -> Seeded:
    world = World()
    return world, missing("s9", role="Student", school="0012"), {"load": world.first, "count": "4"}


@case("ROW_REJECTED")
def the_row_has_a_date_that_is_none() -> Seeded:
    world = World(Students=[*STUDENTS, student("s9", birth_date="13/45/2013")])
    return world, missing("s9"), {"load": world.first, "tab": "Students", "row": "6", "column": "Birth Date",
                                  "code": "R-DATE"}


@case("ROW_REJECTED/by name")
def the_row_has_an_id_that_is_none() -> Seeded:
    world = World(Students=[*STUDENTS, student("s9", id="no id!")])
    return world, missing("Ana Yew"), {"load": world.first, "tab": "Students", "row": "6", "code": "R-ID-CHARS"}


@case("ROW_REJECTED/by the gate")
def the_username_is_taken() -> Seeded:
    world = World()
    world.issue()
    load = world.load(sheet(Students=[student("s9", username=world.account("s1").username)]))
    return world, missing("s9"), {"load": load, "row": "2", "code": "R-USERNAME-TAKEN", "column": "Username"}


@case("ROW_REJECTED/in an older sheet")
def a_later_sheet_says_nothing_of_the_row() -> Seeded:
    world = World(Students=[*STUDENTS, student("s9", grade="99")])
    world.load(sheet(Students=[student("s1")]))
    return world, missing("s9"), {"load": world.first, "row": "6", "code": "R-GRADE"}


@case("MATCH_AMBIGUOUS")
def the_same_name_and_birth_date_under_another_id() -> Seeded:
    world = World()
    load = world.load(sheet(Students=[student("s9", last_name="Oak", birth_date="5/3/2013")]))
    return world, missing("s9"), {"load": load, "tab": "Students", "row": "2", "rule": "possible_duplicate",
                                  "candidate": world.id("s1")}


@case("MATCHES_MANUAL_ACCOUNT")
def a_person_made_the_account_before() -> Seeded:
    world = World()
    world.by_hand("made", first_name="Ana", last_name="Yew", birth_date="2013-05-09")
    load = world.load(sheet(Students=[student("s9", birth_date="5/9/2013")]))
    return world, missing("s9"), {"load": load, "row": "2", "rule": "manual_account", "candidate": "made"}


@case("DUPLICATE_ACCOUNT")
def somebody_made_another_account_of_the_person() -> Seeded:
    world = World()
    world.by_hand("made", first_name="Ana", last_name="Oak", birth_date="2013-05-03")
    return world, missing("s1"), {"account": "made"}


@case("OTHER_SCHOOL")
def looked_for_in_the_wrong_school() -> Seeded:
    return World(), missing("s1", school="0013"), {"school": "0012"}


@case("WRONG_ROLE")
def expected_as_a_student() -> Seeded:
    return World(), missing("t1", role="Student"), {"role": "Teacher"}


@case("NOT_STARTED_YET")
def the_first_day_is_to_come() -> Seeded:
    world = World(Students=[*STUDENTS, student("s9", start_date="1/11/2027")])
    return world, missing("s9"), {"from": "2027-01-11"}


@case("FOUND_CHECK_VIEW")
def everything_is_right() -> Seeded:
    world = World()
    return world, missing("Oak, Ana", school="0012", role="Student"), {"account": world.id("s1")}


@case("SOURCE_SAYS_INACTIVE")
def inactive_from_the_start() -> Seeded:
    world = World(Students=[*STUDENTS, student("s9", status="Inactive")])
    return world, missing("s9"), {"load": world.first, "row": "6", "value": "inactive"}


@case("GUARDIAN_NO_ACCESS")
def a_guardian_without_access() -> Seeded:
    world = World(Guardians=[guardian("g1", "s1"), guardian("g9", "s2", access="No")])
    return world, missing("g9", role="Guardian"), {"load": world.first, "tab": "Guardians", "row": "3"}


@case("ESCALATE_LOAD_BUG")
def the_record_is_good_and_the_account_is_gone() -> Seeded:
    world = World()
    world.store.delete_many([keys.account(SITE, world.id("s3"))])
    return world, missing("s3"), {"load": world.first, "row": "4"}


@case("DEACTIVATED_BY_ADMIN")
def switched_off_by_a_person() -> Seeded:
    world = World()
    world.alter("s1", lambda one: by_hand.switch_off(one, by="boss", reason="moved away", at=NOW))
    return world, missing("s1"), {"by": "boss", "at": NOW}


@case("LEFT_THE_FEED")
def a_complete_list_without_the_person() -> Seeded:
    world = World()
    load = world.load(sheet(complete=True, Students=STUDENTS[:3]))
    return world, missing("s4"), {"load": load, "rule": "absent"}


@case("ID_CHANGED")
def the_person_comes_back_under_another_id() -> Seeded:
    world = World()
    world.load(sheet(complete=True, Students=STUDENTS[:3]))
    load = world.load(sheet(Students=[student("s44", last_name="Fir", birth_date="7/3/2013")]))
    return world, missing("s4"), {"load": load, "row": "2", "key": "s44", "code": "H-ID-SWAP"}


# ---- a class is missing


def no_class(name: str, **more: Any) -> dict[str, Any]:
    return {"entry": "class_missing", "class_": name} | more


@case("CLASS_INACTIVE")
def the_class_is_off() -> Seeded:
    world = World()
    load = world.load(sheet(Classes=[section("709", status="Inactive")]))
    return world, no_class("709"), {"load": load, "row": "2", "section": "709"}


def in_term(first: str, last: str) -> World:
    return World(Terms=[row("Terms", {"id": "SY", "name": "Year", "year": "2027", "start_date": first,
                                      "end_date": last})])


@case("TERM_NOT_STARTED")
def the_term_is_to_come() -> Seeded:
    return in_term("1/11/2027", "6/30/2027"), no_class("709"), {"term": "sy: 2027-01-11 to 2027-06-30"}


@case("TERM_ENDED")
def the_term_is_over() -> Seeded:
    return in_term("8/1/2026", "10/30/2026"), no_class("709"), {"term": "sy: 2026-08-01 to 2026-10-30"}


@case("CLASS_WITHOUT_TEACHER")
def the_teacher_is_off() -> Seeded:
    world = World()
    world.load(sheet(Staff=[staff("t1", status="Inactive"), staff("t2")]))
    return world, no_class("Math 709"), {"teacher": f"{world.id('t1', 'staff')} (inactive)"}


@case("VIEWER_NOT_TEACHER")
def another_teacher_looks() -> Seeded:
    world = World()
    return world, no_class("709", viewer="t2@d.org"), {"viewer": world.id("t2", "staff")}


@case("CLASS_EMPTY")
def nobody_is_in_the_class() -> Seeded:
    return World(Classes=[section("709"), section("710")]), no_class("710", viewer="t1"), {"section": "710"}


@case("FOUND_CHECK_VIEW/class")
def the_class_is_right() -> Seeded:
    return World(), no_class("709", viewer="t1"), {"members": "3"}


@case("CLASS_PARENT_MISSING")
def the_course_is_missing() -> Seeded:
    world = World(Classes=[section("709"), section("720", course="NOPE")])
    return world, no_class("720"), {"load": world.first, "tab": "Classes", "row": "3", "code": "R-REF",
                                    "column": "Course ID"}


@case("ROW_REJECTED/class")
def the_class_has_no_name() -> Seeded:
    world = World(Classes=[section("709"), section("720", name="")])
    return world, no_class("720"), {"load": world.first, "tab": "Classes", "row": "3", "code": "R-REQUIRED"}


@case("CLASS_NOT_IN_FEED")
def the_source_knows_no_such_class() -> Seeded:
    world = World()
    return world, no_class("999", school="0012"), {"load": world.first, "count": "1"}


@case("NOT_SHARED/class")
def the_source_sends_no_class_of_the_school() -> Seeded:
    return World(), no_class("999", school="0013"), {"school": "0013"}


@case("GROUP_MADE_BY_HAND")
def it_is_a_group() -> Seeded:
    world = World(Groups=[row("Groups", {"id": "rti", "name": "Readers", "school": "0012", "owner": "t1",
                                         "member_type": "Student", "member": "s1"})])
    return world, no_class("Readers"), {"group": "rti", "owner": world.id("t1", "staff")}


# ---- an email is missing or wrong


def email(person: str, **more: Any) -> dict[str, Any]:
    return {"entry": "email_missing", "person": person} | more


@case("EMAIL_KEPT_BY_HAND")
def somebody_typed_the_email() -> Seeded:
    world = World()
    world.alter("s1", lambda one: by_hand.set_fields(one, {"email": "x@d.org"}, by="boss", at=NOW))
    return world, email("s1"), {"by": "boss", "at": NOW, "email": "x@d.org", "the source says": "s1@d.org"}


@case("EMAIL_OK")
def the_email_is_the_one_that_signs_in() -> Seeded:
    world = World()
    world.login("s1", sso=SSO)
    return world, email("s1"), {"way": "google", "used": "s1@d.org"}


@case("EMAIL_NOT_LOGIN_EMAIL")
def another_email_signs_in() -> Seeded:
    world = World()
    world.login("s1", sso=SSO | {"email": "ana@d.org"})
    return world, email("s1"), {"way": "google", "email": "s1@d.org", "used": "ana@d.org"}


@case("EMAIL_NOT_IN_FEED")
def the_row_has_no_email() -> Seeded:
    world = World()
    return world, email("s3"), {"load": world.first, "tab": "Students", "row": "4"}


@case("EMAIL_INVALID")
def the_email_is_no_address() -> Seeded:
    world = World()
    load = world.load(sheet(Students=[student("s3", email="no mail")]))
    return world, email("s3"), {"load": load, "tab": "Students", "row": "2", "column": "Email", "code": "R-EMAIL"}


@case("EMAIL_TAKEN")
def another_student_has_the_email() -> Seeded:
    world = World()
    world.load(sheet(Students=[student("s3", email="s1@d.org")]))
    return world, email("s3"), {"account": world.id("s1"), "code": "R-EMAIL-TAKEN"}


@case("EMAIL_TAKEN/twice in a sheet")
def two_rows_have_the_email() -> Seeded:
    world = World()
    world.load(sheet(Students=[student("s2", email="x@d.org"), student("s3", email="x@d.org")]))
    return world, email("s3"), {"row": "3", "code": "R-EMAIL-TAKEN"}


# ---- a student is missing from a class


def not_in_class(person: str, name: str = "709", **more: Any) -> dict[str, Any]:
    return {"entry": "enrollment_missing", "person": person, "class_": name} | more


@case("FOUND_CHECK_VIEW/enrollment")
def the_student_is_in_the_class() -> Seeded:
    return World(), not_in_class("s1"), {"section": "709", "status": "active"}


@case("ENROLLMENT_DATES")
def the_enrollment_begins_later() -> Seeded:
    world = World(Class_Rosters=[enrollment("709", "s1", start_date="1/11/2027")])
    return world, not_in_class("s1"), {"from": "2027-01-11"}


@case("ENROLLMENT_REMOVED_BY_HAND")
def a_person_took_the_student_out() -> Seeded:
    world = World()
    was = world.store.get(keys.account(SITE, world.id("s1")))
    world.alter("s1", lambda one: replace(one, classes={"709": ["", "2026-11-20", "inactive"]}))
    item = world.store.get(was.key)
    world.store.insert(note(item, was, name="hand-1", action="update", about={"by": "boss", "at": NOW}))
    return world, not_in_class("s1"), {"by": "boss", "at": NOW}


@case("ENROLLMENT_LEFT_FEED")
def a_complete_list_without_the_enrollment() -> Seeded:
    world = World()
    load = world.load(sheet(complete=True, Class_Rosters=[enrollment("709", "s2"), enrollment("709", "s3")]))
    return world, not_in_class("s1"), {"load": load}


@case("ENROLLMENT_PARENT_MISSING")
def the_enrollment_came_before_the_student() -> Seeded:
    world = World(Class_Rosters=[enrollment("709", "s1"), enrollment("709", "s9")])
    world.load(sheet(Students=[student("s9")], Class_Rosters=[enrollment("709", "s1")]))
    return world, not_in_class("s9"), {"load": world.first, "tab": "Class Rosters", "row": "3", "code": "R-REF"}


@case("ROW_REJECTED/enrollment")
def the_enrollment_has_a_bad_date() -> Seeded:
    world = World(Class_Rosters=[enrollment("709", "s1"), enrollment("709", "s4", start_date="soon")])
    return world, not_in_class("s4"), {"load": world.first, "tab": "Class Rosters", "row": "3", "code": "R-DATE"}


@case("ENROLLMENT_NOT_IN_FEED")
def the_source_has_no_such_enrollment() -> Seeded:
    world = World()
    return world, not_in_class("Ana Fir"), {"load": world.first}


@case("WAIT_FOR_NEXT_LOAD/enrollment")
def scheduled_after_the_last_load() -> Seeded:
    return World(), not_in_class("s4", answers={"N08": "yes"}), {}


@case("TERM_ENDED/enrollment")
def the_class_is_over() -> Seeded:
    return in_term("8/1/2026", "10/30/2026"), not_in_class("s1"), {"term": "sy: 2026-08-01 to 2026-10-30"}


# ---- a guardian does not see a student


def not_linked(guardian: str, student: str, **more: Any) -> dict[str, Any]:
    return {"entry": "guardian_link_missing", "person": guardian, "student": student} | more


@case("FOUND_CHECK_VIEW/guardian")
def the_guardian_is_linked() -> Seeded:
    world = World()
    return world, not_linked("g1", "s1"), {"student": world.id("s1"), "status": "active"}


@case("ADULT_STUDENT")
def the_student_is_of_age() -> Seeded:
    world = World(Students=[student("s1", birth_date="11/20/2008"), *STUDENTS[1:]])
    world.settings(guardians_of_adults="closed")
    return world, not_linked("g1", "s1"), {"student": world.id("s1")}


@case("GUARDIAN_NO_ACCESS/pair")
def no_access_to_this_student() -> Seeded:
    world = World(Guardians=[guardian("g1", "s1"), guardian("g1", "s2", access="No")])
    return world, not_linked("g1", "s2"), {"load": world.first, "tab": "Guardians", "row": "3"}


@case("GUARDIAN_NOT_IN_FEED")
def the_source_does_not_have_the_pair() -> Seeded:
    world = World()
    return world, not_linked("g1", "s2"), {"load": world.first}


@case("DUPLICATE_ACCOUNT/guardian")
def the_link_hangs_on_another_account() -> Seeded:
    world = World(Guardians=[guardian("g1", "s1", last_name="Guard"), guardian("g2", "s2", last_name="Guard"),
                             guardian("g1", "s2", last_name="Guard", primary="maybe")])
    return world, not_linked("g1", "s2"), {"account": world.id("id:g2", "guardian"), "row": "4"}


@case("ROW_REJECTED/guardian")
def the_row_of_the_pair_was_turned_back() -> Seeded:
    world = World(Guardians=[guardian("g1", "s1"), guardian("g1", "s2", primary="maybe")])
    return world, not_linked("g1", "s2"), {"load": world.first, "tab": "Guardians", "row": "3"}


# ---- cannot log in


def no_way_in(person: str, **more: Any) -> dict[str, Any]:
    return {"entry": "cannot_log_in", "person": person} | more


@case("LOCKED")
def closed_after_a_hundred_tries() -> Seeded:
    world = World()
    world.tries(world.account("s1").username, {"all": [100, int(moment(NOW).timestamp())]})
    return world, no_way_in("s1"), {"wrong tries": "100"}


@case("LOCKED/for a while")
def waiting_after_many_tries() -> Seeded:
    world = World()
    now = int(moment(NOW).timestamp())
    world.tries(world.account("s1").username, {"all": [14, now], "networks": {"192.0.2.0/24": [14, now]}})
    return world, no_way_in("s1"), {"wrong tries": "14", "until": "2026-11-23T20:08:32.000Z"}


@case("NOT_DISTRIBUTED")
def the_students_are_not_released() -> Seeded:
    world = World()
    world.settings(hand_out="staged")
    world.put(keys.stage(SITE, "0012", "Teacher"), {"state": "released", "at": NOW, "by": "boss"})
    return world, no_way_in("s1"), {"stage": "Student", "schools": "0012"}


def by_google(**sso: str) -> World:
    world = World()
    world.settings(sign_in=["google"])
    world.login("s1", sso=SSO | sso)
    return world


@case("CLEVER_LINK")
def through_the_clever_link() -> Seeded:
    return by_google(via="clever"), no_way_in("s1"), {"via": "clever"}


@case("SSO_PROVIDER")
def the_trouble_is_at_google() -> Seeded:
    return by_google(), no_way_in("s1"), {"way": "google"}


@case("EMAIL_NOT_LOGIN_EMAIL/sign-in")
def google_says_another_email() -> Seeded:
    return by_google(email="ana@d.org"), no_way_in("s1"), {"used": "ana@d.org"}


@case("NO_PASSWORD_YET")
def nothing_was_issued() -> Seeded:
    return World(), no_way_in("s1"), {"account": World().id("s1")}


@case("INITIAL_EXPIRED")
def the_first_secret_ran_out() -> Seeded:
    world = World()
    world.login("s1", expires_at="2026-11-22T00:00:00.000Z")
    return world, no_way_in("s1"), {"until": "2026-11-22T00:00:00.000Z"}


@case("WRONG_USERNAME")
def the_email_was_typed() -> Seeded:
    world = World()
    world.login("s1")
    world.tries("s1@d.org", {"all": [3, int(moment(NOW).timestamp()) - 60]})
    return world, no_way_in("s1"), {"typed": "s1@d.org", "username": world.account("s1").username, "wrong tries": "3"}


@case("RESET_PASSWORD")
def everything_else_is_right() -> Seeded:
    world = World()
    world.login("s1", state="own")
    world.settings(hand_out="staged")
    world.put(keys.stage(SITE, "0012", "Student"), {"state": "released", "at": NOW, "by": "boss"})
    return world, no_way_in("s1"), {"state": "own"}


# ---- a value is wrong


def wrong(person: str, name: str, **more: Any) -> dict[str, Any]:
    return {"entry": "wrong_value", "person": person, "field": name} | more


@case("VALUE_KEPT_BY_HAND")
def somebody_typed_the_grade() -> Seeded:
    world = World()
    world.alter("s1", lambda one: by_hand.set_fields(one, {"grade": "08"}, by="boss", at=NOW))
    return world, wrong("s1", "Grade"), {"by": "boss", "value": "08", "the source says": "07"}


@case("FIX_IN_SIS")
def the_source_says_so() -> Seeded:
    world = World()
    return world, wrong("s1", "first name"), {"load": world.first, "row": "2", "value": "Ana"}


@case("ROW_REJECTED/value")
def the_row_with_the_new_value_was_turned_back() -> Seeded:
    world = World()
    load = world.load(sheet(Students=[student("s1", grade="8th or so")]))
    return world, wrong("s1", "grade"), {"load": load, "row": "2", "code": "R-GRADE"}


@case("LOAD_ON_HOLD/value")
def the_new_value_waits() -> Seeded:
    world = World()
    world.alter("s1", lambda one: replace(one, fields=one.fields | {"grade": "09"}))      # as if a load had been undone
    held = world.hold(sheet(complete=True, Students=[student("s1", grade="08")]))
    return world, wrong("s1", "grade"), {"load": held}


@pytest.mark.parametrize("name", CASES)
def test_each_outcome_is_found_with_its_evidence(name):
    world, question, expected = CASES[name]()
    answer = world.ask(**question)
    trail = [(step.node, step.said) for step in answer.trail]
    assert answer.outcome == name.partition("/")[0], trail
    found = {(fact.name, fact.value) for step in answer.trail for fact in step.finding.facts}
    assert set(expected.items()) <= found, (trail, evidence(answer))
    assert answer.title == TREE.outcomes[answer.outcome].title and answer.detail


def test_every_outcome_has_a_district():
    assert {name.partition("/")[0] for name in CASES} == set(TREE.outcomes)

"""Schools, terms, courses, sections and rosters out of rows; and where absence means something."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rostering import oneroster
from rostering.oneroster.dates import year_of
from rostering.oneroster.problems import MESSAGES
from rostering.oneroster.rows import Flaw
from tests.unit.oneroster import objects as z

BASE = [z.district(), z.org(), z.session(), z.course(), z.teacher("t-8"), z.teacher("t-9"), z.teacher("t-7"),
        z.student("s-1"), z.student("s-2")]


def of_section(*more: z.Told, **how) -> dict:
    return z.one("section", [*BASE, *more], **how)


@pytest.mark.parametrize(("identifier", "key", "shown"), [
    ("North-1", "north-1", "North-1"), ("", "o-1", "o-1"), ("no id", "o-1", "o-1")])
def test_schools_are_keyed_by_identifier_so_that_all_sources_speak_of_one(identifier, key, shown):
    (record,) = [each for each in z.records([z.org(identifier=identifier)]) if each.kind == "school"]
    assert (record.key, record.fields["id"]) == (key, shown)


def test_a_school_without_an_identifier_is_keyed_by_its_folded_sourced_id():
    assert set(z.of_kind("school", [z.org("O|1")])) == {"o%7c1"}


def test_the_second_school_with_one_identifier_keeps_its_sourced_id():
    rows = [z.org("o-2", identifier="a"), z.org("o-1", identifier="A")]
    assert set(z.of_kind("school", rows)) == {"a", "o-2"} and z.codes(rows) == {"R-DUP-KEY"}


@pytest.mark.parametrize(("kind", "found"), [
    ("school", set()), ("School", set()), ("district", set()), ("department", set()), ("state", set()),
    ("ext:camp", {"W-OR-WORD"}), ("", {"W-OR-WORD"})])
def test_only_orgs_of_type_school_are_schools(kind, found):
    rows = [z.org(type=kind)]
    assert bool(z.of_kind("school", rows)) is (kind.lower() == "school") and z.codes(rows) == found


def test_a_school_that_was_deleted_is_inactive():
    assert z.one("school", [z.org(status="tobedeleted")])["status"] == "inactive"


@pytest.mark.parametrize(("fields", "expected"), [
    ({}, ("Other", "2026-08-15", "2026-12-19")), ({"type": "semester"}, ("Semester", "2026-08-15", "2026-12-19")),
    ({"type": "schoolYear"}, ("School Year", "2026-08-15", "2026-12-19")),
    ({"type": "gradingPeriod", "title": "Quarter 1"}, ("Quarter", "2026-08-15", "2026-12-19")),
    ({"start_date": "2026-08-15 00:00", "end_date": "2026-12-20T00:00:00Z"}, ("Other", "2026-08-15", "2026-12-19"))])
def test_the_last_day_of_a_term_is_the_one_before_its_end(fields, expected):
    said = z.one("term", [z.session(**fields)])
    assert (said["type"], said["start_date"], said["end_date"]) == expected and said["school"] == ""


@pytest.mark.parametrize(("text", "year"), [
    ("2027", "2027"), ("2026-2027", "2027"), ("2026-27", "2027"), ("2026/2027", "2027"), ("2026-2028", None),
    ("next", None), ("", None)])
def test_a_school_year_is_named_by_the_year_in_which_it_ends(text, year):
    assert year_of(text) == year


@pytest.mark.parametrize(("fields", "code"), [
    ({"start_date": ""}, "R-REQUIRED"), ({"end_date": "2026-08-15"}, "R-OR-DATES"),
    ({"end_date": "2028-08-15"}, "R-OR-DATES"), ({"school_year": "next"}, "W-OR-YEAR")])
def test_a_term_that_cannot_be_is_turned_back_and_one_with_an_odd_year_is_not(fields, code):
    assert z.codes([z.session(**fields)]) == {code}
    assert bool(z.of_kind("term", [z.session(**fields)])) is (code[0] == "W")


def test_terms_and_classes_of_all_years_are_kept():
    old = z.session("t-0", start_date="2019-08-15", end_date="2019-12-20", school_year="2020")
    ahead = z.session("t-2", start_date="2027-08-15", end_date="2027-12-20", school_year="2028")
    rows = [*BASE, old, ahead, z.klass("c-0", terms=["t-0"]), z.klass("c-2", terms=["t-2"])]
    assert set(z.of_kind("term", rows)) == {"|t-0", "|t-1", "|t-2"} and len(z.of_kind("section", rows)) == 2


@pytest.mark.parametrize(("org", "key"), [("d-1", "|k-1"), ("o-1", "o-1|k-1"), ("", "|k-1")])
def test_a_course_is_of_its_school_or_of_the_district(org, key):
    rows = [z.district(), z.org(), z.course(org=org), z.klass()]
    assert set(z.of_kind("course", rows)) == {key} and z.one("section", rows)["course"] == key


def test_a_course_whose_org_is_not_there_takes_no_section_with_it():
    rows = [*BASE[:3], z.course(org="o-9"), z.klass()]
    assert not z.of_kind("course", rows) and "course" not in z.one("section", rows)
    assert z.codes(rows) == {"W-ORPHAN"}


def test_what_a_section_says():
    said = of_section(z.klass(), z.teaching())
    assert said == {"id": "c-1", "school": "o-1", "name": "Algebra 1 - P2", "course": "|k-1", "number": "ALG1-2",
                    "terms": ["|t-1"], "room": "R12", "period": "2", "status": "active", "teacher": "t-9",
                    "co_teachers": None}


def test_the_primary_teacher_leads_and_of_others_who_began_first():
    rows = [z.teaching("e-1", user="t-7", primary=""), z.teaching("e-2", user="t-9", primary="TRUE"),
            z.teaching("e-3", user="t-8", primary="false", begin_date="2026-08-01")]
    said = of_section(z.klass(), *rows)
    assert (said["teacher"], said["co_teachers"]) == ("t-9", ["t-8", "t-7"])


def test_the_terms_of_a_section_are_in_the_order_of_their_days():
    later = z.session("t-0", start_date="2027-01-18", end_date="2027-06-10")
    assert of_section(later, z.klass(terms=["t-0", "t-1"]))["terms"] == ["|t-1", "|t-0"]


def test_a_section_without_teachers_says_so_where_others_have_one():
    rows = [*BASE, z.klass("c-1"), z.klass("c-2"), z.teaching()]
    assert z.of_kind("section", rows)["c-2"]["teacher"] is None


@pytest.mark.parametrize("rows", [[], [z.enrolled()]])
def test_without_a_single_teacher_nothing_is_said_of_teachers(rows):
    assert "teacher" not in of_section(z.klass(), *rows)


@pytest.mark.parametrize("gone", [{"end_date": "2026-11-23"}, {"status": "tobedeleted"}])
def test_who_teaches_no_longer_is_no_teacher(gone):
    said = of_section(z.klass(), z.teaching("e-1", user="t-8"), z.teaching("e-2", **gone))
    assert (said["teacher"], said["co_teachers"]) == ("t-8", None)


def test_of_changes_alone_only_the_primary_teacher_is_said():
    some = [each for each in z.ALL if each != "enrollments"]
    said = of_section(z.klass(), z.teaching(), z.teaching("e-2", user="t-8", primary="false"), complete=some)
    assert said["teacher"] == "t-9" and "co_teachers" not in said
    assert "teacher" not in of_section(z.klass(), z.teaching(primary="false"), complete=some)


@pytest.mark.parametrize(("user", "code"), [("t-99", "W-ORPHAN"), ("s-1", "W-OR-WRONG-ROLE")])
def test_a_teacher_who_is_none_is_told_and_overrules_nothing(user, code):
    rows = [*BASE, z.klass("c-1"), z.klass("c-2"), z.teaching("e-1", user=user), z.teaching("e-2", **{"class": "c-2"})]
    assert "teacher" not in z.of_kind("section", rows)["c-1"] and z.codes(rows) == {code}


@pytest.mark.parametrize(("word", "found"), [
    ("administrator", {"I-OR-ENROLLED"}), ("proctor", {"I-OR-ENROLLED"}), ("aide", {"I-OR-ENROLLED"}),
    ("ext:observer", {"W-OR-WORD"}), ("", {"R-REQUIRED"})])
def test_an_enrollment_that_is_neither_of_a_student_nor_of_a_teacher_is_no_seat(word, found):
    rows = [*BASE, z.klass(), z.enrolled(role=word)]
    assert not z.of_kind("enrollment", rows) and z.codes(rows) == found


@pytest.mark.parametrize("word", ["student", "Student", "STUDENT"])
def test_the_case_of_a_role_does_not_matter(word):
    assert z.of_kind("enrollment", [*BASE, z.klass(), z.enrolled(role=word)])


@pytest.mark.parametrize(("dates", "expected"), [
    ({}, ("active", "2026-08-15", "2027-06-09")), ({"end_date": ""}, ("active", "2026-08-15", None)),
    ({"end_date": "2026-11-24"}, ("active", "2026-08-15", "2026-11-23")),
    ({"end_date": "2026-11-23"}, ("inactive", "2026-08-15", "2026-11-22")),
    ({"begin_date": "2027-01-18 00:00"}, ("active", "2027-01-18", "2027-06-09")),
    ({"status": "tobedeleted"}, ("inactive", "2026-08-15", "2027-06-09"))])
def test_the_end_of_an_enrollment_is_exclusive(dates, expected):
    said = z.one("enrollment", [*BASE, z.klass(), z.enrolled(**dates)])
    assert (said["status"], said["start_date"], said["end_date"]) == expected


def test_a_day_that_is_none_is_left_out_and_told():
    rows = [*BASE, z.klass(), z.enrolled(end_date="June")]
    assert "end_date" not in z.one("enrollment", rows) and z.codes(rows) == {"W-OR-DATE"}


def test_a_student_who_left_a_section_and_came_back_is_in_it():
    rows = [z.enrolled("e-1", end_date="2026-10-01"), z.enrolled("e-2", begin_date="2026-11-01"),
            z.enrolled("e-3", status="tobedeleted", begin_date="2026-11-20")]
    assert z.one("enrollment", [*BASE, z.klass(), *rows])["start_date"] == "2026-11-01"


@pytest.mark.parametrize(("deleted", "active", "status"), [
    ("2026-09-02", "2026-09-01", "inactive"), ("2026-09-01", "2026-09-02", "active")])
def test_of_one_enrollment_that_is_there_twice_the_row_that_was_changed_last_counts(deleted, active, status):
    rows = [z.enrolled(status="tobedeleted", modified=deleted), z.enrolled(status="active", modified=active)]
    assert z.one("enrollment", [*BASE, z.klass(), *rows])["status"] == status


@pytest.mark.parametrize("gone", [z.student(status="tobedeleted"), z.student(enabled="false"),
                                  z.klass(status="tobedeleted")])
def test_nobody_is_in_a_section_when_either_is_off(gone):
    rows = [each for each in [*BASE, z.klass()] if each[:2] != gone[:2]]
    assert z.one("enrollment", [*rows, gone, z.enrolled()])["status"] == "inactive"


@pytest.mark.parametrize(("orphan", "kind", "key"), [
    (z.klass("c-9", school="o-9"), "section", "c-9"),
    (z.enrolled("e-9", user="s-9"), "enrollment", ("c-1", "s-9")),
    (z.enrolled("e-9", **{"class": "c-9"}), "enrollment", ("c-9", "s-1"))])
def test_what_points_at_nothing_is_not_loaded_but_present(orphan, kind, key):
    read = z.roster([*BASE, z.klass(), z.enrolled(), orphan])
    assert key not in [each.key for each in read.records()]
    assert read.codes == {"W-ORPHAN": 1} and read.scope()["present"][kind] == [key]


@pytest.mark.parametrize(("field", "value"), [("course", "k-9"), ("terms", ["t-1", "t-9"])])
def test_a_section_loads_without_the_course_or_the_term_that_is_not_there(field, value):
    rows = [*BASE, z.klass(**{field: value})]
    assert z.one("section", rows)["name"] and z.codes(rows) == {"W-ORPHAN"}


def test_an_enrollment_of_who_is_sent_as_something_else_is_told_and_present():
    read = z.roster([*BASE, z.klass(), z.enrolled(user="t-9")])
    assert not [each for each in read.records() if each.kind == "enrollment"]
    assert read.codes == {"W-OR-WRONG-ROLE": 1} and read.scope()["present"]["enrollment"] == [("c-1", "t-9")]


def test_of_changes_alone_what_is_pointed_at_may_have_been_told_earlier():
    found = z.of_kind("enrollment", [z.enrolled(), z.enrolled("e-2", status="tobedeleted", user="s-2")], complete=[])
    assert {key: each["status"] for key, each in found.items()} == {
        ("c-1", "s-1"): "active", ("c-1", "s-2"): "inactive"}


def test_what_was_deleted_before_anything_was_known_of_it_is_passed_over():
    gone = [z.klass("c-9", status="tobedeleted", school="o-9"), z.enrolled("e-9", status="tobedeleted", user="s-9"),
            z.session("t-9", status="tobedeleted"), z.course("k-9", status="tobedeleted", org="o-9")]
    assert z.records([*z.small(), *gone]) == z.records(z.small()) and z.codes([*z.small(), *gone]) == set()


def kinds(*, complete=z.ALL, absent=(), rows=None, **how) -> list[str]:
    read = z.roster(z.small() if rows is None else rows, complete=complete, absent=absent, **how)
    list(read.records())
    return read.scope()["kinds"]


EVERY = {"enrollment", "guardian_link", "section", "staff", "student"}


@pytest.mark.parametrize(("missing", "gone"), [
    ("orgs", {"student", "staff", "section"}), ("users", {"student", "staff", "guardian_link", "enrollment"}),
    ("classes", {"section", "enrollment"}), ("enrollments", {"enrollment"}), ("courses", set()),
    ("academicSessions", set()), ("demographics", set())])
def test_absence_means_something_only_where_all_collections_are_complete(missing, gone):
    assert set(kinds(complete=[each for each in z.ALL if each != missing])) == EVERY - gone


@pytest.mark.parametrize("empty", ["users", "enrollments", "classes"])
def test_an_empty_collection_ends_nobody(empty):
    rows = [each for each in z.small() if each[0] != empty]
    gone = {"users": EVERY - {"section"}, "enrollments": {"enrollment"}, "classes": {"section"}}
    assert set(kinds(rows=rows)) == EVERY - gone[empty]


def test_a_school_that_is_no_longer_shared_takes_nobody_with_it():
    rows = [*z.small(), z.org("o-2"), z.student("s-3", roles=[z.role(org="o-2")])]
    read = z.roster([each for each in rows if each[1] != "o-2"])
    list(read.records())
    assert read.scope()["schools"] == ["o-1"] and read.scope()["present"]["student"] == ["s-3"]


@pytest.mark.parametrize("absent", z.ALL)
def test_any_collection_may_be_missing(absent):
    rows = [each for each in z.small() if each[0] != absent]
    assert z.codes(rows, absent=[absent]) <= {"W-ORPHAN", "I-OR-EARLIER"}


def test_a_record_that_could_not_be_read_is_present_if_its_id_could_be():
    flaws = [Flaw("R-OR-RAGGED", "users", "s-3", 7, "s-3")]
    read = z.roster([*z.small(), z.enrolled("e-3", user="s-3")], flaws=flaws, numbered=True)
    list(read.records())
    assert read.codes == {"R-OR-RAGGED": 1, "R-PARENT": 1} and read.problems[-1].row == 7
    assert read.scope()["present"]["student"] == ["s-3"]
    assert set(read.scope()["kinds"]) == EVERY - {"guardian_link"}      # nobody knows whom s-3 names


@pytest.mark.parametrize(("of", "gone"), [
    ("users", {"student", "staff", "guardian_link", "enrollment"}), ("enrollments", {"enrollment"}),
    ("classes", {"section", "enrollment"}), ("orgs", {"student", "staff", "section"}), ("demographics", set())])
def test_of_a_kind_with_an_unreadable_id_nobody_is_missing(of, gone):
    assert set(kinds(flaws=[Flaw("R-OR-ID", of, "?", 3)])) == EVERY - gone


def test_a_role_that_could_not_be_read_takes_nobody_with_it():
    flaws = [Flaw("R-OR-ID", "roles", "?", 3), Flaw("R-OR-ROLE-USER", "roles", "s-9", 0, "s-9")]
    assert set(kinds(flaws=flaws)) == EVERY and z.codes(z.small(), flaws=flaws) == {"R-OR-ID", "R-OR-ROLE-USER"}


def test_every_way_in_which_a_record_cannot_be_read_has_a_sentence():
    package = Path(oneroster.__file__).parent
    named = {code for each in package.glob("*.py") for code in re.findall(r'"([RWI]-OR-[A-Z-]+)"', each.read_text())}
    of_files = {"W-OR-NO-MANIFEST", "W-OR-COLUMN", "W-OR-ROLES-FILE"}
    assert {code for code in named if code[0] == "R"} <= MESSAGES.keys()
    assert MESSAGES.keys() - {"W-OR-TEXT", "R-OR-TEXT", "I-OR-CORRECTED", "R-OR-DATES"} - of_files <= named | {
        code for code in MESSAGES if "-OR-" not in code}


def test_problems_tell_the_row_of_a_file_and_no_row_of_a_provider():
    rows = [*BASE, z.klass(), z.enrolled(row=41, user="s-9")]
    for numbered, row in ((True, 41), (False, 0)):
        read = z.roster(rows, numbered=numbered)
        list(read.records())
        (problem,) = read.problems
        assert (problem.tab, problem.row, problem.column) == ("enrollments", row, "userSourcedId")


def test_problems_are_listed_up_to_a_thousand_of_each_collection_and_all_are_counted():
    read = z.roster([*BASE, z.klass(), *(z.enrolled(f"e-{n}", user="s-9") for n in range(3_000))])
    list(read.records())
    assert len(read.problems) == 1_000 and read.codes["W-ORPHAN"] == 3_000

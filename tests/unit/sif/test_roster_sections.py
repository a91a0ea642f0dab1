"""Schools, terms, courses, sections and rosters out of a zone's objects; and where absence means something."""

from __future__ import annotations

import pytest

from rostering.sif.years import current_year
from tests.unit.sif import zone_objects as z
from tests.unit.sif.zone_objects import ref

BASE = [z.school(), z.term(), z.room(1), z.room(2), z.staff(1), z.staff(2), z.staff(3), z.course(), z.student(1),
        z.student(2), z.enrolled(1), z.enrolled(2)]


def of_section(*more: z.Told, **how) -> dict:
    return z.one("section", [*BASE, *more], **how)


def test_a_section_has_school_and_title_of_its_course():
    said = of_section(z.section())
    assert (said["school"], said["name"], said["course"]) == ("001", "Physics I", f"001|{ref('SchoolCourseInfo')}")
    assert (said["id"], said["number"], said["period"], said["room"]) == ("PHY1-01", "PHY1-01", "3", "R1")


def test_an_override_gives_another_title():
    assert of_section(z.section(override={"title": "Physics for all"}))["name"] == "Physics for all"


def test_without_courses_the_school_comes_through_terms_or_rooms():
    said = of_section(z.section(description="Physics"), absent=["SchoolCourseInfo"])
    assert (said["school"], said["name"]) == ("001", "Physics") and "course" not in said


def test_who_teaches_in_most_schedules_leads_and_of_equals_who_comes_first():
    schedules = {ref("TermInfo", 2): z.schedule([3, 2]), ref("TermInfo", 1): z.schedule([1, 2])}
    later = z.term(2, start_date="2027-01-18", end_date="2027-06-20")
    said = of_section(later, z.section(schedules=schedules))
    assert said["teacher"] == ref("StaffPersonal", 2)
    assert said["co_teachers"] == [ref("StaffPersonal", 1), ref("StaffPersonal", 3)]
    assert said["terms"] == [f"001|{ref('TermInfo', 1)}", f"001|{ref('TermInfo', 2)}"]
    schedules = {ref("TermInfo", 2): z.schedule([1]), ref("TermInfo", 1): z.schedule([2])}
    first = z.term(2, start_date="2026-08-01", end_date="2026-08-23")
    assert of_section(first, z.section(schedules=schedules))["teacher"] == ref("StaffPersonal", 1)


def test_a_section_without_teachers_says_so():
    said = of_section(z.section(schedules={ref("TermInfo"): z.schedule([])}))
    assert (said["teacher"], said["co_teachers"]) == (None, None)


@pytest.mark.parametrize(("complete", "kept"), [(z.ALL, True), ([e for e in z.ALL if e != "StaffPersonal"], False)])
def test_a_teacher_who_is_not_there_is_told_and_overrules_nothing_if_the_staff_is_incomplete(complete, kept):
    objects = [*BASE, z.section(schedules={ref("TermInfo"): z.schedule([1, 9])})]
    assert ("teacher" in z.one("section", objects, complete=complete)) is kept
    assert "W-ORPHAN" in z.codes(objects, complete=complete)


@pytest.mark.parametrize(("orphan", "kind", "key"), [
    (z.section(9, course=ref("SchoolCourseInfo", 9)), "section", ref("SectionInfo", 9)),
    (z.seat(9, student=ref("StudentPersonal", 9)), "enrollment", (ref("SectionInfo"), ref("StudentPersonal", 9))),
    (z.seat(9, section=ref("SectionInfo", 9)), "enrollment", (ref("SectionInfo", 9), ref("StudentPersonal"))),
    (z.contact(9, student=ref("StudentPersonal", 9)), "guardian_link", ("id:c0815", ref("StudentPersonal", 9)))])
def test_what_points_at_nothing_is_not_loaded_but_present(orphan, kind, key):
    roster = z.zone([*BASE, z.section(), z.seat(), orphan])
    assert key not in [r.key for r in roster.records()]
    assert roster.codes == {"W-ORPHAN": 1} and roster.scope()["present"][kind] == [key]
    assert orphan[1] in roster.problems[0].message


def test_other_school_years_stay_out_without_a_word_for_each():
    old = [z.term(2, year="2026", start_date="2025-08-24", end_date="2026-06-20"), z.course(2, year="2026"),
           z.section(2, year="2026", course=ref("SchoolCourseInfo", 2)),
           z.seat(2, section=ref("SectionInfo", 2), year="2026"), z.seat(3, section=ref("SectionInfo", 3), year="2026"),
           z.section(4, year="2028")]
    assert z.records([*BASE, z.section(), z.seat(), *old]) == z.records([*BASE, z.section(), z.seat()])
    roster = z.zone([*BASE, z.section(), z.seat(), *old])
    assert roster.codes == {"I-SIF-OTHER-YEAR": 4} and roster.counts["rosters"] == {"rows": 1, "problems": 0}


def test_the_next_year_has_its_turn_where_the_current_one_has_no_sections():
    coming = [z.term(2, year="2028", start_date="2027-08-24", end_date="2028-06-20"),
              z.section(2, year="2028", schedules={ref("TermInfo", 2): z.schedule()})]
    assert of_section(*coming)["terms"] == [f"001|{ref('TermInfo', 2)}"]


@pytest.mark.parametrize(("terms", "today", "year"), [
    ([], "2026-06-30", 2026), ([], "2026-07-01", 2027),
    ([(2027, "2026-08-24", "2027-06-20"), (2026, "2025-08-24", "2026-06-20")], "2026-11-23", 2027),
    ([(2027, "2026-08-24", "2027-06-20"), (2026, "2025-08-24", "2026-06-20")], "2026-06-25", 2026),
    ([(2027, "2026-08-24", "2027-06-20"), (2026, "2025-08-24", "2026-06-20")], "2026-07-05", 2027),
    ([(2026, "2026-06-25", "2026-08-05"), (2027, "2026-08-24", "2027-06-20")], "2026-07-10", 2026),
    ([(2025, "2024-08-24", "2025-06-20"), (2024, "2023-08-24", "2024-06-20")], "2026-11-23", 2025)])
def test_the_current_school_year_is_that_of_the_terms_of_today(terms, today, year):
    assert current_year(terms, today) == year


def test_schools_are_keyed_by_local_id_so_that_sheet_and_zone_speak_of_one():
    keys = [r.key for r in z.records([z.school(1, local_id="North-1"), z.school(2, local_id=""),
                                      z.school(3, local_id="no id")])]
    assert keys == ["north-1", ref("SchoolInfo", 2).casefold(), ref("SchoolInfo", 3).casefold()]


def test_the_second_school_with_one_local_id_keeps_its_ref_id():
    objects = [z.school(2, local_id="a"), z.school(1, local_id="A")]
    assert {r.key for r in z.records(objects)} == {"a", ref("SchoolInfo", 2).casefold()}
    assert z.codes(objects) == {"R-DUP-KEY"}


@pytest.mark.parametrize(("more", "expected"), [
    ({"grades": ["10", "KG", "Other"]}, {"low_grade": "KG", "high_grade": "10"}),
    ({"nces_id": "360008103323"}, {"nces_id": "360008103323"}),
    ({"operational_status": "0821"}, {"status": "inactive"}), ({"name": None}, {"name": "001"})])
def test_what_a_school_says(more, expected):
    assert z.one("school", [z.school(**more)]).items() >= expected.items()


@pytest.mark.parametrize(("more", "code"), [
    ({"end_date": None}, "R-REQUIRED"), ({"end_date": "2026-08-01"}, "R-SIF-DATES"),
    ({"end_date": "2028-08-01"}, "R-SIF-DATES"), ({"school": ref("SchoolInfo", 9)}, "W-ORPHAN")])
def test_a_term_that_cannot_be_is_turned_back(more, code):
    assert z.codes([z.school(), z.term(**more)]) == {code}


def test_of_two_terms_with_one_ref_id_the_later_packet_stands():
    objects = [z.school(), z.term(packet=2, code="NEW"), z.term(packet=1, code="OLD")]
    assert z.one("term", objects)["id"] == "NEW" and z.codes(objects) == {"R-DUP-KEY"}


@pytest.mark.parametrize(("dates", "expected"), [
    ({}, ("active", "2026-08-24", None)), ({"exit_date": "2026-11-23"}, ("active", "2026-08-24", "2026-11-23")),
    ({"exit_date": "2026-11-22"}, ("inactive", "2026-08-24", "2026-11-22")),
    ({"entry_date": "2027-01-18"}, ("active", "2027-01-18", None))])
def test_the_last_day_in_a_section_is_inclusive(dates, expected):
    said = z.one("enrollment", [*BASE, z.section(), z.seat(**dates)])
    assert (said["status"], said["start_date"], said["end_date"]) == expected


def test_a_student_who_left_a_section_and_came_back_is_in_it():
    rows = [z.seat(1, exit_date="2026-09-30"), z.seat(2, entry_date="2026-11-01"), z.seat(3, entry_date="2027-02-01")]
    assert z.one("enrollment", [*BASE, z.section(), *rows])["start_date"] == "2026-11-01"


@pytest.mark.parametrize(("last_day", "status"), [("2026-11-23", "active"), ("2026-11-22", "inactive")])
def test_who_has_left_the_district_is_in_no_section(last_day, status):
    objects = [each for each in BASE if each[:2] != ("StudentSchoolEnrollment", ref("StudentSchoolEnrollment"))]
    objects += [z.enrolled(exit_date=last_day), z.section(), z.seat()]
    assert z.one("enrollment", objects)["status"] == status


def test_an_incomplete_set_of_enrollments_takes_nobody_out_of_a_section():
    objects = [each for each in BASE if each[0] != "StudentSchoolEnrollment"]
    objects += [z.enrolled(exit_date="2026-11-01"), z.section(), z.seat()]
    some = [each for each in z.ALL if each != "StudentSchoolEnrollment"]
    assert z.one("enrollment", objects, complete=some)["status"] == "active"


def kinds(*, complete=z.ALL, absent=(), objects=None) -> list[str]:
    roster = z.zone(z.small() if objects is None else objects, complete=complete, absent=absent)
    list(roster.records())
    return roster.scope()["kinds"]


@pytest.mark.parametrize(("missing", "gone"), [
    ("SchoolInfo", []), ("StudentPersonal", ["student"]), ("StudentSchoolEnrollment", ["student"]),
    ("StaffPersonal", ["staff"]), ("SectionInfo", ["section", "enrollment"]), ("SchoolCourseInfo", ["section"]),
    ("StudentSectionEnrollment", ["enrollment"]), ("StudentContact", ["guardian_link"])])
def test_absence_means_something_only_where_all_sets_are_complete(missing, gone):
    expected = sorted({"enrollment", "guardian_link", "section", "staff", "student"} - set(gone))
    assert kinds(complete=[each for each in z.ALL if each != missing]) == expected


@pytest.mark.parametrize(("absent", "gone"), [
    ("StudentSchoolEnrollment", []), ("SchoolCourseInfo", []), ("StudentContact", ["guardian_link"]),
    ("SectionInfo", ["section", "enrollment"]),
    ("StudentPersonal", ["student", "staff", "guardian_link", "enrollment"])])
def test_what_the_zone_does_not_let_us_have_is_never_gone(absent, gone):
    expected = sorted({"enrollment", "guardian_link", "section", "staff", "student"} - set(gone))
    assert kinds(absent=[absent]) == expected


@pytest.mark.parametrize("students", [[], [z.student(1, first_name="")]])
def test_no_usable_student_means_nothing_for_any_kind_of_person(students):
    objects = [each for each in z.small() if each[0] != "StudentPersonal"] + students
    assert kinds(objects=objects) == ["section"]


def test_an_empty_set_of_enrollments_ends_nobody():
    objects = [each for each in z.small() if each[0] != "StudentSchoolEnrollment"]
    assert "student" not in kinds(objects=objects)
    assert all(r.fields["status"] == "active" for r in z.records(objects) if r.kind == "student")


@pytest.mark.parametrize("absent", z.ALL)
def test_any_object_may_be_missing(absent):
    objects = [each for each in z.small() if each[0] != absent]
    assert z.codes(objects, absent=[absent]) <= {"W-ORPHAN"}


def test_problems_are_listed_up_to_a_thousand_of_each_object_and_all_are_counted():
    roster = z.zone([*BASE, z.section(), *(z.seat(n, section=ref("SectionInfo", 9)) for n in range(1, 3001))])
    list(roster.records())
    assert len(roster.problems) == 1_000 and roster.codes["W-ORPHAN"] == 3_000
    assert roster.problems[0].message.startswith(ref("StudentSectionEnrollment", 1))

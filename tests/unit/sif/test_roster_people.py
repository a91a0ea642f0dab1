"""Students, staff and guardians out of a zone's objects: the traps of the handbook, and who is held back."""

from __future__ import annotations

import pytest

from rostering.corrections import Correction
from tests.unit.sif import zone_objects as z
from tests.unit.sif.zone_objects import ref

ADA = ref("StudentPersonal")


def of_student(*more: z.Told, **how) -> dict:
    return z.one("student", [z.school(1), z.school(2), z.term(), *more], **how)


def test_a_student_is_keyed_by_ref_id_and_shown_by_local_id():
    record = next(r for r in z.records([z.school(), z.student(), z.enrolled()]) if r.kind == "student")
    assert (record.key, record.fields["id"], record.fields["school"]) == (ADA, "P00001", "001")


def test_without_a_local_id_the_ref_id_is_shown():
    assert of_student(z.student(local_id=None), z.enrolled())["id"] == ADA


@pytest.mark.parametrize(("dates", "expected"), [
    ({"time_frame": "Historical", "exit_date": "2026-11-23"}, ("active", "001", "2026-11-23")),   # inclusive
    ({"time_frame": "Current", "exit_date": "2026-11-22"}, ("active", "001", "2026-11-22")),      # stale
    ({"time_frame": "Future", "entry_date": "2026-11-23"}, ("active", "001", None)),
    ({"time_frame": "Current", "entry_date": None}, ("active", "001", None)),
    ({"time_frame": "Historical"}, ("inactive", "001", None)),
    ({"time_frame": "Historical", "entry_date": None}, ("inactive", "001", None)),
    ({"time_frame": None, "entry_date": None, "year": "2026"}, ("inactive", "001", None)),
    ({"time_frame": None, "entry_date": None, "year": "2028"}, ("inactive", "001", None)),
    ({"time_frame": "Current", "year": "2026", "entry_date": "2025-08-24"}, ("active", "001", None)),
])
def test_the_days_of_an_enrollment_decide_and_the_time_frame_only_without_them(dates, expected):
    said = of_student(z.student(), z.enrolled(**dates))
    assert (said["status"], said["school"], said["end_date"]) == expected


def test_who_is_enrolled_in_the_future_starts_then():
    said = of_student(z.student(), z.enrolled(entry_date="2027-01-18", time_frame="Current"))
    assert (said["status"], said["start_date"], said["end_date"]) == ("active", "2027-01-18", None)


def test_the_home_school_comes_first_and_the_others_are_other_schools():
    rows = [z.enrolled(1, membership="Concurrent", school=ref("SchoolInfo", 2), grade="10"),
            z.enrolled(2, student=ADA), z.enrolled(3, student=ADA, school=ref("SchoolInfo", 2), exit_date="2026-09-01")]
    said = of_student(z.student(), *rows)
    assert (said["school"], said["other_schools"], said["grade"], said["end_date"]) == ("001", ["002"], "09", None)


def test_a_row_of_last_year_that_nobody_closed_yields_to_one_of_this_year():
    rows = [z.enrolled(1, school=ref("SchoolInfo", 2), year="2026", entry_date="2025-08-24"),
            z.enrolled(2, student=ADA)]
    said = of_student(z.student(), *rows)
    assert (said["school"], said["other_schools"]) == ("001", None)


def test_who_has_left_leaves_on_the_latest_last_day():
    rows = [z.enrolled(1, exit_date="2026-10-01"),
            z.enrolled(2, student=ADA, school=ref("SchoolInfo", 2), exit_date="2026-11-01")]
    said = of_student(z.student(), *rows)
    assert (said["school"], said["end_date"]) == ("002", "2026-11-01")


def test_what_an_event_took_out_of_a_map_is_not_there():
    said = of_student(z.student(emails={"Primary": None, "Alternate1": "b@x.org"}), z.enrolled())
    assert said["email"] == "b@x.org"


def test_no_key_holds_what_would_break_a_feed():
    objects = [z.school(), z.student(), z.enrolled(), z.contact(local_id=" C\t8\n15 ")]
    assert [r.key for r in z.records(objects) if r.kind == "guardian"] == ["id:c 8 15"]


def test_a_student_without_any_enrollment_is_inactive_and_told():
    objects = [z.school(), z.student(1), z.student(2), z.enrolled(2)]
    by_key = {r.key: r.fields for r in z.records(objects) if r.kind == "student"}
    assert by_key[ADA]["status"] == "inactive" and "school" not in by_key[ADA]
    assert "W-SIF-NO-ENROLLMENT" in z.codes(objects)


@pytest.mark.parametrize("how", [{"absent": ["StudentSchoolEnrollment"]}, {}])
def test_without_enrollments_most_recent_has_to_do(how):
    said = of_student(z.student(), **how)
    assert (said["status"], said["school"], said["grade"]) == ("active", "001", "09")


def test_an_incomplete_set_of_enrollments_ends_nobody():
    some = [each for each in z.ALL if each != "StudentSchoolEnrollment"]
    objects = [z.school(), z.student(1), z.student(2), z.enrolled(1, exit_date="2026-10-01")]
    for record in z.records(objects, complete=some):
        if record.kind == "student":
            assert record.fields["status"] == "active" and "end_date" not in record.fields
    assert "student" not in z.zone(objects, complete=some).scope()["kinds"]


@pytest.mark.parametrize(("code", "local", "grade"), [
    ("PK", [], "PK"), ("KG", [], "KG"), ("01", [], "01"), ("12", [], "12"), ("PG", [], "PS"), ("UN", [], "UG"),
    ("9", [], "09"), ("Other", ["TK"], "TK"), (None, ["13"], "13")])
def test_grades_are_those_of_the_model(code, local, grade):
    assert of_student(z.student(grade=None), z.enrolled(grade=code, grade_local=local))["grade"] == grade


@pytest.mark.parametrize("code", ["Unknown", "Other", "99"])
def test_a_grade_that_says_nothing_is_left_out_and_told(code):
    objects = [z.school(), z.student(grade=None), z.enrolled(grade=code)]
    assert "grade" not in z.one("student", objects)
    roster = z.zone(objects)
    (problem,) = roster.problems
    assert problem.code == "W-SIF-GRADE" and f"'{code}'" in problem.message


@pytest.mark.parametrize(("emails", "expected"), [
    ({"Alternate2": "b@x.org", "Primary": "a@x.org"}, "a@x.org"), ({"Primary": "", "Alternate1": "b@x.org"}, "b@x.org"),
    ({"Primary": "no email", "Alternate1": "b@x.org"}, "b@x.org"), ({"Primary": ""}, None)])
def test_the_primary_email_comes_first_of_those_that_are_one(emails, expected):
    assert of_student(z.student(emails=emails), z.enrolled())["email"] == expected


def test_an_email_that_is_none_is_left_out_and_the_student_is_not():
    objects = [z.school(), z.student(emails={"Primary": "no email"}), z.enrolled()]
    assert "email" not in z.one("student", objects) and z.codes(objects) == {"W-SIF-EMAIL"}


def test_two_students_with_one_id_are_both_held_back_and_present():
    objects = [z.school(), z.student(1), z.student(2, local_id="p00001"), z.student(3),
               *(z.enrolled(n) for n in (1, 2, 3))]
    roster = z.zone(objects)
    assert [r.key for r in roster.records() if r.kind == "student"] == [ref("StudentPersonal", 3)]
    assert roster.codes["R-DUP-KEY"] == 2 and roster.counts["students"] == {"rows": 3, "problems": 2}
    assert roster.scope()["present"]["student"] == [ADA, ref("StudentPersonal", 2)]


def test_an_email_that_two_students_have_is_left_out_of_both_and_both_load():
    objects = [z.school(), z.student(1), z.student(2, emails={"Primary": "S1@example.org"}), z.student(3),
               *(z.enrolled(n) for n in (1, 2, 3))]
    roster = z.zone(objects)
    emails = {r.key: r.fields.get("email") for r in roster.records() if r.kind == "student"}
    assert emails == {ADA: None, ref("StudentPersonal", 2): None, ref("StudentPersonal", 3): "s3@example.org"}
    assert roster.codes == {"W-SIF-EMAIL-TWICE": 2}


def test_who_has_left_may_have_had_the_email():
    objects = [z.school(), z.student(1), z.enrolled(1, exit_date="2026-10-01"),
               z.student(2, emails={"Primary": "s1@example.org"}), z.enrolled(2)]
    assert z.codes(objects) == set()


def test_a_ref_id_with_two_contents_is_held_back():
    objects = [z.school(), z.student(packet=1), z.student(packet=2, last_name="Other"), z.enrolled(), z.student(2),
               z.enrolled(2)]
    roster = z.zone(objects)
    assert [r.key for r in roster.records() if r.kind == "student"] == [ref("StudentPersonal", 2)]
    assert roster.codes == {"R-DUP-KEY": 1} and ADA in roster.scope()["present"]["student"]


def test_a_ref_id_that_is_none_is_turned_back_and_nothing_of_the_kind_is_missing():
    bad = ("StudentPersonal", "x#1", z.student()[2], 1)
    roster = z.zone([z.school(), bad, z.student(2), z.enrolled(2)])
    assert sum(r.kind == "student" for r in roster.records()) == 1
    assert roster.codes["R-BAD-REFID"] == 1 and "student" not in roster.scope()["kinds"]


def test_a_person_without_a_name_is_turned_back_and_so_is_what_depends_on_them():
    objects = [*z.small(), z.student(3, first_name=""), z.seat(3, student=ref("StudentPersonal", 3)),
               z.contact(3, student=ref("StudentPersonal", 3))]
    roster = z.zone(objects)
    keys = {r.key for r in roster.records() if r.kind in ("student", "enrollment", "guardian_link")}
    assert not any(ref("StudentPersonal", 3) in key for key in keys)
    assert roster.codes == {"R-REQUIRED": 1, "R-PARENT": 2}
    present = roster.scope()["present"]
    assert present == {"student": [ref("StudentPersonal", 3)], "guardian": ["id:c0815"],
                       "enrollment": [(ref("SectionInfo"), ref("StudentPersonal", 3))],
                       "guardian_link": [("id:c0815", ref("StudentPersonal", 3))]}


def test_a_correction_saves_a_person_without_a_name_and_ends_where_the_zone_agrees():
    def corrected(field: str, value: str) -> Correction:
        return Correction("sif:Z", "student", ADA, field, value, value, "admin", "2026-11-01T00:00:00.000Z", "typo")

    objects = [z.school(), z.student(first_name=""), z.enrolled()]
    roster = z.zone(objects, corrections=[corrected("first_name", "Rosa"), corrected("last_name", "Muñoz")])
    (said,) = [r.fields for r in roster.records() if r.kind == "student"]
    assert said["first_name"] == "Rosa" and roster.codes == {"I-SIF-CORRECTED": 1}
    assert set(roster.met.agreed) == {("student", ADA, "last_name")}
    assert "Rosa" not in roster.problems[0].message


def test_usernames_are_read_from_the_extended_element_of_the_zone():
    objects = [z.school(), z.enrolled(), z.student(extended={"NetworkLogin": "RMunoz"})]
    assert z.one("student", objects, username_element="NetworkLogin")["username"] == "rmunoz"
    assert "username" not in z.one("student", objects)


@pytest.mark.parametrize(("first", "second", "code"), [
    ("ab", None, "W-SIF-USERNAME"), ("other@x.org", None, "W-SIF-USERNAME"), ("same", "Same", "W-SIF-USERNAME-TWICE")])
def test_usernames_that_cannot_be_or_are_anothers_are_left_out(first, second, code):
    objects = [z.school(), z.enrolled(), z.student(extended={"Login": first}),
               z.staff(extended={"Login": second or ""})]
    roster = z.zone(objects, username_element="Login")
    assert not any("username" in r.fields for r in roster.records()) and code in roster.codes


@pytest.mark.parametrize(("more", "role"), [
    ([z.assignment(function="1000")], "Teacher"), ([z.assignment(function="2410")], "Staff"),
    ([z.assignment(function=None)], "Staff"), ([], "Staff"),
    ([z.assignment(function="2120"), z.term(), z.course(), z.section()], "Teacher"),
    ([z.assignment(function="1000", end_date="2026-11-22")], "Staff")])
def test_a_teacher_is_who_instructs_or_teaches_a_section(more, role):
    assert z.one("staff", [z.school(), z.staff(), *more])["role"] == role


def test_the_title_makes_a_teacher_only_where_no_function_says_otherwise():
    assert z.one("staff", [z.school(), z.staff(title="Math Teacher")])["role"] == "Teacher"
    assert z.one("staff", [z.school(), z.staff(title="Teacher"), z.assignment(function="2410")])["role"] == "Staff"


def test_staff_work_where_their_primary_assignment_is():
    rows = [z.assignment(1, primary="No", school=ref("SchoolInfo", 2)), z.assignment(2)]
    said = z.one("staff", [z.school(1), z.school(2), z.staff(), *rows])
    assert (said["school"], said["other_schools"]) == ("001", ["002"])


def test_staff_without_an_assignment_work_where_they_teach_and_else_keep_their_school():
    objects = [z.school(), z.term(), z.course(), z.staff()]
    assert z.one("staff", [*objects, z.section()])["school"] == "001"
    assert "school" not in z.one("staff", objects)


def test_the_contacts_of_siblings_are_one_guardian_with_two_links():
    found = z.records(z.small())
    assert [r.key for r in found if r.kind == "guardian"] == ["id:c0815"]
    assert len([r for r in found if r.kind == "guardian_link"]) == 2


@pytest.mark.parametrize(("more", "keys"), [
    ({"local_id": None}, ["em:elena@example.com|munoz|elena"]),
    ({"local_id": None, "emails": {}}, [f"ref:{ref('StudentContact', 1)}", f"ref:{ref('StudentContact', 2)}"])])
def test_contacts_without_a_local_id_are_joined_by_email_and_name_but_never_by_ref_id(more, keys):
    objects = [z.school(), *(each for n in (1, 2) for each in (
        z.student(n), z.enrolled(n), z.contact(n, student=ref("StudentPersonal", n), **more)))]
    assert [r.key for r in z.records(objects) if r.kind == "guardian"] == keys


@pytest.mark.parametrize(("flag", "relationship", "is_one"), [
    ("Yes", "1730", True), ("Yes", None, True), ("No", "1735", False), ("Unknown", "1735", True), (None, "1753", True),
    (None, "1730", False), ("No", None, False)])
def test_a_guardian_is_who_is_flagged_or_related_as_one(flag, relationship, is_one):
    flags = {"ParentLegalGuardian": flag} if flag else None
    objects = [z.school(), z.student(), z.enrolled(), z.contact(flags=flags, relationship=relationship)]
    assert any(r.kind == "guardian_link" for r in z.records(objects)) is is_one
    assert ("I-SIF-NOT-GUARDIAN" in z.codes(objects)) is not is_one


@pytest.mark.parametrize(("code", "word", "label"), [
    ("1735", "Mother", "Mother"), ("1728", "Stepfather", "Stepfather"), ("1765", "Foster Parent", "Foster Parent"),
    ("1749", "Parent", "Parent"), ("1777", "Other", "Partner"), ("4711", "Other", "4711"),
    (None, "Guardian", "Guardian")])
def test_relationships_are_the_words_of_the_sheet(code, word, label):
    said = z.one("guardian_link", [z.school(), z.student(), z.enrolled(), z.contact(relationship=code)])
    assert (said["relationship"], said["label"]) == (word, label)


@pytest.mark.parametrize(("flags", "access"), [
    ({}, True), ({"AccessToRecords": "No"}, False), ({"AccessToRecords": "Unknown"}, True),
    ({"HasCustody": "No"}, True), ({"HasCustody": "No", "AccessToRecords": "No"}, False)])
def test_who_may_not_see_records_gets_no_access(flags, access):
    objects = [z.school(), z.student(), z.enrolled(), z.contact(flags=flags)]
    assert z.one("guardian_link", objects)["access"] is access


def test_the_contact_with_the_lowest_sequence_is_primary():
    objects = [z.school(), z.student(), z.enrolled(), z.contact(1, sequence="2"),
               z.contact(2, local_id="C2", sequence="1"), z.contact(3, local_id="C3", sequence=None)]
    primary = {r.key[0]: r.fields["primary"] for r in z.records(objects) if r.kind == "guardian_link"}
    assert primary == {"id:c0815": False, "id:c2": True, "id:c3": False}


def test_the_contact_with_the_lowest_ref_id_counts_and_others_fill_what_it_leaves_open():
    objects = [z.school(), z.student(1), z.student(2), z.enrolled(1), z.enrolled(2),
               z.contact(2, student=ref("StudentPersonal", 2), first_name="Helena"), z.contact(1, phones=None)]
    said = z.one("guardian", objects)
    assert (said["first_name"], said["phone"]) == ("Elena", "(718) 555-1212")
    assert z.codes(objects) == {"W-SIF-CONTACT-DIFFERS"}


def test_of_several_contacts_that_fill_what_is_open_the_one_with_the_lowest_ref_id_does():
    objects = [z.school(), *(z.student(n) for n in (1, 2, 3)), *(z.enrolled(n) for n in (1, 2, 3)),
               z.contact(1, emails=None), z.contact(3, student=ref("StudentPersonal", 3)),
               z.contact(2, student=ref("StudentPersonal", 2), emails={"Primary": "second@x.org"})]
    assert z.one("guardian", objects)["email"] == "second@x.org"


def test_two_contacts_of_one_student_with_one_id_and_other_names_are_two_persons():
    objects = [z.school(), z.student(), z.enrolled(), z.contact(1),
               z.contact(2, first_name="Luis", relationship="1727")]
    roster = z.zone(objects)
    assert not any(r.kind == "guardian_link" for r in roster.records())
    assert roster.codes["R-DUP-KEY"] == 2 and ("id:c0815", ADA) in roster.scope()["present"]["guardian_link"]


@pytest.mark.parametrize("more", [
    {"first_name": ""}, {"flags": {"ParentLegalGuardian": "No", "AccessToRecords": "No"}}])
def test_a_contact_of_no_use_can_still_say_that_there_is_no_access(more):
    again = z.contact(2, **({"flags": {"AccessToRecords": "No"}} | more))
    objects = [z.school(), z.student(), z.enrolled(), z.contact(1), again]
    assert z.one("guardian_link", objects)["access"] is False


def test_a_contact_that_is_there_twice_is_one_link_without_access_if_either_says_so():
    objects = [z.school(), z.student(), z.enrolled(), z.contact(1), z.contact(2, flags={"AccessToRecords": "No"})]
    assert z.one("guardian_link", objects)["access"] is False


@pytest.mark.parametrize(("gone", "kind"), [
    (z.student(deleted=True, first_name=None), "student"), (z.staff(deleted=True), "staff"),
    (z.contact(deleted=True), "guardian_link"), (z.seat(deleted=True), "enrollment"),
    (z.section(deleted=True), "section")])
def test_what_was_deleted_is_inactive(gone, kind):
    objects = [each for each in z.small() if each[:2] != gone[:2]] + [gone]
    states = {r.key: r.fields["status"] for r in z.records(objects) if r.kind == kind}
    key = gone[1] if kind in ("student", "staff", "section") else next(
        key for key in states if key[1] == ADA)
    assert states[key] == "inactive"


@pytest.mark.parametrize("gone", [
    ("StudentContact", ref("StudentContact", 9), {"deleted": True}, 1),
    ("StudentSectionEnrollment", ref("StudentSectionEnrollment", 9), {"deleted": True}, 1),
    ("SectionInfo", ref("SectionInfo", 9), {"deleted": True}, 1),
    ("TermInfo", ref("TermInfo", 9), {"deleted": True}, 1),
    ("SchoolCourseInfo", ref("SchoolCourseInfo", 9), {"deleted": True}, 1),
    ("StudentSchoolEnrollment", ref("StudentSchoolEnrollment", 9), {"deleted": True}, 1)])
def test_what_was_deleted_before_anything_was_known_of_it_is_passed_over(gone):
    assert z.records([*z.small(), gone]) == z.records(z.small()) and z.codes([*z.small(), gone]) == set()


def test_no_problem_tells_a_name_an_address_or_a_date():
    objects = [z.school(), z.student(1, emails={"Primary": "rosa at home"}, birth_date="31.12.2009"),
               z.student(2, first_name=""), z.enrolled(1), z.contact(1), z.contact(2, first_name="Luis")]
    roster = z.zone(objects)
    list(roster.records())
    told = " ".join(problem.message for problem in roster.problems)
    assert roster.problems
    assert not any(word in told for word in ("Rosa", "Muñoz", "rosa at home", "2009", "Luis", "C0815"))

"""Step F and what hangs on it: references, principals, zeros in front, keys that can't be read."""

from __future__ import annotations

import pytest

from tests.unit.sheet.made_up import SiteOf, district, made, read, row, said, told, workbook


def students(*ids, **changed):
    return [row("Students", Student_ID=each, **changed) for each in ids]


def alone(**tabs):
    """A district in which nothing points at the tabs given."""
    return district(**({"Guardians": [], "Class_Rosters": [], "Groups": []} | tabs))


@pytest.mark.parametrize(("tab", "changed", "message"), [
    ("Terms", {"School_ID": "99"}, "Terms B2 (School ID): '99' is not in the Schools tab and not in the site."),
    ("Staff", {"Other_School_IDs": "0012; Z9"},
     "Staff C2 (Other School IDs): 'Z9' is not in the Schools tab and not in the site."),
    ("Guardians", {"Student_ID": "x"},
     "Guardians A2 (Student ID): 'x' is not in the Students tab and not in the site."),
    ("Classes", {"Course_ID": "ART"},
     "Classes C2 (Course ID): 'ART' is not in the Courses tab and not in the site."),
    ("Classes", {"Term_ID": "FY;S9"}, "Classes F2 (Term ID): 'S9' is not in the Terms tab and not in the site."),
    ("Classes", {"Co-Teacher_2_Staff_ID": "T9"},
     "Classes J2 (Co-Teacher 2 Staff ID): 'T9' is not in the Staff tab and not in the site."),
    ("Class Rosters", {"Class_ID": "x"},
     "Class Rosters A2 (Class ID): 'x' is not in the Classes tab and not in the site."),
    ("Groups", {"Member_Type": "Staff"},
     "Groups F2 (Member ID): '004512' is not in the Staff tab and not in the site."),
])
def test_an_unknown_reference_keeps_the_row_out(tab, changed, message):
    reading = read(district(**{tab.replace(" ", "_"): [row(tab, **changed)]}))
    assert f"R-REF {message}" in said(reading, "R")
    assert reading.counts[tab].turned_back == 1


def test_references_ignore_case_and_may_stand_in_the_site_only():
    known = SiteOf(school={"0012": True}, student={"s1": True}, section={"709": True}, staff={"t0451": True},
                   course={"|math-04": True}, term={"0012|fy": True})
    book = workbook(Classes=[row("Classes", Class_ID="710", Course_ID="Math-04", Teacher_Staff_ID="t0451")],
                    Class_Rosters=[row("Class Rosters", Student_ID="S1"),
                                   row("Class Rosters", Student_ID="S1", Class_ID="710")])
    reading = read(book, known=known)
    assert said(reading) == []
    assert made(reading, "section")["710"] | {"name": ""} == {
        "id": "710", "school": "0012", "course": "|math-04", "name": "", "terms": ["0012|fy"],
        "teacher": "t0451", "status": "active"}
    assert set(made(reading, "enrollment")) == {("709", "s1"), ("710", "s1")}


def test_rows_that_hang_on_a_bad_row_are_kept_out_with_it():
    reading = read(district(Schools=[row("Schools", School_Name=None)]))
    assert said(reading, "R") == [
        "R-REQUIRED Schools B2 (School Name): is empty. School Name is required. Fill it in, or clear the whole "
        "row.",
        *(f"R-PARENT {place}: depends on {tab} row 2, which has an error." for place, tab in (
            ("Staff B2 (School ID)", "Schools"), ("Students B2 (School ID)", "Schools"),
            ("Guardians A2 (Student ID)", "Students"), ("Classes B2 (School ID)", "Schools"),
            ("Classes H2 (Teacher Staff ID)", "Staff"), ("Class Rosters A2 (Class ID)", "Classes"),
            ("Class Rosters B2 (Student ID)", "Students"), ("Groups C2 (School ID)", "Schools"),
            ("Groups D2 (Owner Staff ID)", "Staff"), ("Groups F2 (Member ID)", "Students")))]
    assert {record.kind for record in reading.records()} == {"term", "course"}
    assert reading.held_back == {
        "school": {"0012"}, "staff": {"t0451"}, "student": {"004512"}, "guardian": {"id:g1"},
        "guardian_link": {("id:g1", "004512")}, "section": {"709"}, "enrollment": {("709", "004512")},
        "group": {"rti"}, "group_member": {("rti", "student:004512")}}
    assert reading.kinds_unreadable == set()


def test_a_duplicate_found_late_keeps_out_what_hangs_on_it():
    reading = read(district(Students=[row("Students"), row("Students", Grade="05")]))
    assert "R-PARENT Class Rosters B2 (Student ID): depends on Students row 2, which has an error." in said(reading)


@pytest.mark.parametrize(("book", "known"), [
    (district(Students=students("004512", Status="Inactive")), None),
    (district(Students=students("004512", End_Date="9/14/2026")), None),
    (district(Students=[]), SiteOf(student={"004512": False})),
])
def test_a_reference_to_what_is_switched_off_is_told(book, known):
    assert said(read(book, known=known)) == [
        "W-REF-INACTIVE Guardians A2 (Student ID): '004512' is switched off.",
        "W-REF-INACTIVE Class Rosters B2 (Student ID): '004512' is switched off.",
        "W-REF-INACTIVE Groups F2 (Member ID): '004512' is switched off."]


def test_a_row_that_is_switched_off_itself_may_point_at_what_is():
    off = {"Students": students("004512", Status="Inactive")} | {
        name.replace(" ", "_"): [row(name, Status="Inactive")] for name in ("Guardians", "Class Rosters", "Groups")}
    assert told(district(**off), "W-REF-INACTIVE") == []


@pytest.mark.parametrize(("staff", "known", "codes", "principal"), [
    ([row("Staff")], None, [], "t0451"),
    ([], SiteOf(staff={"t0451": True}), [], "t0451"),
    ([row("Staff", Role="x")], None, ["W-PRINCIPAL"], None),
    ([row("Staff", Status="Inactive")], None, ["W-REF-INACTIVE"], "t0451"),
    ([], SiteOf(staff={"t0451": False}), ["W-REF-INACTIVE"], "t0451"),
])
def test_a_principal_is_looked_up_after_the_staff(staff, known, codes, principal):
    book = workbook(Schools=[row("Schools", Principal_Staff_ID="T0451")], Staff=staff)
    reading = read(book, known=known)
    assert [each.code for each in reading.problems if each.tab == "Schools"] == codes
    assert made(reading, "school")["0012"].get("principal") == principal


def test_a_reference_that_lost_its_zeros_is_told_with_what_is_known():
    zeros = ("W-ID-ZEROS Class Rosters B2 (Student ID): '4512' is not known but '004512' is. Excel may have "
             "dropped the zeros in front.")
    ref = "R-REF Class Rosters B2 (Student ID): '4512' is not in the Students tab and not in the site."
    rosters = [row("Class Rosters", Student_ID="4512")]
    assert set(said(read(district(Class_Rosters=rosters)), "R")) == {ref}
    assert zeros in said(read(district(Class_Rosters=rosters)))
    assert zeros in said(read(district(Students=[], Class_Rosters=rosters),
                              known=SiteOf(student={"004512": True})))


def test_a_course_that_lost_its_zeros_is_told():
    book = district(Courses=[row("Courses", Course_ID="004")], Classes=[row("Classes", Course_ID="4")])
    assert told(book, "W-ID-ZEROS") == [
        "Classes C2 (Course ID): '4' is not known but '004' is. Excel may have dropped the zeros in front."]


def test_an_own_id_that_the_site_knows_with_zeros_is_told():
    book = alone(Students=students("4512", "4513"))
    assert told(book, "W-ID-ZEROS", known=SiteOf(student={"004512": True, "4513": True})) == [
        "Students A2 (Student ID): '4512' is not known but '004512' is. Excel may have dropped the zeros in front."]


def test_an_own_id_that_is_shorter_than_most_is_told():
    book = alone(Students=students("004511", "4512", "004513", "004514", "114515"))
    assert told(book, "W-ID-ZEROS") == [
        "Students A3 (Student ID): '4512' is not known but '004512' is. Excel may have dropped the zeros in front."]
    assert told(book, "W-ID-ZEROS", known=SiteOf(student={"4512": True})) == []


def test_a_district_without_zeros_in_front_is_not_told():
    assert told(alone(Students=students("4511", "412", "004513")), "W-ID-ZEROS") == []


@pytest.mark.parametrize(("tab", "changed", "unreadable"), [
    ("Students", {"Student_ID": "1 2"}, True), ("Students", {"Grade": "x"}, False),
    ("Terms", {"School_ID": "1 2"}, True), ("Terms", {"School_ID": "99"}, False),
    ("Class Rosters", {"Student_ID": None}, True), ("Class Rosters", {"Student_ID": "99"}, False),
    ("Guardians", {"Guardian_ID": "1 2"}, True), ("Guardians", {"First_Name": "<"}, False),
    ("Guardians", {"Guardian_ID": None, "First_Name": "<"}, True),
    ("Guardians", {"Guardian_ID": None, "Email": "x"}, True), ("Groups", {"Member_Type": "x"}, True),
])
def test_a_tab_with_an_unreadable_key_is_remembered(tab, changed, unreadable):
    reading = read(district(**{tab.replace(" ", "_"): [row(tab, **changed)]}))
    assert (tab in reading.unreadable_key_tabs) == unreadable

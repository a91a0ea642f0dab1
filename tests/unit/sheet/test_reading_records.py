"""The records that rows make: keys, what blank and (clear) mean, what is merged."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rostering.sheet.columns import TAB
from tests.unit.sheet.made_up import MadeUpSheet, SiteOf, district, made, read, row, said, sheet


def test_records_come_in_the_order_of_applying():
    kinds = [record.kind for record in read(district()).records()]
    assert kinds == ["school", "term", "staff", "student", "guardian", "guardian_link", "course", "section",
                     "enrollment", "group", "group_member"]


def test_a_blank_cell_keeps_and_a_cleared_one_empties():
    changed = {"Preferred Name": "(clear)", "Birth Date": "(Clear)", "Status": "(clear)", "Other School IDs": "(clear)"}
    student = made(read(district(Students=[row("Students", **changed)])), "student")["004512"]
    assert student == {"id": "004512", "school": "0012", "other_schools": None, "first_name": "José",
                       "last_name": "García", "preferred_name": None, "grade": "04", "birth_date": None,
                       "status": "active"}


@pytest.mark.parametrize(("tab", "changed", "kind", "fields"), [
    ("Schools", {"Low_Grade": "K", "High_Grade": "5", "NCES_School_ID": "360008103323", "State_School_ID": "3"},
     "school", {"low_grade": "KG", "high_grade": "05", "nces_id": "360008103323", "state_id": "3"}),
    ("Schools", {"Low_Grade": "5", "High_Grade": "K"}, "school", {"low_grade": None}),
    ("Schools", {"Principal_Staff_ID": "t0451"}, "school", {"principal": "t0451"}),
    ("Terms", {"School_ID": "0012", "Term_Type": "semester", "School_Year": "2026-27"},
     "term", {"school": "0012", "type": "Semester", "year": "2027", "start_date": "2026-08-24"}),
    ("Terms", {}, "term", {"school": "", "type": "Other"}),
    ("Staff", {"Other_School_IDs": "0012;A1", "Username": "Ana", "Title": "Art", "State_Staff_ID": "S1"},
     "staff", {"other_schools": ["0012", "a1"], "username": "ana", "title": "Art", "state_id": "S1"}),
    ("Students", {"Start_Date": "8/24/2026", "End_Date": "9/1/2026"},
     "student", {"start_date": "2026-08-24", "end_date": "2026-09-01", "status": "active"}),
    ("Courses", {"School_ID": "0012", "Grades": "3;4", "Course_Code": "004", "Subject": "Math"},
     "course", {"school": "0012", "grades": ["03", "04"], "code": "004", "subject": "Math"}),
    ("Classes", {"Co-Teacher_1_Staff_ID": "T0451", "Co-Teacher_3_Staff_ID": "T0451", "Period": "3", "Room": "1",
                 "Section_Number": "002"},
     "section", {"co_teachers": ["t0451"], "period": "3", "room": "1", "number": "002", "course": "|math-04",
                 "terms": ["|fy"], "teacher": "t0451"}),
    ("Classes", {"Co-Teacher_1_Staff_ID": "(clear)"}, "section", {"co_teachers": None}),
    ("Classes", {}, "section", {"co_teachers": None}),
    ("Class Rosters", {"Start_Date": "9/1/2026", "Status": "Inactive"},
     "enrollment", {"start_date": "2026-09-01", "status": "inactive", "section": None, "student": None}),
    ("Guardians", {"Relationship": "Nanny", "Portal_Access": "No", "Primary_Contact": "Yes"},
     "guardian_link", {"relationship": "Other", "label": "Nanny", "access": False, "primary": True}),
    ("Guardians", {"Portal_Access": "(clear)", "Primary_Contact": "(clear)"},
     "guardian_link", {"relationship": "Mother", "label": "Mother", "access": True, "primary": None}),
    ("Groups", {"Status": "Inactive"}, "group_member", {"status": "inactive"}),
])
def test_cells_become_fields(tab, changed, kind, fields):
    known = SiteOf(school={"a1": True})
    reading = read(district(**{tab.replace(" ", "_"): [row(tab, **changed)]}), known=known)
    assert said(reading, "R") == []
    (record,) = made(reading, kind).values()
    assert {name: record.get(name) for name in fields} == fields


@pytest.mark.parametrize(("changed", "key"), [
    ({"Guardian_ID": "G-1"}, "id:g-1"),
    ({"Guardian_ID": None, "Email": "Maria@Example.com", "First_Name": "María José"},
     "em:maria@example.com|garcia|mariajose"),
    ({"Guardian_ID": "(clear)", "Email": None, "Last_Name": "O\u2019Hara-Ruiz", "Student_ID": "a1"},
     "st:a1|ohararuiz|maria"),
    ({"Guardian_ID": None, "Email": None, "First_Name": "小龙", "Last_Name": "李"}, "st:004512|李|小龙"),
])
def test_guardians_go_by_id_then_email_then_student(changed, key):
    known = SiteOf(student={"a1": True})
    reading = read(district(Guardians=[row("Guardians", **changed)]), known=known)
    assert list(made(reading, "guardian")) == [key]
    assert [link[0] for link in made(reading, "guardian_link")] == [key]


def test_a_guardian_of_several_students_is_one():
    students = [row("Students", Student_ID=each) for each in ("1", "2", "3", "004512")]
    guardians = [row("Guardians", Student_ID=each, Guardian_ID=None, Phone=phone)
                 for each, phone in (("1", None), ("2", "718 555 1212"), ("3", "718 555 1313"))]
    reading = read(district(Students=students, Guardians=guardians))
    assert said(reading, "R") == []
    assert [record.place for record in reading.records() if record.kind == "guardian"] == [2]
    assert made(reading, "guardian")["em:maria@example.com|garcia|maria"]["phone"] == "718 555 1212"
    assert len(made(reading, "guardian_link")) == 3


def test_a_guardian_is_told_by_its_first_row_that_loads():
    rows = [row("Guardians", Student_ID="x"), row("Guardians", Email=None)]
    reading = read(district(Guardians=rows))
    assert [record.place for record in reading.records() if record.kind == "guardian"] == [3]


def test_reading_a_record_twice_gives_the_same():
    reading = read(district())
    assert list(reading.records()) == list(reading.records())


def test_a_closed_reading_is_gone():
    with read(district()) as reading:
        assert list(reading.records())
    with pytest.raises(ValueError, match="closed"):
        list(reading.records())


CHANGES = st.lists(st.tuples(st.sampled_from(sorted(TAB)), st.integers(0, 12),
                             st.sampled_from([None, "", "004512", "4512", "X", "(clear)", "Inactive", "Yes", "G1",
                                              "709", "1/1/2027", "a@district.org", "FY;FY2", "0012"])), max_size=12)


@settings(max_examples=60, deadline=None)
@given(CHANGES, st.integers(1, 7), st.integers(0, 3))
def test_how_rows_are_batched_does_not_matter(changes, batch_rows, seed):
    tabs = {}
    for name in TAB:
        rows = [row(name) for _ in range(6)]
        for number, each in enumerate(rows):
            each[0] = f"{each[0]}{number or ''}" if number % 2 else each[0]
        tabs[name] = rows
    for tab, place, value in changes:
        each = random.Random(f"{seed}{tab}{place}{value}").choice(tabs[tab])
        each[place % len(each)] = value or None
    found = []
    for size in (batch_rows, 6):
        sheets = {name.replace(" ", "_"): sheet(name, *rows, batch_rows=size) for name, rows in tabs.items()}
        try:
            reading = read(district(**sheets))
        except Exception as error:
            found.append(getattr(error, "problems", error))
            continue
        found.append((said(reading), list(reading.records()), reading.counts, reading.held_back,
                      reading.kinds_unreadable))
    assert found[0] == found[1]


def test_a_made_up_sheet_hands_out_every_row():
    made_up = MadeUpSheet([["a"], ["b"], ["c"]], ["x"], batch_rows=2)
    assert [row for batch in made_up.batches(1) for row in batch.rows] == [2, 3, 4]

"""Steps D, E and G row by row: every code with its message."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from rostering.sheet.columns import TAB
from rostering.xlsx.batch import Cell
from tests.unit.sheet.made_up import EXPECTED, district, made, read, row, said, sheet, told


def students(*ids, **changed):
    return [row("Students", Student_ID=each, **changed) for each in ids]


def alone(**tabs):
    """A district in which nothing points at the tabs given."""
    return district(**({"Guardians": [], "Class_Rosters": [], "Groups": []} | tabs))


@pytest.mark.parametrize(("tab", "changed", "message"), [
    ("Students", {"Last_Name": None},
     "R-REQUIRED Students F2 (Last Name): is empty. Last Name is required. Fill it in, or clear the whole row."),
    ("Students", {"Last_Name": Cell("formula_no_value", formula=True)},
     "R-FORMULA-NO-VALUE Students F2 (Last Name): has a formula without a result. Copy the column, then "
     "Paste Special > Values."),
    ("Students", {"Grade": Cell("error", "#VALUE!")},
     "R-CELL-ERROR Students H2 (Grade): shows '#VALUE!'. Replace it by the value."),
    ("Students", {"First_Name": "x" * 65},
     "R-TOO-LONG Students D2 (First Name): is too long (65 letters, most is 64)."),
    ("Students", {"First_Name": Cell("bad_chars", "A\x07", bad="\x07")},
     "R-BAD-CHARS Students D2 (First Name): has letters that are not allowed: U+0007."),
    ("Students", {"State_Student_ID": "1.23E+09"},
     "R-ID-ROUNDED Students J2 (State Student ID): Excel has rounded this ID. Format the column as Text and "
     "type or paste the ID again."),
    ("Students", {"State_Student_ID": Cell("date", "45000", shown="3/15/2023", number=45000.0,
                                           date=date(2023, 3, 15))},
     "R-ID-DATE Students J2 (State Student ID): Excel has turned this ID into a date. Format the column as "
     "Text and type it again."),
    ("Students", {"State_Student_ID": "1 2"},
     "R-ID-CHARS Students J2 (State Student ID): '1 2' is not an ID. Letters, digits and . _ - / : only."),
    ("Staff", {"Role": "Admin"}, "R-NOT-ON-LIST Staff D2 (Role): 'Admin' is not one of: Teacher, Staff."),
    ("Students", {"Grade": "14"}, "R-GRADE Students H2 (Grade): '14' is not a grade. Use KG, 01 ... 12."),
    ("Terms", {"School_Year": "26"},
     "R-YEAR Terms E2 (School Year): '26' is not a school year. Type the year it ends in, for example 2027."),
    ("Students", {"Birth_Date": "soon"},
     "R-DATE Students I2 (Birth Date): 'soon' is not a date. Type it as month/day/year, for example 8/24/2026."),
    ("Students", {"Birth_Date": "24/8/2015"},
     "R-DATE-ORDER Students I2 (Birth Date): '24/8/2015' has a month above 12. Type month/day/year."),
    ("Students", {"Start_Date": "9/1/2026", "End_Date": "8/1/2026"},
     "R-DATE-RANGE Students M2 (Start Date): Start Date 9/1/2026 and End Date 8/1/2026 do not fit together: "
     "the start is after the end."),
    ("Terms", {"End_Date": "9/29/2027"},
     "R-DATE-RANGE Terms G2 (End Date): Start Date 8/24/2026 and End Date 9/29/2027 do not fit together: "
     "a term has at most 400 days."),
    ("Staff", {"Email": "nobody"}, "R-EMAIL Staff H2 (Email): 'nobody' is not one email address."),
    ("Staff", {"Username": "A"},
     "R-USERNAME Staff I2 (Username): 'A' is not a username. Use 3 to 32 of a-z 0-9 . _ - , or the email, or "
     "leave it blank."),
    ("Staff", {"Username": "Admin"},
     "R-USERNAME Staff I2 (Username): 'Admin' is not a username. Use 3 to 32 of a-z 0-9 . _ - , or the email, "
     "or leave it blank."),
    ("Staff", {"Username": "other@district.org"},
     "R-USERNAME Staff I2 (Username): 'other@district.org' is not a username. Use 3 to 32 of a-z 0-9 . _ - , "
     "or the email, or leave it blank."),
])
def test_a_bad_cell_keeps_its_row_out(tab, changed, message):
    book = district(**{tab: [row(tab, **changed)]})
    reading = read(book)
    assert message in said(reading, "R")
    assert (reading.counts[tab].loaded, reading.counts[tab].turned_back) == (0, 1)
    assert made(reading, TAB[tab].kind) == {}


@pytest.mark.parametrize(("tab", "changed", "message"), [
    ("Students", {"First_Name": "JosÃ©"},
     "W-GARBLED Students D2 (First Name): looks garbled ('JosÃ©'). Accents may be broken; check the export."),
    ("Students", {"First_Name": Cell("text", "Ana", shown="Ana", formula=True)},
     "W-FORMULA Students D2 (First Name): has a formula; we took its result 'Ana'."),
    ("Schools", {"NCES_School_ID": "360008000000"},
     "W-ID-ROUNDED Schools D2 (NCES School ID): ends with many zeros; Excel may have rounded it."),
    ("Schools", {"NCES_School_ID": "12"},
     "W-NCES Schools D2 (NCES School ID): '12' is not a 12-digit NCES School ID. It was not stored."),
    ("Schools", {"Low_Grade": "5", "High_Grade": "K"},
     "W-GRADE-ORDER Schools E2 (Low Grade): Low Grade 05 is above High Grade KG. Both were left out."),
    ("Schools", {"Principal_Staff_ID": "T9"},
     "W-PRINCIPAL Schools G2 (Principal Staff ID): 'T9' is not a known Staff ID. The school was loaded without "
     "a principal."),
    ("Guardians", {"Relationship": "Nanny"},
     "W-RELATIONSHIP Guardians E2 (Relationship): 'Nanny' was kept as text and counted as Other."),
    ("Guardians", {"Phone": "n/a"},
     "W-PHONE Guardians G2 (Phone): 'n/a' does not look like a phone number. It was kept as typed."),
    ("Students", {"Birth_Date": Cell("number", "42127", shown="42127", number=42127.0)},
     "W-DATE-SERIAL Students I2 (Birth Date): 42127 looked like an Excel date; we read 5/3/2015."),
    ("Students", {"Birth_Date": "5/3/15"},
     "W-DATE-2DIGIT Students I2 (Birth Date): '5/3/15' was read as 2015. Type four digits."),
    ("Students", {"Birth_Date": "9/16/2024"},
     "W-AGE Students I2 (Birth Date): Birth Date makes this student 1 years old."),
    ("Students", {"Birth_Date": "9/15/2003"},
     "W-AGE Students I2 (Birth Date): Birth Date makes this student 23 years old."),
    ("Staff", {"Email": "ana@distrct.org"},
     "W-EMAIL-DOMAIN Staff H2 (Email): 'ana@distrct.org' has an unusual domain. Did you mean ana@district.org?"),
    ("Students", {"Email": "jose@gmail.com"},
     "W-EMAIL-DOMAIN Students K2 (Email): 'jose@gmail.com' has an unusual domain. "
     "Did you mean jose@district.org?"),
    ("Guardians", {"Email": "maria@gmial.com"},
     "W-EMAIL-DOMAIN Guardians F2 (Email): 'maria@gmial.com' has an unusual domain. "
     "Did you mean maria@gmail.com?"),
    ("Guardians", {"Email": None},
     "W-GUARDIAN-NO-EMAIL Guardians F2 (Email): is empty. This guardian cannot reset a password alone."),
    ("Students", {"Student_ID": Cell("number", "4512", shown="004512", zeros_kept=True, number=4512.0)},
     "I-ZEROS-KEPT Students A2 (Student ID): we read 4512 as shown: '004512'."),
    ("Guardians", {"Email": "Ana.Ruiz@district.org"},
     "I-EMAIL-LINKS Guardians F2 (Email): the two accounts can be connected."),
])
def test_an_odd_cell_loads_with_a_word(tab, changed, message):
    reading = read(district(**{tab: [row(tab, **changed)]}))
    assert said(reading) == [message]
    assert reading.counts[tab].loaded == 1


@pytest.mark.parametrize("birth", ["9/15/2024", "9/16/2003", "2/29/2012"])
def test_students_of_2_to_22_years_are_not_told(birth):
    assert said(read(district(Students=students("004512", Birth_Date=birth)))) == []


@pytest.mark.parametrize("email", ["maria@example.com", "maria@ymail.com", "maria@mail.district.org", "m@q.io"])
def test_guardians_have_their_own_providers(email):
    assert said(read(district(Guardians=[row("Guardians", Email=email)]))) == []


def test_a_guardian_without_access_or_link_needs_no_email():
    assert said(read(district(Guardians=[row("Guardians", Email=None, Portal_Access="No")]))) == []
    assert told(district(Guardians=[row("Guardians", Email=None, Status="Inactive")]), "W-GUARDIAN-NO-EMAIL") == []


def test_a_student_needs_an_email_where_people_sign_in_by_email():
    expected = replace(EXPECTED, sign_in_by_email=True)
    assert said(read(district(), expected=expected)) == [
        "W-EMAIL-NEEDED Students K2 (Email): is empty. This site logs in by email, so the student cannot log in "
        "yet."]
    assert said(read(district(Students=students("004512", Email="j@district.org")), expected=expected)) == []


def test_a_username_may_be_the_email_of_the_row():
    reading = read(district(Staff=[row("Staff", Username="ANA.RUIZ@district.org")]))
    assert said(reading) == []
    assert made(reading, "staff")["t0451"]["username"] == "ana.ruiz@district.org"


@pytest.mark.parametrize(("merge", "rows"), [
    ((2, 0, 4, 0), [2, 3, 4]), ((3, 3, 3, 4), [3]), ((4, 4, 9, 9), [4]), ((2, 14, 2, 20), [2]),
    ((1, 0, 2, 0), []), ((4, 0, 9, 0), []), ((1, 0, 1, 14), []), ((7, 0, 9, 3), []), ((2, 15, 4, 16), []),
])
def test_a_merge_over_data_keeps_its_rows_out(merge, rows):
    tab = sheet("Students", *students("1", "2", "3"), merges=[merge])
    reading = read(alone(Students=tab))
    assert [problem.row for problem in reading.problems if problem.code == "R-MERGED"] == rows


def test_a_merge_is_told_with_its_cells_and_hides_keys():
    reading = read(alone(Students=sheet("Students", *students("1", "2"), merges=[(2, 0, 3, 1)])))
    assert said(reading, "R")[0] == (
        "R-MERGED Students A2 (Student ID): Cells A2:B3 are merged. Unmerge them (Home > Merge & Center) and "
        "fill each cell.")
    assert reading.kinds_unreadable == {"student"}


def test_one_key_in_rows_that_differ_keeps_all_of_them_out():
    reading = read(alone(Students=[*students("7", "8", "7", "9", "7"), row("Students", Student_ID="7", Grade="05")]))
    assert said(reading, "RW") == [
        f"R-DUPLICATE Students A{at} (Student ID): Student ID '7' is also in row {first}. Keep one row. "
        "(Neither row is loaded.)" for at, first in ((2, 4), (4, 2), (6, 2), (7, 2))]
    assert set(made(reading, "student")) == {"8", "9"}
    assert reading.held_back == {"student": {"7"}}


def test_one_key_in_equal_rows_counts_once():
    reading = read(alone(Students=[*students("7", "8", "7", Grade="1"), row("Students", Student_ID="7", Grade="01")]))
    assert said(reading) == [
        "W-DUPLICATE-SAME Students A4 (Student ID): is the same as row 2; counted once.",
        "W-DUPLICATE-SAME Students A5 (Student ID): is the same as row 2; counted once."]
    assert [record.place for record in reading.records() if record.kind == "student"] == [2, 3]


def test_keys_that_differ_in_capital_letters_keep_both_rows_out():
    reading = read(alone(Students=students("a1", "A1", "a2")))
    assert said(reading) == [
        "R-DUPLICATE-CASE Students A2 (Student ID): Student ID 'a1' and 'A1' in row 3 differ only in capital "
        "letters. Correct one of them. (Neither row is loaded.)",
        "R-DUPLICATE-CASE Students A3 (Student ID): Student ID 'A1' and 'a1' in row 2 differ only in capital "
        "letters. Correct one of them. (Neither row is loaded.)"]


@pytest.mark.parametrize(("tab", "one", "other", "message"), [
    ("Terms", {}, {"Term_Name": "x"}, "Term ID 'FY' is also in row 3."),
    ("Class Rosters", {}, {"Start_Date": "9/1/2026"},
     "Class ID + Student ID '709 + 004512' is also in row 3."),
    ("Guardians", {}, {"Relationship": "Aunt"}, "Guardian '004512 + G1' is also in row 3."),
    ("Guardians", {"Guardian_ID": None}, {"Guardian_ID": None, "Relationship": "Aunt"},
     "Guardian '004512 + Maria García' is also in row 3."),
    ("Groups", {}, {"Status": "Inactive"}, "Group ID + Member ID 'RTI + 004512' is also in row 3."),
])
def test_the_key_of_a_tab_is_told_as_people_know_it(tab, one, other, message):
    book = district(**{tab.replace(" ", "_"): [row(tab, **one), row(tab, **other)]})
    assert said(read(book), "R")[0].split(": ", 1)[1].startswith(message)


def test_a_course_and_a_term_may_be_there_once_per_school():
    terms = [row("Terms"), row("Terms", School_ID="0012"), row("Terms", School_ID="(clear)", Term_ID="S1")]
    courses = [row("Courses"), row("Courses", School_ID="0012")]
    reading = read(district(Terms=terms, Courses=courses))
    assert said(reading) == []
    assert set(made(reading, "term")) == {"|fy", "0012|fy", "|s1"}
    assert made(reading, "section")["709"]["course"] == "0012|math-04"
    assert made(reading, "section")["709"]["terms"] == ["0012|fy"]


@pytest.mark.parametrize("tab", ["Staff", "Students"])
def test_an_email_belongs_to_one_person_of_a_role(tab):
    rows = [row(tab, **{f"{tab.removesuffix('s')}_ID": each}, Email=email)
            for each, email in (("1", "a@district.org"), ("2", "b@district.org"), ("3", "A@district.org"))]
    reading = read(alone(**{tab: rows}))
    column = "H" if tab == "Staff" else "K"
    assert [each for each in said(reading, "R") if "EMAIL" in each] == [
        f"R-EMAIL-TAKEN {tab} {column}2 (Email): 'A@district.org' is also used in row 4. Each person needs their "
        "own email. (Neither row is loaded.)",
        f"R-EMAIL-TAKEN {tab} {column}4 (Email): 'A@district.org' is also used in row 2. Each person needs their "
        "own email. (Neither row is loaded.)"]


def test_a_student_and_an_employee_may_have_one_email():
    assert said(read(district(Students=students("004512", Email="ana.ruiz@district.org")))) == []


def test_rows_of_one_key_are_told_as_duplicates_only():
    rows = [row("Staff"), row("Staff", Title="x")]
    assert {problem.code for problem in read(alone(Staff=rows, Classes=[])).problems} == {"R-DUPLICATE"}


def test_two_guardians_may_share_an_email_but_are_told():
    rows = [row("Guardians"), row("Guardians", Guardian_ID="G2", First_Name="Juan")]
    assert said(read(district(Guardians=rows))) == [
        "W-EMAIL-SHARED Guardians F3 (Email): 'maria@example.com' is also the email of row 2. Each of them logs in "
        "with their own username."]


def test_a_username_belongs_to_one_person_of_the_site():
    reading = read(alone(Staff=[row("Staff", Username="ana")],
                         Students=[*students("1", "2", Username="ANA"), *students("3", "4", Username="bob")]))
    assert said(reading) == [
        f"R-USERNAME-TAKEN Students L{at} (Username): The username '{name}' is already taken. Leave the cell "
        "blank and the system makes one." for at, name in ((2, "ana"), (3, "ana"), (5, "bob"))]


def test_a_guardian_has_one_username_in_all_rows():
    rows = [row("Guardians", Student_ID=each, Username="maria") for each in ("1", "2")]
    assert said(read(district(Students=students("1", "2", "004512"), Guardians=rows)), "R") == []


def test_rows_of_one_guardian_must_agree():
    rows = [row("Guardians", Student_ID="1"), row("Guardians", Student_ID="2", First_Name="MARÍA"),
            row("Guardians", Student_ID="3", First_Name="Mariana", Email="x@example.com"),
            row("Guardians", Student_ID="4", Email=None, Phone="718-555-1212")]
    reading = read(district(Students=students("1", "2", "3", "4", "004512"), Guardians=rows))
    assert said(reading, "R") == [
        "R-DISAGREE Guardians C4 (First Name): says 'Mariana', but row 2 says 'Maria' for the same Guardian ID.",
        "R-DISAGREE Guardians F4 (Email): says 'x@example.com', but row 2 says 'maria@example.com' for the same "
        "Guardian ID."]
    assert made(reading, "guardian") == {"id:g1": {
        "id": "G1", "first_name": "Maria", "last_name": "García", "email": "maria@example.com",
        "phone": "718-555-1212"}}
    assert set(made(reading, "guardian_link")) == {("id:g1", each) for each in "124"}
    assert reading.held_back == {"guardian": {"id:g1"}, "guardian_link": {("id:g1", "3")}}


def test_rows_of_one_group_must_agree():
    rows = [row("Groups"), row("Groups", Member_Type="Staff", Member_ID="T0451", Group_Name="Math")]
    assert said(read(district(Groups=rows))) == [
        "R-DISAGREE Groups B3 (Group Name): says 'Math', but row 2 says 'Reading' for the same Group ID."]


def test_a_bad_row_does_not_speak_for_a_guardian():
    rows = [row("Guardians", Student_ID="x", First_Name="Mariana"), row("Guardians")]
    reading = read(district(Guardians=rows))
    assert [each.code for each in reading.problems] == ["R-REF"]
    assert made(reading, "guardian")["id:g1"]["first_name"] == "Maria"


def test_one_primary_contact_counts():
    rows = [row("Guardians", Primary_Contact="Yes"),
            row("Guardians", Guardian_ID="G2", First_Name="Juan", Email="j@example.com", Primary_Contact="Yes")]
    reading = read(district(Guardians=rows))
    assert said(reading) == [
        "W-PRIMARY-TWICE Guardians J3 (Primary Contact): this student has more than one primary contact (also row "
        "2). The first one counts."]
    assert {key[0]: link["primary"] for key, link in made(reading, "guardian_link").items()} == {
        "id:g1": True, "id:g2": False}


def test_what_is_counted_once_a_tab():
    book = district(
        Schools=[row("Schools"), row("Schools", School_ID="0014")],
        Students=[*students("004512", "2", "3"), row("Students", Student_ID="4", School_ID="0014"),
                  row("Students", Student_ID="5", School_ID="0014", Other_School_IDs="0012"),
                  row("Students", Student_ID="6", Status="Inactive")],
        Classes=[row("Classes"), row("Classes", Class_ID="710"), row("Classes", Class_ID="711")],
        Class_Rosters=[row("Class Rosters", Student_ID=each) for each in ("004512", "4", "5")])
    assert said(read(book)) == [
        "W-STUDENT-NO-CLASS `Students` tab: 2 students are in no class (first: row 3).",
        "W-STUDENT-NO-GUARDIAN `Students` tab: 4 students have no guardian (first: row 3).",
        "W-CLASS-NO-STUDENT `Classes` tab: 2 classes have no students (first: row 3).",
        "W-CLASS-OTHER-SCHOOL `Class Rosters` tab: 1 roster rows put a student in a class of a school that is not "
        "theirs (first: row 3)."]


def test_an_empty_tab_says_nothing_of_those_without():
    assert said(read(alone())) == []

"""Made-up districts are real enough: references hold, names vary, a week changes what a week does."""

from __future__ import annotations

import time
from collections import Counter
from datetime import date, timedelta
from random import Random

import openpyxl
import pytest

from cli.generate import VARIANTS, District, district, generate, variant
from cli.generator import names, sheet
from cli.generator.layout import ELEMENTARY, Zone
from rostering.sheet.columns import TABS

TODAY = date(2026, 11, 23)


def made(students: int = 600, *, seed: int = 1, name: str | None = None, today: date = TODAY) -> District:
    whole = district(students, seed, today)
    return variant(whole, name) if name else whole


def everything(district: District) -> Zone:
    """All zones of a district in one."""
    whole = Zone()
    for zone in district.zones():
        for name in Zone.__slots__:
            getattr(whole, name).extend(getattr(zone, name))
    return whole


def rows_of(district: District) -> dict[str, list]:
    return {tab: [tuple(row) for row in rows]
            for tab, rows in sheet.rows(district.zones(), district.year).items()}


@pytest.mark.parametrize("students", [1, 2, 17, 299, 300, 1_000, 4_999])
def test_a_district_has_as_many_students_as_asked_for(students):
    assert len(everything(made(students)).students) == students


def test_no_students_are_no_district():
    with pytest.raises(ValueError, match="at least 1"):
        district(0, 1, TODAY)


def test_the_same_seed_gives_the_same_district_and_another_one_does_not():
    assert rows_of(made(seed=7)) == rows_of(made(seed=7))
    assert rows_of(made(seed=7)) != rows_of(made(seed=8))


@pytest.mark.parametrize("name", [None, *VARIANTS])
@pytest.mark.parametrize("students", [1, 40, 600, 4_100])
def test_keys_are_unique_and_references_lead_somewhere(students, name):
    whole = everything(made(students, name=name))
    schools, staff, pupils, sections = (
        [row.id for row in rows] for rows in (whole.schools, whole.staff, whole.students, whole.sections))
    for ids in (schools, staff, pupils, sections, whole.enrollments, whole.guardians, whole.members,
                [person.email for person in whole.staff],
                [pupil.email for pupil in whole.students if pupil.email],
                [pupil.state_id for pupil in whole.students]):
        assert [id for id, times in Counter(ids).items() if times > 1] == []
    assert {person.school for person in whole.staff + whole.students + whole.sections} <= set(schools)
    assert {school.principal for school in whole.schools} <= set(staff)
    others = {id for person in whole.staff for id in person.other_schools.split(";") if id}
    assert others <= set(schools)
    assert {row.student for row in whole.guardians + whole.enrollments} <= set(pupils)
    assert {row.section for row in whole.enrollments} <= set(sections)
    teachers = {id for section in whole.sections for id in (section.teacher, *section.co_teachers)}
    assert teachers <= set(staff)
    assert {m.member for m in whole.members} | {m.owner for m in whole.members} <= set(pupils) | set(staff)


def test_rows_of_one_guardian_agree():
    whole = everything(made(2_000, name="next-week"))
    said = {(g.id, g.first, g.last, g.email, g.phone) for g in whole.guardians if g.id}
    assert len(said) == len({id for id, *_ in said})


def test_students_take_six_courses_in_classes_of_a_usual_size():
    whole = everything(made(5_000))
    assert set(Counter(row.student for row in whole.enrollments).values()) == {6}
    sizes = Counter(row.section for row in whole.enrollments).values()
    usual = sum(18 <= size <= 30 for size in sizes)
    assert usual / len(sizes) > 0.95 and max(sizes) <= 30


def test_elementary_classes_stay_together():
    whole = everything(made(1_000))
    classes = {}
    for row in whole.enrollments:
        classes.setdefault(row.section, set()).add(row.student)
    young = {frozenset(classes[section.id]) for section in whole.sections
             if section.course.rsplit("-", 1)[1] in ELEMENTARY}
    assert sum(map(len, young)) == sum(student.grade in ELEMENTARY for student in whole.students)


def test_schools_families_and_staff_are_in_proportion():
    whole = everything(made(10_000))
    guardians = {(g.id or g.student, g.first, g.last) for g in whole.guardians}
    assert 400 <= 10_000 / len(whole.schools) <= 600
    assert 1.1 <= len(guardians) / 10_000 <= 1.3
    assert any(person.other_schools and person.role == "Teacher" for person in whole.staff)
    assert any(section.co_teachers for section in whole.sections)
    siblings = Counter(g.id for g in whole.guardians if g.id)
    assert max(siblings.values()) >= 3
    reached = {g.student for g in whole.guardians if g.email}
    assert 0.85 < len(reached) / 10_000 < 0.99


def test_names_have_accents_apostrophes_hyphens_and_other_scripts():
    names = {name for student in everything(made(5_000)).students for name in (student.first, student.last)}
    assert {"José", "García", "O'Brien"} <= names
    assert any("-" in name for name in names)
    assert any("\u4e00" <= letter <= "\u9fff" for name in names for letter in name)
    assert any("\u0600" <= letter <= "\u06ff" for name in names for letter in name)


def test_ids_begin_with_zeros_and_emails_begin_in_grade_3():
    students = everything(made()).students
    assert all(len(student.id) == 6 and student.id.startswith("00") for student in students)
    assert {student.grade for student in students if not student.email} == {"PK", "KG", "01", "02"}


@pytest.mark.parametrize("today", [date(2026, 7, 1), date(2026, 11, 23), date(2027, 1, 15),
                                   date(2027, 1, 16), date(2027, 2, 28), date(2027, 6, 30)])
def test_every_day_of_the_year_has_a_current_term(today):
    terms = made(today=today).year.terms
    assert {name for name, *_ in terms} == {"SY-2627", "S1-2627", "S2-2627"}
    assert sum(first <= today <= last for *_, first, last in terms) == 2


def test_children_have_the_age_of_their_grade():
    year = made().year.end
    for student in everything(made()).students:
        age = (date(year - 1, 9, 1) - student.birth_date) / timedelta(days=365.25)
        grade = int({"PK": "-1", "KG": "0"}.get(student.grade, student.grade))
        assert grade + 4.9 < age < grade + 7.1


def test_next_week_some_come_some_go_some_change():
    before, after = ({s.id: s for s in everything(made(4_000, name=name)).students}
                     for name in (None, "next-week"))
    assert 0.01 < len(after.keys() - before.keys()) / 4_000 < 0.02
    assert 0.005 < len(before.keys() - after.keys()) / 4_000 < 0.015
    changed = [id for id in before.keys() & after.keys() if before[id] != after[id]]
    assert 0.015 < len(changed) / 4_000 < 0.025
    fields = {name for id in changed for name in before[id]._fields
              if getattr(before[id], name) != getattr(after[id], name)}
    assert {"last", "email", "school", "grade"} <= fields


def test_next_week_a_teacher_leaves_and_a_section_opens():
    before, after = everything(made()), everything(made(name="next-week"))
    gone = {person.id for person in before.staff} - {person.id for person in after.staff}
    assert len(gone) == 1 and len(after.staff) == len(before.staff)
    new = {s.id for s in after.sections} - {s.id for s in before.sections}
    assert len(new) == 1
    assert len([row for row in after.enrollments if row.section in new]) >= 5


def test_next_week_most_rosters_stay():
    before, after = everything(made(4_000)), everything(made(4_000, name="next-week"))
    kept = set(before.enrollments) & set(after.enrollments)
    assert 0.95 < len(kept) / len(before.enrollments) < 0.99


@pytest.mark.parametrize("students", [600, 4_100])
def test_a_truncated_file_stops_in_the_middle_of_the_students(students):
    before, after = everything(made(students)), everything(made(students, name="truncated"))
    assert after.students == before.students[:students // 2]
    assert (after.schools, after.staff, after.sections) == (before.schools, before.staff, before.sections)


def test_new_ids_change_every_student_id_and_nothing_else():
    before, after = everything(made()), everything(made(name="new-ids"))
    assert not {s.id for s in before.students} & {s.id for s in after.students}
    assert [s._replace(id="") for s in before.students] == [s._replace(id="") for s in after.students]
    assert before.staff == after.staff and before.sections == after.sections


def test_an_unknown_variant_is_refused():
    with pytest.raises(ValueError, match="next-week"):
        variant(made(), "next-month")


def test_the_sheet_holds_the_district(tmp_path):
    [path] = generate(120, out=tmp_path / "a.xlsx", today=TODAY)
    book = openpyxl.load_workbook(path)
    for tab in TABS:
        expected = [tuple(None if value == "" else value for value in row)
                    for row in rows_of(made(120))[tab.name]]
        found = [tuple(value.date() if hasattr(value, "date") else value for value in row)
                 for row in book[tab.name].iter_rows(min_row=2, values_only=True)]
        assert found == [row + (None,) * (len(tab.columns) - len(row)) for row in expected]
    assert book["Read Me First"]["B3"].value is None
    assert book["Read Me First"]["B4"].value == "2026-27"


@pytest.mark.parametrize(("name", "load_type", "expected"), [
    (None, None, "Add and update"), ("next-week", None, "Complete list"),
    ("truncated", None, "Complete list"), ("next-week", "Add and update", "Add and update")])
def test_a_changed_district_is_a_complete_list_unless_told_otherwise(tmp_path, name, load_type, expected):
    [path] = generate(30, out=tmp_path / "a.xlsx", today=TODAY, variant_name=name, load_type=load_type)
    assert openpyxl.load_workbook(path)["Read Me First"]["B5"].value == expected


def test_a_file_that_is_not_xlsx_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"\.xlsx"):
        generate(10, out=tmp_path / "a.csv", today=TODAY)


def test_a_large_district_is_split_into_whole_schools(tmp_path):
    paths = sheet.write_sheet(made(4_100), tmp_path / "big.xlsx", students_per_file=3_000)
    assert [path.name for path in paths] == ["big-1.xlsx", "big-2.xlsx"]
    schools, homes, students = [], [], 0
    for path in paths:
        book = openpyxl.load_workbook(path, read_only=True)
        schools.append({row[0] for row in book["Schools"].iter_rows(min_row=2, values_only=True)})
        rows = list(book["Students"].iter_rows(min_row=2, values_only=True))
        homes.append({row[1] for row in rows})
        students += len(rows)
    assert homes[0] <= schools[0] and homes[1] <= schools[1] and not schools[0] & schools[1]
    assert students == 4_100


def test_ten_thousand_students_take_seconds(tmp_path):
    before = time.process_time()
    generate(10_000, out=tmp_path / "a.xlsx", today=TODAY)
    assert time.process_time() - before < 30


def test_a_family_may_have_more_children_than_there_are_names():
    culture = names.Culture(1, ("Ada",), ("Bo",), ("Lee",))
    drawn = [names.first(Random(1), culture, girl=True, taken=taken) for taken in ((), {"Ada"})]
    assert drawn == ["Ada", "Ada"]

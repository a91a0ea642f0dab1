"""Classes: who teaches what to whom. Six enrollments per student.

In elementary schools a class stays together and its teacher teaches it everything but art and
sports; later, each subject mixes the students of a grade anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import count
from random import Random

from cli.generator.layout import (
    COURSES_OF,
    ELEMENTARY,
    Course,
    Employee,
    Enrollment,
    Member,
    Numbers,
    School,
    SchoolYear,
    Section,
    Student,
    Zone,
)
from cli.generator.people import employee

CLASS_SIZE = 24
LARGEST_CLASS = 30
_SPECIAL = {"ART", "PE"}  # the subjects of elementary schools that the class teacher does not teach
_SECTIONS_PER_TEACHER = 5
_SECTIONS_PER_SPECIALIST = 12


class _Faculty:
    """The teachers of a zone, hired as they are needed."""

    def __init__(self, zone: Zone, ids: Iterator[int], random: Random) -> None:
        self._zone, self._ids, self._random = zone, ids, random
        self._busy: dict[tuple[str, str], list] = {}

    def hire(self, school: School, title: str) -> Employee:
        other = ""
        if self._random.random() < 0.03 and len(self._zone.schools) > 1:
            other = self._random.choice([s.id for s in self._zone.schools if s.id != school.id])
        teacher = employee(next(self._ids), school.id, "Teacher", title, self._random, other)
        self._zone.staff.append(teacher)
        return teacher

    def for_subject(self, school: School, subject: str, most: int) -> tuple[Employee, int]:
        """A teacher of the subject with room for one more section, and which of theirs it is."""
        busy = self._busy.get((school.id, subject))
        if busy is None or busy[1] == most:
            busy = self._busy[school.id, subject] = [self.hire(school, f"{subject} Teacher"), 0]
        busy[1] += 1
        return busy[0], busy[1]


def teach(zone: Zone, numbers: Numbers, year: SchoolYear, random: Random) -> Zone:
    """`zone` with teachers, sections, enrollments and groups."""
    faculty = _Faculty(zone, count(numbers.before + len(zone.staff) + 1), random)
    ids = count(numbers.before + 1)
    by_grade: dict[tuple[str, str], list[Student]] = defaultdict(list)
    for student in zone.students:
        by_grade[student.school, student.grade].append(student)
    for school in zone.schools:
        for grade in school.grades:
            students = by_grade.get((school.id, grade))
            if students:
                open_grade = _open_classes if grade in ELEMENTARY else _open_courses
                open_grade(zone, school, grade, students, faculty, ids, year, random)
        _form_group(zone, school, by_grade, random)
    return zone


def _open_classes(zone: Zone, school: School, grade: str, students: list[Student], faculty: _Faculty,
                  ids: Iterator[int], year: SchoolYear, random: Random) -> None:
    """Elementary: every class takes all courses of its grade together."""
    for number, members in enumerate(split(students, random), start=1):
        label = {"PK": "Pre-K", "KG": "K"}.get(grade, grade.lstrip("0"))
        own = faculty.hire(school, f"Grade {label} Teacher")
        helpers = _co_teachers(school, faculty, random)
        for period, course in enumerate(COURSES_OF[grade], start=1):
            teacher = own
            if course.id.split("-")[0] in _SPECIAL:
                teacher, _ = faculty.for_subject(school, course.subject, _SECTIONS_PER_SPECIALIST)
            add_section(zone, next(ids), school.id, course, number, str(period), teacher,
                        helpers if teacher is own else (), members, year, random)


def _open_courses(zone: Zone, school: School, grade: str, students: list[Student], faculty: _Faculty,
                  ids: Iterator[int], year: SchoolYear, random: Random) -> None:
    """Middle and high school: every course splits the grade anew."""
    for course in COURSES_OF[grade]:
        for number, members in enumerate(split(students, random), start=1):
            teacher, period = faculty.for_subject(school, course.subject, _SECTIONS_PER_TEACHER)
            add_section(zone, next(ids), school.id, course, number, str(period), teacher,
                        _co_teachers(school, faculty, random), members, year, random)


def split(students: list[Student], random: Random) -> list[list[Student]]:
    """The students in random groups of nearly equal size, 18 to 30 if there are at least 18."""
    mixed = random.sample(students, len(students))
    groups = max(1, round(len(mixed) / CLASS_SIZE), -(-len(mixed) // LARGEST_CLASS))
    return [mixed[start::groups] for start in range(groups)]


def add_section(zone: Zone, number: int, school: str, course: Course, place: int, period: str,
                teacher: Employee, co_teachers: tuple[str, ...], members: list[Student],
                year: SchoolYear, random: Random) -> Section:
    """Open a section of `course` with its members."""
    terms = ";".join(f"{term}-{year.suffix}" for term in random.choice(course.terms).split(";"))
    section = Section(
        id=str(number), school=school, course=course.id,
        name=f"{course.name} - {teacher.last} - Sec {place}", number=f"{place:03d}", terms=terms,
        period=period, teacher=teacher.id, co_teachers=co_teachers,
        room=f"{int(teacher.id[1:]) % 40 + 101}{random.choice(('', '', '', 'A', 'B'))}")
    zone.sections.append(section)
    zone.enrollments.extend(Enrollment(section.id, student.id) for student in members)
    return section


def _co_teachers(school: School, faculty: _Faculty, random: Random) -> tuple[str, ...]:
    """Mostly nobody; a special education teacher in one of ten, now and then two of them."""
    chance = random.random()
    count = 2 if chance < 0.01 else 1 if chance < 0.1 else 0
    found = [faculty.for_subject(school, "Special Education", 6 + n)[0].id for n in range(count)]
    return tuple(dict.fromkeys(found))


def _form_group(zone: Zone, school: School, by_grade: dict[tuple[str, str], list[Student]],
                random: Random) -> None:
    """One group per school: a few students of one grade, its owner and a second adult."""
    grade, name = (("04", "Reading Intervention 4A") if "04" in school.grades else
                   ("07", "Math Support 7") if "07" in school.grades else ("10", "Debate Team"))
    students = by_grade.get((school.id, grade), [])
    adults = [employee for employee in zone.staff if employee.school == school.id]
    teachers = [employee for employee in adults if employee.role == "Teacher"]
    if len(students) < 4 or not teachers:
        return
    owner = random.choice(teachers)
    group = f"GRP-{school.id}"
    chosen = [("Student", student.id) for student in random.sample(students, min(8, len(students)))]
    chosen += [("Staff", adult.id) for adult in random.sample(adults, 1) if adult.id != owner.id]
    zone.members.extend(Member(group, name, school.id, owner.id, kind, id) for kind, id in chosen)

"""A made-up district of any size as a stream of records: nothing is kept, the same number gives the same record.

A school has 500 students, 33 employees and, in each of 6 periods, classes of 25; a student has 6
enrollments and 1.7 guardians. In `Week(1)` two of a hundred students differ from `Week(0)`: one has
changed grade, half of one has moved to another class, half of one is new (with guardians and classes).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from cli.generator import names
from rostering.model import GRADES, Record

STUDENTS_PER_SCHOOL = 500
STAFF_PER_SCHOOL = 33
STUDENTS_PER_CLASS = 25
PERIODS = 6
_CLASSES = STUDENTS_PER_SCHOOL // STUDENTS_PER_CLASS
_NEW_PER_1000 = 5

# What the district's stream is counted as, by kind of record.
COUNTED = {"school": "schools", "term": "terms", "staff": "staff", "student": "students",
           "guardian_link": "guardians", "course": "courses", "section": "sections", "enrollment": "rosters"}


@dataclass(frozen=True, slots=True)
class District:
    """`students` of week 0; in week 1 two of a hundred differ."""

    students: int
    week: int = 0

    def records(self) -> Iterator[Record]:
        """All records in the order of applying."""
        schools = range(-(-self.students // STUDENTS_PER_SCHOOL))
        yield from (_school(number) for number in schools)
        yield Record("term", "|s1", {"id": "S1", "name": "Semester 1", "type": "Semester", "year": 2027,
                                     "start_date": "2026-08-24", "end_date": "2027-01-15"}, 2)
        for school in schools:
            yield from (_employee(school, number) for number in range(STAFF_PER_SCHOOL))
        for number in self._everybody():
            yield self._student(number)
        for number in self._everybody():
            yield from _guardians(number, school_of(number, self.students))
        yield Record("course", "|math", {"id": "MATH", "name": "Mathematics", "status": "active"}, 2)
        for school in schools:
            for period in range(PERIODS):
                yield from (_section(school, period, number) for number in range(_CLASSES))
        for number in self._everybody():
            yield from self._enrollments(number)

    def counts(self) -> dict[str, dict[str, int]]:
        """Rows of each counted kind, as the reader of a file would give them."""
        schools = -(-self.students // STUDENTS_PER_SCHOOL)
        people = len(self._everybody())
        moved = sum(self._moved(number) for number in range(self.students))
        rows = {"schools": schools, "terms": 1, "staff": schools * STAFF_PER_SCHOOL, "students": people,
                "guardians": sum(_parents(number) for number in self._everybody()), "courses": 1,
                "sections": schools * PERIODS * _CLASSES, "rosters": people * PERIODS + moved}
        return {kind: {"rows": number, "problems": 0} for kind, number in rows.items()}

    def _everybody(self) -> range:
        return range(self.students + self.week * self.students * _NEW_PER_1000 // 1000)

    def _student(self, number: int) -> Record:
        first, last = name_of("student", number)
        grade = GRADES[4 + number % 13]
        if self.week and number % 100 == 7:
            grade = GRADES[4 + (number + 1) % 13]
        key = student_key(number)
        return Record("student", key, {
            "id": key, "school": school_key(school_of(number, self.students)), "first_name": first,
            "last_name": last, "grade": grade, "birth_date": f"{2010 + number % 10}-{1 + number % 12:02}-15",
            "start_date": "2026-08-24", "status": "active"}, number + 2)

    def _moved(self, number: int) -> bool:
        """Whether a student is in another class of the first period than before."""
        return bool(self.week) and number % 200 == 13

    def _enrollments(self, number: int) -> Iterator[Record]:
        school, seat = school_of(number, self.students), number % STUDENTS_PER_SCHOOL
        key = student_key(number)
        for period in range(PERIODS):
            group = (seat * (2 * period + 1)) % _CLASSES
            place = number * PERIODS + period + 2
            if not period and self._moved(number):
                yield Record("enrollment", (section_key(school, period, group), key), {"status": "inactive"}, place)
                group = (group + 1) % _CLASSES
            yield Record("enrollment", (section_key(school, period, group), key), {"status": "active"}, place)


def school_of(student: int, students: int) -> int:
    """A student's school; who is new goes to one of those that are there."""
    return (student if student < students else student * 7 % students) // STUDENTS_PER_SCHOOL


def school_key(number: int) -> str:
    return f"{number + 10:04}"


def student_key(number: int) -> str:
    return f"{number + 100_000:07}"


def section_key(school: int, period: int, number: int) -> str:
    return f"{school_key(school)}-{period + 1}-{number:02}"


def _school(number: int) -> Record:
    key = school_key(number)
    return Record("school", key, {"id": key, "name": names.place(number), "status": "active"}, number + 2)


def _employee(school: int, number: int) -> Record:
    key = f"t{school * STAFF_PER_SCHOOL + number:06}"
    first, last = name_of("staff", school * STAFF_PER_SCHOOL + number)
    return Record("staff", key, {"id": key, "school": school_key(school), "role": "Teacher", "first_name": first,
                  "last_name": last, "email": f"{key}@district.example", "status": "active"}, number + 2)


def _parents(number: int) -> int:
    return 1 + (number % 10 < 7)


def _guardians(number: int, school: int) -> Iterator[Record]:
    student, (_, last) = student_key(number), name_of("student", number)
    for parent in range(_parents(number)):
        key = f"id:g{number:07}{parent}"
        first, _ = name_of(f"parent {parent}", number)
        fields: dict[str, Any] = {"id": key[3:], "first_name": first, "last_name": last}
        if number % 5 < 3:
            fields["email"] = f"{key[3:]}@home.example"
        yield Record("guardian", key, fields, number + 2)
        yield Record("guardian_link", (key, student), {"relationship": "Parent", "primary": not parent,
                     "access": True, "status": "active"}, number + 2)


def _section(school: int, period: int, number: int) -> Record:
    key = section_key(school, period, number)
    teacher = f"t{school * STAFF_PER_SCHOOL + (period + number) % STAFF_PER_SCHOOL:06}"
    return Record("section", key, {"id": key, "school": school_key(school), "course": "|math",
                  "name": f"Mathematics {number + 1}", "terms": ["|s1"], "period": str(period + 1),
                  "teacher": teacher, "status": "active"}, number + 2)


def name_of(what: str, number: int) -> tuple[str, str]:
    """First and last name of somebody: of a student, say."""
    pick = zlib.crc32(f"{what} {number}".encode())
    culture = _CULTURES[pick % len(_CULTURES)]
    firsts = culture.girls if pick & 0x10000 else culture.boys
    return firsts[(pick >> 8) % len(firsts)], culture.last[(pick >> 18) % len(culture.last)]


_CULTURES = [names.family(Random(number))[0] for number in range(509)]

"""What a made-up district consists of: schools, terms, courses, and what the rows hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from cli.generator import names

STUDENTS_PER_ZONE = 2_000
STUDENTS_PER_SCHOOL = 500
ONE_SCHOOL_BELOW = 300  # students: a single school with all grades

ELEMENTARY = ("PK", "KG", "01", "02", "03", "04", "05")
MIDDLE = ("06", "07", "08")
HIGH = ("09", "10", "11", "12")
GRADES = ELEMENTARY + MIDDLE + HIGH
GRADE_WEIGHTS = (0.4,) + (1.0,) * (len(GRADES) - 1)

STAFF_DOMAIN = "district.example.org"
STUDENT_DOMAIN = "students.district.example.org"


class School(NamedTuple):
    id: str
    name: str
    grades: tuple[str, ...]
    number: int
    principal: str = ""


class Employee(NamedTuple):
    id: str
    school: str
    other_schools: str
    role: str
    first: str
    middle: str
    last: str
    email: str
    username: str
    title: str
    state_id: str


class Student(NamedTuple):
    id: str
    school: str
    first: str
    middle: str
    last: str
    preferred: str
    grade: str
    birth_date: date
    state_id: str
    email: str
    start_date: date


class Guardian(NamedTuple):
    """One guardian of one student, as a row of the sheet."""

    student: str
    id: str
    first: str
    last: str
    relationship: str
    email: str
    phone: str
    portal_access: str
    primary: str


class Section(NamedTuple):
    id: str
    school: str
    course: str
    name: str
    number: str
    terms: str
    period: str
    teacher: str
    co_teachers: tuple[str, ...]
    room: str


class Enrollment(NamedTuple):
    section: str
    student: str


class Member(NamedTuple):
    """One member of one group, as a row of the sheet."""

    group: str
    name: str
    school: str
    owner: str
    kind: str
    member: str


class Course(NamedTuple):
    id: str
    name: str
    code: str
    subject: str
    grades: tuple[str, ...]
    terms: tuple[str, ...]  # one of them is drawn for each section


@dataclass(slots=True)
class Zone:
    """Some schools that belong together, with everybody in them. Families stay in one zone."""

    schools: list[School] = field(default_factory=list)
    staff: list[Employee] = field(default_factory=list)
    students: list[Student] = field(default_factory=list)
    guardians: list[Guardian] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    enrollments: list[Enrollment] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)


class Numbers(NamedTuple):
    """Where the numbers of a zone's IDs begin, so that zones can be made apart and never clash."""

    zone: int
    students: int  # how many students this zone has
    before: int  # how many the zones before it have
    total: int  # how many the district has


@dataclass(frozen=True, slots=True)
class SchoolYear:
    """The school year that `today` falls into. It runs from July 1 to June 30."""

    today: date

    @property
    def end(self) -> int:
        """The year the school year ends in."""
        return self.today.year + (self.today.month >= 7)

    @property
    def first_day(self) -> date:
        return date(self.end - 1, 7, 1)

    @property
    def suffix(self) -> str:
        """2627 for 2026-27."""
        return f"{(self.end - 1) % 100:02d}{self.end % 100:02d}"

    @property
    def terms(self) -> tuple[tuple[str, str, str, date, date], ...]:
        """ID, name, type, first and last day of the whole year and of its halves.

        There is no gap: whenever the district is made, today is a day of a current term.
        """
        return ((f"SY-{self.suffix}", f"School Year {self.end - 1}-{self.end % 100:02d}",
                 "School Year", self.first_day, date(self.end, 6, 30)),
                (f"S1-{self.suffix}", "Semester 1", "Semester", self.first_day,
                 date(self.end, 1, 15)),
                (f"S2-{self.suffix}", "Semester 2", "Semester", date(self.end, 1, 16),
                 date(self.end, 6, 30)))


def schools(numbers: Numbers) -> list[School]:
    """The schools of a zone: about 500 students each, elementary, middle and high."""
    if numbers.students < ONE_SCHOOL_BELOW:
        wanted = [("School", GRADES, 1)]
    else:
        whole = sum(GRADE_WEIGHTS)
        wanted = []
        for kind, grades in (("Elementary School", ELEMENTARY), ("Middle School", MIDDLE),
                             ("High School", HIGH)):
            share = numbers.students * sum(
                weight for grade, weight in zip(GRADES, GRADE_WEIGHTS, strict=True)
                if grade in grades) / whole
            wanted.append((kind, grades, max(1, round(share / STUDENTS_PER_SCHOOL))))
    found: list[School] = []
    for kind, grades, count in wanted:
        for _ in range(count):
            number = numbers.zone * 10 + len(found) + 1
            found.append(School(f"{number:04d}", f"{names.place(number - 1)} {kind}", grades, number))
    return found


def unique_number(number: int) -> str:
    """A 9-digit number that differs for every `number` and does not look like a counter."""
    return str(100_000_000 + number * 387_420_489 % 900_000_001)


def _courses() -> Iterator[Course]:
    year, halves = ("SY",), ("S1", "S2")
    for grade in ELEMENTARY:
        for code, name in (("READ", "Reading"), ("MATH", "Mathematics"), ("SCI", "Science"),
                           ("SOC", "Social Studies"), ("ART", "Art and Music"),
                           ("PE", "Physical Education")):
            subject = "English Language Arts" if code == "READ" else name
            label = {"PK": "Pre-K", "KG": "K"}.get(grade, grade.lstrip("0"))
            yield Course(f"{code}-{grade}", f"{name} {label}", "", subject, (grade,), year)
    for grade in MIDDLE:
        for code, name, terms in (("ELA", "English Language Arts", year), ("MATH", "Mathematics", year),
                                  ("SCI", "Science", year), ("HIST", "History and Geography", ("S1;S2",)),
                                  ("PE", "Physical Education", ("S1;S2",)), ("TECH", "Technology", halves)):
            yield Course(f"{code}-{grade}", f"{name} {grade.lstrip('0')}", "", name, (grade,), terms)
    for grade, row in zip(HIGH, (
            ("English 9", "Algebra 1", "Biology", "World History", "Spanish 1", "Health"),
            ("English 10", "Geometry", "Chemistry", "Geography", "Spanish 2", "Physical Education"),
            ("English 11", "Algebra 2", "Physics", "U.S. History", "French 1", "Computer Science"),
            ("English 12", "Pre-Calculus", "Environmental Science", "Government", "French 2", "Studio Art"),
            ), strict=True):
        subjects = ("English Language Arts", "Mathematics", "Science", "Social Studies",
                    "World Languages", "Electives")
        for name, subject, terms in zip(row, subjects, (year, year, ("S1;S2",), year, year, halves),
                                        strict=True):
            code = "".join(word[:4] for word in name.replace(".", "").replace("-", "").upper().split()[:2])
            yield Course(f"{code}-{grade}", name, "", subject, (grade,), terms)


COURSES = tuple(course._replace(code=f"{number:03d}") for number, course in enumerate(_courses(), start=1))
COURSES_OF = {grade: tuple(course for course in COURSES if grade in course.grades) for grade in GRADES}

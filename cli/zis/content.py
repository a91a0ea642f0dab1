"""A made-up district as the objects of a student information system.

`Content` writes the objects of a kind zone by zone of the generator, each time anew: they are
strings that nobody keeps. `Part` is one such zone with what its objects have in common.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from cli.generator.district import District, district
from cli.generator.layout import Numbers, School, SchoolYear, Student, Zone
from cli.zis import days, people, schooling, schools
from cli.zis.objects import ref_id

WRITERS: dict[str, Callable[[Part], Iterator[str]]] = {
    "SchoolInfo": schools.schools,
    "TermInfo": schools.terms,
    "RoomInfo": schools.rooms,
    "StaffPersonal": people.staff,
    "StaffAssignment": people.assignments,
    "SchoolCourseInfo": schools.courses,
    "SectionInfo": schools.sections,
    "StudentPersonal": people.students,
    "StudentSchoolEnrollment": schooling.school_enrollments,
    "StudentContact": people.contacts,
    "StudentSectionEnrollment": schooling.section_enrollments,
}

DAYS = ("today", "next-day")


class Part:
    """One zone of the generator. What a former student is: `people.former_students`."""

    def __init__(self, zone: Zone, numbers: Numbers, year: SchoolYear, seed: int) -> None:
        self.zone, self.numbers, self.year, self.seed = zone, numbers, year, seed

    @property
    def last_year(self) -> SchoolYear:
        return SchoolYear(date(self.year.end - 1, 6, 30))

    def ref(self, kind: str, *ids: str) -> str:
        return ref_id(self.seed, kind, "/".join(ids))

    @cached_property
    def student_refs(self) -> dict[str, str]:
        return {student.id: self.ref("StudentPersonal", student.id) for student in self.zone.students}

    @cached_property
    def former_students(self) -> list[Student]:
        return people.former_students(self)

    @cached_property
    def schools_by_id(self) -> dict[str, School]:
        return {school.id: school for school in self.zone.schools}

    def is_new(self, student: Student) -> bool:
        """Whether the student came on the next day, so has no past in the district."""
        return days.is_new(student, self.numbers)


@dataclass(frozen=True)
class Content:
    """What the district consists of on a day; the source of all objects of its provider."""

    district: District
    source_id: str = "DistrictSIS"

    def names(self) -> tuple[str, ...]:
        return tuple(WRITERS)

    def objects(self, object_name: str) -> Iterator[str]:
        for part in self.parts:
            yield from WRITERS[object_name](part)

    @cached_property
    def parts(self) -> list[Part]:
        """The zones, kept: some 4 kB per student, less time than to make them for every request."""
        return [Part(self.district.zone(numbers), numbers, self.district.year, self.district.seed)
                for numbers in self.district.numbers()]

    def on_the_next_day(self) -> Content:
        """Raises ValueError if it is the next day already: there is one only."""
        if self.district.changes:
            raise ValueError("The next day has come already.")
        return replace(self, district=self.district.changed(days.next_day))


def content(students: int, seed: int, today: date, day: str = "today") -> Content:
    """The district of that many students, on that day of DAYS.

    Raises ValueError for another day and for no students.
    """
    if day not in DAYS:
        raise ValueError(f"There is no day {day}. The days are {', '.join(DAYS)}.")
    base = Content(district(students, seed, today))
    return base if day == "today" else base.on_the_next_day()

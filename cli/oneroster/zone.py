"""A zone of the made-up district as OneRoster objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from hashlib import blake2b
from itertools import chain

from cli.generator.layout import COURSES, Employee, Guardian, SchoolYear, Zone
from cli.oneroster.objects import (
    AcademicSession,
    Class,
    Course,
    Demographics,
    Enrollment,
    Org,
    Record,
    User,
)

DISTRICT_WIDE = 0  # the part of ids that the first zone counts on from
_STAFF_ROLES = {"Teacher": ("teacher", ("teacher",)), "Principal": ("administrator", ("principal",)),
                "Counselor": ("aide", ("counselor", "aide"))}
_AIDE = ("aide", ("aide",))
_PARENTS = {"Mother", "Father", "Parent"}
_RELATIVES = {"Grandparent", "Aunt", "Uncle"}
_COURSES = {course.id: course for course in COURSES}
_TERM_TYPES = {"School Year": "schoolYear", "Semester": "semester"}


@dataclass(frozen=True, slots=True)
class Ids:
    """The sourcedIds of a part of the district: they say nothing, and sort by part.

    From the next day on, the share `rekeyed` of the students has others.
    """

    seed: int
    part: int
    rekeyed: float = 0.0

    def of(self, kind: str, id: str) -> str:
        return f"{self.part:04x}-{_digest(f'{self.seed}/{kind}/{id}')}"

    def student(self, id: str) -> str:
        if self.rekeyed and chance(f"{self.seed}/rekey/{id}") < self.rekeyed:
            id += "/again"
        return self.of("user", id)


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=8).hexdigest()


def chance(text: str) -> float:
    """A number from 0 to 1 that follows from `text`."""
    return int.from_bytes(blake2b(text.encode(), digest_size=6).digest(), "big") / (1 << 48)


def stamp(day: date) -> str:
    """When an object that changed on `day` was last modified."""
    return f"{day.isoformat()}T06:00:00.000Z"


@dataclass(slots=True)
class DistrictWide:
    """What belongs to no zone: the district itself, its terms and its course catalog."""

    seed: int
    year: SchoolYear
    ids: Ids = field(init=False)

    def __post_init__(self) -> None:
        self.ids = Ids(self.seed, DISTRICT_WIDE)

    def rows(self, kind: str) -> list[Record]:
        """The objects of that kind by sourcedId."""
        make = {"orgs": self._orgs, "academicSessions": self._sessions, "courses": self._courses}.get(kind)
        return sorted(make()) if make else []

    def _orgs(self) -> Iterator[Org]:
        yield Org(self.ids.of("org", "district"), stamp(self.year.first_day), "Example Unified School District",
                  "district", "30000", "")

    def _sessions(self) -> Iterator[AcademicSession]:
        whole = self.year.terms[0][0]
        for id, title, kind, first, last in self.year.terms:
            yield AcademicSession(
                self.ids.of("session", id), stamp(self.year.first_day), title, _TERM_TYPES[kind], first,
                last + timedelta(days=1), "" if id == whole else self.ids.of("session", whole),
                str(self.year.end))

    def _courses(self) -> Iterator[Course]:
        org, year = self.ids.of("org", "district"), self.ids.of("session", self.year.terms[0][0])
        for course in COURSES:
            yield Course(self.ids.of("course", course.id), stamp(self.year.first_day), course.name,
                         course.code, course.grades, course.subject, org, year)


class ZoneObjects:
    """The objects of a zone, made when they are asked for."""

    def __init__(self, zone: Zone, year: SchoolYear, seed: int, part: int, rekeyed: float = 0.0) -> None:
        self._zone, self._year, self._seed = zone, year, seed
        self._ids, self._shared = Ids(seed, part, rekeyed), Ids(seed, DISTRICT_WIDE)
        self._begun = stamp(year.first_day)
        self._terms = {id: (first, last + timedelta(days=1)) for id, _, _, first, last in year.terms}

    def rows(self, kind: str) -> list[Record]:
        """The objects of that kind by sourcedId."""
        makers: dict[str, Callable[[], Iterator[Record]]] = {
            "orgs": self._schools, "classes": self._classes, "users": self._users,
            "enrollments": self._enrollments, "demographics": self._demographics}
        return sorted(makers[kind](), key=lambda record: record.id) if kind in makers else []

    def _org(self, school: str) -> str:
        return self._ids.of("org", school)

    def _schools(self) -> Iterator[Org]:
        district = self._shared.of("org", "district")
        for school in self._zone.schools:
            yield Org(self._org(school.id), self._begun, school.name, "school", school.id, district)

    def _classes(self) -> Iterator[Class]:
        for section in self._zone.sections:
            course = _COURSES[section.course]
            yield Class(
                self._class_ids[section.id], self._begun, section.name,
                f"{course.code}-{section.number}", "homeroom" if course.id.startswith("READ-") else "scheduled",
                section.room, course.grades, course.subject, section.period,
                self._shared.of("course", course.id), self._org(section.school),
                tuple(self._shared.of("session", term) for term in section.terms.split(";")))

    def _users(self) -> Iterator[User]:
        return chain(map(self._staff, self._zone.staff), self._students(), self._guardians())

    def _staff(self, person: Employee) -> User:
        role, roles = _STAFF_ROLES.get(person.title, _STAFF_ROLES.get(person.role, _AIDE))
        schools = [person.school, *filter(None, person.other_schools.split(";"))]
        return User(
            self._ids.of("user", person.id), self._begun, role, roles, tuple(map(self._org, schools)),
            person.username or person.email.split("@")[0], person.first, person.last, person.middle,
            identifier=person.id, id_type="SEID", state_id=person.state_id, email=person.email,
            profile=self._ids.of("profile", person.id) if role == "teacher" else "")

    def _students(self) -> Iterator[User]:
        for student in self._zone.students:
            yield User(
                self._student_ids[student.id], stamp(student.start_date), "student", ("student",),
                (self._org(student.school),), student.id, student.first, student.last, student.middle,
                student.preferred, student.id, "SSID", student.state_id, student.email, grade=student.grade,
                agents=tuple(dict.fromkeys(map(self._guardian_id, self._guardians_of.get(student.id, ())))))

    def _guardians(self) -> Iterator[User]:
        school_of = {student.id: student.school for student in self._zone.students}
        families: dict[str, list[Guardian]] = {}
        for guardian in self._zone.guardians:
            families.setdefault(self._guardian_id(guardian), []).append(guardian)
        for id, rows in families.items():
            first = rows[0]
            role = ("parent" if first.relationship in _PARENTS else
                    "relative" if first.relationship in _RELATIVES else "guardian")
            yield User(
                id, self._begun, role, (role,),
                tuple(dict.fromkeys(self._org(school_of[row.student]) for row in rows)),
                first.email or f"guardian-{id[-8:]}", first.first, first.last, identifier=first.id,
                email=first.email, phone=first.phone,
                enabled=any(row.portal_access == "Yes" for row in rows))

    def _guardian_id(self, guardian: Guardian) -> str:
        """Families whose guardians have no ID are told apart by everything else."""
        return self._ids.of("user", guardian.id or "/".join(
            (guardian.first, guardian.last, guardian.email, guardian.phone)))

    def _enrollments(self) -> Iterator[Enrollment]:
        begun = {student.id: student.start_date for student in self._zone.students}
        span, school = {}, {}
        for section in self._zone.sections:
            terms = [self._terms[term] for term in section.terms.split(";")]
            first, last = span[section.id] = terms[0][0], terms[-1][1]
            school[section.id] = self._org(section.school)
            for teacher in dict.fromkeys((section.teacher, *section.co_teachers)):
                yield Enrollment(
                    self._ids.of("teaches", f"{section.id}/{teacher}"), self._begun,
                    self._ids.of("user", teacher), self._class_ids[section.id], school[section.id],
                    "teacher", teacher == section.teacher, first, last)
        for section, student in self._zone.enrollments:
            first, last = span[section]
            yield Enrollment(
                self._ids.of("attends", f"{section}/{student}"), stamp(begun[student]),
                self._student_ids[student], self._class_ids[section], school[section], "student", False,
                max(first, begun[student]), last)

    def _demographics(self) -> Iterator[Demographics]:
        for student in self._zone.students:
            sex = "female" if chance(f"{self._seed}/sex/{student.id}") < 0.49 else "male"
            yield Demographics(self._student_ids[student.id], stamp(student.start_date),
                               student.birth_date, sex)

    @cached_property
    def _student_ids(self) -> dict[str, str]:
        return {student.id: self._ids.student(student.id) for student in self._zone.students}

    @cached_property
    def _class_ids(self) -> dict[str, str]:
        return {section.id: self._ids.of("class", section.id) for section in self._zone.sections}

    @cached_property
    def _guardians_of(self) -> dict[str, list[Guardian]]:
        found: dict[str, list[Guardian]] = {}
        for guardian in self._zone.guardians:
            found.setdefault(guardian.student, []).append(guardian)
        return found


def without_school(zone: Zone, school: str) -> Zone:
    """`zone` without that school and everybody who is only there."""
    zone.schools = [s for s in zone.schools if s.id != school]
    zone.staff = [p._replace(school=kept[0], other_schools=";".join(kept[1:])) for p in zone.staff
                  if (kept := [id for id in (p.school, *p.other_schools.split(";")) if id not in ("", school)])]
    zone.students = [s for s in zone.students if s.school != school]
    zone.sections = [s for s in zone.sections if s.school != school]
    students, sections = {s.id for s in zone.students}, {s.id for s in zone.sections}
    zone.guardians = [g for g in zone.guardians if g.student in students]
    zone.enrollments = [e for e in zone.enrollments if e.student in students and e.section in sections]
    return zone

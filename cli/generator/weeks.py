"""What happens to a district: an ordinary week, a file cut short, a new numbering of students."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from itertools import count
from random import Random

from cli.generator import names
from cli.generator.classes import add_section
from cli.generator.layout import (
    COURSES,
    GRADES,
    STUDENT_DOMAIN,
    Enrollment,
    Numbers,
    SchoolYear,
    Student,
    Zone,
)
from cli.generator.people import add_family, birth_date, employee, student

NEW, GONE, CHANGED, MOVED_CLASS = 0.015, 0.01, 0.02, 0.01  # shares of the students in one week


def next_week(zone: Zone, numbers: Numbers, year: SchoolYear, random: Random) -> Zone:
    """`zone` a week later: students come, go and change, a teacher leaves, a section opens."""
    def some(share: float) -> int:
        return max(1 if len(zone.students) >= 20 else 0, round(len(zone.students) * share))

    new, gone, moved = some(NEW), some(GONE), some(MOVED_CLASS)
    touched = random.sample(range(len(zone.students)), some(CHANGED) + gone + moved)
    leaving = {zone.students[place].id for place in touched[:gone]}
    movers = [zone.students[place].id for place in touched[gone:gone + moved]]
    for place in touched[gone + moved:]:
        zone.students[place] = _change(zone, zone.students[place], random)
    for id in movers:
        _change_class(zone, id, random)
    _drop(zone, leaving)
    _arrive(zone, new, numbers, year, random)
    _replace_a_teacher(zone, numbers, random)
    _open_a_section(zone, numbers, year, random)
    return zone


def truncated(zone: Zone, numbers: Numbers, year: SchoolYear, random: Random) -> Zone:
    """`zone` as far as a file reaches that stops in the middle of the district's students.

    What hangs on a lost student (guardians, enrollments, memberships) is lost too; the tabs
    themselves are all there.
    """
    keep = max(0, numbers.total // 2 - numbers.before)
    _drop(zone, {student.id for student in zone.students[keep:]})
    return zone


def new_ids(zone: Zone, numbers: Numbers, year: SchoolYear, random: Random) -> Zone:
    """`zone` after its school system was replaced: 004512 is S4512 now; nothing else differs."""
    def renumbered(id: str) -> str:
        return f"S{id.lstrip('0')}"

    zone.students = [s._replace(id=renumbered(s.id)) for s in zone.students]
    zone.guardians = [g._replace(student=renumbered(g.student)) for g in zone.guardians]
    zone.enrollments = [e._replace(student=renumbered(e.student)) for e in zone.enrollments]
    zone.members = [m._replace(member=renumbered(m.member)) if m.kind == "Student" else m
                    for m in zone.members]
    return zone


def _fresh(numbers: Numbers) -> int:
    """A number that no employee and no section of the district has (500: a zone of any size has
    fewer of them than students, or fewer than 500).
    """
    return numbers.total + numbers.before + 500


def _drop(zone: Zone, ids: set[str]) -> None:
    zone.students = [s for s in zone.students if s.id not in ids]
    zone.guardians = [g for g in zone.guardians if g.student not in ids]
    zone.enrollments = [e for e in zone.enrollments if e.student not in ids]
    zone.members = [m for m in zone.members if m.kind == "Staff" or m.member not in ids]


def _change(zone: Zone, student: Student, random: Random) -> Student:
    """`student` with another name, email, school or grade."""
    culture, last = names.family(random)
    kinds: list[Callable[[], Student | None]] = [
        lambda: student._replace(last=f"{student.last}-{last}"),
        lambda: student._replace(preferred=names.nickname(random, student.first, culture)),
        lambda: student._replace(middle=names.first(random, culture, girl=True)),
        lambda: student._replace(email=f"{student.id}.new@{STUDENT_DOMAIN}") if student.email else None,
        lambda: _transferred(zone, student, student.grade, random),
        lambda: _transferred(zone, student, _next_grade(zone, student), random),
    ]
    return random.choice(kinds)() or kinds[0]()


def _next_grade(zone: Zone, student: Student) -> str:
    """The grade above, if the school has it, else the one below."""
    school = next(school for school in zone.schools if school.id == student.school)
    place = school.grades.index(student.grade)
    return school.grades[place + 1] if place + 1 < len(school.grades) else school.grades[place - 1]


def _transferred(zone: Zone, student: Student, grade: str, random: Random) -> Student | None:
    """`student` in that grade, of another school if the grade stays; None if there is none."""
    schools = [school.id for school in zone.schools if grade in school.grades
               and (school.id == student.school) == (grade != student.grade)]
    if not schools:
        return None
    moved = student._replace(school=random.choice(schools), grade=grade)
    zone.enrollments = [e for e in zone.enrollments if e.student != student.id]
    _enroll(zone, moved, random)
    return moved


def _enroll(zone: Zone, student: Student, random: Random) -> None:
    """Put `student` into one section of each course that the grade takes at the school."""
    offered = defaultdict(list)
    for section in zone.sections:
        if section.school == student.school and section.course.endswith(f"-{student.grade}"):
            offered[section.course].append(section.id)
    place = random.randrange(1_000)
    zone.enrollments.extend(Enrollment(sections[place % len(sections)], student.id)
                            for sections in offered.values())


def _change_class(zone: Zone, id: str, random: Random) -> None:
    """Move one student from one section to another of the same course, if there is another."""
    sections = {section.id: section for section in zone.sections}
    places = [n for n, enrollment in enumerate(zone.enrollments) if enrollment.student == id]
    random.shuffle(places)
    for place in places:
        left = sections[zone.enrollments[place].section]
        others = [s.id for s in zone.sections if s.id != left.id
                  and (s.course, s.school) == (left.course, left.school)]
        if others:
            zone.enrollments[place] = Enrollment(random.choice(others), id)
            return


def _arrive(zone: Zone, wanted: int, numbers: Numbers, year: SchoolYear, random: Random) -> None:
    """New students: half in new families, half brothers and sisters of students."""
    ids = count(numbers.total + numbers.before)
    guardian_numbers = count((numbers.total + numbers.before) * 3 + 1)
    before = len(zone.students)
    for place in range(wanted):
        if place % 2 and before:
            _add_sibling(zone, zone.students[random.randrange(before)], next(ids), year, random)
        else:
            add_family(zone, [next(ids)], year, random, guardian_numbers)
    for place in range(before, len(zone.students)):
        zone.students[place] = zone.students[place]._replace(start_date=year.today)
        _enroll(zone, zone.students[place], random)


def _add_sibling(zone: Zone, child: Student, number: int, year: SchoolYear, random: Random) -> None:
    """A brother or sister of `child` at the same school, with the same guardians."""
    school = next(school for school in zone.schools if school.id == child.school)
    grade = random.choice(school.grades)
    culture, _ = names.family(random)
    new = student(number, school, names.first(random, culture, girl=True), child.last, grade,
                  birth_date(grade, year, random), culture, year, random)
    zone.students.append(new)
    zone.guardians.extend([g._replace(student=new.id) for g in zone.guardians
                           if g.student == child.id])


def _replace_a_teacher(zone: Zone, numbers: Numbers, random: Random) -> None:
    """A teacher leaves; a new one takes over everything."""
    places = [place for place, person in enumerate(zone.staff) if person.role == "Teacher"]
    if not places:
        return
    place = random.choice(places)
    old = zone.staff[place]
    new = employee(_fresh(numbers), old.school, old.role, old.title, random,
                   old.other_schools)
    zone.staff[place] = new

    def after(id: str) -> str:
        return new.id if id == old.id else id

    zone.sections = [s._replace(teacher=after(s.teacher), co_teachers=tuple(map(after, s.co_teachers)))
                     for s in zone.sections]
    zone.members = [m._replace(owner=after(m.owner), member=after(m.member)) for m in zone.members]


def _open_a_section(zone: Zone, numbers: Numbers, year: SchoolYear, random: Random) -> None:
    """The largest section of the upper grades gives a third of its students to a new one."""
    sizes: dict[str, list[int]] = defaultdict(list)
    for place, enrollment in enumerate(zone.enrollments):
        sizes[enrollment.section].append(place)
    courses = {course.id: course for course in COURSES}
    upper = [s for s in zone.sections if GRADES.index(s.course.rsplit("-", 1)[1]) >= GRADES.index("06")]
    full = max(upper or zone.sections, key=lambda s: len(sizes[s.id]), default=None)
    if full is None:
        return
    last = max(int(s.number) for s in zone.sections
               if (s.school, s.course) == (full.school, full.course))
    teacher = next(person for person in zone.staff if person.id == full.teacher)
    section = add_section(zone, _fresh(numbers), full.school, courses[full.course],
                          last + 1, full.period, teacher, (), [], year, random)
    zone.sections[-1] = section._replace(terms=full.terms)
    for place in sizes[full.id][::3]:
        zone.enrollments[place] = Enrollment(section.id, zone.enrollments[place].student)

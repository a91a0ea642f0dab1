"""The next day of a district: of every 1,000 students 20 left and 15 new ones came. Nothing else changes."""

from __future__ import annotations

from collections import defaultdict
from itertools import count
from random import Random

from cli.generator.layout import Enrollment, Numbers, SchoolYear, Student, Zone
from cli.generator.people import add_family

LEFT, CAME = 20, 15  # of every 1,000 students
_SMALLEST = 20  # students: from this size on somebody leaves and somebody comes
_FIRST_ID = 1_001  # of the generator's first student


def share(numbers: Numbers, of_1000: int) -> int:
    """How many of the district's share fall to a zone: over all zones it is the rounded whole."""
    before, through = (students * of_1000 // 1_000 for students in
                       (numbers.before, numbers.before + numbers.students))
    alone = numbers.zone == 0 and numbers.total >= _SMALLEST
    return max(through - before, 1 if alone else 0)


def next_day(zone: Zone, numbers: Numbers, year: SchoolYear, random: Random) -> Zone:
    """`zone` a day later."""
    gone = {student.id for student in random.sample(zone.students, share(numbers, LEFT))}
    zone.students = [student for student in zone.students if student.id not in gone]
    zone.guardians = [guardian for guardian in zone.guardians if guardian.student not in gone]
    zone.enrollments = [enrollment for enrollment in zone.enrollments if enrollment.student not in gone]
    zone.members = [member for member in zone.members if member.kind == "Staff" or member.member not in gone]
    stayed = len(zone.students)
    _arrive(zone, share(numbers, CAME), numbers, year, random)
    for place in range(stayed, len(zone.students)):
        zone.students[place] = zone.students[place]._replace(start_date=year.today)
        _enroll(zone, zone.students[place], random)
    return zone


def is_new(student: Student, numbers: Numbers) -> bool:
    return int(student.id) - _FIRST_ID >= numbers.total


def _arrive(zone: Zone, wanted: int, numbers: Numbers, year: SchoolYear, random: Random) -> None:
    """New families with one child or two; their numbers are above those of everybody else."""
    ids = count(numbers.total + numbers.before)
    guardian_numbers = count((numbers.total + numbers.before) * 3 + 1)
    while wanted > 0:
        children = min(wanted, random.choice((1, 1, 2)))
        add_family(zone, [next(ids) for _ in range(children)], year, random, guardian_numbers)
        wanted -= children


def _enroll(zone: Zone, student: Student, random: Random) -> None:
    """One section of each course that the student's grade takes at the school."""
    offered = defaultdict(list)
    for section in zone.sections:
        if section.school == student.school and section.course.endswith(f"-{student.grade}"):
            offered[section.course].append(section.id)
    place = random.randrange(1_000)
    zone.enrollments.extend(Enrollment(sections[place % len(sections)], student.id)
                            for sections in offered.values())

"""The days of a district: of every 1,000 students 20 leave and 15 come, and nothing else changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from itertools import count
from random import Random

from cli.generator.layout import Enrollment, Numbers, SchoolYear, Zone
from cli.generator.people import add_family

GONE_OF_1000, NEW_OF_1000 = 20, 15
AT_LEAST_ONE_FROM = 20  # students


def next_day(zone: Zone, numbers: Numbers, year: SchoolYear, random: Random) -> Zone:
    """`zone` after some students left and others came."""
    _leave(zone, _leavers(zone, numbers, random))
    _arrive(zone, numbers, year, random)
    return zone


def day_after(zone: Zone, numbers: Numbers, year: SchoolYear, random: Random) -> Zone:
    """`zone` after the next day, and every second student who left is back."""
    _leave(zone, _leavers(zone, numbers, random)[1::2])
    _arrive(zone, numbers, year, random)
    return zone


DAYS: dict[str, tuple[Callable[[Zone, Numbers, SchoolYear, Random], Zone], ...]] = {
    "today": (), "next-day": (next_day,), "day-after": (day_after,)}


def known_day(name: str) -> str:
    """`name`. Raises ValueError unless it is a day."""
    if name not in DAYS:
        raise ValueError(f"unknown day {name!r}; one of: {', '.join(DAYS)}")
    return name


def _share(numbers: Numbers, of_1000: int) -> int:
    """The zone's part of the district's number, so that the parts add up to it."""
    def until(students: int) -> int:
        return max(students >= AT_LEAST_ONE_FROM, round(students * of_1000 / 1_000))

    return until(numbers.before + numbers.students) - until(numbers.before)


def _leavers(zone: Zone, numbers: Numbers, random: Random) -> list[str]:
    ids = sorted(student.id for student in zone.students)
    return random.sample(ids, _share(numbers, GONE_OF_1000))


def _leave(zone: Zone, ids: list[str]) -> None:
    gone = set(ids)
    zone.students = [student for student in zone.students if student.id not in gone]
    zone.guardians = [guardian for guardian in zone.guardians if guardian.student not in gone]
    zone.enrollments = [enrollment for enrollment in zone.enrollments if enrollment.student not in gone]


def _arrive(zone: Zone, numbers: Numbers, year: SchoolYear, random: Random) -> None:
    """Only children of new families, in one section of each course that their grade takes."""
    ids = count(numbers.total + numbers.before)
    guardian_numbers = count((numbers.total + numbers.before) * 3 + 1)
    before = len(zone.students)
    for _ in range(_share(numbers, NEW_OF_1000)):
        add_family(zone, [next(ids)], year, random, guardian_numbers)
    offered = defaultdict(lambda: defaultdict(list))
    for section in zone.sections:
        offered[section.school, section.course.rsplit("-", 1)[1]][section.course].append(section.id)
    for place in range(before, len(zone.students)):
        student = zone.students[place] = zone.students[place]._replace(start_date=year.today)
        zone.enrollments.extend(Enrollment(sections[place % len(sections)], student.id)
                                for sections in offered[student.school, student.grade].values())

"""A made-up district of any size, made zone by zone from a seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from random import Random

from cli.generator.classes import teach
from cli.generator.layout import STUDENTS_PER_ZONE, Numbers, SchoolYear, Zone, schools
from cli.generator.people import populate

Change = Callable[[Zone, Numbers, SchoolYear, Random], Zone]


@dataclass(frozen=True, slots=True)
class District:
    """A made-up district of `students` students in the school year that `today` falls into.

    `zones()` makes its zones one by one, so that a district of any size needs the memory of a
    zone; each call makes the same ones. `changes` are applied to every zone, in order.
    """

    students: int
    seed: int
    today: date
    changes: tuple[Change, ...] = ()

    @property
    def year(self) -> SchoolYear:
        return SchoolYear(self.today)

    def numbers(self) -> Iterator[Numbers]:
        """The zones' shares of the students: as equal as they can be."""
        count = max(1, round(self.students / STUDENTS_PER_ZONE))
        before = 0
        for zone in range(count):
            share = self.students // count + (zone < self.students % count)
            yield Numbers(zone, share, before, self.students)
            before += share

    def zones(self) -> Iterator[Zone]:
        return map(self.zone, self.numbers())

    def zone(self, numbers: Numbers) -> Zone:
        random = Random(f"{self.seed}/{numbers.zone}")  # noqa: S311 - made-up people, no secrets
        zone = populate(Zone(schools=schools(numbers)), numbers, self.year, random)
        zone = teach(zone, numbers, self.year, random)
        for step, change in enumerate(self.changes):
            random = Random(f"{self.seed}/{numbers.zone}/{step}")  # noqa: S311 - as above
            zone = change(zone, numbers, self.year, random)
        return zone

    def changed(self, *changes: Change) -> District:
        """This district after `changes`."""
        return replace(self, changes=self.changes + changes)


def district(students: int, seed: int, today: date) -> District:
    """A district of that many students.

    Raises ValueError for less than 1.
    """
    if students < 1:
        raise ValueError("a district has at least 1 student")
    return District(students, seed, today)

"""The made-up district of one day as a OneRoster provider holds it, in the memory of a few zones."""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import cached_property
from random import Random

from cli.generator.district import district
from cli.oneroster.days import DAYS, known_day
from cli.oneroster.faults import NONE, Faults
from cli.oneroster.objects import DELETED, KINDS, Record
from cli.oneroster.zone import DistrictWide, ZoneObjects, chance, without_school

_PARTS_KEPT = 4

# The collections that are a part of another: which, and which of its objects.
PARTS_OF: dict[str, tuple[str, Callable[[Record], bool]]] = {
    "schools": ("orgs", lambda org: org.type == "school"),
    "students": ("users", lambda user: user.role == "student"),
    "teachers": ("users", lambda user: user.role == "teacher"),
    "terms": ("academicSessions", lambda session: session.type in ("term", "semester")),
    "gradingPeriods": ("academicSessions", lambda session: session.type == "gradingPeriod"),
}
COLLECTIONS = (*KINDS, *PARTS_OF)


class OneRosterDistrict:
    """The objects of a day, in the order of their sourcedIds unless `faults` says otherwise.

    Part 0 is what belongs to the whole district and every other part a zone. A part is made when it
    is asked for, and the last few are kept.

    Raises ValueError for an unknown day or less than 1 student.
    """

    def __init__(self, students: int, seed: int, today: date, *, day: str = "today",
                 faults: Faults = NONE) -> None:
        self.day, self.faults, self.seed = known_day(day), faults, seed
        self._before = district(students, seed, today)
        self._made = self._before.changed(*DAYS[day])
        self._numbers = list(self._before.numbers())
        self.parts = len(self._numbers) + 1
        self._kept: OrderedDict[tuple[int, str], list[Record]] = OrderedDict()
        self._zones: OrderedDict[tuple[int, bool], ZoneObjects] = OrderedDict()

    @property
    def year(self):
        return self._made.year

    @property
    def students(self) -> int:
        """How many it was made for."""
        return self._before.students

    @property
    def today(self) -> date:
        return self._before.today

    def on(self, day: str) -> OneRosterDistrict:
        """The same district on another day."""
        return OneRosterDistrict(self.students, self.seed, self.today, day=day, faults=self.faults)

    def faultless(self) -> OneRosterDistrict:
        """The same day's district as it is, without what the faults make of it."""
        keep = replace(NONE, rekey=self.faults.rekey, sharing=self.faults.sharing)
        return OneRosterDistrict(self.students, self.seed, self.today, day=self.day, faults=keep)

    def count(self, collection: str) -> int:
        return sum(self._counts[collection])

    def rows(self, collection: str) -> Iterator[Record]:
        """Every object of the collection."""
        for part in self._order(collection):
            yield from self.part(collection, part)

    def page(self, collection: str, offset: int, limit: int) -> list[Record]:
        """At most `limit` objects from `offset` on."""
        found: list[Record] = []
        for part in self._order(collection):
            size = self._counts[collection][part]
            if offset < size and len(found) < limit:
                found += self.part(collection, part)[offset:offset + limit - len(found)]
            offset = max(0, offset - size)
        return found

    def find(self, collection: str, id: str) -> Record | None:
        """The object with that sourcedId, if the collection has one."""
        number, _, _ = id.partition("-")
        try:
            part = int(number, 16)
        except ValueError:
            return None
        rows = self._by_id(collection, part) if 0 <= part < self.parts else []
        place = bisect_left(rows, id, key=lambda record: record.id)
        return rows[place] if place < len(rows) and rows[place].id == id else None

    def part(self, collection: str, part: int) -> list[Record]:
        """The objects of a part, in the order of the collection."""
        rows = self._by_id(collection, part)
        if self.faults.order == "random":
            rows = rows.copy()
            self._random(collection, part).shuffle(rows)
        return rows

    def _by_id(self, collection: str, part: int) -> list[Record]:
        if (part, collection) in self._kept:
            self._kept.move_to_end((part, collection))
            return self._kept[part, collection]
        if collection in PARTS_OF:
            whole, belongs = PARTS_OF[collection]
            rows = [record for record in self._by_id(whole, part) if belongs(record)]
        else:
            rows = self._objects(part, changed=True).rows(collection)
            if self.faults.deletion != "vanish" and self.day != "today":
                rows = sorted([*rows, *self._left(collection, part, {record.id for record in rows})],
                              key=lambda record: record.id)
        self._kept[part, collection] = rows
        if len(self._kept) > _PARTS_KEPT * 2:
            self._kept.popitem(last=False)
        return rows

    def _left(self, kind: str, part: int, here: set[str]) -> Iterator[Record]:
        """Those of the first day who left and yet are still told of."""
        mode = self.faults.deletion
        for record in self._objects(part, changed=False).rows(kind):
            if record.id in here:
                continue
            if mode == "event":
                yield record
            elif mode == "tobedeleted" or chance(f"{self.seed}/deletion/{record.id}") < 0.5:
                yield record._replace(status=DELETED, modified=f"{self.today.isoformat()}T07:00:00.000Z")

    def _objects(self, part: int, *, changed: bool) -> ZoneObjects | DistrictWide:
        if part == 0:
            return DistrictWide(self.seed, self.year)
        key = part, changed and self.day != "today"
        if key not in self._zones:
            made = self._made if changed else self._before
            zone = made.zone(self._numbers[part - 1])
            if self.faults.sharing == "unshared" and part == 1:
                zone = without_school(zone, zone.schools[-1].id)
            self._zones[key] = ZoneObjects(zone, self.year, self.seed, part,
                                           self.faults.rekey if key[1] else 0.0)
            if len(self._zones) > _PARTS_KEPT:
                self._zones.popitem(last=False)
        self._zones.move_to_end(key)
        return self._zones[key]

    @cached_property
    def _counts(self) -> dict[str, list[int]]:
        counts: dict[str, list[int]] = {collection: [] for collection in COLLECTIONS}
        for part in range(self.parts):
            for collection in COLLECTIONS:
                counts[collection].append(len(self._by_id(collection, part)))
        return counts

    def _order(self, collection: str) -> list[int]:
        order = list(range(self.parts))
        if self.faults.order == "random":
            self._random(collection, -1).shuffle(order)
        return order

    def _random(self, collection: str, part: int) -> Random:
        return Random(f"{self.seed}/{collection}/{part}")  # noqa: S311 - an order, no secret

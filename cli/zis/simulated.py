"""A zone with a made-up district in it, and its next day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime

from cli.zis.agents import requester
from cli.zis.content import WRITERS, Content, Part, content
from cli.zis.faults import Faults
from cli.zis.objects import OBJECTS
from cli.zis.zone import Zone, new_id, now

Change = tuple[str, str, str]  # object name, action, object


def simulated_zone(students: int, *, seed: int = 1, version: str = "2.1", faults: Iterable[str] = (),
                   today: date | None = None, zone_id: str = "ZONE1", agent_id: str = "Empower",
                   clock: Callable[[], datetime] = now, new_id: Callable[[], str] = new_id,
                   day: str = "today") -> Zone:
    """A zone whose provider DistrictSIS holds a district of that many students.

    The agent may request and subscribe to all eleven objects. Besides the students there are some
    who left years ago, two of every hundred, with Historical enrollments only.

    Raises ValueError for what there is not: a version, a fault, a day, a district without students.
    """
    faults = tuple(faults)
    without = Faults(faults).values("acl-without")
    return Zone(zone_id, version=version, access={agent_id: requester(without)},
                provider=content(students, seed, today or clock().date(), day), faults=faults,
                clock=clock, new_id=new_id)


def let_next_day_come(zone: Zone) -> int:
    """The provider's next day: its objects change, and subscribers get an event for each change.

    The number of changes.
    """
    before = zone.provider
    if not isinstance(before, Content):
        raise TypeError("only a made-up district has a next day")
    after = before.on_the_next_day()
    told = list(changes(before, after))
    zone.provider = after
    for name, action, xml in told:
        zone.publish(name, action, xml)
    return len(told)


def changes(before: Content, after: Content) -> Iterator[Change]:
    """What turns one day's objects into the next one's: what left first, then what came or changed.

    A student who leaves gets an ExitDate, and is deleted then.
    """
    for old, new in zip(before.parts, after.parts, strict=True):
        yield from _exits(before, old, new)
        for name in reversed(OBJECTS):
            was, now_there = _by_ref(name, old), _by_ref(name, new)
            for ref in was.keys() - now_there.keys():
                yield name, "Delete", f'{was[ref].partition(">")[0].rstrip("/")}/>'
        for name in OBJECTS:
            was = _by_ref(name, old)
            for ref, xml in _by_ref(name, new).items():
                if ref not in was:
                    yield name, "Add", xml
                elif was[ref] != xml:
                    yield name, "Change", xml


def _exits(before: Content, old: Part, new: Part) -> Iterator[Change]:
    gone = old.student_refs.keys() - new.student_refs.keys()
    for xml in WRITERS["StudentSchoolEnrollment"](old):
        opening, end, _ = xml.partition(">")
        if 'TimeFrame="Current"' in opening and any(old.student_refs[id] in opening for id in sorted(gone)):
            yield ("StudentSchoolEnrollment", "Change",
                   f"{opening}{end}<ExitDate>{before.district.today}</ExitDate></StudentSchoolEnrollment>")


def _by_ref(name: str, part: Part) -> dict[str, str]:
    return {xml.split('"', 2)[1]: xml for xml in WRITERS[name](part)}

"""A class as its teachers or students see it, and the classes that one person sees.

Read-only and for an office: what is hidden is listed too, each with the reason (`visible`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rostering.checks import facts, history, visible
from rostering.checks.facts import Calendar, Moment
from rostering.checks.history import Cause
from rostering.model import Account
from rostering.people import account_of
from rostering.store import keys
from rostering.store.keys import Item


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody's place in a class. `account` is None if there is none of that id; `why` is "" if it is shown.

    `part` is lead or co for a teacher, "student" otherwise.
    """

    id: str
    account: Account | None
    part: str
    first: str
    last: str
    why: str
    put_by: Cause


@dataclass(slots=True)
class SectionSeen:
    """A class to a teacher or a student. `why` tells why it is not shown to them at all, "" if it is."""

    body: dict[str, Any]
    calendar: Calendar
    as_role: Literal["teacher", "student"]
    why: str
    places: list[Place] = field(default_factory=list)

    @property
    def summary(self) -> str:
        return visible.summary(place.why for place in self.places if place.why)


def section_as(store: Any, site: str, item: Item, who: Literal["teacher", "student"] | Account, *,
               at: Moment) -> SectionSeen:
    """The section in `item` as any of its teachers or students sees it, or as this person does."""
    body = item.body
    calendar = Calendar(store, site)
    calendar.add(body)
    calendar.read_terms()
    past = history.read(store, site, item)
    places = sorted(_places(store, site, body, past, at.today), key=_by_name)
    why = visible.of_class(body, calendar, at.today)
    role: Literal["teacher", "student"] = who if isinstance(who, str) else (
        "teacher" if who.id in body.get("teachers", {}) else "student")
    if isinstance(who, Account):
        own = next((place for place in places if place.id == who.id), None)
        why = visible.of_person(who) or (own.why if own else "not_in_class") or why
    if role == "student":
        me = who.id if isinstance(who, Account) else ""
        places = [_hide(place, "classmates") if place.part == "student" and not place.why and place.id != me else place
                  for place in places]
    return SectionSeen(body, calendar, role, why, places)


def _places(store: Any, site: str, body: Mapping[str, Any], past: history.History, today: str) -> Iterator[Place]:
    teachers, members, ended = body.get("teachers", {}), body.get("members", {}), body.get("past", {})
    names = dict.fromkeys([*teachers, *members, *ended])
    people = {one.id: one for one in map(account_of, store.get_many(
        keys.account(site, name) for name in names).values())}
    for name, part in teachers.items():
        account = people.get(name)
        yield Place(name, account, part, "", "", visible.of_person(account), past.of("teachers", name))
    for names_of, status, attribute in ((members, "active", "members"), (ended, "inactive", "past")):
        for name, dates in names_of.items():
            account = people.get(name)
            first, last = (*dates, "", "")[:2]
            why = visible.of_place(first, last, status, today) or visible.of_person(account)
            rows = [f"students/{key}" for key in _keys_of(account)]
            yield Place(name, account, "student", first or "", last or "", why, past.of(attribute, name, rows=rows))


def _keys_of(account: Account | None) -> list[str]:
    return [key for key in (account.source_key, *account.links.values()) if key] if account else []


def _hide(place: Place, why: str) -> Place:
    return Place(place.id, place.account, place.part, place.first, place.last, why, place.put_by)


def _by_name(place: Place) -> tuple[str, ...]:
    fields = place.account.fields if place.account else {}
    order = {"lead": "0", "co": "1"}.get(place.part, "2")
    return order, (fields.get("last_name") or "").casefold(), (fields.get("first_name") or "").casefold(), place.id


@dataclass(frozen=True, slots=True)
class Lesson:
    """A class of somebody: `student` is whose it is, if a guardian sees it. `why` is "" if it is shown."""

    section: str
    body: dict[str, Any]
    first: str
    last: str
    part: str
    why: str
    student: Account | None = None


@dataclass(slots=True)
class Schedule:
    """The classes that one person sees, and those they don't."""

    calendar: Calendar
    lessons: list[Lesson]
    why: str

    @property
    def summary(self) -> str:
        return visible.summary(lesson.why for lesson in self.lessons if lesson.why)


def schedule_of(store: Any, site: str, account: Account, children: Mapping[str, Account], *, at: Moment,
                adults_closed: bool = False) -> Schedule:
    """What `account` sees; of a guardian the classes of their `children` (those that may be looked at).

    `adults_closed`: the site shows guardians no students who are of age.
    """
    calendar = Calendar(store, site)
    lessons: list[Lesson] = []
    if account.family == "guardian":
        for name, child in children.items():
            hidden = visible.of_child(account.students[name][3], child, at.today, adults_closed=adults_closed)
            lessons += _lessons(store, site, child, calendar, at.today, hidden, child)
    else:
        lessons = list(_lessons(store, site, account, calendar, at.today, ""))
    return Schedule(calendar, lessons, visible.of_person(account))


def _lessons(store: Any, site: str, account: Account, calendar: Calendar, today: str, hidden: str,
             student: Account | None = None) -> Iterator[Lesson]:
    places = {name: (pair[0] or "", pair[1] or "", pair[2]) for name, pair in account.classes.items()}
    if account.family == "employee":
        places |= {name: ("", "", "active") for name in facts.taught_by(store, site, account.id)}
    calendar.read(places)
    for name, (first, last, status) in places.items():
        body = calendar.sections[name]
        why = hidden or visible.of_place(first, last, status, today) or visible.of_class(body, calendar, today)
        part = (body or {}).get("teachers", {}).get(account.id, "")
        yield Lesson(name, body or {"id": name, "fields": {}}, first, last, part, why, student)

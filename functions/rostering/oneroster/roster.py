"""OneRoster rows as Rollbook's records: what the seven collections of a district say together.

Rows come in any order, of 1.1 or 1.2, of files or of a provider (`rows`). A `Roster` surveys them
when it is made (who is who, what is wrong), and `records` then tells. What grows with the district
are maps of sourcedIds; enrollments stream.

| records                | from                              | module            |
|------------------------|-----------------------------------|-------------------|
| school                 | orgs                              | schools           |
| term                   | academicSessions                  | sessions          |
| course                 | courses                           | courses           |
| student, staff,        | users, demographics               | people, posts,    |
| guardian               |                                   | births            |
| guardian_link          | agents of users                   | guardians         |
| section                | classes, enrollments of teachers  | classes           |
| enrollment             | enrollments of students           | enrollments       |

People and sections are keyed by sourcedId, as received. Decisions that the code alone doesn't explain:

- A collection that is not complete may only add: it ends nothing and overrules nothing by what it
  lacks, and what it points at may have been told earlier.
- Terms and classes of all years are kept, with their days (handbook, section 10, row 19).
- Who was deleted is said to be inactive and nothing else, so all that is known of them stays.
- A row that is there but can't be used is present: nobody is missing because of a bad cell.
- Users or enrollments that are empty are taken as not given: else they would end everybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from rostering.connected.delivery import Delivery
from rostering.corrections import Correction
from rostering.model import Problem, Record
from rostering.oneroster import problems
from rostering.oneroster.births import Births
from rostering.oneroster.classes import Sections
from rostering.oneroster.collection import Collection, Rows
from rostering.oneroster.courses import Courses
from rostering.oneroster.enrollments import Enrollments
from rostering.oneroster.guardians import Guardians
from rostering.oneroster.people import KINDS, People
from rostering.oneroster.rows import Flaw, Row
from rostering.oneroster.schools import Schools
from rostering.oneroster.sessions import Sessions

# The collection that a kind comes from, and those that it hangs on besides: these count where we may have them.
_HANGS_ON = {
    "staff": ("users", "orgs"),
    "student": ("users", "orgs"),
    "guardian_link": ("users",),
    "section": ("classes", "orgs"),
    "enrollment": ("enrollments", "classes", "users"),
}
COLLECTION_OF = {"school": "orgs", "term": "academicSessions", "course": "courses", "staff": "users",
                  "student": "users", "guardian": "users", "section": "classes"}
# What can't be missing where a record of a collection can't be read.
_UNREADABLE = {"orgs": ("staff", "student", "section"), "users": ("staff", "student", "guardian_link", "enrollment"),
               "classes": ("section", "enrollment"), "enrollments": ("enrollment",)}
Sent = Mapping[str, Callable[[], Iterable[Row | Flaw]]]


@dataclass(frozen=True, slots=True)
class RosterSettings:
    """What a site wants of a district's roster.

    `guardian_source` is "agents" or "none"; `username_field` tells to take the usernames of the feed;
    `numbered` that the places of rows are those of a file, which problems then tell.
    """

    guardian_source: str = "agents"
    username_field: bool = False
    numbered: bool = False


class Roster:
    """The roster that the collections of a district make.

    `rows` maps a collection to what opens it anew: `(sourcedId, fields, place)` in any order, and a
    `Flaw` for a record that can't be read. `complete` are collections that are a whole snapshot,
    `absent_types` those that we can't have. `counts` has its rows as soon as the roster is made;
    problems, `scope` and `met` are whole once `records` is through, which is gone over once.
    """

    def __init__(self, rows: Sent, *, today: str, settings: RosterSettings | None = None,
                 corrections: Sequence[Correction] = (), complete: frozenset[str] = frozenset(),
                 absent_types: frozenset[str] = frozenset()) -> None:
        settings = settings or RosterSettings()
        self._notes = problems.notes(numbered=settings.numbered)
        self._delivery = Delivery(corrections, self._notes)
        self.met = self._delivery.met
        self._complete = complete - absent_types
        self._absent = absent_types
        self._unread: dict[str, set[str]] = {"users": set(), "classes": set()}
        self._flawed: set[str] = set()
        self._survey({of: partial(self._read, of, opened) for of, opened in rows.items() if of not in absent_types},
                     settings, today)

    def _survey(self, rows: Rows, settings: RosterSettings, today: str) -> None:
        notes, sure = self._notes, self._complete
        latest = (date.fromisoformat(today) + timedelta(days=1)).isoformat()      # it is tomorrow somewhere

        def collection(of: str) -> Collection:
            return Collection(rows, of, notes, latest=latest)

        self._schools = Schools(collection("orgs"), notes, sure="orgs" in sure)
        self._sessions = Sessions(collection("academicSessions"), notes, sure="academicSessions" in sure)
        self._courses = Courses(collection("courses"), self._schools, notes, sure="courses" in sure)
        self._sections = Sections(collection("classes"), self._schools, self._sessions, self._courses, notes,
                                  sure="classes" in sure, held=self._unread["classes"])
        births = Births(collection("demographics"), notes)
        self._people = People(collection("users"), self._schools, births, notes, today=today,
                              given={kind: self._delivery.given(kind) for kind in KINDS},
                              guardians=settings.guardian_source == "agents", usernames=settings.username_field,
                              sure="users" in sure, held=self._unread["users"])
        births.know(self._people.numbers, notes, sure=self._people.sure)
        self._guardians = Guardians(self._people, notes)
        if "users" in self._absent or "classes" in self._absent:      # nobody, or nothing, to enroll
            rows = {of: opened for of, opened in rows.items() if of != "enrollments"}
        self._enrollments = Enrollments(rows, self._sections, self._people, notes, today=today, latest=latest,
                                        sure="enrollments" in sure)

    def records(self) -> Iterator[Record]:
        """The records, owners before their pairs."""
        yield from self._delivery.corrected(self._delivery.counted(self._single()))
        yield from self._delivery.counted(self._enrollments.records())
        self._delivery.note_corrected(COLLECTION_OF)

    def _single(self) -> Iterator[Record]:
        yield from self._schools.records
        yield from self._sessions.records()
        yield from self._people.records()
        yield from self._guardians.records()
        yield from self._courses.records()
        yield from self._sections.records(self._enrollments.teachers, self._enrollments.leads)

    @property
    def problems(self) -> list[Problem]:
        """What is listed: at most 1,000 of each collection. `codes` counts all of them."""
        return self._notes.listed

    @property
    def codes(self) -> Counter[str]:
        return self._notes.codes

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        return self._notes.counts

    @property
    def told(self) -> Counter[str]:
        """How many records of each kind there were, also of what was deleted."""
        return self._delivery.told

    def scope(self) -> dict[str, Any]:
        """Where absence means something: kinds all of whose collections are complete, and that say anything at all."""
        return {"kinds": sorted(self._delivery.telling(_HANGS_ON, self._complete, self._absent)),
                "schools": sorted({school.key for school in self._schools.records}),
                "present": self._delivery.present()}

    def _read(self, of: str, opened: Callable[[], Iterable[Row | Flaw]]) -> Iterator[Row]:
        """The rows of a collection. The first time somebody goes over them, what can't be read is told."""
        first = of not in self._flawed
        self._flawed.add(of)
        for row in opened():
            if not isinstance(row, Flaw):
                yield row
            elif first:
                self._note_flaw(row)

    def _note_flaw(self, flaw: Flaw) -> None:
        """A record that can't be read: it is not missing, if its id can be; else nobody is."""
        notes, of = self._notes, flaw.collection
        notes.row = flaw.place
        notes.note(flaw.code, of, "sourcedId", ref=flaw.shown or "?")
        if flaw.sourced_id and of in self._unread:
            self._unread[of].add(flaw.sourced_id)
            for kind in KINDS if of == "users" else ("section",):
                notes.hold(kind, flaw.sourced_id)
            if of == "users":      # whom they name as agents nobody knows
                notes.unreadable.add("guardian_link")
        else:
            notes.unreadable.update(_UNREADABLE.get(of, ()))      # of roles nothing: their users are there
        notes.row = 0

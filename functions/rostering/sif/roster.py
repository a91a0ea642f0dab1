"""SIF objects as Rollbook's records: what the eleven sets of a zone say together.

A section has no school, a student no school of today, a guardian no record of their own: all of it
follows from other objects, and the sets come in any order. So a `Roster` goes over the sets twice:
when it is made it surveys them (who is who, what is of this school year, what is wrong), and
`records` then tells. What grows with the district are maps of RefIds; the biggest set streams.

| records              | from                                               | module      |
|----------------------|----------------------------------------------------|-------------|
| school, term, course | SchoolInfo, TermInfo, SchoolCourseInfo, (RoomInfo) | structure   |
| staff                | StaffPersonal, StaffAssignment, SectionInfo        | staffing    |
| student              | StudentPersonal, StudentSchoolEnrollment           | students, enrolled |
| guardian, its links  | StudentContact                                     | guardians   |
| section              | SectionInfo and what it points at                  | sections    |
| enrollment           | StudentSectionEnrollment                           | rosters     |

People and sections are keyed by RefId, as received. Records of another school year than the zone's
current one are left out (`years`); what an enrollment of today is, its days decide (`years.when`).

Decisions that the code alone doesn't explain:

- Who was deleted is said to be inactive and nothing else, so all that is known of them stays.
- An incomplete set ends nothing and overrules nothing by what it lacks: a teacher, a term, a last day.
- An empty StudentSchoolEnrollment is taken as one we were not given: else it would end everybody.
- Staff without an assignment of today keep the school they had, so that somebody notices when they go.
- An enrollment that is over, or of a student who has left, is said to be inactive: nobody looks at
  its last day later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rostering.connected.delivery import Delivery
from rostering.connected.repeats import Usernames
from rostering.corrections import Correction
from rostering.model import Problem, Record
from rostering.sif import problems
from rostering.sif.enrolled import Enrolled
from rostering.sif.guardians import Guardians
from rostering.sif.repeats import People
from rostering.sif.rosters import Rosters
from rostering.sif.sections import Sections
from rostering.sif.staffing import Staffing
from rostering.sif.structure import Objects, Skipped, Structure
from rostering.sif.students import Students

# The set that a kind comes from, and those that it hangs on besides: these count where we may have them.
_HANGS_ON = {
    "staff": ("StaffPersonal",),
    "student": ("StudentPersonal", "StudentSchoolEnrollment"),
    "guardian_link": ("StudentContact",),
    "section": ("SectionInfo", "SchoolCourseInfo"),
    "enrollment": ("StudentSectionEnrollment", "SectionInfo"),
}
OBJECT_OF = {"school": "SchoolInfo", "term": "TermInfo", "course": "SchoolCourseInfo", "staff": "StaffPersonal",
             "student": "StudentPersonal", "guardian": "StudentContact", "section": "SectionInfo"}


@dataclass(frozen=True, slots=True)
class RosterSettings:
    """What a zone's roster needs to know of the site: the SIF_ExtendedElement that holds usernames ("": none)."""

    username_element: str = ""


class Roster:
    """The roster that the sets of a zone make.

    `objects` maps an object's name to what opens its set anew: `(RefId, fields, packet)` in any
    order. `complete` are sets that are a complete answer, `absent_types` those that we can't have.
    `counts` has its rows as soon as the roster is made; problems, `scope` and `met` are whole once
    `records` is through, which is gone over once.
    """

    def __init__(self, objects: Objects, *, today: str, settings: RosterSettings | None = None,
                 corrections: Sequence[Correction] = (), complete: frozenset[str] = frozenset(),
                 absent_types: frozenset[str] = frozenset()) -> None:
        self._notes = problems.notes()
        self._delivery = Delivery(corrections, self._notes)
        self.met = self._delivery.met
        self._complete = complete - absent_types
        self._absent = absent_types
        self._survey({of: opened for of, opened in objects.items() if of not in absent_types},
                     settings or RosterSettings(), today)

    def _survey(self, objects: Objects, settings: RosterSettings, today: str) -> None:
        notes, absent, skipped = self._notes, self._absent, Skipped()
        usernames, element, given = Usernames(), settings.username_element, self._delivery.given
        self._structure = Structure(objects, notes, today=today, absent=absent)
        self._sections = Sections(objects, self._structure, notes, skipped,
                                  complete=self._complete, absent=absent)
        employees = People("StaffPersonal", "staff", notes, usernames, element=element)
        self._staffing = Staffing(objects, self._structure, self._sections.taught, notes, today=today,
                                  people=employees, given=given("staff"),
                                  sure="StaffAssignment" in self._complete)
        enrolled = Enrolled(objects, self._structure, notes, today=today)
        pupils = People("StudentPersonal", "student", notes, usernames, element=element)
        self._students = Students(objects, self._structure, enrolled, notes, people=pupils,
                                  given=given("student"), sure="StudentSchoolEnrollment" in self._complete)
        for people in (employees, pupils):
            people.tell_shared()
        if "StudentPersonal" in absent:      # nobody whom a contact or an enrollment could be of
            objects = {of: opened for of, opened in objects.items()
                       if of not in ("StudentContact", "StudentSectionEnrollment")}
        if "SectionInfo" in absent:
            objects = {of: opened for of, opened in objects.items() if of != "StudentSectionEnrollment"}
        self._guardians = Guardians(objects, self._students, notes)
        self._rosters = Rosters(objects, self._sections, self._students, notes, skipped, today=today,
                                year=self._structure.year)
        self._sure_of_schools = enrolled.any or "StudentSchoolEnrollment" in absent
        for of, count in skipped.count.items():
            notes.note("I-SIF-OTHER-YEAR", of, "@SchoolYear", ref=skipped.first[of], n=f"{count:,}",
                       year=self._structure.year)

    def records(self) -> Iterator[Record]:
        """The records, in the order of applying."""
        yield from self._delivery.corrected(self._delivery.counted(self._single()))
        yield from self._delivery.counted(self._rosters.records())
        self._delivery.note_corrected(OBJECT_OF)

    def _single(self) -> Iterator[Record]:
        structure = self._structure
        yield from structure.school_records
        yield from structure.term_records()
        yield from self._staffing.records()
        yield from self._students.records()
        yield from self._guardians.guardian_records()
        yield from self._guardians.link_records()
        yield from structure.course_records()
        yield from self._sections.records(self._staffing.known)

    @property
    def problems(self) -> list[Problem]:
        """What is listed: at most 1,000 of each object. `codes` counts all of them."""
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
        """Where absence means something: kinds all of whose sets are complete, and that say anything at all."""
        kinds = self._delivery.telling(_HANGS_ON, self._complete, self._absent)
        if not self._sure_of_schools:
            kinds.discard("student")
        return {"kinds": sorted(kinds), "schools": sorted({school.key for school in self._structure.school_records}),
                "present": self._delivery.present()}

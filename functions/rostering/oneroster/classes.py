"""Sections: the classes, with the teachers that the enrollments name.

A class has no teacher of its own. Who is enrolled as a primary teacher leads, then who began first,
then the lowest sourcedId; all others teach with them. Classes of all terms are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rostering.connected.notes import Notes
from rostering.connected.texts import put, short
from rostering.model import Record
from rostering.oneroster import sessions
from rostering.oneroster.collection import Collection
from rostering.oneroster.courses import Courses
from rostering.oneroster.rows import usable
from rostering.oneroster.schools import Schools
from rostering.oneroster.sessions import Sessions
from rostering.oneroster.vocabulary import is_deleted

_OF = "classes"


class Sections:
    """The sections of one reading.

    `numbers` maps the sourcedId of every one that loads to a number from 0; `off` are those that were
    deleted, `held` those that are there but do not load (some by then). `sure` tells that all of them are there.
    """

    def __init__(self, classes: Collection, schools: Schools, terms: Sessions, courses: Courses, notes: Notes, *,
                 sure: bool, held: set[str]) -> None:
        self._schools = schools
        self._terms = terms
        self._courses = courses
        self._notes = notes
        self.sure = sure and classes.any
        self.numbers: dict[str, int] = {}
        self.off: set[str] = set()
        self.held = held
        self._records: list[Record] = []
        for ref, fields, place in classes:
            deleted = is_deleted(fields)
            notes.counts["sections"]["rows"] += not deleted
            if record := self._section(ref, fields, deleted=deleted):
                self.numbers[ref] = len(self.numbers)
                self._records.append(Record("section", ref, record, place))
                if deleted:
                    self.off.add(ref)

    def records(self, teachers: Mapping[str, list[str]], leads: Mapping[str, str]) -> Iterator[Record]:
        """The records. `teachers` has all of a section's, the lead first; `leads` the lead where others may miss.

        Of a section that is in neither nothing is said of teachers.
        """
        for record in self._records:
            if record.fields["status"] == "active":
                if (found := teachers.get(record.key)) is not None:
                    record.fields["teacher"] = found[0] if found else None
                    record.fields["co_teachers"] = found[1:] or None
                elif lead := leads.get(record.key):
                    record.fields["teacher"] = lead
            yield record
        self._records = []

    def _section(self, ref: str, fields: dict[str, Any], *, deleted: bool) -> dict[str, Any] | None:
        course = self._courses.get(fields.get("course"))
        school = self._schools.of(org := fields.get("school"))
        if not school and not self._schools.is_orphan(org) and course:
            school = course.fields["school"]
        if not school and self._schools.sure:
            if not deleted:
                self._notes.note("W-ORPHAN" if org else "R-REQUIRED", _OF, "schoolSourcedId", ref=ref,
                                 other=f"school {org}")
                self._notes.turned_back("sections")
                self._notes.hold("section", ref)
            self.held.add(ref)
            return None
        record: dict[str, Any] = {"id": ref}
        if school:
            record["school"] = school
        put(record, fields, "name", "title", 128, _OF, ref, self._notes, field="title")
        code = short(fields.get("code"), 32)
        if not record.get("name"):
            record["name"] = course.fields["name"] if course else code or ref
        if course:
            record["course"] = course.key
        if code:
            record["number"] = code
        record["status"] = "inactive" if deleted else "active"
        if not deleted:
            self._put_schedule(record, ref, fields)
        return record

    def _put_schedule(self, record: dict[str, Any], ref: str, fields: dict[str, Any]) -> None:
        notes, terms, named = self._notes, self._terms, fields.get("course")
        if named and "course" not in record and named not in self._courses.held and self._courses.sure:
            notes.note("W-ORPHAN", _OF, "courseSourcedId", ref=ref, other=f"course {named}")
        said = fields.get("terms")
        if said is not None:
            known = [each for each in dict.fromkeys(said)
                     if each in terms.known or (not terms.sure and each not in terms.held and usable(each))]
            if terms.sure:
                for each in sorted(set(said) - terms.known.keys() - terms.held):
                    notes.note("W-ORPHAN", _OF, "termSourcedIds", ref=ref, other=f"academicSession {each}")
            if known or not said:
                known.sort(key=lambda each: (terms.known.get(each, "9999"), each))
                record["terms"] = [sessions.key_of(each) for each in known] or None
        put(record, fields, "room", "location", 32, _OF, ref, notes, field="location")
        if (periods := fields.get("periods")) is not None:
            record["period"] = short(", ".join(dict.fromkeys(periods)), 32).rstrip(", ") or None

"""Students: who they are (StudentPersonal), at the school and in the grade that their enrollments say.

Where the zone sends no enrollments at all, MostRecent of StudentPersonal has to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rostering.connected.notes import Notes
from rostering.connected.persons import put_day
from rostering.connected.texts import put
from rostering.model import Record
from rostering.sif.enrolled import Enrolled, Stay
from rostering.sif.grades import grade_of
from rostering.sif.persons import id_of, names
from rostering.sif.repeats import People
from rostering.sif.structure import Objects, Structure

_OF = "StudentPersonal"


class Students:
    """The students of one reading.

    `numbers` maps the RefId of everybody who was sent to a number from 0. `held` do not load, `off`
    have left or were deleted. `sure` tells that all enrollments are there: only then does anybody
    leave by them.
    """

    def __init__(self, objects: Objects, structure: Structure, enrolled: Enrolled, notes: Notes, *, people: People,
                 given: dict[str, set[str]], sure: bool) -> None:
        self._objects = objects
        self._structure = structure
        self._enrolled = enrolled
        self._notes = notes
        self._people = people
        self._given = given
        self._sure = sure and enrolled.any
        self.off: set[str] = set()
        self._survey()
        self.numbers, self.held = people.refs, people.held
        for stranger in enrolled.strangers(self.numbers):
            notes.note("W-ORPHAN", "StudentSchoolEnrollment", "@StudentPersonalRefId",
                       ref=f"an enrollment of {stranger}", other=f"StudentPersonal {stranger}")

    @property
    def loaded(self) -> int:
        return len(self.numbers) - len(self.held)

    def records(self) -> Iterator[Record]:
        for ref, fields, place in self._objects[_OF]() if _OF in self._objects else ():
            if ref not in self.held:
                yield Record("student", ref, {"status": "inactive"} if fields.get("deleted")
                             else self._student(ref, fields), place)

    def _survey(self) -> None:
        people, counts = self._people, self._notes.counts["students"]
        for ref, fields, _ in self._objects[_OF]() if _OF in self._objects else ():
            counts["rows"] += 1
            deleted = bool(fields.get("deleted"))
            stay = None if deleted else self._enrolled.stay(ref)
            off = deleted or (self._sure and (stay is None or stay.off))
            if off:
                self.off.add(ref)
            people.add(ref, fields, off=off, named=deleted or names(fields, _OF, ref, self._notes,
                                                                    self._given.get(ref, ())))
        people.settle("students")

    def _student(self, ref: str, fields: dict[str, Any]) -> dict[str, Any]:
        notes = self._notes
        record: dict[str, Any] = {"id": id_of(fields, ref)}
        record |= names(fields, _OF, ref, None, self._given.get(ref, ())) or {}
        put(record, fields, "middle_name", "MiddleName", 64, _OF, ref, notes)
        put(record, fields, "preferred_name", "PreferredName", 64, _OF, ref, notes)
        put(record, fields, "state_id", "StateProvinceId", 32, _OF, ref, notes)
        put_day(record, fields, "birth_date", "Demographics/BirthDate", _OF, ref, notes)
        self._people.put_email(record, fields, ref)
        if username := self._people.username(ref):
            record["username"] = username
        stay = self._enrolled.stay(ref)
        record["status"] = "active"
        if stay and (self._sure or not stay.off):
            self._put_stay(record, stay)
        elif stay:
            return record
        elif self._sure:
            notes.note("W-SIF-NO-ENROLLMENT", _OF, "@RefId", ref=ref)
            record["status"] = "inactive"
        elif not self._enrolled.any:
            local = (fields.get("school_local_id") or "").strip().casefold()
            if school := self._structure.local_schools.get(local):
                record["school"] = school
        if "grade" not in record and (code := fields.get("grade")):
            if grade := grade_of(code):
                record["grade"] = grade
            elif not stay or not stay.off:
                notes.note("W-SIF-GRADE", _OF, "MostRecent/GradeLevel/Code", ref=ref, v=code)
        return record

    @staticmethod
    def _put_stay(record: dict[str, Any], stay: Stay) -> None:
        if stay.school:
            record["school"] = stay.school
            record["other_schools"] = list(stay.other_schools) or None
        if stay.grade:
            record["grade"] = stay.grade
        record["start_date"], record["end_date"] = stay.first or None, stay.last or None
        if stay.off and not stay.last:
            record["status"] = "inactive"

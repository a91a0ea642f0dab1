"""Courses: of a school, or of the whole district where their org is no school."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rostering.connected.notes import Notes
from rostering.connected.texts import MOST_ID, put, short
from rostering.model import Record
from rostering.oneroster import grades
from rostering.oneroster.collection import Collection
from rostering.oneroster.schools import Schools
from rostering.oneroster.vocabulary import is_deleted

_OF = "courses"


class Courses:
    """The courses of one reading. `sure` tells that all of them are there; `held` are those that do not load."""

    def __init__(self, courses: Collection, schools: Schools, notes: Notes, *, sure: bool) -> None:
        self._schools = schools
        self._notes = notes
        self.sure = sure and courses.any
        self.held: set[str] = set()
        self._found: dict[str, Record] = {}
        for ref, fields, place in courses:
            notes.counts["courses"]["rows"] += not is_deleted(fields)
            if record := self._course(ref, fields, place):
                self._found[ref] = record

    def records(self) -> Iterator[Record]:
        return iter(self._found.values())

    def get(self, ref: str | None) -> Record | None:
        return self._found.get(ref) if ref else None

    def _course(self, ref: str, fields: dict[str, Any], place: int) -> Record | None:
        org, deleted = fields.get("org") or "", is_deleted(fields)
        if org and not self._schools.knows(org):      # its key would be another one tomorrow
            if not deleted:
                if self._schools.sure:
                    self._notes.note("W-ORPHAN", _OF, "orgSourcedId", ref=ref, other=f"org {org}")
                self._back(ref)
            return None
        school = self._schools.of(org)
        code = short(fields.get("code"), MOST_ID)
        record: dict[str, Any] = {"id": code or ref, "school": school}
        put(record, fields, "name", "title", 128, _OF, ref, self._notes, field="title")
        if not record.get("name"):
            if not code:
                if not deleted:
                    self._notes.note("R-REQUIRED", _OF, "title", ref=ref)
                    self._notes.hold("course", f"{school}|{ref}")
                    self._back(ref)
                return None
            record["name"] = code
        if code:
            record["code"] = code
        if (subjects := fields.get("subjects")) is not None:
            record["subject"] = short(", ".join(subjects), 64) or None
        if (said := fields.get("grades")) is not None:
            found, unknown = grades.several(said)
            record["grades"] = found or None
            if unknown and not deleted:
                self._notes.note("W-OR-GRADE", _OF, "grades", ref=ref, v=", ".join(unknown))
        record["status"] = "inactive" if deleted else "active"
        return Record("course", f"{school}|{ref}", record, place)

    def _back(self, ref: str) -> None:
        self._notes.turned_back("courses")
        self._notes.unreadable.add("course")
        self.held.add(ref)

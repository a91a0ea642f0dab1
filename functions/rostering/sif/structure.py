"""Schools, terms, rooms and courses of a zone: few, so they are held, by RefId.

A school's key is its LocalId, folded, so that the zone and the sheet speak of one school; where a
LocalId is no id, or another school has it, the key is the RefId. Terms and courses are keyed by
school and RefId: a TermCode comes again every year. Of two records with one RefId the later packet
stands, since everything else points at them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from rostering.connected.days import day_of
from rostering.connected.notes import Notes
from rostering.connected.texts import MOST_ID, MOST_STATE_ID, is_id, put, short
from rostering.model import Record
from rostering.sif import grades
from rostering.sif.persons import is_ref_id, local_id
from rostering.sif.years import current_year, year_of

Objects = Mapping[str, Callable[[], Iterable[tuple[str, dict[str, Any], int]]]]
LONGEST_TERM_DAYS = 400
_NCES = re.compile(r"[0-9]{12}")
_CLOSED = frozenset({"0821", "0822", "0107", "0110"})
_TERM_TYPES = {"0827": "School Year", "0828": "Semester", "0829": "Trimester", "0830": "Quarter",
               "0833": "Summer"}


@dataclass(slots=True)
class Thing:
    """A term or a course: the record it makes, and what decides whether it is wanted."""

    school: str
    year: int
    record: Record
    first: str = ""
    wanted: bool = False


@dataclass(slots=True)
class Skipped:
    """Records of other school years: how many of each object, and the first of them."""

    count: dict[str, int] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)

    def add(self, of: str, ref: str) -> None:
        self.count[of] = self.count.get(of, 0) + 1
        self.first[of] = min(self.first.get(of, ref), ref)


class Structure:
    """The schools, terms, rooms and courses of one reading. `year` is the zone's current school year.

    `schools` maps a RefId to the key, `local_schools` a folded LocalId; `rooms` a RefId to (school,
    number).
    """

    def __init__(self, objects: Objects, notes: Notes, *, today: str, absent: frozenset[str]) -> None:
        self._notes = notes
        self._nameless = "SchoolInfo" in absent
        self.schools: dict[str, str] = {}
        self.local_schools: dict[str, str] = {}
        self.school_records = self._read_schools(_once(objects, "SchoolInfo", "school", notes))
        terms = _once(objects, "TermInfo", "term", notes)
        self.terms = dict(self._read_terms(terms))
        self.year = current_year(((term.year, term.first, term.record.fields["end_date"])
                                  for term in self.terms.values()), today)
        self.rooms = dict(self._read_rooms(_once(objects, "RoomInfo", "", notes)))
        self.courses = dict(self._read_courses(_once(objects, "SchoolCourseInfo", "course", notes)))

    def school_of(self, ref: str | None) -> str:
        """The key of a school; "" if there is none. Without any SchoolInfo the RefId has to do."""
        if not ref:
            return ""
        return self.schools.get(ref, "") or (ref.casefold() if self._nameless else "")

    def choose(self, years: frozenset[int], skipped: Skipped) -> None:
        """Want the terms and courses of `years`, and those of none; sections may want others as well."""
        for of, things in (("TermInfo", self.terms), ("SchoolCourseInfo", self.courses)):
            for ref, thing in things.items():
                thing.wanted |= not thing.year or thing.year in years
                if not thing.wanted:
                    skipped.add(of, ref)
        for word, things in (("terms", self.terms), ("courses", self.courses)):
            self._notes.counts[word]["rows"] += sum(thing.wanted for thing in things.values())

    def term_records(self) -> Iterator[Record]:
        return (term.record for term in self.terms.values() if term.wanted)

    def course_records(self) -> Iterator[Record]:
        return (course.record for course in self.courses.values() if course.wanted)

    def _read_schools(self, found: dict[str, tuple[dict[str, Any], int]]) -> list[Record]:
        records = []
        for ref, (fields, place) in found.items():
            self._notes.counts["schools"]["rows"] += 1
            local = local_id(fields)
            key = local.casefold() if is_id(local) else ref.casefold()
            if key in self.local_schools:
                other = next(each for each, known in self.schools.items() if known == key)
                self._notes.note("R-DUP-KEY", "SchoolInfo", "LocalId", ref=ref, what="a LocalId", other=other)
                key = ref.casefold()
            elif local:
                self.local_schools[key] = key
            self.schools[ref] = key
            if not fields.get("deleted") or fields.get("name"):
                records.append(Record("school", key, self._school(ref, fields, local), place))
        return records

    def _school(self, ref: str, fields: dict[str, Any], local: str) -> dict[str, Any]:
        shown = local if local and len(local) <= MOST_ID else ref
        record: dict[str, Any] = {"id": shown}
        put(record, fields, "name", "SchoolName", 128, "SchoolInfo", ref, self._notes)
        if not record.get("name"):
            self._notes.note("W-SIF-SCHOOL-NAME", "SchoolInfo", "SchoolName", ref=ref)
            record["name"] = shown
        put(record, fields, "state_id", "StateProvinceId", MOST_STATE_ID, "SchoolInfo", ref, self._notes)
        nces = (fields.get("nces_id") or "").strip()
        if _NCES.fullmatch(nces):
            record["nces_id"] = nces
        elif nces:
            self._notes.note("W-NCES", "SchoolInfo", "NCESId", ref=ref)
        if taught := grades.span(fields.get("grades") or ()):
            record["low_grade"], record["high_grade"] = taught
        off = fields.get("deleted") or fields.get("operational_status") in _CLOSED
        return record | {"status": "inactive" if off else "active"}

    def _read_terms(self, found: dict[str, tuple[dict[str, Any], int]]) -> Iterator[tuple[str, Thing]]:
        for ref, (fields, place) in found.items():
            school = self._school_for("TermInfo", "term", "terms", ref, fields)
            if not school or fields.get("deleted"):
                continue
            key = f"{school}|{ref}"
            first, last = day_of(fields.get("start_date") or ""), day_of(fields.get("end_date") or "")
            if not first or not last:
                self._back("R-REQUIRED", "TermInfo", "EndDate" if first else "StartDate", "term", "terms", key, ref)
                continue
            if not 0 <= (date.fromisoformat(last) - date.fromisoformat(first)).days <= LONGEST_TERM_DAYS:
                self._back("R-SIF-DATES", "TermInfo", "StartDate", "term", "terms", key, ref)
                continue
            year = year_of(fields.get("year"))
            code = short(fields.get("code"), MOST_ID)
            record = {"id": code or ref, "school": school,
                      "name": short(fields.get("description"), MOST_ID) or code or ref,
                      "type": _TERM_TYPES.get(fields.get("span") or "", "Other"), "start_date": first, "end_date": last}
            if year:
                record["year"] = str(year)
            yield ref, Thing(school, year, Record("term", key, record, place), first)

    def _read_rooms(self, found: dict[str, tuple[dict[str, Any], int]]) -> Iterator[tuple[str, tuple[str, str]]]:
        for ref, (fields, _) in found.items():
            if not fields.get("deleted"):
                number = short(fields.get("number") or fields.get("description"), 32)
                yield ref, (self.school_of(fields.get("school")), number)

    def _read_courses(self, found: dict[str, tuple[dict[str, Any], int]]) -> Iterator[tuple[str, Thing]]:
        for ref, (fields, place) in found.items():
            deleted = fields.get("deleted")
            school = self._school_for("SchoolCourseInfo", "course", "courses", ref, fields)
            if not school:
                continue
            key = f"{school}|{ref}"
            code = short(fields.get("code"), MOST_ID)
            record: dict[str, Any] = {"id": code or ref, "school": school}
            put(record, fields, "title", "CourseTitle", 128, "SchoolCourseInfo", ref, self._notes)
            name = record.pop("title", None) or code
            if not name:
                if not deleted:
                    self._back("R-REQUIRED", "SchoolCourseInfo", "CourseTitle", "course", "courses", key, ref)
                continue
            record |= {"name": name, "status": "inactive" if deleted else "active"}
            if shown := code or short(fields.get("district_code"), MOST_ID):
                record["code"] = shown
            if (subjects := fields.get("subject")) is not None:
                record["subject"] = short(", ".join(subjects), 64) or None
            yield ref, Thing(school, year_of(fields.get("year")), Record("course", key, record, place))

    def _school_for(self, of: str, kind: str, word: str, ref: str, fields: dict[str, Any]) -> str:
        """The school of a term or a course, told if the zone did not send it."""
        named = fields.get("school")
        school = self.school_of(named)
        if school or fields.get("deleted"):
            return school
        if named:
            self._notes.note("W-ORPHAN", of, "@SchoolInfoRefId", ref=ref, other=f"SchoolInfo {named}")
        else:
            self._notes.note("R-REQUIRED", of, "@SchoolInfoRefId", ref=ref)
        self._notes.turned_back(word)
        self._notes.unreadable.add(kind)
        return ""

    def _back(self, code: str, of: str, column: str, kind: str, word: str, key: str, ref: str) -> None:
        self._notes.note(code, of, column, ref=ref)
        self._notes.turned_back(word)
        self._notes.hold(kind, key)


def _once(objects: Objects, of: str, kind: str, notes: Notes) -> dict[str, tuple[dict[str, Any], int]]:
    """All objects of a small set, sorted by RefId."""
    found: dict[str, tuple[dict[str, Any], int]] = {}
    for ref, fields, place in objects[of]() if of in objects else ():
        if not is_ref_id(ref):
            notes.note("R-BAD-REFID", of, "@RefId", ref=ref)
            if kind:
                notes.unreadable.add(kind)
            continue
        if ref in found:
            notes.note("R-DUP-KEY", of, "@RefId", ref=ref, what="a RefId", other="in another packet")
            was = found[ref]
            if (was[1], repr(sorted(was[0].items()))) >= (place, repr(sorted(fields.items()))):
                continue
        found[ref] = fields, place
    return {ref: found[ref] for ref in sorted(found)}

"""Sections: school and title through the course, teachers, rooms and terms through the schedules.

SIF has no lead teacher. The one in most schedules leads; of equals, who comes first in the schedule
that begins first. That is the same in whatever order the zone sends its packets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from rostering.connected.notes import Notes
from rostering.connected.texts import put
from rostering.model import Record
from rostering.sif.persons import id_of, is_ref_id, local_id
from rostering.sif.structure import Objects, Skipped, Structure
from rostering.sif.years import year_of

_OF = "SectionInfo"


class Sections:
    """The sections of the school year.

    `numbers` maps the RefId of every section that loads to a number from 0; `off` are those that
    were deleted, `held` those that are there but do not load, `others` those of another school year.
    `taught` maps a teacher's RefId to how many sections of each school.
    """

    def __init__(self, objects: Objects, structure: Structure, notes: Notes, skipped: Skipped, *,
                 complete: frozenset[str], absent: frozenset[str]) -> None:
        self._objects = objects
        self._structure = structure
        self._notes = notes
        self._complete = complete
        self._absent = absent
        self.numbers: dict[str, int] = {}
        self.off: set[str] = set()
        self.held: set[str] = set()
        self.others: set[str] = set()
        self.taught: dict[str, Counter[str]] = {}
        self._records: list[tuple[str, dict[str, Any], int]] = []
        years, self._doubled = self._years()
        self.year = self._choose(years)
        structure.choose(frozenset({structure.year, self.year}), skipped)
        self._read(skipped)

    def records(self, staff: dict[str, bool]) -> Iterator[Record]:
        """The records, by RefId. `staff` maps RefIds to whether they load; teachers who are not in it are told.

        Of a staff that did not come completely a teacher may be missing: then nothing is said of teachers.
        """
        silent = "StaffPersonal" in self._absent
        for ref, fields, place in self._records:
            teachers = fields.pop("teachers")
            if not silent and fields["status"] == "active":
                known = [each for each in teachers if staff.get(each)]
                for each in teachers:
                    if each not in staff:
                        self._notes.note("W-ORPHAN", _OF, "TeacherList/StaffPersonalRefId", ref=ref,
                                         other=f"StaffPersonal {each}")
                if len(known) == len(teachers) or (known and "StaffPersonal" in self._complete):
                    fields["teacher"] = known[0] if known else None
                    fields["co_teachers"] = known[1:] or None
            yield Record("section", ref, fields, place)
        self._records = []

    def _years(self) -> tuple[set[int], set[str]]:
        """The school years that have sections, and the RefIds that two sections have."""
        years, seen, doubled = set(), set(), set()
        for ref, fields, _ in self._all():
            if not fields.get("deleted"):
                years.add(self._year_of(fields))
            if ref in seen:
                doubled.add(ref)
            seen.add(ref)
        return years, doubled

    def _choose(self, years: set[int]) -> int:
        """The current school year, or the next one where the current one has no sections yet."""
        current = self._structure.year
        ahead = [year for year in years if year > current]
        return current if current in years or 0 in years or not ahead else min(ahead)

    def _year_of(self, fields: dict[str, Any]) -> int:
        """The school year of a section: its own, or its terms'."""
        if year := year_of(fields.get("year")):
            return year
        terms = (self._structure.terms.get(term) for term in fields.get("schedules") or ())
        return max((term.year for term in terms if term), default=0)

    def _read(self, skipped: Skipped) -> None:
        for ref, fields, place in self._all():
            if self._year_of(fields) not in (0, self.year):
                self.others.add(ref)
                skipped.add(_OF, ref)
                continue
            self._notes.counts["sections"]["rows"] += 1
            if not is_ref_id(ref):
                self._notes.unreadable.add("section")
                self._back("R-BAD-REFID", "@RefId", ref)
            elif ref in self._doubled:
                self._back("R-DUP-KEY", "@RefId", ref, what="a RefId", other="in another packet")
            elif record := self._section(ref, fields):
                self.numbers[ref] = len(self.numbers)
                self._records.append((ref, record, place))
                if fields.get("deleted"):
                    self.off.add(ref)
                for teacher in record["teachers"] if not fields.get("deleted") else ():
                    self.taught.setdefault(teacher, Counter())[record["school"]] += 1
        self._records.sort(key=lambda record: record[0])

    def _section(self, ref: str, fields: dict[str, Any]) -> dict[str, Any] | None:
        schedules = self._schedules(ref, fields)
        named = fields.get("course")
        course = self._structure.courses.get(named or "")
        if named and not course and "SchoolCourseInfo" not in self._absent:
            return self._orphan(ref, fields, "@SchoolCourseInfoRefId", f"SchoolCourseInfo {named}")
        school = course.school if course else self._school_of(fields)
        if not school:
            return self._orphan(ref, fields, "@SchoolCourseInfoRefId", "no school")
        override = fields.get("override") or {}
        record: dict[str, Any] = {"id": id_of(fields, ref), "school": school}
        put(record, {"name": override.get("title") or None}, "name", "SchoolCourseInfoOverride/CourseTitle", 128, _OF,
            ref, self._notes)
        if not record.get("name"):
            record["name"] = course.record.fields["name"] if course else self._own_name(fields, ref)
        if course:
            course.wanted = True
            record["course"] = course.record.key
        if local := local_id(fields)[:32]:
            record["number"] = local
        record["status"] = "inactive" if fields.get("deleted") else "active"
        record["teachers"] = self._by_share([schedule.get("teachers") or () for _, schedule in schedules])
        if fields.get("deleted"):
            return record
        self._put_schedule(record, schedules)
        return record

    def _put_schedule(self, record: dict[str, Any], schedules: list[tuple[str, dict[str, Any]]]) -> None:
        terms, rooms = self._structure.terms, self._structure.rooms
        mine = [terms[term] for term, _ in schedules if term in terms]
        for term in mine:
            term.wanted = True
        if "TermInfo" in self._complete or (mine and len(mine) == len(schedules)):
            record["terms"] = [term.record.key for term in mine] or None
        if "RoomInfo" in self._complete:
            numbers = dict.fromkeys(rooms[room][1] for _, schedule in schedules
                                    for room in schedule.get("rooms") or () if room in rooms)
            record["room"] = _joined([number for number in numbers if number])
        periods = dict.fromkeys(period for _, schedule in schedules
                                for _, period in schedule.get("periods") or () if period)
        record["period"] = _joined(sorted(periods, key=lambda each: (len(each), each)))

    def _schedules(self, ref: str, fields: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        """The schedules by the first day of their term; those of unknown terms last, and told."""
        terms = self._structure.terms
        told = {term: each for term, each in (fields.get("schedules") or {}).items() if each is not None}
        if "TermInfo" not in self._absent and not fields.get("deleted"):
            for term in sorted(told.keys() - terms.keys()):
                self._notes.note("W-ORPHAN", _OF, "ScheduleInfo[@TermInfoRefId]", ref=ref, other=f"TermInfo {term}")
        return sorted(told.items(), key=lambda each: (
            terms[each[0]].first if each[0] in terms else "9999", each[0]))

    def _school_of(self, fields: dict[str, Any]) -> str:
        """The school of the first term or room that has one, where the course tells none."""
        schedules = fields.get("schedules") or {}
        terms = [self._structure.terms[term].school for term in sorted(schedules) if term in self._structure.terms]
        rooms = [self._structure.rooms[room][0] for _, schedule in sorted(schedules.items())
                 for room in (schedule or {}).get("rooms") or () if room in self._structure.rooms]
        return next((school for school in (*terms, *rooms) if school), "")

    def _own_name(self, fields: dict[str, Any], ref: str) -> str:
        record: dict[str, Any] = {}
        put(record, fields, "description", "Description", 128, _OF, ref, self._notes)
        return record.get("description") or id_of(fields, ref)

    def _by_share(self, lists: list[list[str] | tuple[str, ...]]) -> list[str]:
        """Teachers, those of most schedules first."""
        shares = Counter(teacher for each in lists for teacher in dict.fromkeys(each))
        return sorted(shares, key=lambda teacher: -shares[teacher])      # stable: first seen before later ones

    def _orphan(self, ref: str, fields: dict[str, Any], column: str, other: str) -> None:
        if fields.get("deleted"):
            self.others.add(ref)
        else:
            self._back("W-ORPHAN", column, ref, other=other)

    def _back(self, code: str, column: str, ref: str, **values: Any) -> None:
        self._notes.note(code, _OF, column, ref=ref, **values)
        self._notes.turned_back("sections")
        self._notes.hold("section", ref)
        self.held.add(ref)

    def _all(self) -> Iterator[tuple[str, dict[str, Any], int]]:
        return iter(self._objects[_OF]() if _OF in self._objects else ())


def _joined(texts: list[str]) -> str | None:
    return ", ".join(texts)[:32].rstrip(", ") or None

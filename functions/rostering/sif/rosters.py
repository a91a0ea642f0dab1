"""Who is in which section: StudentSectionEnrollment, the one set that is too big to be held.

It is gone over twice: once to see which pairs come more than once (a student who left and came
back), at eight bytes a pair, and once to tell.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from rostering.connected.crowded import Crowded
from rostering.connected.days import day_of
from rostering.connected.notes import Notes
from rostering.model import Record
from rostering.sif.sections import Sections
from rostering.sif.structure import Objects, Skipped
from rostering.sif.students import Students
from rostering.sif.years import When, when, year_of

_OF = "StudentSectionEnrollment"
_SECTION, _STUDENT = "@SectionInfoRefId", "@StudentPersonalRefId"


class Rosters:
    """The rosters of the sections that load."""

    def __init__(self, objects: Objects, sections: Sections, students: Students, notes: Notes, skipped: Skipped, *,
                 today: str, year: int) -> None:
        self._objects = objects
        self._sections = sections
        self._students = students
        self._notes = notes
        self._today = today
        self._years = {0, year, sections.year}
        self._crowded = Crowded("enrollment", notes, _OF, {
            "section": (_SECTION, "SectionInfo {}"), "student": (_STUDENT, "StudentPersonal {}")}, counted="rosters")
        self._doubled = self._survey(skipped)

    def records(self) -> Iterator[Record]:
        """The records as they come; the pairs that come more than once follow at the end."""
        sections, students, held = self._sections.numbers, self._students.numbers, self._students.held
        doubled = self._doubled
        again: dict[int, list[tuple[Any, ...]]] = {}
        for ref, fields, place in self._all():
            section, student = fields.get("section"), fields.get("student")
            one, other = sections.get(section), students.get(student)
            if one is None or other is None or (held and student in held):
                continue
            if doubled and (pair := one << 32 | other) in doubled:
                again.setdefault(pair, []).append((*self._rank(fields), section, student, ref, place, fields))
            elif record := self._record(section, student, ref, fields, place):
                yield record
        for pair in sorted(again, key=lambda pair: again[pair][0][4:6]):
            *_, section, student, ref, place, fields = min(again[pair], key=lambda row: row[:4])
            if record := self._record(section, student, ref, fields, place):
                yield record

    def _record(self, section: str, student: str, ref: str, fields: dict[str, Any], place: int) -> Record | None:
        """The record of an enrollment; None, and told, if the section or the student has no room for it."""
        said = self._fields(section, student, fields)
        return None if self._crowded.refuses((section, student), said, ref) else Record(
            "enrollment", (section, student), said, place)

    def _survey(self, skipped: Skipped) -> frozenset[int]:
        """The pairs that come more than once; tells of whatever does not load."""
        sections, students, held = self._sections.numbers, self._students.numbers, self._students.held
        pairs = array("Q")
        append, rows = pairs.append, 0
        for ref, fields, _ in self._all():
            section, student = fields.get("section"), fields.get("student")
            one, other = sections.get(section), students.get(student)
            if one is not None and other is not None and not (held and student in held):
                append(one << 32 | other)
                rows += 1
            elif not fields.get("deleted"):
                rows += self._unplaced(ref, section or "", student or "", fields, skipped)
        self._notes.counts["rosters"]["rows"] += rows
        ordered = sorted(pairs)
        return frozenset(one for one, other in pairwise(ordered) if one == other)

    def _unplaced(self, ref: str, section: str, student: str, fields: dict[str, Any], skipped: Skipped) -> bool:
        """An enrollment whose section or student does not load; whether it is of this year at all."""
        known = section in self._sections.numbers
        if section in self._sections.others or (not known and section not in self._sections.held
                                                and year_of(fields.get("year")) not in self._years):
            skipped.add(_OF, ref)
            return False
        if section in self._sections.held:
            self._notes.note("R-PARENT", _OF, _SECTION, ref=ref, other=f"SectionInfo {section}")
        elif not known:
            self._notes.note("W-ORPHAN", _OF, _SECTION, ref=ref, other=f"SectionInfo {section}")
        elif student in self._students.held:
            self._notes.note("R-PARENT", _OF, _STUDENT, ref=ref, other=f"StudentPersonal {student}")
        else:
            self._notes.note("W-ORPHAN", _OF, _STUDENT, ref=ref, other=f"StudentPersonal {student}")
        self._notes.turned_back("rosters")
        self._notes.hold("enrollment", (section, student))
        return True

    def _fields(self, section: str, student: str, fields: dict[str, Any]) -> dict[str, Any]:
        first, last = fields.get("entry_date"), fields.get("exit_date")
        end = day_of(last) if last else None
        record: dict[str, Any] = {"end_date": end}
        if first and (start := day_of(first)):
            record["start_date"] = start
        off = ((end and end < self._today) or student in self._students.off or section in self._sections.off
               or fields.get("deleted"))
        record["status"] = "inactive" if off else "active"
        return record

    def _rank(self, fields: dict[str, Any]) -> tuple[bool, When, str, str]:
        """The place of one of several enrollments of a student in a section; the first one counts."""
        first, last = day_of(fields.get("entry_date") or "") or "", day_of(fields.get("exit_date") or "") or ""
        now = when(first, last, 0, "", today=self._today, current=0)
        return bool(fields.get("deleted")), now, first if now is When.AHEAD else _newest(first), _newest(last or "9999")

    def _all(self) -> Iterator[tuple[str, dict[str, Any], int]]:
        return iter(self._objects[_OF]() if _OF in self._objects else ())


def _newest(day: str) -> str:
    """A text that sorts the other way round: later days come first."""
    return "".join(chr(0x39 - ord(letter) + 0x30) if letter.isdecimal() else letter for letter in day) or "~"

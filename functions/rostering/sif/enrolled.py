"""Where a student is enrolled today, out of all that StudentSchoolEnrollment says of them.

The days decide, both inclusive; TimeFrame only where they are not said (`years.when`). Of several
rows of today, Home is the student's school and the others are other schools. Who has only rows to
come is pending from the first of them; who has only rows that are over has left on the last day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rostering.connected.days import day_of
from rostering.connected.notes import Notes
from rostering.sif.grades import grade_of
from rostering.sif.structure import Objects, Structure
from rostering.sif.years import When, when, year_of

_OF = "StudentSchoolEnrollment"
_ORDER = {"Home": 0, "Concurrent": 1, "Summer": 3}
Row = tuple[When, int, str, str, str, str]      # when, order of membership, school, first day, last day, grade


@dataclass(frozen=True, slots=True)
class Stay:
    """Where and how long a student is enrolled; "" is "not said" (of `last`: no end). `off` is who has left."""

    school: str
    other_schools: tuple[str, ...]
    first: str
    last: str
    grade: str
    off: bool = False


class Enrolled:
    """The enrollments of one reading. `any` is False if the zone sent none at all: then they say nothing."""

    def __init__(self, objects: Objects, structure: Structure, notes: Notes, *, today: str) -> None:
        self._structure = structure
        self._notes = notes
        self._today = today
        self._rows: dict[str, list[Row]] = {}
        self.any = False
        for ref, fields, _ in objects[_OF]() if _OF in objects else ():
            self.any = True
            student = fields.get("student")
            if student and not fields.get("deleted") and (row := self._row(ref, fields)):
                self._keep(self._rows.setdefault(student, []), row)

    def stay(self, student: str) -> Stay | None:
        """None if there is no enrollment."""
        rows = self._rows.get(student)
        if not rows:
            return None
        if len(rows) > 1:
            rows = sorted(rows)
            rows.sort(key=lambda row: row[3], reverse=True)      # the newest of equals
            rows.sort(key=lambda row: row[:2])
        whens = {row[0] for row in rows}
        if When.NOW in whens or When.LINGERING in whens:
            return self._now(rows)
        if When.AHEAD in whens:
            return self._ahead([row for row in rows if row[0] is When.AHEAD])
        _, _, school, first, last, grade = rows[0]
        return Stay(school, (), first if first <= last else "", last, grade, off=True)

    def strangers(self, known: dict[str, int]) -> Iterator[str]:
        """Students who are enrolled, or will be, but are not `known`."""
        return (student for student, rows in self._rows.items()
                if student not in known and any(row[0] is not When.OVER for row in rows))

    def _row(self, ref: str, fields: dict[str, Any]) -> Row | None:
        first, last = self._day(ref, fields, "entry_date"), self._day(ref, fields, "exit_date")
        now = when(first, last, year_of(fields.get("year")), fields.get("time_frame") or "", today=self._today,
                   current=self._structure.year)
        if now is not When.OVER and first and last and last < first:
            self._notes.note("W-SIF-DATES", _OF, "ExitDate", ref=ref)
            return None
        school = self._structure.school_of(named := fields.get("school"))
        if named and not school and now is not When.OVER:
            self._notes.note("W-ORPHAN", _OF, "@SchoolInfoRefId", ref=ref, other=f"SchoolInfo {named}")
        code, local = fields.get("grade") or "", fields.get("grade_local") or ()
        grade = grade_of(code, local)
        if not grade and (code or local) and now is not When.OVER:
            self._notes.note("W-SIF-GRADE", _OF, "GradeLevel/Code", ref=ref, v=code or ", ".join(local))
        return now, _ORDER.get(fields.get("membership") or "", 2), school, first, last, grade or ""

    def _day(self, ref: str, fields: dict[str, Any], name: str) -> str:
        said = fields.get(name)
        if not said:
            return ""
        day = day_of(said)
        if not day:
            self._notes.note("W-SIF-DATE", _OF, "EntryDate" if name == "entry_date" else "ExitDate", ref=ref)
        return day or ""

    @staticmethod
    def _keep(rows: list[Row], row: Row) -> None:
        """Add `row`; of those that are over, one is enough: the last."""
        if row[0] is When.OVER:
            for place, other in enumerate(rows):
                if other[0] is When.OVER:
                    rows[place] = max(other, row, key=lambda each: (each[4], each))
                    return
        rows.append(row)

    def _now(self, rows: list[Row]) -> Stay:
        now = [row for row in rows if row[0] is rows[0][0]]
        _, _, school, first, _, grade = now[0]
        others = dict.fromkeys(row[2] for row in now if row[2] and row[2] != school)
        coming = [row for row in rows if row[0] is When.AHEAD]
        last = "" if any(not row[4] for row in now + coming) else max(row[4] for row in now + coming)
        return Stay(school, tuple(others), first, last, grade or next((row[5] for row in now if row[5]), ""))

    def _ahead(self, rows: list[Row]) -> Stay:
        """The first that is to come; where no first day is said, nobody knows when, and the student is off."""
        _, _, school, first, last, grade = min(rows, key=lambda row: (row[3] or "9999", row))
        others = dict.fromkeys(row[2] for row in rows if row[3] == first and row[2] and row[2] != school)
        return Stay(school, tuple(others), first, last if all(row[4] for row in rows) else "", grade, off=not first)

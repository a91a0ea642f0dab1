"""Staff: who they are (StaffPersonal), and where and as what they work (StaffAssignment).

Who has function 1000 in an assignment of today, or teaches a section, is a Teacher; where neither
says anything, the title may. Everybody else is Staff: administrators too, since no load gives rights.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

from rostering.connected.days import day_of
from rostering.connected.notes import Notes
from rostering.connected.texts import put
from rostering.model import Record
from rostering.sif.persons import id_of, names
from rostering.sif.repeats import People
from rostering.sif.structure import Objects, Structure
from rostering.sif.years import When, when, year_of

TEACHING = "1000"
_OF = "StaffPersonal"
_TEACHER = re.compile(r"\bteacher\b", re.IGNORECASE)
Assignment = tuple[When, bool, str, str, str, str]      # when, not primary, first day, RefId, school, function


class Staffing:
    """The staff of one reading. `known` maps the RefId of everybody who was sent to whether they load.

    `sure` tells that all assignments are there.
    """

    def __init__(self, objects: Objects, structure: Structure, taught: dict[str, Counter[str]], notes: Notes, *,
                 today: str, people: People, given: dict[str, set[str]], sure: bool) -> None:
        self._objects = objects
        self._structure = structure
        self._taught = taught
        self._notes = notes
        self._today = today
        self._people = people
        self._given = given
        self._sure = sure
        self._assigned = self._assignments()
        self.known: dict[str, bool] = {}
        self._survey()

    def records(self) -> Iterator[Record]:
        for ref, fields, place in self._objects[_OF]() if _OF in self._objects else ():
            if not self.known.get(ref):
                continue
            if fields.get("deleted"):
                yield Record("staff", ref, {"status": "inactive"}, place)
                continue
            yield Record("staff", ref, self._member(ref, fields), place)

    def _survey(self) -> None:
        """Who does not load."""
        people, counts = self._people, self._notes.counts["staff"]
        for ref, fields, _ in self._objects[_OF]() if _OF in self._objects else ():
            counts["rows"] += 1
            people.add(ref, fields, off=bool(fields.get("deleted")),
                       named=fields.get("deleted") or names(fields, _OF, ref, self._notes, self._given.get(ref, ())))
        people.settle("staff")
        self.known = {ref: ref not in people.held for ref in people.refs}

    def _assignments(self) -> dict[str, list[Assignment]]:
        found: dict[str, list[Assignment]] = {}
        current = self._structure.year
        for ref, fields, _ in self._objects["StaffAssignment"]() if "StaffAssignment" in self._objects else ():
            if fields.get("deleted") or not (who := fields.get("staff")):
                continue
            first, last = day_of(fields.get("start_date") or "") or "", day_of(fields.get("end_date") or "") or ""
            now = when(first, last, year_of(fields.get("year")), "", today=self._today, current=current)
            if now not in (When.NOW, When.LINGERING):
                continue
            school = self._structure.school_of(named := fields.get("school"))
            if named and not school:
                self._notes.note("W-ORPHAN", "StaffAssignment", "@SchoolInfoRefId", ref=ref,
                                 other=f"SchoolInfo {named}")
            found.setdefault(who, []).append((now, fields.get("primary") != "Yes", first, ref, school,
                                              fields.get("function") or ""))
        return found

    def _member(self, ref: str, fields: dict[str, Any]) -> dict[str, Any]:
        notes = self._notes
        record: dict[str, Any] = {"id": id_of(fields, ref)}
        record |= names(fields, _OF, ref, None, self._given.get(ref, ())) or {}
        put(record, fields, "middle_name", "MiddleName", 64, _OF, ref, notes)
        put(record, fields, "title", "Title", 64, _OF, ref, notes)
        put(record, fields, "state_id", "StateProvinceId", 32, _OF, ref, notes)
        self._people.put_email(record, fields, ref)
        if username := self._people.username(ref):
            record["username"] = username
        assigned = sorted(self._assigned.get(ref, ()))
        assigned = [each for each in assigned if each[0] == assigned[0][0]]
        taught = self._taught.get(ref, Counter())
        schools = list(dict.fromkeys(each[4] for each in assigned if each[4]))
        if not schools:
            schools = sorted(taught, key=lambda school: (-taught[school], school))
        if schools:       # who is nowhere now stays at the school they were: so it is noticed when they go
            record["school"] = schools[0]
            if self._sure or schools[1:]:
                record["other_schools"] = schools[1:] or None
        record["role"] = _role({each[5] for each in assigned} - {""}, bool(taught), record.get("title"))
        record["status"] = "active"
        return record


def _role(functions: Collection[str], teaches: bool, title: str | None) -> str:
    if TEACHING in functions or teaches or (not functions and title and _TEACHER.search(title)):
        return "Teacher"
    return "Staff"

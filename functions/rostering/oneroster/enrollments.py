"""Who is in which section, and who teaches it: the one collection that is too big to be held.

It is gone over twice: once for the teachers and to see which pairs come more than once (a student who
left and came back), at eight bytes a pair, and once to tell. The end date is the first day after.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from rostering.connected.crowded import Crowded
from rostering.connected.notes import Notes
from rostering.model import Record
from rostering.oneroster.classes import Sections
from rostering.oneroster.collection import Row, Rows, look, modified
from rostering.oneroster.dates import span
from rostering.oneroster.people import People
from rostering.oneroster.rows import usable
from rostering.oneroster.vocabulary import is_deleted, role_of, truth

_OF = "enrollments"
_CLASS, _USER = "classSourcedId", "userSourcedId"


class Enrollments:
    """The rosters and the teachers of the sections.

    `teachers` has all teachers of every section that we are sure of, `leads` the primary one of others.
    """

    def __init__(self, rows: Rows, sections: Sections, people: People, notes: Notes, *, today: str, latest: str,
                 sure: bool) -> None:
        self._open = rows.get(_OF, tuple)
        self._sections, self._people, self._notes = sections, people, notes
        self._today, self._latest = today, latest
        self._more: dict[str, int] = {}           # numbers of those whom an earlier delivery told
        self._taught: dict[str, list[tuple[bool, bool, str, str]]] = {}
        self._doubtful: set[str] = set()
        self._others = 0
        self._first_other = ""
        self._crowded = Crowded("enrollment", notes, _OF, {
            "section": (_CLASS, "class {}"), "student": (_USER, "user {}")}, counted="rosters")
        self._doubled = self._survey()
        self.teachers: dict[str, list[str]] = {}
        self.leads: dict[str, str] = {}
        self._settle(sure=sure)

    def records(self) -> Iterator[Record]:
        """The records as they come; the pairs that come more than once follow at the end."""
        doubled, again = self._doubled, {}
        for row in self._open():
            fields = row[1]
            if fields.get("role") != "student" and not _is(fields, "student"):
                continue
            pair = self._pair(section := fields.get("class") or "", user := fields.get("user") or "")
            if pair is None:
                continue
            if doubled and pair in doubled:
                again.setdefault((section, user), []).append(row)
                continue
            if record := self._record(section, user, row):
                yield record
        for (section, user), rows in sorted(again.items()):
            if record := self._record(section, user, min(self._newest(rows), key=self._rank)):
                yield record
        self._notes.row = 0

    def _record(self, section: str, user: str, row: Row) -> Record | None:
        """The record of a row; None, and told, if the section or the student has no room for it."""
        ref, fields, place = row
        self._notes.row = place
        said = self._fields(section, user, ref, fields)
        return None if self._crowded.refuses((section, user), said, ref) else Record(
            "enrollment", (section, user), said, place)

    def _survey(self) -> frozenset[int]:
        """The pairs that come more than once; tells of whatever does not load, and finds the teachers."""
        pairs = array("Q")
        notes, append, count = self._notes, pairs.append, 0
        for ref, fields, place in self._open():
            notes.row = place
            look(ref, fields, _OF, notes, self._latest)
            if fields.get("role") == "student" or _is(fields, "student"):
                pair = self._pair(fields.get("class") or "", fields.get("user") or "")
                if pair is not None:
                    append(pair)
                    count += 1
                elif not is_deleted(fields):
                    count += 1
                    self._unplaced(ref, fields, "student")
            elif not is_deleted(fields):
                self._other(ref, fields)
        notes.row = 0
        notes.counts["rosters"]["rows"] += count
        if self._others:
            notes.note("I-OR-ENROLLED", _OF, "role", ref=self._first_other, n=f"{self._others:,}")
        ordered = sorted(pairs)
        return frozenset(one for one, other in pairwise(ordered) if one == other)

    def _pair(self, section: str, user: str) -> int | None:
        """Section and student as one number; None if either does not load."""
        people = self._people
        one, other = self._sections.numbers.get(section), people.numbers.get(user)
        if one is None:
            if self._sections.sure or section in self._sections.held or not usable(section):
                return None
            one = self._more.setdefault(section, len(self._more) + (1 << 31))
        if other is None:
            if people.sure or user in people.held or not usable(user):
                return None
            other = self._more.setdefault(user, len(self._more) + (1 << 31))
        elif user in people.held or ((role := people.roles[other]) is not None and role.kind != "student") \
                or (role is None and user not in people.deleted):
            return None
        return one << 32 | other

    def _other(self, ref: str, fields: dict[str, Any]) -> None:
        """An enrollment of somebody who is no student there."""
        role = role_of(fields.get("role") or "")
        if role is None:
            self._notes.note("R-REQUIRED", _OF, "role", ref=ref)
            self._notes.turned_back("rosters")
            self._notes.unreadable.add("enrollment")
        elif role.word == "teacher":
            self._teacher(ref, fields)
        elif not role.known:
            self._notes.note("W-OR-WORD", _OF, "role", ref=ref, v=fields["role"], taken="no part of the roster")
        else:
            self._others += 1
            self._first_other = min(self._first_other or ref, ref)

    def _teacher(self, ref: str, fields: dict[str, Any]) -> None:
        people, section, user = self._people, fields.get("class") or "", fields.get("user") or ""
        first, last = span(fields.get("begin_date"), fields.get("end_date"), _OF, ref, self._notes)
        if last and last < self._today:
            return
        known = section in self._sections.numbers or (not self._sections.sure and usable(section)
                                                      and section not in self._sections.held)
        role, there = people.role(user), user in people.numbers
        if not known or not usable(user) or (not there and people.sure) or user in people.held \
                or (role is not None and role.kind != "staff"):
            self._doubtful.add(section)
            self._unplaced(ref, fields, "teacher")
        elif user not in people.deleted:
            self._taught.setdefault(section, []).append(
                (truth(fields.get("primary")) is not True, bool(first) and first > self._today, first or "", user))

    def _settle(self, *, sure: bool) -> None:
        """What can be said of teachers: all, where every enrollment is there and somebody teaches at all."""
        later: list[str] = []
        for section in self._sections.numbers if sure and self._taught else self._taught:
            found = sorted(self._taught.get(section, ()))
            ordered = list(dict.fromkeys(each[3] for each in found))
            if sure and (ordered or section not in self._doubtful):
                self.teachers[section] = ordered
            elif found and not found[0][0]:
                self.leads[section] = found[0][3]
            if not sure and (len(ordered) > 1 or found[0][0] or section not in self._sections.numbers):
                later.append(section)
        if later:
            self._notes.note("I-OR-EARLIER", _OF, "role", ref=f"the teachers of {min(later)}", n=f"{len(later):,}")
        self._taught = {}

    def _unplaced(self, ref: str, fields: dict[str, Any], word: str) -> None:
        """An enrollment whose section or user does not load."""
        notes, people = self._notes, self._people
        section, user = fields.get("class") or "", fields.get("user") or ""
        if not section or not user:
            notes.note("R-REQUIRED", _OF, _USER if section else _CLASS, ref=ref)
            notes.unreadable.add("enrollment")
        elif section in self._sections.held:
            notes.note("R-PARENT", _OF, _CLASS, ref=ref, other=f"class {section}")
        elif section not in self._sections.numbers and self._sections.sure:
            notes.note("W-ORPHAN", _OF, _CLASS, ref=ref, other=f"class {section}")
        elif user in people.held:
            notes.note("R-PARENT", _OF, _USER, ref=ref, other=f"user {user}")
        elif user not in people.numbers:
            notes.note("W-ORPHAN", _OF, _USER, ref=ref, other=f"user {user}")
        else:
            notes.note("W-OR-WRONG-ROLE", _OF, "role", ref=ref, other=f"user {user}", v=word)
        if word == "student":
            notes.turned_back("rosters")
            if section and user:
                notes.hold("enrollment", (section, user))

    def _fields(self, section: str, user: str, ref: str, fields: dict[str, Any]) -> dict[str, Any]:
        deleted = is_deleted(fields)
        first, last = span(fields.get("begin_date"), fields.get("end_date"), _OF, ref, None if deleted else self._notes)
        record: dict[str, Any] = {}
        if last is not None:
            record["end_date"] = last or None
        if first:
            record["start_date"] = first
        off = deleted or (last and last < self._today) or user in self._people.off or section in self._sections.off
        record["status"] = "inactive" if off else "active"
        return record

    def _newest(self, rows: list[Row]) -> list[Row]:
        """Of each sourcedId the row that was changed last."""
        newest: dict[str, Row] = {}
        for row in sorted(rows, key=lambda row: (modified(row[1], self._latest), row[2], repr(sorted(row[1].items())))):
            newest[row[0]] = row
        return list(newest.values())

    def _rank(self, row: Row) -> tuple[Any, ...]:
        """The place of one of several enrollments of a student in a section; the first one counts."""
        ref, fields, place = row
        first, last = span(fields.get("begin_date"), fields.get("end_date"), _OF, ref, None)
        over, ahead = bool(last) and last < self._today, bool(first) and first > self._today
        begun = first or ""
        return (is_deleted(fields), over, ahead, begun if ahead else _later(begun), _later(last or "9999"), ref, place)


def _is(fields: dict[str, Any], word: str) -> bool:
    role = role_of(fields.get("role") or "")
    return role is not None and role.word == word


def _later(day: str) -> int:
    """A number that sorts the other way round: later days come first."""
    return -int(day.replace("-", "") or 0)

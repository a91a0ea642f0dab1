"""Terms: the academic sessions. They are the district's: no session names a school.

All of them are kept, past and future ones too, with their days. The end date is the first day after.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from rostering.connected.notes import Notes
from rostering.connected.texts import MOST_ID, short
from rostering.model import Record
from rostering.oneroster.collection import Collection
from rostering.oneroster.dates import day_of, last_day, year_of
from rostering.oneroster.vocabulary import folded, is_deleted

LONGEST_TERM_DAYS = 400
_OF = "academicSessions"
_TYPES = {"semester": "Semester", "schoolyear": "School Year"}
_PLAIN = frozenset({"term", "gradingperiod"})
_IN_TITLE = ("Semester", "Trimester", "Quarter", "Summer")


def key_of(session: str) -> str:
    return f"|{session}"


class Sessions:
    """The terms of one reading. `known` are all that were sent; `sure` tells that these are all there are."""

    def __init__(self, sessions: Collection, notes: Notes, *, sure: bool) -> None:
        self._sessions = sessions
        self._notes = notes
        self.sure = sure and sessions.any
        self.known: dict[str, str] = {}           # session to its first day
        self.held: set[str] = set()
        self._records = list(self._read())

    def records(self) -> Iterator[Record]:
        return iter(self._records)

    def _read(self) -> Iterator[Record]:
        for ref, fields, place in self._sessions:
            if is_deleted(fields):
                continue
            self._notes.counts["terms"]["rows"] += 1
            first, last = day_of(fields.get("start_date") or ""), last_day(fields.get("end_date") or "")
            if not first or not last:
                self._back("R-REQUIRED", "startDate" if not first else "endDate", ref)
            elif not 0 <= (date.fromisoformat(last) - date.fromisoformat(first)).days <= LONGEST_TERM_DAYS:
                self._back("R-DATES", "endDate", ref)
            else:
                self.known[ref] = first
                yield Record("term", key_of(ref), self._term(ref, fields, first, last), place)

    def _term(self, ref: str, fields: dict[str, Any], first: str, last: str) -> dict[str, Any]:
        title = short(fields.get("title"), MOST_ID)
        record = {"id": ref, "school": "", "name": title or ref, "start_date": first, "end_date": last,
                  "type": self._type(ref, fields.get("type") or "", title)}
        if said := fields.get("school_year"):
            if year := year_of(said):
                record["year"] = year
            else:
                self._notes.note("W-OR-YEAR", _OF, "schoolYear", ref=ref, v=said)
        return record

    def _type(self, ref: str, said: str, title: str) -> str:
        word = folded(said)
        if word in _TYPES:
            return _TYPES[word]
        if word not in _PLAIN:
            self._notes.note("W-OR-WORD", _OF, "type", ref=ref, v=said, taken="a term")
        return next((each for each in _IN_TITLE if each.casefold() in title.casefold()), "Other")

    def _back(self, code: str, column: str, ref: str) -> None:
        self._notes.note(code, _OF, column, ref=ref)
        self._notes.turned_back("terms")
        self._notes.hold("term", key_of(ref))
        self.held.add(ref)

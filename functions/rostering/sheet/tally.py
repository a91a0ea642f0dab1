"""Warnings that are counted once per tab: students without class or guardian, empty classes, ..."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from rostering.sheet.checks import Checked
from rostering.sheet.ledger import BAD, GUARDED, IN_CLASS, NOT_PRIMARY, OFF, REPEATED, Ledger
from rostering.sheet.problems import Problems


class Tally:
    """Watches students, classes, guardians and rosters pass. Schools are kept as 8-byte hashes."""

    def __init__(self, ledgers: dict[str, Ledger], problems: Problems) -> None:
        self._ledgers = ledgers
        self._problems = problems
        self._school: dict[str, array[int]] = {"Students": array("q"), "Classes": array("q")}
        self._elsewhere = array("q")     # student row, school of the class, roster row; three by three
        self._primary: dict[str, int] = {}

    def schools(self, checked: Checked) -> None:
        """Remember the school of each student or class."""
        kept = self._school[checked.tab.name]
        kept.extend(bytes(1) * (checked.rows[-1] + 1 - len(kept)))
        for row, school in zip(checked.rows, checked.column("school") or (), strict=False):
            if school:
                kept[row] = hash(school) | 1

    def rosters(self, checked: Checked, classes: list[int], students: list[int]) -> None:
        """Mark who is in a class; note rows whose class is of a school that is not the student's."""
        status = checked.column("status")
        if status and "inactive" in status:
            on = [word != "inactive" for word in status]
            classes = [row if is_on else 0 for row, is_on in zip(classes, on, strict=True)]
            students = [row if is_on else 0 for row, is_on in zip(students, on, strict=True)]
        _mark(self._ledgers["Classes"], classes, IN_CLASS)
        _mark(self._ledgers["Students"], students, IN_CLASS)
        of_classes, of_students = self._school["Classes"], self._school["Students"]
        if not of_classes or not of_students:
            return
        for row, one, other in zip(checked.rows, classes, students, strict=True):
            if one and other:
                school = of_classes[one]
                if school != of_students[other] and school and of_students[other]:
                    self._elsewhere.extend((other, school, row))

    def guardians(self, checked: Checked, students: list[int]) -> None:
        """Mark who has a guardian; tell second primary contacts and mark their rows."""
        status = checked.column("status") or [None] * len(students)
        _mark(self._ledgers["Students"], [row if word != "inactive" else 0
                                          for row, word in zip(students, status, strict=True)], GUARDED)
        primary, keys = checked.column("primary"), checked.values[0]
        if not primary or not keys or True not in primary:
            return
        ledger, number = self._ledgers["Guardians"], checked.tab.index("primary")
        bad = {position for position, _, code, _ in checked.notes if code[0] == "R"}
        for position, (yes, key, word) in enumerate(zip(primary, keys, status, strict=True)):
            if yes is True and key and word != "inactive" and position not in bad:
                row = checked.rows[position]
                first = self._primary.setdefault(key, row)
                if first != row:
                    checked.note(position, number, "W-PRIMARY-TWICE", {"r": first})
                    ledger.mark(row, NOT_PRIMARY)

    def guardians_done(self) -> None:
        self._primary.clear()

    def settle(self) -> None:
        """Tell what was counted, once all tabs are read. A tab without rows says nothing."""
        rosters, guardians = self._ledgers["Class Rosters"], self._ledgers["Guardians"]
        if rosters.rows:
            self._without("Students", IN_CLASS, "W-STUDENT-NO-CLASS")
            self._without("Classes", IN_CLASS, "W-CLASS-NO-STUDENT")
            self._told("Class Rosters", "W-CLASS-OTHER-SCHOOL", self._other_school())
        if guardians.rows:
            self._without("Students", GUARDED, "W-STUDENT-NO-GUARDIAN")

    def _without(self, tab: str, mark: int, code: str) -> None:
        ledger = self._ledgers[tab]
        self._told(tab, code, [row for row in ledger.rows if not ledger.marks[row] & mark
                               and not ledger.flags[row] & (BAD | OFF | REPEATED)])

    def _told(self, tab: str, code: str, rows: list[int]) -> None:
        if rows:
            self._problems.add(code, tab, n=len(rows), r=rows[0])

    def _other_school(self) -> list[int]:
        """Roster rows whose class is neither of the student's home school nor of the other ones."""
        flags = self._ledgers["Class Rosters"].flags
        found = self._elsewhere
        doubtful: dict[int, list[int]] = {}
        for place in range(0, len(found), 3):
            if not flags[found[place + 2]] & (BAD | REPEATED):
                doubtful.setdefault(found[place], []).append(place)
        if doubtful:
            self._drop_other_schools(doubtful)
        return sorted(found[place + 2] for places in doubtful.values() for place in places)

    def _drop_other_schools(self, doubtful: dict[int, list[int]]) -> None:
        ledger = self._ledgers["Students"]
        number = ledger.tab.index("other_schools")
        for stored in ledger.batches():
            for row, schools in zip(stored.rows, stored.values[number] or (), strict=False):
                if row in doubtful and isinstance(schools, list):
                    theirs = {hash(school) | 1 for school in schools}
                    doubtful[row] = [place for place in doubtful[row]
                                     if self._elsewhere[place + 1] not in theirs]


def _mark(ledger: Ledger, rows: Iterable[int], mark: int) -> None:
    marks = ledger.marks
    for row in set(rows):
        marks[row] |= mark

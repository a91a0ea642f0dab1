"""Who is whose guardian: students name their agents, and some guardians name their children as theirs.

The relationship is the agent's role. At most five guardians of a student are linked: parents and
guardians before relatives, as the student lists them, then by sourcedId.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rostering.connected.crowded import Crowded
from rostering.connected.notes import Notes
from rostering.model import Record
from rostering.oneroster.people import People
from rostering.oneroster.rows import usable

MOST_GUARDIANS = 5
_OF, _COLUMN = "users", "agentSourcedIds"
_UNLISTED = 1_000_000
_WORDS = {"parent": "Parent", "guardian": "Guardian"}


class Guardians:
    """The links of one reading, by student."""

    def __init__(self, people: People, notes: Notes) -> None:
        self._people = people
        self._notes = notes
        self._of: dict[str, dict[str, int]] = {}      # student to guardian to place in the student's list
        self._earlier: list[str] = []
        self._crowded = Crowded("guardian_link", notes, _OF, {
            "guardian": (_COLUMN, "user {}"), "student": (_COLUMN, "user {}")}, counted="")
        for ref, agents in people.agents.items():
            role = people.role(ref)
            for place, agent in enumerate(dict.fromkeys(agents)):
                if role and role.kind == "student":
                    self._pair(ref, agent, place, says=ref)
                else:
                    self._pair(agent, ref, _UNLISTED, says=ref)
        if self._earlier:
            notes.note("I-OR-EARLIER", _OF, _COLUMN, ref=min(self._earlier), n=f"{len(self._earlier):,}")
        people.agents = {}

    def records(self) -> Iterator[Record]:
        people = self._people
        for student, found in self._of.items():
            ranked = sorted((people.role(guardian).word == "relative", place, guardian)
                            for guardian, place in found.items())
            linked = 0
            for _, _, guardian in ranked:
                off = guardian in people.off
                linked += not off
                if linked > MOST_GUARDIANS and not off:
                    self._notes.hold("guardian_link", (guardian, student))
                    continue
                self._notes.row = people.places[people.numbers.get(student, people.numbers[guardian])]
                link = self._link(guardian, off=off)
                if not self._crowded.refuses((guardian, student), link, student):
                    yield Record("guardian_link", (guardian, student), link, self._notes.row)
                self._notes.row = 0
            if linked > MOST_GUARDIANS:
                self._notes.note("W-OR-MANY-GUARDIANS", _OF, _COLUMN, ref=student, n=linked, most=MOST_GUARDIANS)
        self._of = {}

    def _link(self, guardian: str, *, off: bool) -> dict[str, Any]:
        if guardian in self._people.deleted:
            return {"status": "inactive"}
        role = self._people.role(guardian)
        word = _WORDS.get(role.word, "Other")
        return {"relationship": word, "label": role.label, "status": "inactive" if off else "active"}

    def _pair(self, student: str, guardian: str, place: int, *, says: str) -> None:
        """One link, if both its ends load; `says` is the user who names the other."""
        people, other = self._people, guardian if says == student else student
        if says in people.deleted and people.role(says).kind == "student":
            return
        one, two = people.role(student), people.role(guardian)
        if student in people.held or guardian in people.held:
            self._back("R-PARENT", student, guardian, says, other if other in people.held else says)
        elif other not in people.numbers and people.sure:
            self._back("W-ORPHAN", student, guardian, says, other)
        elif other not in people.numbers:
            if guardian in people.deleted and usable(student):
                self._of.setdefault(student, {})[guardian] = place
            else:
                self._earlier.append(says)
        elif student in people.deleted or one is None or two is None:
            return
        elif one.kind != "student" or two.kind != "guardian":
            if says == student or one.kind != "guardian":       # a guardian may name another one
                self._back("W-OR-AGENT", student, guardian, says, other)
        else:
            found = self._of.setdefault(student, {})
            found[guardian] = min(place, found.get(guardian, place))

    def _back(self, code: str, student: str, guardian: str, says: str, other: str) -> None:
        self._notes.note(code, _OF, _COLUMN, ref=says, other=f"user {other}")
        self._notes.hold("guardian_link", (guardian, student))

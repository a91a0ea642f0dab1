"""Guardians out of contacts: a zone sends one contact per parent and child, each with its own RefId.

One person is who has one LocalId, else one email and name; a RefId joins nothing. What the contact
with the lowest RefId says of the person counts, and others fill what it leaves open. Two contacts of
one child with one LocalId but other first names are two persons (one household's id, say): neither
gets the other's account, so neither is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from rostering.connected.crowded import Crowded
from rostering.connected.notes import Notes
from rostering.connected.texts import MOST_ID
from rostering.model import Record
from rostering.names import fold_name
from rostering.sif import relationships
from rostering.sif.persons import is_ref_id, local_id, names, put_email, put_phone
from rostering.sif.structure import Objects
from rostering.sif.students import Students

_OF = "StudentContact"
_NO_SEQUENCE = 10_000


class Said(NamedTuple):
    """What is known of a guardian: the RefId that counts, and the one that gave each value it left open."""

    ref: str
    first: str
    last: str
    email: str
    email_of: str
    phone: str
    phone_of: str
    place: int
    local: str


class Guardians:
    """The guardians of one reading, and their links to students."""

    def __init__(self, objects: Objects, students: Students, notes: Notes) -> None:
        self._objects = objects
        self._students = students
        self._notes = notes
        self._texts: dict[str, str] = {}
        self._people: dict[str, Said] = {}
        self._pairs: set[int] = set()
        self._speaks: dict[int, str] = {}           # of pairs that several contacts tell: the one that counts
        self._no_access: set[int] = set()
        self._split: set[int] = set()
        self._numbers: dict[str, int] = {}
        self._primary: dict[int, int] = {}          # number of the student to sequence and RefId in one
        self._crowded = Crowded("guardian_link", notes, _OF, {
            "guardian": ("LocalId", "the person"), "student": ("@StudentPersonalRefId", "StudentPersonal {}")},
            counted="guardians")
        self._not_guardians = 0
        self._first_not = ""
        self._survey()

    def guardian_records(self) -> Iterator[Record]:
        for key, said in self._people.items():
            fields: dict[str, Any] = {}
            if key.startswith("id:"):
                fields["id"] = said.local or key.removeprefix("id:")
            fields |= {"first_name": said.first, "last_name": said.last}
            fields |= {name: value for name, value in (("email", said.email), ("phone", said.phone)) if value}
            yield Record("guardian", key, fields, said.place)

    def link_records(self) -> Iterator[Record]:
        for ref, fields, place in self._all():
            if not self._loads(ref, fields):
                continue
            key, student = self._key_of(ref, fields), fields["student"]
            number = self._students.numbers[student]
            if key.startswith("id:") and not fields.get("deleted"):
                self._compare(key, ref, fields)
            pair = self._pair(key, number)
            if pair in self._split or self._speaks.get(pair, ref) != ref:
                continue
            if fields.get("deleted"):
                yield Record("guardian_link", (key, student), {"status": "inactive"}, place)
                continue
            word, label = relationships.words_of(fields.get("relationship"))
            link = {"relationship": word, "label": label, "access": pair not in self._no_access,
                    "primary": (rank := _rank(ref, fields)) is not None and self._primary.get(number) == rank,
                    "status": "active"}
            if not self._crowded.refuses((key, student), link, ref):
                yield Record("guardian_link", (key, student), link, place)
        self._people, self._numbers, self._primary = {}, {}, {}

    def _survey(self) -> None:
        again: set[int] = set()
        for ref, fields, place in self._all():
            deleted = bool(fields.get("deleted"))
            if not deleted:
                self._note_access(ref, fields)
            if not deleted and not relationships.is_guardian(fields):
                self._not_guardians += 1
                self._first_not = min(self._first_not or ref, ref)
                continue
            if not self._usable(ref, fields):
                continue
            key, student = self._key_of(ref, fields), fields["student"]
            if not deleted:
                self._person(key, ref, fields, place)
            number = self._students.numbers[student]
            pair = self._pair(key, number)
            if pair in self._pairs:
                again.add(pair)
            self._pairs.add(pair)
            if not deleted:
                rank = _rank(ref, fields)
                if rank is not None:
                    self._primary[number] = min(self._primary.get(number, rank), rank)
        self._pairs = set()
        if self._not_guardians:
            self._notes.note("I-SIF-NOT-GUARDIAN", _OF, "ContactFlags", ref=self._first_not,
                             n=f"{self._not_guardians:,}")
        if again:
            self._settle(again)

    def _usable(self, ref: str, fields: dict[str, Any]) -> bool:
        """Whether a contact can be loaded; told if not. What was deleted goes without a word."""
        if fields.get("deleted"):
            return self._loads(ref, fields)
        student = fields.get("student") or ""
        self._notes.counts["guardians"]["rows"] += 1
        if not is_ref_id(ref):
            self._notes.unreadable.add("guardian_link")
            self._notes.note("R-BAD-REFID", _OF, "@RefId", ref=ref)
        elif not names(fields, _OF, ref, self._notes):
            if not local_id(fields):        # whose contact it is can't be told
                self._notes.unreadable.add("guardian_link")
            self._hold(ref, fields)
            return False
        elif student not in self._students.numbers:
            self._notes.note("W-ORPHAN", _OF, "@StudentPersonalRefId", ref=ref, other=f"StudentPersonal {student}")
        elif student in self._students.held:
            self._notes.note("R-PARENT", _OF, "@StudentPersonalRefId", ref=ref, other=f"StudentPersonal {student}")
        else:
            return True
        self._hold(ref, fields)
        return False

    def _loads(self, ref: str, fields: dict[str, Any]) -> bool:
        """Whether a contact is of a guardian whom we can name, and of a student who loads."""
        student = fields.get("student") or ""
        return (student in self._students.numbers and student not in self._students.held and is_ref_id(ref)
                and names(fields, _OF, ref, None) is not None
                and bool(fields.get("deleted") or relationships.is_guardian(fields)))

    def _note_access(self, ref: str, fields: dict[str, Any]) -> None:
        """Note who may not see records, also by a contact that is of no use otherwise (34 CFR 99.4)."""
        if (fields.get("flags") or {}).get("AccessToRecords") == "No":
            number = self._students.numbers.get(fields.get("student") or "")
            if number is not None and (key := self._key_of(ref, fields)):
                self._no_access.add(self._pair(key, number))

    def _hold(self, ref: str, fields: dict[str, Any]) -> None:
        self._notes.turned_back("guardians")
        if key := self._key_of(ref, fields):
            self._notes.hold("guardian", key)
            self._notes.hold("guardian_link", (key, fields.get("student") or ""))

    def _key_of(self, ref: str, fields: dict[str, Any]) -> str:
        """The key of the guardian; "" if the contact says too little."""
        local = local_id(fields)
        if local and len(local) <= MOST_ID:
            return f"id:{local.casefold()}"
        found = names(fields, _OF, ref, None)
        if not found:
            return ""
        said: dict[str, Any] = {}
        put_email(said, fields, _OF, ref, None)
        if said.get("email"):
            return f"em:{said['email'].lower()}|{fold_name(found['last_name'])}|{fold_name(found['first_name'])}"
        return f"ref:{ref}"

    def _person(self, key: str, ref: str, fields: dict[str, Any], place: int) -> None:
        """Merge what one contact says of its person."""
        found = names(fields, _OF, ref, None) or {}
        said: dict[str, Any] = {}
        put_email(said, fields, _OF, ref, self._notes)
        put_phone(said, fields, _OF, ref, self._notes)
        email, phone = said.get("email") or "", said.get("phone") or ""
        new = Said(ref, self._kept(found["first_name"]), self._kept(found["last_name"]), email, ref if email else "",
                   phone, ref if phone else "", place, "" if (local := local_id(fields)).casefold() == local else local)
        old = self._people.get(key)
        self._people[key] = self._merged(old, new) if old else new

    @staticmethod
    def _merged(one: Said, other: Said) -> Said:
        if other[:3] < one[:3]:
            one, other = other, one
        mail = min((each for each in (one, other) if each.email), key=lambda each: each.email_of, default=one)
        call = min((each for each in (one, other) if each.phone), key=lambda each: each.phone_of, default=one)
        return one._replace(email=mail.email, email_of=mail.email_of, phone=call.phone, phone_of=call.phone_of)

    def _compare(self, key: str, ref: str, fields: dict[str, Any]) -> None:
        """Tell of a contact that says something else of its person than the one that counts."""
        said = self._people.get(key)
        found = names(fields, _OF, ref, None) if said and said.ref != ref else None
        if not said or not found:
            return
        if (found["first_name"], found["last_name"]) != (said.first, said.last):
            self._notes.note("W-SIF-CONTACT-DIFFERS", _OF, "Name", ref=ref, other=said.ref)
        mail: dict[str, Any] = {}
        put_email(mail, fields, _OF, ref, None)
        if mail.get("email") and mail["email"].lower() != said.email.lower():
            self._notes.note("W-SIF-CONTACT-DIFFERS", _OF, "EmailList", ref=ref, other=said.email_of)

    def _settle(self, pairs: set[int]) -> None:
        """Which contact speaks for each of `pairs`: one that was not deleted, then the one with the lowest RefId."""
        found: dict[int, list[tuple[bool, str, str, tuple[str, str]]]] = {}
        for ref, fields, _ in self._all():
            if not self._loads(ref, fields):
                continue
            key, student = self._key_of(ref, fields), fields["student"]
            pair = self._pair(key, self._students.numbers[student])
            if pair in pairs:
                found.setdefault(pair, []).append(
                    (bool(fields.get("deleted")), ref, fold_name(fields["first_name"]), (key, student)))
        for pair, contacts in found.items():
            contacts.sort()
            there = [each for each in contacts if not each[0]] or contacts
            self._speaks[pair] = there[0][1]
            if len({each[2] for each in there}) > 1:
                self._split.add(pair)
                self._apart(there)

    def _apart(self, contacts: list[tuple[bool, str, str, tuple[str, str]]]) -> None:
        for _, ref, _, (guardian, student) in contacts:
            other = next(each[1] for each in contacts if each[1] != ref)
            self._notes.note("R-DUP-KEY", _OF, "LocalId", ref=ref, what="a LocalId", other=other)
            self._notes.turned_back("guardians")
            self._notes.hold("guardian", guardian)
            self._notes.hold("guardian_link", (guardian, student))

    def _pair(self, key: str, student: int) -> int:
        return self._numbers.setdefault(key, len(self._numbers)) << 32 | student

    def _kept(self, text: str) -> str:
        return self._texts.setdefault(text, text)

    def _all(self) -> Iterator[tuple[str, dict[str, Any], int]]:
        return iter(self._objects[_OF]() if _OF in self._objects else ())


def _rank(ref: str, fields: dict[str, Any]) -> int | None:
    """The place of a contact in the order of whom to call first; None without a ContactSequence."""
    sequence = (fields.get("sequence") or "").strip()
    return min(int(sequence), _NO_SEQUENCE) << 128 | int(ref, 16) if sequence.isdecimal() else None

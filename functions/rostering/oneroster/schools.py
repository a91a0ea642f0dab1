"""Schools: the orgs of that type. Districts, departments and whatever else there is are no schools.

A school's key is its identifier, folded, so that OneRoster, SIF and the sheet speak of one school;
where an identifier is no id, or another school has it, the key is the sourcedId. Who is in a
department is in the school above it.
"""

from __future__ import annotations

from typing import Any

from rostering.connected.notes import Notes
from rostering.connected.texts import is_id, put
from rostering.model import Record
from rostering.oneroster.collection import Collection
from rostering.oneroster.vocabulary import folded, is_deleted

_OF = "orgs"
_TYPES = frozenset({"department", "school", "district", "local", "state", "national"})
_MOST_ABOVE = 8


class Schools:
    """The orgs of one reading. `sure` tells that all of them are there; `records` are those of the schools."""

    def __init__(self, orgs: Collection, notes: Notes, *, sure: bool) -> None:
        self._notes = notes
        self.sure = sure and orgs.any
        self.records: list[Record] = []
        self._keys: dict[str, str] = {}           # org to the key of its school, "" if it is in none
        self._by_identifier: dict[str, str] = {}
        found = {ref: (fields, place) for ref, fields, place in orgs}
        for ref in sorted(found):
            self._read(ref, *found[ref])
        self._above({ref: fields.get("parent") or "" for ref, (fields, _) in found.items()})

    def knows(self, org: str) -> bool:
        return org in self._keys

    def of(self, org: str | None) -> str:
        """The key of the school that an org is or is in; "" if it is in none, or not there."""
        return self._keys.get(org, "") if org else ""

    def named(self, text: str | None) -> str:
        """The key of a school that is named by its sourcedId or its identifier."""
        return (self.of(text) or self._by_identifier.get(text.casefold(), "")) if text else ""

    def is_orphan(self, org: str | None) -> bool:
        """Whether an org ought to be there and is not."""
        return bool(org) and self.sure and org not in self._keys

    def _read(self, ref: str, fields: dict[str, Any], place: int) -> None:
        notes = self._notes
        notes.row = place
        kind = folded(fields.get("type") or "")
        if kind != "school":
            if kind not in _TYPES and not is_deleted(fields):
                notes.note("W-OR-WORD", _OF, "type", ref=ref, v=fields.get("type") or "", taken="no school")
            self._keys[ref] = ""
        else:
            notes.counts["schools"]["rows"] += 1
            self._school(ref, fields, place)
        notes.row = 0

    def _school(self, ref: str, fields: dict[str, Any], place: int) -> None:
        deleted = is_deleted(fields)
        identifier = (fields.get("identifier") or "").strip()
        own = ref.casefold().replace("|", "%7c")      # keys of courses are school|course
        key = identifier.casefold() if is_id(identifier) else own
        if key in self._by_identifier:
            other = next(each for each, known in self._keys.items() if known == key)
            self._notes.note("R-DUP-KEY", _OF, "identifier", ref=ref, what="an identifier", other=other)
            key = own
        else:
            self._by_identifier[key] = key
        self._keys[ref] = key
        record: dict[str, Any] = {"id": identifier if is_id(identifier) else ref}
        put(record, fields, "name", "name", 128, _OF, ref, self._notes)
        if not record.get("name"):
            if deleted:
                return
            self._notes.note("W-OR-SCHOOL-NAME", _OF, "name", ref=ref)
            record["name"] = record["id"]
        self.records.append(Record("school", key, record | {"status": "inactive" if deleted else "active"}, place))

    def _above(self, parents: dict[str, str]) -> None:
        """Find the school of every org that is none."""
        for ref in [each for each, key in self._keys.items() if not key]:
            at = ref
            for _ in range(_MOST_ABOVE):
                at = parents.get(at, "")
                if key := self._keys.get(at, ""):
                    self._keys[ref] = key
                    break

"""Birth dates, out of the demographics: of everything that these say, only this is ever read."""

from __future__ import annotations

from typing import Any

from rostering.connected.notes import Notes
from rostering.oneroster.collection import Collection
from rostering.oneroster.dates import day_of
from rostering.oneroster.vocabulary import is_deleted

_OF = "demographics"


class Births:
    """Birth dates: by sourcedId, and by the numbers of the people as soon as these are known."""

    def __init__(self, demographics: Collection, notes: Notes) -> None:
        self._days: dict[Any, str | None] = {}
        for ref, fields, _ in demographics:
            said = fields.get("birth_date")
            if said is None or is_deleted(fields):
                continue
            day = day_of(said) if said else None
            if said and not day:
                notes.note("W-OR-DATE", _OF, "birthDate", ref=ref)
            else:
                self._days[ref] = day

    def know(self, numbers: dict[str, int], notes: Notes, *, sure: bool) -> None:
        """Keep those of `numbers`. Others are told where everybody is there (`sure`), or counted."""
        others = sorted(ref for ref in self._days if ref not in numbers)
        if others and sure:
            for ref in others:
                notes.note("W-ORPHAN", _OF, "sourcedId", ref=ref, other=f"user {ref}")
        elif others:
            notes.note("I-OR-EARLIER", _OF, "sourcedId", ref=others[0], n=f"{len(others):,}")
        self._days = {numbers[ref]: day for ref, day in self._days.items() if ref in numbers}

    def put(self, record: dict[str, Any], number: int) -> None:
        if number in self._days:
            record["birth_date"] = self._days[number]

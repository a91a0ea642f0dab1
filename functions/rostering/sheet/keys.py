"""The keys of rows, folded (`rostering.model.Record`): ids ignore case, guardians go by what is given."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from typing import Any

from rostering.names import fold_name
from rostering.sheet.columns import Tab

_NAMES_KEPT = 20_000
Columns = Sequence[list[Any] | None]


def folded(ids: list[str | None]) -> list[str | None]:
    """The ids as they are compared. IDs are ASCII, so folding keeps their length."""
    if None in ids:
        return [each and each.casefold() for each in ids]
    joined = "\n".join(ids)
    low = joined.casefold()
    return ids if low == joined else low.split("\n")


class Keys:
    """Gives the key of each row of one tab from its stored columns; None where it can't be read.

    References in the columns are folded already (`references.References`).
    """

    def __init__(self, tab: Tab) -> None:
        self.tab = tab
        self._by_tab = {"Terms": self._of_school, "Courses": self._of_school, "Guardians": self._of_guardian,
                        "Class Rosters": self._of_roster, "Groups": self._of_group}
        self._names: dict[str, str] = {}

    def of(self, values: Columns, count: int, refused: Sequence[set[int]] = ()) -> list[str | None]:
        """One text per row, fit for `Index`. `refused` are the unreadable cells, by column."""
        return self._by_tab.get(self.tab.name, self._of_id)(values, count, refused)

    def _of_id(self, values: Columns, count: int, refused: Sequence[set[int]]) -> list[str | None]:
        ids = values[0]
        return [None] * count if ids is None else folded(ids)

    def _of_school(self, values: Columns, count: int, refused: Sequence[set[int]]) -> list[str | None]:
        schools = values[1] or repeat(None, count)
        keys = [each and f"{school or ''}|{each}"
                for each, school in zip(self._of_id(values, count, refused), schools, strict=True)]
        for place in refused[1] if refused else ():
            keys[place] = None
        return keys

    def _of_roster(self, values: Columns, count: int, refused: Sequence[set[int]]) -> list[str | None]:
        return _pairs(values[0], values[1], count)

    def _of_guardian(self, values: Columns, count: int, refused: Sequence[set[int]]) -> list[str | None]:
        return _pairs(self.guardians(values, count, refused), values[0], count)

    def _of_group(self, values: Columns, count: int, refused: Sequence[set[int]]) -> list[str | None]:
        members = self.members(values, count)
        return _pairs(None if values[0] is None else folded(values[0]), members, count)

    def members(self, values: Columns, count: int) -> list[str | None]:
        """The members of groups: "student:…" or "staff:…"."""
        types, ids = values[self.tab.index("member_type")], values[self.tab.index("member")]
        if types is None or ids is None:
            return [None] * count
        return [f"{kind.lower()}:{each}" if kind and each else None
                for kind, each in zip(types, ids, strict=True)]

    def guardians(self, values: Columns, count: int, refused: Sequence[set[int]] = ()) -> list[str | None]:
        """The keys of guardians: by Guardian ID, else by email and name, else by student and name."""
        students, ids, firsts, lasts = values[:4]
        emails = values[self.tab.index("email")]
        keys: list[str | None] = [None] * count
        unread_ids = refused[1] if refused else ()
        unread_emails = refused[self.tab.index("email")] if refused else ()
        for place in range(count):
            own = ids[place] if ids else None
            if isinstance(own, str):
                keys[place] = f"id:{own.casefold()}"
                continue
            first = firsts[place] if firsts else None
            last = lasts[place] if lasts else None
            if place in unread_ids or not first or not last:
                continue
            names = f"{self._folded_name(last)}|{self._folded_name(first)}"
            email = emails[place] if emails else None
            if isinstance(email, str):
                keys[place] = f"em:{email.lower()}|{names}"
            elif place not in unread_emails and students and students[place]:
                keys[place] = f"st:{students[place]}|{names}"
        return keys

    def _folded_name(self, name: str) -> str:
        known = self._names.get(name)
        if known is None:
            if len(self._names) >= _NAMES_KEPT:
                self._names.clear()
            known = self._names[name] = fold_name(name)
        return known


def _pairs(ones: list[str | None] | None, others: list[str | None] | None, count: int) -> list[str | None]:
    if ones is None or others is None:
        return [None] * count
    if None not in ones and None not in others:
        return list(map("\t".join, zip(ones, others, strict=True)))
    return [f"{one}\t{other}" if one and other else None for one, other in zip(ones, others, strict=True)]

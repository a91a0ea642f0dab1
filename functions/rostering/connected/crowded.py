"""Pairs of a connection for which one end has no room (R-FULL, `rostering.crowds`): told, and present."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rostering.connected.notes import Notes
from rostering.crowds import Crowds


class Crowded:
    """Turns back what is beyond the limits, of one kind of pair.

    `of` is the source's object; `named` gives for each end the column that names it, and how it is called ("{}"
    is its key); a pair is one of those `counted`, "" if they are not counted.
    """

    def __init__(self, kind: str, notes: Notes, of: str, named: Mapping[str, tuple[str, str]], *, counted: str) -> None:
        self._kind, self._notes, self._of, self._named, self._counted = kind, notes, of, named, counted
        self._crowds = Crowds(kind)

    def refuses(self, key: tuple[str, str], fields: Mapping[str, Any], ref: str) -> bool:
        """Whether there is no room for a pair, which `ref` says. Pairs come once."""
        full = self._crowds.full(key, fields)
        if full is None:
            return False
        column, who = self._named[full.owner]
        self._notes.note("R-FULL", self._of, column, ref=ref, who=who.format(key[full.place]), m=f"{full.most:,}",
                         what=full.of)
        if self._counted:
            self._notes.turned_back(self._counted)
        self._notes.hold(self._kind, key)
        return True

"""A collection of a delivery, every sourcedId once, however often it was sent.

Pages that shift while they are read send records twice; exports do it too. Of several rows the one
that was changed last counts, then the later one. Two persons under one id are nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from rostering.connected.notes import Notes
from rostering.names import fold_name
from rostering.oneroster.vocabulary import DELETED, folded

Row = tuple[str, dict[str, Any], int]
Rows = Mapping[str, Callable[[], Iterable[Row]]]
_NAMES = ("given_name", "family_name")


class Collection:
    """The rows of one collection; `of` is its name. `split` are ids that two persons have.

    `latest` is the last day on which a row can have been changed: a later one is told, and not believed.
    """

    def __init__(self, rows: Rows, of: str, notes: Notes, *, latest: str) -> None:
        self.of = of
        self.split: set[str] = set()
        self._open = rows.get(of, tuple)
        self._notes = notes
        self._latest = latest
        self._chosen: dict[str, Row] = {}
        self.any = False
        self._survey()

    def __iter__(self) -> Iterator[Row]:
        notes, chosen = self._notes, self._chosen
        told: set[str] = set()
        for row in self._open():
            if chosen and row[0] in chosen:
                if row[0] in told:
                    continue
                told.add(row[0])
                row = chosen[row[0]]
            notes.row = row[2]
            yield row
        notes.row = 0

    def _survey(self) -> None:
        seen: set[str] = set()
        again: set[str] = set()
        for ref, fields, place in self._open():
            if ref in seen:
                again.add(ref)
            seen.add(ref)
            self._notes.row = place
            look(ref, fields, self.of, self._notes, self._latest)
        self._notes.row = 0
        self.any = bool(seen)
        found: dict[str, list[Row]] = {}
        for row in self._open() if again else ():
            if row[0] in again:
                found.setdefault(row[0], []).append(row)
        for ref, rows in found.items():
            self._choose(ref, rows)

    def _choose(self, ref: str, rows: list[Row]) -> None:
        newest = self._chosen[ref] = max(rows, key=lambda row: (
            modified(row[1], self._latest), row[2], repr(sorted(row[1].items()))))
        if self.of == "users" and len({tuple(fold_name(row[1].get(name) or "") for name in _NAMES)
                                       for row in rows}) > 1:
            self.split.add(ref)
        elif any(_said(row[1]) != _said(newest[1]) for row in rows):
            self._notes.note("W-OR-REPEATED", self.of, "sourcedId", ref=ref)


def look(ref: str, fields: dict[str, Any], of: str, notes: Notes, latest: str) -> None:
    """Note what every row can have wrong: the word of its status, and a time that is to come."""
    status = fields.get("status")
    if status and status != "active" and (word := folded(status)) not in DELETED and word != "active":
        notes.note("W-OR-WORD", of, "status", ref=ref, v=status, taken="active")
    changed = fields.get("modified")
    if changed and changed[:10] > latest:
        notes.note("W-OR-MODIFIED", of, "dateLastModified", ref=ref)


def modified(fields: dict[str, Any], latest: str) -> str:
    """When a row was changed, as text that sorts; "" if that is not said or can't be."""
    changed = fields.get("modified") or ""
    return "" if changed[:10] > latest else changed


def _said(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name != "modified"}

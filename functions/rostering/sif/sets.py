"""Answers in packets, and what they and the events after them say of one object type.

A set is the answer to one SIF_Request: packets 1..n, where packet n said that no more follow. It is
complete when all of them are here and none was a SIF_Error; only a complete set tells by what it
does not hold (handbook, sections 5 and 8.4). Events change single objects between two sets.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from rostering.sif.objects import merge

Told = tuple[str, dict[str, Any], int]      # RefId, fields, number of the packet (0: an event)


@dataclass(slots=True)
class Packets:
    """Which packets of an answer are here: runs [first, last] of numbers, and the last number (0: not known).

    `error` is the "category/code" that ended the answer. Any order and any number of repeats end in
    the same state.
    """

    runs: list[list[int]] = field(default_factory=list)
    last: int = 0
    error: str = ""

    def add(self, number: int, *, more: bool) -> bool:
        """Note a packet; False if it was here already."""
        at = bisect_right(self.runs, [number, float("inf")])
        before = self.runs[at - 1] if at else None
        if before and before[1] >= number:
            return False
        if not more:
            self.last = max(self.last, number)
        joins_before = before is not None and before[1] == number - 1
        after = self.runs[at] if at < len(self.runs) else None
        joins_after = after is not None and after[0] == number + 1
        if before is not None and joins_before and after is not None and joins_after:
            before[1] = after[1]
            del self.runs[at]
        elif before is not None and joins_before:
            before[1] = number
        elif after is not None and joins_after:
            after[0] = number
        else:
            self.runs.insert(at, [number, number])
        return True

    def __contains__(self, number: int) -> bool:
        return any(first <= number <= last for first, last in self.runs)

    @property
    def complete(self) -> bool:
        return not self.error and self.last > 0 and self.runs == [[1, self.last]]

    @property
    def ended(self) -> bool:
        """Whether nothing more is expected: it is complete, or an error ended it."""
        return bool(self.error) or self.complete

    def numbers(self) -> Iterator[int]:
        """The packets that are here, in order."""
        for first, last in self.runs:
            yield from range(first, last + 1)


def fold(base: Iterable[Told], events: Iterable[tuple[str, str, dict[str, Any]]]) -> Iterator[Told]:
    """What a set and the events after it say, object by object.

    `events` are (RefId, action, fields) in their order. A Change of an object that the set does not
    hold counts as an Add: events may come in any order (handbook, section 8.13). Of a deleted object
    the last known fields stay, with `deleted`. Memory is that of the events.
    """
    changed: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for ref_id, action, fields in events:
        changed.setdefault(ref_id, []).append((action, fields))
    met = set()
    for ref_id, fields, place in base:
        if ref_id not in changed:
            yield ref_id, fields, place
        elif ref_id not in met:
            met.add(ref_id)
            yield ref_id, _after(fields, changed[ref_id]), 0
    for ref_id, steps in changed.items():
        if ref_id not in met:
            yield ref_id, _after({}, steps), 0


def _after(fields: dict[str, Any], steps: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    for action, said in steps:
        if action == "Delete":
            fields = fields | {"deleted": True}
        elif action == "Add":
            fields = said
        else:
            fields = merge({name: value for name, value in fields.items() if name != "deleted"}, said)
    return fields

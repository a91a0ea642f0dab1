"""How many pairs one end may have: people in a class or a group, classes of a student, links of a guardian.

Each end keeps its pairs in its own item, and an item holds 400 KB (`store/attributes.py`): some 9,500
members with two dates each, and the record of what a load changed in it weighs about as much. The
numbers leave room for who was there before; no school comes near them. Who does has filled down a
column, or points everybody at one id: what is beyond is turned back where it is read, so that it is
missing at both ends.

A pair that ends, or did, takes no room: a class may say that all of last year's left. What deliveries
come to together is looked at when they are planned (`overfull`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from rostering.fingerprints import Numbers
from rostering.model import Entity

PEOPLE, CLASSES, LINKS = 5_000, 500, 200


class End(NamedTuple):
    """One end of a kind of pair: `owner` is its kind, `place` where it stands in the pair's key.

    It may have `most` pairs; `of` says what they are to it.
    """

    owner: str
    place: int
    of: str
    most: int


ENDS: dict[str, tuple[End, ...]] = {
    "enrollment": (End("section", 0, "students", PEOPLE), End("student", 1, "classes", CLASSES)),
    "guardian_link": (End("guardian", 0, "students", LINKS), End("student", 1, "guardians", LINKS)),
    "group_member": (End("group", 0, "members", PEOPLE),),
}


_ROOM = {(end.owner, end.of): end.most for ends in ENDS.values() for end in ends}


class Crowds:
    """Counts the pairs of one kind as they come, at some 20 bytes for each end."""

    def __init__(self, kind: str) -> None:
        self._ends = ENDS[kind]
        self._counts = [(end.place, end.most, Numbers()) for end in self._ends]

    def full(self, key: tuple[str, str], fields: Mapping[str, Any]) -> End | None:
        """The end that has no room for a pair, which then is not counted; None if it has a place at each.

        A pair comes once.
        """
        if not _takes_room(fields):
            return None
        for number, (place, most, counts) in enumerate(self._counts):
            if counts.add(key[place], 1) > most:
                for other, _, counted in self._counts[:number + 1]:
                    counted.add(key[other], -1)
                return self._ends[number]
        return None


def overfull(entity: Entity, moved: Mapping[str, Mapping[str, list[Any]]]) -> bool:
    """Whether `entity` has too many pairs and `moved` (as in a Change) brings more of them than it ends."""
    for name, pairs in moved.items():
        most = _ROOM.get((entity.kind, name))
        held = entity.members.get(name, {})
        if most is None or len(held) <= most or sum(map(_takes_room, held.values())) <= most:
            continue
        if sum(_takes_room(after) - bool(before and _takes_room(before)) for before, after in pairs.values()) > 0:
            return True
    return False


def _takes_room(pair: Mapping[str, Any]) -> bool:
    return pair.get("status") != "inactive" or pair.get("access") is False

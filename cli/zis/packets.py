"""The packetizer: whole objects into as few numbered packets as a buffer size allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple


class Packet(NamedTuple):
    """Objects of one SIF_Response. The last packet of an answer has `more` false.

    `too_big` marks a last packet that stands for an object that does not fit into any packet.
    """

    number: int
    more: bool
    objects: str
    too_big: bool = False


def pack(objects: Iterable[str], room: Callable[[int], int], *, most: int | None = None) -> Iterator[Packet]:
    """The packets that hold `objects`, in order, numbered from 1; at least one.

    `room(number)` is how many bytes of objects the packet of that number may hold; `most` limits
    their count. An object bigger than the room of a packet ends the answer.
    """
    number, held, size = 1, [], 0
    free = room(number)
    for each in objects:
        weight = len(each) if each.isascii() else len(each.encode())
        if held and (size + weight > free or len(held) == most):
            yield Packet(number, True, "".join(held))
            number, held, size = number + 1, [], 0
            free = room(number)
        if weight > free:
            yield Packet(number, False, "", too_big=True)
            return
        held.append(each)
        size += weight
    yield Packet(number, False, "".join(held))

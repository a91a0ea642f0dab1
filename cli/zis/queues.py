"""The queue of one agent: first in, first out; the head stays until it is acknowledged.

Entries are messages, or answers in the making: iterators of messages that are asked for the next
one when it gets to the head, so that an answer of a million objects takes the memory of a packet.
While an event is blocked (Selective Message Blocking) all events stay where they are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cli.zis.codes import Refusal


@dataclass(frozen=True, slots=True)
class Queued:
    """A whole SIF_Message on its way to an agent."""

    kind: str
    source_id: str
    msg_id: str
    text: str
    request_msg_id: str = ""


@dataclass(slots=True)
class Reply:
    """The packets still to come of the answer to one request."""

    request_msg_id: str
    packets: Iterator[Queued]


class Queue:
    def __init__(self) -> None:
        self._entries: deque[Queued | Reply] = deque()
        self._blocked: str | None = None

    def put(self, entry: Queued | Reply) -> None:
        self._entries.append(entry)

    def head(self) -> Queued | None:
        """The message to deliver now; None if there is none."""
        place = 0
        while place < len(self._entries):
            entry = self._entries[place]
            if isinstance(entry, Reply):
                made = next(entry.packets, None)
                if made is None:
                    del self._entries[place]
                else:
                    self._entries.insert(place, made)
            elif self._blocked and entry.kind == "SIF_Event":
                place += 1
            else:
                return entry
        return None

    def find(self, source_id: str, msg_id: str) -> Queued:
        """The message of that source and id.

        Raises Refusal 12/6 if there is none.
        """
        for entry in self._entries:
            if isinstance(entry, Queued) and (entry.source_id, entry.msg_id) == (source_id, msg_id):
                return entry
        raise Refusal(12, 6, msg_id)

    def remove(self, message: Queued) -> None:
        self._entries.remove(message)
        if self._blocked == message.msg_id:
            self._blocked = None

    def block(self, message: Queued) -> None:
        """Keep this event and freeze all others.

        Raises Refusal 13/2 if it is no event.
        """
        if message.kind != "SIF_Event":
            raise Refusal(13, 2, message.msg_id)
        self._blocked = message.msg_id

    def release(self, source_id: str, msg_id: str) -> None:
        """Drop the blocked event and let the others flow again.

        Raises Refusal 13/4 if another event is blocked, or none.
        """
        if self._blocked != msg_id:
            raise Refusal(13, 4, msg_id)
        self.remove(self.find(source_id, msg_id))

    def lift_block(self) -> None:
        """Let events flow again; the blocked one is delivered anew."""
        self._blocked = None

    def drop(self, unwanted: Callable[[Queued | Reply], bool]) -> None:
        self._entries = deque(entry for entry in self._entries if not unwanted(entry))

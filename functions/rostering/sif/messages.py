"""What is said in a SIF zone, as values: answers of the zone, and the messages that it delivers in them.

Ids of messages and objects are 32 uppercase hex digits wherever the sender's could be read as such.
Texts come from the other side: `SifError.desc` and `extended` may hold personal data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Header:
    """Who says something. The timestamp is kept as sent; without contexts it is SIF_Default."""

    msg_id: str
    source_id: str
    timestamp: str = ""
    destination_id: str = ""
    contexts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SifError:
    """A SIF_Error, or what a SIF_LogEntry reports. A number that can't be read is -1."""

    category: int
    code: int
    desc: str = ""
    extended: str = ""


@dataclass(frozen=True, slots=True)
class SifObject:
    """One object: of its elements only those that the table in `objects.py` lists."""

    name: str
    ref_id: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Flaw:
    """One object that can't be used. `ref_id` is what stood there: at most 40 printable characters.

    BAD_REFID: its RefId is absent, empty or not 32 hex digits.
    """

    code: str
    object_name: str
    ref_id: str


@dataclass(frozen=True, slots=True)
class Acl:
    """The objects whose events the agent may subscribe to, and those that it may request."""

    subscribe: frozenset[str]
    request: frozenset[str]


@dataclass(frozen=True, slots=True)
class ZoneStatus:
    """What a zone tells about itself. `providers` maps names of objects to the agent that provides them."""

    zone_id: str
    versions: tuple[str, ...]
    providers: dict[str, str]
    accepts_gzip: bool


@dataclass(frozen=True, slots=True)
class Response:
    """A packet of the answer to a SIF_Request.

    `packet_number` counts from 1; 0 if it can't be read. `more` is False only where the message
    says so: a packet without SIF_MorePackets never completes a set.
    """

    header: Header
    request_msg_id: str
    packet_number: int
    more: bool
    objects: tuple[SifObject, ...]
    error: SifError | None
    flaws: tuple[Flaw, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """One object was added, changed or deleted. `action` is Add, Change or Delete, or what else was sent.

    `object` is None where it is flawed or none of ours; `log` is what a SIF_LogEntry reports.
    """

    header: Header
    object_name: str
    action: str
    object: SifObject | None
    log: SifError | None
    flaws: tuple[Flaw, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody asks us for objects."""

    header: Header
    object_name: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """A message of a kind that is none of the above; `name` is the element's, at most 40 characters."""

    header: Header
    name: str


@dataclass(frozen=True, slots=True)
class Ack:
    """What a ZIS answers to any message. `version` is that of the outer SIF_Message.

    One of `status` and `error` is set, or neither if the zone said neither. `message` is what the
    answer to a SIF_GetMessage carries.
    """

    header: Header
    version: str
    original_source_id: str
    original_msg_id: str
    status: int | None
    error: SifError | None
    acl: Acl | None
    zone_status: ZoneStatus | None
    message: Response | Event | Request | Unknown | None

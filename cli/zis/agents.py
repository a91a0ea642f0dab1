"""What a zone knows of an agent, and of the requests that are under way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cli.zis.objects import OBJECTS
from cli.zis.query import Query
from cli.zis.queues import Queue, Queued
from cli.zis.writing import ACCESS

INFRASTRUCTURE_OBJECTS = ("SIF_AgentACL", "SIF_LogEntry", "SIF_ZoneStatus")
# Objects of SIF 2.0 that nobody in the zone has to do with: known, so refused for want of permission.
_OTHER_OBJECTS = ("AttendanceCodeInfo", "Authentication", "BusInfo", "CalendarDate", "CalendarSummary",
                  "EmployeePersonal", "LEAInfo", "LibraryPatronStatus", "SchoolInfo", "StudentAttendanceList",
                  "StudentDailyAttendance", "StudentMeal", "StudentPicture", "StudentPlacement", "StudentSnapshot")
KNOWN_OBJECTS = frozenset((*OBJECTS, *INFRASTRUCTURE_OBJECTS, *_OTHER_OBJECTS))

Access = Mapping[str, tuple[str, ...]]


def requester(without: set[str] = frozenset()) -> dict[str, tuple[str, ...]]:
    """The access of an agent that may request and subscribe to every object but those."""
    allowed = tuple(name for name in OBJECTS if name not in without)
    return {"Subscribe": (*allowed, "SIF_LogEntry"), "Request": allowed}


def everything() -> dict[str, tuple[str, ...]]:
    """The access of an agent that may do anything."""
    return {name: tuple(sorted(KNOWN_OBJECTS)) for name in ACCESS}


@dataclass(frozen=True, slots=True)
class Registration:
    name: str
    mode: str
    max_bytes: int
    versions: tuple[str, ...]


@dataclass(slots=True)
class Agent:
    """An agent that the administrator allowed into the zone."""

    id: str
    access: Access
    registration: Registration | None = None
    provisioned: dict[str, tuple[str, ...]] | None = None  # None: the agent never sent SIF_Provision
    subscribed: set[str] = field(default_factory=set)
    sleeping: bool = False
    queue: Queue = field(default_factory=Queue)
    seen: set[str] = field(default_factory=set)  # the SIF_MsgIds that the zone accepted of it
    carried: tuple[str, Queued] | None = None  # the last SIF_Ack that carried a message, and which

    def forget(self) -> None:
        """Undo registration and provisioning; the queue stays."""
        self.registration, self.provisioned, self.subscribed, self.sleeping = None, None, set(), False

    def may(self, what: str, object_name: str) -> bool:
        return object_name in self.access.get(what, ())

    def announced(self, what: str, object_name: str) -> bool:
        """Whether SIF_Provision said so; without any SIF_Provision nothing has to be announced."""
        return self.provisioned is None or object_name in self.provisioned[what]


@dataclass(slots=True)
class Request:
    """A SIF_Request that the zone passed on to its provider."""

    msg_id: str
    requester: str
    object_name: str
    max_bytes: int
    versions: tuple[str, ...]
    query: Query | None = None
    next_number: int = 1

"""The Pull agent of one zone as a state machine without I/O: answers of the zone in, the next message out.

| state      | sends                                   | on                                 | next                     |
|------------|-----------------------------------------|------------------------------------|--------------------------|
| new        | SIF_Register                            | 0                                  | registered               |
|            |                                         | 5/4, wildcards were asked for      | new, explicit versions   |
|            |                                         | not permitted, not known, 3/x, 5/x | stopped                  |
| registered | SIF_GetAgentACL, if no ACL came         | anything                           | registered               |
|            | SIF_Provision (or SIF_Subscribe)        | 0                                  | ready                    |
|            |                                         | 4/4, 4/5, 6/3                      | registered, fewer objects|
| ready      | SIF_CancelRequests, due SIF_Requests    | 0, or refused                      | ready, reported          |
|            | SIF_GetMessage                          | 9                                  | ready, drained           |
|            |                                         | 0 with a message                   | holding                  |
| holding    | nothing, until `stored` or `refuse`     |                                    | acking                   |
| acking     | SIF_Ack 1, or SIF_Ack with SIF_Error    | 0, 7, 12/6, 9/1                    | ready                    |
| any        | what is due                             | status 8                           | the same, asleep         |
| any        |                                         | 4/9, 5/1, 5/2, 8/2; 5/9            | new, once; then stopped  |
| any        |                                         | 10/x, 11/x, 12/1                   | the same, later          |

(SIF agent handbook, sections 5, 6 and 9.3.) A message of ours that got no answer is sent again with
the same id and bytes: `next` gives it until `receive` was told the answer. Nothing here ever sends
SIF_Unregister: it would throw away the queue.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from rostering.errors import RemoteProtocolError
from rostering.sif import build, codes
from rostering.sif.messages import Ack, Event, Request, Response, SifError, Unknown
from rostering.zones import ZoneSettings

DELIVERED_TOO_OFTEN = 5
_SUCCESS = frozenset({0, 1, 4, 5, 6, 7})     # 4, 5, 6: already registered, subscribed, provider (SIF 1.x tradition)
_ASLEEP, _EMPTY = 8, 9
_WRONG_VERSION = (12, 3)
_OPTIONAL = frozenset({"ping", "zone_status", "agent_acl", "cancel", "no_such_object", "refuse"})
_NAMES = re.compile("|".join(sorted(codes.OBJECTS, key=len, reverse=True)))

Message = Response | Event | Request | Unknown


class State(Enum):
    NEW = "new"
    REGISTERED = "registered"
    READY = "ready"
    HOLDING = "holding"
    ACKING = "acking"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message of ours: `kind` names it, `about` is the object or the message that it is about."""

    kind: str
    msg_id: str
    body: bytes
    about: str = ""


@dataclass(slots=True)
class Session:
    """What is known of a zone between runs; all of it goes through JSON.

    `registered` is what was registered (agent, versions, buffer), "" if nothing. `subscribed` and
    `requested` are the objects provisioned, `missing` maps objects that we may not have to a
    sentence for the administrator. `outgoing` is a message that got no answer: [kind, id, body, about].
    """

    registered: str = ""
    explicit_versions: bool = False
    no_gzip: bool = False
    subscribed: list[str] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    outgoing: list[str] = field(default_factory=list)


# What `receive` tells.

@dataclass(frozen=True, slots=True)
class Provisioned:
    """The zone took our lists; `missing` is in the session."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The zone queued the request of an object."""

    object_name: str
    msg_id: str


@dataclass(frozen=True, slots=True)
class NotAsked:
    """The zone refused the request of an object."""

    object_name: str
    msg_id: str
    error: SifError


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message stands at the head of the queue: make it durable, then say `stored` (or `refuse`).

    `message` is None if it can't be read; its ids are known all the same.
    """

    msg_id: str
    source_id: str
    message: Message | None


@dataclass(frozen=True, slots=True)
class Taken:
    """The zone removed a message from the queue."""

    msg_id: str


@dataclass(frozen=True, slots=True)
class Drained:
    """The queue is empty."""


@dataclass(frozen=True, slots=True)
class Told:
    """The zone told about itself: zone id, versions, who provides what."""

    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Later:
    """Nothing more now: the zone sleeps or has trouble. `sentence` says what."""

    code: str
    sentence: str
    asleep: bool = False


@dataclass(frozen=True, slots=True)
class Stopped:
    """Somebody has to act before anything goes on. `sentence` says who and what."""

    code: str
    sentence: str


Said = Provisioned | Asked | NotAsked | Delivered | Taken | Drained | Told | Later | Stopped


class Agent:
    """One run with one zone. `now` gives ISO times, `new_id` ids of 32 uppercase hex digits."""

    def __init__(self, zone: ZoneSettings, session: Session, *, now: Callable[[], str],
                 new_id: Callable[[], str]) -> None:
        self.session = session
        self._zone, self._now, self._new_id = zone, now, new_id
        self._out: Outgoing | None = None
        self._due: deque[tuple[str, str]] = deque()         # (object, id of its request)
        self._cancel: list[str] = []
        self._errands: deque[str] = deque()                 # wakeup, zone_status, ...
        self._acl_asked = zone.skip_zone_status
        self._acl: tuple[frozenset[str], frozenset[str]] | None = None
        self._left_out: set[tuple[str, str]] = set()        # ("subscribe" or "request", object)
        self._untried: deque[tuple[str, str]] | None = None  # where the zone doesn't say what it refuses
        self._trying: tuple[str, str] | None = None
        self._registered_again = False
        self._held: tuple[str, str, str, str] | None = None     # ids of the inner message, ids of its carrier
        self._answer: SifError | None = None
        self._as_told = session.registered == self._registration() and bool(session.requested)
        self.state = State.READY if self._as_told else State.NEW
        if session.outgoing:
            kind, msg_id, body, about = session.outgoing
            self._out, session.outgoing = Outgoing(kind, msg_id, body.encode(), about), []
            self.state = {"register": State.NEW, "ack": State.ACKING, "refuse": State.ACKING}.get(kind, self.state)

    # ------------------------------------------------------------------ what the caller wants

    def renew(self) -> None:
        """Register and provision anew: harmless, and shows what the zone's administrator changed."""
        if self.state is State.READY and self._out is None:
            self.state = State.NEW

    def ask(self, requests: Iterable[tuple[str, str]]) -> None:
        """Send a SIF_Request for each (object, id of the request) once the zone is ready."""
        self._due.extend(requests)

    def cancel(self, msg_ids: Iterable[str]) -> None:
        """Tell the zone that requests are given up, where its version has a message for that (2.1 on)."""
        if self._zone.version not in ("2.0", "2.0r1"):
            self._cancel.extend(msg_ids)

    def look_around(self) -> None:
        """Ask the zone what it is."""
        self._errands.extend(("ping", "zone_status"))

    def answer_request(self, request: Request) -> None:
        """Answer a request that was directed at us: we provide nothing (8/3)."""
        self._errands.append(f"no_such_object {request.header.source_id} {request.header.msg_id}")

    # ------------------------------------------------------------------ the next message

    def next(self) -> Outgoing | None:
        """The message to send now; the same one until its answer is received. None: nothing is due."""
        if self._out is None:
            self._out = self._make()
        return self._out

    def unanswered(self) -> None:
        """The run ends without an answer to the last message: the next run sends the same one again."""
        if self._out is not None and self._out.kind in ("register", "ack", "refuse"):
            self.session.outgoing = [self._out.kind, self._out.msg_id, self._out.body.decode(), self._out.about]

    def _make(self) -> Outgoing | None:
        if self.state is State.NEW:
            return self._send("register", build.register, versions=self._versions(),
                              buffer_bytes=self._zone.buffer_bytes)
        if self.state is State.REGISTERED:
            if self._acl is None and not self._acl_asked:
                self._acl_asked = True
                return self._send("agent_acl", build.get_agent_acl)
            subscribe, request = self._lists()
            if self._zone.legacy_subscribe and not subscribe:
                self._provisioned()
                return self._make()
            if self._zone.legacy_subscribe:
                return self._send("subscribe", build.subscribe, objects=subscribe)
            return self._send("provision", build.provision, subscribe=subscribe, request=request)
        if self.state is State.ACKING and self._held:
            return self._make_ack(self._held)
        if self.state is State.READY:
            return self._make_due()
        return None

    def _make_due(self) -> Outgoing:
        if self._errands:
            errand, *about = self._errands.popleft().split()
            if errand == "no_such_object":
                return self._send(errand, build.response_error, destination_id=about[0], request_msg_id=about[1])
            return self._send(errand, {"ping": build.ping, "zone_status": build.get_zone_status}[errand])
        if self._cancel:
            msg_ids, self._cancel = self._cancel, []
            return self._send("cancel", build.cancel_requests, request_msg_ids=msg_ids)
        if self._due:
            object_name, msg_id = self._due.popleft()
            return self._send("request", build.request, about=object_name, msg_id=msg_id, object_name=object_name,
                              versions=self._zone.request_versions or (self._zone.version,),
                              buffer_bytes=self._zone.buffer_bytes)
        return self._send("get_message", build.get_message)

    def _make_ack(self, held: tuple[str, str, str, str]) -> Outgoing:
        msg_id, source_id = held[2:] if self._zone.ack_carrier else held[:2]
        ids = {"original_msg_id": msg_id, "original_source_id": source_id}
        if self._answer is None:
            return self._send("ack", build.ack, about=held[0], **ids)
        return self._send("refuse", build.refuse, about=held[0], error=self._answer, **ids)

    def _send(self, kind: str, builder: Callable[..., bytes], *, about: str = "", msg_id: str = "",
              **parts: Any) -> Outgoing:
        msg_id = msg_id or self._new_id()
        envelope = build.Envelope(self._zone.version, msg_id, self._now(), self._zone.agent_id)
        return Outgoing(kind, msg_id, builder(envelope, **parts), about)

    def _versions(self) -> tuple[str, ...]:
        wished = self._zone.registered_versions
        return wished if wished and not self.session.explicit_versions else (self._zone.version,)

    def _registration(self) -> str:
        zone = self._zone
        return " ".join((zone.url, zone.agent_id, zone.version, ",".join(zone.registered_versions),
                         str(zone.buffer_bytes), str(zone.legacy_subscribe)))

    def _lists(self) -> tuple[list[str], list[str]]:
        """What we subscribe to and request: what the ACL allows of the eleven, without what was refused."""
        allowed = self._acl or (frozenset(codes.OBJECTS), frozenset(codes.OBJECTS))
        lists = []
        for name, may in zip(("subscribe", "request"), allowed, strict=True):
            untried = set(self._untried or ())
            lists.append([one for one in codes.OBJECTS
                          if one in may and (name, one) not in self._left_out and (name, one) not in untried])
        return lists[0], lists[1]

    # ------------------------------------------------------------------ the holding of a message

    def poison(self, msg_id: str, source_id: str) -> Delivered:
        """The zone's answer can't be read, but the message in it has these ids: it is held like any other."""
        self._out = None
        self.state, self._held = State.HOLDING, (msg_id, source_id, msg_id, source_id)
        return Delivered(msg_id, source_id, None)

    def stored(self) -> None:
        """What was delivered is durable: acknowledge it."""
        self._answer, self.state = None, State.ACKING

    def refuse(self, category: int, code: int, desc: str) -> None:
        """What was delivered can't be taken: say so to the zone."""
        self._answer, self.state = SifError(category, code, desc), State.ACKING

    def goes_on(self) -> bool:
        """The answer was no SIF_Ack: whether the run can go on without one.

        Many zones know no message but the necessary ones, and some answer a refusal with an empty body
        (handbook, section 8).
        """
        if self._out is None or self._out.kind not in _OPTIONAL:
            return False
        if self._out.kind == "refuse":
            self._held, self.state = None, State.READY
        self._out = None
        return True

    # ------------------------------------------------------------------ what the zone answers

    def receive(self, ack: Ack) -> list[Said]:
        """What the answer to the last message means. Raises RemoteProtocolError if it answers another one."""
        out = self._out
        if out is None:
            raise RemoteProtocolError("an answer came and nothing was asked")
        if ack.original_msg_id != out.msg_id and (ack.original_msg_id or ack.error is None):
            raise RemoteProtocolError("the zone answered another message than the one that was sent")
        self._out = None
        if ack.error is not None:
            return self._refused(out, ack.error)
        if ack.status == _ASLEEP:
            self._again(out)
            return [Later("ASLEEP", "The zone is asleep. It is asked again later.", asleep=True)]
        if ack.status == _EMPTY and out.kind == "get_message":
            return [Drained()]
        if ack.status not in _SUCCESS:
            self._again(out)
            raise RemoteProtocolError("the zone's answer has neither a known status nor an error")
        return self._accepted(out, ack)

    def _again(self, out: Outgoing) -> None:
        """Send `out` once more, unless it is made anew anyway."""
        if out.kind != "get_message" and out.kind not in _OPTIONAL:
            self._out = out

    def _accepted(self, out: Outgoing, ack: Ack) -> list[Said]:
        if out.kind in ("register", "agent_acl"):
            if ack.acl is not None:
                self._acl = (ack.acl.subscribe, ack.acl.request)
            self.session.registered, self.state = self._registration(), State.REGISTERED
        elif out.kind in ("provision", "subscribe"):
            return self._provisioned()
        elif out.kind == "request":
            return [Asked(out.about, out.msg_id)]
        elif out.kind == "zone_status" and ack.zone_status is not None:
            status = ack.zone_status
            return [Told({"zone_id": status.zone_id, "versions": list(status.versions),
                          "providers": dict(status.providers), "gzip": status.accepts_gzip})]
        elif out.kind in ("ack", "refuse"):
            self._held, self.state = None, State.READY
            return [Taken(out.about)]
        elif out.kind == "get_message":
            if ack.message is None:
                raise RemoteProtocolError("the zone says that there is a message, but sends none")
            inner = ack.message.header
            self._held = (inner.msg_id, inner.source_id, ack.header.msg_id, ack.header.source_id)
            self.state = State.HOLDING
            return [Delivered(inner.msg_id, inner.source_id, ack.message)]
        return []

    def _provisioned(self) -> list[Said]:
        if self._untried:
            self._trying = self._untried.popleft()
            return []
        subscribe, request = self._lists()
        session = self.session
        session.subscribed, session.requested, self.state = subscribe, request, State.READY
        session.missing = {one: _not_allowed(self._zone.agent_id, one, asks=one not in request)
                           for one in codes.OBJECTS if one not in request or one not in subscribe}
        return [Provisioned()]

    def _refused(self, out: Outgoing, error: SifError) -> list[Said]:
        doing = {"register": "register", "provision": "provision", "subscribe": "provision", "request": "request",
                 "get_message": "get_message", "ack": "ack", "refuse": "ack"}.get(out.kind, "other")
        reaction = codes.reaction(error, doing)
        if out.kind in ("ack", "refuse") and reaction == "gone":
            self._held, self.state = None, State.READY
            return [Taken(out.about)]
        if reaction == "retry":
            self._again(out)
            return [Later(f"{error.category}/{error.code}", codes.sentence(error, out.kind))]
        if reaction in ("reregister", "reregister_pull") and not self._registered_again:
            return self._register_again(out)
        if reaction == "no_gzip" and not self.session.no_gzip:
            self.session.no_gzip = True
            self._out = out
            return []
        if reaction == "explicit_versions" and not self.session.explicit_versions:
            self.session.explicit_versions = True
            return []
        if out.kind in ("provision", "subscribe") and reaction == "leave_out":
            return self._leave_out(error)
        if out.kind == "request" and reaction in ("leave_out", "report", "again"):
            return [NotAsked(out.about, out.msg_id, error)]
        if out.kind in _OPTIONAL and reaction != "stop":
            if out.kind == "refuse":
                self._held, self.state = None, State.READY
            return []       # nice to have, and many zones don't
        self.state = State.STOPPED
        doing = f"version {self._zone.version}" if (error.category, error.code) == _WRONG_VERSION else out.kind
        return [Stopped(f"{error.category}/{error.code}", codes.sentence(error, doing))]

    def _register_again(self, out: Outgoing) -> list[Said]:
        """The zone does not know us (any more): register and provision once more, then go on where we were."""
        self._registered_again = True
        if out.kind == "request":
            self._due.appendleft((out.about, out.msg_id))
        self._held, self._acl = None, None
        self.session.registered, self.state = "", State.NEW
        return []

    def _leave_out(self, error: SifError) -> list[Said]:
        """Provision again without what was refused; one by one, if the zone does not say what that was."""
        if self._untried is not None:
            if self._trying is None:        # not even empty lists are taken
                self.state = State.STOPPED
                return [Stopped(f"{error.category}/{error.code}", codes.sentence(error, "provision"))]
            self._left_out.add(self._trying)
            self._trying = self._untried.popleft() if self._untried else None
            return []
        subscribe, request = self._lists()
        listed = {"subscribe": subscribe, "request": request}
        named = _NAMES.search(f"{error.extended} {error.desc}")
        kinds = {4: ("subscribe",), 5: ("request",)}.get(error.code if error.category == 4 else 0,
                                                         ("subscribe", "request"))
        found = [(kind, named[0]) for kind in kinds if named and named[0] in listed[kind]]
        if found:
            self._left_out.update(found)
        else:
            self._untried = deque((kind, one) for kind in ("request", "subscribe") for one in listed[kind])
        return []


def _not_allowed(agent_id: str, object_name: str, *, asks: bool) -> str:
    what = "request" if asks else "subscribe to events of"
    return (f"The zone does not let the agent {agent_id} {what} {object_name}. "
            f"Ask the ZIS administrator to allow it.")

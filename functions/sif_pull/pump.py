"""Joins the agent to the zone and to the ledger: send, receive, make durable, acknowledge, until the queue is empty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from rostering.errors import RemoteProtocolError, SourceUnavailable
from rostering.sif import codes
from rostering.sif.agent import (
    DELIVERED_TOO_OFTEN,
    Agent,
    Asked,
    Delivered,
    Drained,
    Later,
    NotAsked,
    Said,
    Stopped,
    Taken,
    Told,
)
from rostering.sif.messages import Event, Request, Response, Unknown
from rostering.sif.parse import Reject, parse
from rostering.sif.salvage import salvage
from rostering.transport import BodyTooBig, Refused
from rostering.zones import ZoneSettings
from sif_pull.ledger import Ledger

LOST_FOR_ITS_SIZE = (4, 2)      # SIF_LogEntry of the ZIS
_STAYS = ("The zone delivers a message again and again that was acknowledged. Some zones want the ids of the carrying "
          "message: rollbook zone set ZONE ack_carrier=true")


class Zis(Protocol):
    """The zone's HTTP: one message, one answer. Raises SourceUnavailable if there is none."""

    def post(self, body: bytes, *, gzip: bool) -> bytes: ...


@dataclass(frozen=True, slots=True)
class End:
    """Why a run of the pump ended.

    `why` is drained, time (there is more to fetch), later (no answer, or the zone has trouble or
    sleeps) or stopped (somebody has to act); `code` and `message` tell the last two.
    """

    why: str
    code: str = ""
    message: str = ""


class Pump:
    """One run. `time_is_over` is asked before every message; `now` gives ISO times."""

    def __init__(self, agent: Agent, ledger: Ledger, zis: Zis, zone: ZoneSettings, *, now: Callable[[], str],
                 time_is_over: Callable[[], bool]) -> None:
        self._agent, self._ledger, self._zis, self._zone = agent, ledger, zis, zone
        self._now, self._time_is_over = now, time_is_over
        self._raw = b""
        self._times: dict[str, int] = {}        # how often each message was delivered in this run
        self.messages = self.objects = 0
        self.poisoned = self._stuck = False
        self.refused: dict[str, tuple[str, str]] = {}       # objects whose request was refused: code and sentence

    def run(self) -> End:
        """Send what is due and take what came."""
        while not self._time_is_over():
            if self._stuck:
                return self._ends("stopped", "STAYS", _STAYS)
            out = self._agent.next()
            if out is None:
                return End("stopped", "AGENT", "The agent has nothing to say to the zone.")
            try:
                self._raw = self._zis.post(out.body, gzip=not self._agent.session.no_gzip)
                said = self._agent.receive(parse(self._raw, extended=self._extended))
            except Refused as error:
                return self._ends("stopped", error.code, str(error))
            except BodyTooBig as error:
                self._raw = error.head
                if not self._is_poison(out.kind):
                    return self._ends("later", "TOO_BIG", "The zone's answer is bigger than it may be.")
                continue
            except SourceUnavailable as error:
                return self._ends("later", "NO_ANSWER", f"The zone does not answer ({error}).")
            except Reject as error:
                if self._is_poison(out.kind) or self._agent.goes_on():
                    continue
                why = "stopped" if error.reason == "BAD_NAMESPACE" else "later"     # another SIF: it stays so
                return self._ends(why, error.reason, f"{str(error)[:1].upper()}{str(error)[1:]}.")
            except RemoteProtocolError as error:
                return self._ends("later", "PROTOCOL", f"The zone does not keep to SIF: {error}.")
            for each in said:
                end = self._take(each)
                if end is not None:
                    return end
        return End("time")

    @property
    def _extended(self) -> tuple[str, ...]:
        return (self._zone.username_element,) if self._zone.username_element else ()

    def _ends(self, why: str, code: str, message: str) -> End:
        self._agent.unanswered()
        return End(why, code, message)

    def _take(self, said: Said) -> End | None:
        match said:
            case Delivered():
                return self._deliver(said)
            case Drained():
                return End("drained")
            case Asked():
                self._ledger.note(said.msg_id, state="sent")
            case NotAsked():
                code = f"{said.error.category}/{said.error.code}"
                self._ledger.note(said.msg_id, state="abandoned")
                self.refused[said.object_name] = (code, codes.sentence(said.error, "request"))
            case Told():
                self._ledger.body["zone_says"] = said.facts
            case Later():
                return self._ends("later", said.code, said.sentence)
            case Stopped():
                return End("stopped", said.code, said.sentence)
            case Taken():
                self.messages += 1
        return None

    def _deliver(self, said: Delivered) -> End | None:
        """Make a message durable, then let it be acknowledged."""
        times = self._times[said.msg_id] = self._times.get(said.msg_id, 0) + 1
        message = said.message
        if times > DELIVERED_TOO_OFTEN and not isinstance(message, Unknown | None):
            return End("stopped", "STAYS", _STAYS)
        if message is None or isinstance(message, Unknown):
            self._set_aside(said)
            return None
        if isinstance(message, Response) and self._ledger.keep_packet(message, now=self._now()):
            self.objects += len(message.objects)
        elif isinstance(message, Event):
            self._keep_event(message)
        elif isinstance(message, Request):
            self._agent.answer_request(message)
        self._agent.stored()
        return None

    def _keep_event(self, event: Event) -> None:
        if event.log is not None:
            if (event.log.category, event.log.code) == LOST_FOR_ITS_SIZE:
                self._ledger.body["lost_events"] += 1
        elif event.object_name in codes.OBJECTS and self._ledger.keep_event(event, now=self._now()):
            self.objects += 1

    def _is_poison(self, kind: str) -> bool:
        """Whether what can't be read is a message of the queue; then it is held, and set aside."""
        msg_id, source_id = salvage(self._raw) if kind == "get_message" else ("", "")
        if not msg_id:
            return False
        self._set_aside(self._agent.poison(msg_id, source_id))
        return True

    def _set_aside(self, said: Delivered) -> None:
        """Keep what can't be taken, and refuse it; after some times take it off the queue as if it were taken."""
        times = self._ledger.delivered_again(said.msg_id, now=self._now())
        if times == 1:
            self._ledger.quarantine(said.msg_id, self._raw)
            self.poisoned = True
        if times >= self._zone.quarantine_after:
            self._agent.stored()
            self._stuck = times >= self._zone.quarantine_after + DELIVERED_TOO_OFTEN
        elif isinstance(said.message, Unknown):
            self._agent.refuse(12, 2, "Message not supported")
        else:
            self._agent.refuse(1, 2, "Message is not well-formed")

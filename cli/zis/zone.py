"""A zone and its integration server, without sockets: bytes of one POST in, the answer out.

    zone.handle(body) -> Answer(status, headers, body)

`handle` goes through the checks in the order below and then to the rule of the message, of which
`rules` has those of an agent's standing and `exchange` those of requests, events and queues.

    well-formed, no DOCTYPE            1/2
    one known message of SIF 2.x       12/2
    a version of the zone              12/3
    mandatory parts, values            1/6 1/3 1/4
    source allowed in the zone         4/2 for SIF_Register, else 4/9
    source registered                  4/9, but not for SIF_Register
    zone awake                         status 8
    SIF_MsgId not seen of the source   status 7
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from threading import RLock
from typing import NamedTuple, Protocol
from uuid import uuid4

from cli.zis import codes, disguise, exchange, rules, shapes, writing
from cli.zis.agents import Access, Agent, Request
from cli.zis.codes import Refusal
from cli.zis.faults import Faults, NoAnswer
from cli.zis.reading import Message, read, sender
from cli.zis.versions import supported

CONTENT_TYPE = 'application/xml;charset="utf-8"'

RULES: Mapping[str, Callable[[Zone, Agent, Message], str]] = {
    "SIF_Register": rules.register,
    "SIF_Unregister": rules.unregister,
    "SIF_Provision": rules.provision,
    "SIF_Subscribe": rules.subscribe,
    "SIF_Unsubscribe": rules.unsubscribe,
    "SIF_Provide": rules.provide,
    "SIF_Unprovide": rules.unprovide,
    "SIF_Request": exchange.request,
    "SIF_Response": exchange.response,
    "SIF_Event": exchange.event,
    "SIF_Ack": exchange.acknowledge,
    "SIF_Ping": rules.ping,
    "SIF_Sleep": rules.sleep,
    "SIF_Wakeup": rules.wake_up,
    "SIF_GetZoneStatus": rules.get_zone_status,
    "SIF_GetAgentACL": rules.get_agent_acl,
    "SIF_GetMessage": exchange.get_message,
    "SIF_CancelRequests": exchange.cancel_requests,
}

_FORGETTING = {"forget-registration": (4, 9), "forget-registration-5-1": (5, 1),
               "forget-registration-5-2": (5, 2), "forget-registration-8-2": (8, 2)}
_ANSWER_MAY_BE_LOST = ("SIF_Provision", "SIF_Request", "SIF_Ack")


class Answer(NamedTuple):
    """What goes back over HTTP."""

    status: int
    headers: dict[str, str]
    body: bytes


class Provider(Protocol):
    """Who answers requests without being an agent: whole objects as XML without a namespace."""

    source_id: str

    def names(self) -> Iterable[str]: ...

    def objects(self, object_name: str) -> Iterator[str]: ...


def new_id() -> str:
    return uuid4().hex.upper()


def now() -> datetime:
    return datetime.now(UTC)


class Zone:
    """One zone: its agents, its provider, its queues.

    `access` gives the access of each agent that the administrator allowed; agent ids are
    case-sensitive. The zone speaks `version` and understands the earlier ones too. Messages may
    come from several threads at once; they are taken one by one.
    """

    def __init__(self, zone_id: str, *, version: str, access: Mapping[str, Access], provider: Provider,
                 faults: Iterable[str] = (), clock: Callable[[], datetime] = now,
                 new_id: Callable[[], str] = new_id) -> None:
        self.id, self.version, self.provider = zone_id, version, provider
        self.faults = Faults(faults)
        understood = supported(version)
        self.versions = (version,) if self.faults.on("exact-version") else understood
        self.clock, self.new_id = clock, new_id
        self.agents = {id: Agent(id, allowed) for id, allowed in access.items()}
        self.requests: dict[str, Request] = {}
        self.asleep = False
        self.answer_id = ""  # the SIF_MsgId of the SIF_Ack under way
        self._lock = RLock()

    def handle(self, body: bytes) -> Answer:
        """The answer to one POST. Never raises for what an agent sends."""
        with self._lock:
            try:
                self.faults.raise_not_sif()
                self.answer_id = self.new_id()
                result, version = self._result(body)
            except NoAnswer as lost:
                return Answer(lost.status, {"Content-Type": lost.content_type}, lost.body)
            head = writing.header(self.answer_id, self.clock(), self.id)
            text = writing.message(version, writing.ack(head, sender(body), result))
            return Answer(200, {"Content-Type": CONTENT_TYPE}, disguise.disguise_answer(self.faults, text))

    def publish(self, object_name: str, action: str, xml: str) -> None:
        """Queue a SIF_Event of the canned provider for everybody who subscribed to the object."""
        with self._lock:
            exchange.publish(self, object_name, action, xml)

    def _result(self, body: bytes) -> tuple[str, str]:
        """SIF_Status or SIF_Error, and the version to answer in."""
        version = self.version
        try:
            if self.faults.on("client-certificate"):
                raise Refusal(3, 3)
            if self.faults.strike("refuse"):
                raise Refusal(*self.faults.code("refuse"))
            message = read(body)
            if message.version not in self.versions:
                raise Refusal(12, 3, message.version)
            version = message.version
            shapes.check(message.element)
            return self._obeyed(message), version
        except Refusal as refusal:
            return writing.error(refusal), version

    def _obeyed(self, message: Message) -> str:
        agent = self._sender(message)
        if self.asleep or self.faults.strike("asleep"):
            return writing.status(codes.SLEEPING)
        if message.msg_id in agent.seen:
            return writing.status(codes.DUPLICATE)
        result = RULES[message.subject](self, agent, message)
        agent.seen.add(message.msg_id)
        if message.kind in _ANSWER_MAY_BE_LOST and self.faults.strike("duplicate-id"):
            raise self.faults.lost()
        if message.kind == "SIF_Request" and self.faults.strike("early-response", exchange.asked_for(message)):
            raise self.faults.lost()
        return result

    def _sender(self, message: Message) -> Agent:
        registering = message.kind == "SIF_Register"
        agent = self.agents.get(message.source_id)
        if agent is None:
            raise Refusal(4, 2 if registering else 9, message.source_id)
        if registering:
            return agent
        if agent.registration and message.kind != "SIF_Provision":
            for name, code in _FORGETTING.items():
                if self.faults.strike(name):
                    agent.forget()
                    raise Refusal(*code, message.source_id)
        if agent.registration is None:
            raise Refusal(4, 9, message.source_id)
        return agent

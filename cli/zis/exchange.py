"""What agents exchange through the zone: requests, responses, events, and the queue they come out of.

Each rule changes the zone and gives the SIF_Status of the answer, or raises Refusal and changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.zis import codes, disguise, replies, writing
from cli.zis.agents import KNOWN_OBJECTS, Agent, Request
from cli.zis.codes import Refusal
from cli.zis.faults import NoAnswer
from cli.zis.query import query
from cli.zis.queues import Queued, Reply
from cli.zis.reading import DEFAULT_CONTEXT, Message, name_of, path, text, texts
from cli.zis.versions import has_cancel_requests, highest

if TYPE_CHECKING:
    from cli.zis.zone import Zone

_PUBLISH = {"Add": ("PublishAdd", 10), "Change": ("PublishChange", 11), "Delete": ("PublishDelete", 12)}


def asked_for(message: Message) -> str:
    """The object that a SIF_Request asks for."""
    found = message.element.find(path("SIF_Query/SIF_QueryObject"))
    if found is None:
        found = message.element.find(path("SIF_ExtendedQuery/SIF_From"))
    return "" if found is None else found.get("ObjectName", "")


def request(zone: Zone, agent: Agent, message: Message) -> str:
    name, faults = asked_for(message), zone.faults
    if name not in KNOWN_OBJECTS:
        raise Refusal(8, 3, name)
    if set(message.contexts) != {DEFAULT_CONTEXT}:
        raise Refusal(12, 4, " ".join(message.contexts))
    if not agent.may("Request", name) or not agent.announced("Request", name):
        raise Refusal(4, 5, name)
    provider = _provider(zone, name, message.destination_id)
    asked = Request(message.msg_id, agent.id, name, int(text(message.element, "SIF_MaxBufferSize")),
                    tuple(texts(message.element, "SIF_Version")))
    zone.requests[asked.msg_id] = asked
    if provider is not None:
        provider.queue.put(Queued("SIF_Request", agent.id, message.msg_id, message.whole(), message.msg_id))
        return writing.status(codes.SUCCESS)
    refusal = None
    try:
        asked.query = query(message.element)
    except Refusal as unsupported:
        refusal = unsupported
    if faults.strike("unknown-request"):
        agent.queue.put(replies.unasked(zone, agent.id))
    if not faults.strike("no-answer", name):
        agent.queue.put(Reply(asked.msg_id, replies.reply(zone, asked, refusal)))
    if faults.strike("poison"):
        agent.queue.put(replies.poison(zone, faults.value("poison")))
    if faults.strike("unknown-message"):
        agent.queue.put(replies.unknown_message(zone))
    return writing.status(codes.SUCCESS)


def _provider(zone: Zone, name: str, destination_id: str) -> Agent | None:
    """The agent to pass a request on to, None for the canned provider.

    Raises Refusal 8/4 if nobody provides the object.
    """
    if zone.faults.strike("no-provider", name):
        raise Refusal(8, 4, name)
    if destination_id != zone.provider.source_id:
        for agent in zone.agents.values():
            lists = agent.provisioned or {}
            if destination_id == agent.id and name in (*lists.get("Provide", ()), *lists.get("Respond", ())):
                return agent
            if not destination_id and name in lists.get("Provide", ()):
                return agent
        if destination_id:
            raise Refusal(8, 4, destination_id)
    if name not in zone.provider.names():
        raise Refusal(8, 4, name)
    return None


def response(zone: Zone, agent: Agent, message: Message) -> str:
    element = message.element
    asked = zone.requests.get(text(element, "SIF_RequestMsgId"))
    if asked is None:
        raise Refusal(8, 10, text(element, "SIF_RequestMsgId"))
    if not (agent.may("Provide", asked.object_name) or agent.may("Respond", asked.object_name)):
        raise Refusal(4, 6, asked.object_name)
    if message.size_bytes > asked.max_bytes:
        raise Refusal(8, 11, f"{message.size_bytes} bytes of {asked.max_bytes}")
    if int(text(element, "SIF_PacketNumber")) != asked.next_number:
        raise Refusal(8, 12, f"{text(element, 'SIF_PacketNumber')}, expected {asked.next_number}")
    if highest(asked.versions, (message.version,)) is None:
        raise Refusal(8, 13, message.version)
    if message.destination_id != asked.requester:
        raise Refusal(8, 14, message.destination_id)
    asked.next_number += 1
    if text(element, "SIF_MorePackets") == "No" or element.find(path("SIF_Error")) is not None:
        del zone.requests[asked.msg_id]
    zone.agents[asked.requester].queue.put(
        Queued("SIF_Response", agent.id, message.msg_id, message.whole(), asked.msg_id))
    return writing.status(codes.SUCCESS)


def event(zone: Zone, agent: Agent, message: Message) -> str:
    found = message.element.find(path("SIF_ObjectData/SIF_EventObject"))
    name = "" if found is None else found.get("ObjectName")
    if name not in KNOWN_OBJECTS or len(found) != 1 or name_of(found[0]) != name:
        raise Refusal(9, 3, name)
    if set(message.contexts) != {DEFAULT_CONTEXT}:
        raise Refusal(12, 4, " ".join(message.contexts))
    what, code = _PUBLISH[found.get("Action")]
    if not any(agent.may(publish, name) for publish, _ in _PUBLISH.values()):
        raise Refusal(4, 7, name)
    if not agent.may(what, name) or not agent.announced(what, name):
        raise Refusal(4, code, name)
    _spread(zone, name, Queued("SIF_Event", agent.id, message.msg_id, message.whole()))
    return writing.status(codes.SUCCESS)


def publish(zone: Zone, object_name: str, action: str, xml: str) -> None:
    msg_id = zone.new_id()
    head = writing.header(msg_id, zone.clock(), zone.provider.source_id)
    told = writing.event(head, object_name, action, disguise.disguise_object(zone.faults, xml))
    _spread(zone, object_name,
            Queued("SIF_Event", zone.provider.source_id, msg_id, writing.message(zone.version, told)))


def _spread(zone: Zone, object_name: str, queued: Queued) -> None:
    """Queue an event for every subscriber; one whose buffer is too small gets a SIF_LogEntry instead."""
    size_bytes = len(queued.text.encode())
    for agent in zone.agents.values():
        if object_name in agent.subscribed and agent.registration:
            fits = size_bytes <= agent.registration.max_bytes
            agent.queue.put(queued if fits else _too_big(zone, queued))


def _too_big(zone: Zone, queued: Queued) -> Queued:
    msg_id = zone.new_id()
    head = writing.header(msg_id, zone.clock(), zone.id)
    entry = writing.log_entry(writing.header(zone.new_id(), zone.clock(), zone.id),
                              writing.header(queued.msg_id, zone.clock(), queued.source_id), 4, 2,
                              "Message could not be delivered due to buffer size limitations")
    return Queued("SIF_Event", zone.id, msg_id,
                  writing.message(zone.version, writing.event(head, "SIF_LogEntry", "Add", entry)))


def get_message(zone: Zone, agent: Agent, message: Message) -> str:
    if agent.registration.mode != "Pull":
        raise Refusal(5, 9)
    if agent.sleeping:
        return writing.status(codes.SLEEPING)
    head = agent.queue.head()
    if head is None:
        return writing.status(codes.NO_MESSAGES)
    agent.carried = zone.answer_id, head
    return writing.status(codes.SUCCESS, disguise.disguise_inner(zone.faults, head.text))


def acknowledge(zone: Zone, agent: Agent, message: Message) -> str:
    element, faults, queue = message.element, zone.faults, agent.queue
    source_id, msg_id = text(element, "SIF_OriginalSourceId"), text(element, "SIF_OriginalMsgId")
    if faults.on("ack-the-ack"):
        if agent.carried is None or (source_id, msg_id) != (zone.id, agent.carried[0]):
            raise Refusal(12, 6, msg_id)
        source_id, msg_id = agent.carried[1].source_id, agent.carried[1].msg_id
    if element.find(path("SIF_Error")) is not None:
        acked = queue.find(source_id, msg_id)
        if faults.strike("sticky-error-ack"):
            raise NoAnswer(200, "application/xml", b"")
        if text(element, "SIF_Error/SIF_Category") == "10":  # transport: send it again
            return writing.status(codes.SUCCESS)
        queue.remove(acked)
        return writing.status(codes.SUCCESS)
    code = int(text(element, "SIF_Status/SIF_Code"))
    if code == codes.FINAL:
        queue.release(source_id, msg_id)
    elif code == codes.INTERMEDIATE:
        queue.block(queue.find(source_id, msg_id))
    elif code in (codes.IMMEDIATE, codes.DUPLICATE):
        _discard(zone, agent, queue.find(source_id, msg_id))
    elif code != codes.SLEEPING:
        raise Refusal(1, 4, f"SIF_Code {code}")
    return writing.status(codes.SUCCESS)


def _discard(zone: Zone, agent: Agent, acked: Queued) -> None:
    if zone.faults.strike("forget-acks"):
        return
    agent.queue.remove(acked)
    if zone.faults.strike("redeliver"):
        agent.queue.put(acked)
    if zone.faults.strike("unknown-ack"):
        raise Refusal(12, 6, acked.msg_id)
    if zone.faults.strike("unknown-ack-9-1"):
        raise Refusal(9, 1, acked.msg_id)


def cancel_requests(zone: Zone, agent: Agent, message: Message) -> str:
    if not has_cancel_requests(zone.version) or not has_cancel_requests(message.version):
        raise Refusal(12, 2, "SIF_CancelRequests")
    cancel = message.element.find(path("SIF_SystemControlData/SIF_CancelRequests"))
    notify = text(cancel, "SIF_NotificationType") == "Standard"
    for msg_id in texts(cancel, "SIF_RequestMsgIds/SIF_RequestMsgId"):
        asked = zone.requests.get(msg_id)
        if asked is None or asked.requester != agent.id:
            continue
        del zone.requests[msg_id]
        for other in zone.agents.values():
            other.queue.drop(lambda entry, msg_id=msg_id: entry.request_msg_id == msg_id)
        if notify:
            agent.queue.put(replies.cancelled(zone, asked))
    return writing.status(codes.SUCCESS)

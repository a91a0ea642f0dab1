"""The answers of the canned provider: packets of SIF_Response, and what faults make of them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from cli.zis import disguise, writing
from cli.zis.agents import Request
from cli.zis.codes import Refusal
from cli.zis.packets import Packet, pack
from cli.zis.queues import Queued
from cli.zis.versions import highest

if TYPE_CHECKING:
    from cli.zis.zone import Zone


def reply(zone: Zone, request: Request, refusal: Refusal | None = None) -> Iterator[Queued]:
    """The packets that answer `request`; `refusal` is what the provider has against its query."""
    version = highest(request.versions, zone.versions)
    if refusal is None and version is None:
        refusal = Refusal(8, 7)
    if refusal is None and zone.faults.strike("small-buffer-8-8", request.object_name):
        refusal = Refusal(8, 8)
    if refusal is None and zone.faults.strike("response-error"):
        refusal = Refusal(*zone.faults.code("response-error"))
    if refusal is not None:
        return iter([_queued(zone, request, version or zone.version, 1, False, writing.error(refusal))])
    packets = _packets(zone, request, version)
    return _mishandled(zone, request, version, packets)


def _packets(zone: Zone, request: Request, version: str) -> Iterator[Packet]:
    faults, name = zone.faults, request.object_name
    objects: Iterable[str] = zone.provider.objects(name)
    if faults.strike("empty-set", name):
        objects = ()
    elif request.query:
        objects = request.query(objects)
    if disguise.changes_objects(faults):
        objects = (disguise.disguise_object(faults, xml) for xml in objects)

    def room(number: int) -> int:
        empty = _text(zone, request, version, "0" * 32, number, True, _held(""))
        return request.max_bytes - len(empty.encode())

    return pack(objects, room, most=1 if faults.strike("one-object-per-packet", name) else None)


def _mishandled(zone: Zone, request: Request, version: str, packets: Iterator[Packet]) -> Iterator[Queued]:
    faults, name = zone.faults, request.object_name

    def made() -> Iterator[Queued]:
        for packet in packets:
            result = writing.error(Refusal(8, 8)) if packet.too_big else _held(packet.objects)
            request.next_number = packet.number + 1
            yield _queued(zone, request, version, packet.number, packet.more, result)

    queued = made()
    if faults.strike("error-in-packet-2", name):
        first = next(packets)
        return iter([_queued(zone, request, version, 1, True, _held(first.objects)),
                     _queued(zone, request, version, 2, False, writing.error(Refusal(8, 1)))])
    if faults.strike("drop-last-packet", name):
        queued = iter(list(queued)[:-1])
    if faults.strike("shuffle-packets", name):
        queued = iter(_shuffled(list(queued)))
    if faults.strike("oversize"):
        queued = _oversize(queued, int(request.max_bytes * float(faults.value("oversize"))))
    return queued


def _held(objects: str) -> str:
    return f"<SIF_ObjectData>{objects}</SIF_ObjectData>"


def _text(zone: Zone, request: Request, version: str, msg_id: str, number: int, more: bool, result: str) -> str:
    head = writing.header(msg_id, zone.clock(), zone.provider.source_id, request.requester)
    return writing.message(version, writing.response(head, request.msg_id, number, more, result))


def _queued(zone: Zone, request: Request, version: str, number: int, more: bool, result: str) -> Queued:
    msg_id = zone.new_id()
    return Queued("SIF_Response", zone.provider.source_id, msg_id,
                  _text(zone, request, version, msg_id, number, more, result), request.msg_id)


def cancelled(zone: Zone, request: Request) -> Queued:
    """The response that tells a requester that its request was cancelled."""
    version = highest(request.versions, zone.versions) or zone.version
    return _queued(zone, request, version, request.next_number, False, writing.error(Refusal(8, 18)))


def unasked(zone: Zone, agent_id: str) -> Queued:
    """An empty response to a request that nobody made."""
    request = Request(zone.new_id(), agent_id, "StudentPersonal", 1 << 20, (zone.version,))
    return _queued(zone, request, zone.version, 1, False, _held(""))


def unknown_message(zone: Zone) -> Queued:
    """A message as SIF 2.4 has it."""
    msg_id = zone.new_id()
    head = writing.header(msg_id, zone.clock(), zone.provider.source_id)
    return Queued("SIF_ServiceNotify", zone.provider.source_id, msg_id, writing.message(
        zone.version, f"<SIF_ServiceNotify>{head}<SIF_Service>Grading</SIF_Service></SIF_ServiceNotify>"))


def poison(zone: Zone, how: str) -> Queued:
    """An event that no XML parser reads: with a control character, or cut off."""
    msg_id = zone.new_id()
    head = writing.header(msg_id, zone.clock(), zone.provider.source_id)
    bad = {"bad-object": "\x01", "cut-off": disguise.CUT}[how]
    xml = (f'<StudentPersonal RefId="{zone.new_id()}"><LocalId>POISON</LocalId><Name Type="04">'
           f"<LastName>Poi{bad}son</LastName><FirstName>Example</FirstName></Name></StudentPersonal>")
    return Queued("SIF_Event", zone.provider.source_id, msg_id, writing.message(
        zone.version, writing.event(head, "StudentPersonal", "Add", xml)))


def _shuffled(queued: list[Queued]) -> list[Queued]:
    """Another order, the same for the same number of packets."""
    mixed = random.Random(len(queued)).sample(queued, len(queued))  # noqa: S311 - no secrets
    return mixed if mixed != queued else mixed[1:] + mixed[:1]


def _oversize(queued: Iterator[Queued], size_bytes: int) -> Iterator[Queued]:
    """The first packet with a comment that brings it to that size, then the others."""
    first = next(queued)
    missing = size_bytes - len(first.text.encode()) - len("<!---->")
    padded = first.text.replace("<SIF_Response>", f"<SIF_Response><!--{'x' * max(missing, 1)}-->", 1)
    yield Queued(first.kind, first.source_id, first.msg_id, padded, first.request_msg_id)
    yield from queued

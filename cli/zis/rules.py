"""What an agent is to the zone: registration, provisioning, sleep, and what the zone tells of itself.

Each rule changes the zone and gives the SIF_Status of the answer, or raises Refusal and changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from cli.zis import codes, writing
from cli.zis.agents import KNOWN_OBJECTS, Agent, Registration
from cli.zis.codes import Refusal
from cli.zis.reading import DEFAULT_CONTEXT, Message, path, text, texts
from cli.zis.versions import has_cancel_requests, highest, is_wildcard

if TYPE_CHECKING:
    from cli.zis.zone import Zone

SMALLEST_BUFFER = 1_024  # bytes, as seen on a real ZIS
_FORBIDDEN = {"Provide": (4, 3), "Subscribe": (4, 4), "PublishAdd": (4, 10), "PublishChange": (4, 11),
              "PublishDelete": (4, 12), "Request": (4, 5), "Respond": (4, 6)}


def register(zone: Zone, agent: Agent, message: Message) -> str:
    element = message.element
    mode, versions = text(element, "SIF_Mode"), tuple(texts(element, "SIF_Version"))
    max_bytes = int(text(element, "SIF_MaxBufferSize"))
    if mode == "Push" and element.find(path("SIF_Protocol")) is None:
        raise Refusal(1, 6, "SIF_Protocol")
    exact = zone.faults.on("exact-version")
    if highest(versions, zone.versions) is None or (
            exact and any(is_wildcard(version) or version != zone.version for version in versions)):
        raise Refusal(5, 4, " ".join(versions))
    if max_bytes < SMALLEST_BUFFER or zone.faults.on("small-buffer"):
        raise Refusal(5, 6, str(max_bytes))
    if mode == "Pull" and zone.faults.strike("registered-as-push"):
        mode = "Push"
    agent.registration = Registration(text(element, "SIF_Name"), mode, max_bytes, versions)
    agent.sleeping = False
    agent.queue.lift_block()
    return _acl(zone, agent)


def unregister(zone: Zone, agent: Agent, message: Message) -> str:
    agent.forget()
    agent.queue.drop(lambda entry: True)
    return writing.status(codes.SUCCESS)


def provision(zone: Zone, agent: Agent, message: Message) -> str:
    lists = {}
    for what in writing.ACCESS:
        names = []
        for found in message.element.iterfind(path(f"SIF_{what}Objects/SIF_Object")):
            _permit(zone, agent, what, found, invalid=(6, 3))
            names.append(found.get("ObjectName"))
        lists[what] = tuple(names)
    agent.provisioned, agent.subscribed = lists, set(lists["Subscribe"])
    return writing.status(codes.SUCCESS)


def subscribe(zone: Zone, agent: Agent, message: Message) -> str:
    objects = message.element.findall(path("SIF_Object"))
    for found in objects:
        _permit(zone, agent, "Subscribe", found, invalid=(7, 3))
    agent.subscribed |= {found.get("ObjectName") for found in objects}
    return writing.status(codes.SUCCESS)


def unsubscribe(zone: Zone, agent: Agent, message: Message) -> str:
    names = {found.get("ObjectName") for found in message.element.iterfind(path("SIF_Object"))}
    if names - KNOWN_OBJECTS:
        raise Refusal(7, 3, min(names - KNOWN_OBJECTS))
    if names - agent.subscribed:
        raise Refusal(7, 1, f"not a subscriber of {min(names - agent.subscribed)}")
    agent.subscribed -= names
    return writing.status(codes.SUCCESS)


def provide(zone: Zone, agent: Agent, message: Message) -> str:
    objects = message.element.findall(path("SIF_Object"))
    for found in objects:
        _permit(zone, agent, "Provide", found, invalid=(6, 3))
    known = agent.provisioned or {what: () for what in writing.ACCESS}
    agent.provisioned = known | {"Provide": (*known["Provide"], *(found.get("ObjectName") for found in objects))}
    return writing.status(codes.SUCCESS)


def unprovide(zone: Zone, agent: Agent, message: Message) -> str:
    names = {found.get("ObjectName") for found in message.element.iterfind(path("SIF_Object"))}
    provided = (agent.provisioned or {}).get("Provide", ())
    if names - set(provided):
        raise Refusal(6, 1, f"not the provider of {min(names - set(provided))}")
    agent.provisioned = agent.provisioned | {"Provide": tuple(name for name in provided if name not in names)}
    return writing.status(codes.SUCCESS)


def ping(zone: Zone, agent: Agent, message: Message) -> str:
    return writing.status(codes.SLEEPING if agent.sleeping else codes.SUCCESS)


def sleep(zone: Zone, agent: Agent, message: Message) -> str:
    agent.sleeping = True
    return writing.status(codes.SUCCESS)


def wake_up(zone: Zone, agent: Agent, message: Message) -> str:
    agent.sleeping = False
    agent.queue.lift_block()
    return writing.status(codes.SUCCESS)


def get_agent_acl(zone: Zone, agent: Agent, message: Message) -> str:
    return _acl(zone, agent)


def get_zone_status(zone: Zone, agent: Agent, message: Message) -> str:
    providers = {zone.provider.source_id: [name for name in zone.provider.names()
                                           if name not in zone.faults.values("no-provider")]}
    for other in zone.agents.values():
        if other.provisioned and other.provisioned["Provide"]:
            providers[other.id] = list(other.provisioned["Provide"])
    accepts = ("<SIF_Property><SIF_Name>Accept-Encoding</SIF_Name><SIF_Value>gzip</SIF_Value></SIF_Property>"
               if has_cancel_requests(message.version) and zone.faults.on("gzip") else "")
    data = (
        f"<SIF_ZoneStatus ZoneId={quoteattr(zone.id)}><SIF_Name>{escape(zone.id)}</SIF_Name>"
        f"<SIF_Providers>{''.join(_provider(*each) for each in providers.items())}</SIF_Providers>"
        f"<SIF_SIFNodes>{''.join(map(_node, filter(_is_registered, zone.agents.values())))}</SIF_SIFNodes>"
        '<SIF_SupportedProtocols><SIF_Protocol Type="HTTP" Secure="No">'
        f"<SIF_URL>http://127.0.0.1/zis/{escape(zone.id)}</SIF_URL>{accepts}</SIF_Protocol></SIF_SupportedProtocols>"
        f"<SIF_SupportedVersions>{_versions(zone.versions)}</SIF_SupportedVersions>"
        f"{writing.CONTEXTS}</SIF_ZoneStatus>")
    return writing.status(codes.SUCCESS, data)


def _acl(zone: Zone, agent: Agent) -> str:
    if zone.faults.on("no-acl"):
        return writing.status(codes.SUCCESS)
    return writing.status(codes.SUCCESS, writing.agent_acl(agent.access))


def _permit(zone: Zone, agent: Agent, what: str, found: etree._Element, *, invalid: tuple[int, int]) -> None:
    """Raises Refusal if `agent` may not do `what` with the object, for the first reason there is."""
    name = found.get("ObjectName")
    if name not in KNOWN_OBJECTS:
        raise Refusal(*invalid, name)
    if not agent.may(what, name) or (
            what in ("Subscribe", "Request") and zone.faults.strike("refuse-provision", name)):
        raise Refusal(*_FORBIDDEN[what], name)
    if set(texts(found, "SIF_Contexts/SIF_Context")) - {DEFAULT_CONTEXT}:
        raise Refusal(12, 4, name)
    if what == "Provide" and (name in zone.provider.names() or any(
            other is not agent and name in (other.provisioned or {}).get("Provide", ())
            for other in zone.agents.values())):
        raise Refusal(6, 4, name)


def _is_registered(agent: Agent) -> bool:
    return agent.registration is not None


def _provider(source_id: str, names: list[str]) -> str:
    objects = "".join(f'<SIF_Object ObjectName="{name}"><SIF_ExtendedQuerySupport>false</SIF_ExtendedQuerySupport>'
                      f"{writing.CONTEXTS}</SIF_Object>" for name in names)
    return (f"<SIF_Provider SourceId={quoteattr(source_id)}><SIF_ObjectList>{objects}</SIF_ObjectList>"
            "</SIF_Provider>")


def _node(agent: Agent) -> str:
    known = agent.registration
    return (f'<SIF_SIFNode Type="Agent"><SIF_Name>{escape(known.name)}</SIF_Name>'
            f"<SIF_SourceId>{escape(agent.id)}</SIF_SourceId><SIF_Mode>{known.mode}</SIF_Mode>"
            f"<SIF_VersionList>{_versions(known.versions)}</SIF_VersionList>"
            f"<SIF_MaxBufferSize>{known.max_bytes}</SIF_MaxBufferSize>"
            f"<SIF_Sleeping>{'Yes' if agent.sleeping else 'No'}</SIF_Sleeping></SIF_SIFNode>")


def _versions(versions: tuple[str, ...]) -> str:
    return "".join(f"<SIF_Version>{version}</SIF_Version>" for version in versions)

"""Writes what a zone sends: strings of SIF_Message, always in the order of the schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from cli.zis.codes import Refusal
from cli.zis.reading import DEFAULT_CONTEXT, NAMESPACE

ACCESS = ("Provide", "Subscribe", "PublishAdd", "PublishChange", "PublishDelete", "Request", "Respond")
CONTEXTS = f"<SIF_Contexts><SIF_Context>{DEFAULT_CONTEXT}</SIF_Context></SIF_Contexts>"


def message(version: str, inside: str) -> str:
    return f'<SIF_Message xmlns="{NAMESPACE}" Version="{version}">{inside}</SIF_Message>'


def timestamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def header(msg_id: str, at: datetime, source_id: str, destination_id: str = "") -> str:
    destination = destination_id and f"<SIF_DestinationId>{escape(destination_id)}</SIF_DestinationId>"
    return (f"<SIF_Header><SIF_MsgId>{msg_id}</SIF_MsgId><SIF_Timestamp>{timestamp(at)}</SIF_Timestamp>"
            f"<SIF_SourceId>{escape(source_id)}</SIF_SourceId>{destination}</SIF_Header>")


def ack(head: str, original: tuple[str, str], result: str) -> str:
    """A SIF_Ack of the message with that SourceId and MsgId."""
    source_id, msg_id = original
    return (f"<SIF_Ack>{head}<SIF_OriginalSourceId>{escape(source_id)}</SIF_OriginalSourceId>"
            f"<SIF_OriginalMsgId>{escape(msg_id)}</SIF_OriginalMsgId>{result}</SIF_Ack>")


def status(code: int, data: str = "") -> str:
    held = data and f"<SIF_Data>{data}</SIF_Data>"
    return f"<SIF_Status><SIF_Code>{code}</SIF_Code>{held}</SIF_Status>"


def error(refusal: Refusal) -> str:
    about = refusal.about and f"<SIF_ExtendedDesc>{escape(refusal.about)}</SIF_ExtendedDesc>"
    return (f"<SIF_Error><SIF_Category>{refusal.category}</SIF_Category><SIF_Code>{refusal.code}</SIF_Code>"
            f"<SIF_Desc>{escape(refusal.meaning)}</SIF_Desc>{about}</SIF_Error>")


def response(head: str, request_msg_id: str, number: int, more: bool, result: str) -> str:
    return (f"<SIF_Response>{head}<SIF_RequestMsgId>{request_msg_id}</SIF_RequestMsgId>"
            f"<SIF_PacketNumber>{number}</SIF_PacketNumber>"
            f"<SIF_MorePackets>{'Yes' if more else 'No'}</SIF_MorePackets>{result}</SIF_Response>")


def event(head: str, object_name: str, action: str, xml: str) -> str:
    return (f"<SIF_Event>{head}<SIF_ObjectData><SIF_EventObject ObjectName={quoteattr(object_name)} "
            f'Action="{action}">{xml}</SIF_EventObject></SIF_ObjectData></SIF_Event>')


def log_entry(head: str, refused: str, category: int, code: int, description: str) -> str:
    """SIF_LogEntry of the ZIS; `refused` is the SIF_Header of what it is about."""
    return (f'<SIF_LogEntry Source="ZIS" LogLevel="Error"><SIF_LogEntryHeader>{head}</SIF_LogEntryHeader>'
            f"<SIF_OriginalHeader>{refused}</SIF_OriginalHeader><SIF_Category>{category}</SIF_Category>"
            f"<SIF_Code>{code}</SIF_Code><SIF_Desc>{escape(description)}</SIF_Desc></SIF_LogEntry>")


def agent_acl(access: Mapping[str, Iterable[str]]) -> str:
    """SIF_AgentACL with its seven lists: what `access` names under each of ACCESS."""
    lists = "".join(
        f"<SIF_{name}Access>"
        + "".join(f"<SIF_Object ObjectName={quoteattr(each)}>{CONTEXTS}</SIF_Object>" for each in access.get(name, ()))
        + f"</SIF_{name}Access>" for name in ACCESS)
    return f"<SIF_AgentACL>{lists}</SIF_AgentACL>"

"""The messages that we send, as bytes: UTF-8, default namespace, elements in schema order (handbook, section 4).

Each is made of an `Envelope` and its own parts. Builders are strict: what a schema of 2.0 to 2.3 or
a ZIS would refuse raises LocalProtocolError. Only SIF_CancelRequests depends on the version.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape

from rostering.errors import LocalProtocolError
from rostering.sif.codes import NAMESPACE, VERSIONS, name_of
from rostering.sif.messages import SifError

VENDOR, PRODUCT, RELEASE = "Rollbook", "Rollbook", "1"
_WITHOUT_CANCEL = frozenset({"2.0", "2.0r1"})
_MOST_DESC = 1024
_MSG_ID = re.compile(r"[0-9A-F]{32}")
_TIMESTAMP = re.compile(r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-][01]\d:[0-5]\d)")
_OBJECT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_WANTED_VERSION = re.compile(r"\*|[0-9]+\.(?:\*|[0-9]+(?:r(?:\*|[0-9]+))?)")
_NOT_IN_TOKENS = re.compile(r"[\x00-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What every message says first. `source_id` is our agent id: case counts, at most 64 characters."""

    version: str
    msg_id: str
    timestamp: str
    source_id: str


def register(envelope: Envelope, *, versions: Iterable[str], buffer_bytes: int) -> bytes:
    """SIF_Register as a Pull agent. `versions` are what we can receive, such as "2.1" or "2.*"; the first is ours."""
    name = _token("the agent id", envelope.source_id, 64)
    return _message(envelope, "SIF_Register", f"""\
<SIF_Name>{name}</SIF_Name>{_versions(versions)}{_buffer(buffer_bytes)}<SIF_Mode>Pull</SIF_Mode>\
<SIF_Application><SIF_Vendor>{VENDOR}</SIF_Vendor><SIF_Product>{PRODUCT}</SIF_Product>\
<SIF_Version>{RELEASE}</SIF_Version></SIF_Application>""")


def provision(envelope: Envelope, *, subscribe: Iterable[str], request: Iterable[str]) -> bytes:
    """SIF_Provision: replaces all that the zone knew of us. We provide, publish and answer nothing."""
    return _message(envelope, "SIF_Provision", f"""\
<SIF_ProvideObjects/><SIF_SubscribeObjects>{_objects(subscribe)}</SIF_SubscribeObjects>\
<SIF_PublishAddObjects/><SIF_PublishChangeObjects/><SIF_PublishDeleteObjects/>\
<SIF_RequestObjects>{_objects(request)}</SIF_RequestObjects><SIF_RespondObjects/>""")


def subscribe(envelope: Envelope, *, objects: Iterable[str]) -> bytes:
    """SIF_Subscribe, for zones without SIF_Provision."""
    return _message(envelope, "SIF_Subscribe", _objects(objects) or _refuse("SIF_Subscribe names no object"))


def request(envelope: Envelope, *, object_name: str, versions: Iterable[str], buffer_bytes: int) -> bytes:
    """SIF_Request of all objects of a type. `buffer_bytes` must not exceed what was registered."""
    query = f'<SIF_Query><SIF_QueryObject ObjectName="{_object_name(object_name)}"/></SIF_Query>'
    return _message(envelope, "SIF_Request", _versions(versions) + _buffer(buffer_bytes) + query)


def get_message(envelope: Envelope) -> bytes:
    """Asks for the head of our queue, which stays there until it is acknowledged."""
    return _control(envelope, "<SIF_GetMessage/>")


def ping(envelope: Envelope) -> bytes:
    """Asks whether the zone is there."""
    return _control(envelope, "<SIF_Ping/>")


def sleep(envelope: Envelope) -> bytes:
    """Tells the zone to hold our messages."""
    return _control(envelope, "<SIF_Sleep/>")


def wakeup(envelope: Envelope) -> bytes:
    """Ends SIF_Sleep, and lifts a block of events."""
    return _control(envelope, "<SIF_Wakeup/>")


def get_zone_status(envelope: Envelope) -> bytes:
    """Asks what the zone is and who provides what."""
    return _control(envelope, "<SIF_GetZoneStatus/>")


def get_agent_acl(envelope: Envelope) -> bytes:
    """Asks what we may do in the zone."""
    return _control(envelope, "<SIF_GetAgentACL/>")


def cancel_requests(envelope: Envelope, *, request_msg_ids: Iterable[str]) -> bytes:
    """SIF_CancelRequests: we wait no longer for these. LocalProtocolError before 2.1, which has no such message."""
    if envelope.version in _WITHOUT_CANCEL:
        raise LocalProtocolError(f"SIF {envelope.version} has no SIF_CancelRequests")
    ids = "".join(f"<SIF_RequestMsgId>{_msg_id(one)}</SIF_RequestMsgId>" for one in request_msg_ids)
    return _control(envelope, f"""\
<SIF_CancelRequests><SIF_NotificationType>Standard</SIF_NotificationType>\
<SIF_RequestMsgIds>{ids or _refuse("SIF_CancelRequests names no request")}</SIF_RequestMsgIds></SIF_CancelRequests>""")


def ack(envelope: Envelope, *, original_msg_id: str, original_source_id: str) -> bytes:
    """SIF_Ack 1: the message with these ids, the inner ones, is ours now; the zone discards it (section 4.5)."""
    return _ack(envelope, original_msg_id, original_source_id, "<SIF_Status><SIF_Code>1</SIF_Code></SIF_Status>")


def refuse(envelope: Envelope, *, original_msg_id: str, original_source_id: str, error: SifError) -> bytes:
    """SIF_Ack with a SIF_Error: the message with these ids, the inner ones, can't be taken."""
    return _ack(envelope, original_msg_id, original_source_id, _error(error))


def response_error(envelope: Envelope, *, destination_id: str, request_msg_id: str,
                   error: SifError | None = None) -> bytes:
    """SIF_Response to a request that was directed at us: 8/3, we provide nothing (section 4.8)."""
    return _message(envelope, "SIF_Response", f"""\
<SIF_RequestMsgId>{_msg_id(request_msg_id)}</SIF_RequestMsgId>\
<SIF_PacketNumber>1</SIF_PacketNumber><SIF_MorePackets>No</SIF_MorePackets>{_error(error or SifError(8, 3))}""",
                    destination=f"<SIF_DestinationId>{_source_id(destination_id)}</SIF_DestinationId>")


def unregister(envelope: Envelope) -> bytes:
    """SIF_Unregister: the zone forgets our provisioning **and throws our queue away**. Only to leave it for good."""
    return _message(envelope, "SIF_Unregister", "")


def _message(envelope: Envelope, kind: str, parts: str, destination: str = "") -> bytes:
    if envelope.version not in VERSIONS:
        raise LocalProtocolError(f"the version of a message is one of {', '.join(VERSIONS)}")
    if not _TIMESTAMP.fullmatch(envelope.timestamp):
        raise LocalProtocolError("the timestamp of a message is an xs:dateTime with an offset")
    return f"""\
<SIF_Message xmlns="{NAMESPACE}" Version="{envelope.version}"><{kind}><SIF_Header>\
<SIF_MsgId>{_msg_id(envelope.msg_id)}</SIF_MsgId><SIF_Timestamp>{envelope.timestamp}</SIF_Timestamp>\
<SIF_SourceId>{_source_id(envelope.source_id)}</SIF_SourceId>{destination}</SIF_Header>\
{parts}</{kind}></SIF_Message>""".encode()


def _control(envelope: Envelope, what: str) -> bytes:
    return _message(envelope, "SIF_SystemControl", f"<SIF_SystemControlData>{what}</SIF_SystemControlData>")


def _ack(envelope: Envelope, msg_id: str, source_id: str, answer: str) -> bytes:
    # The ids name another's message: an id that breaks the pattern must be repeated as it is, or the
    # message stays at the head of the queue for ever.
    return _message(envelope, "SIF_Ack", f"""\
<SIF_OriginalSourceId>{_token("SIF_OriginalSourceId", source_id, 1000, empty=True)}</SIF_OriginalSourceId>\
<SIF_OriginalMsgId>{_token("SIF_OriginalMsgId", msg_id, 1000)}</SIF_OriginalMsgId>{answer}""")


def _error(error: SifError) -> str:
    if error.category < 0 or error.code < 0:
        raise LocalProtocolError("a SIF_Error has a category and a code")
    desc = _NOT_IN_TOKENS.sub(" ", error.desc or name_of(error))[:_MOST_DESC]
    return (f"<SIF_Error><SIF_Category>{error.category}</SIF_Category><SIF_Code>{error.code}</SIF_Code>"
            f"<SIF_Desc>{escape(desc)}</SIF_Desc></SIF_Error>")


def _versions(versions: Iterable[str]) -> str:
    listed = list(versions)
    if not listed or not all(_WANTED_VERSION.fullmatch(one) for one in listed):
        raise LocalProtocolError('a SIF_Version is "*", "2.*" or such as "2.0r1"; at least one is needed')
    return "".join(f"<SIF_Version>{one}</SIF_Version>" for one in listed)


def _buffer(buffer_bytes: int) -> str:
    if not 0 < buffer_bytes < 2**31:
        raise LocalProtocolError("SIF_MaxBufferSize is between 1 and 2147483647 bytes")
    return f"<SIF_MaxBufferSize>{buffer_bytes}</SIF_MaxBufferSize>"


def _objects(names: Iterable[str]) -> str:
    return "".join(f'<SIF_Object ObjectName="{_object_name(name)}"/>' for name in names)


def _object_name(name: str) -> str:
    return name if _OBJECT_NAME.fullmatch(name) else _refuse("the name of an object is letters, digits and _")


def _msg_id(msg_id: str) -> str:
    return msg_id if _MSG_ID.fullmatch(msg_id) else _refuse("a SIF_MsgId is 32 uppercase hex digits")


def _source_id(source_id: str) -> str:
    return _token("the id of an agent", source_id, 64)


def _token(what: str, text: str, most: int, *, empty: bool = False) -> str:
    """`text` escaped. Raises LocalProtocolError if it is too long, or not what xs:token leaves as it is."""
    if len(text) > most or not (text or empty):
        raise LocalProtocolError(f"{what} has 1 to {most} characters")
    if _NOT_IN_TOKENS.search(text) or " ".join(text.split(" ")).strip(" ") != text or "  " in text:
        raise LocalProtocolError(f"{what} has control characters, or spaces at an end or in a row")
    return escape(text)


def _refuse(sentence: str) -> str:
    raise LocalProtocolError(sentence)

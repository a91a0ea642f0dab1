"""Answers of a zone as bytes, for tests: `pulled(response(objects))` is what a SIF_GetMessage brings."""

from __future__ import annotations

NAMESPACE = "http://www.sifinfo.org/infrastructure/2.x"
MSG_ID, SOURCE_ID = "A10000000000000000000000000000B1", "DistrictSIS"
CARRIER_ID, ASKED_ID, REQUEST_ID = "95A2B3C4D5E6F708192A3B4C5D6E7F84", "607C1D3E5F60718293A4B5C6D7E8F906", "3E" * 16
SCHOOL, STUDENT = "D3E34B359D75101A8C3D00AA001A1652", "7F3A1B2C3D4E5F60718293A4B5C6D7E8"
TERM, STAFF = "1A" * 16, "3C" * 16


def header(msg_id: str = MSG_ID, source_id: str = SOURCE_ID, more: str = "") -> str:
    return (f"<SIF_Header><SIF_MsgId>{msg_id}</SIF_MsgId><SIF_Timestamp>2025-01-15T08:00:40-05:00</SIF_Timestamp>"
            f"<SIF_SourceId>{source_id}</SIF_SourceId>{more}</SIF_Header>")


def answer(result: str, version: str = "2.1", attributes: str = "") -> bytes:
    """A SIF_Ack that holds SIF_Status or SIF_Error as given."""
    return f"""<SIF_Message xmlns="{NAMESPACE}" Version="{version}"{attributes}><SIF_Ack>{header(CARRIER_ID, "ZONE1")}\
<SIF_OriginalSourceId>Empower</SIF_OriginalSourceId><SIF_OriginalMsgId>{ASKED_ID}</SIF_OriginalMsgId>\
{result}</SIF_Ack></SIF_Message>""".encode()


def status(code: int, held: str = "") -> bytes:
    return answer(f"<SIF_Status><SIF_Code>{code}</SIF_Code>{held and f'<SIF_Data>{held}</SIF_Data>'}</SIF_Status>")


def pulled(message: str, opening: str = '<SIF_Message Version="2.1">', closing: str = "</SIF_Message>") -> bytes:
    return status(0, opening + message + closing)


def response(objects: str = "", *, number: str = "1", more: str = "Yes", result: str = "", head: str = "") -> str:
    return (f"<SIF_Response>{head or header()}<SIF_RequestMsgId>{REQUEST_ID}</SIF_RequestMsgId>"
            f"<SIF_PacketNumber>{number}</SIF_PacketNumber><SIF_MorePackets>{more}</SIF_MorePackets>"
            f"{result or f'<SIF_ObjectData>{objects}</SIF_ObjectData>'}</SIF_Response>")


def event(name: str, action: str, held: str) -> str:
    return (f'<SIF_Event>{header()}<SIF_ObjectData><SIF_EventObject ObjectName="{name}" Action="{action}">{held}'
            f"</SIF_EventObject></SIF_ObjectData></SIF_Event>")


def student(inside: str = "", ref_id: str = STUDENT) -> str:
    return f'<StudentPersonal RefId="{ref_id}">{inside}</StudentPersonal>'

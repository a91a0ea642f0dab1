"""What a zone's answer says, in every spelling that zones use."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rostering.sif.messages import Acl, Event, Header, Request, Response, SifError, Unknown, ZoneStatus
from rostering.sif.parse import parse
from tests.unit.sif.zone import (
    ASKED_ID,
    CARRIER_ID,
    MSG_ID,
    NAMESPACE,
    REQUEST_ID,
    SOURCE_ID,
    STUDENT,
    answer,
    event,
    header,
    pulled,
    response,
    status,
    student,
)

HANDBOOK = Path(__file__).parents[3].parent / "shared" / "specs" / "sif-agent.md"
INNER = Header(MSG_ID, SOURCE_ID, "2025-01-15T08:00:40-05:00")
ROSA = student('<LocalId>P00042</LocalId><Name Type="04"><LastName>Muñoz</LastName></Name>')


def told(body: bytes):
    return parse(body).message


def test_a_plain_answer():
    ack = parse(status(9))
    assert (ack.status, ack.error, ack.message, ack.acl, ack.zone_status) == (9, None, None, None, None)
    assert (ack.version, ack.original_source_id, ack.original_msg_id) == ("2.1", "Empower", ASKED_ID)
    assert (ack.header.msg_id, ack.header.source_id) == (CARRIER_ID, "ZONE1")


def test_an_error():
    ack = parse(answer("<SIF_Error><SIF_Category>4</SIF_Category><SIF_Code>4</SIF_Code><SIF_Desc>No permission"
                       "</SIF_Desc><SIF_ExtendedDesc>StudentContact</SIF_ExtendedDesc></SIF_Error>"))
    assert (ack.status, ack.error) == (None, SifError(4, 4, "No permission", "StudentContact"))


def test_an_answer_that_says_nothing_has_neither_status_nor_error():
    ack = parse(answer(""))
    assert (ack.status, ack.error) == (None, None)
    assert parse(answer("<SIF_Status/>")).status == -1
    assert parse(answer("<SIF_Error><SIF_Code>x</SIF_Code></SIF_Error>")).error == SifError(-1, -1)


def test_an_access_control_list():
    def listed(access: str, *names: str) -> str:
        return f"<{access}>" + "".join(f'<SIF_Object ObjectName="{name}"/>' for name in names) + f"</{access}>"
    ack = parse(status(0, "<SIF_AgentACL>" + listed("SIF_ProvideAccess", "Other")
                       + listed("SIF_SubscribeAccess", "StudentPersonal")
                       + listed("SIF_RequestAccess", "SchoolInfo", "StudentPersonal") + "</SIF_AgentACL>"))
    assert ack.acl == Acl(frozenset({"StudentPersonal"}), frozenset({"SchoolInfo", "StudentPersonal"}))
    assert parse(status(0, "<SIF_AgentACL/>")).acl == Acl(frozenset(), frozenset())


def test_a_zone_status_without_anything():
    said = parse(status(0, "<SIF_ZoneStatus><SIF_Providers/></SIF_ZoneStatus>")).zone_status
    assert said == ZoneStatus("", (), {}, False)


def test_a_packet():
    assert told(pulled(response(ROSA))) == Response(
        header=INNER, request_msg_id=REQUEST_ID, packet_number=1, more=True, error=None, flaws=(),
        objects=told(pulled(response(ROSA))).objects)
    assert told(pulled(response(ROSA))).objects[0].ref_id == STUDENT


def test_an_empty_set():
    found = told(pulled(response(more="No")))
    assert (found.objects, found.more, found.error) == ((), False, None)


def test_a_set_that_ends_in_an_error():
    found = told(pulled(response(number="2", result="<SIF_Error><SIF_Category>8</SIF_Category><SIF_Code>9</SIF_Code>"
                                                     "</SIF_Error>")))
    assert (found.packet_number, found.error) == (2, SifError(8, 9))


@pytest.mark.parametrize(("written", "number"), [
    ("1", 1), (" 12 ", 12), ("", 0), ("one", 0), ("-1", 0), ("9" * 5000, 0), ("٣", 0)])
def test_a_packet_number_that_can_not_be_read_is_0(written, number):
    assert told(pulled(response(number=written))).packet_number == number


@pytest.mark.parametrize(("written", "more"), [
    ("Yes", True), ("No", False), ("false", False), ("0", False), ("1", True), ("true", True), ("", True)])
def test_only_a_packet_that_says_so_is_the_last(written, more):
    assert told(pulled(response(more=written))).more is more


def test_a_log_entry():
    found = told(pulled(event("SIF_LogEntry", "Add", f"""<SIF_LogEntry Source="ZIS" LogLevel="Error">
        <SIF_LogEntryHeader>{header("A8" * 16, "ZONE1")}</SIF_LogEntryHeader><SIF_Category>4</SIF_Category>
        <SIF_Code>2</SIF_Code><SIF_Desc>Too big</SIF_Desc></SIF_LogEntry>""")))
    assert found == Event(INNER, "SIF_LogEntry", "Add", None, SifError(4, 2, "Too big"), ())


def test_an_event_of_another_object_names_it():
    assert told(pulled(event("LibraryPatronStatus", "Add", "<LibraryPatronStatus/>"))) == Event(
        INNER, "LibraryPatronStatus", "Add", None, None, ())


def test_an_event_with_a_flaw():
    found = told(pulled(event("StudentPersonal", "Delete", student(ref_id="1"))))
    assert (found.object_name, found.object, found.flaws[0].ref_id) == ("StudentPersonal", None, "1")


def test_a_delete_event_holds_the_id():
    found = told(pulled(event("StudentPersonal", "Delete", student())))
    assert (found.action, found.object.ref_id, found.object.fields) == ("Delete", STUDENT, {})


def test_a_request_of_somebody():
    body = pulled(f'<SIF_Request>{header()}<SIF_Query><SIF_QueryObject ObjectName="X"/></SIF_Query></SIF_Request>')
    assert told(body) == Request(INNER, "X")


@pytest.mark.parametrize("name", ["SIF_ServiceInput", "SIF_BundledEvents", "SIF_Ack", "x" * 100])
def test_an_unknown_message_has_a_name_and_a_header(name):
    assert told(pulled(f"<{name}><y/>{header()}<SIF_ObjectData/></{name}>")) == Unknown(INNER, name[:40])


def test_an_object_that_is_not_wanted_is_left_out():
    body = pulled(response(ROSA + f'<RoomInfo RefId="{STUDENT}"/><Unheard RefId="1"><LocalId>1</LocalId></Unheard>'))
    assert [each.name for each in told(body).objects] == ["StudentPersonal", "RoomInfo"]
    assert [each.name for each in parse(body, wanted=["RoomInfo"]).message.objects] == ["RoomInfo"]


def prefixed(body: bytes) -> bytes:
    body = re.sub(rb"<(/?)(\w)", rb"<\1sif:\2", body)
    return body.replace(b"xmlns=", b"xmlns:sif=")


SPELLINGS = {
    "as it is": lambda body: body,
    "with a declaration": lambda body: b'<?xml version="1.0" encoding="utf-8"?>\r\n' + body,
    "with a byte order mark": lambda body: b"\xef\xbb\xbf" + body,
    "with both": lambda body: b"\xef\xbb\xbf<?xml version='1.0' encoding='UTF-8'?>" + body,
    "after empty lines": lambda body: b"\r\n \n" + body,
    "in ASCII": lambda body: (b'<?xml version="1.0" encoding="us-ascii"?>'
                              + body.decode().encode("ascii", "xmlcharrefreplace")),
    "with a prefix": prefixed,
    "inner with xmlns": lambda body: body.replace(b'<SIF_Message Version="2.1"><SIF_Re',
                                                  f'<SIF_Message xmlns="{NAMESPACE}" Version="2.1"><SIF_Re'.encode()),
    "outer with a prefix, inner without": lambda body: b"".join((
        prefixed(body[:body.index(b"<SIF_Message Version")]),
        body[body.index(b"<SIF_Message Version"):body.index(b"</SIF_Data>")],
        prefixed(body[body.index(b"</SIF_Data>"):]))),
    "inner of another 2.x": lambda body: body.replace(b'<SIF_Message Version="2.1"><SIF_Re',
                                                      b'<SIF_Message Version="2.7"><SIF_Re'),
    "with unknown elements": lambda body: body.replace(
        b"<SIF_Header>", b"<New><SIF_Code>7</SIF_Code></New><SIF_Header>"),
    "with elements of others": lambda body: body.replace(
        b"<LocalId>", b'<x:LocalId xmlns:x="urn:x">7</x:LocalId><LocalId>'),
    "with lowercase ids": lambda body: re.sub(rb"[0-9A-F]{32}", lambda id_: id_[0].lower(), body),
    "with dashed ids": lambda body: re.sub(rb"([0-9A-F]{8})([0-9A-F]{4})([0-9A-F]{20})", rb"\1-\2-\3", body),
    "with comments": lambda body: body.replace(b"><", b"><!-- > --><"),
    "in CDATA": lambda body: re.sub(rb">([\w .:+-]+)<", rb"><![CDATA[\1]]><", body),
    "indented": lambda body: re.sub(rb">\s*<", b">\n  <", body),
    "with spaces around texts": lambda body: re.sub(rb">([\w.:-]+)<", rb">\n \1 <", body),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_says_the_same(spelling):
    body = pulled(response(ROSA))
    spelled = SPELLINGS[spelling](body)
    assert spelling == "as it is" or spelled != body
    assert parse(spelled) == parse(body)


def test_the_parts_may_come_in_any_order():
    turned = f"""<SIF_Message xmlns="{NAMESPACE}" Version="2.1"><SIF_Ack><SIF_Status><SIF_Data>
        <SIF_Message><SIF_Response><SIF_ObjectData>{ROSA}</SIF_ObjectData><SIF_MorePackets>Yes</SIF_MorePackets>
        <SIF_PacketNumber>1</SIF_PacketNumber><SIF_RequestMsgId>{REQUEST_ID}</SIF_RequestMsgId>{header()}
        </SIF_Response></SIF_Message></SIF_Data><SIF_Code>0</SIF_Code></SIF_Status>
        <SIF_OriginalMsgId>{ASKED_ID}</SIF_OriginalMsgId><SIF_OriginalSourceId>Empower</SIF_OriginalSourceId>
        {header(CARRIER_ID, "ZONE1")}</SIF_Ack></SIF_Message>"""
    assert parse(turned.encode()) == parse(pulled(response(ROSA)))


def test_a_header_keeps_what_was_sent():
    more = ("<SIF_DestinationId>Empower</SIF_DestinationId><SIF_Contexts><SIF_Context>SIF_Default</SIF_Context>"
            "<SIF_Context>Other</SIF_Context></SIF_Contexts>")
    said = header("msg-1", "A &amp;\n B", more).replace("-05:00", "")
    assert told(pulled(response(head=said))).header == Header(
        "msg-1", "A & B", "2025-01-15T08:00:40", "Empower", ("SIF_Default", "Other"))


@pytest.fixture(scope="module")
def blocks() -> dict[str, bytes]:
    """The complete messages of the handbook, by the id of each, delivered by a zone unless they are its answers."""
    if not HANDBOOK.exists():
        pytest.skip(f"the handbook is not here: {HANDBOOK}")
    found = {}
    for block in re.findall(r"```xml\n(<SIF_Message.*?)```", HANDBOOK.read_text(), re.DOTALL):
        msg_id = re.search(r"<SIF_MsgId>(\w+)", block)[1]
        found[msg_id] = block.encode() if "<SIF_Ack>" in block else status(0, block)
    return found


def test_every_block_of_the_handbook_is_read(blocks):
    assert len(blocks) >= 20
    assert all(parse(body).status is not None or parse(body).error for body in blocks.values())


def test_the_blocks_of_the_handbook_say_what_it_says(blocks):
    acl = parse(blocks["51A2B3C4D5E6F708192A3B4C5D6E7F80"]).acl
    assert (acl.subscribe, acl.request) == ({"StudentPersonal"}, {"SchoolInfo", "StudentPersonal"})
    assert parse(blocks["73A2B3C4D5E6F708192A3B4C5D6E7F82"]).error == SifError(
        4, 4, "No permission to subscribe to this SIF_Event", "StudentContact")
    assert parse(blocks["84A2B3C4D5E6F708192A3B4C5D6E7F83"]).status == 9
    packet = told(blocks["95A2B3C4D5E6F708192A3B4C5D6E7F84"])
    assert [each.fields for each in packet.objects] == [
        {"local_id": "P00042", "last_name": "Muñoz", "first_name": "Rosa María"},
        {"local_id": "P00043", "last_name": "Smith & Sons", "first_name": "Joe"}]
    assert (packet.header.msg_id, packet.header.destination_id, packet.more) == (MSG_ID, "Empower", True)
    assert told(blocks["A20000000000000000000000000000B2"]).objects == ()
    assert told(blocks["A30000000000000000000000000000B3"]).error == SifError(8, 9, "Unsupported query in request")
    assert told(blocks["A50000000000000000000000000000B5"]).object.fields == {
        "emails": {"Primary": "rosa@example.org", "Alternate1": None}}
    assert told(blocks["A60000000000000000000000000000B6"]).action == "Delete"
    assert told(blocks["A70000000000000000000000000000B7"]).log.code == 2
    assert told(blocks["3E7C1D3E5F60718293A4B5C6D7E8F904"]) == Request(
        Header("3E7C1D3E5F60718293A4B5C6D7E8F904", "Empower", "2025-01-15T08:00:05Z"), "StudentPersonal")
    assert told(blocks["0B7C1D3E5F60718293A4B5C6D7E8F901"]).name == "SIF_Register"
    assert parse(blocks["A6A2B3C4D5E6F708192A3B4C5D6E7F85"]).zone_status == ZoneStatus(
        "ZONE1", ("2.1",), {"StudentPersonal": "DistrictSIS"}, True)

"""What we send: by the schema of every version, and refused before it is wrong."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest
from lxml import etree

from rostering.errors import LocalProtocolError
from rostering.sif import build, codes
from rostering.sif.messages import SifError

SCHEMAS = Path(__file__).parents[3].parent / "shared" / "specs" / "sif" / "xsd"
MSG_ID, OTHER_ID = "0B7C1D3E5F60718293A4B5C6D7E8F901", "A10000000000000000000000000000B1"
ORIGINAL = {"original_msg_id": OTHER_ID, "original_source_id": "District & SIS"}

KINDS = {
    "register": lambda it: build.register(it, versions=["2.*", "2.0r1"], buffer_bytes=1_048_576),
    "provision": lambda it: build.provision(it, subscribe=["StudentPersonal"], request=codes.OBJECTS),
    "provision_nothing": lambda it: build.provision(it, subscribe=[], request=[]),
    "subscribe": lambda it: build.subscribe(it, objects=codes.OBJECTS),
    "request": lambda it: build.request(it, object_name="SectionInfo", versions=["2.*"], buffer_bytes=4096),
    "get_message": build.get_message,
    "ack": lambda it: build.ack(it, **ORIGINAL),
    "refuse": lambda it: build.refuse(it, error=SifError(12, 2, "Message not supported"), **ORIGINAL),
    "refuse_without_words": lambda it: build.refuse(it, error=SifError(1, 2), **ORIGINAL),
    "ping": build.ping,
    "sleep": build.sleep,
    "wakeup": build.wakeup,
    "get_zone_status": build.get_zone_status,
    "get_agent_acl": build.get_agent_acl,
    "cancel_requests": lambda it: build.cancel_requests(it, request_msg_ids=[MSG_ID, OTHER_ID]),
    "response_error": lambda it: build.response_error(it, destination_id="O'Neil <SIS>", request_msg_id=OTHER_ID),
    "unregister": build.unregister,
}


def envelope(**parts: str) -> build.Envelope:
    return build.Envelope(**({"version": "2.1", "msg_id": MSG_ID, "timestamp": "2025-01-15T08:00:00Z",
                              "source_id": "Empower"} | parts))


@functools.cache
def schema(version: str) -> etree.XMLSchema:
    path = SCHEMAS / version / "SIF_Message.xsd"
    if not path.exists():
        pytest.skip(f"the schema of SIF {version} is not here: {path}")
    return etree.XMLSchema(etree.parse(path))


@pytest.mark.parametrize("version", codes.VERSIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_message_is_valid_in_every_version(kind, version):
    if kind == "cancel_requests" and version in ("2.0", "2.0r1"):
        pytest.skip("there is none before 2.1")
    schema(version).assertValid(etree.fromstring(KINDS[kind](envelope(version=version))))


@pytest.mark.parametrize("kind", KINDS)
def test_a_message_has_the_default_namespace_and_no_prefix(kind):
    body = KINDS[kind](envelope())
    assert body.startswith(b'<SIF_Message xmlns="http://www.sifinfo.org/infrastructure/2.x" Version="2.1"><SIF_')
    assert b":SIF_" not in body and body.count(b"xmlns") == 1


def test_the_same_parts_make_the_same_bytes():
    assert KINDS["request"](envelope()) == KINDS["request"](envelope())


def test_ids_from_outside_are_escaped():
    root = etree.fromstring(KINDS["response_error"](envelope()))
    assert root.findtext(".//{*}SIF_DestinationId") == "O'Neil <SIS>"
    assert root.findtext(".//{*}SIF_Code") == "3"


def test_an_ack_repeats_an_id_that_breaks_the_pattern():
    root = etree.fromstring(build.ack(envelope(), original_msg_id="msg-1", original_source_id=""))
    assert root.findtext(".//{*}SIF_OriginalMsgId") == "msg-1"


@pytest.mark.parametrize("version", ["2.0", "2.0r1"])
def test_requests_can_not_be_canceled_before_2_1(version):
    with pytest.raises(LocalProtocolError):
        build.cancel_requests(envelope(version=version), request_msg_ids=[MSG_ID])


@pytest.mark.parametrize("parts", [
    {"version": "2.4"}, {"version": "2.*"}, {"version": "1.5"}, {"version": ""},
    {"msg_id": MSG_ID.lower()}, {"msg_id": MSG_ID[1:]}, {"msg_id": ""}, {"msg_id": MSG_ID + "\n"},
    {"timestamp": "2025-01-15T08:00:00"}, {"timestamp": "now"}, {"timestamp": ""},
    {"source_id": ""}, {"source_id": "A" * 65}, {"source_id": " Empower"}, {"source_id": "Emp\tower"},
    {"source_id": "Emp\x00ower"}, {"source_id": "\ud800"},
])
def test_a_wrong_envelope_is_refused(parts):
    with pytest.raises(LocalProtocolError):
        build.get_message(envelope(**parts))


@pytest.mark.parametrize("make", [
    lambda it: build.register(it, versions=[], buffer_bytes=4096),
    lambda it: build.register(it, versions=["2.x"], buffer_bytes=4096),
    lambda it: build.register(it, versions=["2.1"], buffer_bytes=0),
    lambda it: build.request(it, object_name="Student Personal", versions=["2.1"], buffer_bytes=4096),
    lambda it: build.request(it, object_name='X"/>', versions=["2.1"], buffer_bytes=4096),
    lambda it: build.subscribe(it, objects=[]),
    lambda it: build.cancel_requests(it, request_msg_ids=[]),
    lambda it: build.cancel_requests(it, request_msg_ids=["1"]),
    lambda it: build.ack(it, original_msg_id="", original_source_id="X"),
    lambda it: build.ack(it, original_msg_id="a\nb", original_source_id="X"),
    lambda it: build.refuse(it, error=SifError(-1, 2), **ORIGINAL),
    lambda it: build.response_error(it, destination_id="", request_msg_id=OTHER_ID),
])
def test_wrong_parts_are_refused(make):
    with pytest.raises(LocalProtocolError):
        make(envelope())


@pytest.mark.parametrize(("code", "doing", "reaction"), [
    ("1/4", "register", "stop"), ("3/5", "get_message", "stop"), ("4/2", "register", "stop"),
    ("5/2", "register", "stop"), ("8/2", "register", "stop"), ("4/9", "get_message", "reregister"),
    ("5/1", "request", "reregister"), ("5/2", "ack", "reregister"), ("8/2", "provision", "reregister"),
    ("4/4", "provision", "leave_out"), ("4/5", "provision", "leave_out"), ("4/5", "request", "leave_out"),
    ("6/3", "provision", "leave_out"), ("5/4", "register", "explicit_versions"), ("5/6", "register", "stop"),
    ("5/7", "register", "stop"), ("5/9", "get_message", "reregister_pull"), ("5/10", "request", "no_gzip"),
    ("8/3", "request", "report"), ("8/4", "request", "report"), ("8/9", "response", "report"),
    ("8/16", "response", "again"), ("8/18", "response", "again"), ("12/3", "register", "stop"),
    ("12/2", "other", "report"), ("12/4", "request", "stop"), ("12/6", "ack", "gone"), ("9/1", "ack", "gone"),
    ("12/1", "request", "retry"), ("10/4", "provision", "retry"), ("11/1", "ack", "retry"),
    ("99/7", "register", "stop"), ("99/7", "request", "report"), ("0/0", "other", "report"),
])
def test_the_agent_reacts_by_the_table(code, doing, reaction):
    category, _, number = code.partition("/")
    assert codes.reaction(SifError(int(category), int(number)), doing) == reaction


def test_a_sentence_names_the_code_and_what_helps():
    assert codes.sentence(SifError(12, 3), "version 2.1") == (
        "The zone refused version 2.1: error 12/3 (Version not supported); "
        "ask the ZIS administrator which version the zone speaks.")


@pytest.mark.parametrize("doing", ["register", "provision", "request", "get_message", "ack", "response", "other"])
def test_a_sentence_never_repeats_the_words_of_the_zone(doing):
    for category in range(-1, 16):
        for code in range(-1, 20):
            said = codes.sentence(SifError(category, code, "Rosa Muñoz", "123-45-6789"), doing)
            assert "Rosa" not in said and "6789" not in said

"""Answers that are wrong, or meant to harm: each ends in its reason, soon and in little memory."""

from __future__ import annotations

import contextlib
import json
import time
import tracemalloc
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rostering.sif.messages import Ack
from rostering.sif.parse import Reject, parse
from rostering.sif.salvage import redacted, salvage
from tests.unit.sif.zone import (
    MSG_ID,
    NAMESPACE,
    SOURCE_ID,
    answer,
    event,
    header,
    pulled,
    response,
    status,
    student,
)

SSN = "123-45-6789"
SENSITIVE = f"""
<AlertMessages><AlertMessage Type="Legal">CANARY-LEGAL</AlertMessage></AlertMessages>
<MedicalAlertMessages><MedicalAlertMessage Severity="High">CANARY-ASTHMA</MedicalAlertMessage></MedicalAlertMessages>
<LocalId>P00042</LocalId>
<OtherIdList><OtherId Type="0004">987654321</OtherId><x:OtherId xmlns:x="{NAMESPACE}" Type='0004'>{SSN}</x:OtherId>
<OtherId Type="9999">222334444</OtherId></OtherIdList>
<Name Type="04"><LastName>Muñoz</LastName></Name>
<OtherNames><Name Type="01"><LastName>CANARY-BORN</LastName></Name></OtherNames>
<Demographics><Gender>CANARY-GENDER</Gender><BirthDate>2009-04-30</BirthDate></Demographics>
<AddressList><Address Type="0123"><Street><Line1>CANARY-STREET</Line1></Street></Address></AddressList>
<SIF_ExtendedElements><SIF_ExtendedElement Name="Lunch">CANARY-LUNCH</SIF_ExtendedElement></SIF_ExtendedElements>
"""
BODY = pulled(response(student(SENSITIVE) + student("<LocalId>2</LocalId>", "B" * 32)))
SECRETS = [b"CANARY-LEGAL", b"CANARY-ASTHMA", b"987654321", SSN.encode(), b"222334444"]


def deep(levels: int) -> bytes:
    return answer("<x>" * levels + "</x>" * levels)


def peak_bytes(body: bytes) -> int:
    """The most memory that reading takes, without the body's own."""
    tracemalloc.start()
    try:
        with contextlib.suppress(Reject):
            parse(body)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def many(attribute: str, count: int) -> bytes:
    return answer("<x " + " ".join(attribute.format(n, n) for n in range(count)) + "/>")


def doctype(declaration: str) -> bytes:
    return f'<?xml version="1.0"?><!-- first --><!DOCTYPE SIF_Message {declaration}>'.encode() + status(9)


REJECTED = {
    "an external entity of a file": (doctype('[<!ENTITY x SYSTEM "file:///etc/passwd">]'), "DTD_FORBIDDEN"),
    "an external entity over http": (doctype('[<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]'), "DTD_FORBIDDEN"),
    "an external subset": (doctype('SYSTEM "http://127.0.0.1:9/x.dtd"'), "DTD_FORBIDDEN"),
    "a parameter entity": (doctype('[<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]'), "DTD_FORBIDDEN"),
    "a billion laughs": (doctype('[<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]'), "DTD_FORBIDDEN"),
    "quadratic blowup": (doctype(f'[<!ENTITY a "{"a" * 100_000}">]'), "DTD_FORBIDDEN"),
    "a DTD in UTF-16": (doctype("[]").decode().encode("utf-16"), "DTD_FORBIDDEN"),
    "UTF-16": (status(9).decode().encode("utf-16"), "BAD_ENCODING"),
    "UTF-16 without a mark": (status(9).decode().encode("utf-16-be"), "BAD_ENCODING"),
    "UTF-32": (status(9).decode().encode("utf-32"), "BAD_ENCODING"),
    "UTF-7": (b'<?xml version="1.0" encoding="utf-7"?>' + status(9), "BAD_ENCODING"),
    "Latin-1": (b'<?xml version="1.0" encoding="ISO-8859-1"?>' + status(9), "BAD_ENCODING"),
    "an unknown encoding": (b"<?xml version='1.0' encoding='x-rollbook'?>" + status(9), "BAD_ENCODING"),
    "Latin-1 declared as UTF-8": (pulled(response(student("<LocalId>Muñoz</LocalId>"))).decode().encode("latin-1"),
                                  "XML_MALFORMED"),
    "a text of 11 MB": (answer(f"<x>{'a' * 11_000_000}</x>"), "XML_LIMIT"),
    "a text of 11 MB that is kept": (pulled(response(student(f"<LocalId>{'a' * 11_000_000}</LocalId>"))), "XML_LIMIT"),
    "a text of 11 MB in CDATA": (answer(f"<x><![CDATA[{'<x' * 5_500_000}]]></x>"), "XML_LIMIT"),
    "a depth of 300": (deep(300), "XML_LIMIT"),
    "a depth of 500,000": (deep(500_000), "XML_LIMIT"),
    "65 attributes": (many("a{}='1'", 65), "XML_LIMIT"),
    "100,000 attributes": (many("a{}='1'", 100_000), "XML_LIMIT"),
    "65 namespaces": (many("xmlns:a{}='u{}'", 65), "XML_LIMIT"),
    "50,000 namespaces": (answer("", attributes="".join(f' xmlns:a{n}="u{n}"' for n in range(50_000))), "XML_LIMIT"),
    "cut off": (BODY[:-300], "XML_MALFORMED"),
    "a raw control character": (pulled(response(student("<LocalId>\x01</LocalId>"))), "XML_MALFORMED"),
    "a reference to NUL": (pulled(response(student("<LocalId>&#0;</LocalId>"))), "XML_MALFORMED"),
    "an unknown entity": (pulled(response(student("<LocalId>&nbsp;</LocalId>"))), "XML_MALFORMED"),
    "an unbound prefix": (answer("<sif:SIF_Status/>"), "XML_MALFORMED"),
    "two roots": (status(9) + status(9), "XML_MALFORMED"),
    "no namespace": (b'<SIF_Message Version="2.1"><SIF_Ack/></SIF_Message>', "BAD_NAMESPACE"),
    "an unknown namespace": (status(9).replace(NAMESPACE.encode(), b"urn:x"), "BAD_NAMESPACE"),
    "SIF 1.x": (status(9).replace(b"2.x", b"1.x"), "BAD_NAMESPACE"),
    "UK": (status(9).replace(b"org/", b"org/uk/"), "BAD_NAMESPACE"),
    "AU": (status(9).replace(b"org/", b"org/au/"), "BAD_NAMESPACE"),
    "SIF 1.x inside": (pulled(response(), '<SIF_Message xmlns="http://www.sifinfo.org/infrastructure/1.x">'),
                       "BAD_NAMESPACE"),
    "a login page": (b"<!DOCTYPE html><html><body><form>Log in</form></body></html>", "NOT_SIF"),
    "a gateway page": (b"\n<html><head><title>502</title></head><body><hr></body></html>", "NOT_SIF"),
    "FATAL_ERROR": (b"<FATAL_ERROR>INVALID ZONE</FATAL_ERROR>", "NOT_SIF"),
    "plain text": (b"Service Unavailable", "NOT_SIF"),
    "nothing": (b"", "NOT_SIF"),
    "a byte order mark": (b"\xef\xbb\xbf", "NOT_SIF"),
    "white space": (b" \r\n" * 1000, "NOT_SIF"),
    "JSON": (b'{"error": "<SIF_Message/>"}', "NOT_SIF"),
    "a message that is no SIF_Ack": (answer("").replace(b"SIF_Ack", b"SIF_Event"), "NOT_SIF"),
    "a message without an id": (pulled(response(head="<SIF_Header/>")), "NOT_SIF"),
}


@pytest.mark.parametrize("name", REJECTED)
def test_a_hostile_answer_ends_in_its_reason(name):
    body, reason = REJECTED[name]
    started = time.process_time()
    with pytest.raises(Reject) as caught:
        parse(body)
    spent = time.process_time() - started
    assert caught.value.reason == caught.value.code == reason
    assert spent < 2
    assert peak_bytes(body) < 50_000_000


@pytest.mark.parametrize("name", REJECTED)
def test_what_was_rejected_is_salvaged_and_redacted_in_time(name):
    started = time.process_time()
    salvage(REJECTED[name][0])
    redacted(REJECTED[name][0])
    assert time.process_time() - started < 2


@pytest.mark.parametrize(("name", "word"), [("SIF 1.x", "1.x"), ("UK", "United Kingdom"), ("AU", "Australia"),
                                            ("no namespace", "without a namespace")])
def test_the_sentence_names_the_other_sif(name, word):
    with pytest.raises(Reject, match=word):
        parse(REJECTED[name][0])


def test_the_sentence_of_a_rejection_holds_nothing_of_the_answer():
    with pytest.raises(Reject) as caught:
        parse(pulled(response(student("<LocalId>Rosa</LocalID>"))))
    assert "Rosa" not in str(caught.value)


@pytest.mark.parametrize("filler", ["<x/>", "<Email/>", "<a b='c'/>", "<x></x>y", "<LocalId/>", "<?x?>", "<!-- -->",
                                    '<StudentPersonal RefId="1"/>'])
def test_memory_is_bounded_by_the_message(filler):
    filled = filler * (500_000 // len(filler))
    body = pulled(response(student(f"<EmailList>{filled}</EmailList>{filled}")))
    assert peak_bytes(body) < 20 * len(body)


@pytest.mark.parametrize("inert", [
    '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>',
    '<?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?>',
    '<x xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="u http://127.0.0.1:9/x.xsd"/>',
])
def test_what_points_outside_is_inert(inert):
    found = parse(pulled(response(student(f"<LocalId>1{inert}2</LocalId>")))).message.objects[0]
    assert found.fields == {"local_id": "12"}


def test_nothing_sensitive_leaves_the_parser():
    for body in (BODY, pulled(event("StudentPersonal", "Change", student(SENSITIVE)))):
        said = json.dumps(asdict(parse(body)), default=sorted, ensure_ascii=False)
        assert "CANARY" not in said and "6789" not in said and "987654321" not in said and "222334444" not in said
        assert "2009-04-30" in said


def test_redacted_bytes_hold_no_secret_and_all_the_rest():
    kept = redacted(BODY)
    assert not any(secret in kept for secret in SECRETS)
    assert parse(kept).message == parse(BODY).message


@given(st.integers(0, len(BODY)))
@settings(max_examples=300)
def test_redacting_works_wherever_a_message_is_cut(cut):
    kept = redacted(BODY[:cut])
    assert not any(secret in kept for secret in SECRETS)
    assert b"CANARY-LE" not in kept and b"CANARY-AS" not in kept


@pytest.mark.parametrize("written", [
    "<OtherId Type='0004'><![CDATA[987654321]]></OtherId>",
    '<OtherId a=">" Type="0004">987<!-- -->654321</OtherId>',
    '<OtherId Type="&#48;004">98765-4321</OtherId>',
    '<sif:OtherId\n Type = "0004"\n>987654321</sif:OtherId>',
    '<OtherId Type="0004>987654321</OtherId>',
    '<OtherId Type="9999"><OtherId Type="0004">987654321</OtherId>',
    '<OtherId Type="9999">987-65-4321</OtherId>',
    "<AlertMessage Type='Legal'>987654321</AlertMessage>",
    "<m:MedicalAlertMessages><x>987654321</x></m:MedicalAlertMessages>",
])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_redacting_finds_every_spelling(written, encoding):
    kept = redacted(f"<a>{written}<b>kept</b></a>".encode(encoding))
    assert b"4321" not in kept


def test_an_empty_other_id_takes_nothing_with_it():
    body = b'<OtherId Type="0004"/><LocalId>P00042</LocalId>'
    assert redacted(body) == body


@pytest.mark.parametrize("name", ["cut off", "a raw control character", "UTF-16"])
def test_the_ids_of_the_inner_message_are_salvaged(name):
    body = REJECTED[name][0] if name != "UTF-16" else BODY.decode().encode("utf-16")
    assert salvage(body) == (MSG_ID, SOURCE_ID)


@pytest.mark.parametrize(("written", "found"), [
    (header("a1000000-0000-0000-0000-0000000000b1", "District &amp; SIS"), (MSG_ID, "District & SIS")),
    (f"<SIF_SourceId><![CDATA[{SOURCE_ID}]]></SIF_SourceId><SIF_MsgId x='1'> {MSG_ID}\n</SIF_MsgId>",
     (MSG_ID, SOURCE_ID)),
    (header("msg 1", "\x01A\nB"), ("msg 1", "A B")),
    ("<SIF_Header/>", ("", "")),
])
def test_ids_are_salvaged_leniently(written, found):
    for prefix in ("", "sif:"):
        spelled = written.replace("<SIF_", f"<{prefix}SIF_").replace("</SIF_", f"</{prefix}SIF_")
        assert salvage(pulled(f"<SIF_Event>{spelled}<broken")) == found


@given(st.integers(0, len(BODY)))
@settings(max_examples=300)
def test_a_cut_message_never_gives_other_ids(cut):
    msg_id, source_id = salvage(BODY[:cut])
    assert msg_id in ("", MSG_ID) and source_id in ("", SOURCE_ID)


@pytest.mark.parametrize("flood", [
    "<", "<SIF_MsgId", "<SIF_MsgId>", "<SIF_MsgId> ", " ", "<OtherId ", '<OtherId "', "a:", "<a:", "<OtherId>",
    "<AlertMessages>", "<AlertMessages ", "1", "1-", "<SIF_Data>", "<![CDATA[", "\x00", "<OtherId/>",
    "<OtherId Type='0004'>1"])
def test_salvaging_and_redacting_are_linear(flood):
    body = b"<SIF_Data><SIF_MsgId>" + (flood * (4_000_000 // len(flood))).encode()
    started = time.process_time()
    salvage(body)
    redacted(body)
    assert time.process_time() - started < 2


@given(st.binary(max_size=300), st.integers(0, len(BODY)), st.integers(0, 40))
@settings(max_examples=500)
def test_any_damage_gives_an_ack_or_a_rejection(noise, at, cut):
    for body in (noise, BODY[:at] + noise + BODY[at + cut:]):
        with contextlib.suppress(Reject):
            assert isinstance(parse(body), Ack)
        salvage(body)
        redacted(body)

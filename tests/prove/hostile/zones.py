"""Answers of a zone that mean harm, or are broken (threats, section 3)."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator

from rostering.sif.codes import OBJECTS
from tests.prove.hostile import Case
from tests.unit.sif.zone import (
    NAMESPACE,
    REQUEST_ID,
    answer,
    event,
    header,
    pulled,
    response,
    status,
    student,
)

FAMILY = "SIF"
GOOD = pulled(response(student("<LocalId>1</LocalId>")))


def doctype(declaration: str) -> bytes:
    return f'<?xml version="1.0"?><!DOCTYPE SIF_Message {declaration}>'.encode() + status(9)


def many(attribute: str, count: int) -> bytes:
    return answer("<x " + " ".join(attribute.format(n, n) for n in range(count)) + "/>")


def refused(canary: str) -> Iterator[tuple[str, str, Callable[[], bytes], str]]:
    dtd = "any DTD"
    for name, declaration in {
        "XXE file": '[<!ENTITY x SYSTEM "file:///etc/passwd">]',
        "XXE http": f'[<!ENTITY x SYSTEM "{canary}">]',
        "external subset": f'SYSTEM "{canary}"',
        "public subset": f'PUBLIC "x" "{canary}"',
        "parameter entity": f'[<!ENTITY % p SYSTEM "{canary}"> %p;]',
        "empty": "[]",
        "laughs": "["
        + '<!ENTITY a0 "ha">'
        + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))
        + "]",
        "quadratic": f'[<!ENTITY a "{"a" * 100_000}">]',
    }.items():
        yield dtd, name, lambda declaration=declaration: doctype(declaration), "DTD_FORBIDDEN"
        for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
            yield (
                dtd,
                f"{name}, {encoding}",
                lambda declaration=declaration, encoding=encoding: doctype(declaration).decode().encode(encoding),
                "DTD_FORBIDDEN",
            )
    for name in ("UTF-7", "ISO-8859-1", "UTF-16", "cp037", "x-nonsense", "idna", "UTF-32", "windows-1252", "hex"):
        yield (
            "other encoding than UTF-8",
            name,
            lambda name=name: f'<?xml version="1.0" encoding="{name}"?>'.encode() + GOOD,
            "BAD_ENCODING|XML_MALFORMED",
        )
    for encoding in ("utf-16", "utf-16-be", "utf-32", "cp037"):
        yield (
            "other encoding than UTF-8",
            f"really {encoding}",
            lambda encoding=encoding: GOOD.decode().encode(encoding),
            "BAD_ENCODING|NOT_SIF|XML_MALFORMED",
        )
    limits = "text node > 10 MB, depth > 256, > 64 attributes or namespaces"
    for name, make in {
        "a text of 11 MB": lambda: answer(f"<x>{'a' * 11_000_000}</x>"),
        "a kept text of 11 MB": lambda: pulled(response(student(f"<LocalId>{'a' * 11_000_000}</LocalId>"))),
        "CDATA of 11 MB": lambda: answer(f"<x><![CDATA[{'<x' * 5_500_000}]]></x>"),
        "a depth of 257": lambda: answer("<x>" * 255 + "</x>" * 255),
        "a depth of 500,000": lambda: answer("<x>" * 500_000 + "</x>" * 500_000),
        "65 attributes": lambda: many("a{}='1'", 65),
        "100,000 attributes": lambda: many("a{}='1'", 100_000),
        "65 namespaces": lambda: many("xmlns:a{}='u{}'", 65),
        "50,000 namespaces": lambda: many("xmlns:a{}='u{}'", 50_000),
    }.items():
        yield limits, name, make, "XML_LIMIT"
    malformed = "truncated, Latin-1 declared as UTF-8, raw control characters, &#0;"
    for share in (0.1, 0.3, 0.5, 0.7, 0.9, 0.99):
        yield malformed, f"cut at {share:.0%}", lambda share=share: GOOD[: int(len(GOOD) * share)], "XML_MALFORMED"
    for name, text in {
        "a control character": "\x01",
        "&#0;": "&#0;",
        "a NUL": "\0",
        "&nbsp;": "&nbsp;",
        "a surrogate": "&#xD800;",
        "an ampersand": "&",
        "U+FFFF": "&#xFFFF;",
    }.items():
        yield (
            malformed,
            name,
            lambda text=text: pulled(response(student(f"<LocalId>{text}</LocalId>"))),
            "XML_MALFORMED",
        )
    yield (
        malformed,
        "Latin-1",
        lambda: pulled(response(student("<LocalId>Muñoz</LocalId>"))).decode().encode("latin-1"),
        "XML_MALFORMED",
    )
    yield (
        malformed,
        "bytes that are no UTF-8",
        lambda: GOOD.replace(b"<LocalId>1", b"<LocalId>\xff\xfe"),
        "XML_MALFORMED",
    )
    yield malformed, "two roots", lambda: GOOD + GOOD, "XML_MALFORMED"
    for name, uri in {
        "none": "",
        "unknown": "urn:x",
        "SIF 1.x": "http://www.sifinfo.org/infrastructure/1.x",
        "UK": "http://www.sifinfo.org/uk/infrastructure/2.x",
        "AU": "http://www.sifinfo.org/au/infrastructure/2.x",
    }.items():
        yield (
            "missing or unknown namespace",
            name,
            lambda uri=uri: status(9).replace(NAMESPACE.encode(), uri.encode()),
            "BAD_NAMESPACE|XML_MALFORMED|NOT_SIF",
        )
    for name, body in {
        "a login page": b"<!DOCTYPE html><html><form>Log in</form></html>",
        "a gateway page": b"<html><h1>502</h1></html>",
        "FATAL_ERROR": b"<FATAL_ERROR>INVALID ZONE</FATAL_ERROR>",
        "plain text": b"Service Unavailable",
        "nothing": b"",
        "a byte order mark": b"\xef\xbb\xbf",
        "blanks": b" \r\n" * 100_000,
        "JSON": b'{"a": "<SIF_Message/>"}',
        "an event instead": answer("").replace(b"SIF_Ack", b"SIF_Event"),
        "a picture": b"\x89PNG\r\n" + b"\0" * 9_999,
    }.items():
        yield (
            "HTML, gateway or login page with 200 OK",
            name,
            lambda body=body: body,
            "NOT_SIF|XML_MALFORMED|DTD_FORBIDDEN",
        )


def taken() -> Iterator[tuple[str, str, Callable[[], bytes], str]]:
    """Messages that can be read and must not become records, or only harmless ones."""
    yield "SIF_RequestMsgId we never sent", "a response", lambda: GOOD, "ok|rows"
    for ref_id in (
        "1",
        "",
        "x" * 32,
        "A" * 10_000,
        "A#B" + "C" * 29,
        "7F3A1B2C-3D4E-5F60-7182-93A4B5C6D7E8",
        "G" * 32,
    ):
        yield (
            "RefId not 32 hex, dashed, empty, 10 kB, with #",
            ref_id[:12] or "empty",
            lambda ref_id=ref_id: pulled(response(student("<LocalId>1</LocalId>", ref_id))),
            "ok|rows",
        )
    for name, inert in {
        "XInclude": '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>',
        "a stylesheet": '<?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?>',
        "schemaLocation": '<x xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="u http://x/"/>',
        "CDATA, comments": "O<![CDATA['Ne]]>i<!-- c -->l",
        "entities": "&amp;&lt;&#233;",
    }.items():
        yield (
            "XInclude, stylesheet, schemaLocation, CDATA, comments: inert",
            name,
            lambda inert=inert: pulled(response(student(f"<LocalId>1{inert}2</LocalId>"))),
            "ok|rows",
        )
    yield (
        "an event of deletion nobody asked for",
        "one",
        lambda: pulled(event("StudentPersonal", "Delete", student())),
        "ok|rows|held",
    )
    yield (
        "an event of deletion nobody asked for",
        "a thousand in a message",
        lambda: pulled(
            f"<SIF_Event>{header()}<SIF_ObjectData>"
            + "".join(
                f'<SIF_EventObject ObjectName="StudentPersonal" Action="Delete">{student("", f"{n:032X}")}</SIF_EventObject>'
                for n in range(1_000)
            )
            + "</SIF_ObjectData></SIF_Event>"
        ),
        "ok|rows|held",
    )
    yield (
        "SIF_Error inside a response",
        "8/16",
        lambda: pulled(
            response(
                result=(
                    "<SIF_Error><SIF_Category>8</SIF_Category><SIF_Code>16</SIF_Code><SIF_Desc>x</SIF_Desc></SIF_Error>"
                )
            )
        ),
        "ok|rows",
    )
    yield "numbers beyond reason", "packet", lambda: pulled(response(number="9" * 5_000)), "ok|rows|refused"
    yield (
        "numbers beyond reason",
        "status",
        lambda: answer(f"<SIF_Status><SIF_Code>{'9' * 5_000}</SIF_Code></SIF_Status>"),
        "ok|rows|refused",
    )
    yield "an id of another request", REQUEST_ID[:8], lambda: pulled(response(student(), more="No")), "ok|rows"
    yield (
        "150,000 empty elements",
        "in a student",
        lambda: pulled(response(student("<EmailList>" + "<Email/>" * 150_000 + "</EmailList>"))),
        "ok|rows",
    )


def sent(count: int, objects: int) -> bytes:
    """What a bomb unfolds to."""
    return b"<SIF_Message>" + b" " * objects * count


def bodies() -> Iterator[tuple[str, str, Callable[[], dict], str]]:
    threat, most = "compressed or plain body above its limit", 16 << 20
    for name, make in {
        "a plain one": lambda: (b"x" * (most + 1), "identity"),
        "1 GiB in gzip": lambda: (_gzip_of(1 << 30), "gzip"),
        "gzip in gzip in gzip": lambda: (gzip.compress(gzip.compress(_gzip_of(1 << 28))), "gzip"),
        "brotli that nobody asked for": lambda: (b"x", "br"),
        "two encodings": lambda: (b"x", "gzip, gzip"),
        "deflate": lambda: (zlib.compress(b"x"), "deflate"),
        "broken gzip": lambda: (b"\x1f\x8b\x08" + b"x" * 99, "gzip"),
    }.items():
        yield (
            threat,
            name,
            lambda make=make: dict(zip(("data", "encoding"), make(), strict=True)) | {"most_bytes": most},
            "ok" if name.startswith("gzip in") else "refused TOO_BIG|refused NO_ANSWER",
        )


def _gzip_of(size: int) -> bytes:
    """That many zeros, compressed without ever holding them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(b"\0" * (1 << 20)) for _ in range(size >> 20)) + packer.flush()


def _again(codes: str) -> str:
    """A message that can't be read counts for nothing: the pull refuses, or sets it aside and goes on."""
    return "|".join(f"refused {code}" for code in codes.split("|")) + "|held"


def cases(canary: str) -> list[Case]:
    found = [
        Case(FAMILY, threat, name, lambda make=make: {"body": make()}, _again(codes))
        for threat, name, make, codes in refused(canary)
    ]
    found += [
        Case(
            FAMILY,
            "a page instead of every answer",
            name,
            lambda body=body: {"body": body, "times": 10_000},
            "refused",
        )
        for name, body in {
            "a login page": b"<html><form/></html>",
            "nothing": b"",
            "a message that is cut": GOOD[:-200],
        }.items()
    ]
    found += [
        Case(FAMILY, threat, name, lambda make=make: {"body": make()}, ends) for threat, name, make, ends in taken()
    ]
    found += [
        Case(
            FAMILY,
            "empty SIF_ObjectData where there were some",
            name,
            lambda name=name: {"of": name},
            "held H-EMPTY-TYPE",
            "enter_none",
        )
        for name in OBJECTS
    ]
    return found + [Case("body of an answer", threat, name, make, ends) for threat, name, make, ends in bodies()]

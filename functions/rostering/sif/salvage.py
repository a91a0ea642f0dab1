"""An answer that can't be read: whose message it carries, and what of it may be kept.

By regular expressions, as a last resort, in linear time on hostile input: every repetition is
possessive or bounded.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import unescape

from rostering.sif.objects import normalized

_PREFIX = rb"(?:[\w.-]{1,64}:)?"
_REST = rb"""(?=[\s/>])(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+"""      # of a start tag; `>` may stand in a value
_DATA = re.compile(rb"<" + _PREFIX + rb"SIF_Data(?=[\s>])")
_ID = rb"(?:\s[^<>]{0,500})?>\s*+(?:<!\[CDATA\[\s*+)?([^<\]]{1,1000})[<\]]"
_IDS = {name: re.compile(rb"<" + _PREFIX + name.encode() + _ID) for name in ("SIF_MsgId", "SIF_SourceId")}
_SENSITIVE = re.compile(
    rb"<" + _PREFIX + rb"(?:"
    rb"(?P<alert>(?P<name>(?:Medical)?AlertMessages?)" + _REST + rb"(?<!/)>)"
    rb"(?:[^<]++|<(?!/" + _PREFIX + rb"(?P=name)\s*>))*+"
    rb"|(?P<id>OtherId" + _REST + rb"(?<!/)>)"
    rb"(?P<held>(?:[^<]++|<(?!/?" + _PREFIX + rb"OtherId[\s/>]))*+)"
    rb"|(?:OtherId|(?:Medical)?AlertMessages?)(?=\s|\Z)(?!" + _REST + rb">)(?P<broken>[^<]*+))")
_SSN = re.compile(rb"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)")
_NINE_DIGITS = re.compile(rb"(?<!\d)\d{3}[-. ]?\d{2}[-. ]?\d{4}(?!\d)")
_SSN_TYPE = re.compile(rb"""\bType\s*=\s*["'][^"']*(?:0004|&)""")
_NOT_XML = re.compile(r"[\x00-\x1f\ud800-\udfff\ufffd-\uffff]")


def salvage(body: bytes) -> tuple[str, str]:
    """SIF_MsgId and SIF_SourceId of the *inner* message of an answer that `parse` rejects; "" where not found.

    The inner header follows SIF_Data; the answer's own stands elsewhere and is never taken. Works
    on cut-off, malformed and UTF-16 bodies, in linear time.
    """
    body = _one_byte(body)
    data = _DATA.search(body)
    if data is None:
        return "", ""
    msg_id, source_id = (_salvaged(found[1]) if (found := _IDS[name].search(body, data.end())) else ""
                         for name in ("SIF_MsgId", "SIF_SourceId"))
    return normalized(msg_id) or msg_id, source_id


def redacted(body: bytes) -> bytes:
    """A raw answer fit to keep: Social Security numbers and alerts are X. Works on cut-off XML, in linear time.

    That is the content of OtherId of type 0004, of AlertMessages and MedicalAlertMessages, and
    whatever looks like such a number; inside any OtherId also nine digits in a row. UTF-16 becomes UTF-8.
    """
    return _SSN.sub(b"XXX-XX-XXXX", _SENSITIVE.sub(_without, _one_byte(body)))


def _without(found: re.Match[bytes]) -> bytes:
    whole, start = found[0], found.start()
    if found["broken"] is not None:     # a start tag that never ends: whatever follows may be its content
        return whole[:found.start("broken") - start] + b" X"
    opening = whole[:found.end("alert" if found["alert"] else "id") - start]
    if found["alert"] or _SSN_TYPE.search(opening):
        return opening + b"X"
    return opening + _NINE_DIGITS.sub(b"X", found["held"])


def _salvaged(raw: bytes) -> str:
    text = unescape(raw.decode("utf-8", "replace"), {"&quot;": '"', "&apos;": "'"})
    return " ".join(_NOT_XML.sub(" ", text).split())


def _one_byte(body: bytes) -> bytes:
    """The body in an encoding where ASCII is one byte a character."""
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return body.decode("utf-16", "replace").encode()
    if b"\x00" in body[:4]:
        return body.decode("utf-16-be" if body[:1] == b"\x00" else "utf-16-le", "replace").encode()
    return body

"""The faults of how messages are written: the same content in a form that few expect."""

from __future__ import annotations

import re
from xml.sax.saxutils import unescape

from cli.zis.faults import Faults
from cli.zis.reading import NAMESPACE
from cli.zis.versions import LATER_VERSION

CUT = "\0"  # no XML holds it: an answer ends where a poison message has it

_ID = re.compile(r"\b[0-9A-F]{32}\b")
_TEXT = re.compile(r">([^<>]+)<")
_TIMESTAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)Z")
_UNKNOWN = '<X_Unknown X_Attribute="1"><X_Inner>not of any schema</X_Inner></X_Unknown>'
_OBJECT_FAULTS = ("unknown-elements", "cdata", "numeric-entities")


def changes_objects(faults: Faults) -> bool:
    return any(faults.on(name) for name in _OBJECT_FAULTS)


def disguise_object(faults: Faults, xml: str) -> str:
    if faults.on("unknown-elements"):
        opening, _, rest = xml.partition(">")
        place = rest.rfind("</")
        if place >= 0:
            xml = f'{opening} X_Attribute="1">{rest[:place]}{_UNKNOWN}{rest[place:]}'
    if faults.on("cdata"):
        xml = _TEXT.sub(lambda found: f"><![CDATA[{unescape(found[1])}]]><", xml)
    elif faults.on("numeric-entities"):
        xml = xml.encode("ascii", "xmlcharrefreplace").decode()
    return xml


def disguise_inner(faults: Faults, text: str) -> str:
    """A pulled SIF_Message as it is put into a SIF_Ack."""
    opening, end, rest = text.partition(">")
    if faults.on("inner-without-xmlns"):
        opening = opening.replace(f' xmlns="{NAMESPACE}"', "")
    if faults.on("other-version"):
        opening = re.sub(r'Version="[^"]*"', f'Version="{LATER_VERSION}"', opening)
    return opening + end + rest


def disguise_answer(faults: Faults, text: str) -> bytes:
    """The bytes of a whole answer."""
    if faults.on("naive-timestamps"):
        text = _TIMESTAMP.sub(r"\1", text)
    if faults.on("lowercase-ids"):
        text = _ID.sub(lambda found: found[0].lower(), text)
    if faults.on("dashed-ids"):
        text = _ID.sub(lambda found: "-".join((found[0][:8], found[0][8:12], found[0][12:16], found[0][16:20],
                                               found[0][20:])), text)
    body = text.partition(CUT)[0].encode()
    return b"\xef\xbb\xbf" + body if faults.on("bom") else body

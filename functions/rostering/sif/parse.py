"""What a ZIS answers: bytes in, one `Ack` out, or a `Reject`.

Reading is lenient where zones are (handbook, sections 2.1 and 8): any order of elements, unknown
elements, any prefix, an inner message with or without its namespace, any 2.x version, ids in any
case. It is strict where an attacker would be: UTF-8 only, no DTD, and the limits below.

The reader is expat, with the hardening of an allow-list: it builds only the elements that are
listed here and in `objects.py`. Everything else is counted, checked for being well-formed, and
never becomes a value, so memory is that of what we keep.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache
from types import MappingProxyType
from xml.parsers import expat

from rostering.errors import RemoteProtocolError
from rostering.sif.codes import NAMESPACE
from rostering.sif.messages import (
    Ack,
    Acl,
    Event,
    Flaw,
    Header,
    Request,
    Response,
    SifError,
    SifObject,
    Unknown,
    ZoneStatus,
)
from rostering.sif.objects import KEPT, Element, Rule, cleaned, merge, normalized, printable, read, rules

MOST_DEPTH = 256
MOST_ATTRIBUTES = 64        # of an element, and of its namespace declarations
MOST_TEXT = 10_000_000      # characters of one text

_REASONS = {
    "DTD_FORBIDDEN": "the answer has a document type declaration, which SIF forbids",
    "BAD_ENCODING": "the answer is not in UTF-8",
    "XML_LIMIT": "the answer has a text, a depth or a number of attributes beyond all reason",
    "XML_MALFORMED": "the answer is not well-formed XML",
    "BAD_NAMESPACE": "the answer is a SIF_Message in another namespace than that of SIF 2.x",
    "NOT_SIF": "the answer is not a SIF_Ack",
}
_OTHER_NAMESPACES = {
    "": "the answer is a SIF_Message without a namespace",
    "http://www.sifinfo.org/infrastructure/1.x": "the zone speaks SIF 1.x, another data model; 2.0 to 2.3 is needed",
    "http://www.sifinfo.org/uk/infrastructure/2.x": "the zone speaks the SIF of the United Kingdom, not the US one",
    "http://www.sifinfo.org/au/infrastructure/2.x": "the zone speaks the SIF of Australia, not the US one",
}
_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_BEGINS = re.compile(rb"\s*<")
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})


class Reject(RemoteProtocolError):
    """The answer can't be read. `reason` is one of _REASONS; the sentence holds none of its text."""

    def __init__(self, reason: str, sentence: str = "") -> None:
        super().__init__(sentence or _REASONS[reason], code=reason)
        self.reason = reason


def parse(body: bytes, *, extended: Collection[str] = (), wanted: Collection[str] | None = None) -> Ack:
    """The SIF_Ack that a ZIS answered with, and the message in it.

    Of the objects in the message those named by `wanted` are read (None: all eleven), of their
    SIF_ExtendedElements those named by `extended`. An object without a usable RefId becomes a Flaw;
    nothing else inside an object can be wrong. Linear in the size of the body.

    Raises Reject.
    """
    reader = _Reader(_shape(frozenset(KEPT if wanted is None else wanted)), extended)
    root = reader.read(_utf8(body))
    ack = root.child("SIF_Ack")
    if ack is None:
        raise Reject("NOT_SIF")
    status, error = ack.child("SIF_Status"), ack.child("SIF_Error")
    acl = zone = message = None
    for held in ack.every("SIF_Status", "SIF_Data"):
        acl = _acl(found) if (found := held.child("SIF_AgentACL")) else acl
        zone = _zone_status(found) if (found := held.child("SIF_ZoneStatus")) else zone
        message = _message(found, reader.values) if (found := held.child("SIF_Message")) else message
    return Ack(
        header=_header(ack), version=printable(root.attributes.get("Version", "")),
        original_source_id=_token(ack, "SIF_OriginalSourceId"), original_msg_id=_msg_id(ack, "SIF_OriginalMsgId"),
        status=_number(_of(status, "SIF_Code"), -1) if status else None,
        error=_error(error) if error else None, acl=acl, zone_status=zone, message=message)


# ---------------------------------------------------------------------- bytes to elements


def _utf8(body: bytes) -> bytes:
    """The body from its first `<`. Raises Reject (BAD_ENCODING, DTD_FORBIDDEN, NOT_SIF)."""
    head = body[:4096].removeprefix(b"\xef\xbb\xbf")
    declared = _DECLARED.match(head)
    if (head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in head[:4]
            or (declared and declared[1].upper() not in (b"UTF-8", b"UTF8", b"US-ASCII"))):
        raise Reject("DTD_FORBIDDEN" if b"!DOCTYPE" in head.replace(b"\x00", b"") else "BAD_ENCODING")
    begins = _BEGINS.match(body, len(body[:3]) if body.startswith(b"\xef\xbb\xbf") else 0)
    if begins is None:
        raise Reject("NOT_SIF")
    return body[begins.end() - 1:] if begins.end() > 1 else body


class _Shape:
    """What is built of an element: `children` by their names with and without namespace; text if it has none.

    `others` is the shape of children that are not listed; None skips them. `whole` are the
    elements that are read into values as soon as they end.
    """

    __slots__ = ("children", "name", "others", "whole")

    def __init__(self, name: str, *children: _Shape, others: _Shape | None = None, whole: bool = False) -> None:
        self.name = name
        self.children = {spelled: child for child in children for spelled in (child.name, f"{NAMESPACE} {child.name}")}
        self.others = others
        self.whole = whole


def _leaves(names: str) -> list[_Shape]:
    return [_Shape(name) for name in names.split()]


def _kept(name: str, rule: Rule, *, whole: bool = False) -> _Shape:
    return _Shape(name, *(_kept(child, inside) for child, inside in rule.children.items()), whole=whole)


@cache
def _shape(wanted: frozenset[str]) -> _Shape:
    """The allow-list of a whole answer."""
    header = _Shape("SIF_Header", *_leaves("SIF_MsgId SIF_Timestamp SIF_SourceId SIF_DestinationId"),
                    _Shape("SIF_Contexts", *_leaves("SIF_Context")))
    error = _leaves("SIF_Category SIF_Code SIF_Desc SIF_ExtendedDesc")
    objects = [_kept(name, rule, whole=True) for name, rule in rules().items() if name in wanted]
    listed = _Shape("SIF_Object")
    message = _Shape(
        "SIF_Message",
        _Shape("SIF_Response", header, *_leaves("SIF_RequestMsgId SIF_PacketNumber SIF_MorePackets"),
               _Shape("SIF_ObjectData", *objects), _Shape("SIF_Error", *error)),
        _Shape("SIF_Event", header, _Shape("SIF_ObjectData", _Shape(
            "SIF_EventObject", *objects, _Shape("SIF_LogEntry", *error)))),
        _Shape("SIF_Request", header, _Shape("SIF_Query", *_leaves("SIF_QueryObject")),
               _Shape("SIF_ExtendedQuery", _Shape("SIF_From"))),
        others=_Shape("*", header))
    acl = _Shape("SIF_AgentACL", _Shape("SIF_SubscribeAccess", listed), _Shape("SIF_RequestAccess", listed))
    zone = _Shape(
        "SIF_ZoneStatus",
        _Shape("SIF_Providers", _Shape("SIF_Provider", _Shape("SIF_ObjectList", listed))),
        _Shape("SIF_SupportedVersions", *_leaves("SIF_Version")),
        _Shape("SIF_SupportedProtocols", _Shape("SIF_Protocol", _Shape(
            "SIF_Property", *_leaves("SIF_Name SIF_Value")))))
    return _Shape("", _Shape("SIF_Message", _Shape(
        "SIF_Ack", header, *_leaves("SIF_OriginalSourceId SIF_OriginalMsgId"), _Shape("SIF_Error", *error),
        _Shape("SIF_Status", *_leaves("SIF_Code"), _Shape("SIF_Data", message, acl, zone)))))


class _Reader:
    """One pass of expat over one answer. `values` are the objects in it, in their order."""

    def __init__(self, shape: _Shape, extended: Collection[str]) -> None:
        top = Element("", _NO_ATTRIBUTES, children=[])
        self._open: list[tuple[_Shape, Element]] = [(shape, top)]
        self.values: list[SifObject | Flaw] = []
        self._extended = frozenset(extended)
        self._skipping = 0          # how many elements are open inside the outermost one that is not listed
        self._texts: list[str] = []
        self._characters = 0
        self._declared = 0
        parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_dtd
        parser.EntityDeclHandler = _refuse_dtd
        parser.StartNamespaceDeclHandler = self._namespace
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        self._parser = parser

    def read(self, body: bytes) -> Element:
        """The root element. Raises Reject."""
        try:
            self._parser.Parse(body, True)
        except (expat.ExpatError, ValueError) as error:
            raise Reject("XML_MALFORMED") from error
        return self._open[0][1].children[0]

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._characters = self._declared = 0
        if len(attributes) > MOST_ATTRIBUTES or len(self._open) + self._skipping > MOST_DEPTH:
            raise Reject("XML_LIMIT")
        if self._skipping:
            self._skipping += 1
            return
        shape, parent = self._open[-1]
        child = shape.children.get(name)
        if child is None:
            _refuse_foreign(name, shape.name)
            child = shape.others
            if child is None:
                self._skipping = 1
                return
            name = name.rpartition(" ")[2]
        elif len(self._open) == 1 and " " not in name:      # only inside the root may a namespace be left out
            raise Reject("BAD_NAMESPACE", _OTHER_NAMESPACES[""])
        else:
            name = child.name
        element = Element(name, attributes or _NO_ATTRIBUTES, children=[] if child.children else ())
        if not child.whole:
            parent.children.append(element)
        self._open.append((child, element))
        self._texts = []

    def _end(self, name: str) -> None:
        self._characters = 0
        if self._skipping:
            self._skipping -= 1
            return
        shape, element = self._open.pop()
        if not shape.children:
            element.text = "".join(self._texts)
        elif shape.whole:
            self.values.append(read(element, self._extended))

    def _text(self, text: str) -> None:
        self._characters += len(text)
        if self._characters > MOST_TEXT:
            raise Reject("XML_LIMIT")
        if not self._skipping:
            self._texts.append(text)

    def _namespace(self, prefix: str | None, uri: str | None) -> None:
        self._declared += 1
        if self._declared > MOST_ATTRIBUTES:
            raise Reject("XML_LIMIT")


def _refuse_dtd(name: str, *_: object) -> None:
    raise Reject("NOT_SIF" if name.lower() == "html" else "DTD_FORBIDDEN")


def _refuse_foreign(name: str, inside: str) -> None:
    """Raises Reject if an element that is not listed stands where a SIF_Message must stand."""
    namespace, _, local = name.rpartition(" ")
    if local == "SIF_Message" and inside in ("", "SIF_Data"):
        raise Reject("BAD_NAMESPACE", _OTHER_NAMESPACES.get(namespace, ""))
    if inside == "":
        raise Reject("NOT_SIF")


# ---------------------------------------------------------------------- elements to messages


def _message(root: Element, values: list[SifObject | Flaw]) -> Response | Event | Request | Unknown | None:
    """The message in an answer; None for an empty SIF_Message. Raises Reject if nothing could acknowledge it."""
    objects = [each for each in values if isinstance(each, SifObject)]
    flaws = tuple(each for each in values if isinstance(each, Flaw))
    for inner in root.children:
        header = _header(inner)
        if not header.msg_id:
            raise Reject("NOT_SIF", "the zone delivers a message without a SIF_MsgId")
        if inner.name == "SIF_Response":
            return _response(inner, header, objects, flaws)
        if inner.name == "SIF_Event":
            return _event(inner, header, objects, flaws)
        if inner.name == "SIF_Request":
            named = inner.find("SIF_Query", "SIF_QueryObject") or inner.find("SIF_ExtendedQuery", "SIF_From")
            return Request(header, printable(named.attributes.get("ObjectName", "")) if named else "")
        return Unknown(header, printable(inner.name))
    return None


def _response(inner: Element, header: Header, objects: list[SifObject], flaws: tuple[Flaw, ...]) -> Response:
    error = inner.child("SIF_Error")
    return Response(
        header=header, request_msg_id=_msg_id(inner, "SIF_RequestMsgId"),
        packet_number=_number(_of(inner, "SIF_PacketNumber"), 0),
        more=_of(inner, "SIF_MorePackets").lower() not in ("no", "false", "0"),
        objects=tuple(_whole(each) for each in objects), error=_error(error) if error else None, flaws=flaws)


def _event(inner: Element, header: Header, objects: list[SifObject], flaws: tuple[Flaw, ...]) -> Event:
    held = inner.find("SIF_ObjectData", "SIF_EventObject")
    if held is None:
        return Event(header, "", "", None, None, ())
    action = printable(held.attributes.get("Action", "").strip())
    log = held.child("SIF_LogEntry")
    found = objects[0] if objects else None
    if found is not None and action != "Change":
        found = _whole(found)
    name = found.name if found else flaws[0].object_name if flaws else printable(held.attributes.get("ObjectName", ""))
    return Event(header, name, action, found, _error(log) if log else None, flaws)


def _whole(found: SifObject) -> SifObject:
    """The object without what only a change can say: that a key is taken out."""
    fields = merge({}, found.fields)
    return found if fields == found.fields else SifObject(found.name, found.ref_id, fields)


def _header(message: Element) -> Header:
    header = message.child("SIF_Header")
    if header is None:
        return Header("", "")
    contexts = tuple(cleaned(each.text) for each in header.every("SIF_Contexts", "SIF_Context"))
    return Header(_msg_id(header, "SIF_MsgId"), _token(header, "SIF_SourceId"), _of(header, "SIF_Timestamp"),
                  _token(header, "SIF_DestinationId"), contexts)


def _error(error: Element) -> SifError:
    return SifError(_number(_of(error, "SIF_Category"), -1), _number(_of(error, "SIF_Code"), -1),
                    _of(error, "SIF_Desc"), _of(error, "SIF_ExtendedDesc"))


def _acl(acl: Element) -> Acl:
    subscribe, request = (
        frozenset(printable(each.attributes.get("ObjectName", "")) for each in acl.every(access, "SIF_Object"))
        for access in ("SIF_SubscribeAccess", "SIF_RequestAccess"))
    return Acl(subscribe, request)


def _zone_status(zone: Element) -> ZoneStatus:
    providers = {}
    for provider in zone.every("SIF_Providers", "SIF_Provider"):
        for provided in provider.every("SIF_ObjectList", "SIF_Object"):
            providers[printable(provided.attributes.get("ObjectName", ""))] = cleaned(
                provider.attributes.get("SourceId", ""))
    return ZoneStatus(
        zone_id=cleaned(zone.attributes.get("ZoneId", "")),
        versions=tuple(cleaned(each.text) for each in zone.every("SIF_SupportedVersions", "SIF_Version")),
        providers=providers,
        accepts_gzip=any(
            _of(each, "SIF_Name").lower() == "accept-encoding" and "gzip" in _of(each, "SIF_Value").lower()
            for each in zone.every("SIF_SupportedProtocols", "SIF_Protocol", "SIF_Property")))


def _of(element: Element, name: str) -> str:
    """The text of a child, "" where it is absent."""
    found = element.child(name)
    return cleaned(found.text) if found is not None else ""


def _token(element: Element, name: str) -> str:
    return " ".join(_of(element, name).split())


def _msg_id(element: Element, name: str) -> str:
    """An id, normalized if it is one; another text stays, as the zone wants it back."""
    text = _token(element, name)
    return normalized(text) or text


def _number(text: str, otherwise: int) -> int:
    return int(text) if _NUMBER.fullmatch(text) else otherwise

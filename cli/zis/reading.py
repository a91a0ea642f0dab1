"""Reads what agents send: bytes to a `Message`, or a Refusal that says what is wrong with them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.sax.saxutils import unescape

from lxml import etree

from cli.zis.codes import Refusal

NAMESPACE = "http://www.sifinfo.org/infrastructure/2.x"
DEFAULT_CONTEXT = "SIF_Default"
KINDS = frozenset((
    "SIF_Ack", "SIF_Event", "SIF_Provide", "SIF_Provision", "SIF_Register", "SIF_Request", "SIF_Response",
    "SIF_Subscribe", "SIF_SystemControl", "SIF_Unprovide", "SIF_Unregister", "SIF_Unsubscribe"))


@dataclass(frozen=True, slots=True)
class Message:
    """One SIF_Message: `element` is its child, `kind` that child's name."""

    kind: str
    version: str
    element: etree._Element
    size_bytes: int

    @property
    def msg_id(self) -> str:
        return text(self.element, "SIF_Header/SIF_MsgId")

    @property
    def source_id(self) -> str:
        return text(self.element, "SIF_Header/SIF_SourceId")

    @property
    def destination_id(self) -> str:
        return text(self.element, "SIF_Header/SIF_DestinationId")

    @property
    def subject(self) -> str:
        """What the message is about: its kind, or which SIF_SystemControl it is."""
        if self.kind != "SIF_SystemControl":
            return self.kind
        data = self.element.find(path("SIF_SystemControlData"))
        return name_of(next(data.iterchildren(tag=etree.Element)))

    @property
    def contexts(self) -> list[str]:
        return texts(self.element, "SIF_Header/SIF_Contexts/SIF_Context") or [DEFAULT_CONTEXT]

    def whole(self) -> str:
        """The SIF_Message as text, to be put into another one."""
        return etree.tostring(self.element.getparent(), encoding="unicode", with_tail=False)


def path(names: str) -> str:
    """`A/B` with the namespace on each name, as lxml finds it."""
    return "/".join(f"{{{NAMESPACE}}}{name}" for name in names.split("/"))


def text(element: etree._Element, names: str) -> str:
    return (element.findtext(path(names)) or "").strip()


def texts(element: etree._Element, names: str) -> list[str]:
    return [(found.text or "").strip() for found in element.iterfind(path(names))]


def name_of(element: etree._Element) -> str:
    return etree.QName(element).localname


def read(body: bytes) -> Message:
    """The message that `body` is.

    Raises Refusal: 1/2 not well-formed or with a DOCTYPE, 12/2 not one known message of SIF 2.x.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True,
                             remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, LookupError, ValueError) as error:
        raise Refusal(1, 2) from error
    if root.getroottree().docinfo.doctype:
        raise Refusal(1, 2, "a DOCTYPE")
    children = list(root.iterchildren(tag=etree.Element))
    if root.tag != path("SIF_Message") or len(children) != 1:
        raise Refusal(12, 2)
    child = etree.QName(children[0])
    if child.namespace != NAMESPACE or child.localname not in KINDS:
        raise Refusal(12, 2, child.localname)
    return Message(child.localname, root.get("Version") or "", children[0], len(body))


def sender(body: bytes) -> tuple[str, str]:
    """SourceId and MsgId as far as they can be read, whatever else `body` is."""
    found = []
    for name in (b"SIF_SourceId", b"SIF_MsgId"):
        match = re.search(rb"<(?:\w+:)?" + name + rb">\s*([^<\s\x00-\x1f][^<\x00-\x1f]{0,255})</", body)
        found.append(unescape(match[1].decode("utf-8", "replace").strip()) if match else "")
    return found[0], found[1]

"""The shape of every message an agent may send: children in order, attributes, values.

One line per element. A child is mandatory unless it ends in `?` (may be absent), `+` (once or more)
or `*`; `a|b` is a choice; `@Name` is a mandatory attribute. An element without a line is not looked
into: what is inside of objects is the business of providers.
"""

from __future__ import annotations

import re

from lxml import etree

from cli.zis.codes import Refusal

_LISTS = ("Provide", "Subscribe", "PublishAdd", "PublishChange", "PublishDelete", "Request", "Respond")

_SHAPES = {
    "SIF_Header": "SIF_MsgId SIF_Timestamp SIF_Security? SIF_SourceId SIF_DestinationId? SIF_Contexts?",
    "SIF_Contexts": "SIF_Context+",
    "SIF_Register": "SIF_Header SIF_Name SIF_Version+ SIF_MaxBufferSize SIF_Mode SIF_Protocol? SIF_NodeVendor? "
                    "SIF_NodeVersion? SIF_Application? SIF_Icon?",
    "SIF_Application": "SIF_Vendor SIF_Product SIF_Version",
    "SIF_Unregister": "SIF_Header",
    "SIF_Provision": "SIF_Header " + " ".join(f"SIF_{name}Objects" for name in _LISTS),
    **{f"SIF_{name}Objects": "SIF_Object*" for name in _LISTS},
    "SIF_Object": "@ObjectName SIF_ExtendedQuerySupport? SIF_Contexts?",
    "SIF_Subscribe": "SIF_Header SIF_Object+",
    "SIF_Unsubscribe": "SIF_Header SIF_Object+",
    "SIF_Provide": "SIF_Header SIF_Object+",
    "SIF_Unprovide": "SIF_Header SIF_Object+",
    "SIF_Request": "SIF_Header SIF_Version+ SIF_MaxBufferSize SIF_Query|SIF_ExtendedQuery",
    "SIF_Query": "SIF_QueryObject SIF_ConditionGroup? SIF_Example?",
    "SIF_QueryObject": "@ObjectName SIF_Element*",
    "SIF_ConditionGroup": "@Type SIF_Conditions+",
    "SIF_Conditions": "@Type SIF_Condition+",
    "SIF_Condition": "SIF_Element SIF_Operator SIF_Value",
    "SIF_Response": "SIF_Header SIF_RequestMsgId SIF_PacketNumber SIF_MorePackets "
                    "SIF_Error|SIF_ObjectData|SIF_ExtendedQueryResults",
    "SIF_Event": "SIF_Header SIF_ObjectData",
    "SIF_EventObject": "@ObjectName @Action",
    "SIF_Ack": "SIF_Header SIF_OriginalSourceId SIF_OriginalMsgId SIF_Status|SIF_Error",
    "SIF_Status": "SIF_Code SIF_Desc? SIF_Data?",
    "SIF_Error": "SIF_Category SIF_Code SIF_Desc SIF_ExtendedDesc?",
    "SIF_SystemControl": "SIF_Header SIF_SystemControlData",
    "SIF_SystemControlData": "SIF_Ping|SIF_Sleep|SIF_Wakeup|SIF_GetMessage|SIF_GetZoneStatus|SIF_GetAgentACL|"
                             "SIF_CancelRequests",
    "SIF_CancelRequests": "SIF_NotificationType SIF_RequestMsgIds",
    "SIF_RequestMsgIds": "SIF_RequestMsgId+",
}

_ID, _NUMBER = re.compile(r"[0-9A-F]{32}"), re.compile(r"[0-9]{1,10}")
_VALUES = {
    "SIF_MsgId": _ID, "SIF_OriginalMsgId": _ID, "SIF_RequestMsgId": _ID,
    "SIF_Timestamp": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?"),
    "SIF_SourceId": re.compile(r".{1,64}"),
    "SIF_DestinationId": re.compile(r".{1,64}"),
    "SIF_Name": re.compile(r".{1,64}"),
    "SIF_Mode": re.compile(r"Push|Pull"),
    "SIF_MaxBufferSize": _NUMBER, "SIF_PacketNumber": _NUMBER, "SIF_Category": _NUMBER, "SIF_Code": _NUMBER,
    "SIF_MorePackets": re.compile(r"Yes|No"),
    "SIF_NotificationType": re.compile(r"Standard|None"),
    "SIF_Operator": re.compile(r"EQ|LT|GT|LE|GE|NE"),
}
_CHOICES = {"Type": {"And", "Or", "None"}, "Action": {"Add", "Change", "Delete"}}


def _pattern(shape: str) -> tuple[re.Pattern[str], list[str], list[str]]:
    """The children as an expression over `name;name;`, the mandatory children, the attributes."""
    expression, mandatory, attributes = "", [], []
    for part in shape.split():
        if part.startswith("@"):
            attributes.append(part[1:])
            continue
        name, count = (part[:-1], part[-1]) if part[-1] in "?+*" else (part, "")
        expression += f"(?:(?:{name});){count}"
        if count in ("", "+"):
            mandatory.append(name)
    return re.compile(expression), mandatory, attributes


_PATTERNS = {name: _pattern(shape) for name, shape in _SHAPES.items()}


def check(element: etree._Element) -> None:
    """Check `element` and what is inside of it.

    Raises Refusal: 1/6 something mandatory is missing, 1/3 something else or another order,
    1/4 a value that cannot be.
    """
    name = etree.QName(element).localname
    value = _VALUES.get(name)
    if value and not value.fullmatch((element.text or "").strip()):
        raise Refusal(1, 4, name)
    if value and len(element):
        raise Refusal(1, 3, f"elements in {name}")
    if name in _PATTERNS:
        _check_children(element, name)
        if name != "SIF_EventObject":
            for child in element.iterchildren(tag=etree.Element):
                check(child)
    elif name == "SIF_ObjectData":
        for child in element.iterchildren(f"{{{etree.QName(element).namespace}}}SIF_EventObject"):
            check(child)


def _check_children(element: etree._Element, name: str) -> None:
    pattern, mandatory, attributes = _PATTERNS[name]
    for attribute in attributes:
        if not element.get(attribute):
            raise Refusal(1, 6, f"{name}/@{attribute}")
        if attribute in _CHOICES and element.get(attribute) not in _CHOICES[attribute]:
            raise Refusal(1, 4, f"{name}/@{attribute}")
    if name == "SIF_EventObject":
        return
    found = [etree.QName(child).localname for child in element.iterchildren(tag=etree.Element)]
    for names in mandatory:
        if not set(names.split("|")) & set(found):
            raise Refusal(1, 6, f"{name}/{names}")
    if not pattern.fullmatch("".join(f"{child};" for child in found)):
        raise Refusal(1, 3, f"children of {name}: {' '.join(found)}")

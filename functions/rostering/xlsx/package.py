"""The parts that say what a workbook is: content types, relationships, tabs, custom properties."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from rostering.xlsx.container import Container
from rostering.xlsx.limits import SMALL_PART_BYTES, TABS
from rostering.xlsx.refusal import Refused
from rostering.xlsx.xml import MAIN, STRICT, elements

CONTENT_TYPES = "[Content_Types].xml"
WORKBOOK = "xl/workbook.xml"
WORKBOOK_RELATIONS = "xl/_rels/workbook.xml.rels"
CUSTOM_PROPERTIES = "docProps/custom.xml"
SHARED_STRINGS = "xl/sharedStrings.xml"
STYLES = "xl/styles.xml"

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
RELATION_ID = f"{OFFICE}/relationships id"
PROPERTY = f"{OFFICE}/custom-properties property"

# What a part is may be said by its content type alone, whatever its name.
REASON_BY_TYPE = {
    "macrosheet": "MACRO", "dialogsheet": "MACRO", "vbaproject": "MACRO",
    "externallink": "EXTERNAL_LINK",
    "connections+xml": "ACTIVE_CONTENT", "querytable": "ACTIVE_CONTENT", "activex": "ACTIVE_CONTENT",
    "oleobject": "ACTIVE_CONTENT",
}


@dataclass(frozen=True, slots=True)
class Package:
    """What the parts around the tabs say.

    `tabs` are (raw name, state, part name) in workbook order; `strings` and `styles` are part
    names, "" if there is none.
    """

    tabs: list[tuple[str, str, str]]
    date1904: bool
    strings: str
    styles: str
    properties: dict[str, str] = field(default_factory=dict)


def read_package(container: Container) -> Package:
    """Read and check the parts around the tabs; every part a tab needs is there.

    Raises Refused: NOT_XLSX, MISSING_PART, WORKBOOK_TOO_BIG, STRICT_OOXML, MACRO, EXTERNAL_LINK,
    ACTIVE_CONTENT, TOO_MANY_SHEETS, and what XML may raise.
    """
    if container.names and container.names[0] == "mimetype":
        with container.open("mimetype") as part:
            if b"opendocument" in part.read(256):
                raise Refused("NOT_XLSX", "F-ODS")
    for name in (CONTENT_TYPES, WORKBOOK, WORKBOOK_RELATIONS):
        if name not in container:
            raise Refused("MISSING_PART")
    _refuse_types(container)
    relations = _relations(container)
    sheets, date1904 = _workbook(container)
    tabs = []
    for name, state, relation in sheets:
        _, target = relations.get(relation, ("", ""))
        if target not in container:
            raise Refused("MISSING_PART")
        tabs.append((name, state, target))
    strings, styles = (
        next((target for type, target in relations.values() if type == wanted),
             usual if usual in container else "")
        for wanted, usual in (("sharedStrings", SHARED_STRINGS), ("styles", STYLES)))
    return Package(tabs, date1904, strings, styles, _properties(container))


def _small(container: Container, name: str) -> Iterator[tuple[int, str, dict[str, str]]]:
    if container.size(name) > SMALL_PART_BYTES:
        raise Refused("WORKBOOK_TOO_BIG")
    with container.open(name) as part:
        yield from elements(part)


def _refuse_types(container: Container) -> None:
    for depth, name, attributes in _small(container, CONTENT_TYPES):
        type = attributes.get("ContentType", "").casefold()
        if depth != 2 or not type:
            continue
        if "macroenabled" in type:
            raise Refused("MACRO")
        if name.endswith(" Override") and attributes.get("PartName", "").lstrip("/") in container:
            for mark, reason in REASON_BY_TYPE.items():
                if mark in type:
                    raise Refused(reason)


def _relations(container: Container) -> dict[str, tuple[str, str]]:
    """Last segment of the type, and part name, by relationship id. External ones are refused."""
    relations = {}
    for depth, name, attributes in _small(container, WORKBOOK_RELATIONS):
        if depth != 2 or not name.endswith(" Relationship"):
            continue
        if attributes.get("TargetMode", "").casefold() == "external":
            raise Refused("EXTERNAL_LINK")
        target = unquote(attributes.get("Target", ""))
        path = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/") if target else ""
        relations[attributes.get("Id", "")] = (attributes.get("Type", "").rpartition("/")[2], path)
    return relations


def _workbook(container: Container) -> tuple[list[tuple[str, str, str]], bool]:
    """Name, state and relationship id of the tabs, and whether dates count from 1904."""
    sheets: list[tuple[str, str, str]] = []
    date1904 = False
    inside = ""
    for depth, name, attributes in _small(container, WORKBOOK):
        if depth == 1 and name != f"{MAIN} workbook":
            raise Refused("STRICT_OOXML" if name.startswith(f"{STRICT} ") else "NOT_XLSX")
        if depth == 2 and name:
            inside = name
            if name == f"{MAIN} workbookPr":
                date1904 = attributes.get("date1904") in ("1", "true", "on")
        elif depth == 3 and inside == f"{MAIN} sheets" and name == f"{MAIN} sheet":
            sheets.append((attributes.get("name", ""), attributes.get("state", "visible"),
                           attributes.get(RELATION_ID, "")))
            if len(sheets) > TABS:
                raise Refused("TOO_MANY_SHEETS")
    if not sheets:
        raise Refused("MISSING_PART")
    return sheets, date1904


def _properties(container: Container) -> dict[str, str]:
    """The custom properties as text. They are optional, so a part that is too big has none."""
    if CUSTOM_PROPERTIES not in container or container.size(CUSTOM_PROPERTIES) > SMALL_PART_BYTES:
        return {}
    properties: dict[str, str] = {}
    current = ""
    for depth, name, attributes in _small(container, CUSTOM_PROPERTIES):
        if depth == 2 and name == PROPERTY:
            current = attributes.get("name", "")
            properties[current] = ""
        elif depth == 3 and not name:
            properties[current] = properties.get(current, "") + attributes[""]
    return properties

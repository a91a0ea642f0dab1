"""XML read with expat under hard limits: no DTD in any encoding, bounded depth and tokens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO
from xml.parsers import expat

from rostering.xlsx.limits import (
    READ_BYTES,
    XML_ATTRIBUTE_CHARS,
    XML_ATTRIBUTES,
    XML_DEPTH,
    XML_NAMES,
    XML_TOKEN_BYTES,
)
from rostering.xlsx.refusal import Refused

# Element names are "namespace local" throughout.
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"


class HardenedParser:
    """An expat parser that refuses; subclasses set `opened`, `closed` and `text`.

    `depth` is that of the element being opened or closed, 1 for the root. Every refusal is
    final. Raises Refused (DTD_FORBIDDEN, XML_MALFORMED, XML_TOO_DEEP, XML_LIMIT).
    """

    def __init__(self, known: Iterable[str] = ()) -> None:
        self.depth = 0
        self._fed = 0
        self._prefixes: list[str | None] = []  # declared by the elements that are open
        self._default_namespaces = [""]
        self._names = {name: name for name in known}
        parser = expat.ParserCreate(namespace_separator=" ", intern=self._names)
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_dtd
        parser.EntityDeclHandler = _refuse_dtd
        parser.StartNamespaceDeclHandler = self._namespace_begins
        parser.EndNamespaceDeclHandler = self._namespace_ends
        parser.StartElementHandler = self.opened
        parser.EndElementHandler = self.closed
        parser.CharacterDataHandler = self.text
        self._parser = parser

    def feed(self, data: bytes) -> None:
        """Parse some bytes more."""
        self._parse(data, False)
        self._fed += len(data)
        if self._fed - self._parser.CurrentByteIndex > XML_TOKEN_BYTES or len(self._names) > XML_NAMES:
            raise Refused("XML_LIMIT")

    def close(self) -> None:
        """Tell that these were all bytes."""
        self._parse(b"", True)

    def _parse(self, data: bytes, last: bool) -> None:
        try:
            self._parser.Parse(data, last)
        except (expat.ExpatError, ValueError, LookupError) as error:  # UnicodeError is a ValueError
            raise Refused("XML_MALFORMED") from error

    @property
    def default_namespace(self) -> str:
        """The namespace of a name without prefix, here; "" for none."""
        return self._default_namespaces[-1]

    @property
    def prefixes(self) -> frozenset[str]:
        """The namespace prefixes that are declared here."""
        return frozenset(prefix for prefix in self._prefixes if prefix)

    def _namespace_begins(self, prefix: str | None, uri: str | None) -> None:
        self._prefixes.append(prefix)
        if len(self._prefixes) > XML_ATTRIBUTES or len(uri or "") > XML_ATTRIBUTE_CHARS:
            raise Refused("XML_LIMIT")
        if prefix is None:
            self._default_namespaces.append(uri or "")

    def _namespace_ends(self, prefix: str | None) -> None:
        self._prefixes.pop()
        if prefix is None:
            self._default_namespaces.pop()

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins. Whoever overrides this counts it in by `enter`."""
        self.enter(name, attributes)

    def closed(self, name: str) -> None:
        """An element ends."""
        self.depth -= 1

    def text(self, data: str) -> None:
        """Some text of the element that is open; one text may come in pieces."""

    def enter(self, name: str, attributes: dict[str, str]) -> None:
        """Count an element in and check its limits."""
        self.depth += 1
        if self.depth > XML_DEPTH:
            raise Refused("XML_TOO_DEEP")
        if len(attributes) > XML_ATTRIBUTES or len(name) > XML_ATTRIBUTE_CHARS:
            raise Refused("XML_LIMIT")
        for key, value in attributes.items():
            if len(value) > XML_ATTRIBUTE_CHARS or len(key) > XML_ATTRIBUTE_CHARS:
                raise Refused("XML_LIMIT")


class _Listing(HardenedParser):
    """Lists what it meets, for parts where a tenth of a millisecond doesn't matter."""

    def __init__(self) -> None:
        super().__init__()
        self.met: list[tuple[int, str, dict[str, str]]] = []

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        self.enter(name, attributes)
        self.met.append((self.depth, name, attributes))

    def text(self, data: str) -> None:
        if not data.isspace():
            self.met.append((self.depth, "", {"": data}))


def elements(part: BinaryIO) -> Iterator[tuple[int, str, dict[str, str]]]:
    """Depth, name and attributes of every element of a part, in order of opening.

    Text comes in between, in pieces, as depth of its element, name "" and attribute "".
    """
    listing = _Listing()
    while data := part.read(READ_BYTES):
        listing.feed(data)
        yield from listing.met
        listing.met.clear()
    listing.close()
    yield from listing.met


def _refuse_dtd(*_: object) -> None:
    raise Refused("DTD_FORBIDDEN")

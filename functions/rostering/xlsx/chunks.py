"""A part cut into chunks of whole elements, each read by the plain reader or else by expat.

Expat sees the head and the tail of the part, and every chunk that the plain reader declines; what
it sees is a document by itself, because the plain reader takes nothing but whole elements. So the
two readers can take turns, and an odd row costs no more than its own chunk.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO, Protocol

from rostering.xlsx.limits import READ_BYTES, XML_TOKEN_BYTES

ODD_BYTES = 16 << 10  # so many at least go to expat before the plain reader is asked again

# An end tag is certain to be one only where no comment, CDATA section or processing instruction
# can hold it, and a name means the same only where no namespace is declared.
AMBIGUOUS = ((b"!", b"<!"), (b"?", b"<?"), (b"xmlns", b"xmlns"))  # the first is quick to look for
DECLARED_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
UTF8_MARK = b"\xef\xbb\xbf"


class Repeating(Protocol):
    """A parser of a part that is mostly one element repeated."""

    def feed(self, data: bytes) -> None: ...

    def close(self) -> None: ...

    def between(self) -> bool:
        """Whether the next may be one of the repeated elements, spelled without a prefix."""


def read_repeating(part: BinaryIO, parser: Repeating, *, name: bytes,
                   plain: Callable[[bytes], bytes]) -> Iterator[None]:
    """Read a part whose repeated element is `name`; yields now and then, for the caller to take.

    `plain` gets a chunk of whole elements and gives back what it has left of it. At most some
    1.3 MiB of the part are held at a time.
    """
    opening, ending = b"<" + name, b"</" + name + b">"
    held = b""
    while (at := held.find(opening)) < 0 and len(held) <= XML_TOKEN_BYTES:
        if not (data := part.read(READ_BYTES)):
            break
        held += data
    cutting = at >= 0 and is_utf8(held)
    if cutting:
        parser.feed(held[:at])
        held = held[at:]
        cutting = parser.between()
    while cutting:
        end = held.rfind(ending)
        if end >= 0:
            end += len(ending)
            chunk, held = held[:end], held[end:]
            if any(hint in chunk and mark in chunk for hint, mark in AMBIGUOUS):
                parser.feed(chunk)
                break
            while cutting and (chunk := plain(chunk)):
                end = chunk.find(ending, ODD_BYTES)
                end = end + len(ending) if end >= 0 else len(chunk)
                parser.feed(chunk[:end])
                chunk = chunk[end:]
                cutting = parser.between()
            if not cutting:
                parser.feed(chunk)
            yield
        elif len(held) > XML_TOKEN_BYTES:
            break
        if not (data := part.read(READ_BYTES)):
            break
        held += data
    parser.feed(held)
    yield
    while data := part.read(READ_BYTES):
        parser.feed(data)
        yield
    parser.close()


def is_utf8(head: bytes) -> bool:
    """Whether a part that begins with `head` is UTF-8 for sure."""
    if b"\0" in head[:4]:
        return False
    declared = DECLARED_ENCODING.match(head.removeprefix(UTF8_MARK))
    return not declared or declared[1].upper() in (b"UTF-8", b"UTF8", b"US-ASCII")

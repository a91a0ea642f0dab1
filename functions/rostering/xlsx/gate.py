"""What the bytes of a file are, whatever its name says (import sheet, section 4.2)."""

from __future__ import annotations

import codecs
import re
from typing import BinaryIO

from rostering.xlsx.limits import FILE_BYTES, MIB
from rostering.xlsx.refusal import Refused

HEAD_BYTES = 64 << 10
ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = bytes.fromhex("D0CF11E0A1B11AE1")
OLE_END = "\0".encode("utf-16-le")

WEB_TABLE = re.compile(r"<(?:html|table)\b", re.IGNORECASE)
XML_WORKBOOK = re.compile(r"<\?xml\b.*Workbook", re.DOTALL)
NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1f]")
SEPARATOR = re.compile("[,;\t]")
BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"),
                    (codecs.BOM_UTF16_BE, "utf-16-be"))


def admit(source: BinaryIO) -> None:
    """Let a zip file of a permitted size pass, at any position; it is at 0 afterwards.

    Raises Refused: EMPTY_FILE, FILE_TOO_BIG, OLE_*, NOT_XLSX with the code of what it is.
    """
    size = source.seek(0, 2)
    source.seek(0)
    if size == 0:
        raise Refused("EMPTY_FILE")
    if size > FILE_BYTES:
        raise Refused("FILE_TOO_BIG", n=-(-size // MIB))
    head = source.read(HEAD_BYTES)
    if head.startswith(OLE_MAGIC):
        raise Refused(_ole_reason(head + source.read()))
    if not head.startswith(ZIP_MAGIC):
        raise Refused("NOT_XLSX", _text_code(head))
    source.seek(0)


def _ole_reason(data: bytes) -> str:
    """Which OLE file it is; stream names stand in its directory as UTF-16LE."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        return "OLE_ENCRYPTED"
    if "Workbook".encode("utf-16-le") in data or "Book".encode("utf-16-le") + OLE_END in data + OLE_END:
        return "OLE_WORKBOOK"
    return "OLE_OTHER"


def _text_code(head: bytes) -> str:
    """F-HTML, F-CSV or F-NOT-EXCEL for what is neither zip nor OLE."""
    text = _decoded(head)
    marked_up = head.decode("latin-1") if text is None else text
    if WEB_TABLE.search(marked_up) or XML_WORKBOOK.match(marked_up.lstrip()):
        return "F-HTML"
    return "F-CSV" if text is not None and SEPARATOR.search(text) else "F-NOT-EXCEL"


def _decoded(head: bytes) -> str | None:
    """The head as text, None if it is none. Its last character may be cut."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            head = head.removeprefix(mark)
            encodings = (encoding,)
            break
    else:
        encodings = ("utf-8", "cp1252")
    for encoding in encodings:
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(head)
        except UnicodeDecodeError:
            continue
        return None if NOT_TEXT.search(text) else text
    return None

"""Text of a cell: normalized as import sheet, section 4.5 says, and what remains forbidden."""

from __future__ import annotations

import re
import unicodedata

ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
SPACES = str.maketrans(dict.fromkeys("\t\r\n\u00a0\u2007\u202f", " "))
DROPPED = re.compile("[\u200b-\u200f\ufeff\u00ad]")
SPACE_RUN = re.compile("  +")
SURROGATE = re.compile("[\ud800-\udfff]")
# Control characters (C0, DEL, C1), direction overrides, lone surrogates, U+FFFE and U+FFFF.
FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")

# What `normalized` may change or `forbidden` may find, but for line feeds; and the bytes of UTF-8
# that all of these beyond ASCII begin with, of which roster data has few.
UNTIDY_SEQUENCES = ("  ", "\n ", " \n", "\n'", "_x")
UNTIDY_ASCII = bytes(code for code in (*range(0x20), 0x7F) if code != 0x0A)
UNTIDY = re.compile("[\x80-\xa0\xad\u2007\u200b-\u200f\u202a-\u202f\u2066-\u2069"
                    "\ud800-\udfff\ufeff\ufffe\uffff]")
UNTIDY_BEGINNINGS = (b"\xc2", b"\xe2\x80", b"\xe2\x81", b"\xed", b"\xef")


def normalized(raw: str) -> str:
    """`raw` as it is kept, "" if nothing is left.

    In this order: undo `_xHHHH_` escapes; NFC; tab, line ends and no-break spaces to spaces;
    drop zero-width characters and soft hyphens; collapse spaces; trim; drop one leading '.
    What the dropped characters had kept apart is composed, and trimmed again.
    """
    text = raw
    if "_x" in text:
        text = ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
        if SURROGATE.search(text):  # two escapes may be the halves of one character
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    text = unicodedata.normalize("NFC", text).translate(SPACES)
    if DROPPED.search(text):
        text = unicodedata.normalize("NFC", DROPPED.sub("", text))
    text = SPACE_RUN.sub(" ", text).strip(" ")
    if text.startswith("'"):
        text = text[1:].strip(" ")
    return text


def forbidden(text: str) -> str:
    """The forbidden characters of a normalized text, each once, in order of appearance."""
    return "".join(dict.fromkeys(FORBIDDEN.findall(text)))


def tidy(lines: str) -> bool:
    """Whether none of many texts, each between two line feeds, would be changed or refused.

    A few searches over all of them. False is no more than a hint.
    """
    if any(sequence in lines for sequence in UNTIDY_SEQUENCES):
        return False
    data = lines.encode("utf-8", "surrogatepass")
    if len(data.translate(None, UNTIDY_ASCII)) != len(data):
        return False
    if lines.isascii():
        return True
    if any(beginning in data for beginning in UNTIDY_BEGINNINGS) and UNTIDY.search(lines):
        return False
    return unicodedata.is_normalized("NFC", lines)

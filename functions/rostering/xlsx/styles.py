"""The number formats of a workbook: which style index shows a date, which one pads with zeros."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import BinaryIO

from rostering.xlsx.limits import CELL_FORMATS, ZERO_FORMAT_DIGITS
from rostering.xlsx.refusal import Refused
from rostering.xlsx.xml import MAIN, elements

# Formats without a code in the file (ECMA-376 part 1, 18.8.30); 27-36 and 50-58 are East Asian.
BUILT_IN_DATES = frozenset((*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)))

# What says nothing about the value: "text", \x, _x, *x and [Red], but for elapsed [h] [mm] [ss].
LITERAL = re.compile(r'"[^"]*"?|\\.|_.|\*.|\[(?!(?:h+|m+|s+)\])[^\]]*\]?', re.IGNORECASE | re.DOTALL)
DATE_LETTER = re.compile(r"[dmyhs]", re.IGNORECASE)
ZEROS = re.compile(r"0+")


@dataclass(frozen=True, slots=True, eq=False)
class Format:
    """How a number is shown: as a date or time, or padded to that many digits (0: not at all).

    A key of the numbers that are remembered, so one is as good as itself only.
    """

    is_date: bool = False
    zeros: int = 0


GENERAL = Format()
DATE = Format(is_date=True)


def format_of(code: str) -> Format:
    """What a format code, of which the first section counts, makes of a number."""
    bare = LITERAL.sub("", code).partition(";")[0].strip()
    if ZEROS.fullmatch(bare) and len(bare) <= ZERO_FORMAT_DIGITS:
        return Format(zeros=len(bare))
    return DATE if DATE_LETTER.search(bare) else GENERAL


def read_formats(part: BinaryIO) -> list[Format]:
    """The format of every style index of `xl/styles.xml`.

    Raises Refused (STYLES_TOO_BIG above 65,490 cell formats or number formats).
    """
    codes: dict[str, Format] = {}
    used: list[str] = []
    inside = ""
    for depth, name, attributes in elements(part):
        if depth == 2:
            inside = name
        elif depth == 3 and inside == f"{MAIN} numFmts" and name == f"{MAIN} numFmt":
            codes[attributes.get("numFmtId", "")] = format_of(attributes.get("formatCode", ""))
        elif depth == 3 and inside == f"{MAIN} cellXfs" and name == f"{MAIN} xf":
            used.append(attributes.get("numFmtId", "0"))
        if len(used) > CELL_FORMATS or len(codes) > CELL_FORMATS:
            raise Refused("STYLES_TOO_BIG")
    built_in = {str(number): DATE for number in BUILT_IN_DATES}
    return [codes.get(number) or built_in.get(number, GENERAL) for number in used]

"""The shapes that a worksheet's rows and cells have, learned from some rows of it.

A program that writes workbooks spells its cells in a handful of ways: `<c r="A7" s="1" t="s"><v>`,
an index, `</v></c>`. A shape is such a spelling, letter by letter, with gaps for the row number
and the value. All shapes met make one regular expression for a whole row, column by column in
rising order: what it matches is well-formed, in its place and complete.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from rostering.xlsx.grid import column_index
from rostering.xlsx.limits import RAW_CELL_CHARS
from rostering.xlsx.refusal import Refused

# Characters of a text: not those XML forbids, nor `>`, which is legal but not in `]]>`.
CHAR = r"[^<>\x00-\x08\x0b\x0c\x0e-\x1f]"
TEXT = rf"{CHAR}{{0,{RAW_CELL_CHARS}}}+"
BOOL = "[a-z01]{1,5}"
FORMULA = (rf'<f(?: t="(?:shared|array)")?(?: aca="{BOOL}")?(?: ref="[A-Z0-9:]{{1,30}}")?(?: ca="{BOOL}")?'
           rf'(?: si="[0-9]{{1,9}}")?(?:/>|>{CHAR}*+</f>)')

SPACE = r"[ \t\r\n]*+"
ROW = re.compile(SPACE + r'<row r="[0-9]+"([^<>]*)>')
CELL = re.compile(r'<c r="([A-Z]{1,3})[0-9]+"([^<>]*?)'
                  rf'(?:(/>|></c>)|>({FORMULA})?(<v>|<is><t>|<is><t xml:space="preserve">))')
ATTRIBUTE = re.compile(r' ([A-Za-z0-9]+(?::[A-Za-z0-9]+)?)="([^"&<>\x00-\x1f]*)"')
ATTRIBUTES_CHARS = 300
TRUE = ("1", "true")

ROWS_SAMPLED = 40
COLUMNS = 60
SHAPES_OF_COLUMN = 8
SHAPES_OF_ROW = 24


@dataclass(frozen=True, slots=True)
class Shape:
    """A spelling of cells: the attributes after `r`, what opens the value, what the value is.

    `kind` tells how the value is read: an index into the shared strings, text, anything else by
    `type` and `style`, or nothing.
    """

    attributes: str
    opening: str
    kind: Literal["shared", "text", "other", "blank"]
    type: str | None = None
    style: str | None = None
    formula: bool = False

    def pattern(self, letters: str) -> str:
        """A regular expression for it in a column; group 1 is the row number."""
        begin = rf'<c r="{letters}\1"{re.escape(self.attributes)}'
        if self.kind == "blank":
            return begin + re.escape(self.opening)
        value = "[0-9]{0,7}+" if self.kind == "shared" else TEXT
        end = "</v></c>" if self.opening == "<v>" else "</t></is></c>"
        return f"{begin}>{FORMULA if self.formula else ''}{re.escape(self.opening)}({value}){end}"


@dataclass(slots=True)
class Shapes:
    """All shapes met in one tab. `prefixes` are the namespace prefixes its root declares."""

    prefixes: frozenset[str]
    rows: dict[str, bool] = field(default_factory=dict)  # attributes after r: whether hidden
    columns: dict[str, list[Shape]] = field(default_factory=dict)

    def learn(self, text: str, start: int) -> bool:
        """Look at some rows from `start` on; whether there was a shape not known before."""
        new = False
        row = ROW.match(text, start)
        for _ in range(ROWS_SAMPLED):
            if not row:
                break
            new |= self._learn_row(row[1])
            following = ROW.search(text, row.end())
            for cell in CELL.finditer(text, row.end(), following.start() if following else len(text)):
                new |= self._learn_cell(*cell.groups())
            row = following
        return new

    def compiled(self) -> tuple[Callable[[str, int], re.Match[str] | None], list[tuple[int, Shape]]]:
        """The match method for one row, and the column and shape of groups 3, 4 and so on.

        Group 1 is the row number, group 2 is None unless the row is hidden.
        """
        groups: list[tuple[int, Shape]] = []
        cells = ""
        for letters in sorted(self.columns, key=column_index):
            shapes = self.columns[letters]
            groups += [(column_index(letters), shape) for shape in shapes if shape.kind != "blank"]
            cells += f"(?>{'|'.join(shape.pattern(letters) for shape in shapes)}|)"
        empty = _either(spelled for spelled in self.rows if spelled.endswith("/"))
        shown, hidden = (
            _either(spelled for spelled, is_hidden in self.rows.items()
                    if is_hidden == wanted and not spelled.endswith("/")) for wanted in (False, True))
        row = (rf'{SPACE}<row r="([1-9][0-9]{{0,6}})"(?:(?:{shown}|({hidden}))>{cells}</row>|{empty}>)')
        return re.compile(row).match, groups

    def _learn_row(self, attributes: str) -> bool:
        if attributes in self.rows or len(self.rows) >= SHAPES_OF_ROW:
            return False
        known = self._attributes(attributes.removesuffix("/"))
        if known is None:
            return False
        self.rows[attributes] = known.get("hidden") in TRUE
        return True

    def _learn_cell(self, letters: str, attributes: str, blank: str | None, formula: str | None,
                    opening: str | None) -> bool:
        known = self._attributes(attributes)
        shapes = self.columns.get(letters, [])
        if known is None or known.keys() - {"t", "s"} or len(shapes) >= SHAPES_OF_COLUMN \
                or (not shapes and len(self.columns) >= COLUMNS):
            return False
        shape = _shape(attributes, known.get("t"), known.get("s"), blank, formula, opening)
        if shape is None or shape in shapes:
            return False
        if not shapes:
            try:
                column_index(letters)
            except Refused:
                return False
        self.columns[letters] = [*shapes, shape]
        return True

    def _attributes(self, spelled: str) -> dict[str, str] | None:
        """The attributes after `r`; None if they are not spelled in the plainest way."""
        found = ATTRIBUTE.findall(spelled)
        named = dict(found)
        prefixed = [name.partition(":")[0] for name in named if ":" in name]
        if (len(spelled) > ATTRIBUTES_CHARS or len(named) < len(found) or "r" in named
                or "".join(f' {name}="{value}"' for name, value in found) != spelled.rstrip(" ")
                or len(prefixed) > 1 or not self.prefixes.issuperset(prefixed)):
            return None
        return named


def _either(spelled: Iterable[str]) -> str:
    """A regular expression for any of these; for none it never matches."""
    escaped = [re.escape(one) for one in spelled]
    return f"(?:{'|'.join(escaped)})" if escaped else "(?!)"


def _shape(attributes: str, type: str | None, style: str | None, blank: str | None,
           formula: str | None, opening: str | None) -> Shape | None:
    """The shape of a cell; None where the careful reader has to decide what it means."""
    if blank is not None:
        return Shape(attributes, blank, "blank")
    if opening is None:
        return None
    if opening != "<v>":
        return Shape(attributes, opening, "text") if type == "inlineStr" and not formula else None
    if type == "s":
        return None if formula else Shape(attributes, opening, "shared")
    if type == "str" and not formula:
        return Shape(attributes, opening, "text")
    if type in (None, "n", "b", "e", "str", "d"):
        return Shape(attributes, opening, "other", type, style, formula is not None)
    return None

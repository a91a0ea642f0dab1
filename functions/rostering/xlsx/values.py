"""What a cell holds: clean text as str, nothing as None, everything else as a `Cell`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from rostering.xlsx.batch import Cell
from rostering.xlsx.limits import NUMBERS_REMEMBERED
from rostering.xlsx.refusal import Refused
from rostering.xlsx.styles import GENERAL, Format
from rostering.xlsx.text import forbidden, normalized

Value = str | Cell | None

NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[Ee][+-]?[0-9]+)?")
STYLE_INDEX = re.compile(r"[0-9]{1,7}")
ISO_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T[0-9:.]*Z?)?")

STRING_INDEX_DIGITS = 7
NUMBER_CHARS = 64  # Excel writes 24 at most
EXACT_BELOW = 1e15  # a double of Excel has 15 digits
LAST_SERIAL = 2_958_465  # 9999-12-31
PHANTOM_SERIAL = 60  # 1900-02-29, which Excel believes in
DAYS_TO_1904 = 1462


def text_value(raw: str) -> Value:
    """The value of a text as stored."""
    text = normalized(raw)
    if not text:
        return None
    bad = forbidden(text)
    return Cell("bad_chars", text, shown=text, bad=bad) if bad else text


def serial_date(serial: float, *, date1904: bool) -> date | None:
    """The day of a serial number, None if there is none: 0, 60, negative, beyond year 9999."""
    if date1904:
        serial += DAYS_TO_1904 if serial >= 1 else 0
    elif int(serial) == PHANTOM_SERIAL:
        return None
    if not 1 <= serial < LAST_SERIAL + 1:
        return None
    days = int(serial)
    return date(1899, 12, 31 if days < PHANTOM_SERIAL else 30) + timedelta(days)


class Values:
    """The values of one workbook's cells: its shared strings and number formats applied.

    Equal numbers give one and the same Cell: nobody may change one.
    """

    def __init__(self, strings: Sequence[Value], formats: Sequence[Format], *, date1904: bool) -> None:
        self.strings = strings
        self.formats = formats
        self.date1904 = date1904
        self._numbers: dict[tuple[str, Format], Cell] = {}

    def format(self, style: str | None) -> Format:
        """The number format of a cell's `s`; General if it is missing, no index or out of range."""
        if style is None or not STYLE_INDEX.fullmatch(style):
            return GENERAL
        index = int(style)
        return self.formats[index] if index < len(self.formats) else GENERAL

    def value(self, type: str | None, style: str | None, raw: str | None, inline: str | None,
              formula: bool) -> Value:
        """The value of a cell `<c t= s=>` with `<v>raw</v>` and `<is>inline</is>` (None: not there).

        Raises Refused (BAD_SHARED_STRING).
        """
        if formula:
            return self._result(type, style, raw, inline)
        if type == "s":
            return self.shared(raw) if raw else None
        if inline is not None and (type == "inlineStr" or not raw):
            return text_value(inline)
        if type == "inlineStr" or type == "str":
            return text_value(raw) if raw else None
        return self.scalar(type, style, raw) if raw else None

    def shared(self, raw: str) -> Value:
        """The shared string of that index. Raises Refused (BAD_SHARED_STRING)."""
        if len(raw) > STRING_INDEX_DIGITS or not (raw.isdigit() and raw.isascii()):
            raise Refused("BAD_SHARED_STRING")
        try:
            return self.strings[int(raw)]
        except IndexError:
            raise Refused("BAD_SHARED_STRING") from None

    def scalar(self, type: str | None, style: str | None, raw: str) -> Value:
        """The value of a cell that holds no text."""
        if type is None or type == "n":
            return self.number(raw, self.format(style))
        if type == "b":
            if raw in ("1", "true", "0", "false"):
                text = "TRUE" if raw in ("1", "true") else "FALSE"
                return Cell("bool", text, shown=text)
        elif type == "d" and (found := ISO_DATE.fullmatch(raw)):
            return _dated(raw, found[1])
        return _error(raw)

    def number(self, raw: str, format: Format) -> Cell:
        """The Cell of a number as stored; an "error" if Excel could not have written it."""
        if len(raw) > NUMBER_CHARS:
            return _error(raw)
        known = self._numbers.get((raw, format))
        if known is None:
            if len(self._numbers) >= NUMBERS_REMEMBERED:
                self._numbers.clear()
            known = self._numbers[raw, format] = self._number(raw, format)
        return known

    def _number(self, raw: str, format: Format) -> Cell:
        number = float(raw) if NUMBER.fullmatch(raw) else None
        if number is None or abs(number) == float("inf"):
            return _error(raw)
        if format.is_date:
            day = serial_date(number, date1904=self.date1904)
            return Cell("date", raw, _american(day) if day else raw, number=number, date=day)
        shown = as_shown(raw, number)
        padded = shown.zfill(format.zeros) if format.zeros and shown.isdigit() else shown
        return Cell("number", raw, padded, padded != shown, number)

    def _result(self, type: str | None, style: str | None, raw: str | None, inline: str | None) -> Value:
        """The value of a formula cell. `<v/>` of type "str" is the result "", which is blank."""
        if raw is None if type == "str" else not raw and not inline:
            return Cell("formula_no_value", formula=True)
        value = self.value(type, style, raw, inline, False)
        if value is None:
            return None
        if isinstance(value, str):
            return Cell("text", value, shown=value, formula=True)
        return Cell(value.kind, value.text, value.shown, value.zeros_kept, value.number, value.date,
                    formula=True, bad=value.bad)


def as_shown(raw: str, number: float) -> str:
    """A number as text: integers without `.0`, else Excel's 15 digits; `raw` from 1e15 on."""
    if abs(number) >= EXACT_BELOW:
        return raw
    if number == (whole := int(number)):
        return str(whole)
    short = format(number, ".15g")
    return raw if "e" in short else short


def _error(raw: str) -> Cell:
    text = normalized(raw) or "?"
    return Cell("error", text, shown=text)


def _dated(raw: str, iso: str) -> Cell:
    try:
        day = date.fromisoformat(iso)
    except ValueError:
        return Cell("date", raw, shown=raw)
    return Cell("date", raw, shown=_american(day), date=day)


def _american(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"

"""One cell: from what a district typed to what is stored, or why not (import sheet, 3.1 and 4.5).

Pure functions of a column and a value, so that the checks can ask once for each distinct value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, NamedTuple

from rostering.model import GRADES
from rostering.sheet.columns import CLEAR, MAX_CELL_LETTERS, RELATIONSHIPS, Column
from rostering.xlsx.batch import Cell

# A stored value: None is "not given", CLEARED is "(clear)". Both survive the spool.
CLEARED = Ellipsis
EARLIEST, LATEST = "1900-01-01", "2100-12-31"
_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"})
_ROUNDED = re.compile(r"[+-]?[0-9](?:\.[0-9]+)?[eE]\+[0-9]{1,3}")
_MOST_EXACT = 1e15
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-/:]{0,63}")
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
EMAIL = (rf"{_ATEXT}(?:\.{_ATEXT})*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+"
         r"[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]")
_EMAIL = re.compile(EMAIL)
_USERNAME = re.compile(r"[a-z0-9._-]{3,32}")
_NCES = re.compile(r"[0-9]{12}")
_PHONE = re.compile(r"(?:[0-9+().\- xX]|ext\.?)+", re.IGNORECASE)
_GRADE = re.compile(r"(?:grade|gr\.?|g)?\s*(-?[0-9]{1,2})(?:\.0+)?(?:st|nd|rd|th)?(?:\s*grade)?")
_GRADE_WORDS = {"first": "01", "second": "02", "third": "03", "fourth": "04", "fifth": "05", "sixth": "06",
                "seventh": "07", "eighth": "08", "ninth": "09", "tenth": "10", "eleventh": "11",
                "twelfth": "12", "thirteenth": "13", "k": "KG", "p": "PK"}
_YEAR = re.compile(r"([0-9]{4})(?:\s*[-\u2013]\s*([0-9]{4}|[0-9]{2}))?")
_MONTH_FIRST = re.compile(r"([0-9]{1,2})([/-])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})")
_YEAR_FIRST = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_SERIAL = re.compile(r"[0-9]{5}(?:\.0+)?")
# UTF-8 that was read as Windows-1252 (\u00c3\u00a9 for e acute), a byte order mark likewise, U+FFFD.
GARBLED = re.compile("[\u00c2\u00c3][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6"
                     "\u02dc\u2013-\u203a\u20ac\u2122]|\u00e2\u20ac|\u00ef\u00bb\u00bf|\ufffd")

Note = tuple[str, dict[str, Any]]


class Read(NamedTuple):
    """What a cell gives: the stored value (a list for list columns), and problems as (code, values)."""

    value: Any
    notes: tuple[Note, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether the row can't be loaded."""
        return any(code[0] == "R" for code, _ in self.notes)


def from_text(column: Column, text: str) -> Read:
    """The value of a cell of clean, non-blank text."""
    if len(text) > MAX_CELL_LETTERS:
        return _no("R-TOO-LONG", n=len(text), m=column.max)
    if text.casefold() == CLEAR:
        return _no("R-REQUIRED", Header=column.header) if column.required else Read(CLEARED)
    if text in _ERRORS:
        return _no("R-CELL-ERROR", v=text)
    kind = column.type.partition(":")[0]
    found = _TYPES[kind](column, text)
    if found.value is not None and len(_stored(found.value)) > column.max and not found.refused:
        return _no("R-TOO-LONG", n=len(_stored(found.value)), m=column.max)
    return found


def from_cell(column: Column, cell: Cell, *, date1904: bool = False) -> tuple[Read, str]:
    """The value of any other cell, and its text as the sender sees it (which reads the same again)."""
    if cell.kind == "formula_no_value":
        return _no("R-FORMULA-NO-VALUE"), ""
    if cell.kind == "bad_chars":
        listed = ", ".join(dict.fromkeys(named(letter) for letter in cell.bad))
        return _no("R-BAD-CHARS", list=listed), printable(cell.text)
    if cell.kind == "error":
        return _no("R-CELL-ERROR", v=cell.text), cell.text
    if cell.kind == "date":
        found, shown = _from_date(column, cell)
    elif cell.kind == "number":
        found, shown = _from_number(column, cell, date1904)
    else:
        shown = cell.text
        found = from_text(column, shown) if shown else Read(None)
    if cell.formula:
        found = Read(found.value, (*found.notes, ("W-FORMULA", {"v": shown})))
    return found, shown


def named(letter: str) -> str:
    """A character that is not allowed, by its number if it can't be shown."""
    return letter if letter.isprintable() and letter.isascii() else f"U+{ord(letter):04X}"


def printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def american(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"


def _stored(value: Any) -> str:
    return ";".join(value) if isinstance(value, list) else value if isinstance(value, str) else ""


def _no(code: str, **values: Any) -> Read:
    return Read(None, ((code, values),))


def _from_date(column: Column, cell: Cell) -> tuple[Read, str]:
    shown = american(cell.date) if cell.date else cell.text
    kind = column.type.partition(":")[0]
    if kind == "date":
        return (_in_range(column, cell.date) if cell.date else _no("R-DATE", v=shown)), shown
    if kind in ("id", "ref", "reflist"):
        # 5/3/2015 would be an ID when it comes back as text; these forms never are.
        return _no("R-ID-DATE"), (f"{cell.date:%B} {cell.date.day}, {cell.date.year}" if cell.date
                                  else f"date {cell.text}")
    return from_text(column, shown), shown


def _from_number(column: Column, cell: Cell, date1904: bool) -> tuple[Read, str]:
    if column.type == "date":
        day = _of_serial(cell.number, date1904)
        if day is None:
            return _no("R-DATE", v=cell.text), cell.text
        found = _in_range(column, day)
        note = ("W-DATE-SERIAL", {"n": cell.text, "date": american(day)})
        # As text, a number of the 1904 system would be read as another day.
        return Read(found.value, (*found.notes, note)), american(day) if date1904 else cell.text
    shown = cell.shown or cell.text
    exact = cell.number is not None and abs(cell.number) < _MOST_EXACT
    if not exact and column.type.partition(":")[0] in ("id", "ref", "reflist", "text", "name"):
        # As Excel shows it: the digits alone would be an ID when they come back as text.
        return _no("R-ID-ROUNDED"), f"{cell.number:.5E}" if cell.number is not None else shown
    found = from_text(column, shown)
    if cell.zeros_kept:
        found = Read(found.value, (*found.notes, ("I-ZEROS-KEPT", {"n": _digits(cell), "v": shown})))
    return found, shown


def _digits(cell: Cell) -> str:
    return str(int(cell.number)) if cell.number is not None and cell.number.is_integer() else cell.text


def _of_serial(number: float | None, date1904: bool = False) -> date | None:
    """The day of a serial number between 20,000 and 80,000; None for others."""
    if number is None or not 20_000 <= number <= 80_000:
        return None
    return (date(1904, 1, 1) if date1904 else date(1899, 12, 30)) + timedelta(days=int(number))


def _in_range(column: Column, day: date) -> Read:
    text = day.isoformat()
    if EARLIEST <= text <= LATEST:
        return Read(text)
    return _no("R-DATE-RANGE", Start=f"{column.header} {american(day)}", End="the years 1900 to 2100",
               reason="the date is outside of them")


def _id(column: Column, text: str) -> Read:
    if _ROUNDED.fullmatch(text):
        return _no("R-ID-ROUNDED")
    if len(text) > column.max:
        return _no("R-TOO-LONG", n=len(text), m=column.max)
    return Read(text) if _ID.fullmatch(text) else _no("R-ID-CHARS", v=text)


def _id_list(column: Column, text: str) -> Read:
    if len(text) > column.max:
        return _no("R-TOO-LONG", n=len(text), m=column.max)
    ids: dict[str, str] = {}
    for part in text.split(";"):
        if each := part.strip():
            if _ROUNDED.fullmatch(each):
                return _no("R-ID-ROUNDED")
            if not _ID.fullmatch(each):
                return _no("R-ID-CHARS", v=each)
            ids.setdefault(each.casefold(), each)
    if not ids and column.required:
        return _no("R-REQUIRED", Header=column.header)
    return Read(list(ids.values()) or None)


def _text(column: Column, text: str) -> Read:
    if _ROUNDED.fullmatch(text):
        return _no("R-ID-ROUNDED")
    if GARBLED.search(text):
        return Read(text, (("W-GARBLED", {"v": text}),))
    return Read(text)


def _name(column: Column, text: str) -> Read:
    bad = [letter for letter in "<>" if letter in text]
    return _no("R-BAD-CHARS", list=", ".join(bad)) if bad else _text(column, text)


def _nces(column: Column, text: str) -> Read:
    if not _NCES.fullmatch(text):
        return Read(None, (("W-NCES", {"v": text}),))
    return Read(text, (("W-ID-ROUNDED", {}),) if text.endswith("000000") else ())


def grade_of(text: str) -> str | None:
    """The grade that `text` means, as it is stored; None if it means none."""
    word = " ".join(text.casefold().split())
    if word.upper() in GRADES:
        return word.upper()
    if number := _GRADE.fullmatch(word):
        grade = int(number[1])
        return {-1: "PK", 0: "KG"}.get(grade) or (f"{grade:02d}" if 1 <= grade <= 13 else None)
    word = word.removeprefix("grade ").removesuffix(" grade")
    if word.startswith("kinder"):
        return "KG"
    squeezed = re.sub("[^a-z]", "", word)
    if squeezed in ("prek", "prekg", "prekinder", "prekindergarten"):
        return "PK"
    return _GRADE_WORDS.get(word)


def _grade(column: Column, text: str) -> Read:
    grade = grade_of(text)
    return Read(grade) if grade else _no("R-GRADE", v=text)


def _grade_list(column: Column, text: str) -> Read:
    grades: dict[str, None] = {}
    for part in text.split(";"):
        if part.strip():
            grade = grade_of(part)
            if not grade:
                return _no("R-GRADE", v=part.strip())
            grades[grade] = None
    return Read(list(grades) or None)


def _date(column: Column, text: str) -> Read:
    if parts := _YEAR_FIRST.fullmatch(text):
        year, month, day = int(parts[1]), int(parts[2]), int(parts[3])
        notes: tuple[Note, ...] = ()
    elif parts := _MONTH_FIRST.fullmatch(text):
        month, day, year = int(parts[1]), int(parts[3]), int(parts[4])
        if month > 12 >= day > 0:
            return _no("R-DATE-ORDER", v=text)
        notes = ()
        if len(parts[4]) == 2:
            year += 2000 if year < 30 else 1900
            notes = (("W-DATE-2DIGIT", {"v": text, "year": year}),)
    elif _SERIAL.fullmatch(text) and (serial := _of_serial(float(text))):
        found = _in_range(column, serial)
        return Read(found.value, (*found.notes, ("W-DATE-SERIAL", {"n": text, "date": american(serial)})))
    else:
        return _no("R-DATE", v=text)
    try:
        found = _in_range(column, date(year, month, day))
    except ValueError:
        return _no("R-DATE", v=text)
    return Read(found.value, found.notes + notes)


def _year(column: Column, text: str) -> Read:
    parts = _YEAR.fullmatch(text)
    if not parts:
        return _no("R-YEAR", v=text)
    first, last = int(parts[1]), parts[2]
    ends = first if last is None else first + 1
    if last is not None and int(last) != (ends if len(last) == 4 else ends % 100):
        return _no("R-YEAR", v=text)
    return Read(str(ends)) if 2000 <= ends <= 2100 else _no("R-YEAR", v=text)


def _email(column: Column, text: str) -> Read:
    if len(text) > column.max:
        return _no("R-TOO-LONG", n=len(text), m=column.max)
    local, _, domain = text.rpartition("@")
    fits = len(local) <= 64 and all(len(label) <= 63 for label in domain.split("."))
    return Read(text) if fits and _EMAIL.fullmatch(text) else _no("R-EMAIL", v=text)


def _username(column: Column, text: str) -> Read:
    """Lower case, of letters that a username or an email may have; the row's email is compared later."""
    name = text.lower()
    if _USERNAME.fullmatch(name) or _EMAIL.fullmatch(name):
        return Read(name)
    return _no("R-USERNAME", v=text)


def _phone(column: Column, text: str) -> Read:
    odd = not _PHONE.fullmatch(text) or not 7 <= sum(letter in "0123456789" for letter in text) <= 20
    return Read(text, (("W-PHONE", {"v": text}),) if odd else ())


def _enum(column: Column, text: str) -> Read:
    word = text.casefold()
    for value in column.values:
        if value.casefold() == word:
            return Read(value)
    return _no("R-NOT-ON-LIST", v=text, list=", ".join(column.values))


def _status(column: Column, text: str) -> Read:
    found = _enum(column, text)
    return Read(found.value.lower()) if found.value else found


def _yes_no(column: Column, text: str) -> Read:
    found = _enum(column, text)
    return Read(found.value == "Yes") if found.value else found


def _relationship(column: Column, text: str) -> Read:
    found = _enum(column, text)
    if found.value:
        return found
    return Read(text, (*_text(column, text).notes, ("W-RELATIONSHIP", {"v": text})))


_TYPES: dict[str, Callable[[Column, str], Read]] = {
    "id": _id, "ref": _id, "reflist": _id_list, "text": _text, "name": _name, "nces": _nces,
    "grade": _grade, "gradelist": _grade_list, "date": _date, "year": _year, "email": _email,
    "username": _username, "phone": _phone, "enum": _enum, "enum_soft": _relationship,
    "status": _status, "yesno": _yes_no,
}


def label_of(relationship: str) -> tuple[str, str]:
    """A stored Relationship as a word of the list and the label to show."""
    return (relationship if relationship in RELATIONSHIPS else "Other"), relationship

"""Step B: which tabs there are, and what the stamp on the first one says."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from rostering.sheet.columns import (
    LOAD_TYPES,
    REPORT_FACT,
    REPORT_PROPERTY,
    REPORT_TAB,
    STAMP_TAB,
    TABS,
    TEMPLATE,
)
from rostering.xlsx.batch import Cell

STAMP_ROWS, STAMP_COLUMNS = 7, 2
_FACT_ROWS = 12
_LOAD = re.compile(r"[0-9A-Za-z]{1,40}")
# What Excel, LibreOffice and Google Sheets call a copy of a tab.
_COPIES = (re.compile(r"(.+?) ?\([0-9]+\)"), re.compile(r"(.+)_[0-9]+"), re.compile(r"copy of (.+)"))


class FoundTabs(NamedTuple):
    """Tab of the template to its raw name in the workbook; what else there is; what is wrong."""

    names: dict[str, str]
    extra: list[str]
    slips: list[tuple[str, str, dict[str, str]]]


class Stamp(NamedTuple):
    """What the first tab says. `whole` is False if the stamp is not there or not the template's."""

    load_type: str = LOAD_TYPES[0]
    version: int | None = None
    district: str = ""
    whole: bool = False


def find_tabs(sheet_names: Sequence[str]) -> FoundTabs:
    """Find the template's tabs, whatever their order; `slips` are (code, tab, values)."""
    template = {_folded(name): name for name in (STAMP_TAB, *(tab.name for tab in TABS))}
    names: dict[str, str] = {}
    extra: list[str] = []
    twice: dict[str, str] = {}
    for raw in sheet_names:
        name = template.get(_folded(raw))
        if name is None:
            extra.append(raw)
        elif name in names:
            twice[name] = raw
        else:
            names[name] = raw
    for raw in list(extra):
        original = next((template[copied] for pattern in _COPIES
                         if (match := pattern.fullmatch(_folded(raw)))
                         and (copied := match[1].strip()) in template), "")
        if original in names:
            twice.setdefault(original, raw)
            extra.remove(raw)
    slips = [("T-TAB-MISSING", tab.name, {"t": tab.name}) for tab in TABS if tab.name not in names]
    slips += [("T-TAB-TWICE", name, {"t": name, "t2": raw}) for name, raw in twice.items()]
    return FoundTabs(names, [raw for raw in extra if _folded(raw) != _folded(REPORT_TAB)], slips)


def read_stamp(rows: Sequence[Sequence[str | Cell | None]]) -> Stamp:
    """The stamp in A1:B7 of the first tab."""
    values = [_text(row[1]) if len(row) > 1 else "" for row in rows] + [""] * STAMP_ROWS
    version = int(values[1]) if re.fullmatch(r"[0-9]{1,4}", values[1]) else None
    load_type = next((each for each in LOAD_TYPES if _folded(each) == _folded(values[4])), "")
    whole = _folded(values[0]) == _folded(TEMPLATE) and version is not None and bool(load_type)
    genuine = _folded(values[0]) == _folded(TEMPLATE)
    return Stamp(load_type if genuine and load_type else LOAD_TYPES[0], version if genuine else None,
                 values[2] if genuine else "", whole)


def report_of(workbook: Any) -> str:
    """The load whose report a workbook says it is; "" if it is none.

    The property is lost in programs that know no custom properties; the Summary tab remains.
    """
    said = workbook.custom_properties.get(REPORT_PROPERTY, "")
    name = next((each for each in workbook.sheet_names if _folded(each) == _folded(REPORT_TAB)), None)
    if not said and name is not None:
        rows = workbook.sheet(name).first_rows(_FACT_ROWS, STAMP_COLUMNS)
        said = next((_text(row[1]) for row in rows if len(row) > 1 and _text(row[0]) == REPORT_FACT), "")
    return said if _LOAD.fullmatch(said) else ""


def is_other_site(district: str, names: Collection[str]) -> bool:
    """Whether the stamp names a district that is none of `names`; nothing is contradicted by a blank."""
    return bool(_words(district)) and bool(names) and _words(district) not in {_words(name) for name in names}


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _words(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKC", text).casefold() if letter.isalnum())


def _text(value: str | Cell | None) -> str:
    return (value.shown or value.text) if isinstance(value, Cell) else value or ""

"""The rows of a tab that do not load: whom they are about, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rostering.model import Problem
from rostering.names import fold_name
from rostering.sheet.keys import Keys
from rostering.sheet.ledger import BAD, Ledger, Stored
from rostering.sheet.records import owners_of


class Row(NamedTuple):
    """A row that was turned back, without the values of its cells.

    `key` is the record's ("" if it can't be read; the two ends of a pair have a tab between them),
    `name` the folded `last|first` of a person or the folded name of a class, `school` the School ID as
    folded ("" if the row has none), `codes` its R-codes, each with the header of its column.
    """

    kind: str
    key: str
    tab: str
    row: int
    name: str
    school: str
    codes: list[tuple[str, str]]


def of_tab(ledger: Ledger, problems: Mapping[int, list[Problem]]) -> Iterator[Row]:
    """The rows of a tab that do not load; a row of Guardians is told of as the guardian and as the link."""
    keys, tab = Keys(ledger.tab), ledger.tab
    for stored in ledger.batches():
        bad = [place for place, row in enumerate(stored.rows) if ledger.flags[row] & BAD]
        if not bad:
            continue
        named = keys.of(stored.values, len(stored.rows))
        owners = owners_of(keys, stored) if tab.kind == "guardian_link" else None
        for place in bad:
            row = stored.rows[place]
            codes = [(one.code, one.column) for one in problems.get(row, ()) if one.severity == "R"]
            name, school = _name(ledger, stored, place), _text(ledger, stored, place, "school").casefold()
            if owners:
                yield Row("guardian", owners[place] or "", tab.name, row, name, school, codes)
            yield Row(tab.kind, named[place] or "", tab.name, row, "" if owners else name, school, codes)


def _name(ledger: Ledger, stored: Stored, place: int) -> str:
    if any(column.field == "last_name" for column in ledger.tab.columns):
        return "|".join(fold_name(_text(ledger, stored, place, name)) for name in ("last_name", "first_name"))
    return fold_name(_text(ledger, stored, place, "name"))


def _text(ledger: Ledger, stored: Stored, place: int, field: str) -> str:
    for number, column in enumerate(ledger.tab.columns):
        if column.field == field:
            texts = stored.texts[number]
            return (texts[place] if texts else None) or ""
    return ""

"""The values that a request may give to an account's fields, read as the import sheet's cells are.

A person who types a grade or a date into a form is understood as a secretary is who types it into
the sheet. What is wrong is told by field and code; the value itself is never repeated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.problems import Refusal
from accounts.told import without_values
from rostering.by_hand import EDITABLE, NEVER_EMPTY
from rostering.model import Account, Family
from rostering.sheet.cells import CLEARED, from_text
from rostering.sheet.columns import TAB, Column
from rostering.xlsx.text import forbidden, normalized

_TAB_OF: dict[Family, str] = {"student": "Students", "employee": "Staff", "guardian": "Guardians"}


def read_fields(account: Account, given: Mapping[str, str | None]) -> dict[str, Any]:
    """The stored values of what is `given` for fields of `account`; None empties a field.

    Raises Refusal (422) that lists every field that may not be set so.
    """
    family = account.family
    values, wrong = {}, []
    for name, text in given.items():
        if name not in EDITABLE[family]:
            wrong.append({"at": f"fields.{name}", "type": "NOT_BY_HAND"})
            continue
        value, code = read_value(column_of(_TAB_OF[family], name), text)
        if not code and value is None and name in NEVER_EMPTY[family]:
            code = "R-REQUIRED"
        if code:
            wrong.append({"at": f"fields.{name}", "type": code})
        values[name] = value
    if wrong:
        first = wrong[0]
        raise Refusal(422, "INVALID", _sentence(family, first["at"].partition(".")[2], first["type"]), wrong=wrong)
    return values


def read_value(column: Column, text: str | None) -> tuple[Any, str]:
    """The stored value of a cell of `column`, and the code of what is wrong with it ("": nothing).

    Warnings are left aside: who sets a value by hand has looked.
    """
    clean = normalized(text or "")
    if forbidden(clean):
        return None, "R-BAD-CHARS"
    if not clean:
        return None, ""
    found = from_text(column, clean)
    if found.refused:
        return None, next(code for code, _ in found.notes if code[0] == "R")
    return (None if found.value is CLEARED else found.value), ""


def column_of(tab: str, field: str) -> Column:
    """The column of `field`. Raises KeyError if the tab has none."""
    return TAB[tab].columns[TAB[tab].index(field)]


def _sentence(family: Family, name: str, code: str) -> str:
    if code == "NOT_BY_HAND":
        return f"{name} is not a field that is set by hand. These are: {', '.join(EDITABLE[family])}."
    if code == "R-REQUIRED":
        return f"{name} can't be empty."
    return f"{name} {without_values(code)}"

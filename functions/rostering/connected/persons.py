"""What people of every connection have alike: names, an email, a phone number, a username.

A value that is not said leaves no field; one that is said to be empty gives None. Only a name that
is missing keeps a person out; anything else that can't be read is left out and told.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from typing import Any

from rostering.connected.days import day_of
from rostering.connected.notes import Notes
from rostering.connected.texts import MOST_NAME, fits, shown

MOST_EMAIL, MOST_PHONE = 254, 32
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_EMAIL = re.compile(rf"{_ATEXT}(?:\.{_ATEXT})*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+"
                    r"[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]")
_PHONE = re.compile(r"(?:[0-9+().\- xX]|ext\.?)+", re.IGNORECASE)
_USERNAME = re.compile(r"[a-z0-9._-]{3,32}")
Columns = tuple[tuple[str, str, str], ...]      # name in the record, name in the fields, column


def names(fields: Mapping[str, Any], columns: Columns, of: str, ref: str, notes: Notes | None,
          given: Container[str] = ()) -> dict[str, str] | None:
    """First and last name; None if one is missing and no correction gives it (`given` are those that do)."""
    found: dict[str, str] = {}
    for name, field, column in columns:
        text = shown(fields.get(field))
        if text and fits(text, MOST_NAME):
            found[name] = text
        elif notes and name not in given:
            notes.note("R-TEXT" if text else "R-REQUIRED", of, column, ref=ref)
    return found if all(name in found or name in given for name, _, _ in columns) else None


def put_day(record: dict[str, Any], fields: Mapping[str, Any], name: str, column: str, of: str, ref: str,
            notes: Notes) -> None:
    said = fields.get(name)
    if said is None:
        return
    day = day_of(said) if said.strip() else None
    if day or not said.strip():
        record[name] = day
    else:
        notes.note("W-DATE", of, column, ref=ref)


def is_email(text: str) -> bool:
    local, _, domain = text.rpartition("@")
    return (len(text) <= MOST_EMAIL and len(local) <= 64 and all(len(label) <= 63 for label in domain.split("."))
            and _EMAIL.fullmatch(text) is not None)


def is_phone(text: str) -> bool:
    """Whether a text looks like a phone number; one that doesn't can be kept all the same."""
    return bool(_PHONE.fullmatch(text)) and 7 <= sum(letter in "0123456789" for letter in text) <= 20


def username_of(said: str | None, email: str | None) -> str | None:
    """The username that a text gives; "" if it can't be one, None if there is none.

    An email is a username only for the person whose email it is.
    """
    name = said.strip().lower() if said else ""
    if not name:
        return None
    return name if _USERNAME.fullmatch(name) or (email and name == email.lower()) else ""

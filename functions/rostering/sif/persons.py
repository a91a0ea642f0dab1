"""What students, staff and contacts of SIF have alike: ids, names, emails and phone numbers by type, a username."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from typing import Any

from rostering.connected import persons
from rostering.connected.notes import Notes
from rostering.connected.persons import MOST_PHONE, is_email, is_phone
from rostering.connected.texts import MOST_ID, fits

_EMAIL_TYPES = ("Primary", "Alternate1", "Alternate2", "Alternate3", "Alternate4")
_PHONE_TYPES = ("0096", "0350")
_NO_PHONE = frozenset({"2364", "0437", "0426", "0478"})       # fax, telemail, telex, instant messaging
_REF_ID = re.compile(r"[0-9A-F]{32}")
_NAMES = (("first_name", "first_name", "FirstName"), ("last_name", "last_name", "LastName"))


def is_ref_id(ref: str) -> bool:
    return _REF_ID.fullmatch(ref) is not None


def id_of(fields: Mapping[str, Any], ref: str) -> str:
    """The LocalId as it is shown, or the RefId where there is none that can be."""
    local = local_id(fields)
    return local if local and len(local) <= MOST_ID else ref


def local_id(fields: Mapping[str, Any]) -> str:
    """The LocalId, with inner spaces as they are shown; "" if there is none."""
    return " ".join((fields.get("local_id") or "").split())


def names(fields: Mapping[str, Any], of: str, ref: str, notes: Notes | None,
          given: Container[str] = ()) -> dict[str, str] | None:
    """First and last name; None if one is missing and no correction gives it (`given` are those that do)."""
    return persons.names(fields, _NAMES, of, ref, notes, given)


def put_email(record: dict[str, Any], fields: Mapping[str, Any], of: str, ref: str, notes: Notes | None) -> None:
    """The first address that is one: Primary, then Alternate1 to 4, then any other type."""
    said = fields.get("emails")
    if said is None:
        return
    wrong = False
    for kind in in_order(said, _EMAIL_TYPES):
        email = (said[kind] or "").strip()
        if email and is_email(email):
            record["email"] = email
            return
        if email:
            wrong = True
            if notes:
                notes.note("W-EMAIL", of, f"Email[@Type='{kind}']", ref=ref)
    if not wrong:
        record["email"] = None


def put_phone(record: dict[str, Any], fields: Mapping[str, Any], of: str, ref: str, notes: Notes | None) -> None:
    """The main number, else the alternate one, else any other that people answer."""
    said = fields.get("phones")
    if said is None:
        return
    record["phone"] = None
    for kind in in_order(said, _PHONE_TYPES):
        phone = " ".join((said[kind] or "").split())
        if not phone or kind in _NO_PHONE or not fits(phone, MOST_PHONE):
            continue
        if notes and not is_phone(phone):
            notes.note("W-PHONE", of, f"PhoneNumber[@Type='{kind}']", ref=ref)
        record["phone"] = phone
        return


def username_of(fields: Mapping[str, Any], element: str, email: str | None) -> str | None:
    """The username of the extended element; "" if there is one that can't be a username, None if there is none."""
    return persons.username_of((fields.get("extended") or {}).get(element), email) if element else None


def in_order(said: Mapping[str, str | None], first: tuple[str, ...]) -> list[str]:
    return [kind for kind in first if kind in said] + sorted(kind for kind in said if kind not in first)

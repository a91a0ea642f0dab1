"""What students, staff and contacts have alike: names, an email, a phone number, a username, an id.

A value that is not said leaves no field; one that is said to be empty gives None. Only a name that
is missing keeps a person out; anything else that can't be read is left out and told.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from typing import Any

from rostering.sif.problems import Notes
from rostering.sif.years import day_of

MOST_NAME, MOST_ID, MOST_STATE_ID, MOST_EMAIL = 64, 64, 32, 254
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_EMAIL = re.compile(rf"{_ATEXT}(?:\.{_ATEXT})*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+"
                    r"[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]")
_EMAIL_TYPES = ("Primary", "Alternate1", "Alternate2", "Alternate3", "Alternate4")
_PHONE = re.compile(r"(?:[0-9+().\- xX]|ext\.?)+", re.IGNORECASE)
_PHONE_TYPES = ("0096", "0350")
_NO_PHONE = frozenset({"2364", "0437", "0426", "0478"})       # fax, telemail, telex, instant messaging
_USERNAME = re.compile(r"[a-z0-9._-]{3,32}")
_REF_ID = re.compile(r"[0-9A-F]{32}")
_BAD = re.compile(r"[<>\x00-\x1f\x7f]")
_NAMES = (("first_name", "FirstName"), ("last_name", "LastName"))


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
    found: dict[str, str] = {}
    for name, element in _NAMES:
        text = " ".join((fields.get(name) or "").split())
        if text and fits(text, MOST_NAME):
            found[name] = text
        elif notes and name not in given:
            notes.note("R-SIF-TEXT" if text else "R-REQUIRED", of, element, ref=ref)
    return found if all(name in found or name in given for name, _ in _NAMES) else None


def fits(text: str, most: int) -> bool:
    return len(text) <= most and not _BAD.search(text)


def put(record: dict[str, Any], fields: Mapping[str, Any], name: str, element: str, most: int, of: str, ref: str,
        notes: Notes) -> None:
    """Put a text of `fields` into `record`, if it is said and can be stored."""
    said = fields.get(name)
    if said is None:
        return
    text = " ".join(said.split())
    if fits(text, most):
        record[name] = text or None
    else:
        notes.note("W-SIF-TEXT", of, element, ref=ref)


def put_day(record: dict[str, Any], fields: Mapping[str, Any], name: str, element: str, of: str, ref: str,
            notes: Notes) -> None:
    said = fields.get(name)
    if said is None:
        return
    day = day_of(said) if said.strip() else None
    if day or not said.strip():
        record[name] = day
    else:
        notes.note("W-SIF-DATE", of, element, ref=ref)


def is_email(text: str) -> bool:
    local, _, domain = text.rpartition("@")
    return (len(text) <= MOST_EMAIL and len(local) <= 64 and all(len(label) <= 63 for label in domain.split("."))
            and _EMAIL.fullmatch(text) is not None)


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
                notes.note("W-SIF-EMAIL", of, f"Email[@Type='{kind}']", ref=ref)
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
        if not phone or kind in _NO_PHONE or not fits(phone, 32):
            continue
        digits = sum(letter in "0123456789" for letter in phone)
        if notes and not (_PHONE.fullmatch(phone) and 7 <= digits <= 20):
            notes.note("W-PHONE", of, f"PhoneNumber[@Type='{kind}']", ref=ref)
        record["phone"] = phone
        return


def username_of(fields: Mapping[str, Any], element: str, email: str | None) -> str | None:
    """The username of the extended element; "" if there is one that can't be a username, None if there is none.

    An email is a username only for the person whose email it is.
    """
    said = ((fields.get("extended") or {}).get(element) or "").strip() if element else ""
    if not said:
        return None
    name = said.lower()
    return name if _USERNAME.fullmatch(name) or (email and name == email.lower()) else ""


def in_order(said: Mapping[str, str | None], first: tuple[str, ...]) -> list[str]:
    return [kind for kind in first if kind in said] + sorted(kind for kind in said if kind not in first)

"""The list of a school as a file: everybody who is wanted, with the values of its columns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rostering import listing
from rostering.checks import facts, view
from rostering.checks.facts import Seen
from rostering.checks.filters import Filter
from rostering.checks.view import Looking

_NEEDS = facts.ALL | {"doubles"}
_WORDS = {"none": "None", "issued": "Issued", "used": "Used", "expired": "Expired", "own": "Own password"}
_SHARED = {"name": "name and birth date", "email": "email"}


def everybody(looking: Looking, wanted: Filter) -> list[Seen]:
    """Who is wanted, of one school or section, or of the whole site; each stands once, at the home school.

    Doubles are told inside a school. Raises InputError (TOO_MANY).
    """
    if wanted.school or wanted.section:
        return view.fitting(looking, wanted, also=_NEEDS)
    return [seen for school in (*listing.schools_of(looking.store, looking.site), "")
            for seen in view.fitting(looking, replace(wanted, school=school), also=_NEEDS)
            if (seen.account.fields.get("school") or "") == school]


def values_of(seen: Seen) -> dict[str, Any]:
    """What a line of the list tells besides the account itself (`account_sheets.SheetPerson`)."""
    return {"email_synced": seen.email, "classes": seen.classes, "current_classes": seen.current_classes or 0,
            "first_secret_state": _WORDS.get(seen.first_secret, ""), "locked": seen.locked_until,
            "doubles": ", ".join(_SHARED[one] for one in sorted(seen.doubles))}

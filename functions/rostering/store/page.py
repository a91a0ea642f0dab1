"""Pages of a reading, and the cursors between them.

A cursor is the sort key (and in the index the item's key) of the last entry that was looked at, as
base64url of JSON. It holds no partition: that comes from the caller each time, so a cursor that
was made up or carried over can name a place in the caller's own partition and nothing else.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass

from rostering.errors import InputError, LocalProtocolError
from rostering.store.keys import Item


@dataclass(frozen=True, slots=True)
class Page:
    """Some items in order. `after` is the cursor for the next page, None if this is the last.

    A page of a listing may hold fewer items than were asked for although `after` is set: entries
    of the index whose item moved or went away meanwhile are left out.
    """

    items: list[Item]
    after: str | None = None


def cursor(*place: str) -> str:
    """The cursor that stands behind `place`."""
    text = json.dumps(place, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place(cursor: str, parts: int, prefix: str) -> list[str]:
    """The place a cursor stands behind: `parts` strings, the first of which begins with `prefix`.

    Raises InputError (code CURSOR) for anything that `cursor` didn't make for such a reading:
    cursors travel through clients.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        found = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True).decode())
        well_formed = (isinstance(found, list) and len(found) == parts
                       and all(isinstance(value, str) and 1 <= len(value.encode()) <= 2048 for value in found)
                       and found[0].startswith(prefix))
    except (UnicodeError, binascii.Error, ValueError, RecursionError):
        well_formed = False
    if not well_formed:
        raise InputError("CURSOR", "the cursor is not one of this list; start again without it")
    return found


def check_limit(limit: int | None) -> None:
    """Raises LocalProtocolError unless `limit` is None (everything) or at least 1."""
    if limit is not None and limit < 1:
        raise LocalProtocolError(f"a page holds at least 1 item; asked for {limit}")

"""Through the people of a school: the listing in its order, a page at a time, and the cursors between.

The listing has those who are at home in a school by role and name, then those who belong to it besides
(only named there: their accounts are read apart). A page costs one query and a batch get for each
100 of its people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from rostering.model import Account
from rostering.people import account_of
from rostering.store import keys
from rostering.store.keys import Item, Key
from rostering.store.page import cursor, place

PAGE = 500
_MEMBERS = "~"      # in a listing: who has another home school, after all roles


class Listed(NamedTuple):
    """A person of a listing, and the cursor that stands behind them."""

    account: Account
    after: str


def schools_of(store: Any, site: str) -> list[str]:
    """The schools of a site in the order of their keys."""
    return [item.body["key"] for item in store.query(keys.settings(site).pk, prefix="SCHOOL#").items]


def pages(store: Any, site: str, school: str, *, role: str = "", size: int = PAGE,
          after: str | None = None) -> Iterator[tuple[list[Listed], str | None]]:
    """Pages of the people of a school, with the cursor for what follows each; the first has `size` entries.

    With a `role` its own part of the listing is read, and everybody who is only named there: their
    role is the account's to tell. Raises InputError (CURSOR).
    """
    prefixes = (f"{role}#", _MEMBERS) if role else ("",)
    number, inner = _begin(after, len(prefixes))
    while number < len(prefixes):
        page = store.listing(keys.people(site, school), prefix=prefixes[number], limit=size, after=inner)
        found = [Listed(account, cursor(str(number), cursor(*_where(item))))
                 for item, account in _whole(store, page.items, school)]
        inner = page.after
        number += inner is None
        yield found, cursor(str(number), inner or "-") if number < len(prefixes) else None
        size = PAGE


def everybody(store: Any, site: str, school: str, *, role: str = "") -> Iterator[Account]:
    """The people of a school in the order of the listing, each once."""
    for found, _ in pages(store, site, school, role=role):
        yield from (one.account for one in found)


def of_section(store: Any, site: str, section: str) -> list[Account]:
    """The teachers and the students of a section; nobody if it isn't there."""
    item = store.get(keys.section(site, section))
    if item is None:
        return []
    names = [*item.body.get("teachers", {}), *item.body.get("members", {})]
    return [account_of(found) for found in store.get_many(keys.account(site, name) for name in names).values()]


def _begin(after: str | None, parts: int) -> tuple[int, str | None]:
    if not after:
        return 0, None
    where, inner = place(after, 2, "")
    number = int(where) if where.isdecimal() and len(where) < 3 else parts
    return number, None if inner == "-" else inner


def _where(item: Item) -> tuple[str, str, str]:
    listed = item.listed
    return (listed.sk if listed else item.key.sk), item.key.pk, item.key.sk


def _whole(store: Any, items: Iterable[Item], school: str) -> Iterator[tuple[Item, Account]]:
    """The accounts behind the entries; who is named in the listing of their own home school stands there already."""
    items = list(items)
    named = [Key(item.key.pk, "ACCOUNT") for item in items if item.key.sk != "ACCOUNT"]
    others = store.get_many(named) if named else {}
    for item in items:
        if item.key.sk == "ACCOUNT":
            yield item, account_of(item)
        elif (whole := others.get(Key(item.key.pk, "ACCOUNT"))) is not None:
            account = account_of(whole)
            if (account.fields.get("school") or "") != school:
                yield item, account

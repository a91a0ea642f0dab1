"""Which accounts a text names: an account's own id, a username, an email, or an id in a source. By keys alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rostering import people
from rostering.model import FAMILY_OF, Account
from rostering.people import account_of
from rostering.store import keys
from rostering.store.keys import Key

_IDENTIFIERS = ("sourceId", "localId", "stateId")


def find_accounts(store: Any, site: str, text: str) -> list[Account]:
    """The accounts that `text` names, by look-ups of keys alone; who was merged is found as who took their place.

    An account's own id names that one only; anything else may name one of each role family.
    """
    if not text:
        return []
    exact = store.get(keys.account(site, text))
    if exact is not None:
        return _in_place(store, site, [account_of(exact)])
    accounts, claims = _places(store, site, text)
    held = store.get_many(claims)
    accounts |= {keys.account(site, item.body["account"]): None for item in held.values() if "account" in item.body}
    items = store.get_many(accounts)
    return _in_place(store, site, [account_of(items[key]) for key in accounts if key in items])


def _places(store: Any, site: str, text: str) -> tuple[dict[Key, None], list[Key]]:
    """Where accounts of that name would stand, and the claims that would lead to one."""
    salt = store.get(keys.settings(site)).body["id_salt"]
    accounts: dict[Key, None] = {}
    claims = [keys.username(site, text), *(keys.email(site, family, text) for family in ("student", "employee"))]
    for source in sorted(sources_of(store, site)):
        for kind, key in _keys_of(source, text):
            accounts[keys.account(site, people.account_id(salt, source, kind, key))] = None
            claims += [keys.identifier(site, FAMILY_OF[kind], source, name, key) for name in _IDENTIFIERS]
            claims.append(keys.identifier(site, FAMILY_OF[kind], source, "localId", text.casefold()))
            if key != text:      # state ids are claimed as they are written
                claims.append(keys.identifier(site, FAMILY_OF[kind], source, "stateId", text))
    return accounts, list(dict.fromkeys(claims))


def _keys_of(source: str, text: str) -> Iterator[tuple[str, str]]:
    key = text.casefold() if source == "sheet" else text       # ids of the sheet ignore case
    yield "student", key
    yield "staff", key
    yield "guardian", f"id:{key}" if source == "sheet" else key


def sources_of(store: Any, site: str) -> set[str]:
    """The sources that have ever sent a site something, and the sheet."""
    found = {"sheet"}
    for prefix in ("NEWEST#", "SOURCE#"):
        for item in store.query(keys.settings(site).pk, prefix=prefix).items:
            found.add(item.body.get("source") or _unescaped(item.key.sk.removeprefix(prefix)))
    return found


def _unescaped(part: str) -> str:
    return part.replace("%23", "#").replace("%25", "%")


def _in_place(store: Any, site: str, found: list[Account]) -> list[Account]:
    """`found` with those who were merged replaced by who took their place, each once."""
    places = {account.merged_into: keys.account(site, account.merged_into) for account in found if account.merged_into}
    items = store.get_many(places.values()) if places else {}
    shown: dict[str, Account] = {}
    for account in found:
        item = items.get(places[account.merged_into]) if account.merged_into else None
        one = account_of(item) if item else account
        shown.setdefault(one.id, one)
    return list(shown.values())

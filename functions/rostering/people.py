"""Accounts as the table holds them: their ids, their items, their place in the listing."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from rostering.model import FAMILY_OF, Account
from rostering.names import fold_name
from rostering.store import keys
from rostering.store.keys import Item, Key

_PLAIN = ("role", "status", "username", "fields", "source", "source_key", "links", "by_hand", "origins",
          "classes", "guardians", "students", "rights", "created", "changed", "deactivated", "signed_in_at",
          "merged_into", "linked")


def account_id(salt: bytes, source: str, kind: str, key: str) -> str:
    """The id of the account that `source` first named by `key`: 16 letters and digits.

    The same key gives the same id, so a task that runs again makes the same account; without the
    site's salt it can't be guessed from a student id.
    """
    name = f"{source}\x00{FAMILY_OF[kind]}\x00{key}".encode()
    digest = hashlib.blake2b(name, key=salt[:64], digest_size=10).digest()
    return base64.b32encode(digest).decode().lower()


def account_of(item: Item) -> Account:
    """The account in an ACCOUNT item."""
    body = item.body
    return Account(id=body["id"], **{"username": ""} | {name: body[name] for name in _PLAIN if name in body})


def item_of(site: str, account: Account, version: int = 1) -> Item:
    """The ACCOUNT item of `account`; empty attributes are left out, to stay within one write unit."""
    body: dict[str, Any] = {"id": account.id}
    for name in _PLAIN:
        value = getattr(account, name)
        if value not in ("", {}, []):
            body[name] = value
    return Item(keys.account(site, account.id), body, version, listed_at(site, account))


def listed_at(site: str, account: Account) -> Key:
    """Where the account stands in the listing of its home school ("" if it has none)."""
    fields = account.fields
    return keys.listed_person(site, fields.get("school") or "", account.role,
                              fold_name(fields.get("last_name") or ""),
                              fold_name(fields.get("preferred_name") or fields.get("first_name") or ""),
                              account.id)

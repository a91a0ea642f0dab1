"""A new password that a person asks for where one signs in, without being signed in.

Whoever asks is told the same in the same time: the names are looked up by `named`, the letter is written
by another function (`answer`), and neither tells whether there was anybody to write to. Students have no
letter: they ask a teacher; and who holds rights has none to an email that somebody set by hand. At most
three letters an hour go to an account, and 20 orders come from a network.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from rostering import invitations
from rostering.clock import moment
from rostering.errors import SettingsError, StoreError
from rostering.letters import Post
from rostering.model import Account
from rostering.people import account_of
from rostering.store import keys
from rostering.store.keys import Item, Key

MOST_AN_HOUR = 3
MOST_OF_A_NETWORK = 20
HOUR_SECONDS = 3_600
REASON = "asked for where one signs in"
_ATTEMPTS = 8


def named(store: Any, site: str, name: str) -> list[str]:
    """The ids of the accounts with this username or (employees) this email; one read, whatever there is."""
    claims = store.get_many([keys.username(site, name), keys.email(site, "employee", name)])
    return sorted({item.body["account"] for item in claims.values()})


def place(site: str, what: str, name: str) -> Key:
    """Where the orders of a name, a network or an account are counted; the table keeps a digest of it."""
    return keys.asked(site, hashlib.sha256(f"{what}\x00{name.strip().lower()}".encode()).hexdigest())


def counted(store: Any, key: Key, *, most: int, now: float) -> bool:
    """Count one order; False, and uncounted, if there were `most` in the last hour already."""
    for _ in range(_ATTEMPTS):
        item = store.get(key)
        times = [at for at in (item.body["times"] if item else ()) if now - at < HOUR_SECONDS]
        if len(times) >= most:
            return False
        body, expires = {"times": [*times, int(now)]}, int(now) + HOUR_SECONDS
        if store.insert(Item(key, body, expires=expires)) if item is None else store.replace(
                Item(key, body, item.version + 1, expires=expires), was=item.version):
            return True
    return False


def answer(store: Any, site: str, accounts: list[str], *, pepper: bytes, post: Post,
           random_bytes: Callable[[int], bytes], at: str) -> dict[str, int]:
    """Send a link to who may have one; gives how many were sent, and how many letters failed."""
    done = {"sent": 0, "failed": 0}
    for item in store.get_many(keys.account(site, account) for account in accounts).values():
        account = account_of(item)
        if not _may_ask(account, post) or not counted(store, place(site, "account", account.id), most=MOST_AN_HOUR,
                                                      now=moment(at).timestamp()):
            continue
        issued = invitations.issue(store, site, account, slot="asked", pepper=pepper, random_bytes=random_bytes,
                                   at=at, by=account.id, told="email", reason=REASON)
        if issued is None:
            continue
        try:
            post.send("asked", account, issued.code, expires_at=issued.expires_at)
            done["sent"] += 1
        except (StoreError, SettingsError):
            done["failed"] += 1
    return done


def _may_ask(account: Account, post: Post) -> bool:
    return (invitations.takes_links(account) and account.status == "active" and not account.merged_into
            and post.reaches(account) and not _may_be_anothers_email(account))


def _may_be_anothers_email(account: Account) -> bool:
    """Whether who may edit accounts could have led the letters of a holder of other rights to themselves.

    An administrator's email is edited by administrators alone.
    """
    holds_rights = any(account.rights.values()) and not account.rights.get("admin")
    return holds_rights and (account.source == "manual" or "email" in account.by_hand)

"""Invitations: one-time links by which a person chooses a password (identity specification, 5.1, 5.4).

A link is good for one use. The table keeps the MAC of its code twice: as an item of its own, which goes when
the code is used, and on the person's sign-in, in a slot. A code counts only while its slot names it, so a new
link voids the last one of its slot, and choosing a password, or a reset, voids all.

| slot    | who wants it                        | good for                                                       |
|---------|-------------------------------------|----------------------------------------------------------------|
| invited | who looks after accounts            | 72 hours; 60 days for a guardian who has no password of their own |
| asked   | the person, where one signs in      | an hour                                                        |

What opened the account before goes on doing so until the person has chosen. What somebody asks for leaves the
slot of invitations alone: nobody can shut another out by asking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal

from rostering import audit
from rostering.clock import iso, moment
from rostering.credentials import first_secrets
from rostering.model import Account
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.writes import Insert, Replace

CODE_LENGTH = 20
INVITED_SECONDS = 72 * 3_600
ASKED_SECONDS = 3_600
SLOTS = ("invited", "asked")
FOR_A_PASSWORD = "password"  # noqa: S105 what the code is for
_ATTEMPTS = 8

Slot = Literal["invited", "asked"]


@dataclass(frozen=True, slots=True)
class Issued:
    """A code as it is told, once, and until when it counts."""

    code: str
    mac: str
    expires_at: str

    def __repr__(self) -> str:
        return f"Issued(…, expires_at={self.expires_at!r})"


def new_code(random_bytes: Callable[[int], bytes]) -> str:
    """A one-time code as people see it: four groups of five letters and digits (Crockford base32), 100 bits."""
    letters = "".join(first_secrets.CROCKFORD[byte % 32] for byte in random_bytes(CODE_LENGTH))
    return "-".join(letters[start:start + 5] for start in range(0, CODE_LENGTH, 5))


def code_mac(pepper: bytes, site: str, code: str) -> str:
    """What the table keeps of a code; case, dashes, spaces and O, I, L for 0, 1, 1 don't matter."""
    return first_secrets.mac_of(code, pepper, f"{site} one-time code")


def takes_links(account: Account) -> bool:
    """Whether people of this role choose their password by a link: employees and guardians do."""
    return account.role != "Student"


def counts(login: dict[str, Any], mac: str) -> bool:
    """Whether a sign-in names the code of this MAC."""
    return any((login.get(slot) or {}).get("mac") == mac for slot in SLOTS)


def voided(login: dict[str, Any]) -> dict[str, Any]:
    """A sign-in that no link opens any more."""
    return {name: value for name, value in login.items() if name not in SLOTS}


def issue(store: Any, site: str, account: Account, *, slot: Slot, pepper: bytes,
          random_bytes: Callable[[int], bytes], at: str, by: str, told: str, reason: str = "",
          batch: str = "", marks: Iterable[tuple[str, Any]] = ()) -> Issued | None:
    """A new link of an account, audited (`invitation.issued`); None if it has no sign-in, or it kept changing.

    `told` is "email", "print" or "answer": how the code leaves. `batch` and `marks` are noted in the slot.
    """
    code = new_code(random_bytes)
    mac = code_mac(pepper, site, code)
    for _ in range(_ATTEMPTS):
        login = store.get(keys.username(site, account.username)) if account.username else None
        if login is None or login.body.get("account") != account.id:
            return None
        expires = moment(at) + timedelta(seconds=_good_for(account, login.body, slot))
        kept = {"mac": mac, **({"batch": batch} if batch else {}), **dict(marks)}
        event = audit.event(site, "invitation.issued", by=by, at=at, name=random_bytes(8).hex(), target=account.id,
                            reason=reason, told=told, slot=slot, batch=batch)
        if store.write_together([
                Replace(replace(login, body=login.body | {slot: kept}, version=login.version + 1)),
                Insert(Item(keys.code(site, mac), {"account": account.id, "for": FOR_A_PASSWORD,
                                                   "expires_at": int(expires.timestamp())},
                            expires=int(expires.timestamp()))),
                Insert(event)]):
            return Issued(code, mac, iso(expires))
    return None


def note_sent(store: Any, site: str, account: Account, mac: str) -> None:
    """Note that a link has left, so that a batch that goes on doesn't send it again."""
    def sent(login: dict[str, Any] | None) -> dict[str, Any] | None:
        slot = (login or {}).get("invited") or {}
        return login | {"invited": slot | {"sent": True}} if login and slot.get("mac") == mac else None
    store.update(keys.username(site, account.username), sent)


def _good_for(account: Account, login: dict[str, Any], slot: Slot) -> int:
    if slot == "asked":
        return ASKED_SECONDS
    if account.role == "Guardian" and login.get("state") != "own":
        return first_secrets.GUARDIAN.good_for or INVITED_SECONDS
    return INVITED_SECONDS

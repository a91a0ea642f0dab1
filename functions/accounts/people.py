"""Lists of people, and what an actor's relation to one of them is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from accounts.ports import Ports
from accounts.problems import Refusal, not_allowed, not_found
from rostering.access.roles import Actor, Target
from rostering.access.rules import allow, denial
from rostering.model import Account
from rostering.people import account_of
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.page import cursor, place
from rostering.targets import section_target, target_of

__all__ = ["list_people", "schools_for", "section_target", "target_of"]

# People of a school by home, by role and name; then those who belong to it besides.
_MEMBERS = "~"
_MOST_PAGES = 8


def list_people(
    store: Any,
    site: str,
    *,
    schools: Sequence[str],
    role: str = "",
    status: str = "",
    limit: int = 100,
    after: str | None = None,
) -> tuple[list[Account], str | None]:
    """A page of accounts in the order of schools, roles and names, and the cursor for the next.

    With several schools a person stands under the home school only. A page may be short although
    more follow: `status` is looked at after reading.

    Raises InputError (CURSOR).
    """
    parts = [(school, prefix) for school in schools for prefix in _prefixes(role, alone=len(schools) == 1)]
    number, inner = 0, None
    if after:
        where, inner = place(after, 2, "")
        number = int(where) if where.isdecimal() and int(where) < len(parts) else len(parts)
        inner = None if inner == "-" else inner
    found: list[Account] = []
    for _ in range(_MOST_PAGES):
        if number >= len(parts) or len(found) >= limit:
            break
        school, prefix = parts[number]
        page = store.listing(keys.people(site, school), prefix=prefix, limit=limit - len(found), after=inner)
        found += [
            account
            for account in _accounts(store, site, page.items, home_only=len(schools) > 1)
            if status in ("", account.status) and role in ("", account.role)
        ]
        inner = page.after
        number += inner is None
    return found, cursor(str(number), inner or "-") if number < len(parts) else None


def _prefixes(role: str, *, alone: bool) -> tuple[str, ...]:
    if not role:
        return ("",)
    return (f"{role}#", _MEMBERS) if alone else (f"{role}#",)


def _accounts(store: Any, site: str, items: Iterable[Item], *, home_only: bool) -> list[Account]:
    """The accounts behind the entries of a listing, in its order, each once."""
    items = list(items)
    elsewhere = [item.key._replace(sk="ACCOUNT") for item in items if item.key.sk != "ACCOUNT"]
    others = {} if home_only else store.get_many(elsewhere)
    accounts: dict[str, Account] = {}
    for item in items:
        whole = item if item.key.sk == "ACCOUNT" else others.get(item.key._replace(sk="ACCOUNT"))
        if whole:
            account = account_of(whole)
            accounts.setdefault(account.id, account)
    return list(accounts.values())


def account_for(ports: Ports, actor: Actor, account: str, *actions: str) -> tuple[Item, Account, Target]:
    """An account of the actor's site that they may read and do all of `actions` to: its item, itself, the target.

    Raises Refusal: 404 if it isn't there or may not even be read, 403.
    """
    item = ports.store.get(keys.account(actor.site, account))
    if item is None:
        raise not_found()
    found = account_of(item)
    return item, found, check(ports, actor, found, *actions)


def check(ports: Ports, actor: Actor, account: Account, *actions: str) -> Target:
    """The account as a target. Raises Refusal as `account_for`."""
    target = target_of(ports.store, actor, account)
    if not allow(actor, "account.read", target):
        raise not_found()
    for action in actions:
        decision = allow(actor, action, target)
        if not decision:
            raise not_allowed(decision.reason)
    return target


def schools_for(store: Any, actor: Actor, action: str, school: str | None) -> list[str]:
    """The schools in which `actor` may do `action`: the one asked for, or all there are ("" is no school).

    Raises Refusal (403) if there is none.
    """
    site = actor.site
    if school is not None:
        decision = allow(actor, action, Target(site, frozenset([school] if school else ())))
        if not decision:
            raise not_allowed(decision.reason)
        return [school]
    page = store.query(keys.settings(site).pk, prefix="SCHOOL#")
    every = [item.body["key"] for item in page.items]
    if allow(actor, action, Target(site)):
        return [*every, ""]
    some = [name for name in every if allow(actor, action, Target(site, frozenset([name])))]
    if not some:
        raise not_allowed(denial(action))
    return some


def school_of(store: Any, site: str, name: str) -> str:
    """The key of a school that there is. Raises Refusal (422)."""
    key = name.strip().casefold()
    if not key or key == "*" or store.get(keys.school(site, key)) is None:
        raise Refusal(422, "SCHOOL", "There is no school of that id. Load or look up the schools first.")
    return key

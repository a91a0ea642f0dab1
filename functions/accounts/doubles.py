"""Who a new person may be already: accounts with the same email, the same id, or the same names.

| reason               | found by                                                                  |
|----------------------|---------------------------------------------------------------------------|
| EMAIL                | the claim of the role family; for guardians the username, if the names agree |
| PERSON_ID            | the local id at any source, also the sheet's account made of it           |
| STATE_ID             | the state id at any source                                                |
| NAME_AND_BIRTH_DATE  | the listings of every school by name                                      |
| NAME                 | the same, in a school of theirs, where a birth date is missing            |

What a claim of this very system holds (`taken`) can't be given twice, whoever wants it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from accounts.notes import KIND
from rostering import people
from rostering.finding import sources_of
from rostering.model import Account
from rostering.names import fold_name
from rostering.people import account_of
from rostering.store import keys
from rostering.store.keys import Item, Key

SYSTEM = "manual"
_MOST_NAMESAKES = 50


@dataclass(slots=True)
class Found:
    """`reasons` by account; `taken` names the claims ("email", "person_id", "state_id") that somebody holds;
    `claims` are the items of those that nobody holds any more, since their account was removed."""

    accounts: dict[str, Account] = field(default_factory=dict)
    reasons: dict[str, list[str]] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    claims: dict[Key, Item] = field(default_factory=dict)

    def add(self, account: Account, reason: str) -> None:
        self.accounts[account.id] = account
        told = self.reasons.setdefault(account.id, [])
        if reason not in told:
            told.append(reason)


def claims_of(site: str, account: Account) -> dict[str, Key]:
    """What a new account claims besides its username, by what it is."""
    fields, family = account.fields, account.family
    claims = {}
    if fields.get("email") and family != "guardian":
        claims["email"] = keys.email(site, family, fields["email"])
    if fields.get("id"):
        claims["person_id"] = keys.identifier(site, family, SYSTEM, "localId", fields["id"].casefold())
    if fields.get("state_id"):
        claims["state_id"] = keys.identifier(site, family, SYSTEM, "stateId", fields["state_id"])
    return claims


def doubles_of(store: Any, site: str, salt: bytes, new: Account) -> Found:
    """Whom the person of `new` may be already."""
    found = Found()
    own = claims_of(site, new)
    places = {key: what.upper() for what, key in own.items()} | dict(_elsewhere(store, site, new))
    held = store.get_many(places)
    wanted: dict[Key, list[str]] = {}
    for key, item in held.items():
        wanted.setdefault(keys.account(site, item.body["account"]), []).append(places[key])
    if new.fields.get("id"):
        sheet = people.account_id(salt, "sheet", KIND[new.role], _sheet_key(new))
        wanted.setdefault(keys.account(site, sheet), []).append("PERSON_ID")
    there = store.get_many(wanted)
    for key, item in there.items():
        for reason in wanted[key]:
            account = account_of(item)
            if reason != "USERNAME":
                found.add(account, reason)
            elif account.role == "Guardian" and _same_names(account, new):
                found.add(account, "EMAIL")
    for what, key in own.items():
        if key in held and keys.account(site, held[key].body["account"]) in there:
            found.taken.append(what)
        elif key in held:
            found.claims[key] = held[key]
    for account in _namesakes(store, site, new):
        _judge(found, account, new)
    return found


def _elsewhere(store: Any, site: str, new: Account) -> Iterator[tuple[Key, str]]:
    fields, family = new.fields, new.family
    if fields.get("email") and family == "guardian":
        yield keys.username(site, fields["email"]), "USERNAME"
    for source in sorted(sources_of(store, site) - {SYSTEM}):
        if fields.get("id"):
            yield keys.identifier(site, family, source, "localId", fields["id"].casefold()), "PERSON_ID"
            yield keys.identifier(site, family, source, "sourceId", _sheet_key(new)), "PERSON_ID"
        if fields.get("state_id"):
            yield keys.identifier(site, family, source, "stateId", fields["state_id"]), "STATE_ID"


def _sheet_key(new: Account) -> str:
    key = new.fields["id"].casefold()
    return f"id:{key}" if new.role == "Guardian" else key


def _namesakes(store: Any, site: str, new: Account) -> Iterator[Account]:
    """Accounts of the family that are listed under the same names, in any school."""
    fields = new.fields
    firsts = {fold_name(fields.get(name) or "") for name in ("first_name", "preferred_name")} - {""}
    schools = [item.body["key"] for item in store.query(keys.settings(site).pk, prefix="SCHOOL#").items]
    roles = ("Teacher", "Staff") if new.family == "employee" else (new.role,)
    for school in [*schools, ""]:
        for role in roles:
            for first in sorted(firsts):
                prefix = keys.listed_person(site, school, role, fold_name(fields["last_name"]), first, "").sk
                yield from (account_of(item) for item in store.listing(
                    keys.people(site, school), prefix=prefix, limit=_MOST_NAMESAKES).items)


def _judge(found: Found, account: Account, new: Account) -> None:
    if account.merged_into:
        return
    ours, theirs = new.fields.get("birth_date"), account.fields.get("birth_date")
    if ours and theirs:
        if ours == theirs:
            found.add(account, "NAME_AND_BIRTH_DATE")
    elif set(new.schools) & set(account.schools) or new.students.keys() & account.students.keys():
        found.add(account, "NAME")


def _same_names(one: Account, other: Account) -> bool:
    return all(fold_name(one.fields.get(name) or "") == fold_name(other.fields.get(name) or "")
               for name in ("first_name", "last_name"))

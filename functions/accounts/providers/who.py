"""Which accounts a person has who came by a provider, and letting them into one.

First the accounts that this subject was linked with, then those whose email the provider answers
for. An account is linked with one subject of a provider: another one with the same email is
somebody else until a person ends the first link (an address may be handed on). One person may have
an account in each role family; then the person chooses (identity specification, section 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from accounts import audit, linking, sessions
from accounts.handing_out import check_released
from accounts.ports import Ports
from accounts.problems import Refusal, not_found
from accounts.providers.known import TITLES
from rostering.access.roles import Actor
from rostering.model import Account
from rostering.people import account_of
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.writes import Delete, Insert, Replace, Write

if TYPE_CHECKING:
    from accounts.providers.exchange import Identity

_ATTEMPTS = 4
_MOST_MERGES = 5
_FAMILIES = ("student", "employee")         # a guardian's email is found where it is the username


@dataclass(frozen=True, slots=True)
class Found:
    """Active accounts of the person, at most one in a role family; `taken` if one was left out
    because another subject of the provider is linked with it."""

    accounts: list[Account]
    taken: bool


def accounts_of(ports: Ports, site: str, identity: Identity) -> Found:
    """The accounts that are this person's. Nothing is written."""
    item = ports.store.get(_key(site, identity))
    found = {one.family: one for name in (item.body["accounts"].values() if item else ())
             if (one := _present(ports, site, name))}
    taken = False
    for one in _by_email(ports, site, identity.proven) if identity.proven else ():
        if one.family in found:
            continue
        linked = _subjects(ports, site, one.id).get(identity.provider)
        if linked and (linked["issuer"], linked["subject"]) != (identity.issuer, identity.subject):
            taken = True
        else:
            found[one.family] = one
    return Found(sorted(found.values(), key=lambda one: one.family), taken)


def enter(ports: Ports, site: str, account: str, identity: Identity) -> sessions.Tokens:
    """A session of the account, which is one of `accounts_of`; the first one links the subject with it.

    Raises Refusal: 409 if it is being linked or changed by somebody else, 403 before the hand-out.
    """
    found = accounts_of(ports, site, identity).accounts
    chosen = next((one for one in found if one.id == account), None)
    if chosen is None:
        raise not_found()
    check_released(ports, site, chosen)
    _link(ports, site, chosen, identity)
    note(ports, site, chosen.id, identity.provider, via=identity.via, email=identity.email)
    for other in found:
        if identity.proven and other.id in chosen.linked and linking.counts(chosen, other):
            linking.prove(ports, site, chosen.id, other.id, f"the same {TITLES[identity.provider]} email")
    return sessions.open_session(ports, site, chosen.id)


def note(ports: Ports, site: str, account: str, method: str, *, via: str, email: str = "") -> None:
    """Note how a person came in: `{"last": {method, at, via}}`, and the day on the account.

    Of a provider also, on the person's sign-in, what a helpdesk asks for: `{"sso": {provider, email, at, via}}`.
    """
    now = ports.time()
    ports.store.update(keys.entrance(site, account), lambda body: (body or {}) | {
        "last": {"method": method, "at": now, "via": via}})
    item = ports.store.update(keys.account(site, account), lambda body: body and (
        None if body.get("signed_in_at", "")[:10] == now[:10] else body | {"signed_in_at": now}))
    if method in TITLES and item is not None:
        sso = {"provider": method, "email": email, "at": now, "via": via}
        ports.store.update(keys.username(site, account_of(item).username), lambda login: (
            login | {"sso": sso} if login and login.get("account") == account else None))


def forget(ports: Ports, actor: Actor, account: Account, provider: str, reason: str) -> None:
    """End the link of an account with its subject of a provider, and its sessions. Raises Refusal: 404, 409."""
    for _ in range(_ATTEMPTS):
        item = ports.store.get(keys.entrance(actor.site, account.id))
        linked = item.body.get("subjects", {}).get(provider) if item else None
        if item is None or linked is None:
            raise not_found()
        rest = {name: one for name, one in item.body["subjects"].items() if name != provider}
        writes: list[Write] = [
            Replace(Item(item.key, item.body | {"subjects": rest}, item.version + 1)),
            Insert(audit.event(ports, actor.site, "identity.unlinked", by=actor, target=account.id, provider=provider,
                               reason=reason))]
        claim = ports.store.get(keys.subject(actor.site, provider, linked["issuer"], linked["subject"]))
        if claim is not None:
            others = {family: one for family, one in claim.body["accounts"].items() if one != account.id}
            writes.append(Replace(Item(claim.key, {"accounts": others}, claim.version + 1)) if others
                          else Delete(claim.key, was=claim.version))
        if ports.store.write_together(writes):
            sessions.end_all(ports, actor.site, account.id)
            return
    raise _busy()


def _link(ports: Ports, site: str, account: Account, identity: Identity) -> None:
    for _ in range(_ATTEMPTS):
        found = ports.store.get_many([_key(site, identity), keys.entrance(site, account.id)])
        claim, door = found.get(_key(site, identity)), found.get(keys.entrance(site, account.id))
        accounts = claim.body["accounts"] if claim else {}
        if accounts.get(account.family) == account.id:
            return
        subjects = (door.body.get("subjects", {}) if door else {}) | {
            identity.provider: {"issuer": identity.issuer, "subject": identity.subject, "at": ports.time()}}
        if ports.store.write_together([
            _over(claim, Item(_key(site, identity), {"accounts": accounts | {account.family: account.id}})),
            _over(door, Item(keys.entrance(site, account.id), (door.body if door else {}) | {"subjects": subjects})),
            Insert(audit.event(ports, site, "identity.linked", by=account.id, target=account.id,
                               provider=identity.provider)),
        ]):
            return
    raise _busy()


def _over(was: Item | None, item: Item) -> Write:
    return Insert(item) if was is None else Replace(Item(item.key, item.body, was.version + 1, was.listed))


def _by_email(ports: Ports, site: str, email: str) -> list[Account]:
    """Active accounts with exactly this email, and those that are linked with them."""
    claims = ports.store.get_many([*(keys.email(site, family, email) for family in _FAMILIES),
                                   keys.username(site, email)])
    names = sorted({item.body["account"] for item in claims.values() if item.body.get("account")})
    first = [one for name in names if (one := _present(ports, site, name))]
    more = sorted({name for one in first for name in one.linked} - set(names))
    found = {one.id: one for one in (*first, *(_present(ports, site, name) for name in more)) if one}
    return [one for one in found.values() if (one.fields.get("email") or "").lower() == email]


def _present(ports: Ports, site: str, name: str) -> Account | None:
    """The active account of that name, or the one that took its place."""
    for _ in range(_MOST_MERGES):
        item = ports.store.get(keys.account(site, name))
        account = account_of(item) if item else None
        if account is None or not account.merged_into:
            return account if account and account.status == "active" else None
        name = account.merged_into
    return None


def _subjects(ports: Ports, site: str, account: str) -> dict[str, Any]:
    item = ports.store.get(keys.entrance(site, account))
    return item.body.get("subjects", {}) if item else {}


def _key(site: str, identity: Identity) -> keys.Key:
    return keys.subject(site, identity.provider, identity.issuer, identity.subject)


def _busy() -> Refusal:
    return Refusal(409, "BUSY", "This account is being changed right now. Try again.")

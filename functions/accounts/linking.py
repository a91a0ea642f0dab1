"""Two accounts of one person in two roles: linked by hand, because they have the same email (section 3).

Each keeps its username, secret, rights and audit. A link counts as long as the emails are the same
and both accounts are active.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from accounts import audit
from accounts.by_hand import LinkedAccount
from accounts.edits import Act, perform
from accounts.notes import name_of_act, note
from accounts.people import account_for, target_of
from accounts.ports import Ports
from accounts.problems import Refusal, not_found
from rostering.access.roles import Actor
from rostering.access.rules import allow
from rostering.model import Account
from rostering.people import account_of, item_of
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.writes import Insert, Replace, Write

_ATTEMPTS = 4


def link(ports: Ports, actor: Actor, account: str, other: str, reason: str, *, if_match: int | None = None) -> Item:
    """The account's item, linked with `other`. Raises Refusal: 404, 403, 409, 412."""
    def alter(found: Account) -> Account:
        second = account_of(_other(ports, actor, other))
        if other in found.linked and found.id in second.linked:
            return found
        objection = _objection(found, second)
        if objection:
            raise Refusal(409, *objection)
        return replace(found, linked=found.linked | {other: _cause(ports, actor, reason)})

    def beside(before: Account, after: Account) -> list[Write]:
        item = _other(ports, actor, other)
        second = account_of(item)
        return _both(ports, actor, item, replace(second, linked=second.linked | {account: after.linked[other]}), "link",
                     reason)

    return perform(ports, actor, account, Act("link", "account.linked", "account.link", reason, alter, beside,
                                              {"other": other}), if_match=if_match)


def unlink(ports: Ports, actor: Actor, account: str, other: str, reason: str, *, if_match: int | None = None) -> Item:
    """The account's item without the link. Raises Refusal as `link`; 404 if they are not linked."""
    def alter(found: Account) -> Account:
        if other not in found.linked:
            raise not_found()
        return replace(found, linked={name: cause for name, cause in found.linked.items() if name != other})

    def beside(before: Account, after: Account) -> list[Write]:
        item = ports.store.get(keys.account(actor.site, other))
        if item is None or account not in item.body.get("linked", {}):
            return []
        second = account_of(item)
        left = {name: cause for name, cause in second.linked.items() if name != account}
        return _both(ports, actor, item, replace(second, linked=left), "unlink", reason)

    return perform(ports, actor, account, Act("unlink", "account.unlinked", "account.link", reason, alter, beside,
                                              {"other": other}), if_match=if_match)


def counts(one: Account, other: Account | None) -> bool:
    """Whether the link of two accounts still stands for something: the email is the same, both are active."""
    return (other is not None and bool(_email(one)) and _email(one) == _email(other)
            and one.status == other.status == "active" and one.family != other.family)


def prove(ports: Ports, site: str, account: str, other: str, how: str) -> None:
    """Note on both ends of a link that one person showed to have both accounts, as long as the email stays."""
    for _ in range(_ATTEMPTS):
        found = ports.store.get_many([keys.account(site, account), keys.account(site, other)])
        if len(found) < 2:
            return
        one, second = found[keys.account(site, account)], found[keys.account(site, other)]
        if is_proven(account_of(one), account_of(second)):
            return
        if other not in one.body.get("linked", {}) or account not in second.body.get("linked", {}):
            return
        proof = {"how": how, "at": ports.time(), "email": _email(account_of(one))}
        if ports.store.write_together([
            _with_proof(one, other, proof), _with_proof(second, account, proof),
            Insert(audit.event(ports, site, "account.link_proven", by=account, target=account, other=other, how=how)),
        ]):
            return


def is_proven(one: Account, other: Account) -> bool:
    """Whether the person of `one` showed that the linked `other` is theirs, too, when both had today's email."""
    proof = one.linked.get(other.id, {}).get("proven")
    return counts(one, other) and bool(proof) and proof["email"] == _email(one)


def _with_proof(item: Item, other: str, proof: dict[str, Any]) -> Replace:
    linked = item.body["linked"]
    body = item.body | {"linked": linked | {other: linked[other] | {"proven": proof}}}
    return Replace(Item(item.key, body, item.version + 1, item.listed))


def _objection(one: Account, other: Account) -> tuple[str, str] | None:
    if one.family == other.family:
        return "SAME_FAMILY", "Only accounts in different roles are linked. In one role family merge them instead."
    if not _email(one) or _email(one) != _email(other):
        return "OTHER_EMAIL", "Only accounts with exactly the same email are linked."
    if one.merged_into or other.merged_into or not counts(one, other):
        return "INACTIVE", "Both accounts have to be active."
    if any(name != other.id for name in one.linked) or any(name != one.id for name in other.linked):
        return "LINKED", "One of the two is linked with another account. End that link first."
    return None


def _other(ports: Ports, actor: Actor, name: str) -> Item:
    return account_for(ports, actor, name, "account.link")[0]


def _email(account: Account) -> str:
    return (account.fields.get("email") or "").lower()


def _cause(ports: Ports, actor: Actor, reason: str) -> dict[str, Any]:
    return {"by": actor.account, "reason": reason, "at": ports.time()}


def _both(ports: Ports, actor: Actor, was: Item, after: Account, action: str, reason: str) -> list[Write]:
    cause = _cause(ports, actor, reason)
    item = item_of(actor.site, replace(after, changed=cause), was.version + 1)
    return [Replace(item), Insert(note(item, was, name=name_of_act(ports), action=action, about=cause))]


def shown(ports: Ports, actor: Actor, account: Account) -> list[LinkedAccount]:
    """The accounts that are linked with this one, as far as `actor` may see them."""
    found = ports.store.get_many(keys.account(actor.site, name) for name in account.linked)
    told = []
    for name, cause in sorted(account.linked.items()):
        item = found.get(keys.account(actor.site, name))
        other = account_of(item) if item else None
        if other and (account.id == actor.account or allow(
                actor, "account.read", target_of(ports.store, actor, other))):
            told.append(LinkedAccount(account=name, role=other.role, username=other.username,
                                      counts=counts(account, other), by=cause["by"], at=cause["at"]))
    return told

"""What a person does to an account by hand: one write with its record, its audit event and its claims."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from accounts import audit, sessions
from accounts.notes import name_of_act, note
from accounts.people import check
from accounts.ports import Ports
from accounts.problems import Refusal, not_allowed, not_found
from rostering.access.roles import WHOLE_SITE, Actor
from rostering.erasure import is_erased
from rostering.model import Account
from rostering.people import account_of, item_of
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.writes import Check, Insert, Replace, Write

_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that is done: `name` is that of the record, `event` that of the audit, `action` is the rule's.

    `alter` gives the account as it is to be, or the account itself if there is nothing to do. It
    may run several times, and may raise a Refusal. `beside` gives what is written together with it;
    `about` goes into the audit event.
    """

    name: str
    event: str
    action: str
    reason: str
    alter: Callable[[Account], Account]
    beside: Callable[[Account, Account], list[Write]] = lambda before, after: []
    about: dict[str, Any] = field(default_factory=dict)


def perform(ports: Ports, actor: Actor, account: str, act: Act, *, version: int | None = None,
            if_match: int | None = None) -> Item:
    """The account's item after the act. If nothing changes, nothing is written or audited.

    `version` is the one the sender saw, if that matters to them; `if_match` the same, from the header.

    Raises Refusal: 404, 403, 412 if it isn't `if_match`, 409 if it was changed since `version`, was
    merged, or wants an email that another account of the role family holds.
    """
    key = keys.account(actor.site, account)
    for _ in range(_ATTEMPTS):
        item = ports.store.get(key)
        if item is None:
            raise not_found()
        before = account_of(item)
        check(ports, actor, before, act.action)
        check_match(item, if_match)
        if version is not None and version != item.version:
            raise Refusal(409, "CHANGED", "The account was changed meanwhile. Look at it again.",
                          version=item.version)
        if is_erased(before):
            raise Refusal(409, "ERASED", "That person was erased; the placeholder stays as it is.")
        if before.merged_into:
            raise Refusal(409, "MERGED", "The account was merged into another one.", into=before.merged_into)
        after = act.alter(before)
        if after is before:
            return item
        after = replace(after, changed={"by": actor.account, "reason": act.reason, "at": ports.time()})
        changed = item_of(actor.site, after, item.version + 1)
        writes = [Replace(changed), *_claims(ports, actor.site, before, after), *act.beside(before, after),
                  *keeps_an_administrator(ports, actor, before, after),
                  *_told(ports, actor, item, changed, before, act)]
        if ports.store.write_together({write.key: write for write in writes}.values()):
            if after.status != "active":
                sessions.end_all(ports, actor.site, account)
            return changed
    raise Refusal(409, "BUSY", "The account is changing right now. Try again.")


def _claims(ports: Ports, site: str, before: Account, after: Account) -> list[Write]:
    """The claim of a new email, if it needs one. Raises Refusal (409) if somebody else holds it."""
    email = after.fields.get("email")
    if not email or email == before.fields.get("email") or after.family == "guardian":
        return []
    key = keys.email(site, after.family, email)
    held = ports.store.get(key)
    if held is None:
        return [Insert(Item(key, {"account": after.id}))]
    if held.body["account"] != after.id:
        holder = ports.store.get(keys.account(site, held.body["account"]))
        if holder is None or holder.body.get("merged_into") != after.id:
            raise Refusal(409, "EMAIL_TAKEN", "Another account uses that email. Each person needs their own.")
    return []


def _told(ports: Ports, actor: Actor, was: Item, item: Item, account: Account, act: Act) -> list[Write]:
    """The record of what moved (in the shape that a load writes, rostering.history), and the audit event."""
    about = {"by": actor.account, "at": ports.time(), "reason": act.reason}
    record = note(item, was, name=name_of_act(ports), action=act.name, about=about)
    moved = record.body["moved"]
    event = audit.event(ports, actor.site, act.event, by=actor.account, target=account.id, reason=act.reason,
                        fields=sorted(moved.get("fields", {}).keys() | moved.get("by_hand", {}).keys()), **act.about)
    return [Insert(record), Insert(event)]


def check_match(item: Item, if_match: int | None) -> None:
    """Raises Refusal (412) if the account is not the one that the sender's If-Match names."""
    if if_match is not None and if_match != item.version:
        raise Refusal(412, "CHANGED", "The account was changed meanwhile. Look at it again.", version=item.version)


def keeps_an_administrator(ports: Ports, actor: Actor, before: Account, after: Account | None) -> list[Write]:
    """What makes sure that a site keeps an administrator when one stops being it: the actor stays one.

    Raises Refusal (403) unless the actor is administrator of the whole site, too. Of two who switch
    each other off at once, one is too late.
    """
    if not _administers(before) or (after is not None and _administers(after)):
        return []
    item = ports.store.get(keys.account(actor.site, actor.account))
    now = account_of(item) if item else None
    if item is None or now is None or not _administers(now) or now.id == before.id:
        raise not_allowed("Only another administrator of the whole site does that: the site keeps one.")
    return [Check(item.key, item.version)]


def _administers(account: Account) -> bool:
    return account.status == "active" and WHOLE_SITE in account.rights.get("admin", ())

"""What a person does to an account by hand: one write with its record, its audit event and its claims."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from accounts import audit, sessions
from accounts.people import target_of
from accounts.ports import Ports
from accounts.problems import Refusal, not_allowed, not_found
from rostering import history
from rostering.access.roles import Actor
from rostering.access.rules import allow
from rostering.model import Account
from rostering.people import account_of, item_of
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.writes import Insert, Replace, Write

_ATTEMPTS = 8
_KIND = {"Student": "student", "Guardian": "guardian", "Teacher": "staff", "Staff": "staff"}


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that is done: `name` is that of the record, `event` that of the audit, `action` is the rule's.

    `alter` gives the account as it is to be, or the account itself if there is nothing to do. It
    may run several times, and may raise a Refusal.
    """

    name: str
    event: str
    action: str
    reason: str
    alter: Callable[[Account], Account]


def perform(ports: Ports, actor: Actor, account: str, act: Act, *, version: int | None = None) -> Item:
    """The account's item after the act. If nothing changes, nothing is written or audited.

    `version` is the one the sender saw, if that matters to them.

    Raises Refusal: 404, 403, 409 if it was changed since `version`, was merged, or wants an email
    that another account of the role family holds.
    """
    key = keys.account(actor.site, account)
    for _ in range(_ATTEMPTS):
        item = ports.store.get(key)
        if item is None:
            raise not_found()
        before = account_of(item)
        _check(ports, actor, before, act.action)
        if version is not None and version != item.version:
            raise Refusal(409, "CHANGED", "The account was changed meanwhile. Look at it again.",
                          version=item.version)
        if before.merged_into:
            raise Refusal(409, "MERGED", "The account was merged into another one.", into=before.merged_into)
        after = act.alter(before)
        if after is before:
            return item
        after = replace(after, changed={"by": actor.account, "reason": act.reason, "at": ports.time()})
        changed = item_of(actor.site, after, item.version + 1)
        writes = [Replace(changed), *_claims(ports, actor.site, before, after),
                  *_told(ports, actor, item, changed, before, act)]
        if ports.store.write_together(writes):
            if after.status != "active":
                sessions.end_all(ports, actor.site, account)
            return changed
    raise Refusal(409, "BUSY", "The account is changing right now. Try again.")


def _check(ports: Ports, actor: Actor, account: Account, action: str) -> None:
    target = target_of(ports.store, actor, account)
    if not allow(actor, "account.read", target):
        raise not_found()
    decision = allow(actor, action, target)
    if not decision:
        raise not_allowed(decision.reason)


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
    name = f"hand-{int(ports.now() * 1000):012x}{ports.random_bytes(5).hex()}"
    moved = history.moved(was.body, item.body)
    moved.pop("changed", None)
    record = {"load": name, "action": act.name, "kind": _KIND[account.role], "row": 0, "rule": "hand",
              "moved": moved, "by": actor.account, "at": ports.time(), "reason": act.reason}
    event = audit.event(ports, actor.site, act.event, by=actor.account, target=account.id, reason=act.reason,
                        fields=sorted(moved.get("fields", {}).keys() | moved.get("by_hand", {}).keys()))
    return [Insert(Item(keys.change(item.key, name), record)), Insert(event)]

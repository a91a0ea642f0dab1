"""Deleting an account: whoever has a history is switched off, and only a slip of the hand goes away.

An account that was made by hand and never did anything is removed: nobody signed in, no class, no
load, no right. Its username and ids stay claimed for good; the email is free again. Erasing somebody
who has a history is an act of two persons (`erasing`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from accounts import audit, sessions
from accounts.edits import Act, check_match, keeps_an_administrator, perform
from accounts.notes import name_of_act, note
from accounts.people import account_for
from accounts.ports import Ports
from accounts.problems import Refusal
from accounts.reach import reach_of
from rostering import by_hand
from rostering.access.roles import Actor
from rostering.model import Account
from rostering.people import account_of, item_of
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.writes import MAX_TOGETHER, Delete, Insert, Replace, Write

REMOVED = ("The account was made by hand and never did anything: it is gone. Its username and ids stay "
           "reserved and are never given to somebody else.")
SWITCHED_OFF = ("The account has a history ({because}), so it was switched off: nobody signs in with it, and what "
                "it did keeps its name. Erasing a person takes two administrators (account erase).")
_ATTEMPTS = 8


def remove(ports: Ports, actor: Actor, account: str, reason: str, *, if_match: int | None = None) -> dict[str, Any]:
    """What became of the account: `removed`, or `deactivated` because of its history.

    Raises Refusal: 404, 403, 409, 412.
    """
    for _ in range(_ATTEMPTS):
        item, found, _ = account_for(ports, actor, account, "account.remove")
        check_match(item, if_match)
        because = history_of(ports.store, actor.site, item)
        if because:
            return _switch_off(ports, actor, account, reason, because, if_match=if_match)
        if ports.store.write_together(_writes(ports, actor, item, found, reason)):
            sessions.end_all(ports, actor.site, account)
            return {"account": account, "outcome": "removed", "because": [], "note": REMOVED}
    raise Refusal(409, "BUSY", "The account is changing right now. Try again.")


def history_of(store: Any, site: str, item: Item) -> list[str]:
    """What an account has done, as codes in order; nothing for one that was made by hand and never used."""
    account = account_of(item)
    reach = reach_of(store, site, account, other=account.id)
    login = store.get(keys.username(site, account.username))
    acts = {one.body.get("action") for one in store.query(item.key.pk, prefix="CHANGE#").items}
    said = {
        "SIGNED_IN": bool(account.signed_in_at) or bool(login and login.body.get("state") == "own"),
        "SOURCE": account.source != "manual" or bool(account.links) or "load" in account.created,
        "CLASSES": bool(account.classes) or bool(reach.teaches) or bool(reach.groups),
        "RIGHTS": bool(account.rights) or store.get(keys.settings(site)).body.get("administrator") == account.id,
        "MERGED": bool(account.merged_into) or bool(acts & {"merge", "unmerge"}),
        "LINKED": bool(account.linked),
    }
    return sorted(code for code, is_so in said.items() if is_so)


def _switch_off(ports: Ports, actor: Actor, account: str, reason: str, because: list[str], *,
                if_match: int | None) -> dict[str, Any]:
    def alter(found: Account) -> Account:
        return by_hand.switch_off(found, by=actor.account, reason=reason, at=ports.time())

    act = Act("deactivate", "account.deactivated", "account.remove", reason, alter, about={"because": because})
    perform(ports, actor, account, act, if_match=if_match)
    return {"account": account, "outcome": "deactivated", "because": because,
            "note": SWITCHED_OFF.format(because=", ".join(because))}


def _writes(ports: Ports, actor: Actor, item: Item, found: Account, reason: str) -> list[Write]:
    """The end of an account in one transaction; what was said of it stays as its record."""
    site, store, act = actor.site, ports.store, name_of_act(ports)
    cause = {"by": actor.account, "reason": reason, "at": ports.time()}
    writes: list[Write] = [Delete(item.key, was=item.version), *keeps_an_administrator(ports, actor, found, None)]
    gone = Item(item.key, {})
    writes += [Insert(note(gone, item, name=act, action="remove", about=cause)),
               Insert(audit.event(ports, site, "account.removed", by=actor.account, target=found.id, reason=reason))]
    login = store.get(keys.username(site, found.username))
    if login and login.body["account"] == found.id:      # the name stays reserved, its secret goes
        writes.append(Replace(Item(login.key, {"account": found.id, "state": "claimed"}, login.version + 1)))
    email = found.fields.get("email")
    claim = store.get(keys.email(site, found.family, email)) if email else None
    if claim and claim.body["account"] == found.id:
        writes.append(Delete(claim.key, was=claim.version))
    writes += [Delete(one.key, was=one.version) for one in store.query(item.key.pk, prefix="SCHOOL#").items]
    relatives = store.get_many(keys.account(site, name) for name in (*found.guardians, *found.students))
    for was in relatives.values():
        writes += parted(site, was, found.id, act, cause)
    if len(writes) > MAX_TOGETHER:
        raise Refusal(409, "TOO_MANY", "The account has too many links: end some first.")
    return writes


def parted(site: str, was: Item, gone: str, act: str, cause: dict[str, Any]) -> list[Write]:
    """A relative without the link; a guardian who has no student any more is switched off (section 7)."""
    account = account_of(was)
    left = replace(account, changed=cause,
                   guardians={name: pair for name, pair in account.guardians.items() if name != gone},
                   students={name: pair for name, pair in account.students.items() if name != gone})
    alone = account.role == "Guardian" and not any(pair[3] == "active" for pair in left.students.values())
    if alone and left.status != "inactive":
        left = replace(left, status="inactive", deactivated=cause | {"rule": "no_link"})
    item = item_of(site, left, was.version + 1)
    return [Replace(item), Insert(note(item, was, name=act, action="unlink", about=cause))]

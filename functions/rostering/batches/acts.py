"""What a batch does to the accounts of one part, in batches of conditional writes.

Every write is marked with the batch, so that doing a part again finds what is done and leaves it.
The record beside an account is written first: a batch that stops between the two is gone on with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from secrets import token_bytes
from typing import Any

from rostering import by_hand, history, invitations
from rostering.access import lockout
from rostering.access.sessions import SESSION_SECONDS
from rostering.batches.choose import Granted, sends_link
from rostering.clock import iso, moment
from rostering.credentials import first_secrets
from rostering.credentials.envelope import SiteSecrets
from rostering.errors import SettingsError, StoreError
from rostering.letters import Kind, Post
from rostering.load.issue import signin_body
from rostering.model import Account
from rostering.people import account_of, item_of
from rostering.store import keys
from rostering.store.keys import Item, Key

_ATTEMPTS = 5
_KIND = {"Student": "student", "Guardian": "guardian", "Teacher": "staff", "Staff": "staff"}

Outcomes = dict[str, str]


@dataclass(frozen=True, slots=True)
class Doing:
    """One batch at work: who does it, why, when, and what its records are called.

    `now` is when the batch was begun, `at` the present moment, `today` the site's calendar day. `secrets`
    are there for what makes or shows secrets, `post` for what sends links, `granted` for a grant and a revoke.
    """

    store: Any
    site: str
    batch: str
    by: str
    reason: str
    now: str
    name: str
    today: str = ""
    at: str = ""
    secrets: SiteSecrets | None = None
    random: Random | None = None
    post: Post | None = None
    random_bytes: Callable[[int], bytes] = token_bytes
    granted: Granted = field(default_factory=Granted)


def reset(doing: Doing, items: list[Item]) -> Outcomes:
    """New first secrets; what opened the accounts before opens them no longer, and their sessions end.

    The counters of wrong tries start anew: they were tries of a secret that is void. Who has no first
    secret (Teacher, Staff) gets a link.
    """
    accounts = [account_of(item) for item in items]
    outcomes = _put(doing, {keys.username(doing.site, one.username): one for one in accounts}, _with_new_secret)
    done = [one for one in accounts if outcomes[one.id] == "done"]
    _clear_tries(doing, done)
    _end_sessions(doing, done)
    _note(doing, "reset", {item.body["id"]: (item, {}) for item in items if outcomes[item.body["id"]] == "done"})
    return outcomes | {one.id: _invited(doing, one, "reset") for one in done if sends_link(one, "reset")}


def invite(doing: Doing, items: list[Item]) -> Outcomes:
    """A link for everybody, by letter or on the sheet; what opens their accounts now goes on doing so."""
    return {item.body["id"]: _invited(doing, account_of(item), "invited") for item in items}


def unlock(doing: Doing, items: list[Item]) -> Outcomes:
    """The counters of wrong tries are cleared, and nothing else."""
    locked = _clear_tries(doing, [account_of(item) for item in items])
    _note(doing, "unlock", {item.body["id"]: (item, {}) for item in items if item.body["id"] in locked})
    return {item.body["id"]: "done" if item.body["id"] in locked else "nothing_to_do" for item in items}


def deactivate(doing: Doing, items: list[Item]) -> Outcomes:
    outcomes = _switch(doing, "deactivate", items, lambda account: by_hand.switch_off(
        account, by=doing.by, reason=doing.reason, at=doing.now))
    _end_sessions(doing, [account_of(item) for item in items if outcomes[item.body["id"]] == "done"])
    return outcomes


def reactivate(doing: Doing, items: list[Item]) -> Outcomes:
    return _switch(doing, "reactivate", items, lambda account: by_hand.switch_on(account, today=doing.today))


def view(doing: Doing, items: list[Item]) -> Outcomes:
    """Whose first secrets can be viewed; nothing is written here, and no envelope is opened (`sheet` does)."""
    accounts = [account_of(item) for item in items]
    found = doing.store.get_many(keys.username(doing.site, one.username) for one in accounts)
    outcomes: Outcomes = {}
    for account in accounts:
        item = found.get(keys.username(doing.site, account.username))
        if item is None or item.body.get("account") != account.id:
            outcomes[account.id] = "no_username"
            continue
        issued = item.body.get("issued_at")
        outcomes[account.id] = first_secrets.closed_because(
            item.body, first_secrets.band_of(account.role, account.fields.get("grade") or ""),
            now=moment(doing.now).timestamp(), issued=moment(issued).timestamp() if issued else None) or "done"
    return outcomes


def grant(doing: Doing, items: list[Item]) -> Outcomes:
    right, place = doing.granted.right, doing.granted.place
    return _switch(doing, "grant", items, lambda account: account if place in account.rights.get(right, ()) else
                   replace(account, rights=account.rights | {right: sorted([*account.rights.get(right, ()), place])}))


def revoke(doing: Doing, items: list[Item]) -> Outcomes:
    right, place = doing.granted.right, doing.granted.place

    def without(account: Account) -> Account:
        if place not in account.rights.get(right, ()):
            return account
        left = account.rights | {right: [one for one in account.rights[right] if one != place]}
        return replace(account, rights={name: places for name, places in left.items() if places})
    return _switch(doing, "revoke", items, without)


ACTS: dict[str, Callable[[Doing, list[Item]], Outcomes]] = {
    "reset": reset, "invite": invite, "unlock": unlock, "deactivate": deactivate, "reactivate": reactivate,
    "view": view, "grant": grant, "revoke": revoke}


def link_to_print(doing: Doing, account: Account) -> str:
    """A fresh link of an account for the sheet; "" if it can't have one any more."""
    issued = _issued(doing, account, told="print")
    return issued.code if issued else ""


def _invited(doing: Doing, account: Account, kind: Kind) -> str:
    """Send somebody a link: `done`, or `to_print` where it is made with the sheet, or why not.

    A call that stopped between issuing and sending issues anew: the letter that came last is the one that counts.
    """
    login = doing.store.get(keys.username(doing.site, account.username))
    if login is None or login.body.get("account") != account.id:
        return "no_username"
    if doing.post is None or not doing.post.reaches(account):
        return "to_print"
    slot = login.body.get("invited") or {}
    if slot.get("batch") == doing.batch and slot.get("sent"):
        return "done"
    issued = _issued(doing, account, told="email")
    if issued is None:
        return "busy"
    try:
        doing.post.send(kind, account, issued.code, expires_at=issued.expires_at)
    except StoreError:
        return "not_sent"
    except SettingsError:
        return "no_letters"
    invitations.note_sent(doing.store, doing.site, account, issued.mac)
    return "done"


def _issued(doing: Doing, account: Account, *, told: str) -> invitations.Issued | None:
    if doing.secrets is None:
        raise SettingsError("an invitation needs the pepper of its site")
    return invitations.issue(doing.store, doing.site, account, slot="invited", pepper=doing.secrets.pepper,
                             random_bytes=doing.random_bytes, at=doing.at or doing.now, by=doing.by, told=told,
                             reason=doing.reason, batch=doing.batch)


def _with_new_secret(doing: Doing, account: Account, login: dict[str, Any]) -> dict[str, Any]:
    if doing.secrets is None:
        raise SettingsError("a reset needs the secrets of its site")
    band = first_secrets.band_of(account.role, account.fields.get("grade") or "")
    version = login.get("secret_version", 0) + 1
    body = signin_body(first_secrets.draw(band, doing.random), band=band, site=doing.site, account=account.id,
                       version=version, secrets=doing.secrets, now=doing.now)
    return body | {"batch": doing.batch}


def _put(doing: Doing, places: dict[Key, Account],
         made: Callable[[Doing, Account, dict[str, Any]], dict[str, Any]]) -> Outcomes:
    """Write each account's sign-in anew, whoever writes it meanwhile."""
    outcomes: Outcomes = {}
    left = dict(places)
    for _ in range(_ATTEMPTS):
        found = doing.store.get_many(left)
        writes = []
        for key, account in left.items():
            item = found.get(key)
            if item is None or item.body.get("account") != account.id:
                outcomes[account.id] = "no_username"
            elif item.body.get("batch") == doing.batch:
                outcomes[account.id] = "done"
            else:
                writes.append(replace(item, body=made(doing, account, item.body), version=item.version + 1))
        refused = doing.store.replace_many(writes)
        outcomes |= {left[item.key].id: "done" for item in writes if item.key not in refused}
        left = {key: left[key] for key in refused}
        if not left:
            break
    return outcomes | {account.id: "busy" for account in left.values()}


def _switch(doing: Doing, action: str, items: list[Item], alter: Callable[[Account], Account]) -> Outcomes:
    """Change the accounts themselves, with a record beside each."""
    outcomes: Outcomes = {}
    left = {item.key: item for item in items}
    for attempt in range(_ATTEMPTS):
        found = doing.store.get_many(left) if attempt else left
        changes: dict[str, tuple[Item, dict[str, Any]]] = {}
        for item in found.values():
            before = account_of(item)
            after = alter(before)
            if before.changed.get("batch") == doing.batch:
                outcomes[before.id] = "done"
            elif after is before:
                outcomes[before.id] = "nothing_to_do"
            else:
                cause = {"by": doing.by, "reason": doing.reason, "at": doing.now, "batch": doing.batch}
                wanted = item_of(doing.site, replace(after, changed=cause), item.version + 1)
                moved = history.moved(item.body, wanted.body)
                moved.pop("changed", None)
                changes[before.id] = wanted, moved
        _note(doing, action, changes)
        refused = doing.store.replace_many(wanted for wanted, _ in changes.values())
        outcomes |= {name: "done" for name, (wanted, _) in changes.items() if wanted.key not in refused}
        left = {key: left[key] for key in refused}
        if not left:
            break
    return outcomes | {item.body["id"]: "busy" for item in left.values()}


def _note(doing: Doing, action: str, changes: dict[str, tuple[Item, dict[str, Any]]]) -> None:
    """The records beside accounts, in the shape that loads write; one that is there stays."""
    about = {"by": doing.by, "at": doing.now, "reason": doing.reason, "batch": doing.batch}
    doing.store.insert_many(
        Item(keys.change(item.key, doing.name), {"load": doing.name, "action": action,
                                                 "kind": _KIND[item.body["role"]], "row": 0, "rule": "hand",
                                                 "moved": moved} | about)
        for item, moved in changes.values())


def _clear_tries(doing: Doing, accounts: list[Account]) -> set[str]:
    """Clear the counters of those who have any; gives whose they were, also if this batch did it before."""
    places = {keys.tries(doing.site, lockout.digest_of(doing.site, one.username)): one.id for one in accounts}
    cleared: set[str] = set()
    left = list(places)
    for _ in range(_ATTEMPTS):
        found = doing.store.get_many(left)
        writes = []
        for key, item in found.items():
            if item.body.get("unlocked_by") == doing.batch:
                cleared.add(places[key])
            elif lockout.is_counting(item.body):
                body = lockout.unlocked(item.body) | {"unlocked_by": doing.batch}
                writes.append(replace(item, body=body, version=item.version + 1))
        refused = doing.store.replace_many(writes)
        cleared |= {places[item.key] for item in writes if item.key not in refused}
        left = list(refused)
        if not left:
            break
    return cleared


def _end_sessions(doing: Doing, accounts: list[Account]) -> None:
    """End the sessions of people. Signing in notes the day, so most can be told to have none."""
    since = iso(moment(doing.now) - timedelta(seconds=SESSION_SECONDS))[:10]
    ended: list[Key] = []
    for account in accounts:
        if account.family == "employee" or account.rights or account.signed_in_at[:10] >= since:
            page = doing.store.query(keys.account(doing.site, account.id).pk, prefix="SESSION#")
            ended += [item.key for item in page.items]
    doing.store.delete_many(ended)

"""One card again: as it was while the first secret is kept, or void and anew.

A card that was lost opens the account for whoever finds it. To reissue is to make the present secret
void at once (here, before the answer), to end the sessions, and to print a new one; the function that
prints is the one that may seal and open first secrets.
"""

from __future__ import annotations

from typing import Any

from accounts import audit, exports, sessions
from accounts.identity import Signed
from accounts.models.handing_out import CardOrder, CardOrdered
from accounts.notes import name_of_act, note
from accounts.people import account_for
from accounts.ports import Ports, seconds_of
from accounts.problems import Refusal
from rostering.access import lockout
from rostering.credentials.first_secrets import band_of
from rostering.model import Account
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.writes import Insert, Replace

_ATTEMPTS = 8
_ANEW = 'A new one makes the old one void: rollbook hand-out card {username} --reissue --reason "…"'


def order(ports: Ports, signed: Signed, account: str, asked: CardOrder) -> CardOrdered:
    """Order the card of one account; its file is fetched as any export.

    Raises Refusal: 403, 404, 409 (SECRET_GONE) if there is no secret left to print, 422.
    """
    found, item = _target(ports, signed, account, reissue=asked.reissue)
    printed = {"account": found.id, "format": "pdf", "with_secrets": True, "reason": asked.reason}
    if asked.reissue:
        export = _reissue(ports, signed, found, item, printed | {"reissue": True})
    else:
        login = ports.store.get(keys.username(signed.claims.site, found.username)) if found.username else None
        gone = _gone(found, login.body if login else {}, now=ports.now())
        if gone:
            raise Refusal(409, "SECRET_GONE", f"{gone} {_ANEW.format(username=found.username)}")
        export = exports.order(ports, signed, printed)
    return CardOrdered(export=export, account=found.id, role=found.role, reissued=asked.reissue)


def _target(ports: Ports, signed: Signed, account: str, *, reissue: bool) -> tuple[Account, Item]:
    actions = ("card.print", "account.reset") if reissue else ("card.print",)
    item, found, _ = account_for(ports, signed.actor, account, *actions)
    if found.status == "inactive":
        raise Refusal(409, "INACTIVE", "The account is switched off. Switch it on first: rollbook account reactivate")
    if reissue and band_of(found.role, found.fields.get("grade") or "").form == "link":
        raise Refusal(422, "NO_FIRST_SECRET", "Teachers and staff sign in by a link, not by a first secret: "
                                              "there is nothing to print anew.")
    return found, item


def _gone(account: Account, login: dict[str, Any], *, now: float) -> str:
    """Why there is no secret to print, "" if there is one or none is needed."""
    state = login.get("state") if login.get("account") == account.id else None
    ends = seconds_of(login.get("expires_at"))
    if state == "own":
        return "This person chose a password of their own, which nobody can print."
    if state == "first_secret" and ends is not None and ends <= now:
        return "The first secret of this account ran out."
    if state == "first_secret" and "envelope" not in login:
        return "The first secret of this account was used, and is no longer kept."
    if state == "first_secret" or band_of(account.role, account.fields.get("grade") or "").form == "link":
        return ""
    return "This account has no first secret."


def _reissue(ports: Ports, signed: Signed, account: Account, was: Item, printed: dict[str, Any]) -> str:
    """Make the present secret void, end the sessions, and order the card with a new one."""
    site, reason = signed.claims.site, printed["reason"].strip()
    key = keys.username(site, account.username)
    for _ in range(_ATTEMPTS):
        login = ports.store.get(key) if account.username else None
        if login is None or login.body.get("account") != account.id:
            raise Refusal(422, "NO_USERNAME", "This account has no username to sign in with.")
        void = {name: login.body[name] for name in ("account", "band", "secret_version") if name in login.body}
        void = Item(key, void | {"state": "claimed"}, login.version + 1, login.listed, login.expires)
        export, writes = exports.ordered(ports, signed, printed)
        about = {"by": signed.actor.account, "at": ports.time(), "reason": reason}
        record = note(was, was, name=name_of_act(ports), action="reset", about=about)
        event = audit.event(ports, site, "password.reset", by=signed.actor, target=account.id, reason=reason,
                            export=export)
        if ports.store.write_together([Replace(void), Insert(record), Insert(event), *writes]):
            break
    else:
        raise Refusal(409, "BUSY", "The account is changing right now. Try again.")
    ports.store.update(keys.tries(site, lockout.digest_of(site, account.username)),
                       lambda tries: lockout.unlocked(tries) if tries else None)
    sessions.end_all(ports, site, account.id)
    exports.start(ports, site, export)
    return export

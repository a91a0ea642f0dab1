"""Looking as somebody else: a session of the shown person that hangs on a session of the one who looks.

It counts while both sessions do, so it ends with a sign-out of the one and with whatever ends the
sessions of the other; it has no refresh token. The looking session notes its view: one at a time.
A view whose time ran out is told as ended with the next act of that session.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from accounts import audit
from accounts.identity import Signed
from accounts.people import target_of
from accounts.ports import Ports, iso
from accounts.problems import Refusal, not_allowed, not_found, not_signed_in
from rostering.access import claims
from rostering.access.claims import Act, Claims
from rostering.access.rules import allow
from rostering.model import Account
from rostering.people import account_of
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.writes import Delete, Insert, Replace, Write

_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class View:
    """A view that began: who is shown, the token, and until when it counts (ISO time, and seconds from now)."""

    account: Account
    access_token: str
    until: str
    expires_in: int


def start(ports: Ports, signed: Signed, account: str, reason: str, *, minutes: int) -> View:
    """Begin to look as `account`; the view of this session that was open before ends.

    Raises Refusal: 404, 403, 409 if the account is not active.
    """
    site, actor = signed.claims.site, signed.actor
    shown = _shown(ports, signed, account)
    own = keys.session(site, actor.account, signed.claims.sid)
    for _ in range(_ATTEMPTS):
        held = ports.store.get(own)
        if held is None:
            raise not_signed_in()
        now, name = int(ports.now()), ports.random_bytes(16).hex()
        ends = min(now + minutes * 60, held.body["expires_at"])
        view = {"viewer": actor.account, "digest": "", "auth_time": signed.claims.auth_time, "scope": "api",
                "expires_at": ends}
        told = audit.event(ports, site, "emulation.started", by=actor, target=shown.id, view=name, until=iso(ends),
                           reason=reason)
        noted = held.body | {"view": {"account": shown.id, "session": name, "expires_at": ends}}
        if ports.store.write_together([
            Insert(Item(keys.session(site, shown.id, name), view, expires=ends)),
            Replace(Item(own, noted, held.version + 1, expires=held.expires)),
            Insert(told),
            *_ending(ports, signed, held.body.get("view"), "another view began"),
        ]):
            return View(shown, _token(ports, signed, shown.id, name, now, ends), iso(ends), ends - now)
    raise _busy()


def end(ports: Ports, signed: Signed, why: str) -> None:
    """End the view of the sender's session, if there is one."""
    site = signed.claims.site
    own = keys.session(site, signed.actor.account, signed.claims.sid)
    for _ in range(_ATTEMPTS):
        held = ports.store.get(own)
        if held is None or "view" not in held.body:
            return
        rest = {name: value for name, value in held.body.items() if name != "view"}
        if ports.store.write_together([Replace(Item(own, rest, held.version + 1, expires=held.expires)),
                                       *_ending(ports, signed, held.body["view"], why)]):
            return
    raise _busy()


def _shown(ports: Ports, signed: Signed, account: str) -> Account:
    item = ports.store.get(keys.account(signed.claims.site, account))
    if item is None:
        raise not_found()
    shown, actor = account_of(item), signed.actor
    target = target_of(ports.store, actor, shown)
    decision = allow(actor, "view_as.start", target)
    if not decision:
        raise not_allowed(decision.reason) if allow(actor, "account.read", target) else not_found()
    if shown.status != "active":
        raise Refusal(409, "NOT_ACTIVE", "The account is not active, so there is nothing it sees.")
    return shown


def _ending(ports: Ports, signed: Signed, view: dict[str, Any] | None, why: str) -> list[Write]:
    """The end of a view and its event."""
    if not view:
        return []
    site = signed.claims.site
    why = "its time was over" if view["expires_at"] <= ports.now() else why
    event = audit.event(ports, site, "emulation.ended", by=signed.actor, target=view["account"], view=view["session"],
                        reason=why)
    return [Delete(keys.session(site, view["account"], view["session"])), Insert(event)]


def _token(ports: Ports, signed: Signed, account: str, name: str, now: int, ends: int) -> str:
    said = Claims(iss=ports.issuer, aud=claims.AUDIENCE, sub=account, site=signed.claims.site, sid=name,
                  jti=ports.random_bytes(12).hex(), iat=now, nbf=now, exp=ends, auth_time=signed.claims.auth_time,
                  act=Act(sub=signed.actor.account, sid=signed.claims.sid))
    text = claims.to_sign(said, ports.signer.kid)
    return claims.with_signature(text, ports.signer.sign(text.encode()))


def _busy() -> Refusal:
    return Refusal(409, "BUSY", "The session is being renewed by somebody else. Try again.")

"""Who sends a request: from the token to the account as it is now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from accounts.ports import Ports
from accounts.problems import Refusal, not_found, not_signed_in
from rostering.access.claims import Claims, read_token
from rostering.access.roles import Actor, actor_of
from rostering.model import Account
from rostering.people import account_of
from rostering.store import keys

FRESH_SECONDS = 15 * 60
STEP_UP = ("Sign in again: this shows passwords, and your last sign-in is more than 15 minutes ago. "
           "Then ask for it once more; nothing was done.")
_BEARER = "bearer "
# What a person may do who has yet to choose a password of their own.
_BEFORE_A_PASSWORD = frozenset({"password.choose", "session.end"})


@dataclass(frozen=True, slots=True)
class Signed:
    """A request's sender: what the token says and who that is now."""

    claims: Claims
    account: Account
    actor: Actor


def identify(ports: Ports, headers: Mapping[str, str]) -> Signed:
    """The sender of a request with these headers (lower-case names).

    The account and the session are read each time, so an end of either counts at once; in a
    view-as those of both people.

    Raises TokenRefused or Refusal (401).
    """
    sent = headers.get("authorization") or ""
    if sent[: len(_BEARER)].lower() != _BEARER:
        raise not_signed_in()
    claims = read_token(
        sent[len(_BEARER) :].strip(), keys=ports.signer.public_keys(), issuer=ports.issuer, now=ports.now()
    )
    account_key = keys.account(claims.site, claims.sub)
    session_key = keys.session(claims.site, claims.sub, claims.sid)
    needed = {account_key: session_key}
    if claims.act:
        needed[keys.account(claims.site, claims.act.sub)] = keys.session(claims.site, claims.act.sub, claims.act.sid)
    found = ports.store.get_many([*needed, *needed.values()])
    if len(found) < 2 * len(needed) or found[session_key].body.get("viewer") != (claims.act and claims.act.sub):
        raise not_signed_in()
    accounts = [account_of(found[key]) for key in needed]
    if any(account.status != "active" for account in accounts) or any(
        found[key].body["expires_at"] <= ports.now() for key in needed.values()
    ):
        raise not_signed_in()
    account, *viewers = accounts
    viewer = actor_of(claims.site, viewers[0], session=claims.act.sid) if claims.act else None
    return Signed(claims, account, actor_of(claims.site, account, session=claims.sid, viewer=viewer))


def is_fresh(ports: Ports, signed: Signed) -> bool:
    """Whether the sender proved who they are within the last 15 minutes; renewing a session is no proof."""
    return ports.now() - signed.claims.auth_time <= FRESH_SECONDS


def check_fresh(ports: Ports, signed: Signed) -> None:
    """Raises Refusal (403, STEP_UP) unless the sign-in is fresh: asked for by whatever shows credentials."""
    if not is_fresh(ports, signed):
        raise Refusal(403, "STEP_UP", STEP_UP)


def check_scope(signed: Signed, site: str | None, method: str, action: str) -> None:
    """Raises Refusal if the token is for another site, only for choosing a password, or only for looking."""
    if site is not None and site != signed.claims.site:
        raise not_found()
    if signed.claims.scope == "password" and action not in _BEFORE_A_PASSWORD:
        raise Refusal(403, "CHOOSE_A_PASSWORD", "Choose a password of your own first.")
    if signed.claims.act and method != "GET":
        raise Refusal(403, "READ_ONLY", "While looking as somebody else nothing can be changed.")

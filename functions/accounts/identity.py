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

    The account and the session are read each time, so an end of either counts at once.

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
    found = ports.store.get_many([account_key, session_key])
    if account_key not in found or session_key not in found:
        raise not_signed_in()
    account = account_of(found[account_key])
    if account.status != "active" or found[session_key].body["expires_at"] <= ports.now():
        raise not_signed_in()
    return Signed(claims, account, actor_of(claims.site, account, session=claims.sid))


def check_scope(signed: Signed, site: str | None, action: str) -> None:
    """Raises Refusal if the token is for another site, or only for choosing a password."""
    if site is not None and site != signed.claims.site:
        raise not_found()
    if signed.claims.scope == "password" and action not in _BEFORE_A_PASSWORD:
        raise Refusal(403, "CHOOSE_A_PASSWORD", "Choose a password of your own first.")

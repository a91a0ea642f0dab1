"""Sessions: 12 hours from signing in, an access token for an hour, a refresh token good for one use.

A refresh token is `account.session.secret`; the table keeps the secret's SHA-256. Using one gives
the next. The one before still counts for a minute, for a reply that was lost; if it comes later,
somebody copied it, and the session ends.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

from accounts import audit
from accounts.ports import Ports
from accounts.problems import Refusal, not_signed_in
from rostering.access import claims
from rostering.access.claims import Claims
from rostering.access.sessions import SESSION_SECONDS
from rostering.people import account_of
from rostering.store import keys
from rostering.store.keys import Item

GRACE_SECONDS = 60
_REFRESH = re.compile(r"([\w-]{1,120})\.([0-9a-f]{32})\.([\w-]{43})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a client holds. `expires_in` is the access token's life in seconds."""

    account: str
    access_token: str
    refresh_token: str
    expires_in: int
    scope: str


def open_session(ports: Ports, site: str, account: str, *, scope: str = "api") -> Tokens:
    """A new session of a person who has just proved who they are."""
    now = int(ports.now())
    session, secret = ports.random_bytes(16).hex(), _secret(ports)
    ends = now + SESSION_SECONDS
    ports.store.insert(
        Item(
            keys.session(site, account, session),
            {"digest": _digest(secret), "auth_time": now, "scope": scope, "expires_at": ends},
            expires=ends,
        )
    )
    return _tokens(ports, site, account, session, secret, auth_time=now, scope=scope, ends=ends)


def refresh(ports: Ports, site: str, token: str) -> Tokens:
    """The next tokens of the session that this refresh token belongs to.

    Raises Refusal (401) if it counts no longer.
    """
    parts = _REFRESH.fullmatch(token)
    if parts is None:
        raise not_signed_in()
    account, session, secret = parts.groups()
    key = keys.session(site, account, session)
    for _ in range(3):
        found = ports.store.get_many([key, keys.account(site, account)])
        if len(found) < 2 or account_of(found[keys.account(site, account)]).status != "active":
            raise not_signed_in()
        item, now = found[key], int(ports.now())
        if item.body["expires_at"] <= now or not _counts(ports, site, item, secret, now):
            raise not_signed_in()
        fresh = _secret(ports)
        body = item.body | {"digest": _digest(fresh), "before": _digest(secret), "rotated_at": now}
        if ports.store.replace(Item(key, body, item.version + 1, expires=item.expires), was=item.version):
            return _tokens(
                ports,
                site,
                account,
                session,
                fresh,
                auth_time=body["auth_time"],
                scope=body["scope"],
                ends=body["expires_at"],
            )
    raise Refusal(409, "BUSY", "The session is being renewed by somebody else. Try again.")


def end_session(ports: Ports, site: str, account: str, session: str) -> None:
    ports.store.delete_many([keys.session(site, account, session)])


def end_all(ports: Ports, site: str, account: str) -> None:
    """End every session of a person: their tokens count no longer from now on."""
    found = ports.store.query(keys.account(site, account).pk, prefix="SESSION#")
    ports.store.delete_many([item.key for item in found.items])


def _counts(ports: Ports, site: str, item: Item, secret: str, now: int) -> bool:
    given = _digest(secret)
    if hmac.compare_digest(given, item.body["digest"]):
        return True
    if not hmac.compare_digest(given, item.body.get("before", "")):
        return False
    if now - item.body["rotated_at"] <= GRACE_SECONDS:
        return True
    audit.record(ports, site, "session.ended", by="system", reason="a used refresh token came again")
    ports.store.delete_many([item.key])
    return False


def _tokens(
    ports: Ports, site: str, account: str, session: str, secret: str, *, auth_time: int, scope: str, ends: int
) -> Tokens:
    now = int(ports.now())
    expires = min(now + claims.ACCESS_SECONDS, ends)
    said = Claims(
        iss=ports.issuer,
        aud=claims.AUDIENCE,
        sub=account,
        site=site,
        sid=session,
        jti=ports.random_bytes(12).hex(),
        iat=now,
        nbf=now,
        exp=expires,
        auth_time=auth_time,
        scope=scope,
    )
    signed = claims.to_sign(said, ports.signer.kid)
    access = claims.with_signature(signed, ports.signer.sign(signed.encode()))
    return Tokens(account, access, f"{account}.{session}.{secret}", expires - now, scope)


def _secret(ports: Ports) -> str:
    return base64.urlsafe_b64encode(ports.random_bytes(32)).decode().rstrip("=")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()

"""Choosing a password of one's own: the end of a first secret (identity specification, 5.1, 5.2)."""

from __future__ import annotations

from typing import Any

from accounts import audit, sessions
from accounts.identity import Signed, is_fresh
from accounts.ports import Ports
from accounts.problems import Refusal, not_allowed
from accounts.sign_in import is_right, site_settings
from rostering import invitations
from rostering.access import lockout, passwords
from rostering.credentials.first_secrets import band_of
from rostering.store import keys


def choose(ports: Ports, signed: Signed, new: str, *, secret: str) -> sessions.Tokens:
    """Set the sender's own password; every session they had ends and a new one begins, and links are void.

    `secret` is the present one. It isn't asked for right after signing in with a first secret that
    must be changed, nor, in the first 15 minutes, of somebody who has none yet.

    Raises Refusal: 401 if `secret` is wrong, 403 if the school keeps the password, 422 if `new` is
    not good enough.
    """
    site, account = signed.claims.site, signed.account
    settings = site_settings(ports, site)
    key = keys.username(site, account.username)
    item = ports.store.get(key)
    login: dict[str, Any] = item.body if item else {}
    if item is None or login.get("account") != account.id:
        raise not_allowed("This account signs in without a password.")
    unasked = signed.claims.scope == "password" or (login.get("state") == "claimed" and is_fresh(ports, signed))
    if not unasked and not is_right(ports, site, settings, login, secret):
        raise Refusal(401, "SIGN_IN", "The present password is not right.")
    band = band_of(account.role, account.fields.get("grade") or "")
    if band.change == "staff":
        raise not_allowed("The school keeps this password. Ask a teacher for a new one.")
    about = (
        site,
        settings.get("name", ""),
        account.username,
        *(account.fields.get(part) or "" for part in ("first_name", "last_name", "email")),
    )
    reason = passwords.reason_against(new, least=band.own_min, about=about)
    if reason:
        raise Refusal(422, "PASSWORD", reason)
    hashed = passwords.hash_password(new)

    def chosen(body: dict[str, Any] | None) -> dict[str, Any] | None:
        kept = {
            name: value
            for name, value in (body or {}).items()
            if name not in ("mac", "envelope", "expires_at", "issued_at", *invitations.SLOTS)
        }
        return kept | {"account": account.id, "state": "own", "hash": hashed, "must_change": False}

    audit.record(ports, site, "password.changed", by=account.id, target=account.id)
    ports.store.update(key, chosen)
    if signed.claims.scope == "password":       # the wrong tries were tries of what opens the account no longer
        ports.store.update(keys.tries(site, lockout.digest_of(site, account.username)),
                           lambda tries: lockout.unlocked(tries) if lockout.is_counting(tries) else None)
    sessions.end_all(ports, site, account.id)
    return sessions.open_session(ports, site, account.id)

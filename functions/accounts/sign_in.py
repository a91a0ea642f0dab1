"""Proving who one is: by username and secret, or by a one-time code.

Every answer to a wrong try is the same and takes the same time, whether the name exists or not:
the tries are counted under a digest of the name before anything is compared, and one argon2id
verification is made in each case. The secrets themselves are never decrypted (5.3, 5.4).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from accounts import audit, sessions
from accounts.handing_out import check_released
from accounts.ports import Ports, seconds_of
from accounts.problems import Refusal, not_found, wait
from rostering import invitations
from rostering.access import lockout, passwords
from rostering.credentials import first_secrets
from rostering.people import account_of
from rostering.store import keys
from rostering.store.keys import Item, Key
from rostering.store.writes import Delete

HAND_OVER_SECONDS = 60
TRIES_OF_A_GUARDIANS_CODE = 10
_KEEP_TRIES_SECONDS = 30 * 86_400
_KEEP_DEVICES_SECONDS = 400 * 86_400


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The tokens, the device's name to send next time, and whether a password must be chosen first.

    `username` is set for who signed in by a code, and so may not know it.
    """

    tokens: sessions.Tokens
    device: str
    must_change: bool
    username: str = ""


def site_settings(ports: Ports, site: str) -> dict[str, Any]:
    """The settings of a site. Raises Refusal (404) if there is none of that name."""
    item = ports.store.get(keys.settings(site))
    if item is None:
        raise not_found()
    return item.body


def sign_in(ports: Ports, site: str, username: str, secret: str, *, address: str, device: str) -> SignedIn:
    """Sign in with a username and a password, a first secret or a guardian's activation code.

    Raises Refusal: 401 if they are wrong, 429 while tries have to wait, 403 where the site takes no passwords
    and before the hand-out.
    """
    settings = site_settings(ports, site)
    if "password" not in methods(settings):
        raise Refusal(403, "METHOD", "Nobody signs in with a password here. Use Google, Microsoft or a one-time code.")
    name = username.strip().lower()
    claim = ports.store.get(keys.username(site, name))
    login = claim.body if claim else {}
    found = ports.store.get(keys.account(site, login.get("account") or "nobody"))
    account = account_of(found) if found else None
    band = first_secrets.band_of(account.role, account.fields.get("grade") or "") if account else None
    tries = keys.tries(site, lockout.digest_of(site, name))
    where, known = lockout.network(address), _digest(device) if device else ""
    wrong = _count(
        ports,
        tries,
        network=where,
        device=known,
        longest=band.longest_wait if band else lockout.LONGEST_WAIT_SECONDS,
    )
    right = is_right(ports, site, settings, login, secret)
    if band is first_secrets.GUARDIAN and login.get("state") == "first_secret":
        right = right and wrong <= TRIES_OF_A_GUARDIANS_CODE
    if not right or account is None or band is None or found is None or account.status != "active":
        raise Refusal(401, "SIGN_IN", "The username or the password is not right.")
    device = device or ports.random_bytes(16).hex()
    _clear(ports, tries, network=where, device=_digest(device))
    check_released(ports, site, account)
    must_change = login["state"] == "first_secret" and login.get("must_change", band.change == "required")
    _note(
        ports,
        keys.username(site, name),
        found,
        spent=login["state"] == "first_secret" and band.kept == "signed_in",
    )
    if login["state"] == "own" and passwords.is_outdated(login["hash"]):
        renewed = passwords.hash_password(secret)
        ports.store.update(keys.username(site, name), lambda body: body | {"hash": renewed})
    tokens = sessions.open_session(ports, site, account.id, scope="password" if must_change else "api")
    return SignedIn(tokens, device, must_change)


def sign_in_with_code(ports: Ports, site: str, code: str) -> SignedIn:
    """Sign in with a one-time code of an administrator, or of a link; it is used up.

    By a link one can do nothing but choose a password. There is no lock on codes: they have 100 bits
    and live for days.

    Raises Refusal: 401, or 403 before the hand-out; then the code stays good.
    """
    settings = site_settings(ports, site)
    mac = invitations.code_mac(ports.vault.pepper(site, settings["pepper"]), site, code)
    item = ports.store.get(keys.code(site, mac))
    if item is None or item.body["expires_at"] <= ports.now():
        raise _wrong_code()
    found = ports.store.get(keys.account(site, item.body["account"]))
    account = account_of(found) if found else None
    if account is not None and account.status == "active":
        check_released(ports, site, account)
    used = ports.store.write_together([Delete(item.key, was=item.version)])
    if not used or found is None or account is None or account.status != "active":
        raise _wrong_code()
    chooses = item.body.get("for") == invitations.FOR_A_PASSWORD
    username = keys.username(site, account.username)
    if chooses and not _names(ports.store.get(username), account.id, mac):
        raise _wrong_code()
    if chooses:
        _note(ports, username, found, spent=False)
    audit.record(ports, site, "code.used", by=account.id, target=account.id)
    tokens = sessions.open_session(ports, site, account.id, scope="password" if chooses else "api")
    return SignedIn(tokens, ports.random_bytes(16).hex(), must_change=chooses, username=account.username)


def hand_over(ports: Ports, site: str, account: str) -> str:
    """A one-time code of a minute for somebody who has just signed in on the page: the learning platform
    sends it to `POST /sites/{site}/sign-in` and gets the tokens."""
    settings = site_settings(ports, site)
    code, expires = invitations.new_code(ports.random_bytes), int(ports.now()) + HAND_OVER_SECONDS
    mac = invitations.code_mac(ports.vault.pepper(site, settings["pepper"]), site, code)
    ports.store.insert(Item(keys.code(site, mac), {"account": account, "expires_at": expires}, expires=expires))
    return code


def methods(settings: dict[str, Any]) -> list[str]:
    """The ways to sign in that the site allows: password, google, microsoft."""
    return settings.get("sign_in") or ["password"]


def takes_passwords(settings: dict[str, Any]) -> bool:
    """Whether people of a site have passwords; where they sign in with Google or Microsoft alone, they don't."""
    return "password" in methods(settings)


def _names(login: Item | None, account: str, mac: str) -> bool:
    """Whether the account's sign-in still names this code: a newer one, or a password chosen since, voids it."""
    return login is not None and login.body.get("account") == account and invitations.counts(login.body, mac)


def _wrong_code() -> Refusal:
    return Refusal(401, "CODE", "The code is not right, was used before, or is too old.")


def is_right(ports: Ports, site: str, settings: dict[str, Any], login: dict[str, Any], secret: str) -> bool:
    """Whether `secret` opens this sign-in; takes the same time for every kind and for none."""
    state = login.get("state")
    pepper = ports.vault.pepper(site, settings["pepper"])
    first = first_secrets.matches(secret, login.get("mac") or "", pepper, login.get("account") or "nobody")
    own = passwords.verify(login.get("hash") if state == "own" else None, secret)
    if state == "first_secret":
        ends = seconds_of(login.get("expires_at"))
        return first and (ends is None or ports.now() < ends)
    return state == "own" and own


def _count(ports: Ports, key: Key, *, network: str, device: str, longest: int) -> int:
    """Count a try as wrong before it is looked at, so that tries side by side can't slip through.

    Gives the number of wrong tries in a row over all networks, with this one.
    """
    for _ in range(8):
        item, now = ports.store.get(key), ports.now()
        tries = item.body if item else None
        seconds = lockout.wait_seconds(tries, network=network, device=device, now=now, longest=longest)
        if seconds:
            raise wait(seconds)
        tries = lockout.failed(tries, network=network, device=device, now=now)
        if _put(ports, key, item, tries):
            return tries.get("all", [0])[0]
    raise wait(1)


def _clear(ports: Ports, key: Key, *, network: str, device: str) -> None:
    for _ in range(8):
        item = ports.store.get(key)
        tries = lockout.succeeded(
            item.body if item else None, network=network, device=device, now=ports.now()
        )
        if _put(ports, key, item, tries):
            return


def _put(ports: Ports, key: Key, item: Item | None, tries: lockout.Tries) -> bool:
    keep = _KEEP_DEVICES_SECONDS if tries.get("devices") else _KEEP_TRIES_SECONDS
    expires = int(ports.now()) + keep
    if item is None:
        return ports.store.insert(Item(key, tries, expires=expires))
    return ports.store.replace(Item(key, tries, item.version + 1, expires=expires), was=item.version)


def _note(ports: Ports, username: Key, found: Item, *, spent: bool) -> None:
    """Destroy the envelope of a first secret that has served, and note the day of signing in."""
    if spent:
        ports.store.update(
            username,
            lambda login: (
                {name: value for name, value in login.items() if name != "envelope"}
                if "envelope" in (login or {})
                else None
            ),
        )
    now = ports.time()
    if found.body.get("signed_in_at", "")[:10] != now[:10]:
        ports.store.update(found.key, lambda body: body | {"signed_in_at": now} if body else None)


def _digest(device: str) -> str:
    return hashlib.sha256(device.encode()).hexdigest()[:32]

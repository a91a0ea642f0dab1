"""Sending a person to a provider and taking them back: once, within ten minutes, in the same browser.

The state that goes along is a random name; the table knows its digest, and with it the nonce, the
PKCE verifier, the provider and a digest of the browser's cookie. It is removed before anything else
is looked at, so whatever comes back comes back once (RFC 9700, 4.7; RFC 7636; RFC 9207).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from accounts.ports import Ports
from accounts.problems import Refusal
from accounts.providers.id_tokens import IdTokenRefused
from accounts.providers.known import Provider, proven_email
from accounts.providers.peer import Peer
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.writes import Delete

LIFE_SECONDS = 10 * 60
_REFUSED = {"access_denied": "Signing in with {} was cancelled. Try again, or use another way to sign in.",
            "temporarily_unavailable": "{} is not available right now. Try again in a minute.",
            "server_error": "{} is not available right now. Try again in a minute."}


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a provider sent: `email` is what it told, `proven` the same if it answers for it (`known`)."""

    provider: str
    issuer: str
    subject: str
    email: str
    proven: str | None
    via: str


def begin(ports: Ports, peer: Peer, provider: Provider, *, browser: str, via: str) -> str:
    """Where to send the person. Raises Refusal (502)."""
    state, nonce, verifier = (random_name(ports) for _ in range(3))
    url = peer.authorization_url(provider, state=state, nonce=nonce, verifier=verifier)
    put_away(ports, provider.site, state, browser=browser, kind=provider.name,
             body={"nonce": nonce, "verifier": verifier, "via": via})
    return url


def finish(ports: Ports, peer: Peer, provider: Provider, query: Mapping[str, str], *, browser: str,
           domains: list[str]) -> Identity:
    """Whom the provider sent back with `query`.

    Raises Refusal: 400 if the state doesn't count or the provider says no, 502 if it can't be
    reached; IdTokenRefused if what it says doesn't count.
    """
    begun = take_out(ports, provider.site, query.get("state", ""), browser=browser, kind=provider.name)
    if "error" in query:
        sentence = _REFUSED.get(query["error"], "{} did not sign you in. Try again, or ask your school.")
        raise Refusal(400, "PROVIDER_SAID_NO", sentence.format(provider.title))
    if query.get("iss") not in (None, *provider.issuers):
        raise IdTokenRefused("MIX_UP")
    assert ports.read_secret is not None, "who signs in by providers needs their secrets"  # noqa: S101 a wiring mistake
    secret = ports.read_secret(provider.secret)["client_secret"]
    token = peer.redeem(provider, query.get("code", ""), secret=secret, verifier=begun["verifier"],
                        nonce=begun["nonce"])
    return Identity(provider.name, provider.issuer, token.sub, (token.email or "").lower(),
                    proven_email(provider, token, domains), begun["via"])


def put_away(ports: Ports, site: str, name: str, *, browser: str, kind: str, body: dict[str, Any]) -> None:
    """Keep `body` under a random name, for ten minutes and this browser."""
    ends = int(ports.now()) + LIFE_SECONDS
    kept = body | {"kind": kind, "browser": _digest(browser), "expires_at": ends}
    ports.store.insert(Item(keys.door(site, _digest(name)), kept, expires=ends))


def take_out(ports: Ports, site: str, name: str, *, browser: str, kind: str) -> dict[str, Any]:
    """What was kept under that name; it is there no longer. Raises Refusal (400)."""
    key = keys.door(site, _digest(name))
    item = ports.store.get(key)
    if item is None or not hmac.compare_digest(item.body["browser"], _digest(browser)) \
            or item.body["kind"] != kind or item.body["expires_at"] <= ports.now() \
            or not ports.store.write_together([Delete(key, was=item.version)]):
        raise Refusal(400, "STATE", "This took longer than ten minutes, was used before, or began in another browser. "
                                    "Start again.")
    return item.body


def random_name(ports: Ports) -> str:
    """A text of 256 bits that nobody can guess."""
    return base64.urlsafe_b64encode(ports.random_bytes(32)).decode().rstrip("=")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

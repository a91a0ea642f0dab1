"""The token endpoint: client credentials, one pair for the vendor and one for the district."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from dataclasses import dataclass, field
from hashlib import blake2b
from urllib.parse import parse_qs, unquote

LIFETIME_SECONDS = 7_199
SCOPES = {
    "1.1": "https://purl.imsglobal.org/spec/or/v1p1/scope/",
    "1.2": "https://purl.imsglobal.org/spec/or/v1p2/scope/",
}
ROSTER, DEMOGRAPHICS = ("roster-core.readonly", "roster.readonly"), ("roster-demographics.readonly",)

Answer = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True, slots=True)
class Credentials:
    """A client and what it may see: `vendor` (Discovery) or `district` (its data)."""

    client_id: str
    client_secret: str
    level: str


@dataclass(slots=True)
class Token:
    level: str
    scopes: frozenset[str]
    expires: float
    calls: int = 0


@dataclass(slots=True)
class Tokens:
    """Every token that was given out, and the rules by which they are."""

    clients: tuple[Credentials, ...]
    scope_required: bool
    issued: dict[str, Token] = field(default_factory=dict)

    def answer(self, method: str, headers: dict[str, str], body: bytes, now: float) -> Answer:
        """The answer to a request for a token (RFC 6749, section 4.4). `headers` are in lower case."""
        if method != "POST":
            return _refused(405, "invalid_request", "ask with POST", Allow="POST")
        if headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
            return _refused(400, "invalid_request", "the body must be a form")
        try:
            form = {name: values[0] for name, values in parse_qs(
                body.decode(), strict_parsing=bool(body), keep_blank_values=True, max_num_fields=20).items()}
            shown = _basic(headers.get("authorization", ""))
        except ValueError:
            return _refused(400, "invalid_request", "the request cannot be read")
        if shown and "client_secret" in form:
            return _refused(400, "invalid_request", "one way to authenticate at a time")
        client = self._client(*(shown or (form.get("client_id", ""), form.get("client_secret", ""))))
        if client is None:
            return _refused(401, "invalid_client", "unknown client", **{"WWW-Authenticate": "Basic"})
        if form.get("grant_type") != "client_credentials":
            return _refused(400, "unsupported_grant_type", "client_credentials only")
        scopes = frozenset(form.get("scope", "").split())
        if self.scope_required and client.level == "district" and not scopes & _known_scopes():
            return _refused(400, "invalid_scope", "a scope is required")
        return self._give(client, scopes, now)

    def _client(self, id: str, secret: str) -> Credentials | None:
        for client in self.clients:
            if client.client_id == id and hmac.compare_digest(client.client_secret.encode(), secret.encode()):
                return client
        return None

    def _give(self, client: Credentials, scopes: frozenset[str], now: float) -> Answer:
        text = made_up(f"{client.client_secret}/{len(self.issued)}", 24)
        self.issued[text] = Token(client.level, scopes, now + LIFETIME_SECONDS)
        answer = {"access_token": text, "token_type": "bearer", "expires_in": LIFETIME_SECONDS}
        if self.scope_required:
            answer["scope"] = " ".join(sorted(scopes))
        return 200, _HEADERS, json.dumps(answer).encode()

    def of(self, authorization: str, now: float) -> Token | None:
        """The valid token that an Authorization header shows."""
        scheme, _, text = authorization.partition(" ")
        token = self.issued.get(text.strip()) if scheme.lower() == "bearer" else None
        return token if token is not None and now < token.expires else None

    def allows(self, token: Token, collection: str, version: str) -> bool:
        """Whether its scopes reach the collection; they do not matter unless they are required."""
        names = DEMOGRAPHICS if collection == "demographics" else ROSTER
        return not self.scope_required or any(SCOPES[version] + name in token.scopes for name in names)


def made_up(text: str, size: int = 12) -> str:
    """A string that looks random and follows from `text`."""
    return blake2b(text.encode(), digest_size=size).hexdigest()


_HEADERS = {"Content-Type": "application/json", "Cache-Control": "no-store"}


def _basic(header: str) -> tuple[str, str] | None:
    scheme, _, text = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        id, colon, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if not colon:
        raise ValueError("no colon")
    return unquote(id), unquote(secret)  # form-encoded first: RFC 6749, section 2.3.1


def _known_scopes() -> frozenset[str]:
    return frozenset(prefix + name for prefix in SCOPES.values() for name in (*ROSTER, *DEMOGRAPHICS))


def _refused(status: int, error: str, description: str, **headers: str) -> Answer:
    body = json.dumps({"error": error, "error_description": description}).encode()
    return status, {**_HEADERS, **headers}, body

"""Talking with a provider: its metadata, its keys, and a code for a token; through the one transport.

Metadata and keys are kept for an hour in memory. Keys are read once more when a token names one that
isn't there, so a provider may change them at any time (OpenID Connect Core, 10.1.1).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.client import OAuth2Client
from joserfc.jwk import KeySet

from accounts.problems import Refusal
from accounts.providers import id_tokens
from accounts.providers.id_tokens import IdToken, IdTokenRefused, UnknownKey
from accounts.providers.known import Provider
from rostering.errors import SourceUnavailable
from rostering.transport import Response, Transport

SCOPE = "openid email"
_KEEP_SECONDS = 3_600
_MOST_BYTES = 256 * 1024
_TIMEOUT_SECONDS = (3.05, 8.0)
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class Peer:
    """Providers, asked as needed. `send` is `Transport.send`, of a connection that is made for one request."""

    def __init__(self, *, now: Callable[[], float], loopback: bool = False,
                 send: Callable[..., Response] | None = None) -> None:
        self._now, self._loopback = now, loopback
        self._send = send or self._by_transport
        self._metadata: dict[str, tuple[float, dict[str, str]]] = {}
        self._keys: dict[str, tuple[float, KeySet]] = {}

    def authorization_url(self, provider: Provider, *, state: str, nonce: str, verifier: str) -> str:
        """Where a person is sent to sign in. Raises Refusal (502) if the provider can't be reached."""
        more = {"prompt": "select_account"}
        url, _ = self._client(provider, "").create_authorization_url(
            self._of(provider)["authorization_endpoint"], state=state, code_verifier=verifier, nonce=nonce, **more)
        return url

    def redeem(self, provider: Provider, code: str, *, secret: str, verifier: str, nonce: str) -> IdToken:
        """What the provider says of the person who brought `code`.

        Raises Refusal (502) if it can't be reached, IdTokenRefused if its answer doesn't count.
        """
        client = self._client(provider, secret)
        try:
            answer = client.fetch_token(self._of(provider)["token_endpoint"], grant_type="authorization_code",
                                        code=code, code_verifier=verifier, redirect_uri=provider.redirect_uri)
        except OAuth2Error as error:
            raise IdTokenRefused(f"TOKEN_{_word(error.error)}") from None
        except (ValueError, TypeError):
            raise IdTokenRefused("TOKEN_FORM") from None
        text = answer.get("id_token")
        if not isinstance(text, str):
            raise IdTokenRefused("NO_ID_TOKEN")
        about = {"issuers": provider.issuers, "client_id": provider.client_id, "nonce": nonce, "now": int(self._now())}
        try:
            return id_tokens.read(text, self._public_keys(provider), **about)
        except UnknownKey:
            self._keys.pop(provider.issuer, None)
            return id_tokens.read(text, self._public_keys(provider), **about)

    def _client(self, provider: Provider, secret: str) -> OAuth2Client:
        return OAuth2Client(_Session(self._asked(provider)), provider.client_id, secret or None, scope=SCOPE,
                            token_endpoint_auth_method="client_secret_post",  # noqa: S106 RFC 6749, 2.3.1
                            redirect_uri=provider.redirect_uri, code_challenge_method="S256")

    def _of(self, provider: Provider) -> dict[str, str]:
        """The provider's endpoints (OpenID Connect Discovery, 4.3), each at one of its own hosts."""
        until, found = self._metadata.get(provider.issuer, (0.0, {}))
        if self._now() >= until:
            document = self._document(provider, f"{provider.issuer}/.well-known/openid-configuration")
            if document.get("issuer") != provider.issuer:
                raise _unreachable(provider)
            found = {name: document.get(name) for name in _ENDPOINTS}
            if not all(isinstance(url, str) and provider.may_be_asked(url) for url in found.values()):
                raise _unreachable(provider)
            self._metadata[provider.issuer] = (self._now() + _KEEP_SECONDS, found)
        return found

    def _public_keys(self, provider: Provider) -> KeySet:
        until, found = self._keys.get(provider.issuer, (0.0, None))
        if found is None or self._now() >= until:
            found = id_tokens.public_keys(self._document(provider, self._of(provider)["jwks_uri"]))
            self._keys[provider.issuer] = (self._now() + _KEEP_SECONDS, found)
        return found

    def _document(self, provider: Provider, url: str) -> dict[str, Any]:
        answer = self._asked(provider)("GET", url, headers={"Accept": "application/json"})
        try:
            document = json.loads(answer.body) if answer.status == 200 else None
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise _unreachable(provider)
        return document

    def _asked(self, provider: Provider) -> Callable[..., Response]:
        """`send` to this provider and nowhere else."""
        def ask(method: str, url: str, *, headers: dict[str, str], body: bytes | None = None) -> Response:
            if not provider.may_be_asked(url):
                raise _unreachable(provider)
            try:
                return self._send(method, url, headers=headers, body=body, most_bytes=_MOST_BYTES,
                                  timeout_seconds=_TIMEOUT_SECONDS)
            except SourceUnavailable:
                raise _unreachable(provider) from None
        return ask

    def _by_transport(self, method: str, url: str, **about: Any) -> Response:
        with Transport(loopback=self._loopback) as transport:
            return transport.send(method, url, **about)


class _Session:
    """The session that Authlib's client asks through: it knows one request, and ours carries it."""

    def __init__(self, ask: Callable[..., Response]) -> None:
        self._ask = ask

    def request(self, method: str, url: str, *, data: Any = None, headers: Any = None, auth: Any = None,
                **_: Any) -> _Answer:
        body, headers = urlencode(data or {}), dict(headers or {})
        if auth is not None:
            url, headers, body = auth.prepare(method, url, headers, body)
        return _Answer(self._ask(method, url, headers=headers, body=body.encode()))

    def post(self, url: str, data: Any = None, **about: Any) -> _Answer:
        return self.request("POST", url, data=data, **about)


class _Answer:
    """A response as Authlib reads it."""

    def __init__(self, response: Response) -> None:
        self.status_code = response.status
        self._body = response.body

    def json(self) -> Any:
        try:
            return json.loads(self._body)
        except RecursionError:
            raise ValueError("nested too deep") from None

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise ValueError("the provider answered with an error")


def _unreachable(provider: Provider) -> Refusal:
    return Refusal(502, "PROVIDER", f"{provider.title} doesn't answer right now. Try again in a minute, or use another "
                                    "way to sign in.")


def _word(code: Any) -> str:
    return "".join(letter for letter in str(code)[:40] if letter.isalnum() or letter == "_").upper()

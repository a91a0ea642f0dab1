"""HTTP to hosts that people named: pinned, checked at connect, bounded, followed nowhere.

The name is resolved once for a connection, every address it has must be public, and the connection
goes to that address while TLS and Host speak of the name: an answer of the resolver that changes in
between leads nowhere (threats, section 4). No proxy, no redirect, no cookie.
"""

from __future__ import annotations

import socket
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter

from rostering import addresses
from rostering.addresses import BadAddress
from rostering.errors import SourceUnavailable

TIMEOUT_SECONDS = (3.05, 30.0)
_PIECE = 1 << 16
_GZIP = 31


class BodyTooBig(SourceUnavailable):
    """An answer that is bigger than was allowed; `head` is its beginning, as far as it was read."""

    def __init__(self, head: bytes) -> None:
        super().__init__("the answer is bigger than it may be")
        self.head = head


class Refused(SourceUnavailable):
    """TLS or the address did not let us through: somebody has to act. `code` says what."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered: `headers` by lower-case names, `body` inflated."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Pinned(HTTPAdapter):
    """Connects to addresses that `public` lets pass, and verifies the name."""

    def __init__(self, *, loopback: bool, ports: frozenset[int], resolve: Callable[..., Any],
                 public: Callable[[str], None]) -> None:
        self._loopback, self._ports, self._resolve, self._public = loopback, ports, resolve, public
        super().__init__(max_retries=0)

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        where, tls = super().build_connection_pool_key_attributes(request, verify, cert)
        address = addresses.check(request.url, ports=self._ports, loopback=self._loopback)
        named = {"server_hostname": address.host, "assert_hostname": address.host}
        if address.loopback:
            return where | {"host": "127.0.0.1"}, tls | (named if where["scheme"] == "https" else {})
        found = sorted({info[4][0] for info in self._resolve(address.host, address.port, type=socket.SOCK_STREAM)})
        if not found:
            raise BadAddress("The host has no address.")
        for one in found:
            self._public(one)
        request.headers["Host"] = address.host if address.port == 443 else f"{address.host}:{address.port}"
        return where | {"host": found[0]}, tls | named


class Transport:
    """A connection to one server. Close it, or use it in a `with`.

    `certificate` is (certificate, key) as PEM files, `ca` a PEM file that is trusted instead of the
    usual ones, `basic` (user, password). `loopback` allows this machine (`addresses.check`);
    `ports`, `resolve` and `public` are for tests.
    """

    def __init__(self, *, certificate: tuple[str, str] | None = None, ca: str | None = None,
                 basic: tuple[str, str] | None = None, loopback: bool = False,
                 ports: frozenset[int] = addresses.PORTS, resolve: Callable[..., Any] = socket.getaddrinfo,
                 public: Callable[[str], None] = addresses.public) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.cert, self._session.verify = certificate, ca or True
        self._session.auth = tuple(part.encode() for part in basic) if basic else None
        self._session.adapters.clear()
        adapter = _Pinned(loopback=loopback, ports=ports, resolve=resolve, public=public)
        self._session.mount("https://", adapter)
        if loopback:
            self._session.mount("http://", adapter)
        self.seconds = 0.0      # spent waiting for servers

    def __enter__(self) -> Transport:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._session.close()

    def send(self, method: str, url: str, *, headers: Mapping[str, str], most_bytes: int,
             body: bytes | None = None, timeout_seconds: tuple[float, float] = TIMEOUT_SECONDS) -> Response:
        """One request and its answer, inflated, of at most `most_bytes`.

        Raises BodyTooBig, Refused (address, certificate), SourceUnavailable (no answer).
        """
        began = time.monotonic()
        try:
            with self._session.request(method, url, headers=dict(headers), data=body, stream=True,
                                       allow_redirects=False, timeout=timeout_seconds) as answer:
                deadline = began + 10 * timeout_seconds[1]
                return Response(answer.status_code, {name.lower(): value for name, value in answer.headers.items()},
                                _read(answer, most_bytes, deadline))
        except BadAddress as error:
            raise Refused("ADDRESS", error.message) from None
        except requests.exceptions.SSLError as error:
            raise Refused("TLS", _tls_sentence(error)) from None
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise SourceUnavailable(f"no answer: {type(error).__name__}") from None
        finally:
            self.seconds += time.monotonic() - began


def _read(answer: requests.Response, most_bytes: int, deadline: float) -> bytes:
    """The body, inflated piece by piece so that a bomb never unfolds."""
    raw = answer.raw
    encoding = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise SourceUnavailable("the answer is compressed in a way that nobody asked for")
    inflate = zlib.decompressobj(_GZIP) if "gzip" in encoding else None
    body = bytearray()
    while piece := raw.read(_PIECE, decode_content=False):
        if time.monotonic() > deadline:
            raise SourceUnavailable("the answer takes too long")
        if inflate is None:
            body += piece
        else:
            try:
                body += inflate.decompress(piece, most_bytes + 1 - len(body))
                while inflate.unconsumed_tail and len(body) <= most_bytes:
                    body += inflate.decompress(inflate.unconsumed_tail, most_bytes + 1 - len(body))
            except zlib.error:
                raise SourceUnavailable("the answer's compression is broken") from None
        if len(body) > most_bytes:
            raise BodyTooBig(bytes(body[:most_bytes]))
    return bytes(body)


def _tls_sentence(error: Exception) -> str:
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return "The server's certificate is not trusted, or is not for this name."
    if "alert" in text.lower():
        return "The server refused our client certificate, or wants one."
    return "No secure connection could be made."

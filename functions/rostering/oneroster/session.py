"""What a provider is asked with: one token, a steady pace, and patience with a server that is busy.

`send` is the HTTP, `now` (seconds since 1970), `sleep` and `random` (0 to 1) are given, so that a night of retries
is a test of milliseconds. No error holds a secret, a token, an id or text of the provider.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Literal, Protocol
from urllib.parse import urlencode

from rostering.errors import InputError, RemoteProtocolError, SourceUnavailable
from rostering.oneroster import strict
from rostering.oneroster.rest import BUSY, refuse
from rostering.transport import BodyTooBig, Refused

TRIES = 6
BACKOFF_SECONDS = (1, 2, 4, 8, 16, 32, 60)
MOST_WAIT_SECONDS = 120.0       # whatever Retry-After asks for
RENEW_SECONDS = 300.0
TOKEN_BYTES = 64 << 10
TOKEN_SECONDS = 3600.0          # if it does not say

_TOKEN = re.compile(r"[\x21-\x7e]{1,8192}")
_SECONDS = re.compile(r"[0-9]{1,9}")


class Answer(Protocol):
    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...


Send = Callable[..., Answer]        # send(method, url, *, headers, most_bytes, body=None), as `Transport.send`


@dataclass(frozen=True, slots=True)
class Client:
    """Where a provider is and what it knows us by. `api_url` ends in v1p1 or v1p2; a blank scope is not sent."""

    api_url: str
    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    token_scope: str = ""
    token_auth: Literal["basic", "body"] = "basic"  # noqa: S105 - where the secret goes, not the secret
    requests_per_second: float = 5.0


class Session:
    """Asks one provider. `requests` and `tokens` count what was sent, retries included.

    A token lives as long as the session: it is renewed when less than 5 minutes of it are left, and once for
    a request that it does not open.
    """

    def __init__(self, client: Client, send: Send, *, now: Callable[[], float], sleep: Callable[[float], None],
                 random: Callable[[], float]) -> None:
        self._client, self._send = client, send
        self._now, self._sleep, self._random = now, sleep, random
        self._token, self._renew_at = "", 0.0
        self._free_at = 0.0
        self.requests = self.tokens = 0

    def get(self, path: str, params: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        """The 200 for a path below the API's address ("users"), as `rest.collection` wants it.

        Raises InputError, RemoteProtocolError or SourceUnavailable for everything else (`rest.refuse`).
        """
        url = f"{self._client.api_url.rstrip('/')}/{path}" + (f"?{urlencode(params)}" if params else "")
        return self.fetch(url, path)

    def fetch(self, url: str, what: str) -> tuple[int, Mapping[str, str], bytes]:
        """As `get`, for a whole URL; `what` names it in sentences."""
        answer = self._patiently("GET", url, self._opened, most_bytes=strict.MOST_BYTES)
        if answer.status == 401:
            self._token = ""
            answer = self._patiently("GET", url, self._opened, most_bytes=strict.MOST_BYTES)
        refuse(answer.status, answer.body, what)
        return answer.status, answer.headers, answer.body

    def _opened(self) -> dict[str, str]:
        if not self._token or self._now() >= self._renew_at:
            self._renew()
        return {"Authorization": f"Bearer {self._token}", "Accept": "application/json", "Accept-Encoding": "gzip"}

    def _renew(self) -> None:
        client = self._client
        form = {"grant_type": "client_credentials"} | ({"scope": client.token_scope} if client.token_scope else {})
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        if client.token_auth == "basic":  # noqa: S105
            pair = base64.b64encode(f"{client.client_id}:{client.client_secret}".encode()).decode()
            headers["Authorization"] = f"Basic {pair}"
        else:
            form |= {"client_id": client.client_id, "client_secret": client.client_secret}
        self._token = ""
        self.tokens += 1
        answer = self._patiently("POST", client.token_url, lambda: headers, most_bytes=TOKEN_BYTES,
                                 body=urlencode(form).encode())
        if answer.status in (400, 401, 403):
            raise InputError("OR-TOKEN", "The token server does not know this client id and secret, or does not take "
                             "the scope.")
        if answer.status == 404:
            raise InputError("OR-TOKEN-URL", "There is no token server at this address. Check the token URL.")
        refuse(answer.status, b"", "the token")
        said = strict.parse(answer.body, most_bytes=TOKEN_BYTES)
        token = said.get("access_token") if isinstance(said, dict) else None
        kind = said.get("token_type") if isinstance(said, dict) else None
        if not isinstance(token, str) or not _TOKEN.fullmatch(token) or (
                kind is not None and str(kind).casefold() != "bearer"):
            raise RemoteProtocolError("the token server's answer holds no bearer token", code="TOKEN")
        lives = _lifetime(said.get("expires_in"))
        self._token, self._renew_at = token, self._now() + lives - min(RENEW_SECONDS, lives / 2)

    def _patiently(self, method: str, url: str, headers: Callable[[], dict[str, str]], *, most_bytes: int,
                   body: bytes | None = None) -> Answer:
        """The first answer that is not about being busy; the headers are made for each try."""
        told = ""
        for attempt in range(TRIES):
            made = headers()
            self._keep_pace()
            self.requests += 1
            asked_seconds = 0.0
            try:
                answer = self._send(method, url, headers=made, most_bytes=most_bytes, body=body)
            except BodyTooBig:
                raise RemoteProtocolError("the answer is bigger than it may be", code="TOO_BIG") from None
            except Refused:
                raise
            except SourceUnavailable as error:
                told = str(error)
            else:
                if answer.status not in BUSY:
                    return answer
                told = f"it answers {answer.status}"
                asked_seconds = _retry_after(answer.headers, self._now())
            if attempt + 1 < TRIES:
                jittered = BACKOFF_SECONDS[attempt] * (0.5 + self._random() / 2)
                self._sleep(min(MOST_WAIT_SECONDS, max(jittered, asked_seconds)))
        raise SourceUnavailable(f"the provider could not be asked in {TRIES} tries: {told}")

    def _keep_pace(self) -> None:
        rate = self._client.requests_per_second
        wait = self._free_at - self._now()
        if wait > 0:
            self._sleep(wait)
        if rate > 0:
            self._free_at = max(self._free_at, self._now()) + 1 / rate


def _lifetime(sent: Any) -> float:
    if isinstance(sent, str) and _SECONDS.fullmatch(sent):
        sent = int(sent)
    if isinstance(sent, bool) or not isinstance(sent, int | float):
        return TOKEN_SECONDS
    return float(min(max(sent, 1), 86_400))


def _retry_after(headers: Mapping[str, str], now: float) -> float:
    """Seconds from now, of a number or a date (RFC 9110); 0 if it says neither."""
    sent = next((value for name, value in headers.items() if name.lower() == "retry-after"), "").strip()
    if _SECONDS.fullmatch(sent):
        return float(sent)
    try:
        return max(0.0, parsedate_to_datetime(sent).timestamp() - now)
    except (ValueError, TypeError, OverflowError, OSError):
        return 0.0

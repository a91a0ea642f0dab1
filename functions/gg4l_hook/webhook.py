"""One message to a site's webhook, from the request to the answer (handbook, section 6.3).

| order | check                                             | answer                              |
|-------|---------------------------------------------------|-------------------------------------|
| 1     | the path names a site that takes webhooks         | 404                                 |
| 2     | not compressed, at most 1 MiB                     | 413                                 |
| 3     | signature, id, timestamp (`verify`)               | 401, one fixed body                 |
| 4, 5  | strict JSON, of the form we offer (`hint`)        | 400                                 |
| 6     | the district is one of the site's                 | 403                                 |
| 7, 8  | kept once, what follows is ordered (`hooks`)      | 202, also if it was kept before     |
| –     | store, queue or secrets don't answer              | 503: the sender tries again         |

A district that a site has neither introduced nor discovered is nobody's: 403 with an alert. The
sender tries again for days, so news that come before the poll has found their district are not lost.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gg4l_hook import hint, hooks
from gg4l_hook.desk import Order
from gg4l_hook.verify import Unauthenticated, authentic
from rostering.clock import moment
from rostering.districts import Connection
from rostering.errors import RosteringError
from rostering.store import keys

MOST_BYTES = hint.MOST_BYTES
MOST_BASE64 = -(-MOST_BYTES // 3) * 4
_SITE = re.compile(r"[a-z0-9][a-z0-9-]{1,31}")
_BODIES = {
    202: '{"status":"accepted"}', 400: '{"error":"not a message of the agreed form"}',
    401: '{"error":"not authenticated"}', 403: '{"error":"not a district of this address"}',
    404: '{"error":"no such address"}', 413: '{"error":"too big, or compressed"}', 503: '{"error":"try again later"}'}


@dataclass(frozen=True, slots=True)
class Desk:
    """What taking a message needs, by the names of `desk.Desk`. `secret` gives {current, previous} by the name."""

    store: Any
    now: Callable[[], str]
    secret: Callable[[str], dict[str, str]]
    order: Callable[[Order], None]


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the gateway hands it on; header names are in lower case."""

    site: str
    headers: dict[str, str]
    body: str
    is_base64: bool

    @classmethod
    def of(cls, event: Any) -> Request:
        """The request in an event of an HTTP API, whatever that holds."""
        event = event if isinstance(event, dict) else {}
        path, headers, body = (event.get(name) for name in ("pathParameters", "headers", "body"))
        site = path.get("site") if isinstance(path, dict) else None
        return cls(site if isinstance(site, str) else "",
                   {name.lower(): value for name, value in (headers if isinstance(headers, dict) else {}).items()
                    if isinstance(name, str) and isinstance(value, str)},
                   body if isinstance(body, str) else "", event.get("isBase64Encoded") is True)


@dataclass(frozen=True, slots=True)
class Answer:
    """`outcome` is a word for the log; an `alert` should be seen by somebody."""

    status: int
    outcome: str
    alert: bool = False

    @property
    def body(self) -> str:
        return _BODIES[self.status]


class _Refused(Exception):
    def __init__(self, status: int, outcome: str, *, alert: bool = False) -> None:
        self.answer = Answer(status, outcome, alert)


def receive(desk: Desk, request: Request) -> Answer:
    """Verify, keep, order: no call of GG4L and no import. Raises nothing that the sender could cause."""
    try:
        return _receive(desk, request)
    except _Refused as refused:
        return refused.answer
    except Unauthenticated:
        return Answer(401, "unauthenticated")
    except hint.Malformed as error:
        return Answer(400, error.code.lower())
    except RosteringError as error:
        return Answer(503, type(error).__name__, alert=True)


def _receive(desk: Desk, request: Request) -> Answer:
    connection = _connection(desk, request.site)
    raw = _raw(request)
    now = desk.now()
    webhook_id = authentic(connection, request.headers, raw, desk.secret(connection.hook_secret),
                           moment(now).timestamp())
    said = hint.read(raw, now)
    if desk.store.get(keys.gg4l_district(request.site, said.district)) is None:
        raise _Refused(403, "foreign_district", alert=True)
    outcome = hooks.keep(desk, request.site, webhook_id, said, raw)
    return Answer(202, outcome, alert=outcome in hooks.ALERTS)


def _connection(desk: Desk, site: str) -> Connection:
    item = desk.store.get(keys.gg4l_connection(site)) if _SITE.fullmatch(site) else None
    connection = Connection.of(item.body) if item else None
    if connection is None or not connection.webhook_enabled:
        raise _Refused(404, "unknown" if connection is None else "disabled")
    return connection


def _raw(request: Request) -> bytes:
    """The bytes as they were sent. Compressed ones are refused, never inflated."""
    if "content-encoding" in request.headers:
        raise _Refused(413, "compressed")
    if len(request.body) > (MOST_BASE64 if request.is_base64 else MOST_BYTES):
        raise _Refused(413, "too_big")
    try:
        raw = base64.b64decode(request.body, validate=True) if request.is_base64 else request.body.encode()
    except ValueError:                  # not what a gateway sends: nobody can have signed it
        raise Unauthenticated from None
    if len(raw) > MOST_BYTES:
        raise _Refused(413, "too_big")
    return raw

"""What goes wrong in a request, and how it is told: problem details for HTTP APIs (RFC 9457)."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from rostering.errors import InputError

CONTENT_TYPE = "application/problem+json"
# What `details` gives, as a schema of OpenAPI.
SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
    },
}
_NOT_FOUND = "There is nothing here by that name."


class Refusal(InputError):
    """A request that is not done. `code` is stable, `detail` is a sentence for people.

    `more` are further members of the problem; `headers` go with the response. Neither holds
    anything the caller didn't send or may not know.
    """

    def __init__(
        self, status: int, code: str, detail: str, *, headers: dict[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(code, detail)
        self.status = status
        self.headers = headers or {}
        self.more = more


def not_found() -> Refusal:
    """The same answer for what isn't there and for what belongs to another site."""
    return Refusal(404, "NOT_FOUND", _NOT_FOUND)


def not_allowed(reason: str) -> Refusal:
    return Refusal(403, "NOT_ALLOWED", reason)


def not_signed_in() -> Refusal:
    """The same answer for every way in which a token doesn't count (RFC 6750, 3)."""
    return Refusal(
        401,
        "NOT_SIGNED_IN",
        "Sign in first: the token is missing or no longer counts.",
        headers={"WWW-Authenticate": 'Bearer realm="rollbook"'},
    )


def wait(seconds: float) -> Refusal:
    """Too many wrong tries. The answer is the same for names that nobody has."""
    if seconds == float("inf"):
        return Refusal(
            429,
            "LOCKED",
            "Signing in with a password is closed here until somebody of the school unlocks it.",
        )
    whole = max(1, int(-(-seconds // 1)))
    return Refusal(
        429,
        "WAIT",
        f"Too many wrong tries. Try again in {whole} s.",
        headers={"Retry-After": str(whole)},
        retry_after=whole,
    )


def details(status: int, code: str, detail: str, **more: Any) -> str:
    """The body of a problem response."""
    return json.dumps(
        {
            "type": f"urn:rollbook:problem:{code.lower().replace('_', '-')}",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
            "code": code,
            **more,
        }
    )

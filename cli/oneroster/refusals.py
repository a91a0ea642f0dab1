"""Answers that are none: OneRoster's errors in the shape of each version, and those of gateways."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from cli.oneroster.pages import written

RETRY_AFTER_SECONDS = 1
JSON = {"Content-Type": "application/json"}
_TITLES = {"502": "Bad Gateway", "504": "Gateway Timeout"}

Answer = tuple[int, dict[str, str], bytes]


class Refused(Exception):
    """A OneRoster request that is answered with an error."""

    def __init__(self, status: int, code_minor: str, description: str) -> None:
        super().__init__(description)
        self.status, self.code_minor, self.description = status, code_minor, description

    def answer(self, version: str) -> Answer:
        headers = JSON | ({"WWW-Authenticate": "Bearer"} if self.status == 401 else {})
        return self.status, headers, written(self._body(version))

    def _body(self, version: str) -> dict[str, Any]:
        """A statusInfoSet in 1.1, flat in 1.2."""
        if version == "1.1":
            return {"statusInfoSet": [{
                "imsx_codeMajor": "failure", "imsx_severity": "error", "imsx_codeMinor": self.code_minor,
                "imsx_description": self.description}]}
        return {"imsx_codeMajor": "failure", "imsx_severity": "error", "imsx_description": self.description,
                "imsx_CodeMinor": {"imsx_codeMinorField": [{
                    "imsx_codeMinorFieldName": "TargetEndSystem",
                    "imsx_codeMinorFieldValue": self.code_minor}]}}


def server_error(kind: str, version: str) -> Answer:
    """The answer of a provider, or of its gateway, that is broken.

    Raises ConnectionResetError for `reset`.
    """
    if kind == "reset":
        raise ConnectionResetError("the connection is to be cut")
    if kind in _TITLES:
        return int(kind), {"Content-Type": "text/html"}, f"<html><h1>{kind} {_TITLES[kind]}</h1></html>\n".encode()
    if kind == "503":
        return 503, {"Content-Type": "text/plain", "Retry-After": str(RETRY_AFTER_SECONDS)}, b"Unavailable\n"
    return Refused(500, "internal_server_error", "something broke").answer(version)


def too_many(now: float | None) -> Answer:
    """A plain-text 429. Retry-After is a date if `now` is given, in seconds since 1970."""
    retry = str(RETRY_AFTER_SECONDS)
    if now is not None:
        at = datetime.fromtimestamp(now, UTC) + timedelta(seconds=RETRY_AFTER_SECONDS)
        retry = format_datetime(at, usegmt=True)
    return 429, {"Content-Type": "text/plain", "Retry-After": retry}, b"Too many requests\n"

"""The audit trail."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


class AuditLine(BaseModel):
    """One event. `by` and `account` are who did it and to whom; `about` is what else the event holds: ids, counts."""

    at: str
    by: str
    by_username: str = ""
    action: str
    account: str = ""
    account_username: str = ""
    viewed_as: str = ""
    reason: str = ""
    load: str = ""
    about: dict[str, Any] = {}


class AuditTrail(BaseModel):
    """Events, the newest first. A page may be short, even empty, although `after` is set."""

    events: list[AuditLine]
    after: str | None = None

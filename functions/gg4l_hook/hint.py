"""What an authentic message says: its type, when, of which district, and news of that district's onboarding.

The form is the one we offer GG4L (handbook, section 6.1). What it leaves open may be anything that
JSON can say, but times, ids and addresses are looked at wherever they stand; what is not known is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from rostering import addresses
from rostering.clock import iso, moment
from rostering.districts import GUID
from rostering.errors import InputError
from rostering.oneroster import strict
from rostering.oneroster.rows import usable

STATUS_CHANGED = "gg4l.onboarding.status_changed"
ROSTER = frozenset({"gg4l.roster.ready", "gg4l.roster.changed"})
MOST_BYTES = 1 << 20
AHEAD = timedelta(minutes=5)
MOST_TEXT, MOST_NOTE, MOST_TIME = 200, 500, 40
_TYPE = re.compile(r"[a-zA-Z0-9_.]{1,128}")
_TIMES = frozenset({"dateLastModified", "lastDataProcessingCompletedTimestamp", "lastDataProcessingCompleteTimestamp"})
_URL = re.compile(r"\s*(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//")
_URL_NAME = re.compile(r"(?:.*[a-z])?(?:Url|URL|Uri|URI)|url|uri|href")


class Malformed(InputError):
    """An authentic message that is not as it should be: NOT_JSON, or SHAPE. It quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Hint:
    """`at` is an ISO time as `clock` writes it. `status` and the rest are "" or {} where nothing is said."""

    type: str
    at: str
    district: str
    status: str = ""
    project_manager: dict[str, str] = field(default_factory=dict)
    call: str = ""
    note: str = ""

    def body(self) -> dict[str, Any]:
        return asdict(self)


def read(raw: bytes, now: str) -> Hint:
    """The hint in a body. Raises Malformed and nothing else."""
    try:
        value = strict.parse(raw, most_bytes=MOST_BYTES)
    except strict.Unreadable:
        raise Malformed("NOT_JSON", "The body is not JSON as it should be.") from None
    data = value.get("data") if isinstance(value, dict) else None
    if not isinstance(data, dict):
        raise _shape("it has no data")
    kind, district, at = value.get("type"), data.get("districtGuid"), _moment(value.get("timestamp"))
    if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
        raise _shape("type")
    if not isinstance(district, str) or not GUID.fullmatch(district):
        raise _shape("districtGuid")
    latest = moment(now) + AHEAD
    if at is None or at > latest:
        raise _shape("timestamp")
    for name, each in _members(value):
        _check(name, each, latest)
    manager = data.get("projectManager")
    told = {name: _text(manager.get(name)) for name in ("name", "email")} if isinstance(manager, dict) else {}
    return Hint(kind, iso(at), district, _text(data.get("status")), told if any(told.values()) else {},
                _text(data.get("callAt")), _text(data.get("note"), MOST_NOTE))


def _check(name: str, value: Any, latest: datetime) -> None:
    if name in _TIMES and value is not None:
        at = _moment(value)
        if at is None or at > latest:
            raise _shape(f"{name} is no time, or lies ahead")
    if name == "sourcedId" and not (isinstance(value, str) and usable(value)):
        raise _shape("sourcedId")
    if isinstance(value, str) and value and (_URL_NAME.fullmatch(name) or _URL.match(value)):
        try:
            addresses.check(value)
        except addresses.BadAddress:
            raise _shape("an address that may not be connected to") from None


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    """Every name with its value, at any depth; a list's entries have the name of the list."""
    open_: list[tuple[str, Any]] = [("", value)]
    while open_:
        name, each = open_.pop()
        if isinstance(each, dict):
            open_.extend(each.items())
        elif isinstance(each, list):
            open_.extend((name, one) for one in each)
        if name:
            yield name, each


def _moment(said: Any) -> datetime | None:
    """A time in UTC; one without an offset is UTC."""
    if not isinstance(said, str) or len(said) > MOST_TIME:
        return None
    try:
        at = datetime.fromisoformat(said)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _text(said: Any, most: int = MOST_TEXT) -> str:
    text = " ".join(said.split()) if isinstance(said, str) else ""
    return text[:most] if text.isprintable() else ""


def _shape(what: str) -> Malformed:
    return Malformed("SHAPE", f"The message is not as it should be: {what}.")

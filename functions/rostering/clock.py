"""Times as text: ISO 8601 in UTC with milliseconds and a Z, so that they sort as they follow."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def now() -> str:
    return iso(datetime.now(UTC))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def local_date(text: str, timezone: str) -> date:
    """The calendar day of a time in a site's time zone."""
    return moment(text).astimezone(ZoneInfo(timezone)).date()


def local_time(text: str, timezone: str) -> datetime:
    """A time as the clocks of a site show it."""
    return moment(text).astimezone(ZoneInfo(timezone))

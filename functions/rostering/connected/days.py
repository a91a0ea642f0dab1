"""Days as they can be stored."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

EARLIEST, LATEST = "1900-01-01", "2100-12-31"


@lru_cache(maxsize=20_000)
def day_of(text: str) -> str | None:
    """An xs:date (a time zone or a time behind it is dropped) as YYYY-MM-DD; None if it is not a day."""
    day = text.strip()[:10]
    try:
        date.fromisoformat(day)
    except ValueError:
        return None
    return day if len(day) == 10 and EARLIEST <= day <= LATEST else None

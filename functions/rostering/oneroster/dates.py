"""Days and school years as OneRoster writes them: end dates are the first day after, years name their end.

`2026-09-01`, `2026-09-01 00:00` and `2026-09-01T00:00:00.000-05:00` are one day: a date has no time zone.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache

from rostering.connected import days
from rostering.connected.notes import Notes

_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ][0-9:.]+ ?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?")
_YEAR = re.compile(r"(20[0-9]{2})|(20[0-9]{2})\s?[-/–]\s?((?:20)?[0-9]{2})")


@lru_cache(maxsize=20_000)
def day_of(text: str) -> str | None:
    """YYYY-MM-DD; None if it is not a day."""
    found = _DAY.fullmatch(text.strip())
    return days.day_of(found[1]) if found else None


@lru_cache(maxsize=20_000)
def last_day(text: str) -> str | None:
    """The last day of what ends, by its end date; None if that is not a day."""
    day = day_of(text)
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat() if day else None


def year_of(text: str) -> str | None:
    """The year in which a school year ends: "2027" of `2027`, `2026-2027` or `2026-27`; None if it says none."""
    found = _YEAR.fullmatch(text.strip())
    if not found or found[1]:
        return found and found[1]
    return str(int(found[2]) + 1) if int(found[3]) % 100 == (int(found[2]) + 1) % 100 else None


def span(begin: str | None, end: str | None, of: str, ref: str, notes: Notes | None) -> tuple[str | None, str | None]:
    """First and last day, "" where not said, None where it can't be read (told then)."""
    if not begin and not end:
        return "", ""
    first, last = day_of(begin) if begin else "", last_day(end) if end else ""
    if notes:
        for day, column in ((first, "beginDate"), (last, "endDate")):
            if day is None:
                notes.note("W-OR-DATE", of, column, ref=ref)
    if first and last and last < first:
        if notes:
            notes.note("W-OR-DATES", of, "endDate", ref=ref)
        return None, None
    return first, last

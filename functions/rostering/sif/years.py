"""Days and school years: which year is now, and what of an enrollment is now.

A school year is named by the year in which it ends, and turns on July 1. The current one is that of
the terms that contain today; in a gap, the year of the calendar if a term is of it; else the year
whose terms are nearest.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date
from enum import IntEnum

_YEAR = re.compile(r"20[0-9]{2}|2100")


def year_of(text: str | None) -> int:
    """A SchoolYear; 0 if it says none."""
    return int(text) if text and _YEAR.fullmatch(text) else 0


def year_of_day(day: str) -> int:
    """The year in which the school year of `day` ends."""
    return int(day[:4]) + (day[5:7] >= "07")


def current_year(terms: Iterable[tuple[int, str, str]], today: str) -> int:
    """The school year of `today`; `terms` are (year, first day, last day)."""
    by_calendar = year_of_day(today)
    known = [term for term in terms if term[0]]
    now = Counter(year for year, first, last in known if first <= today <= last)
    if now:
        return max(now, key=lambda year: (now[year], year == by_calendar, year))
    years = {year for year, _, _ in known}
    if by_calendar in years or not years:
        return by_calendar
    return min(known, key=lambda term: (_distance(term, today), -term[0]))[0]


def _distance(term: tuple[int, str, str], today: str) -> int:
    day = date.fromisoformat(today)
    return min(abs((day - date.fromisoformat(each)).days) for each in term[1:])


class When(IntEnum):
    """What of an enrollment or an assignment today is. LINGERING: open, but of an earlier school year.

    Such a row counts only for who has no other: many systems never close the rows of last year,
    and some never date them anew.
    """

    NOW = 0
    LINGERING = 1
    AHEAD = 2
    OVER = 3


def when(first: str, last: str, year: int, hint: str, *, today: str, current: int) -> When:
    """Where today is in a stay from `first` to `last` (both inclusive, "" where not said).

    The days decide. `hint` is the TimeFrame, which was true when the message was made: it and the
    year are asked only for the day that is not said.
    """
    if last and last < today:
        return When.OVER
    if first > today:
        return When.AHEAD
    if not last and hint == "Historical":
        return When.OVER
    if not first and (hint == "Future" or (not last and hint != "Current" and year > current)):
        return When.AHEAD
    if not last and year and year < current:
        return When.LINGERING if first or hint == "Current" else When.OVER
    return When.NOW

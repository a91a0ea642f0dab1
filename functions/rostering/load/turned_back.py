"""How many rows of a sheet were turned back, by kind and the school that the row names."""

from __future__ import annotations

from collections import Counter
from typing import Any

from rostering.sheet.columns import TAB

_TABS = {"Staff": "staff", "Students": "student"}


def by_school(reading: Any) -> dict[str, dict[str, int]]:
    """Rows turned back by kind and school ("" where the cell is empty), for tabs that have any."""
    found: dict[str, dict[str, int]] = {}
    for tab, kind in _TABS.items():
        if tab not in reading.counts or not reading.counts[tab].turned_back:
            continue
        bad = {row for row, problems in reading.problems_of(tab).items()
               if any(problem.severity == "R" for problem in problems)}
        place = TAB[tab].index("school")
        found[kind] = dict(Counter(cells[place].strip().casefold() for row, cells in reading.rows(tab) if row in bad))
    return found

"""Merged cells: the value of a merge stands in one cell only, so its other rows have lost theirs."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from rostering.sheet.columns import MAX_ROWS, letters
from rostering.sheet.ledger import Ledger

_MOST_TOLD = 2 * MAX_ROWS


def tell_merged(ledger: Ledger, merges: Sequence[tuple[int, int, int, int]]) -> None:
    """Note R-MERGED for every data row in a merge over more than one data row or column.

    `merges` are (first row, first column, last row, last column), rows from 1, columns from 0. A
    key that a merge may hide is an unreadable one.
    """
    width = len(ledger.tab.columns)
    keys = {number for number, column in enumerate(ledger.tab.columns) if column.header in ledger.tab.key}
    told = 0
    for first_row, first, last_row, last in sorted(merges):
        start, end = bisect_left(ledger.rows, first_row), bisect_right(ledger.rows, last_row)
        if first >= width or start == end or (end - start == 1 and first == last):
            continue
        reference = f"{letters(first)}{first_row}:{letters(last)}{last_row}"
        for row in ledger.rows[start:end][:max(0, _MOST_TOLD - told)]:
            ledger.tell(row, first, "R-MERGED", {"ref": reference})
        told += end - start
        ledger.unreadable_key |= not keys.isdisjoint(range(first, last + 1))

"""Rows that put more pairs on one end than it has room for (R-FULL, `rostering.crowds`).

Rows are counted while they pass. Only if somebody may have too many are they gone over again on the
spool, where it is known which of them load: those beyond the limit are told, in the order of rows.
"""

from __future__ import annotations

from collections.abc import Sequence

from rostering.crowds import Crowds, End
from rostering.sheet.keys import Keys
from rostering.sheet.ledger import BAD, REPEATED, Ledger

_COLUMN_OF = {"Class Rosters": {"section": "section", "student": "student"},
              "Guardians": {"guardian": "id", "student": "student"}, "Groups": {"group": "id"}}
WORD_OF = {"section": "class", "student": "student", "guardian": "guardian", "group": "group"}


class Crowded:
    """What the pairs of one tab come to: Class Rosters, Guardians or Groups."""

    def __init__(self, ledger: Ledger, keys: Keys) -> None:
        self._ledger = ledger
        self._keys = keys
        self._passing = Crowds(ledger.tab.kind)
        self._any = False

    def add(self, keys: Sequence[str | None]) -> None:
        """Count a batch as if all of it loads."""
        if not self._any:
            self._any = any(self._passing.full(_ends(key), {}) for key in keys if key)

    def settle(self) -> None:
        """Tell the rows beyond the limits, once it is known which others load."""
        if not self._any:
            return
        crowds, ledger, tab = Crowds(self._ledger.tab.kind), self._ledger, self._ledger.tab
        numbers = {name: tab.index(name) for name in ("status", "access") if any(c.field == name for c in tab.columns)}
        for stored in ledger.batches():
            said = {name: stored.values[number] for name, number in numbers.items() if stored.values[number]}
            for place, key in enumerate(self._keys.of(stored.values, len(stored.rows))):
                row = stored.rows[place]
                if key is None or ledger.flags[row] & (BAD | REPEATED):
                    continue
                full = crowds.full(_ends(key), {name: column[place] for name, column in said.items()})
                if full:
                    column = tab.index(_COLUMN_OF[tab.name][full.owner])
                    texts = stored.texts[column]
                    self._tell(row, column, full, (texts and texts[place]) or "")

    def _tell(self, row: int, column: int, full: End, typed: str) -> None:
        word = WORD_OF[full.owner]
        self._ledger.tell(row, column, "R-FULL", {
            "who": f"{word} '{typed}'" if typed else f"this {word}", "m": f"{full.most:,}", "what": full.of})


def _ends(key: str) -> tuple[str, str]:
    one, _, other = key.partition("\t")
    return one, other

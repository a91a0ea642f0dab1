"""Step G: rows that tell the same guardian or group must tell the same of it (R-DISAGREE).

Rows are compared by a hash of what they say while they pass. Only where hashes differ are the rows
looked up on the spool: they disagree, or one leaves blank what another gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from rostering.names import fold_name
from rostering.sheet.checks import Checked
from rostering.sheet.ledger import BAD, Ledger, Stored

# Fields that belong to the guardian or group, not to the row; with what makes two values equal.
_COMPARED: dict[str, dict[str, Callable[[str], str]]] = {
    "Guardians": {"first_name": fold_name, "last_name": fold_name, "email": str.lower,
                  "phone": lambda phone: "".join(filter(str.isdigit, phone)), "username": str},
    "Groups": {"name": str, "school": str, "owner": str},
}
_KEY_NAME = {"Guardians": "Guardian ID", "Groups": "Group ID"}
_AT_A_TIME = 20_000


class Agreement:
    """What the rows of one tab say of each guardian or group. `owners` are their keys, row by row.

    `filled` gives, for the keys where rows fill one another's blanks, the fields the first row lacks.
    """

    def __init__(self, ledger: Ledger, owners_of: Callable[[Stored], list[str | None]]) -> None:
        self.filled: dict[str, dict[str, Any]] = {}
        self._ledger = ledger
        self._owners_of = owners_of
        self._fields = [(ledger.tab.index(name), name, same)
                        for name, same in _COMPARED[ledger.tab.name].items()]
        self._said: dict[str, int] = {}
        self._doubtful: dict[str, None] = {}

    def add(self, checked: Checked, owners: Sequence[str | None]) -> None:
        columns = [checked.values[number] or [None] * len(owners) for number, _, _ in self._fields]
        said = list(map(hash, zip(*columns, strict=True)))
        before = list(map(self._said.setdefault, owners, said))
        if before != said:
            for owner, first, this in zip(owners, before, said, strict=True):
                if first != this and owner is not None:
                    self._doubtful[owner] = None

    def settle(self) -> None:
        """Tell the rows that disagree with the first good one, once the whole tab is read."""
        self._said.clear()
        doubtful = iter(sorted(self._doubtful))
        while some := set(islice(doubtful, _AT_A_TIME)):
            self._compare(some)
        self._doubtful.clear()

    def _compare(self, owners: set[str]) -> None:
        firsts: dict[str, dict[str, tuple[int, Any]]] = {}
        for owner, row, told in self._told(owners):
            first = firsts.get(owner)
            if first is None:
                firsts[owner] = {name: (row, told.get(name)) for _, name, _ in self._fields}
                continue
            wrong = [(number, name, first[name]) for number, name, same in self._fields
                     if name in told and first[name][1] is not None
                     and same(told[name]) != same(first[name][1])]
            if wrong and not owner.startswith(("em:", "st:")):
                for number, name, (other, value) in wrong:
                    self._ledger.tell(row, number, "R-DISAGREE", {
                        "a": told[name], "b": value, "r": other, "key": _KEY_NAME[self._ledger.tab.name]})
                continue
            for name, value in told.items():
                if first[name][1] is None:
                    first[name] = row, value
                    self.filled.setdefault(owner, {})[name] = value

    def _told(self, owners: set[str]) -> Iterator[tuple[str, int, dict[str, Any]]]:
        """(key, row, what it says) of the good rows of some guardians or groups."""
        for stored in self._ledger.batches():
            for place, owner in enumerate(self._owners_of(stored)):
                if owner in owners and not self._ledger.flags[stored.rows[place]] & BAD:
                    told = {name: column[place] for number, name, _ in self._fields
                            if (column := stored.values[number]) and isinstance(column[place], str)}
                    yield owner, stored.rows[place], told

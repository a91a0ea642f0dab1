"""What is noted of a connection's records while they are read: problems, counts, keys that do not load."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from rostering.model import COUNTED, Problem

MAX_LISTED = 1_000       # of each object
MAX_PRESENT = 50_000     # keys of one kind that were there but do not load
_SHOWN = 60
_URGENCY = {"R": 0, "W": 1, "I": 2}


class Notes:
    """What is noted of a delivery: problems, counts, and keys that were there but do not load.

    `messages` has the sentences of a connection by code. What the shared rules note as W-TEXT is its
    W-{name}-TEXT where it has no W-TEXT. All problems are counted in `codes`; of each object at most
    1,000 are listed, errors first, then by id: the same ones in whatever order the records came.
    `unreadable` are kinds with a record whose key can't be read: nothing is missing from them. `row` is
    the row that is read just now, told where rows are `numbered`; 0 between them.
    """

    def __init__(self, messages: Mapping[str, str], name: str, *, numbered: bool = False) -> None:
        self._messages = messages
        self._name = name
        self._numbered = numbered
        self.row = 0
        self.codes: Counter[str] = Counter()
        self.counts = {word: {"rows": 0, "problems": 0} for word in COUNTED}
        self.present: dict[str, set[Any]] = {}
        self.unreadable: set[str] = set()
        self._kept: dict[str, list[tuple[int, str, str, str, int, Problem]]] = {}

    def note(self, code: str, of: str, column: str = "", /, *, ref: str, **values: Any) -> None:
        """Note a problem of the record `ref` of the object `of`. Raises KeyError for a code without a message."""
        if code not in self._messages:
            code = f"{code[:2]}{self._name}-{code[2:]}"
        self.codes[code] += 1
        row = self.row if self._numbered else 0
        kept = self._kept.setdefault(of, [])
        message = self._messages[code].format_map({"ref": _cut(ref)} | {name: _cut(each) for name, each
                                                                       in values.items()})
        kept.append((_URGENCY[code[0]], ref, column, message, row, Problem(code, of, row, column, message, ref)))
        if len(kept) >= 2 * MAX_LISTED:
            self._first(kept)

    def turned_back(self, word: str) -> None:
        """One object of a counted kind that does not load."""
        self.counts[word]["problems"] += 1

    def hold(self, kind: str, key: Any) -> None:
        """`key` was there: it is not missing. Of too many, nothing of the kind is."""
        held = self.present.setdefault(kind, set())
        if len(held) < MAX_PRESENT:
            held.add(key)
        else:
            self.unreadable.add(kind)

    @property
    def listed(self) -> list[Problem]:
        return [told for of in sorted(self._kept) for *_, told in self._first(self._kept[of])]

    @staticmethod
    def _first(kept: list[tuple[int, str, str, str, int, Problem]]) -> list[tuple[int, str, str, str, int, Problem]]:
        kept.sort(key=lambda each: each[:5])
        del kept[MAX_LISTED:]
        return kept


def _cut(value: Any) -> str:
    text = str(value)
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
    return text if len(text) <= _SHOWN else text[:_SHOWN - 1] + "\u2026"

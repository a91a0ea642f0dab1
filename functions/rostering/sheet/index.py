"""Where a text was met first: row numbers by key, compact enough for the largest workbook."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import repeat


class Index:
    """Texts to whole numbers above 0; the first number of a text stays.

    A dict while it grows. `freeze` turns it into sorted 64-bit hashes (16 bytes a text instead of
    some 130); the hash is seeded anew in each process, so nobody can craft two texts that meet, and
    by chance two of 200,000 meet once in a thousand million workbooks.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] | None = {}
        self._hashes = array("q")
        self._frozen = array("q")

    def __len__(self) -> int:
        return len(self._hashes) if self._numbers is None else len(self._numbers)

    @property
    def frozen(self) -> bool:
        return self._numbers is None

    def put(self, texts: Sequence[str | None], numbers: Sequence[int]) -> list[tuple[int, int]]:
        """Add texts (None is skipped); (position, first number) of each that was there before."""
        known = self._numbers
        if known is None:
            raise ValueError("a frozen index takes no more texts")
        unique = set(texts)
        if len(unique) == len(texts) and None not in unique and known.keys().isdisjoint(unique):
            known.update(zip(texts, numbers, strict=True))
            return []
        again = []
        for position, (text, number) in enumerate(zip(texts, numbers, strict=True)):
            if text is not None:
                first = known.setdefault(text, number)
                if first != number:
                    again.append((position, first))
        return again

    def get(self, texts: Iterable[str | None]) -> list[int]:
        """The number of each text, 0 for None and for what is not there."""
        if self._numbers is not None:
            return list(map(self._numbers.get, texts, repeat(0)))
        found: dict[str | None, int] = {None: 0}
        return [found[text] if text in found else found.setdefault(text, self._search(text))
                for text in texts]

    def _search(self, text: str) -> int:
        hashed = hash(text)
        place = bisect_left(self._hashes, hashed)
        return self._frozen[place] if place < len(self._hashes) and self._hashes[place] == hashed else 0

    def freeze(self) -> None:
        """Take less memory; from now on it only answers."""
        if self._numbers is None:
            return
        self._hashes = array("q", sorted(array("q", map(hash, self._numbers))))
        self._frozen = array("q", bytes(8 * len(self._hashes)))
        for text, number in self._numbers.items():
            self._frozen[bisect_left(self._hashes, hash(text))] = number
        self._numbers = None

"""Whether row 1 of a tab is the template's: columns are known by name and place (import sheet, 5).

A moved column passes every check of its cells (First and Last Name), so nothing is put back in
order silently: every slip is told, and one slip turns the workbook back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rostering.sheet.columns import FORBIDDEN_WORDS, RESULT_HEADER, letters

_DROPPED = re.compile("[\u200b\ufeff\u00ad]")
_SEPARATORS = re.compile("[^a-z0-9]+")
_FORBIDDEN = re.compile(rf"\b(?:{'|'.join(FORBIDDEN_WORDS)})\b")


class Slip(NamedTuple):
    """What is wrong with one header: a code of the catalog, its values, the expected header or ""."""

    code: str
    values: dict[str, str]
    header: str = ""


def normalized(header: str | None) -> str:
    """A header as it is compared: words of a-z and 0-9, one space between them."""
    text = unicodedata.normalize("NFKC", header or "")
    return _SEPARATORS.sub(" ", _DROPPED.sub("", text).replace("*", " ").casefold()).strip()


def check(expected: Sequence[str], found: Sequence[str | None]) -> list[Slip]:
    """Every slip of the headers `found` in row 1, in the order of section 5; [] if all are in place.

    W-EXTRA-COLUMN may be among them: a column right of the last one is dropped, not refused.
    """
    return _Row(expected, found).slips()


class _Row:
    def __init__(self, expected: Sequence[str], found: Sequence[str | None]) -> None:
        self.expected = list(expected)
        self.raw = list(found)
        while self.raw and _blank(self.raw[-1]):
            self.raw.pop()
        self.known = {normalized(header): place for place, header in enumerate(expected)}
        self.found = [normalized(header) for header in self.raw]
        # The expected place of each header found; None if it is not a header of the tab.
        self.places = [self.known.get(header) for header in self.found]
        self.missing = set(range(len(expected))) - set(self.places)

    def slips(self) -> list[Slip]:
        count = len(self.expected)
        if self.places[:count] == list(range(count)):
            return list(self.right_of_last())
        if count - len(self.missing) < max(2, count // 3):
            return [Slip("T-NO-HEADER", {})]
        renamed = {place for place in self.unknown() if self.renames(place)}
        deleted = self.missing - renamed
        return [*self.twice(), *self.forbidden(), *(self.told_renamed(place) for place in sorted(renamed)),
                *(Slip("T-COLUMN-DELETED", {"a": letters(place), "h": self.expected[place]},
                       self.expected[place]) for place in sorted(deleted)),
                *self.added(renamed), *self.moved(), *self.without_header(deleted)]

    def right_of_last(self) -> Iterator[Slip]:
        last = len(self.expected)
        for place in range(last, len(self.raw)):
            raw, header = self.raw[place], self.found[place]
            if _blank(raw) or (place == last and header == normalized(RESULT_HEADER)):
                continue
            code = "T-COLUMN-FORBIDDEN" if _FORBIDDEN.search(header) else "W-EXTRA-COLUMN"
            yield Slip(code, {"a": letters(place), "g": raw})

    def unknown(self) -> list[int]:
        """Places of headers that are no headers of the tab, without the forbidden ones."""
        return [place for place, known in enumerate(self.places)
                if known is None and not _blank(self.raw[place]) and not _FORBIDDEN.search(self.found[place])]

    def twice(self) -> Iterator[Slip]:
        for place, header in enumerate(self.expected):
            where = [letters(at) for at, known in enumerate(self.places) if known == place]
            if len(where) > 1:
                yield Slip("T-COLUMN-TWICE", {"h": header, "a": where[0], "b": ", ".join(where[1:])}, header)

    def forbidden(self) -> Iterator[Slip]:
        for place, known in enumerate(self.places):
            if known is None and _FORBIDDEN.search(self.found[place]):
                yield Slip("T-COLUMN-FORBIDDEN", {"a": letters(place), "g": self.raw[place]})

    def renames(self, place: int) -> bool:
        """Whether an unknown header stands in the slot of a missing one, between right neighbors."""
        if place not in self.missing:
            return False
        left = place == 0 or self.places[place - 1] == place - 1
        last = place == len(self.expected) - 1
        right = last or (place + 1 < len(self.places) and self.places[place + 1] == place + 1)
        return left and right

    def told_renamed(self, place: int) -> Slip:
        header = self.expected[place]
        return Slip("T-COLUMN-RENAMED", {"a": letters(place), "h": header, "g": self.raw[place]}, header)

    def added(self, renamed: set[int]) -> Iterator[Slip]:
        for place in self.unknown():
            ours = place == len(self.raw) - 1 and self.found[place] == normalized(RESULT_HEADER)
            if place not in renamed and not ours:
                yield Slip("T-COLUMN-ADDED", {"a": letters(place), "g": self.raw[place]})

    def moved(self) -> Iterator[Slip]:
        """Known headers outside the longest run that is in order."""
        seen: set[int] = set()
        headers = []
        for at, place in enumerate(self.places):
            if place is not None and place not in seen:
                seen.add(place)
                headers.append((at, place))
        run = _longest_run(headers)
        for at, place in sorted(headers, key=lambda header: header[1]):
            if place not in run:
                header = self.expected[place]
                yield Slip("T-COLUMN-MOVED", {"h": header, "a": letters(place), "b": letters(at)}, header)

    def without_header(self, deleted: set[int]) -> Iterator[Slip]:
        for place, raw in enumerate(self.raw):
            if _blank(raw) and place not in deleted:
                yield Slip("T-COLUMN-ADDED", {"a": letters(place)})


def _blank(header: str | None) -> bool:
    return not (header or "").strip()


def _longest_run(headers: list[tuple[int, int]]) -> set[int]:
    """The expected places of the longest run of headers (found at, expected at) that is in order.

    Of several as long, the one with most headers in their own place; of several still, the earliest.
    """
    best: list[tuple[int, int]] = []           # length of the run that ends here, and how many are in place
    before: list[int] = []
    for at, place in headers:
        earlier = [j for j in range(len(best)) if headers[j][1] < place]
        length, in_place = max((best[j] for j in earlier), default=(0, 0))
        before.append(next((j for j in earlier if best[j] == (length, in_place)), -1))
        best.append((length + 1, in_place + (at == place)))
    run = set()
    last = best.index(max(best)) if best else -1
    while last >= 0:
        run.add(headers[last][1])
        last = before[last]
    return run

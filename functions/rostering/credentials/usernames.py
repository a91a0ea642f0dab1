"""Usernames: made from a person's name, free, never changed, never reused.

The site's template (`templates`) gives the first choices; where they are taken, `-2`, `-3` follow the
last of them. A name of which nothing is left in `a-z 0-9` gives `s` and the end of the person's id.
Identity and credentials, section 4.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import count, islice

from rostering.credentials.templates import LONGEST, TEMPLATES, Name, fold, is_valid, starts_with_email, stems

__all__ = ["TEMPLATES", "NewPerson", "assign", "candidates", "fold", "graduation_year", "is_valid"]

_BEFORE_SCHOOL = frozenset({"IT", "PR", "PK", "TK"})
_AFTER_SCHOOL = frozenset({"13", "PS", "UG"})


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Whoever needs a username. `key` is the caller's own; `username` is what the feed asks for, or "".

    `person_id` (Student ID, Staff ID, Guardian ID) gives the order of claims; `account` is the id of the
    account that the name is for.
    """

    key: Hashable
    role: str
    person_id: str
    first_name: str = ""
    last_name: str = ""
    grade: str = ""
    email: str = ""
    username: str = ""
    account: str = ""


def graduation_year(grade: str, school_year_end: int) -> int | None:
    """The year a student of `grade` leaves grade 12; None if the grade is not known.

    `school_year_end` is the year in which the current school year ends.
    """
    if grade in _AFTER_SCHOOL:
        return school_year_end
    if grade in _BEFORE_SCHOOL:
        return school_year_end + 13
    if grade == "KG":
        return school_year_end + 12
    known = grade.isascii() and grade.isdecimal() and 1 <= int(grade) <= 12
    return school_year_end + 12 - int(grade) if known else None


def candidates(person: NewPerson, *, school_year_end: int,
               templates: Mapping[str, str] = TEMPLATES) -> Iterator[str]:
    """The names to try for `person`, best first, without end; the asked-for username is not among them.

    Raises SettingsError if the role's template is not one.
    """
    rows = Rows(templates, school_year_end)
    email = rows.email(person)
    if email:
        yield email
    row = rows.of(person)
    for index in count():
        yield row.name(index)


def assign(people: Iterable[NewPerson], taken: Callable[[set[str]], set[str]], *, school_year_end: int,
           templates: Mapping[str, str] = TEMPLATES) -> dict[Hashable, str]:
    """A free username for each of `people`, by key: the same whatever order they come in.

    Asked-for usernames go first where they are valid and free; then everybody else, in order of
    `person_id`, takes the first candidate that nobody has. `taken` gives those of a set of names that
    are claimed already. It is asked about many names at a time and few times in all: the logarithm
    of the longest unbroken row of taken names. For more people than memory holds there is `Roll`.
    """
    ordered = sorted(people, key=order)
    asked = claim_asked(ordered, taken)
    rest = [person for person in ordered if person.key not in asked] if asked else ordered
    return asked | claim_made(rest, taken, Rows(templates, school_year_end), frozenset(asked.values()))


def order(person: NewPerson) -> tuple[str, str, str]:
    """What people are sorted by when they claim their names."""
    return person.person_id.lower(), person.person_id, str(person.key)


def claim_asked(ordered: Iterable[NewPerson], taken: Callable[[set[str]], set[str]],
                used: Container[str] = frozenset()) -> dict[Hashable, str]:
    """The asked-for usernames that are valid, not `used` and not `taken`; of two the first gets it."""
    claims: dict[str, Hashable] = {}
    for person in ordered:
        name = person.username.lower()
        if name and name not in claims and name not in used and is_valid(name, person.email):
            claims[name] = person.key
    gone = taken(set(claims)) if claims else ()
    return {key: name for name, key in claims.items() if name not in gone}


def claim_made(ordered: Iterable[NewPerson], taken: Callable[[set[str]], set[str]], rows: Rows,
               used: Container[str] = frozenset()) -> dict[Hashable, str]:
    """For each of `ordered` the first candidate that is not `used`, not `taken` and not claimed before."""
    known: dict[str, bool] = {}
    while True:
        assigned, asked = _claim(ordered, rows, known, used)
        unknown = asked.keys() - known.keys()
        found = taken(set(unknown)) & unknown if unknown else set()
        known.update((name, name in found) for name in unknown)
        if found.isdisjoint(assigned.values()):
            return assigned
        for row in {asked[name] for name in found} - {None}:
            row.ahead = 2 * row.ahead + 1      # ask twice as far where a name turned out to be taken
        rows.rewind()


def _claim(ordered: Iterable[NewPerson], rows: Rows, known: Mapping[str, bool],
           used: Container[str]) -> tuple[dict[Hashable, str], dict[str, _Row | None]]:
    """Everybody's name if all names not in `known` were free, and the names to know, with their row."""
    assigned: dict[Hashable, str] = {}
    asked: dict[str, _Row | None] = {}
    claimed: set[str] = set()
    for person in ordered:
        name, row = rows.email(person), None
        if not name or name in claimed or known.get(name) or name in used:
            row = rows.of(person)
            while (name := row.name(row.at)) in claimed or known.get(name) or name in used:
                row.at += 1
            row.at += 1
        claimed.add(name)
        assigned[person.key] = name
        if name not in known:
            asked[name] = row
            if row is not None and row.ahead:
                asked.update((after, row) for after in row.following() if after not in asked)
    return assigned, asked


class _Row:
    """The candidates of all who fold to the same name, handed out in order from `at`.

    The first choices, then the last of them with `-2`, `-3` and so on. `start` is where this block of
    people began, `ahead` how many more names are asked about in advance.
    """

    __slots__ = ("_firsts", "_stems", "ahead", "at", "start")

    def __init__(self, firsts: Iterable[str], start: int = 0, ahead: int = 0) -> None:
        self._firsts: Iterator[str] | None = iter(firsts)
        self._stems: list[str] = []
        self.start = self.at = start
        self.ahead = ahead

    def name(self, index: int) -> str:
        stems = self._stems
        while index >= len(stems) and self._firsts is not None:
            stem = next(self._firsts, None)
            if stem is None:
                self._firsts = None
            else:
                stems.append(stem)
        if index < len(stems):
            return stems[index]
        tail = f"-{index - len(stems) + 2}"
        return stems[-1][:LONGEST - len(tail)] + tail

    def exists(self) -> bool:
        """Whether there is any candidate: none if nothing usable is left of a name."""
        if not self._stems and self._firsts is not None:
            self._stems.extend(islice(self._firsts, 1))
        return bool(self._stems)

    def following(self) -> list[str]:
        """The names to ask about in advance."""
        return [self.name(self.at + step) for step in range(self.ahead)]


class Rows:
    """The candidate rows of one block of people; `next_block` keeps in `cursors` how far each row came."""

    def __init__(self, templates: Mapping[str, str], school_year_end: int,
                 cursors: MutableMapping[str, tuple[int, int]] | None = None) -> None:
        self._templates = templates
        self._school_year_end = school_year_end
        self._cursors = cursors
        self._rows: dict[tuple[str, ...], _Row] = {}
        self._fold = lru_cache(maxsize=50_000)(fold)

    def email(self, person: NewPerson) -> str:
        """The person's email where the template tries it first, else ""."""
        if starts_with_email(self._templates[person.role]) and is_valid(person.email, person.email):
            return person.email.lower()
        return ""

    def of(self, person: NewPerson) -> _Row:
        """The row of everybody who has this person's template, folded name and year."""
        template = self._templates[person.role]
        year = graduation_year(person.grade, self._school_year_end)
        name = Name(self._fold(person.first_name), self._fold(person.last_name),
                    "" if year is None else f"{year % 100:02}")
        row = self._rows.get((template, *name))
        if row is None:
            row = self._begin((template, *name), stems(template, name) if name.first or name.last else ())
        if row.exists():
            return row
        stem = f"s{fold(person.person_id)[-8:].zfill(2)}"
        return self._rows.get((stem,)) or self._begin((stem,), (stem,))

    def _begin(self, key: tuple[str, ...], firsts: Iterable[str]) -> _Row:
        start, ahead = (0, 0) if self._cursors is None else self._cursors.get("\0".join(key), (0, 0))
        row = self._rows[key] = _Row(firsts, start, ahead)
        return row

    def rewind(self) -> None:
        for row in self._rows.values():
            row.at = row.start

    def next_block(self) -> None:
        """Go on after the names that were handed out."""
        self._cursors.update({"\0".join(key): (row.at, row.ahead) for key, row in self._rows.items() if row.at})
        self._rows.clear()

"""Usernames: made from a person's name, free, never changed, never reused.

The site's template (`templates`) gives the first choices; where they are taken, `-2`, `-3` follow the
last of them. A name of which nothing is left in `a-z 0-9` gives `s` and the end of the person's id.
Identity and credentials, section 4.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
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

    `person_id` (Student ID, Staff ID, Guardian ID) gives the order of claims.
    """

    key: Hashable
    role: str
    person_id: str
    first_name: str = ""
    last_name: str = ""
    grade: str = ""
    email: str = ""
    username: str = ""


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
    rows = _Rows(templates, school_year_end)
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
    of the longest unbroken row of taken names.
    """
    ordered = sorted(people, key=lambda person: (person.person_id.lower(), person.person_id, str(person.key)))
    rows = _Rows(templates, school_year_end)
    known: dict[str, bool] = {}
    while True:
        assigned, unknown = _claim(ordered, rows, known)
        found = taken(set(unknown)) & unknown if unknown else set()
        known.update((name, name in found) for name in unknown)
        if found.isdisjoint(assigned.values()):
            return assigned
        rows.look_further(found)


def _claim(ordered: list[NewPerson], rows: _Rows,
           known: Mapping[str, bool]) -> tuple[dict[Hashable, str], set[str]]:
    """Everybody's name if all names not in `known` were free, and those names (with some to follow)."""
    assigned: dict[Hashable, str] = {}
    unknown: set[str] = set()
    used: set[str] = set()

    def claim(person: NewPerson, name: str) -> bool:
        if name in used or known.get(name):
            return False
        if name not in known:
            unknown.add(name)
        used.add(name)
        assigned[person.key] = name
        return True

    for person in ordered:
        if person.username and person.key not in assigned and is_valid(person.username, person.email):
            claim(person, person.username.lower())
    rows.rewind()
    for person in ordered:
        email = rows.email(person)
        if person.key in assigned or (email and claim(person, email)):
            continue
        row = rows.of(person)
        while not claim(person, row.name(row.at)):
            row.at += 1
        row.at += 1
        if assigned[person.key] in unknown:
            unknown.update(name for name in row.following() if name not in known)
    return assigned, unknown


class _Row:
    """The candidates of all who fold to the same name: made once, handed out in order from `at`."""

    def __init__(self, firsts: Iterable[str]) -> None:
        self._source = _numbered(firsts)
        self.names: list[str] = []
        self.at = 0
        self.ahead = 0

    def name(self, index: int) -> str:
        while len(self.names) <= index:
            self.names.append(next(self._source))
        return self.names[index]

    def exists(self) -> bool:
        """Whether there is any candidate: none if nothing usable is left of a name."""
        if not self.names:
            self.names.extend(islice(self._source, 1))
        return bool(self.names)

    def following(self) -> list[str]:
        """The names to ask about in advance."""
        return [self.name(self.at + step) for step in range(self.ahead)]


class _Rows:
    """The candidate rows of one run."""

    def __init__(self, templates: Mapping[str, str], school_year_end: int) -> None:
        self._templates = templates
        self._school_year_end = school_year_end
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
            row = _Row(stems(template, name) if name.first or name.last else ())
            self._rows[template, *name] = row
        if row.exists():
            return row
        stem = f"s{fold(person.person_id)[-8:].zfill(2)}"
        return self._rows.setdefault((stem,), _Row((stem,)))

    def rewind(self) -> None:
        for row in self._rows.values():
            row.at = 0

    def look_further(self, found: set[str]) -> None:
        """Ask twice as far ahead in the rows that hold a name which turned out to be taken."""
        for row in self._rows.values():
            if not found.isdisjoint(row.names):
                row.ahead = 2 * row.ahead + 1


def _numbered(firsts: Iterable[str]) -> Iterator[str]:
    """The first choices, then the last of them with `-2`, `-3` and so on; nothing if there is none."""
    stem = ""
    for stem in firsts:
        yield stem
    for number in count(2) if stem else ():
        tail = f"-{number}"
        yield stem[:LONGEST - len(tail)] + tail

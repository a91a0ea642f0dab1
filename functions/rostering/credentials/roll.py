"""The roll of a load's new people: usernames for as many as there are, in the memory of one block.

Up to `BLOCK` people stay in memory. With more, the roll keeps them in a temporary SQLite database
(it deletes itself, and keeps to a small cache): people sorted by who claims first, names that are
claimed, and how far each row of candidates came. Names are then given block after block, with the
rules and the result of `usernames.assign`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import orjson

from rostering.credentials.templates import TEMPLATES
from rostering.credentials.usernames import NewPerson, Rows, assign, claim_asked, claim_made, order

BLOCK = 20_000
_CACHE_KB = 16_000

_TABLES = """
CREATE TABLE people (n INTEGER PRIMARY KEY, shard INTEGER, folded TEXT, id TEXT, tie TEXT, username TEXT,
                     account TEXT, told BLOB);
CREATE TABLE asked (n INTEGER PRIMARY KEY);
CREATE TABLE names (name TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID;
CREATE TABLE given (n INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE rows (name TEXT PRIMARY KEY, at INTEGER, ahead INTEGER) WITHOUT ROWID;
"""
_ASKING = """SELECT n, id, username, account, told FROM people WHERE username != '' ORDER BY folded, id, tie"""
_OTHERS = """SELECT n, id, username, account, told FROM people WHERE n NOT IN (SELECT n FROM asked)
ORDER BY folded, id, tie"""
_NAMED = """SELECT name, id, username, account, told FROM people JOIN given USING (n) ORDER BY shard, n"""


class Roll:
    """New people who need a username. A context: leaving it throws the roll away.

    The key of a person is a tuple of texts and numbers, the number of the shard first.
    """

    def __init__(self) -> None:
        self._people: list[NewPerson] = []
        self._shelf: _Shelf | None = None

    def __enter__(self) -> Roll:
        return self

    def __exit__(self, *why: object) -> None:
        if self._shelf is not None:
            self._shelf.close()

    def add(self, person: NewPerson) -> None:
        if len(self._people) == BLOCK:
            self._shelve()
        self._people.append(person)

    def assign(self, holders: Callable[[set[str]], Mapping[str, str]], *, school_year_end: int,
               templates: Mapping[str, str] = TEMPLATES) -> Iterator[tuple[NewPerson, str]]:
        """Everybody and a free username, shard by shard, in each in the order they were added.

        `holders` gives those of a set of names that are claimed already, each with the account that
        holds it. A name that an account of the roll holds counts as free: a run that was cut off
        claimed it. Asked about at most some ten thousand names at a time.
        """
        if self._shelf is None:
            ours = {person.account for person in self._people} - {""}
            found = assign(self._people, lambda names: {name for name, account in holders(names).items()
                                                        if account not in ours},
                           school_year_end=school_year_end, templates=templates)
            yield from ((person, found[person.key]) for person in sorted(self._people, key=_shard))
        else:
            self._shelve()
            yield from self._shelf.assign(holders, Rows(templates, school_year_end, _Cursors(self._shelf)))

    def _shelve(self) -> None:
        self._shelf = self._shelf or _Shelf()
        self._shelf.put(self._people)
        self._people = []


def _shard(person: NewPerson) -> int:
    return person.key[0]


class _Shelf:
    """The part of a roll that lies on disk."""

    def __init__(self) -> None:
        import sqlite3  # few loads need it

        self.base = sqlite3.connect("", isolation_level=None)
        self.base.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA temp_store=FILE; "
                                f"PRAGMA cache_size=-{_CACHE_KB}; BEGIN;{_TABLES}")
        self._by_account = False

    def close(self) -> None:
        self.base.close()

    def put(self, people: Iterable[NewPerson]) -> None:
        self.base.executemany(
            "INSERT INTO people (shard, folded, id, tie, username, account, told) VALUES (?, ?, ?, ?, ?, ?, ?)",
            ((_shard(person), *order(person), person.username, person.account,
              orjson.dumps([person.key, person.role, person.first_name, person.last_name, person.grade, person.email]))
             for person in people))

    def assign(self, holders: Callable[[set[str]], Mapping[str, str]], rows: Rows) -> Iterator[tuple[NewPerson, str]]:
        def taken(names: set[str]) -> set[str]:
            found = holders(names)
            return {name for name, account in found.items() if not self._is_ours(account)}
        for numbers, block in self._blocks(_ASKING):
            self._keep(numbers, asked := claim_asked(block, taken, self))
            self.base.executemany("INSERT INTO asked VALUES (?)", ((numbers[key],) for key in asked))
        for numbers, block in self._blocks(_OTHERS):
            self._keep(numbers, claim_made(block, taken, rows, self))
            rows.next_block()
        self.base.execute("INSERT INTO given SELECT n, name FROM names ORDER BY n")
        yield from ((person, name) for name, person in self._select(_NAMED))

    def __contains__(self, name: str) -> bool:
        """Whether somebody of an earlier block has this name."""
        return self.base.execute("SELECT 1 FROM names WHERE name = ?", (name,)).fetchone() is not None

    def _blocks(self, which: str) -> Iterator[tuple[dict[Any, int], list[NewPerson]]]:
        """People in the order of claims, a block at a time; with each block the number of each key."""
        numbers: dict[Any, int] = {}
        block: list[NewPerson] = []
        for number, person in self._select(which):
            numbers[person.key] = number
            block.append(person)
            if len(block) == BLOCK:
                yield numbers, block
                numbers, block = {}, []
        if block:
            yield numbers, block

    def _select(self, which: str) -> Iterator[tuple[Any, NewPerson]]:
        for found, id_, username, account, told in self.base.execute(which):
            key, role, first, last, grade, email = orjson.loads(told)
            yield found, NewPerson(tuple(key), role, id_, first, last, grade, email, username, account)

    def _keep(self, numbers: Mapping[Any, int], names: Mapping[Any, str]) -> None:
        self.base.executemany("INSERT INTO names VALUES (?, ?)",
                              sorted((name, numbers[key]) for key, name in names.items()))

    def _is_ours(self, account: str) -> bool:
        if not self._by_account:
            self.base.execute("CREATE INDEX by_account ON people (account) WHERE account != ''")
            self._by_account = True
        return self.base.execute("SELECT 1 FROM people WHERE account = ? AND account != ''",
                                 (account,)).fetchone() is not None


class _Cursors:
    """How far each row of candidates came, on the shelf."""

    def __init__(self, shelf: _Shelf) -> None:
        self._base = shelf.base

    def get(self, row: str, default: tuple[int, int]) -> tuple[int, int]:
        return self._base.execute("SELECT at, ahead FROM rows WHERE name = ?", (row,)).fetchone() or default

    def update(self, rows: Mapping[str, tuple[int, int]]) -> None:
        self._base.executemany("INSERT OR REPLACE INTO rows VALUES (?, ?, ?)",
                               ((row, at, ahead) for row, (at, ahead) in sorted(rows.items())))

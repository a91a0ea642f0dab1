"""Step E: what may be there once only. Keys of a tab, emails of a role, usernames of the site."""

from __future__ import annotations

from collections.abc import Sequence

from rostering.sheet.cells import CLEARED
from rostering.sheet.checks import Checked
from rostering.sheet.index import Index
from rostering.sheet.ledger import BAD, REPEATED, Ledger, Stored

_ROW_BITS = 21      # rows are below 2 ** 21
_ROW = (1 << _ROW_BITS) - 1


class Repeats:
    """Rows of one tab with the same key. Rows that are equal count once; of others none is loaded."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._first_of: dict[int, int] = {}

    def add(self, keys: Sequence[str | None], rows: Sequence[int]) -> None:
        for position, first in self._ledger.index.put(keys, rows):
            self._first_of[rows[position]] = first

    def root(self, row: int) -> int:
        """The first row with the key of `row`."""
        return self._first_of.get(row, row)

    def settle(self) -> None:
        """Tell every repeated key, once the whole tab is read."""
        if not self._first_of:
            return
        groups: dict[int, list[int]] = {}
        for row, first in self._first_of.items():
            groups.setdefault(first, [first]).append(row)
        self._first_of.update((first, first) for first in groups)
        said = self._said()
        for first in sorted(groups):
            self._tell(groups[first], said)

    def _said(self) -> dict[int, tuple[str, int]]:
        """By row: the key as typed, and a hash of all that the row says."""
        said = {}
        for stored in self._ledger.batches():
            for place, row in enumerate(stored.rows):
                if row in self._first_of:
                    bad = self._ledger.flags[row] & BAD
                    said[row] = self._typed(stored, place), hash(repr([
                        column and column[place] for column in (stored.texts if bad else stored.values)]))
        return said

    def _typed(self, stored: Stored, place: int) -> str:
        typed = [column[place] for number in _key_columns(self._ledger) if (column := stored.texts[number])]
        if self._ledger.tab.name == "Guardians" and (len(typed) < 2 or typed[1] is None):
            names = [column[place] for column in stored.texts[2:4] if column]
            typed.append(" ".join(filter(None, names)))
        return " + ".join(filter(None, typed))

    def _tell(self, rows: list[int], said: dict[int, tuple[str, int]]) -> None:
        columns = _key_columns(self._ledger)
        name = " + ".join(self._ledger.tab.columns[number].header for number in columns)
        if self._ledger.tab.name == "Guardians":
            name = "Guardian"
        for row in rows:
            first = next(each for each in rows if each != row)
            typed = said[row][0]
            other = next((each for each in rows if said[each][0] != typed
                          and said[each][0].casefold() == typed.casefold()), 0)
            if other:
                self._ledger.tell(row, columns[0], "R-DUPLICATE-CASE", {
                    "Key": name, "v": typed, "w": said[other][0], "r": other})
            elif len({said[each][1] for each in rows}) > 1:
                self._ledger.tell(row, columns[0], "R-DUPLICATE", {"Key": name, "v": typed, "r": first})
            elif row != rows[0]:
                self._ledger.tell(row, columns[0], "W-DUPLICATE-SAME", {"r": first})
                self._ledger.mark(row, REPEATED)


def _key_columns(ledger: Ledger) -> list[int]:
    """The columns that people know a row by."""
    fields = {"Class Rosters": ("section", "student"), "Guardians": ("student", "id"),
              "Groups": ("id", "member")}.get(ledger.tab.name, ("id",))
    return [ledger.tab.index(field) for field in fields]


class Emails:
    """Emails of the people of one tab: each person of a role needs their own."""

    def __init__(self, ledger: Ledger) -> None:
        self.index = Index()
        self._ledger = ledger
        self._column = ledger.tab.index("email")
        self._again: list[tuple[int, int, str]] = []

    def add(self, checked: Checked) -> None:
        emails = checked.values[self._column]
        if emails is not None:
            low = [email.lower() if isinstance(email, str) else None for email in emails]
            for position, first in self.index.put(low, checked.rows):
                self._again.append((first, checked.rows[position], emails[position]))

    def settle(self, repeats: Repeats) -> None:
        """Tell every email that two people have; rows with one key are told as that."""
        others: dict[int, tuple[int, str]] = {}
        for first, row, email in self._again:
            if repeats.root(first) != repeats.root(row):
                others.setdefault(first, (row, email))
                others.setdefault(row, (first, email))
        for row, (other, email) in sorted(others.items()):
            self._ledger.tell(row, self._column, "R-EMAIL-TAKEN", {"v": email, "r": other})
        self._again.clear()


class SharedEmails:
    """Emails of guardians: two of them may share one, but want to know."""

    def __init__(self) -> None:
        self._owners = Index()

    def add(self, checked: Checked, guardians: Sequence[str | None], staff: Index | None) -> None:
        column = checked.tab.index("email")
        emails = checked.values[column]
        if emails is None:
            return
        low = [email.lower() if isinstance(email, str) and key else None
               for email, key in zip(emails, guardians, strict=True)]
        owners = [hash(key) >> _ROW_BITS << _ROW_BITS | row
                  for key, row in zip(guardians, checked.rows, strict=True)]
        for position, first in self._owners.put(low, owners):
            if first >> _ROW_BITS != owners[position] >> _ROW_BITS:
                checked.note(position, column, "W-EMAIL-SHARED", {"v": emails[position], "r": first & _ROW})
        if staff is not None and any(linked := staff.get(low)):
            for position, row in enumerate(linked):
                if row:
                    checked.note(position, column, "I-EMAIL-LINKS", {})


class Usernames:
    """Usernames of all tabs: each belongs to one person of the site."""

    def __init__(self) -> None:
        self._earlier: list[Index] = []
        self._names = Index()

    def add(self, checked: Checked, people: Sequence[str | None]) -> None:
        """Note the names that somebody before has; `people` are the keys of the persons."""
        column = checked.tab.index("username")
        names = checked.values[column]
        if names is None:
            return
        names = [None if name is CLEARED else name for name in names]
        owners = [hash(key) | 1 if key else -row
                  for key, row in zip(people, checked.rows, strict=True)]
        taken = {position for position, _ in self._names.put(names, owners)}
        for earlier in self._earlier:
            taken.update(position for position, owner in enumerate(earlier.get(names)) if owner)
        for position in sorted(taken):
            checked.note(position, column, "R-USERNAME-TAKEN", {"v": names[position]})

    def next_tab(self) -> None:
        if len(self._names):
            self._names.freeze()
            self._earlier.append(self._names)
            self._names = Index()

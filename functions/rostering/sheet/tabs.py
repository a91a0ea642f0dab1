"""The data tabs, read one after the other in the order of applying: what each batch goes through."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from rostering import crowds
from rostering.corrections import Correction, Met
from rostering.sheet.agreement import Agreement
from rostering.sheet.checks import CellChecks, Checked
from rostering.sheet.columns import TAB, TABS
from rostering.sheet.consistency import Expectations, RowChecks
from rostering.sheet.crowded import Crowded
from rostering.sheet.index import Index
from rostering.sheet.keys import Keys
from rostering.sheet.ledger import OFF, Ledger
from rostering.sheet.merges import tell_merged
from rostering.sheet.overlay import Overlay
from rostering.sheet.problems import Problems
from rostering.sheet.records import owners_of
from rostering.sheet.references import Known, References, Site, principals
from rostering.sheet.repeats import Emails, Repeats, SharedEmails, Usernames
from rostering.sheet.spool import Spool
from rostering.sheet.tally import Tally
from rostering.sheet.zeros import OwnZeros
from rostering.xlsx.batch import Batch

_KEYS_AT_HAND = 150_000
_REFERRED_TO = frozenset({"Schools", "Terms", "Staff", "Students", "Courses", "Classes"})


class Tabs:
    """All tabs of one reading; tabs never opened have no rows.

    `filled` holds, by tab, what later rows add to the first of a guardian (`Agreement.filled`).
    `met` is what was met of the `corrections`.
    """

    def __init__(self, problems: Problems, spool: Spool, known: Known, today: date,
                 expected: Expectations, *, date1904: bool, corrections: Iterable[Correction] = ()) -> None:
        self.corrections = list(corrections)
        self.met = Met()
        self.ledgers = {tab.name: Ledger(tab, spool, problems) for tab in TABS}
        self.filled: dict[str, dict[str, dict[str, Any]]] = {}
        self.date1904 = date1904
        self.today = today.isoformat()
        self.site = Site(known)
        self.references = References(self.ledgers, self.site)
        self.row_checks = RowChecks(expected, today)
        self.tally = Tally(self.ledgers, problems)
        self.usernames = Usernames()
        self.staff_emails: Index | None = None

    def open(self, name: str) -> _TabReader:
        """Start the next tab."""
        return _READERS.get(name, _TabReader)(self, name)

    def settle(self) -> None:
        """Tell what only all tabs together tell."""
        if self.ledgers["Schools"].rows:
            principals(self.ledgers["Schools"], self.ledgers["Staff"], self.site)
        self.tally.settle()

    def make_room(self) -> None:
        """Keep the keys of many rows in the compact form."""
        indexes = [ledger.index for ledger in self.ledgers.values()]
        growing = sorted((index for index in indexes if not index.frozen), key=len)
        while growing and sum(map(len, growing)) > _KEYS_AT_HAND:
            growing.pop().freeze()


class _TabReader:
    """Takes the batches of one tab through steps D to G."""

    def __init__(self, tabs: Tabs, name: str) -> None:
        self.tabs = tabs
        self.tab = TAB[name]
        self.ledger = tabs.ledgers[name]
        self.keys = Keys(self.tab)
        self.repeats = Repeats(self.ledger)
        self._cells = CellChecks(self.tab, date1904=tabs.date1904)
        self._overlay = Overlay(self.tab, tabs.corrections, tabs.met, date1904=tabs.date1904) or None
        has_own_id = any(column.field == "id" for column in self.tab.columns)
        self._zeros = OwnZeros(self.ledger, tabs.site) if has_own_id else None
        self._crowded = Crowded(self.ledger, self.keys) if self.tab.kind in crowds.ENDS else None

    def add(self, batch: Batch) -> None:
        if not batch.rows:
            return
        batch, replaced = self._overlay.put(batch) if self._overlay else (batch, [])
        checked = self._cells.check(batch)
        self.tabs.row_checks.check(checked)
        self.ledger.grow(checked.rows[-1])
        found = self.tabs.references.check(checked)
        keys = self.keys.of(checked.values, len(checked.rows), checked.refused)
        if None in keys:
            self.ledger.unreadable_key = True
        self.repeats.add(keys, checked.rows)
        if self._crowded:
            self._crowded.add(keys)
        if self._zeros:
            self._zeros.add(checked)
        self.see(checked, keys, found)
        self._mark_off(checked)
        if replaced:
            self._overlay.tell(checked, replaced)
        self.ledger.keep(checked)

    def see(self, checked: Checked, keys: list[str | None], found: dict[str, list[int]]) -> None:
        """What is special of the tab; `found` are the rows that references point at."""

    def close(self, merges: Sequence[tuple[int, int, int, int]]) -> None:
        """Tell what only the whole tab tells."""
        tell_merged(self.ledger, merges)
        self.repeats.settle()
        self.settle()
        if self._crowded:
            self._crowded.settle()
        if self._zeros:
            self._zeros.settle()
        if self.tab.name not in _REFERRED_TO:
            self.ledger.index = Index()
        self.tabs.make_room()

    def settle(self) -> None:
        """What is special of the tab."""

    def _mark_off(self, checked: Checked) -> None:
        off: set[int] = set()
        status = checked.values[-1] if self.tab.columns[-1].field == "status" else None
        if status and "inactive" in status:
            off.update(row for row, word in zip(checked.rows, status, strict=True) if word == "inactive")
        if self.tab.name == "Students" and (ends := checked.column("end_date")):
            off.update(row for row, end in zip(checked.rows, ends, strict=True)
                       if isinstance(end, str) and end < self.tabs.today)
        for row in off:
            self.ledger.mark(row, OFF)


class _Staff(_TabReader):
    def __init__(self, tabs: Tabs, name: str) -> None:
        super().__init__(tabs, name)
        self.emails = Emails(self.ledger)

    def see(self, checked: Checked, keys: list[str | None], found: dict[str, list[int]]) -> None:
        self.emails.add(checked)
        self.tabs.usernames.add(checked, keys)

    def settle(self) -> None:
        self.emails.settle(self.repeats)
        self.tabs.usernames.next_tab()
        self.tabs.staff_emails = self.emails.index
        self.tabs.staff_emails.freeze()


class _Students(_Staff):
    def see(self, checked: Checked, keys: list[str | None], found: dict[str, list[int]]) -> None:
        super().see(checked, keys, found)
        self.tabs.tally.schools(checked)

    def settle(self) -> None:
        self.emails.settle(self.repeats)
        self.tabs.usernames.next_tab()


class _Guardians(_TabReader):
    def __init__(self, tabs: Tabs, name: str) -> None:
        super().__init__(tabs, name)
        self.shared = SharedEmails()
        self.agreement = Agreement(self.ledger, lambda stored: owners_of(self.keys, stored))

    def see(self, checked: Checked, keys: list[str | None], found: dict[str, list[int]]) -> None:
        owners = self.keys.guardians(checked.values, len(checked.rows), checked.refused)
        self.tabs.usernames.add(checked, owners)
        self.shared.add(checked, owners, self.tabs.staff_emails)
        self.agreement.add(checked, owners)
        self.tabs.tally.guardians(checked, found.get("student") or [0] * len(owners))

    def settle(self) -> None:
        self.agreement.settle()
        self.tabs.filled[self.tab.name] = self.agreement.filled
        self.tabs.usernames.next_tab()
        self.tabs.tally.guardians_done()


class _Classes(_TabReader):
    def see(self, checked: Checked, keys: list[str | None], found: dict[str, list[int]]) -> None:
        self.tabs.tally.schools(checked)


class _Rosters(_TabReader):
    def see(self, checked: Checked, keys: list[str | None], found: dict[str, list[int]]) -> None:
        none = [0] * len(keys)
        self.tabs.tally.rosters(checked, found.get("section", none), found.get("student", none))


class _Groups(_TabReader):
    def __init__(self, tabs: Tabs, name: str) -> None:
        super().__init__(tabs, name)
        self.agreement = Agreement(self.ledger, lambda stored: owners_of(self.keys, stored))

    def see(self, checked: Checked, keys: list[str | None], found: dict[str, list[int]]) -> None:
        self.agreement.add(checked, [each and each.partition("\t")[0] for each in keys])

    def settle(self) -> None:
        self.agreement.settle()


_READERS: dict[str, type[_TabReader]] = {
    "Staff": _Staff, "Students": _Students, "Guardians": _Guardians, "Classes": _Classes,
    "Class Rosters": _Rosters, "Groups": _Groups}

"""The roles of users, which 1.2 keeps in a file of their own, held until their users come by.

Most users share a handful of roles with many others, so each distinct set of roles is held once.
"""

from __future__ import annotations

from collections.abc import Iterator

from rostering.errors import InputError
from rostering.oneroster.csvfile import CsvFile
from rostering.oneroster.rows import ROLE, Flaw, shown, usable

ROLES_OF_A_USER = 100
HELD_BYTES = 128 << 20
_GONE = ("tobedeleted", "inactive")
_OVERHEAD_BYTES = 160       # of a user, of a role, of a set of them

_Role = tuple[str, ...]


class Roles:
    """`read` a file, `take` what each user has, and see who is `left`."""

    def __init__(self) -> None:
        self._of: dict[str, tuple[_Role, ...]] = {}
        self._distinct: dict[_Role, _Role] = {}
        self._sets: dict[tuple[_Role, ...], tuple[_Role, ...]] = {}
        self._bytes = 0

    def read(self, table: CsvFile) -> Iterator[Flaw]:
        """Hold the roles of a roles.csv, and give its flaws. A role that is `tobedeleted` is none.

        Raises InputError (F-OR-TOO-BIG) if there is too much to hold, and what the table raises.
        """
        user_at, status_at = table.places.get("userSourcedId"), table.places.get("status")
        if user_at is None:
            raise InputError("F-OR-HEADER", "roles.csv has no column userSourcedId.")
        ats = [table.places.get(column) for _, column, _ in ROLE]
        for place, cells, code in table:
            if code:
                yield Flaw(code, "roles", "", place)
                continue
            user = cells[user_at].strip()
            if not usable(user):
                yield Flaw("R-OR-ID", "roles", shown(user), place)
            elif status_at is None or cells[status_at].strip().casefold() not in _GONE:
                role = tuple("" if at is None else cells[at].strip() for at in ats)
                if not self._hold(user, role):
                    yield Flaw("R-OR-ROLES", "roles", shown(user), place, user)

    def take(self, user: str) -> list[dict[str, str]]:
        """The roles of a user, in the order of the file."""
        held = self._of.get(user, ())
        if held and held[0]:
            self._of[user] = self._kept(((), *held))      # taken; a user may come by twice
        return [_said(role) for role in held if role]

    def left(self) -> Iterator[tuple[str, list[dict[str, str]]]]:
        """Users whom nobody took, with their roles."""
        return ((user, [_said(role) for role in held]) for user, held in self._of.items() if held[0])

    def _hold(self, user: str, role: _Role) -> bool:
        held = self._of.get(user)
        if held is None:
            self._grow(len(user))
            held = ()
        if role not in self._distinct:
            self._grow(sum(map(len, role)))
        role = self._distinct.setdefault(role, role)
        if role in held:
            return True
        if len(held) >= ROLES_OF_A_USER:
            return False
        self._of[user] = self._kept((*held, role))
        return True

    def _kept(self, roles: tuple[_Role, ...]) -> tuple[_Role, ...]:
        if roles not in self._sets:
            self._grow(8 * len(roles))
            self._sets[roles] = roles
        return self._sets[roles]

    def _grow(self, text_bytes: int) -> None:
        self._bytes += text_bytes + _OVERHEAD_BYTES
        if self._bytes > HELD_BYTES:
            raise InputError("F-OR-TOO-BIG", "roles.csv holds far more than a district has.")


def _said(role: _Role) -> dict[str, str]:
    return dict(zip((name for name, *_ in ROLE), role, strict=True))

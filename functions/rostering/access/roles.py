"""The people who ask, the things they ask about, and the rights that can be held (section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rostering.model import Account

RIGHTS = (
    "admin",
    "accounts.manage",
    "loads.approve",
    "credentials.reset",
    "credentials.view",
    "credentials.export",
    "view_as",
)
WHOLE_SITE = "*"


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person. `rights` maps a right to the schools it holds in, or to `WHOLE_SITE`.

    In a view-as this is the person who is shown, and `viewer` the one who looks: what either may
    not do can't be done (`rules.allow`).
    """

    site: str
    account: str
    role: str
    rights: Mapping[str, frozenset[str]] = field(default_factory=dict)
    session: str = ""
    viewer: Actor | None = None

    def holds(self, right: str, school: str) -> bool:
        """Whether the right, or `admin` in its place, counts in this school."""
        return any(grant & {WHOLE_SITE, school} for grant in self._grants(right))

    def holds_everywhere(self, right: str) -> bool:
        return any(WHOLE_SITE in grant for grant in self._grants(right))

    def holds_anywhere(self, right: str) -> bool:
        return any(self._grants(right))

    @property
    def rank(self) -> int:
        return _rank(self.role, [right for right, schools in self.rights.items() if schools])

    def _grants(self, right: str) -> tuple[frozenset[str], frozenset[str]]:
        nothing: frozenset[str] = frozenset()
        return self.rights.get(right, nothing), self.rights.get("admin", nothing)


@dataclass(frozen=True, slots=True)
class Target:
    """What an action is done to.

    `schools` is empty for a thing of the whole site. `account` is set if it is a person.
    `taught` says that the actor teaches it: a section of theirs, or a student in one. `rank` is
    the person's (`rank`).
    """

    site: str
    schools: frozenset[str] = frozenset()
    account: str = ""
    taught: bool = False
    rank: int = 0


def actor_of(site: str, account: Account, *, session: str = "", viewer: Actor | None = None) -> Actor:
    """The actor that this account is now. Rights that this version does not know count nothing."""
    known = {right: frozenset(schools) for right, schools in account.rights.items() if right in RIGHTS}
    return Actor(site, account.id, account.role, known, session, viewer)


def rank(account: Account) -> int:
    """Administrators before other holders of rights, before employees, before guardians and students."""
    return _rank(account.role, [right for right, schools in account.rights.items() if schools])


def _rank(role: str, rights: list[str]) -> int:
    if "admin" in rights:
        return 3
    if any(right in RIGHTS for right in rights):
        return 2
    return int(role in ("Teacher", "Staff"))

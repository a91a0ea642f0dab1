"""What may be there once only among the people of one kind: RefIds, LocalIds, emails; and usernames among all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rostering.sif.persons import is_ref_id, local_id, put_email, username_of
from rostering.sif.problems import Notes


class Usernames:
    """The usernames that the zone gives, of all people: one that two persons have is nobody's."""

    def __init__(self, element: str) -> None:
        self.element = element
        self.owner: dict[str, str] = {}
        self.shared: set[str] = set()


class People:
    """The people of one kind, as they are surveyed: `refs` are all of them, `held` those who do not load.

    Who is switched off, or was deleted, may have what somebody else has: an email is free for a successor.
    """

    def __init__(self, of: str, kind: str, notes: Notes, usernames: Usernames) -> None:
        self._of = of
        self._kind = kind
        self._notes = notes
        self._usernames = usernames
        self.refs: dict[str, int] = {}
        self.held: set[str] = set()
        self._doubled: set[str] = set()
        self._local: dict[str, str] = {}
        self._emails: dict[str, str] = {}
        self._again: list[tuple[str, str, str, str, str]] = []
        self._named: dict[str, str] = {}

    def add(self, ref: str, fields: dict[str, Any], *, off: bool, named: Any) -> None:
        """One person; `named` is falsy if a name is missing (told by then)."""
        if ref in self.refs:
            self._doubled.add(ref)
        if not is_ref_id(ref):
            self._notes.note("R-BAD-REFID", self._of, "@RefId", ref=ref)
            self._notes.unreadable.add(self._kind)
            self.held.add(ref)
        self.refs.setdefault(ref, len(self.refs))
        if not named:
            self.held.add(ref)
        if fields.get("deleted"):
            return
        if local := local_id(fields).casefold():
            self._once(self._local, local, ref, "R-DUP-KEY", "LocalId", "a LocalId")
        if off:
            return
        said: dict[str, Any] = {}
        put_email(said, fields, self._of, ref, None)
        email = said.get("email")
        if email:
            self._once(self._emails, email.lower(), ref, "R-EMAIL-TAKEN", "EmailList", "an email")
        if self._usernames.element:
            self._name(ref, username_of(fields, self._usernames.element, email))

    def settle(self, word: str) -> None:
        """Tell of everybody who does not load, once all are known."""
        for ref in sorted(self._doubled):
            self._notes.note("R-DUP-KEY", self._of, "@RefId", ref=ref, what="a RefId", other="in another packet")
        self.held |= self._doubled
        for code, column, what, ref, other in self._pairs():
            self._notes.note(code, self._of, column, ref=ref, **(
                {"other": other} if code == "R-EMAIL-TAKEN" else {"what": what, "other": other}))
            self.held.add(ref)
        for ref in self.held:
            self._notes.hold(self._kind, ref)
            self._notes.turned_back(word)
        self._again, self._local, self._emails = [], {}, {}

    def username(self, ref: str) -> str | None:
        """The username of who loads, if it is theirs alone."""
        name = self._named.get(ref)
        return name if name and name not in self._usernames.shared else None

    def tell_shared(self) -> None:
        """Tell of usernames that several persons of any kind have."""
        for ref, name in self._named.items():
            if name in self._usernames.shared and ref not in self.held:
                other = self._usernames.owner[name]
                self._notes.note("W-SIF-USERNAME-TWICE", self._of, "SIF_ExtendedElement", ref=ref,
                                 other=other if other != ref else "somebody else")

    def _once(self, seen: dict[str, str], value: str, ref: str, code: str, column: str, what: str) -> None:
        first = seen.setdefault(value, ref)
        if first != ref:
            self._again.append((value, code, column, what, ref))
            self._again.append((value, code, column, what, first))

    def _pairs(self) -> Iterable[tuple[str, str, str, str, str]]:
        """(code, column, what, RefId, RefId of another) for everybody who has what another has."""
        groups: dict[tuple[str, str, str, str], set[str]] = {}
        for value, code, column, what, ref in self._again:
            groups.setdefault((code, column, what, value), set()).add(ref)
        for (code, column, what, _), refs in groups.items():
            first, second, *_ = sorted(refs)
            for ref in sorted(refs):
                yield code, column, what, ref, first if ref != first else second

    def _name(self, ref: str, name: str | None) -> None:
        if name == "":
            self._notes.note("W-SIF-USERNAME", self._of, "SIF_ExtendedElement", ref=ref)
        if not name:
            return
        self._named[ref] = name
        owner = self._usernames.owner.setdefault(name, ref)
        if owner != ref:
            self._usernames.shared.add(name)
            self._usernames.owner[name] = min(owner, ref)

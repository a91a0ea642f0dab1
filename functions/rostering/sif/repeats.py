"""What may be there once only among the people of one kind in a zone: RefIds, LocalIds, emails; usernames among all."""

from __future__ import annotations

from typing import Any

from rostering.connected.notes import Notes
from rostering.connected.repeats import Once, Usernames
from rostering.sif.persons import is_ref_id, local_id, put_email, username_of


class People:
    """The people of one kind, as they are surveyed: `refs` are all of them, `held` those who do not load.

    Who is switched off, or was deleted, may have what somebody else has: an email is free for a successor.
    """

    def __init__(self, of: str, kind: str, notes: Notes, usernames: Usernames, *, element: str) -> None:
        self._of = of
        self._kind = kind
        self._notes = notes
        self._usernames = usernames
        self._element = element
        self.refs: dict[str, int] = {}
        self.held: set[str] = set()
        self._doubled: set[str] = set()
        self._local, self._emails = Once(), Once()
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
            self._local.add(local, ref)
        if off:
            return
        said: dict[str, Any] = {}
        put_email(said, fields, self._of, ref, None)
        email = said.get("email")
        if email:
            self._emails.add(email.lower(), ref)
        self._name(ref, username_of(fields, self._element, email))

    def settle(self, word: str) -> None:
        """Tell of everybody who does not load, once all are known."""
        for ref in sorted(self._doubled):
            self._notes.note("R-DUP-KEY", self._of, "@RefId", ref=ref, what="a RefId", other="in another packet")
        self.held |= self._doubled
        for ref, other in self._local.pairs():
            self._notes.note("R-DUP-KEY", self._of, "LocalId", ref=ref, what="a LocalId", other=other)
            self.held.add(ref)
        for ref, other in self._emails.pairs():
            self._notes.note("W-SIF-EMAIL-TWICE", self._of, "EmailList", ref=ref, other=other)
        for ref in self.held:
            self._notes.hold(self._kind, ref)
            self._notes.turned_back(word)
        self._local = Once()
        self._emails.settle()

    def put_email(self, record: dict[str, Any], fields: dict[str, Any], ref: str) -> None:
        """The person's email, if it is theirs alone: brothers and sisters often share one of their parents'."""
        put_email(record, fields, self._of, ref, self._notes)
        if (record.get("email") or "").lower() in self._emails:
            del record["email"]

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

    def _name(self, ref: str, name: str | None) -> None:
        if name == "":
            self._notes.note("W-SIF-USERNAME", self._of, "SIF_ExtendedElement", ref=ref)
        if not name:
            return
        self._named[ref] = name
        self._usernames.add(name, ref)

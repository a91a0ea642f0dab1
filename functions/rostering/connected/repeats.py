"""What may be there once only among people: ids, emails, usernames."""

from __future__ import annotations

from collections.abc import Iterator


class Once:
    """Values of which one person each may have one; `in` tells those that several have."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}
        self._several: dict[str, set[str]] = {}

    def add(self, value: str, ref: str) -> None:
        first = self._first.setdefault(value, ref)
        if first != ref:
            self._several.setdefault(value, {first}).add(ref)

    def settle(self) -> None:
        """Forget whatever one person alone has, once all are known."""
        self._first = {}

    def __contains__(self, value: object) -> bool:
        return value in self._several

    def pairs(self) -> Iterator[tuple[str, str]]:
        """(person, another person) for everybody who has what another has."""
        for refs in self._several.values():
            first, second, *_ = sorted(refs)
            for ref in sorted(refs):
                yield ref, first if ref != first else second


class Usernames:
    """The usernames that a source gives, of all people: one that two persons have is nobody's."""

    def __init__(self) -> None:
        self.owner: dict[str, str] = {}
        self.shared: set[str] = set()

    def add(self, name: str, ref: str) -> None:
        owner = self.owner.setdefault(name, ref)
        if owner != ref:
            self.shared.add(name)
            self.owner[name] = min(owner, ref)

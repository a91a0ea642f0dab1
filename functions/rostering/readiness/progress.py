"""How far a hand-out is, class by class: who has signed in, and who has not yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rostering.model import Account
from rostering.names import fold_name
from rostering.readiness.facts import Class


@dataclass(frozen=True, slots=True)
class Progress:
    """One class ("" for those who are in none): how many students it has, and who of them has not signed in."""

    of: Class
    students: int
    not_yet: tuple[Account, ...]

    @property
    def signed_in(self) -> int:
        return self.students - len(self.not_yet)


def by_cards(classes: Iterable[Class], students: Iterable[Account]) -> list[Progress]:
    """Each student once, in the first class of the day: where the cards are sorted to. Classes by name."""
    known = {one.id: one for one in classes}
    groups: dict[str, list[Account]] = {}
    for student in students:
        current = [known[key] for key, pair in student.classes.items() if key in known and pair[2] == "active"]
        first = min(current, default=None, key=lambda one: (one.period or "~", one.name, one.id))
        groups.setdefault(first.id if first else "", []).append(student)
    order = sorted(groups, key=lambda key: (not key, known[key].name if key else "", key))
    return [_progress(known.get(key) or Class(""), groups[key]) for key in order]


def by_members(classes: Iterable[Class], students: Mapping[str, Account]) -> list[Progress]:
    """Classes as they are, by name; somebody in two of them stands in both."""
    return [_progress(one, [students[name] for name in one.students if name in students])
            for one in sorted(classes, key=lambda one: (one.name, one.id))]


def _progress(of: Class, students: list[Account]) -> Progress:
    waiting = sorted((one for one in students if not one.signed_in_at), key=_in_a_register)
    return Progress(of, len(students), tuple(waiting))


def _in_a_register(student: Account) -> tuple[str, str, str]:
    fields = student.fields
    first = fields.get("preferred_name") or fields.get("first_name") or ""
    return fold_name(fields.get("last_name") or ""), fold_name(first), student.id

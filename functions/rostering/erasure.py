"""What is left of somebody who was erased: a placeholder, and marks by which loads know not to bring them back.

A mark is a keyed digest (the site's salt) of an id, so it tells whom a row is about and nothing to
those who don't have the row. An erased account is one whose `deactivated` has the rule `erased`.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from rostering import people
from rostering.model import FAMILY_OF, FAMILY_OF_ROLE, Account

RULE = "erased"
PLACEHOLDER = "Erased person"
_KINDS = {"student": ("student",), "employee": ("staff",), "guardian": ("guardian",)}


@dataclass(frozen=True, slots=True)
class Erased:
    """Whom `source` must not bring back: `marks` are those of the site. False if there are none."""

    salt: bytes
    source: str
    marks: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.marks)

    @property
    def suffix(self) -> str:
        """What tells a state of the marks from those before it; they only grow in number. "" if there are none."""
        return f"+{len(self.marks)}" if self.marks else ""

    def names(self, kind: str, key: str) -> bool:
        """Whether the source's `key` is that of an erased person."""
        return kind in FAMILY_OF and people.account_id(self.salt, self.source, kind, key) in self.marks

    def is_of(self, kind: str, key: str, fields: dict[str, Any] | None) -> bool:
        """Whether a person that the source tells of is an erased one, by its key or by another id in `fields`."""
        return self.names(kind, key) or (kind in FAMILY_OF and any(
            mark(self.salt, FAMILY_OF[kind], name, value) in self.marks for name, value in _ids(fields or {})))


NOBODY = Erased(b"", "", frozenset())


def marks_of(salt: bytes, account: Account, ids: Iterable[tuple[str, str]] = ()) -> list[str]:
    """The marks of an account: of every source's key of it, its local and its state id, and of further `ids`."""
    family = FAMILY_OF_ROLE[account.role]
    found = {account.id}
    for source, key in ({account.source: account.source_key} | account.links).items():
        if key:
            found |= {people.account_id(salt, source, kind, key) for kind in _KINDS[family]}
    found |= {mark(salt, family, name, value) for name, value in (*_ids(account.fields), *ids)}
    return sorted(found)


def mark(salt: bytes, family: str, name: str, value: str) -> str:
    """The mark of one id; `name` is `id` or `state_id`."""
    text = f"erased\x00{family}\x00{name}\x00{value.strip().casefold()}".encode()
    return base64.b32encode(hashlib.blake2b(text, key=salt[:64], digest_size=15).digest()).decode()


def is_erased(account: Account) -> bool:
    return account.deactivated.get("rule") == RULE


def placeholder(account: Account, tag: str, *, at: str) -> Account:
    """What takes the account's place: role, school and classes, so that what it did stays where it was done."""
    school = account.fields.get("school")
    return Account(id=account.id, role=account.role, status="inactive", username="",
                   fields={"last_name": f"{PLACEHOLDER} {tag}"} | ({"school": school} if school else {}),
                   classes={section: [pair[0], pair[1] or at[:10], "inactive"] for section, pair in
                            account.classes.items()}, deactivated={"rule": RULE, "at": at})


def _ids(fields: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ("id", "state_id"):
        value = fields.get(name)
        if value and isinstance(value, str):
            yield name, value

"""The words of the standard, 1.1 and 1.2 alike, as they are met: in any case, with or without hyphens.

What `ext:` begins, or what nobody knows, is never an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

DELETED = frozenset({"tobedeleted", "inactive"})
_TRUE, _FALSE = frozenset({"true", "1", "yes", "y", "t"}), frozenset({"false", "0", "no", "n", "f"})


class Role(NamedTuple):
    """What a role makes of a user: `kind` of record, the word, and what to show of it.

    `label` is the title of staff and the relationship of guardians. No role gives any right.
    """

    kind: str
    word: str
    label: str
    known: bool = True


_ROLES = {each.word: each for each in (
    Role("student", "student", ""), Role("staff", "teacher", ""),
    Role("staff", "administrator", "Administrator"), Role("staff", "siteadministrator", "Site Administrator"),
    Role("staff", "districtadministrator", "District Administrator"),
    Role("staff", "systemadministrator", "System Administrator"), Role("staff", "principal", "Principal"),
    Role("staff", "aide", "Aide"), Role("staff", "proctor", "Proctor"), Role("staff", "counselor", "Counselor"),
    Role("guardian", "parent", "Parent"), Role("guardian", "guardian", "Guardian"),
    Role("guardian", "relative", "Relative"))}


@lru_cache(maxsize=1_000)
def role_of(text: str) -> Role | None:
    """The role that a word means; None if there is no word. Whoever nobody knows is staff."""
    word = folded(text)
    if not word:
        return None
    return _ROLES.get(word) or Role("staff", word, text.strip().removeprefix("ext:")[:64].strip(), known=False)


@lru_cache(maxsize=1_000)
def folded(text: str) -> str:
    """A word of an enumeration as it is compared: letters and `:` in lower case."""
    return "".join(letter for letter in text.casefold() if letter.isalnum() or letter == ":")


def is_deleted(fields: Mapping[str, Any]) -> bool:
    status = fields.get("status")
    return bool(status) and folded(status) in DELETED


def truth(value: str | bool | None) -> bool | None:
    """A boolean however it is written; None if it is none."""
    if value is True or value is False or not value:
        return value if isinstance(value, bool) else None
    word = value.strip().lower()
    return True if word in _TRUE else False if word in _FALSE else None

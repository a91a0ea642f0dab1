"""Values that a person keeps by hand, and accounts that a person switches off (identity, sections 7 and 9).

A field has an origin: the source that says it, or "hand". Setting a field by hand keeps what the
source says beside it (`Account.by_hand`); loads go on noting that, and leave the value alone, also
when the source comes round to it, until somebody takes the source's value again. Never kept by
hand: ids, school, role, username, and what decides the status (Status, first and last day).

Everything here gives a changed copy of the account, or the account itself if nothing changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from rostering.model import Account, Family

EDITABLE: dict[Family, tuple[str, ...]] = {
    "student": ("first_name", "middle_name", "last_name", "preferred_name", "grade", "birth_date", "email"),
    "employee": ("first_name", "middle_name", "last_name", "email", "title"),
    "guardian": ("first_name", "last_name", "email", "phone"),
}
NEVER_EMPTY: dict[Family, frozenset[str]] = {
    "student": frozenset({"first_name", "last_name", "grade"}),
    "employee": frozenset({"first_name", "last_name", "email"}),
    "guardian": frozenset({"first_name", "last_name"}),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an account: its value, who says so, and what the source says if that is somebody else.

    `origin` is the name of a source, or "hand"; `at` and `by` tell when and by whom it was set by hand.
    """

    value: Any
    origin: str
    source_value: Any
    at: str = ""
    by: str = ""

    @property
    def differs(self) -> bool:
        """Whether the source says something else."""
        return (self.value or None) != (self.source_value or None)


def set_fields(account: Account, values: dict[str, Any], *, by: str, at: str) -> Account:
    """`account` with `values` set by hand (None empties a field), and the source's values kept beside them.

    An account that no source speaks for has nothing to be kept from, and gets no marks.
    """
    fields, marks = dict(account.fields), dict(account.by_hand)
    for name, value in values.items():
        if _has_source(account):
            said = marks[name]["source"] if name in marks else account.fields.get(name)
            marks[name] = {"source": said, "at": at, "by": by}
        _put(fields, name, value)
    return replace(account, fields=fields, by_hand=marks)


def use_source(account: Account, names: Iterable[str] | None = None) -> Account:
    """`account` with what the source says in `names` (None: in every field that is kept by hand)."""
    chosen = [name for name in (account.by_hand if names is None else names) if name in account.by_hand]
    if not chosen:
        return account
    fields, marks = dict(account.fields), dict(account.by_hand)
    for name in chosen:
        _put(fields, name, marks.pop(name)["source"])
    return replace(account, fields=fields, by_hand=marks)


def switch_off(account: Account, *, by: str, reason: str, at: str) -> Account:
    """`account` switched off by a person: no load switches it on again."""
    if account.status == "inactive" and "by" in account.deactivated:
        return account
    return replace(account, status="inactive", deactivated={"by": by, "reason": reason, "at": at})


def switch_on(account: Account, *, today: str) -> Account:
    """`account` switched on again, or pending if its first day is after `today`."""
    if account.status != "inactive":
        return account
    ahead = account.role == "Student" and account.fields.get("start_date", "") > today
    return replace(account, status="pending" if ahead else "active", deactivated={})


def field_of(account: Account, name: str) -> Field:
    """The field `name` with its origin."""
    value = account.fields.get(name)
    if name in account.by_hand:
        mark = account.by_hand[name]
        return Field(value, "hand", mark.get("source"), mark.get("at", ""), mark.get("by", ""))
    if not _has_source(account):
        return Field(value, "hand", None)
    return Field(value, account.origins.get(name, account.source), value)


def fields_of(account: Account) -> dict[str, Field]:
    """Every field that has a value or is kept by hand, by name in order."""
    return {name: field_of(account, name) for name in sorted(account.fields.keys() | account.by_hand.keys())}


def email_synced(account: Account, refused: str = "") -> str:
    """Whether the email came across from the source; `refused` is the code if its row was turned back."""
    if "email" in account.by_hand:
        return "Kept by hand"
    if refused:
        return f"Error {refused}"
    return "Yes" if account.fields.get("email") else "Not sent"


def email_state(account: Account, refused: str = "") -> str:
    """As `email_synced`, but "Differs" for one kept by hand of which the source says another one."""
    if account.by_hand.get("email", {}).get("source") and field_of(account, "email").differs:
        return "Differs"
    return email_synced(account, refused)


def _has_source(account: Account) -> bool:
    return account.source != "manual" or bool(account.links)


def _put(fields: dict[str, Any], name: str, value: Any) -> None:
    if value in (None, "", []):
        fields.pop(name, None)
    else:
        fields[name] = value

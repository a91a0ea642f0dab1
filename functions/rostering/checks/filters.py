"""Who is meant: the one rule by which lists, batches and exports choose people.

Some of it the account tells (`fits`), some lies in other items (`fits_facts`): those are read for
the people only who are left after the first, and only what is asked for (`Filter.needs`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rostering.checks.facts import Seen
from rostering.model import Account

Email = Literal["yes", "by_hand", "not_sent", "differs", "error"]
FirstSecret = Literal["none", "issued", "used", "expired", "own"]
Double = Literal["name", "email", "any"]

_EMAIL = {"yes": ("Yes",), "by_hand": ("Kept by hand", "Differs"), "not_sent": ("Not sent",), "differs": ("Differs",)}


@dataclass(frozen=True, slots=True)
class Filter:
    """Whom a list, a batch or an export is for; "" and False mean any.

    Of a `section` they are its teachers and students. `origin` is `sis` or `manual`. `load` is one that
    made or changed the account last. `no_guardian` is for students alone, `no_class` and
    `out_of_term` for students and teachers: no class, and none in a term that runs today. `double`
    wants people of the school who share name and birth date, or an email, with another one of it.
    """

    school: str = ""
    section: str = ""
    role: str = ""
    grade: str = ""
    never_signed_in: bool = False
    status: str = ""
    origin: str = ""
    email: Email | Literal[""] = ""
    first_secret: FirstSecret | Literal[""] = ""
    locked: bool = False
    no_class: bool = False
    no_guardian: bool = False
    out_of_term: bool = False
    load: str = ""
    double: Double | Literal[""] = ""

    @property
    def needs(self) -> frozenset[str]:
        """What has to be read besides the accounts (`facts.see`)."""
        return frozenset(name for name, wanted in (
            ("sign_in", self.first_secret), ("locks", self.locked), ("classes", self.no_class or self.out_of_term),
            ("terms", self.out_of_term)) if wanted)

    def fits(self, account: Account) -> bool:
        """Whether the account alone may be meant."""
        return (not account.merged_into
                and self.role in ("", account.role)
                and self.grade in ("", account.fields.get("grade"))
                and self.status in ("", account.status)
                and self.origin in ("", origin_of(account))
                and self.load in ("", last_load(account))
                and not (self.never_signed_in and account.signed_in_at)
                and not (self.no_guardian and not _has_no_guardian(account))
                and not ((self.no_class or self.out_of_term) and account.role not in ("Student", "Teacher")))

    def fits_facts(self, seen: Seen) -> bool:
        """Whether what lies in other items fits too. `double` is judged by who sees the whole school."""
        return (self._fits_email(seen.email)
                and self.first_secret in ("", seen.first_secret)
                and not (self.locked and not seen.locked_until)
                and not (self.no_class and seen.classes)
                and not (self.out_of_term and seen.current_classes))

    def fits_double(self, shared: frozenset[str]) -> bool:
        return not self.double or (bool(shared) if self.double == "any" else self.double in shared)

    def _fits_email(self, state: str) -> bool:
        return state.startswith("Error") if self.email == "error" else not self.email or state in _EMAIL[self.email]


def origin_of(account: Account) -> str:
    """Whether a source speaks for the account (`sis`), or it was made by hand (`manual`)."""
    return "manual" if account.source == "manual" else "sis"


def last_load(account: Account) -> str:
    """The load that changed the account last, or else (also if a person changed it since) made it; "" if none did."""
    return account.changed.get("load") or account.created.get("load") or ""


def _has_no_guardian(account: Account) -> bool:
    return account.role == "Student" and not any(link[3] == "active" for link in account.guardians.values())

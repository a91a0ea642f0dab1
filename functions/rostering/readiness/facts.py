"""What the rules of readiness judge: one school as it is now, without any way back to the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rostering.model import Account

Stage = Literal["Teacher", "Student", "Guardian"]
STAGES: tuple[Stage, ...] = ("Teacher", "Student", "Guardian")
# Whose accounts a stage hands out: Staff go with the teachers.
ROLES: dict[str, tuple[str, ...]] = {"Teacher": ("Teacher", "Staff"), "Student": ("Student",),
                                     "Guardian": ("Guardian",)}
# How somebody gets in: a password of their own, a first secret or code, single sign-on, a link by
# email; `expired` is a first secret or code past its end, "" is no way at all.
WayIn = Literal["own", "first_secret", "sso", "link", "expired", ""]


@dataclass(frozen=True, slots=True)
class Class:
    """A current section: `course` is the key of its course, `has_course` whether that course is here and active."""

    id: str
    name: str = ""
    period: str = ""
    course: str = ""
    has_course: bool = True
    teachers: tuple[str, ...] = ()
    lead: str = ""
    students: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ended:
    """The newest load of one source that ended: how, and how many of its rows were turned back."""

    load: str
    source: str
    state: str
    rows: int = 0
    turned_back: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """One school. `people` are its active and pending employees and students, `guardians` those of its students.

    `elsewhere` are those who teach or learn here but belong to another school. `ways_in` is by account.
    `holds` are the numbers of loads that wait for a decision about this school, `questions` those of
    matches. `attested` is what an administrator attested, by rule; `released` the stages that are open.
    `wrong_emails` gives the code of those whose email was not taken.
    """

    school: str
    name: str = ""
    classes: tuple[Class, ...] = ()
    people: Mapping[str, Account] = field(default_factory=dict)
    guardians: Mapping[str, Account] = field(default_factory=dict)
    elsewhere: frozenset[str] = frozenset()
    ways_in: Mapping[str, WayIn] = field(default_factory=dict)
    wrong_emails: Mapping[str, str] = field(default_factory=dict)
    single_sign_on: bool = False
    holds: tuple[str, ...] = ()
    ended: tuple[Ended, ...] = ()
    questions: tuple[str, ...] = ()
    attested: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    released: Mapping[str, dict[str, Any]] = field(default_factory=dict)

    def of_stage(self, stage: str) -> list[Account]:
        """The accounts that a stage hands out."""
        everybody = self.guardians if stage == "Guardian" else self.people
        return [one for one in everybody.values() if one.role in ROLES[stage]]

    def of_role(self, role: str) -> list[Account]:
        return [one for one in self.people.values() if one.role == role]

    @property
    def courses(self) -> list[str]:
        """The courses in use: those of the current classes."""
        return sorted({one.course for one in self.classes if one.course})

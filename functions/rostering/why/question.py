"""What somebody asks: the entry, whom or what it is about, where, and what a person answered already."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from rostering.why.tree import Entry, Said

# The role of whom the entry is about, where it can only be one.
_ROLE: dict[str, str] = {"enrollment_missing": "Student", "guardian_link_missing": "Guardian"}
_KINDS = {"Student": ("student",), "Guardian": ("guardian",), "Teacher": ("staff",), "Staff": ("staff",)}


@dataclasses.dataclass(frozen=True, slots=True)
class Question:
    """`person`, `student`, `guardian` and `viewer` are ids, usernames, emails or names; `class_` an id or a name.

    `person` is whom it is about (in `guardian_link_missing` the guardian, in `enrollment_missing` the
    student); `school` is the school that is looked at, `role` the role that is expected, `field` the
    value that seems wrong. `answers` maps nodes to what a person said where no check knows.
    """

    entry: Entry
    person: str = ""
    class_: str = ""
    student: str = ""
    field: str = ""
    school: str = ""
    role: str = ""
    viewer: str = ""
    answers: Mapping[str, Said] = dataclasses.field(default_factory=lambda: MappingProxyType({}))

    @property
    def expected_role(self) -> str:
        return self.role or _ROLE.get(self.entry, "")

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of records that the person may be."""
        return _KINDS.get(self.expected_role, ("student", "staff", "guardian"))

    @property
    def missing(self) -> str:
        """What has to be told besides, in one sentence; "" if the question is whole."""
        if self.entry != "class_missing" and not self.person:
            return "Say whom it is about: an id, a username, an email or a name."
        if self.entry in ("class_missing", "enrollment_missing") and not self.class_:
            return "Say which class it is about: its id or its name."
        if self.entry == "guardian_link_missing" and not self.student:
            return "Say which student the guardian does not see."
        return "Say which value is wrong." if self.entry == "wrong_value" and not self.field else ""


def as_told(question: Question) -> dict[str, Any]:
    """The question as the answer repeats it."""
    told = {"entry": question.entry, "person": question.person, "class": question.class_, "student": question.student,
            "field": question.field, "school": question.school, "role": question.role, "viewer": question.viewer}
    return {name: value for name, value in told.items() if value}

"""Whom a list, a batch or an export is for: one set of names for one rule (`rostering.checks.filters`)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from accounts.models.base import Request, Role, Status


def _grade(value: str) -> str:
    """A grade as accounts hold it: `4` is `04`."""
    return value.strip().upper().zfill(2)


Grade = Annotated[str, Field(min_length=1, max_length=10), AfterValidator(_grade)]
Text = Annotated[str, Field(min_length=1, max_length=200)]
Origin = Literal["sis", "manual"]
EmailState = Literal["yes", "by_hand", "not_sent", "differs", "error"]
FirstSecretState = Literal["none", "issued", "used", "expired", "own"]
Double = Literal["name", "email", "any"]


class PeopleFilter(Request):
    """What has to be true of somebody; what isn't given may be either way.

    `load` made or changed the account last. `no_class` and `out_of_term` are for students and teachers,
    `no_guardian` for students. `double`: somebody else of the school has the same name and birth
    date, or the same email.
    """

    role: Role | None = None
    grade: Grade | None = None
    status: Status | None = None
    origin: Origin | None = None
    email: EmailState | None = None
    first_secret: FirstSecretState | None = None
    never_signed_in: bool = False
    locked: bool = False
    no_class: bool = False
    no_guardian: bool = False
    out_of_term: bool = False
    load: Text | None = None
    double: Double | None = None

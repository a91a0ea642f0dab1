"""Exports."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from accounts.models.base import Reason, Request, Role
from accounts.models.filters import PeopleFilter


class ExportOrder(Request):
    """What to export. Without `school` and `section` it is the whole site.

    `filter` says of whom, as in the list of a school's people; without one they are all but the inactive.
    """

    school: Annotated[str, Field(max_length=200)] | None = None
    section: Annotated[str, Field(max_length=200)] | None = None
    role: Role | None = None
    filter: PeopleFilter | None = None
    only_not_signed_in: bool = False
    format: Literal["pdf", "xlsx", "csv"] = "pdf"
    with_secrets: bool = False
    reason: Reason


class ExportOrdered(BaseModel):
    export: str


class Export(BaseModel):
    export: str
    state: str
    format: str = ""
    school: str = ""
    section: str = ""
    role: str = ""
    with_secrets: bool = False
    only_not_signed_in: bool = False
    account: str = ""
    stage: str = ""
    at: str = ""
    people: int | None = None
    links: list[str] = []
    message: str = ""

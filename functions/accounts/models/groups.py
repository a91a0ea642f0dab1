"""Groups: clubs, reading groups, teams of staff."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from accounts.models.base import Request, plain
from accounts.models.people import Member

GroupName = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(plain)]
Why = Annotated[str, Field(max_length=500)]
Named = Annotated[str, Field(min_length=1, max_length=200)]
MOST_AT_ONCE = 500


class NewGroup(Request):
    """A group of a school. Without `owner` (an account) it is the sender's."""

    name: GroupName
    school: Named
    owner: Named | None = None
    reason: Why = ""


class GroupChange(Request):
    """A new name, or a new owner."""

    name: GroupName | None = None
    owner: Named | None = None
    reason: Why = ""


class GroupMembers(Request):
    """Accounts that come into a group, and others that leave it."""

    add: Annotated[list[Named], Field(max_length=MOST_AT_ONCE, default_factory=list)]
    remove: Annotated[list[Named], Field(max_length=MOST_AT_ONCE, default_factory=list)]
    reason: Why = ""


class GroupEnd(Request):
    reason: Why = ""


class Group(BaseModel):
    """A group without its members. `source` is "manual" for one made here; others are changed in their source."""

    group: str
    name: str
    school: str
    owner: str = ""
    source: str
    status: Literal["active", "inactive"]
    count: int
    read_only: bool
    note: str = ""


class GroupInDetail(Group):
    """`members` are students and employees, by last and first name."""

    owner_username: str = ""
    members: list[Member] = []


class Groups(BaseModel):
    groups: list[Group]
    after: str | None = None

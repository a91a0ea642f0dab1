"""Two accounts that become one, and back."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from accounts.models.base import Reason, Request, Role, Status


class UnmergeOrder(Request):
    """With `dry_run` nothing is done: the answer tells what would be."""

    dry_run: bool = False
    reason: Reason


class MergeOrder(UnmergeOrder):
    """`other` is the account that goes."""

    other: Annotated[str, Field(min_length=1, max_length=200)]


class MergeSide(BaseModel):
    """One of two merged accounts, as it was before."""

    account: str
    username: str
    role: Role
    status: Status
    source: str = ""


class MergeMoves(BaseModel):
    """What goes over to the kept account: names of fields, ids of things, `[system, kind]` of identifiers."""

    fields: list[str] = []
    identifiers: list[tuple[str, str]] = []
    classes: list[str] = []
    guardians: list[str] = []
    students: list[str] = []
    teaches: list[str] = []
    groups: list[str] = []
    schools: list[str] = []


class Touched(BaseModel):
    kind: str
    id: str
    fields: list[str]


class Unmerged(BaseModel):
    """`back` is what returns to where it was, `stays` what somebody changed since the merge."""

    back: list[Touched] = []
    stays: list[Touched] = []
    by: str = ""
    at: str = ""
    reason: str = ""


class Merge(BaseModel):
    """A merge, or with `state` "planned" what it would be.

    `stays` names the fields in which the kept account's value stays and the other's is seen on the
    gone account only; `rights` those of the gone account that a person has to grant; `status` is the
    kept account's afterwards. Both usernames stay taken.
    """

    merge: str
    state: str
    kept: MergeSide
    gone: MergeSide
    moves: MergeMoves
    stays: list[str] = []
    rights: list[str] = []
    status: Status
    by: str = ""
    at: str = ""
    reason: str = ""
    unmerged: Unmerged | None = None


class Merges(BaseModel):
    merges: list[Merge]
    after: str | None = None

"""Batches: one act for many accounts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from accounts.models.base import Reason, Request, Right, Role
from accounts.models.filters import PeopleFilter, Text
from rostering.batches.record import MOST_ACCOUNTS

BatchAction = Literal["reset", "invite", "unlock", "deactivate", "reactivate", "view", "grant", "revoke"]
BatchState = Literal["preview", "running", "done", "failed"]


class BatchFilter(PeopleFilter):
    """Whom a batch is for. Without `school` and `section` it is the whole site, for who holds the right there."""

    school: Text | None = None
    section: Text | None = None


class BatchOrder(Request):
    """A batch for those who fit `filter`, or for named `accounts` (ids or usernames); never both.

    With `dry_run` nothing is done until the batch is run: the answer tells whom it would be for.
    To grant or revoke, `right` says what, and `right_school` or `whole_site` where.
    """

    action: BatchAction
    filter: BatchFilter | None = None
    accounts: Annotated[list[Text], Field(min_length=1, max_length=MOST_ACCOUNTS)] | None = None
    reason: Reason
    dry_run: bool = False
    right: Right | None = None
    right_school: Text | None = None
    whole_site: bool = False


class BatchPerson(BaseModel):
    account: str
    role: Role
    username: str = ""
    last_name: str = ""
    first_name: str = ""
    grade: str = ""
    school: str = ""


class BatchLeftOut(BaseModel):
    """`account` is what the order named, if it is out of reach."""

    account: str
    why: str


class Batch(BaseModel):
    """A batch, how far it is, and how it ended for how many accounts.

    `would` is how many would be done, `left_out` why others would not, both as of the order; `first`
    names some of each, in the answer to an order only. `counts` is what came of it: `done`, `busy`,
    or a code of `left_out`. `links` is the sheet, for an hour after it was made.
    """

    batch: str
    action: BatchAction
    state: BatchState
    filter: BatchFilter | None = None
    reason: str = ""
    by: str = ""
    by_username: str = ""
    at: str = ""
    began_at: str = ""
    ended_at: str = ""
    total: int = 0
    done: int = 0
    would: int = 0
    left_out: dict[str, int] = {}
    first: list[BatchPerson] = []
    first_left_out: list[BatchLeftOut] = []
    counts: dict[str, int] = {}
    right: str = ""
    right_school: str = ""
    whole_site: bool = False
    with_secrets: bool = False
    links: list[str] = []
    message: str = ""


class Batches(BaseModel):
    batches: list[Batch]
    after: str | None = None

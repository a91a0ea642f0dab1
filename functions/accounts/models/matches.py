"""Rows that wait until somebody says who they are."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from accounts.models.base import Reason, Request
from accounts.models.people import Person


class MatchDecision(Request):
    """Either `same_as` (an account) or `new`. `goes_on` is false while more decisions follow."""

    same_as: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    new: bool = False
    reason: Reason
    goes_on: bool = True


class Candidate(BaseModel):
    """An account that the person may be: how much speaks for it (0 to 100), and what."""

    account: str
    score: int
    reasons: list[str]
    person: Person


class Match(BaseModel):
    """A row that waits until somebody says who it is. `who` is what the source says of the person."""

    model_config = ConfigDict(extra="ignore")
    match: str
    state: str
    source: str
    kind: str
    key: str
    load: str
    tab: str = ""
    row: int = 0
    rule: str
    who: dict[str, str] = {}
    candidates: list[Candidate] = []
    decision: dict[str, Any] | None = None
    goes_on_as: str = ""


class Matches(BaseModel):
    matches: list[Match]
    after: str | None = None

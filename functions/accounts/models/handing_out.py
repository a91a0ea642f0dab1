"""Readiness, stages and the hand-out of a school."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from accounts.models.base import Reason, Request, Role

StageName = Literal["Teacher", "Student", "Guardian"]
StageState = Literal["not ready", "ready", "released"]


class ReadinessMiss(BaseModel):
    """One thing that misses a rule; `label` is a username or the name of a thing."""

    kind: str
    id: str
    label: str
    why: str


class ReadinessRule(BaseModel):
    """What one rule says: `count` of `of` miss it, `first` are some of them, `more` is the command that shows all."""

    number: int
    code: str
    title: str
    limit: str
    met: bool
    count: int
    of: int
    first: list[ReadinessMiss] = []
    more: str = ""


class StageStanding(BaseModel):
    """A stage: `missing` are the codes of rules that aren't met. `by` to `overridden` tell of its opening."""

    stage: StageName
    state: StageState
    missing: list[str] = []
    accounts: int = 0
    signed_in: int = 0
    by: str = ""
    at: str = ""
    reason: str = ""
    overridden: list[str] = []


class Readiness(BaseModel):
    """A school: its stages, and what each rule says (rule 9 once for each stage)."""

    school: str
    name: str = ""
    stages: list[StageStanding]
    rules: list[ReadinessRule]


class SchoolStanding(BaseModel):
    school: str
    name: str = ""
    stages: list[StageStanding]


class ReadinessSummary(BaseModel):
    """`after` goes on with the schools that this answer had no room for."""

    schools: list[SchoolStanding]
    after: str | None = None


class Attestation(Request):
    """What an administrator attests: that standards are attached to every course in use."""

    rule: Literal["standards"]
    reason: Reason


class Attested(BaseModel):
    school: str
    rule: str
    by: str
    at: str
    reason: str
    courses: int


class StageOrder(Request):
    """The opening of a stage. `override` opens it although rules miss: it needs a reason. `dry_run` only tells."""

    reason: Reason | None = None
    override: bool = False
    sheets: bool = True
    dry_run: bool = False


class StageOpened(BaseModel):
    """What opening did, or with `dry_run` would do: `export` makes the sheets of its `accounts`."""

    school: str
    stage: StageName
    state: StageState
    dry_run: bool = False
    accounts: int = 0
    missing: list[ReadinessRule] = []
    overridden: list[str] = []
    export: str = ""


class StageClosed(BaseModel):
    school: str
    stage: StageName
    state: Literal["closed"] = "closed"


class NotYet(BaseModel):
    """Somebody who has not signed in."""

    account: str
    username: str
    last_name: str = ""
    first_name: str = ""
    grade: str = ""


class ClassProgress(BaseModel):
    """A class: its cards, who of them has signed in, who has not, and to whom its sheets were handed."""

    section: str
    name: str
    period: str = ""
    teacher: str = ""
    teacher_name: str = ""
    students: int
    signed_in: int
    not_yet: list[NotYet] = []
    handed_to: str = ""
    handed_at: str = ""
    reminder: str = ""


class HandOut(BaseModel):
    """How far a school is. A teacher gets the own classes whole; else each student stands once, by the cards."""

    school: str
    name: str = ""
    stages: list[StageStanding] = []
    classes: list[ClassProgress]
    students: int
    signed_in: int


class HandedOrder(Request):
    """To whom the sheets of a section were handed: a teacher of it, by default its lead teacher."""

    section: Annotated[str, Field(min_length=1, max_length=200)]
    to: Annotated[str, Field(min_length=1, max_length=64)] | None = None


class Handed(BaseModel):
    section: str
    to: str
    at: str


class CardOrder(Request):
    """One card again. With `reissue` the present secret is void at once, sessions end, and a new one is printed."""

    reissue: bool = False
    reason: Reason


class CardOrdered(BaseModel):
    export: str
    account: str
    role: Role
    reissued: bool = False

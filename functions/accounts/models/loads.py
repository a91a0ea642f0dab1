"""Loads: what is decided about them, what is told of them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from accounts.models.base import Decision, Request

Row = Annotated[str, Field(min_length=3, max_length=200, pattern=r"^[A-Za-z_ ]+[:/]\S.*$")]


class Approval(Decision):
    """What is approved: everything, some `schools`, some `rows`, or (`rekey`) that all pairs get the new id.

    A row is `Students:212` (tab and row) or `student/004512` (kind and id).
    """

    schools: list[Annotated[str, Field(min_length=1, max_length=64)]] = Field([], max_length=1_000)
    rows: list[Row] = Field([], max_length=1_000)
    rekey: bool = False


class VerifyOrder(Request):
    """Whose last word the table is compared with."""

    source: Annotated[str, Field(pattern=r"^(sheet|(sif|gg4l):\S{1,100})$")] = "sheet"


class UndoOrder(Decision):
    """What is undone of a load: everything, or what concerns a school or an account. `dry_run` only tells."""

    school: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    account: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    dry_run: bool = False


class Counted(BaseModel):
    model_config = ConfigDict(extra="ignore")
    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    missing: int = 0
    deactivated: int = 0
    problems: int = 0


class Held(BaseModel):
    model_config = ConfigDict(extra="ignore")
    rule: str
    school: str = ""
    kind: str = ""
    count: int = 0
    of: int = 0
    message: str = ""
    cause: str = ""
    action: str = ""


class Kept(BaseModel):
    """A value that an undo leaves, and why. `id` is the thing's own, where it is no account's."""

    model_config = ConfigDict(extra="ignore")
    account: str = ""
    kind: str
    id: str = ""
    attribute: str
    field: str = ""
    why: str


class UndonePart(BaseModel):
    """What of a load another load has undone: one school or one account."""

    load: str
    school: str = ""
    account: str = ""


class Waiting(BaseModel):
    """How many changes of a held load are about one school ("": about none)."""

    school: str
    changes: int


class Load(BaseModel):
    """A load as people see it; `files` are names, links come from `/files`.

    `questions` counts rows held for a person to say who they are (`/matches`). `rest` is the load
    that keeps what was not approved of this one, `goes_on_with` the one whose delivery this is.
    `repairs` is the load whose corrected report this one is.
    `undoes` is the load that this one undoes; it leaves `kept_total` values, `kept` lists the first.
    `undone_by` is the load that undid this one, `undone_parts` tells of those that undid a part.
    """

    model_config = ConfigDict(extra="ignore")
    load: str
    site: str
    source: str = ""
    state: str
    stage: str = ""
    file_name: str = ""
    load_type: str = ""
    purpose: str = "load"
    received_at: str = ""
    updated_at: str = ""
    sent_by: str = ""
    counts: dict[str, Counted] = {}
    problem_counts: dict[str, int] = {}
    problems_listed: int = 0
    holds: list[Held] = []
    progress: dict[str, Any] = {}
    seconds: dict[str, float] = {}
    files: dict[str, Any] = {}
    decision: dict[str, Any] | None = None
    expires_at: str = ""
    message: str = ""
    waiting: list[Waiting] = []
    questions: int = 0
    rest: str = ""
    goes_on_with: str = ""
    repairs: str = ""
    undoes: str = ""
    dry_run: bool = False
    kept: list[Kept] = []
    kept_total: int = 0
    undone_by: str = ""
    undone_parts: list[UndonePart] = []


class Loads(BaseModel):
    loads: list[Load]
    after: str | None = None


class Received(BaseModel):
    load: str


class ProblemLine(BaseModel):
    model_config = ConfigDict(extra="ignore")
    severity: str
    code: str
    tab: str = ""
    row: int = 0
    column: str = ""
    message: str = ""


class Problems(BaseModel):
    problems: list[ProblemLine]
    after: str | None = None


class Links(BaseModel):
    """Links that are good for 5 minutes, and what to call the account sheets.

    `withheld` counts account sheets the sender may not have, `gone` those deleted after an hour,
    `sign_in_again` those that wait until the sender signs in again (15 minutes are over).
    """

    report_xlsx: str | None = None
    report_json: str | None = None
    report_html: str | None = None
    account_sheets: list[str] = []
    sheet_names: list[str] = []
    withheld: int = 0
    gone: int = 0
    sign_in_again: int = 0

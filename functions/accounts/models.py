"""Requests and responses of the API. What isn't named here is neither taken nor given."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from rostering.model import Account

Role = Literal["Staff", "Teacher", "Guardian", "Student"]
Status = Literal["pending", "active", "inactive"]
Secret = Annotated[str, Field(min_length=1, max_length=128)]
Reason = Annotated[str, Field(min_length=3, max_length=500, pattern=r"\S")]


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class SignIn(Request):
    """Either `username` and `secret`, or the one-time `code` of an administrator."""

    username: Annotated[str, Field(min_length=1, max_length=254)] | None = None
    secret: Secret | None = None
    code: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    device: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None = None


class Refresh(Request):
    refresh_token: Annotated[str, Field(min_length=1, max_length=400)]


class Password(Request):
    """`secret` is the present password; it isn't needed right after a first sign-in."""

    new: Annotated[str, Field(min_length=1, max_length=512)]
    secret: Secret | None = None


class Decision(Request):
    reason: Reason


Row = Annotated[str, Field(min_length=3, max_length=200, pattern=r"^[A-Za-z_ ]+[:/]\S.*$")]


class Approval(Decision):
    """What is approved: everything, some `schools`, some `rows`, or (`rekey`) that all pairs get the new id.

    A row is `Students:212` (tab and row) or `student/004512` (kind and id).
    """

    schools: Annotated[list[Annotated[str, Field(min_length=1, max_length=64)]], Field(max_length=1_000)] = []
    rows: Annotated[list[Row], Field(max_length=1_000)] = []
    rekey: bool = False


class ExportOrder(Request):
    """What to export. Without `school` and `section` it is the whole site."""

    school: Annotated[str, Field(max_length=200)] | None = None
    section: Annotated[str, Field(max_length=200)] | None = None
    role: Role | None = None
    format: Literal["pdf", "xlsx", "csv"] = "pdf"
    with_secrets: bool = False
    reason: Reason


class TokenSet(BaseModel):
    account: str
    access_token: str
    refresh_token: str
    expires_in: int
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 RFC 6750
    device: str | None = None
    must_change: bool = False


class Site(BaseModel):
    """The inbox is given to those who may follow loads."""

    site: str
    name: str
    address: str = ""
    timezone: str = ""
    inbox_bucket: str | None = None
    inbox_prefix: str | None = None


class School(BaseModel):
    id: str
    name: str = ""
    status: str = "active"


class Schools(BaseModel):
    schools: list[School]


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


class Waiting(BaseModel):
    """How many changes of a held load are about one school ("": about none)."""

    school: str
    changes: int


class Load(BaseModel):
    """A load as people see it; `files` are names, links come from `/files`.

    `questions` counts rows held for a person to say who they are (`/matches`). `rest` is the load
    that keeps what was not approved of this one, `goes_on_with` the one whose delivery this is.
    """

    model_config = ConfigDict(extra="ignore")
    load: str
    site: str
    source: str = ""
    state: str
    stage: str = ""
    file_name: str = ""
    load_type: str = ""
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

    `withheld` counts account sheets the sender may not have, `gone` those deleted after an hour.
    """

    report_xlsx: str | None = None
    report_json: str | None = None
    report_html: str | None = None
    account_sheets: list[str] = []
    sheet_names: list[str] = []
    withheld: int = 0
    gone: int = 0


class Person(BaseModel):
    """An account. `by_hand` names the fields that a load leaves alone.

    `classes` counts a student's; those that an employee teaches are counted for one account only.
    """

    account: str
    role: Role
    status: Status
    username: str
    last_name: str = ""
    first_name: str = ""
    preferred_name: str = ""
    grade: str = ""
    email: str = ""
    person_id: str = ""
    school: str = ""
    other_schools: list[str] = []
    source: str = ""
    classes: int | None = None
    guardians: int = 0
    students: int = 0
    rights: dict[str, list[str]] = {}
    by_hand: list[str] = []
    created: dict[str, Any] = {}
    changed: dict[str, Any] = {}
    deactivated: dict[str, Any] = {}
    signed_in_at: str = ""


class People(BaseModel):
    accounts: list[Person]
    after: str | None = None


class Section(BaseModel):
    id: str
    name: str = ""
    number: str = ""
    school: str = ""
    course: str = ""
    period: str = ""
    room: str = ""
    status: str = "active"
    students: int = 0
    teachers: int = 0


class Sections(BaseModel):
    sections: list[Section]
    after: str | None = None


class Member(BaseModel):
    account: str
    username: str
    last_name: str = ""
    first_name: str = ""
    role: Role
    grade: str = ""
    part: str = ""
    start_date: str = ""
    end_date: str = ""
    status: Status


class Roster(BaseModel):
    """A section and who is in it, teachers first, each group by last and first name."""

    section: Section
    teachers: list[Member]
    students: list[Member]


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
    at: str = ""
    people: int | None = None
    links: list[str] = []
    message: str = ""


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


def person(account: Account) -> Person:
    """What the API tells of an account: no birth date and no state id."""
    fields = account.fields
    return Person(
        account=account.id,
        role=account.role,
        status=account.status,
        username=account.username,
        person_id=fields.get("id") or account.source_key,
        school=fields.get("school") or "",
        other_schools=list(fields.get("other_schools") or ()),
        source=account.source,
        classes=len(account.classes) if account.role == "Student" else None,
        guardians=sum(link[3] == "active" for link in account.guardians.values()),
        students=sum(link[3] == "active" for link in account.students.values()),
        rights=account.rights,
        by_hand=sorted(account.by_hand),
        created=account.created,
        changed=account.changed,
        deactivated=account.deactivated,
        signed_in_at=account.signed_in_at,
        **{
            name: fields.get(name) or ""
            for name in ("last_name", "first_name", "preferred_name", "grade", "email")
        },
    )


def section(body: dict[str, Any]) -> Section:
    fields = body.get("fields", {})
    return Section(
        id=body["id"],
        status=body.get("status", "active"),
        students=len(body.get("members", {})),
        teachers=len(body.get("teachers", {})),
        **{
            name: str(fields.get(name) or "")
            for name in ("name", "number", "school", "course", "period", "room")
        },
    )

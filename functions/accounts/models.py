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


class VerifyOrder(Request):
    """Whose last word the table is compared with."""

    source: Annotated[str, Field(pattern=r"^(sheet|(sif|gg4l):\S{1,100})$")] = "sheet"


class ExportOrder(Request):
    """What to export. Without `school` and `section` it is the whole site."""

    school: Annotated[str, Field(max_length=200)] | None = None
    section: Annotated[str, Field(max_length=200)] | None = None
    role: Role | None = None
    format: Literal["pdf", "xlsx", "csv"] = "pdf"
    with_secrets: bool = False
    reason: Reason


class UnmergeOrder(Request):
    """With `dry_run` nothing is done: the answer tells what would be."""

    dry_run: bool = False
    reason: Reason


class MergeOrder(UnmergeOrder):
    """`other` is the account that goes."""

    other: Annotated[str, Field(min_length=1, max_length=200)]


class Configuration(Request):
    """A merge patch of the settings (RFC 7396); with `version` only if nobody changed them since."""

    settings: Annotated[dict[str, Any], Field(max_length=100)]
    version: int | None = None


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


class Setting(BaseModel):
    name: str
    value: Any
    default: Any
    meaning: str


class Settings(BaseModel):
    """Every setting that the site may have; `version` grows with each change."""

    settings: list[Setting]
    version: int


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
    cause: str = ""
    action: str = ""


class UndoOrder(Decision):
    """What is undone of a load: everything, or what concerns a school or an account. `dry_run` only tells."""

    school: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    account: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    dry_run: bool = False


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


class Dump(BaseModel):
    """A page of a dump (see `accounts.dumping`); references to accounts are their ids."""

    things: list[dict[str, Any]]
    after: str | None = None


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

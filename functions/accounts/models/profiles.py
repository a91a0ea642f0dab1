"""All that is known of one account, and of each value where it came from."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from accounts.by_hand import PersonInDetail
from accounts.models.base import Role, Status


class Cause(BaseModel):
    """A load and the row of its sheet (0 if it has none, or it isn't kept), or a person; and when."""

    load: str = ""
    row: int = 0
    by: str = ""
    by_username: str = ""
    at: str = ""
    reason: str = ""
    rule: str = ""


class Identifier(BaseModel):
    """What a system calls the person. `kind` is sourceId or localId."""

    system: str
    kind: str
    value: str


class SchoolOfPerson(BaseModel):
    id: str
    name: str = ""
    home: bool = False


class TermOfClass(BaseModel):
    name: str = ""
    start_date: str = ""
    end_date: str = ""


class ClassOfPerson(BaseModel):
    """A class that somebody is or was in, or teaches (`part`: lead or co). `when` by its terms: now, ahead or over."""

    section: str
    name: str = ""
    school: str = ""
    course: str = ""
    period: str = ""
    part: str = ""
    status: str = ""
    class_status: str = ""
    start_date: str = ""
    end_date: str = ""
    when: str = ""
    terms: list[TermOfClass] = []
    put_by: Cause | None = None


class Relative(BaseModel):
    """A guardian of a student, or a student of a guardian."""

    account: str
    role: Role
    status: Status
    username: str = ""
    last_name: str = ""
    first_name: str = ""
    relationship: str = ""
    link: str = ""
    put_by: Cause | None = None


class SignIn(BaseModel):
    """How somebody signs in: `method` is words, code or link; `first_secret` none, issued, used, expired or own."""

    method: str
    first_secret: str
    issued_at: str = ""
    expires_at: str = ""
    must_change: bool = False
    locked_until: str = ""
    signed_in_at: str = ""


class MovedValue(BaseModel):
    what: str
    name: str = ""
    before: Any = None
    after: Any = None
    withheld: bool = False


class HistoryEntry(Cause):
    action: str
    moved: list[MovedValue] = Field(default_factory=list)


class Profile(PersonInDetail):
    """An account with all that hangs on it. Teachers get what concerns the classes they teach, and how one signs in.

    `hidden` counts classes and relatives of schools that the one who looks has no right in.
    """

    email_state: str = ""
    origin: str = ""
    identifiers: list[Identifier] = Field(default_factory=list)
    schools: list[SchoolOfPerson] = Field(default_factory=list)
    enrollments: list[ClassOfPerson] = Field(default_factory=list)
    relatives: list[Relative] = Field(default_factory=list)
    sign_in: SignIn
    last: Cause
    history: list[HistoryEntry] = Field(default_factory=list)
    older_entries: int = 0
    hidden: int = 0

"""What is said to and by the routes of accounts that are made, moved, removed and linked by hand."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from accounts.by_hand import AccountId, FieldName, FieldText, PersonInDetail
from accounts.models import Reason, Request, Role
from accounts.models.base import Right
from accounts.models.inviting import Invited

SchoolId = Annotated[str, Field(min_length=1, max_length=200)]
PersonId = Annotated[str, Field(min_length=1, max_length=64)]
Relationship = Annotated[str, Field(min_length=1, max_length=32)]


class NewGuardian(Request):
    """A guardian of a new student: one who has an account (`account`), or a new one (`fields`)."""

    account: AccountId | None = None
    fields: Annotated[dict[FieldName, FieldText], Field(max_length=10, default_factory=dict)]
    relationship: Relationship = "Guardian"
    primary: bool = False


class Child(Request):
    """A student of a new guardian."""

    account: AccountId
    relationship: Relationship = "Guardian"
    primary: bool = False


class NewAccount(Request):
    """A person without a source. `fields` are read as the sheet's cells are.

    `person_id` is the local id (Student ID, Staff ID). A guardian has `students` and no school; only
    a student has `guardians`. With `anyway` somebody who looks like another person is made all the same;
    with `invite` an employee or guardian is sent a link to choose a password by.
    """

    role: Role
    school: SchoolId | None = None
    other_schools: Annotated[list[SchoolId], Field(max_length=20, default_factory=list)]
    fields: Annotated[dict[FieldName, FieldText], Field(min_length=1, max_length=20)]
    person_id: PersonId | None = None
    state_id: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    username: Annotated[str, Field(min_length=1, max_length=254)] | None = None
    guardians: Annotated[list[NewGuardian], Field(max_length=10, default_factory=list)]
    students: Annotated[list[Child], Field(max_length=20, default_factory=list)]
    reason: Reason
    anyway: bool = False
    invite: bool = False


class FirstSecret(BaseModel):
    """How somebody signs in at first; the secret itself is never told here.

    `words` and `code` are issued within moments and printed on account info sheets.
    """

    account: str
    username: str
    form: Literal["words", "code", "link"]
    issued: bool
    note: str = ""


class Created(PersonInDetail):
    """A new account, with what was made beside it (`guardians`)."""

    note: str
    first_secrets: list[FirstSecret]
    new_guardians: list[str] = Field(default_factory=list)
    invitation: Invited | None = None


class Move(Request):
    """The home school and, if they change, all other schools of a person."""

    school: SchoolId
    other_schools: Annotated[list[SchoolId], Field(max_length=20)] | None = None
    reason: Reason


class Moved(PersonInDetail):
    note: str = ""


class Removed(BaseModel):
    """What became of an account that was to be deleted. `because` are the codes of what it has done."""

    account: str
    outcome: Literal["removed", "deactivated"]
    because: list[str]
    note: str


class RightOrder(Request):
    """A right for one school, or for the whole site."""

    right: Right
    school: SchoolId | None = None
    whole_site: bool = False
    reason: Reason


class Held(BaseModel):
    right: str
    whole_site: bool
    schools: list[str]


class Rights(BaseModel):
    account: str
    username: str
    role: Role
    version: int
    rights: list[Held]


class LinkOrder(Request):
    """`other` is the same person's account in another role."""

    other: AccountId
    reason: Reason

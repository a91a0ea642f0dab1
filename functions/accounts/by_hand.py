"""What is said to and by the routes of things done by hand: fields of an account, corrections of a source."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from accounts.models import Person, Reason, Request, Role, person
from rostering import by_hand, corrections
from rostering.model import Account

FieldName = Annotated[str, Field(min_length=1, max_length=40)]
FieldText = Annotated[str, Field(max_length=1_000)]
AccountId = Annotated[str, Field(min_length=1, max_length=200)]


class Edit(Request):
    """Fields to set by hand, as one would type them into the sheet; null empties one.

    `version` is the one that was seen: if the account was changed since, nothing is done.
    """

    fields: Annotated[dict[FieldName, FieldText | None], Field(min_length=1, max_length=20)]
    reason: Reason
    version: Annotated[int, Field(ge=1)] | None = None


class UseSource(Request):
    """Fields that take the source's value again; without `fields` all that are kept by hand."""

    fields: Annotated[list[FieldName], Field(min_length=1, max_length=20)] | None = None
    reason: Reason


class ClearByHand(Request):
    """Whose fields take the source's value again: named accounts, or those of a school and role.

    One call looks at 500 accounts at most; `after` of the answer goes on behind them.
    """

    accounts: Annotated[list[AccountId], Field(min_length=1, max_length=500)] | None = None
    school: Annotated[str, Field(max_length=200)] | None = None
    role: Role | None = None
    field: FieldName | None = None
    after: Annotated[str, Field(max_length=6_000)] | None = None
    reason: Reason


class CorrectionOrder(Request):
    """One value of one record of a source, as one would type it into the sheet; "" empties it.

    `key` is the id that the source uses (a Student ID); of a term or course that belongs to a
    school it is `school|id`.
    """

    source: Annotated[str, Field(min_length=1, max_length=100)] = "sheet"
    kind: Literal["school", "term", "staff", "student", "guardian", "course", "section"]
    key: Annotated[str, Field(min_length=1, max_length=200)]
    field: FieldName
    value: FieldText
    reason: Reason


class FieldOfPerson(BaseModel):
    """A field with its origin: the name of a source, or "hand".

    `source_value` is what the source says. Birth dates and ids of the state are `withheld`. `load` and
    `row` are told in a profile, of a value that a load brought.
    """

    value: Any = None
    origin: str
    source_value: Any = None
    differs: bool = False
    withheld: bool = False
    at: str = ""
    by: str = ""
    load: str = ""
    row: int = 0


class LinkedAccount(BaseModel):
    """The same person's account in another role. `counts`: both have the same email and are active."""

    account: str
    role: Role
    username: str
    counts: bool
    by: str = ""
    at: str = ""


class PersonInDetail(Person):
    """An account with the origin of each field, for those who look after accounts."""

    version: int = 1
    merged_into: str = ""
    fields: dict[str, FieldOfPerson] = Field(default_factory=dict)
    linked: list[LinkedAccount] = Field(default_factory=list)


class Cleared(BaseModel):
    """What a batch did: `changed` accounts, `refused` ones with the code that says why, where to go on."""

    looked_at: int
    changed: list[str]
    refused: dict[str, str]
    after: str | None = None


class Correction(BaseModel):
    """`said` is what the source said when it last disagreed; `ended` tells how it ended, if it did."""

    correction: str
    source: str
    kind: str
    key: str
    field: str
    value: str
    said: str = ""
    state: Literal["open", "ended"]
    by: str
    at: str
    reason: str
    ended: dict[str, str] = {}
    newest_load: str = ""
    note: str = ""


class Corrections(BaseModel):
    corrections: list[Correction]


def correction(found: corrections.Correction, *, newest_load: str = "") -> Correction:
    return Correction(
        correction=found.id,
        state="ended" if found.ended else "open",
        newest_load=newest_load,
        note="" if found.ended else _FROM_NOW_ON,
        **{
            name: getattr(found, name)
            for name in ("source", "kind", "key", "field", "value", "said", "by", "at", "reason", "ended")
        },
    )


_FROM_NOW_ON = "It counts from the next delivery of the source on; loads that were made before stay as they are."
_WITHHELD = frozenset({"birth_date", "state_id"})


def in_detail(account: Account, version: int) -> PersonInDetail:
    """An account with its fields."""
    told = {}
    for name, found in by_hand.fields_of(account).items():
        hidden = name in _WITHHELD
        told[name] = FieldOfPerson(
            value=None if hidden else found.value,
            origin=found.origin,
            source_value=None if hidden else found.source_value,
            differs=found.differs,
            withheld=hidden,
            at=found.at,
            by=found.by,
        )
    return PersonInDetail(
        **person(account).model_dump(),
        version=version,
        merged_into=account.merged_into,
        fields=told,
    )

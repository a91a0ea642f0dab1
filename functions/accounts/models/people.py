"""People, sections and rosters."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from accounts.models.base import Role, Status
from rostering.model import Account


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

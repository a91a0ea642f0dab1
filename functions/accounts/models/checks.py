"""Check Data: people of a school, what its sources sent, what is missing, what somebody sees."""

from __future__ import annotations

from pydantic import BaseModel

from accounts.models.base import Role, Status
from rostering.checks.facts import Seen
from rostering.checks.filters import last_load, origin_of
from rostering.checks.payload import Line


class CheckedPerson(BaseModel):
    """A person of a school. `email_state` is Yes, Kept by hand, Differs, Not sent, or Error and a code.

    `classes` are a student's active ones, or those that an employee teaches. `first_secret` is none,
    issued, used, expired or own. `locked_until` is a time, or says that somebody has to unlock it.
    `double` tells what somebody else of the school has too: name (and birth date), email.
    """

    account: str
    role: Role
    status: Status
    origin: str
    last_name: str = ""
    first_name: str = ""
    grade: str = ""
    person_id: str = ""
    username: str = ""
    email: str = ""
    email_state: str = ""
    school: str = ""
    classes: int = 0
    guardians: int = 0
    first_secret: str = ""
    locked_until: str = ""
    signed_in_at: str = ""
    last_load: str = ""
    current_classes: int | None = None
    double: list[str] = []


class CheckedPeople(BaseModel):
    """A page. `looked_at` is how many were gone through: of a rare filter a page may be short though more follow."""

    school: str
    section: str = ""
    people: list[CheckedPerson]
    looked_at: int
    after: str | None = None


class PayloadLine(BaseModel):
    """One kind of people of a school by one source: what the newest delivery `sent`, what is `here`.

    `stands`: how many the source says are active, over all its deliveries. `off`: inactive here.
    `sent` and `turned_back` are null where they aren't known by school.
    """

    source: str
    kind: str
    load: str
    load_state: str = ""
    at: str = ""
    complete: bool = False
    sent: int | None = None
    stands: int = 0
    here: int = 0
    off: int = 0
    held: int = 0
    turned_back: int | None = None


class Payload(BaseModel):
    school: str
    lines: list[PayloadLine]


def checked_person(seen: Seen) -> CheckedPerson:
    account, fields = seen.account, seen.account.fields
    return CheckedPerson(
        account=account.id, role=account.role, status=account.status, origin=origin_of(account),
        username=account.username, person_id=fields.get("id") or account.source_key, email_state=seen.email,
        classes=seen.classes, guardians=seen.guardians, first_secret=seen.first_secret,
        locked_until=seen.locked_until, signed_in_at=account.signed_in_at, last_load=last_load(account),
        current_classes=seen.current_classes, double=sorted(seen.doubles),
        **{name: fields.get(name) or "" for name in ("last_name", "first_name", "grade", "email", "school")})


def payload_line(line: Line) -> PayloadLine:
    return PayloadLine(**{name: getattr(line, name) for name in PayloadLine.model_fields})

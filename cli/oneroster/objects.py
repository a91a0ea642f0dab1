"""What OneRoster tells of a district, whatever the version and the format. An id is a sourcedId.

Begin dates are inclusive and end dates exclusive.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

ACTIVE, DELETED = "active", "tobedeleted"

# The objects of a load. The other collections are parts of these.
KINDS = ("orgs", "academicSessions", "courses", "classes", "users", "enrollments", "demographics")


class Org(NamedTuple):
    id: str
    modified: str
    name: str
    type: str
    identifier: str
    parent: str
    status: str = ACTIVE


class AcademicSession(NamedTuple):
    id: str
    modified: str
    title: str
    type: str
    start: date
    end: date
    parent: str
    school_year: str
    status: str = ACTIVE


class Course(NamedTuple):
    id: str
    modified: str
    title: str
    code: str
    grades: tuple[str, ...]
    subject: str
    org: str
    school_year: str
    status: str = ACTIVE


class Class(NamedTuple):
    id: str
    modified: str
    title: str
    code: str
    type: str
    location: str
    grades: tuple[str, ...]
    subject: str
    period: str
    course: str
    school: str
    terms: tuple[str, ...]
    status: str = ACTIVE


class User(NamedTuple):
    """A student, a member of staff or a guardian.

    `role` is that of 1.1, `roles` those of 1.2, held at each of `orgs`, the primary one first.
    """

    id: str
    modified: str
    role: str
    roles: tuple[str, ...]
    orgs: tuple[str, ...]
    username: str
    given: str
    family: str
    middle: str = ""
    preferred: str = ""
    identifier: str = ""
    id_type: str = ""
    state_id: str = ""
    email: str = ""
    phone: str = ""
    grade: str = ""
    agents: tuple[str, ...] = ()
    enabled: bool = True
    profile: str = ""
    status: str = ACTIVE


class Enrollment(NamedTuple):
    id: str
    modified: str
    user: str
    class_: str
    school: str
    role: str
    primary: bool
    begin: date
    end: date
    status: str = ACTIVE


class Demographics(NamedTuple):
    """Of a student, whose id it has."""

    id: str
    modified: str
    birth_date: date
    sex: str
    status: str = ACTIVE


Record = Org | AcademicSession | Course | Class | User | Enrollment | Demographics

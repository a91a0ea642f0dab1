"""A class as somebody sees it, and the classes that somebody sees."""

from __future__ import annotations

from pydantic import BaseModel, Field

from accounts.models.profiles import Cause, TermOfClass


class PlaceInClass(BaseModel):
    """Somebody in a class: `part` is lead, co or student. Of the hidden ones `why` is the code, `told` the sentence."""

    account: str
    username: str = ""
    last_name: str = ""
    first_name: str = ""
    part: str
    status: str = ""
    start_date: str = ""
    end_date: str = ""
    put_by: Cause
    why: str = ""
    told: str = ""


class SectionSeen(BaseModel):
    """A class as its teachers or students (or one of them) see it.

    Where `shown` is false they don't see the class at all, and `why` and `told` say for what reason;
    `teachers` and `students` are then who would be seen. `hidden` are those who are not shown,
    `summary` counts them by reason.
    """

    section: str
    as_role: str
    account: str = ""
    name: str = ""
    school: str = ""
    course: str = ""
    period: str = ""
    room: str = ""
    status: str = ""
    when: str = ""
    terms: list[TermOfClass] = []
    shown: bool
    why: str = ""
    told: str = ""
    teachers: list[PlaceInClass] = Field(default_factory=list)
    students: list[PlaceInClass] = Field(default_factory=list)
    hidden: list[PlaceInClass] = Field(default_factory=list)
    summary: str = ""


class Lesson(BaseModel):
    """A class of somebody; `student` is the child whose it is, where a guardian sees it."""

    section: str
    name: str = ""
    school: str = ""
    course: str = ""
    period: str = ""
    part: str = ""
    start_date: str = ""
    end_date: str = ""
    terms: list[TermOfClass] = []
    student: str = ""
    why: str = ""
    told: str = ""


class TermOfSchedule(TermOfClass):
    classes: list[Lesson] = Field(default_factory=list)


class Schedule(BaseModel):
    """What one person sees: classes by term ("" for those without one), and those they don't see, with the reason.

    `not_told` counts classes and students of schools that the one who looks has no right in.
    """

    account: str
    role: str
    today: str
    shown: bool
    told: str = ""
    terms: list[TermOfSchedule] = Field(default_factory=list)
    hidden: list[Lesson] = Field(default_factory=list)
    summary: str = ""
    not_told: int = 0

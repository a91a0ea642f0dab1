"""What is missing in a school, and in each school of a site."""

from __future__ import annotations

from pydantic import BaseModel


class FoundGap(BaseModel):
    """One case: a person, a class (`section`, `name`), a person's place in a class, or a match."""

    account: str = ""
    section: str = ""
    match: str = ""
    role: str = ""
    last_name: str = ""
    first_name: str = ""
    grade: str = ""
    username: str = ""
    name: str = ""


class GapOfSchool(BaseModel):
    """A gap with what to do about it; `first` are the first cases, or the page that was asked for."""

    gap: str
    title: str
    do: str
    count: int
    first: list[FoundGap] = []


class Gaps(BaseModel):
    """The gaps of a school, those with cases first. `after` is set where one gap was asked for and has more."""

    school: str
    people: int
    classes: int
    gaps: list[GapOfSchool]
    after: str | None = None


class SchoolGaps(BaseModel):
    school: str
    name: str = ""
    people: int
    classes: int
    counts: dict[str, int]


class SiteGaps(BaseModel):
    """Some schools with the number of cases by gap; `after` goes on with the next. `titles` are the gaps' names."""

    schools: list[SchoolGaps]
    titles: dict[str, str]
    after: str | None = None

"""Telling the gaps of a school, or of school after school."""

from __future__ import annotations

from dataclasses import asdict

from accounts.checking import looking_at
from accounts.models import gaps as told
from accounts.people import schools_for
from accounts.ports import Ports
from rostering.access.roles import Actor
from rostering.checks.gaps import GAPS, Found, Survey, survey
from rostering.errors import InputError
from rostering.store import keys
from rostering.store.page import cursor, place

FIRST = 5
PEOPLE_A_PAGE = 5_000       # of the whole site: then the next request goes on


def of_school(ports: Ports, site: str, school: str, *, gap: str | None, limit: int, after: str | None) -> told.Gaps:
    """The gaps of a school, each with its first cases; or a page of the cases of one. Raises InputError."""
    found = survey(looking_at(ports, site, emails=False), school)
    if gap is None:
        gaps = sorted((_gap(found, name, found.found[name][:FIRST]) for name in GAPS), key=lambda one: not one.count)
        return told.Gaps(school=school, people=found.people, classes=found.classes, gaps=gaps)
    start = tuple(place(after, 7, "")) if after else None
    rest = [one for one in found.found[gap] if start is None or one.order > start]
    more = cursor(*rest[limit - 1].order) if len(rest) > limit else None
    return told.Gaps(school=school, people=found.people, classes=found.classes, gaps=[_gap(found, gap, rest[:limit])],
                     after=more)


def of_site(ports: Ports, actor: Actor, *, after: str | None, people: int = PEOPLE_A_PAGE) -> told.SiteGaps:
    """Schools in order with their numbers, until so many `people` were looked at. Raises InputError, Refusal (403)."""
    looking = looking_at(ports, actor.site, emails=False)
    schools = schools_for(ports.store, actor, "school.check", None)
    start = int(_number(after)) if after else 0
    names = {item.body["key"]: (item.body.get("fields") or {}).get("name") or ""
             for item in ports.store.query(keys.settings(actor.site).pk, prefix="SCHOOL#").items}
    lines: list[told.SchoolGaps] = []
    looked_at = 0
    for school in schools[start:]:
        found = survey(looking, school)
        lines.append(told.SchoolGaps(school=school, name=names.get(school, ""), people=found.people,
                                     classes=found.classes, counts=found.counts))
        looked_at += found.people
        if looked_at >= people:
            break
    end = start + len(lines)
    return told.SiteGaps(schools=lines, titles={name: gap.title for name, gap in GAPS.items()},
                         after=cursor(str(end)) if end < len(schools) else None)


def _number(after: str) -> str:
    (where,) = place(after, 1, "")
    if not where.isdecimal() or len(where) > 6:
        raise InputError("CURSOR", "the cursor is not one of this list; start again without it")
    return where


def _gap(found: Survey, name: str, cases: list[Found]) -> told.GapOfSchool:
    return told.GapOfSchool(gap=name, title=GAPS[name].title, do=GAPS[name].do, count=len(found.found[name]),
                            first=[told.FoundGap(**asdict(one)) for one in cases])

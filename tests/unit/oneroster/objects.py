"""Rows of a made-up district as the readers give them, with builders whose defaults are a good row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rostering.corrections import Correction
from rostering.model import Record
from rostering.oneroster.roster import Roster, RosterSettings
from rostering.oneroster.rows import Flaw, Row

TODAY = "2026-11-23"
ALL = ("orgs", "academicSessions", "courses", "classes", "users", "enrollments", "demographics")
Told = tuple[str, str, dict[str, Any], int]      # collection, sourcedId, fields, row


def told(of: str, ref: str, fields: dict[str, Any], row: int = 2, **more: Any) -> Told:
    """A row; a field that is None in `more` is not said."""
    return of, ref, {name: value for name, value in (fields | more).items() if value is not None}, row


def org(ref: str = "o-1", **more: Any) -> Told:
    return told("orgs", ref, {"name": f"School {ref}", "type": "school", "identifier": "", "parent": "d-1"}, **more)


def district(ref: str = "d-1", **more: Any) -> Told:
    return org(ref, **({"type": "district", "parent": ""} | more))


def session(ref: str = "t-1", **more: Any) -> Told:
    return told("academicSessions", ref, {"title": "Fall 2026", "type": "term", "start_date": "2026-08-15",
                                          "end_date": "2026-12-20", "school_year": "2027"}, **more)


def course(ref: str = "k-1", **more: Any) -> Told:
    return told("courses", ref, {"title": "Algebra 1", "code": "ALG1", "org": "d-1", "grades": ["09"],
                                 "subjects": ["Mathematics"]}, **more)


def klass(ref: str = "c-1", **more: Any) -> Told:
    return told("classes", ref, {"title": "Algebra 1 - P2", "code": "ALG1-2", "type": "scheduled", "course": "k-1",
                                 "school": "o-1", "terms": ["t-1"], "location": "R12", "periods": ["2"]}, **more)


def role(word: str = "student", org: str = "o-1", *, type: str = "primary", begin: str = "",
         end: str = "") -> dict[str, str]:
    return {"role": word, "type": type, "org": org, "begin_date": begin, "end_date": end}


def user(ref: str, word: str, **more: Any) -> Told:
    return told("users", ref, {
        "enabled": "true", "username": f"{ref}.name", "user_ids": [], "given_name": "Rosa", "family_name": "Diaz",
        "identifier": f"n{ref}", "email": f"{ref}@example.org", "roles": [role(word)], "agents": [],
        "grades": []}, **more)


def student(ref: str = "s-1", **more: Any) -> Told:
    return user(ref, "student", **({"given_name": "Ada", "family_name": "Lowe", "grades": ["09"]} | more))


def teacher(ref: str = "t-9", **more: Any) -> Told:
    return user(ref, "teacher", **more)


def parent(ref: str = "g-7", **more: Any) -> Told:
    return user(ref, "parent", **({"given_name": "Mary", "family_name": "Lowe"} | more))


def enrolled(ref: str = "e-1", **more: Any) -> Told:
    return told("enrollments", ref, {"class": "c-1", "school": "o-1", "user": "s-1", "role": "student",
                                     "primary": "false", "begin_date": "2026-08-15", "end_date": "2027-06-10"}, **more)


def teaching(ref: str = "e-9", **more: Any) -> Told:
    return enrolled(ref, **({"user": "t-9", "role": "teacher", "primary": "true"} | more))


def birth(ref: str = "s-1", **more: Any) -> Told:
    return told("demographics", ref, {"birth_date": "2012-04-21"}, **more)


def small() -> list[Told]:
    """One school, one teacher with one class, two students in it who are siblings, their mother."""
    return [district(), org(), session(), course(), klass(), student("s-1", agents=["g-7"]),
            student("s-2", agents=["g-7"]), teacher(), parent(), teaching(), enrolled("e-1"),
            enrolled("e-2", user="s-2"), birth("s-1"), birth("s-2", birth_date="2014-05-02")]


def roster(rows: Iterable[Told], *, today: str = TODAY, complete: Iterable[str] = ALL, absent: Iterable[str] = (),
           corrections: Iterable[Correction] = (), flaws: Iterable[Flaw] = (), **settings: Any) -> Roster:
    found: dict[str, list[Row | Flaw]] = {of: [] for of in ALL}
    for flaw in flaws:
        found["users" if flaw.collection == "roles" else flaw.collection].append(flaw)
    for of, ref, fields, row in rows:
        found[of].append((ref, fields, row))
    return Roster({of: lambda told=told: iter(told) for of, told in found.items()}, today=today,
                  settings=RosterSettings(**settings), corrections=list(corrections), complete=frozenset(complete),
                  absent_types=frozenset(absent))


def records(rows: Iterable[Told], **how: Any) -> list[Record]:
    return list(roster(rows, **how).records())


def of_kind(kind: str, rows: Iterable[Told], **how: Any) -> dict[Any, dict[str, Any]]:
    """The fields of the records of a kind, by key."""
    return {record.key: record.fields for record in records(rows, **how) if record.kind == kind}


def one(kind: str, rows: Iterable[Told], **how: Any) -> dict[str, Any]:
    """The fields of the only record of a kind."""
    (fields,) = of_kind(kind, rows, **how).values()
    return fields


def codes(rows: Iterable[Told], **how: Any) -> set[str]:
    read = roster(rows, **how)
    list(read.records())
    return set(read.codes)

"""Objects of a made-up zone as its parser gives them, with builders whose defaults are a good object."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rostering.corrections import Correction
from rostering.model import Record
from rostering.sif.roster import Roster, RosterSettings

TODAY = "2026-11-23"
ALL = ("SchoolInfo", "TermInfo", "RoomInfo", "StaffPersonal", "StaffAssignment", "SchoolCourseInfo", "SectionInfo",
       "StudentPersonal", "StudentSchoolEnrollment", "StudentContact", "StudentSectionEnrollment")
_LETTER = dict(zip(ALL, "123456789AB", strict=True))
Told = tuple[str, str, dict[str, Any], int]      # object, RefId, fields, packet


def ref(of: str, number: int = 1) -> str:
    """The RefId of an object: the first digit tells the kind, the last ones the number."""
    return f"{_LETTER[of]}{number:031X}"


def told(of: str, number: int, fields: dict[str, Any], packet: int = 1, **more: Any) -> Told:
    """An object; a field that is None in `more` is not said."""
    said = {name: value for name, value in (fields | more).items() if value is not None}
    return of, ref(of, number), said, packet


def school(number: int = 1, **more: Any) -> Told:
    return told("SchoolInfo", number, {"local_id": f"{number:03d}", "name": f"School {number}"}, **more)


def term(number: int = 1, **more: Any) -> Told:
    return told("TermInfo", number, {
        "school": ref("SchoolInfo"), "year": "2027", "start_date": "2026-08-24", "end_date": "2027-01-15",
        "description": "Semester 1", "code": "S1", "span": "0828"}, **more)


def room(number: int = 1, **more: Any) -> Told:
    return told("RoomInfo", number, {"school": ref("SchoolInfo"), "number": f"R{number}"}, **more)


def staff(number: int = 1, **more: Any) -> Told:
    return told("StaffPersonal", number, {
        "local_id": f"T{number:04d}", "last_name": "O'Brien", "first_name": "Seán", "title": "Physics",
        "emails": {"Primary": f"t{number}@example.org"}}, **more)


def assignment(number: int = 1, **more: Any) -> Told:
    return told("StaffAssignment", number, {
        "school": ref("SchoolInfo"), "staff": ref("StaffPersonal"), "year": "2027", "primary": "Yes",
        "start_date": "2026-08-01", "function": "1000"}, **more)


def course(number: int = 1, **more: Any) -> Told:
    return told("SchoolCourseInfo", number, {
        "school": ref("SchoolInfo"), "year": "2027", "code": "PHY1", "title": "Physics I",
        "subject": ["Science"]}, **more)


def section(number: int = 1, **more: Any) -> Told:
    return told("SectionInfo", number, {
        "course": ref("SchoolCourseInfo"), "year": "2027", "local_id": f"PHY1-{number:02d}",
        "schedules": {ref("TermInfo"): schedule()}}, **more)


def schedule(teachers: Iterable[int] = (1,), rooms: Iterable[int] = (1,), periods: Iterable[str] = ("3",)) -> dict:
    return {"teachers": [ref("StaffPersonal", each) for each in teachers],
            "rooms": [ref("RoomInfo", each) for each in rooms], "periods": [["M", each] for each in periods]}


def student(number: int = 1, **more: Any) -> Told:
    return told("StudentPersonal", number, {
        "local_id": f"P{number:05d}", "last_name": "Muñoz", "first_name": "Rosa María", "birth_date": "2009-04-30",
        "emails": {"Primary": f"s{number}@example.org"}, "grade": "09", "school_local_id": "001"}, **more)


def enrolled(number: int = 1, **more: Any) -> Told:
    return told("StudentSchoolEnrollment", number, {
        "student": ref("StudentPersonal", number), "school": ref("SchoolInfo"), "membership": "Home",
        "time_frame": "Current", "year": "2027", "entry_date": "2026-08-24", "grade": "09"}, **more)


def contact(number: int = 1, **more: Any) -> Told:
    return told("StudentContact", number, {
        "student": ref("StudentPersonal"), "local_id": "C0815", "last_name": "Muñoz", "first_name": "Elena",
        "emails": {"Primary": "elena@example.com"}, "phones": {"0096": "(718) 555-1212"}, "relationship": "1735",
        "flags": {"ParentLegalGuardian": "Yes"}, "sequence": "1"}, **more)


def seat(number: int = 1, **more: Any) -> Told:
    """A student in a section."""
    return told("StudentSectionEnrollment", number, {
        "student": ref("StudentPersonal"), "section": ref("SectionInfo"), "year": "2027",
        "entry_date": "2026-08-24"}, **more)


def small() -> list[Told]:
    """One school, one teacher with one section, two students in it who are siblings, their mother."""
    return [school(), term(), room(), staff(), assignment(), course(), section(), student(1), student(2), enrolled(1),
            enrolled(2), contact(1), contact(2, student=ref("StudentPersonal", 2)), seat(1),
            seat(2, student=ref("StudentPersonal", 2))]


def zone(objects: Iterable[Told], *, today: str = TODAY, username_element: str = "",
         corrections: Iterable[Correction] = (), complete: Iterable[str] = ALL,
         absent: Iterable[str] = ()) -> Roster:
    sets: dict[str, list[tuple[str, dict[str, Any], int]]] = {of: [] for of in ALL}
    for of, name, fields, packet in objects:
        sets[of].append((name, fields, packet))
    return Roster({of: lambda told=told: iter(told) for of, told in sets.items()}, today=today,
                  settings=RosterSettings(username_element), corrections=list(corrections),
                  complete=frozenset(complete), absent_types=frozenset(absent))


def records(objects: Iterable[Told], **how: Any) -> list[Record]:
    return list(zone(objects, **how).records())


def one(kind: str, objects: Iterable[Told], **how: Any) -> dict[str, Any]:
    """The fields of the only record of a kind."""
    (record,) = [record for record in records(objects, **how) if record.kind == kind]
    return record.fields


def codes(objects: Iterable[Told], **how: Any) -> set[str]:
    roster = zone(objects, **how)
    list(roster.records())
    return set(roster.codes)

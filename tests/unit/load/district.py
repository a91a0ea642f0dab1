"""A small made-up district as records, with builders whose defaults are a good record."""

from __future__ import annotations

from typing import Any

from rostering.model import Record


def school(key: str = "0012", **fields: Any) -> Record:
    return Record("school", key, {"id": key, "name": f"School {key}", "status": "active"} | fields, 2)


def staff(key: str = "t1", row: int = 2, **fields: Any) -> Record:
    return Record("staff", key, {"id": key.upper(), "school": "0012", "role": "Teacher", "first_name": "Ana",
                  "last_name": "Ruiz", "email": f"{key}@district.org", "status": "active"} | fields, row)


def student(key: str = "1", row: int = 2, **fields: Any) -> Record:
    return Record("student", key, {"id": key, "school": "0012", "first_name": "José", "last_name": "García",
                  "grade": "04", "status": "active"} | fields, row)


def guardian(key: str = "id:g1", **fields: Any) -> Record:
    return Record("guardian", key, {"first_name": "Maria", "last_name": "García"} | fields, 2)


def link(guardian: str = "id:g1", student: str = "1", row: int = 2, **fields: Any) -> Record:
    return Record("guardian_link", (guardian, student),
                  {"relationship": "Mother", "access": True, "status": "active"} | fields, row)


def section(key: str = "709", row: int = 2, **fields: Any) -> Record:
    return Record("section", key, {"id": key, "school": "0012", "course": "|math", "name": f"Math {key}",
                  "terms": ["|s1"], "teacher": "t1", "status": "active"} | fields, row)


def enrollment(section: str = "709", student: str = "1", row: int = 2, **fields: Any) -> Record:
    return Record("enrollment", (section, student), {"status": "active"} | fields, row)


def group_member(group: str = "rti", member: str = "student:1", **fields: Any) -> list[Record]:
    return [Record("group", group, {"id": group, "name": "Reading", "school": "0012", "owner": "t1"}, 2),
            Record("group_member", (group, member), {"status": "active"} | fields, 2)]


def term() -> Record:
    return Record("term", "|s1", {"id": "S1", "name": "Semester 1", "type": "Semester", "year": 2027,
                                  "start_date": "2026-08-24", "end_date": "2027-01-15"}, 2)


def course() -> Record:
    return Record("course", "|math", {"id": "MATH", "name": "Mathematics", "status": "active"}, 2)


def small(students: int = 3) -> list[Record]:
    """One school, one teacher, one section with everybody in it, one guardian each."""
    people = [student(str(n), n + 1) for n in range(1, students + 1)]
    return [school(), term(), staff(), *people,
            *(guardian(f"id:g{n}") for n in range(1, students + 1)),
            *(link(f"id:g{n}", str(n), n + 1) for n in range(1, students + 1)),
            course(), section(), *(enrollment("709", str(n), n + 1) for n in range(1, students + 1)),
            *group_member()]

"""A school that is ready, and the few facts of it that a test changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rostering.model import Account
from rostering.readiness.facts import Class, Ended, Facts


def person(name: str, role: str = "Student", **more: Any) -> Account:
    fields = {"first_name": name.title(), "last_name": "Example", "school": "0012",
              "email": f"{name}@district.example"} | more.pop("fields", {})
    return Account(name, role, more.pop("status", "active"), f"{name}.e",
                   {key: value for key, value in fields.items() if value}, source="sheet", source_key=name, **more)


def people(role: str, count: int, **more: Any) -> list[Account]:
    return [person(f"{role.lower()}{number}", role, **more) for number in range(count)]


def facts(*, teachers: list[Account] | None = None, students: list[Account] | None = None,
          guardians: list[Account] | None = None, **more: Any) -> Facts:
    """A school in which every rule is met; what is named is otherwise."""
    teachers = people("Teacher", 2) if teachers is None else teachers
    students = people("Student", 4) if students is None else students
    guardians = people("Guardian", 2) if guardians is None else guardians
    everybody = [*teachers, *students]
    made = Facts(
        "0012", "Pineapple Elementary School",
        classes=(klass("709"), klass("710", course="0012|art")),
        people={one.id: one for one in everybody}, guardians={one.id: one for one in guardians},
        ways_in={one.id: "link" if one.role == "Teacher" else "first_secret" for one in [*everybody, *guardians]},
        ended=(Ended("01A", "sheet", "done", rows=1_000),),
        attested={"standards": {"courses": ["0012|art", "|math"], "by": "admin", "at": "", "reason": ""}})
    return replace(made, **more)


def klass(id: str, **more: Any) -> Class:
    return Class(id, **{"name": f"Class {id}", "course": "|math", "teachers": ("teacher0",), "lead": "teacher0",
                        "students": ("student0", "student1")} | more)

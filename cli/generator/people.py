"""Families and the offices of schools: students, siblings, guardians, staff who do not teach."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from random import Random

from cli.generator import names
from cli.generator.layout import (
    GRADE_WEIGHTS,
    GRADES,
    STAFF_DOMAIN,
    STUDENT_DOMAIN,
    Employee,
    Guardian,
    Numbers,
    School,
    SchoolYear,
    Student,
    Zone,
    unique_number,
)

# Guardians of a family: who they are to a child, and how many families of 100 are like that.
_HOMES = (
    (("Mother", "Father"), 56), (("Mother",), 17), (("Father",), 4), (("Mother", "Stepfather"), 5),
    (("Father", "Stepmother"), 2), (("Mother", "Father", "Stepfather"), 3), (("Parent", "Parent"), 3),
    (("Grandparent",), 4), (("Mother", "Grandparent"), 2), (("Foster Parent",), 1), (("Guardian",), 1),
    (("Aunt", "Uncle"), 1), ((), 1),
)
_WOMEN = {"Mother", "Stepmother", "Aunt"}
_MEN = {"Father", "Stepfather", "Uncle"}
_MAIL = ("example.com", "example.net", "mail.example.com", "mail.example.net")
_CHILDREN = ((1, 63), (2, 28), (3, 7), (4, 2))


def populate(zone: Zone, numbers: Numbers, year: SchoolYear, random: Random) -> Zone:
    """`zone` with its students, their guardians and the offices of its schools."""
    _staff_offices(zone, numbers, random)
    ids = list(range(numbers.before, numbers.before + numbers.students))
    random.shuffle(ids)  # siblings do not have neighboring IDs
    guardian_numbers = count(numbers.before * 3 + 1)
    while ids:
        children = _draw(random, _CHILDREN)
        family = [ids.pop() for _ in range(min(children, len(ids)))]
        add_family(zone, family, year, random, guardian_numbers)
    order = {school.id: school.number for school in zone.schools}
    zone.students.sort(key=lambda student: (order[student.school], student.last, student.first, student.id))
    place = {student.id: n for n, student in enumerate(zone.students)}
    zone.guardians.sort(key=lambda guardian: place[guardian.student])  # stable: primary contact first
    return zone


def add_family(zone: Zone, children: list[int], year: SchoolYear, random: Random,
               guardian_numbers: Iterator[int]) -> None:
    """Add a family with one child per number in `children`, and its guardians."""
    culture, last = names.family(random)
    grades = random.choices(GRADES, GRADE_WEIGHTS, k=len(children))
    homes = {kind: random.choice([school for school in zone.schools if school.grades == kind])
             for kind in {school.grades: None for school in zone.schools}}
    twin_birth = {}
    first_names: set[str] = set()
    students = []
    for number, grade in zip(children, grades, strict=True):
        girl = random.random() < 0.49
        first = names.first(random, culture, girl=girl, taken=first_names)
        first_names.add(first)
        home = next(school for kind, school in homes.items() if grade in kind)
        birth = twin_birth.setdefault(grade, birth_date(grade, year, random))
        students.append(student(number, home, first, last, grade, birth, culture, year, random))
    zone.students.extend(students)
    adults = []
    for relationship in _draw(random, _HOMES):
        own_name = relationship not in {"Mother", "Father", "Parent"} or random.random() < 0.25
        adult = _adult(zone, relationship, last, own_name, culture, random)
        if all(adult[:2] != other[1:3] for other in adults):
            adults.append((relationship, *adult, next(guardian_numbers)))
    zone.guardians.extend(_rows(students, adults, random))


def student(number: int, school: School, first: str, last: str, grade: str, birth: date,
            culture: names.Culture, year: SchoolYear, random: Random) -> Student:
    """The student with that running number; the ID has six digits and mostly zeros in front."""
    id = f"{number + 1001:06d}"
    chance = random.random()
    return Student(
        id=id, school=school.id, first=first,
        middle=names.first(random, culture, girl=chance < 0.15) if chance < 0.3 else "",
        last=last, preferred=names.nickname(random, first, culture) if chance > 0.94 else "",
        grade=grade, birth_date=birth, state_id=unique_number(number),
        email=f"{id}@{STUDENT_DOMAIN}" if GRADES.index(grade) >= GRADES.index("03") else "",
        start_date=year.first_day)


def birth_date(grade: str, year: SchoolYear, random: Random) -> date:
    """A day of the year in which children of `grade` are born; a few stayed down for a year."""
    age = GRADES.index(grade) - 1 + 6  # at the end of the school year, kindergarten = 6
    late = random.random() < 0.03
    return date(year.end - age - 1 - late, 9, 2) + timedelta(days=random.randrange(365))


def _adult(zone: Zone, relationship: str, last: str, own_name: bool, culture: names.Culture,
           random: Random) -> tuple[str, str, str]:
    """First name, last name and email of a guardian; one in a hundred works in one of the schools."""
    if random.random() < 0.01:
        employee = random.choice(zone.staff)
        return employee.first, employee.last, employee.email
    girl = relationship in _WOMEN or (relationship not in _MEN and random.random() < 0.6)
    return (names.first(random, culture, girl=girl),
            random.choice(culture.last) if own_name else last, "")


def _rows(students: list[Student], adults: list[tuple[str, str, str, str, int]],
          random: Random) -> Iterator[Guardian]:
    """One row per guardian and child. Some families have no email, some IDs are not known."""
    no_mail, no_ids, court_order = (random.random() < share for share in (0.05, 0.04, 0.006))
    shared = random.random() < 0.01
    family_mail = ""
    for place, (relationship, first, last, email, number) in enumerate(adults):
        if not email and not (no_mail or random.random() < 0.04):
            user = ".".join(filter(None, (names.letters(first), names.letters(last)))) or "parent"
            email = f"{user}{number}@{_MAIL[number % len(_MAIL)]}"
        if shared:
            email = family_mail = family_mail or email
        phone = "" if random.random() < 0.03 else (
            f"({random.randrange(201, 990)}) 555-{random.randrange(100, 200):04d}")
        for child in students:
            yield Guardian(
                student=child.id, id="" if no_ids else f"G{number:05d}", first=first, last=last,
                relationship=relationship, email=email, phone=phone,
                portal_access="No" if court_order and place == len(adults) - 1 else "Yes",
                primary="Yes" if place == 0 else "No")


def _staff_offices(zone: Zone, numbers: Numbers, random: Random) -> None:
    """A principal, a secretary and a counselor per school; a nurse and a psychologist who travel."""
    ids = count(numbers.before + 1)
    for place, school in enumerate(zone.schools):
        for title in ("Principal", "Secretary", "Counselor"):
            zone.staff.append(employee(next(ids), school.id, "Staff", title, random))
            if title == "Principal":
                zone.schools[place] = school._replace(principal=zone.staff[-1].id)
    others = ";".join(school.id for school in zone.schools[1:])
    for title in ("School Nurse", "Psychologist"):
        zone.staff.append(employee(next(ids), zone.schools[0].id, "Staff", title, random,
                                   other_schools=others))


def employee(number: int, school: str, role: str, title: str, random: Random,
             other_schools: str = "") -> Employee:
    """A member of staff; the number makes ID, email and state ID unique."""
    culture, last = names.family(random)
    first = names.first(random, culture, girl=random.random() < 0.7)
    user = f"{names.letters(first)[:1]}{names.letters(last)[:20]}" or "staff"
    user += str(number)
    return Employee(
        id=f"T{number:04d}", school=school, other_schools=other_schools, role=role, first=first,
        middle=names.first(random, culture, girl=True)[:1] if random.random() < 0.2 else "", last=last,
        email=f"{user}@{STAFF_DOMAIN}", username=user if random.random() < 0.03 else "", title=title,
        state_id=unique_number(500_000_000 + number))


def _draw(random: Random, table: tuple[tuple[object, int], ...]):
    """One of the table's values, by weight."""
    return random.choices([value for value, _ in table], [weight for _, weight in table])[0]

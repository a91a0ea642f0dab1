"""People: StaffPersonal, StaffAssignment, StudentPersonal, StudentContact.

One StudentContact stands for one adult and one child, so that a mother of two is there twice, with
two RefIds and one LocalId. Some students left long ago and are still there.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from cli.generator import names
from cli.generator.layout import Employee, Guardian, Student
from cli.generator.people import student
from cli.zis.objects import (
    email_list,
    grade_level,
    network_login,
    percent,
    person_name,
    phone_list,
    social_security_number,
    tag,
)

if TYPE_CHECKING:
    from cli.zis.content import Part

_JOBS = {"Principal": "2410", "Secretary": "2500", "Counselor": "2120", "School Nurse": "2130",
         "Psychologist": "2140"}
_TEACHING = "1000"
_RELATIONSHIPS = {
    "Mother": "1735", "Father": "1727", "Stepmother": "1736", "Stepfather": "1728", "Grandparent": "1731",
    "Foster Parent": "1765", "Guardian": "1753", "Aunt": "1720", "Uncle": "1744"}
_OTHER, _FRIEND = "9999", "1729"
_STUDENTS_PER_FORMER = 50
# Of 100: whose job function nobody recorded, who has what in the record.
_NO_FUNCTION, _NUMBERED, _LOGIN, _ALERT, _MEDICAL, _EMERGENCY = 12, 5, 30, 2, 3, 60


def staff(part: Part) -> Iterator[str]:
    for person in part.zone.staff:
        ref = part.ref("StaffPersonal", person.id)
        numbers = social_security_number(ref) if percent(ref, "number") < _NUMBERED else ""
        yield (f'<StaffPersonal RefId="{ref}"><LocalId>{person.id}</LocalId>'
               f"<StateProvinceId>{person.state_id}</StateProvinceId>{numbers}"
               f"{person_name(person.last, person.first, person.middle)}{tag('Title', person.title)}"
               f"{email_list(person.email)}{network_login(person.username)}</StaffPersonal>")


def assignments(part: Part) -> Iterator[str]:
    for person in part.zone.staff:
        for school in (person.school, *filter(None, person.other_schools.split(";"))):
            ref = part.ref("StaffAssignment", person.id, school)
            yield (f'<StaffAssignment RefId="{ref}" SchoolInfoRefId="{part.ref("SchoolInfo", school)}" '
                   f'SchoolYear="{part.year.end}" StaffPersonalRefId="{part.ref("StaffPersonal", person.id)}">'
                   f"{tag('Description', person.title)}"
                   f"<PrimaryAssignment>{'Yes' if school == person.school else 'No'}</PrimaryAssignment>"
                   f"<JobStartDate>{part.year.first_day}</JobStartDate>{_function(person, ref)}</StaffAssignment>")


def _function(person: Employee, ref: str) -> str:
    if percent(ref, "function") < _NO_FUNCTION:
        return ""
    code = _TEACHING if person.role == "Teacher" else _JOBS.get(person.title, _OTHER)
    return f"<JobFunction><Code>{code}</Code></JobFunction>"


def students(part: Part) -> Iterator[str]:
    for child in part.zone.students:
        yield _student(part.student_refs[child.id], child, current=True)
    for child in part.former_students:
        yield _student(part.ref("StudentPersonal", child.id), child, current=False)


def _student(ref: str, child: Student, *, current: bool) -> str:
    alerts = ('<AlertMessages><AlertMessage Type="Legal">Made up: ask the office.</AlertMessage></AlertMessages>'
              if percent(ref, "alert") < _ALERT else "")
    if percent(ref, "medical") < _MEDICAL:
        alerts += ('<MedicalAlertMessages><MedicalAlertMessage Severity="Moderate">Made up: carries an inhaler.'
                   "</MedicalAlertMessage></MedicalAlertMessages>")
    numbers = social_security_number(ref) if percent(ref, "number") < _NUMBERED else ""
    login = f"s{child.id}" if percent(ref, "login") < _LOGIN else ""
    recent = current and (f"<MostRecent><SchoolLocalId>{child.school}</SchoolLocalId>{grade_level(child.grade)}"
                          "</MostRecent>") or ""
    return (f'<StudentPersonal RefId="{ref}">{alerts}<LocalId>{child.id}</LocalId>'
            f"<StateProvinceId>{child.state_id}</StateProvinceId>{numbers}"
            f"{person_name(child.last, child.first, child.middle, child.preferred)}"
            f"<Demographics><BirthDate>{child.birth_date}</BirthDate></Demographics>"
            f"{email_list(child.email)}{recent}{network_login(login)}</StudentPersonal>")


def former_students(part: Part) -> list[Student]:
    """Students who left years ago, two of every hundred; their start date tells when they came."""
    random = Random(f"{part.seed}/{part.numbers.zone}/former")  # noqa: S311 - made-up people, no secrets
    found = []
    for place in range(part.numbers.students // _STUDENTS_PER_FORMER):
        school = random.choice(part.zone.schools)
        culture, last = names.family(random)
        grade = random.choice(school.grades)
        years = random.randrange(2, 6)
        birth = date(part.year.end - 8 - years - school.grades.index(grade), 9, 2)
        made = student(part.numbers.total * 2 + part.numbers.before + place, school,
                       names.first(random, culture, girl=random.random() < 0.5), last, grade,
                       birth + timedelta(days=random.randrange(365)), culture, part.year, random)
        found.append(made._replace(start_date=date(part.year.end - 1 - years, 7, 1)))
    return found


def contacts(part: Part) -> Iterator[str]:
    sequence: dict[str, int] = {}
    for adult in part.zone.guardians:
        sequence[adult.student] = place = sequence.get(adult.student, 0) + 1
        yield _guardian(part, adult, place)
    for child in part.zone.students:
        if percent(part.student_refs[child.id], "emergency") < _EMERGENCY:
            yield _emergency_contact(part, child, sequence.get(child.id, 0) + 1)


def _guardian(part: Part, adult: Guardian, place: int) -> str:
    child = part.student_refs[adult.student]
    ref = part.ref("StudentContact", adult.student, adult.id or f"{adult.first} {adult.last}")
    code = _RELATIONSHIPS.get(adult.relationship, _OTHER)
    other = (f'<OtherCodeList><OtherCode Codeset="Text">{escape(adult.relationship)}</OtherCode></OtherCodeList>'
             if code == _OTHER else "")
    records = "No" if adult.portal_access == "No" else "Yes"
    return (f'<StudentContact RefId="{ref}" StudentPersonalRefId="{child}">{tag("LocalId", adult.id)}'
            f"{person_name(adult.last, adult.first)}{phone_list(adult.phone)}{email_list(adult.email)}"
            f"<Relationship><Code>{code}</Code>{other}</Relationship><ContactFlags>"
            "<ParentLegalGuardian>Yes</ParentLegalGuardian>"
            f"<LivesWith>{'Yes' if adult.primary == 'Yes' else 'Unknown'}</LivesWith>"
            f"<AccessToRecords>{records}</AccessToRecords></ContactFlags>"
            f"<ContactSequence>{place}</ContactSequence></StudentContact>")


def _emergency_contact(part: Part, child: Student, place: int) -> str:
    """A friend of the family who is no guardian and has neither an id nor mail."""
    ref = part.ref("StudentContact", child.id, "emergency")
    random = Random(ref)  # noqa: S311 - made-up people, no secrets
    culture, last = names.family(random)
    first = names.first(random, culture, girl=True)
    return (f'<StudentContact RefId="{ref}" StudentPersonalRefId="{part.student_refs[child.id]}">'
            f"{person_name(last, first)}{phone_list(f'(555) 555-{int(ref[:4], 16) % 100 + 100:04d}')}"
            f"<Relationship><Code>{_FRIEND}</Code></Relationship><ContactFlags>"
            "<ParentLegalGuardian>No</ParentLegalGuardian><PickupRights>Yes</PickupRights>"
            "<EmergencyContact>Yes</EmergencyContact></ContactFlags>"
            f"<ContactSequence>{place}</ContactSequence></StudentContact>")

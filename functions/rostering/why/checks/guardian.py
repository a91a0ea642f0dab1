"""A guardian and a student: linked, closed since the student is an adult, or linked under another account."""

from __future__ import annotations

from rostering.checks import visible
from rostering.names import fold_name
from rostering.people import account_of
from rostering.store import keys
from rostering.why.case import Case
from rostering.why.checks.base import check, either, told, unknown
from rostering.why.walk import Finding


@check("guardian.linked")
def linked(case: Case) -> Finding:
    if case.account is None or case.student is None:
        return either(False, "", "There is no such student in what you may see.")
    link = case.account.students.get(case.student.id)
    return either(bool(link and link[3] == "active"), "The guardian is linked to the student.",
                  "The guardian is not linked to the student.", told("student", case.student.id),
                  told("status", link[3] if link else ""))


@check("guardian.blocked_adult_student")
def blocked_adult_student(case: Case) -> Finding:
    if not visible.closes_to_guardians(case.settings):
        return either(False, "", "The site does not close the access of guardians of adults.")
    born = case.student.fields.get("birth_date", "") if case.student else ""
    if not born:
        return unknown("The birth date is not known.")
    return either(visible.is_of_age(born, case.today), "The student is 18 or older, and the site closes access then.",
                  "The student is younger than 18.", told("student", case.student.id if case.student else ""))


@check("guardian.split_accounts")
def split_accounts(case: Case) -> Finding:
    """Whether the student is linked to another guardian account of the same name."""
    one, student = case.account, case.student
    if one is None or student is None:
        return unknown("It is not known who the two are.")
    others = [account_of(item) for item in case.reads.get_many(
        keys.account(case.site, other) for other in student.guardians if other != one.id).values()]
    same = [other for other in others if _called(other.fields) == _called(one.fields) and case.sight.person(other)]
    return either(bool(same), "The student is linked to another account of that guardian.",
                  "The student has no other guardian of that name.", *(told("account", other.id) for other in same))


def _called(fields: dict) -> str:
    return fold_name(f"{fields.get('first_name') or ''}{fields.get('last_name') or ''}")

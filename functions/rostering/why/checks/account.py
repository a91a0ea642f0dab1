"""The account itself: there or not, on or off, where, as what, and with which email."""

from __future__ import annotations

from rostering import by_hand
from rostering.why.case import Case
from rostering.why.checks.base import (
    check,
    either,
    no,
    of_account,
    of_cause,
    of_said,
    private,
    told,
    unknown,
    yes,
)
from rostering.why.walk import Finding


def _none() -> Finding:
    return unknown("There is no account.")


@check("account.found_by_any_key")
def found_by_any_key(case: Case) -> Finding:
    if case.account:
        return yes("There is an account.", *of_account(case.account))
    return no("There is no account in what you may see.")


@check("account.more_than_one_candidate")
def more_than_one_candidate(case: Case) -> Finding:
    others = case.doubles
    return either(bool(others), "More than one account could be this person.", "It is the only one.",
                  *(told("account", one.id) for one in others))


@check("account.inactive")
def inactive(case: Case) -> Finding:
    one = case.account
    return _none() if one is None else either(
        one.status == "inactive", "The account is switched off.", "The account is not switched off.",
        *of_cause(one.deactivated))


@check("account.active")
def active(case: Case) -> Finding:
    one = case.account
    if one is None:
        return no("There is no account in what you may see.")
    return either(one.status == "active", "The account is active.", f"The account is {one.status}.", *of_account(one))


@check("account.in_school_viewed")
def in_school_viewed(case: Case) -> Finding:
    one, school = case.account, case.question.school
    if one is None or not school:
        return unknown("It was not told which school is looked at.")
    return either(school in one.schools, f"The account is in school {school}.",
                  f"The account is not in school {school}.", told("school", ", ".join(one.schools)))


@check("account.role_as_expected")
def role_as_expected(case: Case) -> Finding:
    one, role = case.account, case.question.expected_role
    if one is None or not role:
        return unknown("It was not told which role is expected.")
    return either(one.role == role, f"It is a {role}'s account.", f"It is a {one.role}'s account, not a {role}'s.",
                  told("role", one.role))


@check("account.start_date_in_future")
def start_date_in_future(case: Case) -> Finding:
    one = case.account
    if one is None:
        return _none()
    start = one.fields.get("start_date") or ""
    return either(one.status == "pending" and start > case.today, f"The account opens on {start}.",
                  "It needs not wait for a start date.", told("from", start))


@check("account.deactivated_by_person")
def deactivated_by_person(case: Case) -> Finding:
    one = case.account
    if one is None or not one.deactivated:
        return unknown("It is not told who switched the account off.")
    return either("by" in one.deactivated, "A person switched the account off.", "A load switched the account off.",
                  *of_cause(one.deactivated))


@check("account.has_email")
def has_email(case: Case) -> Finding:
    one = case.account
    if one is None:
        return _none()
    email = one.fields.get("email") or ""
    return either(bool(email), "The account has an email.", "The account has no email.", private("email", email))


@check("account.email_sticky")
def email_sticky(case: Case) -> Finding:
    one = case.account
    if one is None:
        return _none()
    held = by_hand.field_of(one, "email")
    return either("email" in one.by_hand, "The email was typed here and is kept.", "The email comes from the source.",
                  told("by", held.by), told("at", held.at), private("email", held.value),
                  private("the source says", held.source_value if "email" in one.by_hand else ""))


@check("account.email_equals_source")
def email_equals_source(case: Case) -> Finding:
    one, said = case.account, case.said
    if one is None or said is None:
        return unknown("It is not known what the source last sent.")
    if said.turned:
        return no("The row that has the email was turned back.", *of_said(said))
    email, sent = (one.fields.get("email") or "").lower(), (said.fields.get("email") or "").lower()
    return either(email == sent, "It is the email that the source last sent.",
                  "The source last sent another email.", private("email", email), private("the source says", sent),
                  *of_said(said))



"""The class: there, on, in term, with a teacher and students, and looked at by one of its teachers."""

from __future__ import annotations

from rostering.people import account_of
from rostering.store import keys
from rostering.why.case import Case
from rostering.why.checks.base import check, either, no, of_cause, told, unknown, yes
from rostering.why.walk import Fact, Finding

_MOST_MEMBERS = 200


def _none() -> Finding:
    return unknown("There is no such class.")


@check("class.found_by_any_key")
def found_by_any_key(case: Case) -> Finding:
    one = case.section
    if one is None:
        return no("There is no such class in what you may see.")
    return yes("There is the class.", told("section", one["id"]),
               told("school", one.get("fields", {}).get("school", "")), told("status", one.get("status", "active")),
               *of_cause(one.get("changed") or one.get("created") or {}))


@check("class.inactive")
def inactive(case: Case) -> Finding:
    one = case.section
    return _none() if one is None else either(one.get("status") == "inactive", "The class is switched off.",
                                              "The class is not switched off.", *of_cause(one.get("changed") or {}))


@check("class.term_current")
def term_current(case: Case) -> Finding:
    if not case.terms:
        return unknown("No dates of its terms are known.")
    current = any((not first or first <= case.today) and (not last or case.today <= last)
                  for _, first, last in case.terms)
    return either(current, "Today is inside one of its terms.", "Today is in none of its terms.", *_terms(case))


@check("class.term_in_future")
def term_in_future(case: Case) -> Finding:
    starts = [first for _, first, _ in case.terms if first]
    if not starts:
        return unknown("No dates of its terms are known.")
    return either(min(starts) > case.today, "Its first term is still to come.", "Its terms have begun.", *_terms(case))


@check("class.has_active_teacher")
def has_active_teacher(case: Case) -> Finding:
    if case.section is None:
        return _none()
    active = [one for one in case.teachers if one.status == "active"]
    return either(bool(active), "It has an active teacher.", "None of its teachers is active.",
                  *(told("teacher", f"{one.id} ({one.status})") for one in case.teachers))


@check("class.viewer_is_teacher")
def viewer_is_teacher(case: Case) -> Finding:
    if case.section is None:
        return _none()
    if case.viewer is None:
        return unknown("It was not told who is looking.")
    return either(case.viewer.id in case.section.get("teachers", {}), "Who looks is one of its teachers.",
                  "Who looks is none of its teachers.", told("viewer", case.viewer.id))


@check("class.has_current_students")
def has_current_students(case: Case) -> Finding:
    one = case.section
    if one is None:
        return _none()
    current = [account for account, days in one.get("members", {}).items() if _covers(days, case.today)]
    found = case.reads.get_many(keys.account(case.site, account) for account in current[:_MOST_MEMBERS])
    active = sum(account_of(item).status == "active" for item in found.values())
    return either(active > 0, f"It has {active} current student{'' if active == 1 else 's'}.",
                  "It has no current student.", told("members", len(one.get("members", {}))))


@check("class.is_custom_group")
def is_custom_group(case: Case) -> Finding:
    found = case.groups
    return either(bool(found), "It is a group.", "There is no group of that name.",
                  *(told("group", body["id"]) for body in found[:5]),
                  *(told("owner", body["owner"]) for body in found[:5] if body.get("owner")))


@check("class.visible_now")
def visible_now(case: Case) -> Finding:
    one = case.section
    if one is None:
        return no("There is no such class in what you may see.")
    if one.get("status") == "inactive":
        return no("The class is switched off.", told("section", one["id"]))
    term = term_current(case)
    return no("Today is in none of its terms.", *term.facts) if term.said == "no" else yes(
        "The class is on, and in term.", told("section", one["id"]), *term.facts)


def _terms(case: Case) -> list[Fact]:
    return [told("term", f"{term}: {first} to {last}") for term, first, last in case.terms]


def _covers(days: list[str], today: str) -> bool:
    first, last = (*days, "", "")[:2]
    return (not first or first <= today) and (not last or today <= last)

"""A student in a class: in any state, since when, and who took them out."""

from __future__ import annotations

from typing import Any

from rostering.store import keys
from rostering.why.case import Case
from rostering.why.checks.base import check, either, no, told, unknown, yes
from rostering.why.walk import Finding


def _days(case: Case) -> list[str] | None:
    """[first day, last day, status] of the enrollment; None if there is none."""
    one, section = case.account, case.section
    if one is None or section is None:
        return None
    if section["id"] in one.classes:
        return (*one.classes[section["id"]], "", "", "")[:3]
    if one.id in section.get("members", {}):
        return [*(*section["members"][one.id], "", "")[:2], "active"]
    if one.id in section.get("past", {}):
        return [*(*section["past"][one.id], "", "")[:2], "inactive"]
    return None


@check("enrollment.exists")
def exists(case: Case) -> Finding:
    days = _days(case)
    if days is None:
        return no("There is no enrollment of the student in the class.")
    return yes("There is an enrollment.", told("section", case.section["id"]), told("status", days[2] or "active"))


@check("enrollment.inactive")
def inactive(case: Case) -> Finding:
    days = _days(case)
    return unknown("There is no enrollment.") if days is None else either(
        days[2] == "inactive", "The enrollment has ended.", "The enrollment has not ended.", told("until", days[1]))


@check("enrollment.dates_current")
def dates_current(case: Case) -> Finding:
    days = _days(case)
    if days is None:
        return unknown("There is no enrollment.")
    current = (not days[0] or days[0] <= case.today) and (not days[1] or case.today <= days[1])
    return either(current, "Today is inside the enrollment's days.", "Today is outside the enrollment's days.",
                  told("from", days[0]), told("until", days[1]))


@check("enrollment.removed_by_person")
def removed_by_person(case: Case) -> Finding:
    """By the record of what changed: an act by hand says who, a load says its number and the row."""
    record = _ended_by(case)
    if record is None:
        return unknown("It is not told any more who ended the enrollment.")
    if record.get("rule") == "hand" or record.get("by"):
        return yes("A person took the student out.", told("by", record.get("by", "")), told("at", record.get("at", "")))
    section = case.section.get("key", "") if case.section else ""
    row = record.get("rows", {}).get(f"classes/{section}") or record.get("row", 0)
    return no("A load ended the enrollment.", told("load", record["load"]), told("row", row or ""))


def _ended_by(case: Case) -> dict[str, Any] | None:
    """The newest record of the student, else of the class, by which the enrollment ended."""
    one, section = case.account, case.section
    if one is None or section is None:
        return None
    for item in reversed(_records(case, keys.account(case.site, one.id).pk)):
        pair = item.get("moved", {}).get("classes", {}).get(section["id"])
        if pair and pair[0] and (pair[1] is None or pair[1][2:] == ["inactive"]):
            return item
    for item in reversed(_records(case, keys.section(case.site, section["id"]).pk)):
        pair = item.get("moved", {}).get("members", {}).get(one.id)
        if pair and pair[1] is None:
            return item
    return None


def _records(case: Case, pk: str) -> list[dict[str, Any]]:
    """The records of what changed in a thing, the oldest first; acts by hand and loads by when they were."""
    found = [item.body for item in case.reads.query(pk, prefix="CHANGE#") if item.key.sk.count("#") == 1]
    return sorted(found, key=lambda body: body["load"].startswith("hand-"))

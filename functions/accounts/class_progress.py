"""The hand-out of a school as people follow it: each class, who has signed in, and to whom its sheets went."""

from __future__ import annotations

from typing import Any

from accounts import audit, readiness
from accounts.models.handing_out import ClassProgress, Handed, HandOut, NotYet, StageStanding
from accounts.ports import Ports
from accounts.problems import Refusal, not_allowed, not_found
from rostering.access.roles import Actor, Target
from rostering.access.rules import allow
from rostering.clock import local_date
from rostering.load.handout import shown_first
from rostering.model import Account
from rostering.people import account_of
from rostering.readiness import gather
from rostering.readiness.facts import Class
from rostering.readiness.progress import Progress, by_cards, by_members
from rostering.settings import timezone
from rostering.store import keys

_STANDS = ("active", "pending")


def show(ports: Ports, actor: Actor, school: str) -> HandOut:
    """How far a school is; a teacher sees the own classes there. Who has not signed in yet is named.

    Raises Refusal: 404, 403.
    """
    place = ports.store.get(keys.school(actor.site, school))
    if place is None:
        raise not_found()
    decision = allow(actor, "handout.read", Target(actor.site, frozenset([school])))
    if decision:
        facts = readiness.facts_of(ports, actor, school, "handout.read")
        students = facts.of_role("Student")
        found, stages = by_cards(facts.classes, students), readiness.standings(facts)
    elif taught := _taught(ports, actor, school):
        members = _accounts(ports, actor.site, {name for one in taught for name in one.students})
        students = [one for one in members.values() if one.role == "Student" and one.status in _STANDS]
        found, stages = by_members(taught, {one.id: one for one in students}), []
    else:
        raise not_allowed(decision.reason)
    audit.record(ports, actor.site, "handout.viewed", by=actor, school=school, count=len(found))
    return _shown(ports, actor.site, school, place.body["fields"].get("name", ""), found, students, stages)


def note_handed(ports: Ports, actor: Actor, school: str, section: str, to: str | None) -> Handed:
    """Note to whom the sheets of a section were handed: by default its lead teacher.

    Raises Refusal: 403, 404, 422 if that is no employee of the school.
    """
    readiness.require(ports, actor, school, "handout.note")
    item = ports.store.get(keys.section(actor.site, section))
    if item is None or item.body["fields"].get("school") != school:
        raise not_found()
    lead = next((name for name, part in item.body.get("teachers", {}).items() if part == "lead"), "")
    who = ports.store.get(keys.account(actor.site, to or lead)) if to or lead else None
    person = account_of(who) if who else None
    if person is None or person.family != "employee" or school not in person.schools:
        raise Refusal(422, "NOBODY", "Sheets are handed to a teacher or a member of staff of the school. Say to whom.")
    body = {"to": person.id, "by": actor.account, "at": ports.time()}
    audit.record(ports, actor.site, "sheets.handed", by=actor, school=school, section=section, to=person.id)
    ports.store.update(keys.handed(actor.site, section), lambda _: body)
    return Handed(section=section, to=person.id, at=body["at"])


def _shown(ports: Ports, site: str, school: str, name: str, found: list[Progress], students: list[Account],
           stages: list[StageStanding]) -> HandOut:
    handed = ports.store.get_many(keys.handed(site, one.of.id) for one in found if one.of.id)
    leads = _accounts(ports, site, {one.of.lead for one in found if one.of.lead})
    classes = []
    for one in found:
        at = handed.get(keys.handed(site, one.of.id)) if one.of.id else None
        classes.append(_class(one, leads.get(one.of.lead), at.body if at else {}))
    return HandOut(school=school, name=name, stages=stages, classes=classes, students=len(students),
                   signed_in=sum(bool(one.signed_in_at) for one in students))


def _class(found: Progress, lead: Account | None, handed: dict[str, Any]) -> ClassProgress:
    waiting = [NotYet(account=one.id, username=one.username, first_name=shown_first(one),
                      **{name: one.fields.get(name) or "" for name in ("last_name", "grade")})
               for one in found.not_yet]
    section = found.of.id
    return ClassProgress(
        section=section, name=found.of.name or "Not in a class", period=found.of.period,
        teacher=lead.id if lead else "", teacher_name=_name(lead) if lead else "",
        students=found.students, signed_in=found.signed_in, not_yet=waiting,
        handed_to=handed.get("to", ""), handed_at=handed.get("at", ""),
        reminder=f"rollbook export --section {section} --only-not-signed-in --with-secrets "
                 '--reason "reminder" --out sheets/' if waiting and section else "")


def _taught(ports: Ports, actor: Actor, school: str) -> list[Class]:
    """The current classes of a school that the actor teaches."""
    if actor.role != "Teacher":
        return []
    names = {item.body["section"] for item in ports.store.query(
        keys.account(actor.site, actor.account).pk, prefix="TEACHES#").items}
    items = ports.store.get_many(keys.section(actor.site, name) for name in sorted(names)).values()
    settings = ports.store.get(keys.settings(actor.site)).body
    return gather.current_of(
        ports.store, actor.site, [item for item in items if item.body["fields"].get("school") == school
                                  and item.body.get("status") == "active" and actor.account in item.body["teachers"]],
        today=local_date(ports.time(), timezone(settings)))


def _accounts(ports: Ports, site: str, names: set[str]) -> dict[str, Account]:
    items = ports.store.get_many(keys.account(site, name) for name in sorted(names)).values()
    return {one.id: one for one in map(account_of, items)}


def _name(account: Account) -> str:
    return f"{shown_first(account)} {account.fields.get('last_name', '')}".strip()

"""What teachers, students and guardians see of classes, told to the office that checks it."""

from __future__ import annotations

from dataclasses import asdict

from accounts.checking import looking_at
from accounts.models import rosters as told
from accounts.models.profiles import Cause
from accounts.people import section_target, target_of
from accounts.ports import Ports
from accounts.problems import not_found
from accounts.profiles import course_names, name_who_did_it, terms_of
from rostering.access.roles import Actor
from rostering.access.rules import allow
from rostering.batches.choose import targets
from rostering.checks import rosters, visible
from rostering.checks.rosters import Place
from rostering.model import Account
from rostering.people import account_of
from rostering.store import keys
from rostering.store.keys import Item

_ABOUT = ("name", "school", "period", "room")


def section_as(ports: Ports, actor: Actor, item: Item, who: str) -> told.SectionSeen:
    """The section as `who` sees it: teacher, student, or an account. Raises Refusal (404)."""
    site, account = actor.site, None
    if who not in ("teacher", "student"):
        found = ports.store.get(keys.account(site, who))
        account = account_of(found) if found else None
        if account is None or not allow(actor, "account.read", target_of(ports.store, actor, account)):
            raise not_found()
    at = looking_at(ports, site, emails=False).at
    seen = rosters.section_as(ports.store, site, item, account or who, at=at)  # type: ignore[arg-type]
    body = seen.body
    places = [(place, _place(place)) for place in seen.places]
    name_who_did_it(ports.store, site, [one.put_by for _, one in places])
    return told.SectionSeen(
        section=body["id"], as_role=seen.as_role, account=account.id if account else "", shown=not seen.why,
        why=seen.why, told=visible.SENTENCES.get(seen.why, ""), status=body.get("status", "active"),
        when=seen.calendar.when(body["id"], at.today), terms=terms_of(seen.calendar, body["id"]),
        course=course_names(ports.store, site, [body]).get(body["id"], ""),
        teachers=[one for place, one in places if not place.why and place.part != "student"],
        students=[one for place, one in places if not place.why and place.part == "student"],
        hidden=[one for place, one in places if place.why], summary=seen.summary,
        **{name: str(body.get("fields", {}).get(name) or "") for name in _ABOUT})


def schedule_of(ports: Ports, actor: Actor, account: Account) -> told.Schedule:
    """The classes that an account sees, as far as the actor may know them."""
    site = actor.site
    at = looking_at(ports, site, emails=False).at
    children = _children(ports, actor, account)
    closed = visible.closes_to_guardians(ports.store.get(keys.settings(site)).body)
    found = rosters.schedule_of(ports.store, site, account, children, at=at, adults_closed=closed)
    may = [lesson for lesson in found.lessons if allow(actor, "section.read", section_target(actor, lesson.body))]
    courses = course_names(ports.store, site, [lesson.body for lesson in may])
    lessons = [told.Lesson(
        section=lesson.section, part=lesson.part, start_date=lesson.first, end_date=lesson.last, why=lesson.why,
        told=visible.SENTENCES.get(lesson.why, ""), course=courses.get(lesson.section, ""),
        terms=terms_of(found.calendar, lesson.section), student=_name(lesson.student),
        **{name: str(lesson.body["fields"].get(name) or "") for name in ("name", "school", "period")})
        for lesson in may]
    lessons.sort(key=lambda one: (one.student, one.period or "~", one.name.casefold(), one.section))
    return told.Schedule(
        account=account.id, role=account.role, today=at.today, shown=not found.why,
        told=visible.SENTENCES.get(found.why, ""), terms=_by_term([one for one in lessons if not one.why]),
        hidden=[one for one in lessons if one.why], summary=visible.summary(one.why for one in lessons if one.why),
        not_told=len(found.lessons) - len(may) + len(account.students) - len(children))


def _children(ports: Ports, actor: Actor, account: Account) -> dict[str, Account]:
    """The students of a guardian that the actor may read."""
    items = ports.store.get_many(keys.account(actor.site, name) for name in account.students)
    people = [account_of(item) for item in items.values()]
    return {one.id: one for one, target in zip(people, targets(ports.store, actor, people), strict=True)
            if allow(actor, "account.read", target)}


def _by_term(lessons: list[told.Lesson]) -> list[told.TermOfSchedule]:
    """The classes of each term, by its first day; those without a term at the end."""
    found: dict[tuple[str, str, str], told.TermOfSchedule] = {}
    for lesson in lessons:
        for term in lesson.terms or [None]:
            key = (term.start_date, term.name, term.end_date) if term else ("~", "", "")
            found.setdefault(key, told.TermOfSchedule(**(term.model_dump() if term else {}))).classes.append(lesson)
    return [found[key] for key in sorted(found)]


def _place(place: Place) -> told.PlaceInClass:
    account = place.account
    fields = account.fields if account else {}
    return told.PlaceInClass(
        account=place.id, username=account.username if account else "", part=place.part,
        status=account.status if account else "", last_name=fields.get("last_name") or "",
        first_name=fields.get("first_name") or "", start_date=place.first, end_date=place.last,
        put_by=Cause(**asdict(place.put_by)), why=place.why, told=visible.SENTENCES.get(place.why, ""))


def _name(account: Account | None) -> str:
    fields = account.fields if account else {}
    return f"{fields.get('first_name') or ''} {fields.get('last_name') or ''}".strip()

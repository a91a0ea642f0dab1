"""What the checks stand on: the site's day, whose emails were turned back, and whether the actor may look."""

from __future__ import annotations

from dataclasses import replace

from accounts.people import section_target
from accounts.ports import Ports
from accounts.problems import not_found
from rostering.access.roles import Actor, Target
from rostering.access.rules import allow
from rostering.checks.facts import Moment
from rostering.checks.filters import Filter
from rostering.checks.view import Looking
from rostering.clock import local_date
from rostering.load import emails as turned_back
from rostering.settings import timezone
from rostering.store import keys
from rostering.store.keys import Item

NO_SCHOOL = "-"      # in a path: those who belong to no school


def looking_at(ports: Ports, site: str, *, emails: bool = True) -> Looking:
    """The site now. Without `emails` nobody's is told as an error, and the newest delivery isn't read."""
    settings, now = ports.store.get(keys.settings(site)).body, ports.time()
    today = local_date(now, timezone(settings)).isoformat()
    return Looking(ports.store, site, Moment(now, today),
                   turned_back.refused(ports.store, ports.work, site) if emails else {})


def school_of(ports: Ports, actor: Actor, action: str, named: str) -> str:
    """The key of the school that a path names, if `actor` may do `action` there.

    Raises Refusal (404): a school of another's is as one that isn't there.
    """
    school = _key_of(ports, actor.site, named)
    if school is None or not allow(actor, action, Target(actor.site, frozenset([school] if school else ()))):
        raise not_found()
    return school


def section_of(ports: Ports, actor: Actor, action: str, named: str) -> Item:
    """The item of a section, if `actor` may do `action` to it. Raises Refusal (404)."""
    places = [keys.section(actor.site, name) for name in _spellings(named)]
    found = ports.store.get_many(places)
    item = next((found[place] for place in places if place in found), None)
    if item is None or not allow(actor, action, section_target(actor, item.body)):
        raise not_found()
    return item


def in_section(ports: Ports, actor: Actor, named: str, wanted: Filter) -> Filter:
    """`wanted` of a section of the school that a path names: who only teaches it sees its students.

    Raises Refusal (404).
    """
    body = section_of(ports, actor, "people.check", wanted.section).body
    school = body.get("fields", {}).get("school") or ""
    if school != _key_of(ports, actor.site, named):
        raise not_found()
    wanted = replace(wanted, school=school, section=body["id"])
    if allow(actor, "people.check", Target(actor.site, frozenset([school] if school else ()))):
        return wanted
    if wanted.role not in ("", "Student"):
        raise not_found()
    return replace(wanted, role="Student")


def _key_of(ports: Ports, site: str, named: str) -> str | None:
    """The key of a school: as it is written, or folded, as the sheet's are; "" for no school, None for none there."""
    if named == NO_SCHOOL:
        return ""
    places = [keys.school(site, name) for name in _spellings(named)]
    found = ports.store.get_many(places)
    return next((found[place].body["key"] for place in places if place in found), None)


def _spellings(named: str) -> list[str]:
    """What an id may be written as: ids of the sheet ignore case, those of connections keep it."""
    return list(dict.fromkeys((named, named.casefold())))

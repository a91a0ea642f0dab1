"""What the checks stand on: the site's day, whose emails were turned back, and whether the actor may look."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

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
    school = "" if named == NO_SCHOOL else named.casefold()
    known = not school or ports.store.get(keys.school(actor.site, school)) is not None
    if not known or not allow(actor, action, Target(actor.site, frozenset([school] if school else ()))):
        raise not_found()
    return school


def section_of(ports: Ports, actor: Actor, action: str, section: str) -> dict[str, Any]:
    """The body of a section, if `actor` may do `action` to it. Raises Refusal (404)."""
    item = ports.store.get(keys.section(actor.site, section))
    if item is None or not allow(actor, action, section_target(actor, item.body)):
        raise not_found()
    return item.body


def in_section(ports: Ports, actor: Actor, wanted: Filter) -> Filter:
    """`wanted` of a section: who only teaches it sees its students. Raises Refusal (404)."""
    body = section_of(ports, actor, "people.check", wanted.section)
    school = body.get("fields", {}).get("school") or ""
    if school != wanted.school:
        raise not_found()
    if allow(actor, "people.check", Target(actor.site, frozenset([school] if school else ()))):
        return wanted
    if wanted.role not in ("", "Student"):
        raise not_found()
    return replace(wanted, role="Student")

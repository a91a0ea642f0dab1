"""Readiness as the API tells it: what misses each rule, and the command that shows more."""

from __future__ import annotations

from collections.abc import Iterable

from accounts import audit
from accounts.models.handing_out import (
    Attested,
    Readiness,
    ReadinessMiss,
    ReadinessRule,
    ReadinessSummary,
    SchoolStanding,
    StageStanding,
)
from accounts.people import schools_for
from accounts.ports import Ports
from accounts.problems import Refusal, not_allowed, not_found
from rostering.access.roles import Actor, Target
from rostering.access.rules import allow
from rostering.readiness import gather, stages
from rostering.readiness.facts import STAGES, Facts
from rostering.readiness.rules import Finding
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.page import cursor, place
from rostering.store.writes import Insert, Replace

FIRST, ALL = 5, 1_000
_ATTEMPTS = 8
_SCHOOLS_A_PAGE = 10
_PEOPLE_A_PAGE = 6_000


def of_school(ports: Ports, actor: Actor, school: str, *, rule: str = "") -> Readiness:
    """The readiness of one school; of `rule` all that miss it, of the others the first few.

    Raises Refusal: 403, 404.
    """
    facts = facts_of(ports, actor, school, "readiness.read")
    audit.record(ports, actor.site, "readiness.viewed", by=actor, school=school)
    return told(facts, rule=rule)


def summary(ports: Ports, actor: Actor, *, after: str | None) -> ReadinessSummary:
    """The stages of the schools that the actor may see, a bounded number of people at a time.

    Raises Refusal (403), InputError (CURSOR).
    """
    schools = [school for school in schools_for(ports.store, actor, "readiness.read", None) if school]
    begin = place(after, 1, "")[0] if after else ""
    left = [school for school in sorted(schools) if school > begin]
    audit.record(ports, actor.site, "readiness.viewed", by=actor, count=min(len(left), _SCHOOLS_A_PAGE))
    seen: list[SchoolStanding] = []
    people = 0
    for school in left[:_SCHOOLS_A_PAGE]:
        facts = gather.gather(ports.store, ports.work, actor.site, school, now=ports.time())
        if facts is not None:
            people += len(facts.people)
            seen.append(SchoolStanding(school=school, name=facts.name, stages=standings(facts)))
        begin = school
        if people >= _PEOPLE_A_PAGE:
            break
    more = any(school > begin for school in left)
    return ReadinessSummary(schools=seen, after=cursor(begin) if more else None)


def attest(ports: Ports, actor: Actor, school: str, rule: str, reason: str) -> Attested:
    """Note that an administrator vouches for what Rollbook can't see: the standards of the courses in use now.

    Raises Refusal: 403, 404.
    """
    facts = facts_of(ports, actor, school, "readiness.attest")
    body = {"by": actor.account, "at": ports.time(), "reason": reason, "courses": facts.courses}
    key = keys.attested(actor.site, school, rule)
    for _ in range(_ATTEMPTS):
        was = ports.store.get(key)
        item = Item(key, body, was.version + 1 if was else 1)
        event = audit.event(ports, actor.site, "readiness.attested", by=actor, school=school, rule=rule,
                            count=len(facts.courses), reason=reason)
        if ports.store.write_together([Replace(item) if was else Insert(item), Insert(event)]):
            return Attested(school=school, rule=rule, **body | {"courses": len(facts.courses)})
    raise Refusal(409, "BUSY", "That is changing right now. Try again.")


def facts_of(ports: Ports, actor: Actor, school: str, action: str) -> Facts:
    """The facts of a school for which the actor may do `action`. Raises Refusal: 404, 403."""
    require(ports, actor, school, action)
    facts = gather.gather(ports.store, ports.work, actor.site, school, now=ports.time())
    if facts is None:
        raise not_found()
    return facts


def require(ports: Ports, actor: Actor, school: str, action: str) -> None:
    """Raises Refusal: 404 if there is no such school, 403 unless the actor may do `action` there."""
    if ports.store.get(keys.school(actor.site, school)) is None:
        raise not_found()
    decision = allow(actor, action, Target(actor.site, frozenset([school])))
    if not decision:
        raise not_allowed(decision.reason)


def told(facts: Facts, *, rule: str = "") -> Readiness:
    found = [one for stage in STAGES for one in stages.state(facts, stage)[1]]
    by_rule: dict[tuple[str, str], Finding] = {}
    for one in found:       # a rule says the same of every stage, but rule 9
        by_rule.setdefault((one.rule.code, one.stage if one.rule.code == "ways_in" else ""), one)
    order = sorted(by_rule.values(), key=lambda one: (one.rule.number, STAGES.index(one.stage)))
    return Readiness(school=facts.school, name=facts.name, stages=standings(facts),
                     rules=[rule_told(facts.school, one, most=ALL if one.rule.code == rule else FIRST)
                            for one in order])


def standings(facts: Facts) -> list[StageStanding]:
    seen = []
    for stage in STAGES:
        state, found = stages.state(facts, stage)
        accounts = facts.of_stage(stage)
        opened = facts.released.get(stage, {})
        seen.append(StageStanding(
            stage=stage, state=state, missing=_codes(found), accounts=len(accounts),
            signed_in=sum(bool(one.signed_in_at) for one in accounts),
            **{name: opened[name] for name in ("by", "at", "reason", "overridden") if opened.get(name)}))
    return seen


def rule_told(school: str, found: Finding, *, most: int = FIRST) -> ReadinessRule:
    rule = found.rule
    title = f"{rule.title}: {_WHOSE[found.stage]}" if rule.code == "ways_in" else rule.title
    return ReadinessRule(
        number=rule.number, code=rule.code, title=title, limit=rule.limit, met=found.met, count=found.count,
        of=found.of, more=_more(school, found) if found.count else "",
        first=[ReadinessMiss(kind=one.kind, id=one.id, label=one.label, why=one.why) for one in found.misses[:most]])


def _codes(found: Iterable[Finding]) -> list[str]:
    return [one.rule.code for one in found if not one.met]


def _more(school: str, found: Finding) -> str:
    """The command that shows more of what misses a rule, or does away with it."""
    code = found.rule.code
    if code == "standards":
        return f'rollbook ready attest --school {school} --standards --reason "…"'
    if code in ("holds", "rows"):
        return f"rollbook show {found.misses[0].id}"
    if code == "matches":
        return "rollbook matches"
    if code == "students":
        return f"rollbook hand-out open --school {school} --role student"
    return f"rollbook ready --school {school} --rule {code}"


_WHOSE = {"Teacher": "teachers and staff", "Student": "students", "Guardian": "guardians"}


"""The stages of a school's hand-out: teachers, then students, then guardians.

    not ready → ready → released

Only `released` is stored, with who, when, and what was overridden; the other two follow from the
rules each time somebody looks. A stage that is closed again has no item.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from rostering.access.roles import rank
from rostering.model import Account
from rostering.people import account_of
from rostering.readiness.facts import STAGES, Facts
from rostering.readiness.rules import Finding, find
from rostering.store import keys

State = Literal["not ready", "ready", "released"]
_EMPLOYEE = 1       # the rank of an employee without rights


def stage_of_role(role: str) -> str:
    """The stage that hands out accounts of `role`: Staff go with the teachers."""
    return "Teacher" if role in ("Teacher", "Staff") else role


def state(facts: Facts, stage: str) -> tuple[State, list[Finding]]:
    """Where a stage stands, and what its rules say."""
    found = find(facts, stage)
    if stage in facts.released:
        return "released", found
    return ("ready" if all(one.met for one in found) else "not ready"), found


def released(store: Any, site: str, school: str) -> dict[str, dict[str, Any]]:
    """The stages of a school that are open, with what is stored of them."""
    places = {keys.stage(site, school, stage): stage for stage in STAGES}
    return {places[key]: item.body for key, item in store.get_many(places).items()
            if item.body.get("state") == "released"}


def is_handed_out(store: Any, site: str, settings: Mapping[str, Any], account: Account) -> bool:
    """Whether somebody may sign in by now: accounts of the role are handed out in a school of theirs.

    For who belongs to no school, whether they are anywhere. Who holds a right always may; where nothing is
    staged (`hand_out` of the site), everybody.
    """
    if rank(account) > _EMPLOYEE or settings.get("hand_out", "open") != "staged":
        return True
    stage, schools = stage_of_role(account.role), _schools(store, site, account)
    if schools:
        found = store.get_many(keys.stage(site, school, stage) for school in sorted(schools)).values()
    else:
        opened = store.query(keys.settings(site).pk, prefix="STAGE#").items
        found = [item for item in opened if item.key.sk.endswith(f"#{stage}")]
    return any(item.body.get("state") == "released" for item in found)


def _schools(store: Any, site: str, account: Account) -> set[str]:
    """The schools of a person; those of a guardian are the children's too."""
    children = [child for child, link in account.students.items() if link[3] == "active"]
    items = store.get_many(keys.account(site, child) for child in children).values()
    return set(account.schools).union(*(account_of(item).schools for item in items))

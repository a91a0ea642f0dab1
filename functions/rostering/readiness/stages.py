"""The stages of a school's hand-out: teachers, then students, then guardians.

    not ready → ready → released

Only `released` is stored, with who, when, and what was overridden; the other two follow from the
rules each time somebody looks. A stage that is closed again has no item.
"""

from __future__ import annotations

from typing import Any, Literal

from rostering.readiness.facts import STAGES, Facts
from rostering.readiness.rules import Finding, find
from rostering.store import keys

State = Literal["not ready", "ready", "released"]


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

"""The part of a plan that a person approved: all of it, some schools, or some rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from rostering.diff import PEOPLE, Change
from rostering.load import paths
from rostering.load.ground import Ground
from rostering.load.plan import read_changes
from rostering.load.where import TAB_OF


@dataclass(frozen=True, slots=True)
class Part:
    """`schools` and `rows` that were approved; both empty: everything.

    A row is named as the report names it (`Students:212`) or by what it is about (`student/004512`),
    which is how one names what the delivery does not carry. Schools, terms and courses that come or
    change go with any part: the rest stands on them.
    """

    schools: frozenset[str] = frozenset()
    rows: frozenset[str] = frozenset()

    @property
    def whole(self) -> bool:
        """Whether everything was approved."""
        return not self.schools and not self.rows

    def covers(self, change: Change) -> bool:
        if self.whole:
            return True
        if change.kind in ("school", "term", "course") and change.action != "deactivate":
            return True
        school = change.key if change.kind == "school" else change.school
        return self.has(f"{change.kind}/{change.key}", school, 0 if change.rule == "absent" else change.place)

    def has(self, name: str, school: str, row: int) -> bool:
        """Whether `name` (`kind/key`) of a school, said in a row (0: in none), is in this part."""
        return self.whole or school in self.schools or name in self.rows or (
            row > 0 and f"{TAB_OF[name.partition('/')[0]]}:{row}" in self.rows)


def of(ground: Ground) -> Part:
    """The part of the load's plan that is to be applied."""
    told = ground.settled.get("part") or {}
    return Part(frozenset(told.get("schools", ())), frozenset(told.get("rows", ())))


def choose(ground: Ground, decision: dict[str, Any]) -> None:
    """Note which part a person approved, and who of the new people is therefore absent for now."""
    told = {"schools": decision.get("schools") or [], "rows": decision.get("rows") or []}
    part = Part(frozenset(told["schools"]), frozenset(told["rows"]))
    if part.whole:
        return
    absent = set(ground.absent) | {
        f"{change.kind}/{change.key}" for shard in busy_people(ground)
        for change in read_changes(ground.files, ground.site, ground.load, "people", shard)
        if change.kind in PEOPLE and change.action == "create" and not part.covers(change)}
    write_absent(ground, absent)
    ground.files.write(paths.settled(ground.site, ground.load), orjson.dumps(ground.settled | {"part": told}))


def busy_people(ground: Ground) -> list[int]:
    """The shards of people in which the plan changes something."""
    tasks = orjson.loads(ground.files.read(paths.shards(ground.site, ground.load, "busy")))
    return [task["shard"] for task in tasks if task["phase"] == "people"]


def write_absent(ground: Ground, absent: Iterable[str]) -> None:
    ground.files.write(paths.absent(ground.site, ground.load), orjson.dumps(sorted(absent)))

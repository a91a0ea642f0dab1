"""The evidence of a plan: what each shard counts for people to see and for the gate to judge, and its sum."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import orjson

from rostering import gate, snapshot
from rostering.diff import Outcome
from rostering.load.manifest import COUNTED_AS, FeedManifest
from rostering.model import COUNTED, Counts, Entity
from rostering.names import fold_name

Pair = tuple[str, str]
_NAMES = ("first_name", "last_name")
_ROWS_OF = {"student": "students", "staff": "staff", "guardian": "guardians", "section": "sections",
            "enrollment": "rosters"}


@dataclass(slots=True)
class Tally:
    """Per kind and school: what the gate judges."""

    new: int = 0
    changed: int = 0
    off: int = 0
    moved_names: int = 0
    moved_emails: int = 0


@dataclass(slots=True)
class Stats:
    """What planning one shard found, compared with the snapshot that load `ground` made.

    `new_prints` and `going_prints` are fingerprints of the people who come and go. `followers` are
    [guardian key, student key, whether the student is off] of links that bear on the guardian now.
    """

    ground: str = ""
    skipped: bool = False
    counts: dict[str, Counts] = field(default_factory=dict)
    tallies: dict[str, dict[str, Tally]] = field(default_factory=dict)
    new_prints: dict[str, list[str]] = field(default_factory=dict)
    going_prints: dict[str, list[str]] = field(default_factory=dict)
    next: snapshot.Shard = field(default_factory=snapshot.Shard)
    changes: int = 0
    followers: list[list[Any]] = field(default_factory=list)

    @classmethod
    def read(cls, data: bytes) -> Stats:
        stored = orjson.loads(data)
        return cls(stored["ground"], stored["skipped"],
                   {kind: Counts(**c) for kind, c in stored["counts"].items()},
                   {kind: {school: Tally(**t) for school, t in schools.items()}
                    for kind, schools in stored["tallies"].items()},
                   stored["new_prints"], stored["going_prints"],
                   snapshot.Shard(**stored["next"]), stored["changes"], stored["followers"])


def count(stats: Stats, outcome: Outcome) -> None:
    """Add one outcome to the counts that people see and to the tallies that the gate judges."""
    entity, change = outcome.after, outcome.change
    counts = stats.counts.setdefault(COUNTED_AS[entity.kind], Counts()) if entity.kind != "group" else Counts()
    if change is None:
        counts.unchanged += outcome.said and bool(entity.standing)      # "" has no account: nothing to be unchanged
    else:
        tally = stats.tallies.setdefault(entity.kind, {}).setdefault(change.school, Tally())
        if change.action in ("create", "reactivate"):
            counts.new += change.action == "create"
            counts.changed += change.action == "reactivate"
            tally.new += 1
            _fingerprint(stats.new_prints, entity)
        elif change.action == "deactivate":
            counts.deactivated += 1
            counts.missing += change.rule == "absent"
            tally.off += 1
            _fingerprint(stats.going_prints, entity)
        elif change.fields:
            counts.changed += 1
            tally.changed += 1
            tally.moved_names += "last_name" in change.fields
            tally.moved_emails += "email" in change.fields and None not in change.fields["email"]
        else:
            counts.unchanged += outcome.said
    if entity.kind in ("section", "group"):
        _count_pairs(stats, outcome)


def _count_pairs(stats: Stats, outcome: Outcome) -> None:
    name, kind = ("students", "rosters") if outcome.after.kind == "section" else ("members", "groups")
    counts = stats.counts.setdefault(kind, Counts())
    moved = outcome.change.members.get(name, {}) if outcome.change else {}
    school = outcome.after.fields.get("school", "") if outcome.after.fields else ""
    tally = stats.tallies.setdefault("enrollment", {}).setdefault(school, Tally()) if kind == "rosters" else Tally()
    for before, after in moved.values():
        ended = after.get("status") == "inactive"
        if before is None or before.get("status") == "inactive":
            counts.new += not ended
            tally.new += not ended
        elif ended:
            counts.deactivated += 1
            counts.missing += 1
            tally.off += 1
        else:
            counts.changed += 1
            tally.changed += 1
    counts.unchanged += outcome.same_pairs


def stand(active: dict[str, dict[str, int]], entity: Entity) -> None:
    if entity.standing in ("active", "pending"):
        fields = entity.fields or {}
        school = fields.get("school", "")
        if entity.kind == "guardian":
            school = next((p.get("school", "") for p in entity.members.get("students", {}).values()), "")
        kind = active.setdefault(entity.kind, {})
        kind[school] = kind.get(school, 0) + 1
        if entity.kind == "section":
            pairs = sum(p.get("status") == "active" for p in entity.members.get("students", {}).values())
            enrollments = active.setdefault("enrollment", {})
            enrollments[school] = enrollments.get(school, 0) + pairs


def _fingerprint(prints: dict[str, list[str]], entity: Entity) -> None:
    """Note who this is by name and birth date or email: the same person under another id (H-ID-SWAP)."""
    fields = entity.fields or {}
    second = fields.get("birth_date") or fields.get("email")
    if entity.kind in ("student", "staff") and second:
        who = "|".join([*(fold_name(fields.get(name, "")) for name in _NAMES), second.lower()])
        prints.setdefault(entity.kind, []).append(hashlib.blake2b(who.encode(), digest_size=8).hexdigest())


def counts_of(manifest: FeedManifest, stats: dict[Any, Stats]) -> dict[str, Counts]:
    counts = {kind: Counts(rows=manifest.counts.get(kind, {}).get("rows", 0),
                           problems=manifest.counts.get(kind, {}).get("problems", 0)) for kind in COUNTED}
    for found in stats.values():
        for kind, part in found.counts.items():
            for name in ("new", "changed", "unchanged", "missing", "deactivated"):
                setattr(counts[kind], name, getattr(counts[kind], name) + getattr(part, name))
    return counts


def figures_of(manifest: FeedManifest, stats: dict[Any, Stats], known: snapshot.Snapshot) -> dict[str, gate.Figures]:
    figures = {kind: gate.Figures(active=active) for kind, active in known.active().items()}
    for found in stats.values():
        for kind, schools in found.tallies.items():
            figure = figures.setdefault(kind, gate.Figures())
            for school, tally in schools.items():
                for name in ("new", "changed", "off"):
                    if number := getattr(tally, name):
                        by_school = getattr(figure, name)
                        by_school[school] = by_school.get(school, 0) + number
                figure.moved_names += tally.moved_names
                figure.moved_emails += tally.moved_emails
            figure.new_prints += found.new_prints.get(kind, [])
            figure.going_prints += found.going_prints.get(kind, [])
    for kind, counted in _ROWS_OF.items():
        if kind in figures:
            figures[kind].rows = manifest.counts.get(counted, {}).get("rows", 0)
    return figures

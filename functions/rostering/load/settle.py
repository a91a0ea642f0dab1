"""Settle a plan: all shards together. Who is who, the limits, held or approved."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict
from typing import Any

import orjson

from rostering import feed, gate, snapshot
from rostering.load import emptied, evidence, lease, part, paths, plan, progress, takeover
from rostering.load.evidence import Stats, counts_of, figures_of
from rostering.load.ground import Ground
from rostering.load.identify import Crowd, identify
from rostering.load.manifest import COUNTED_AS, FeedManifest
from rostering.load.shards import Shards
from rostering.model import Counts, Hold
from rostering.store import keys
from rostering.store.keys import Item


def settle(ground: Ground, *, limits: gate.Limits) -> dict[str, Any]:
    """`{"outcome": "moved" | "unchanged" | "approved" | "held"}`, stored with the counts and holds.

    `lists` in the answer tells how many shards (or schools) each later Map has to go through.
    "moved": another load of this source was finished meanwhile; plan again.
    """
    moves = lease.moves_of(ground.store, ground.site)
    manifest = FeedManifest.read(ground.files, ground.site, ground.load)
    body = progress.read(ground.store, ground.site, ground.load) or {}
    stats = Shards.read(ground.files, manifest)
    known = snapshot.read(ground.files, ground.site, ground.source)
    if any(found.ground != known.load for found in stats.values()):
        return {"outcome": "moved"}
    ground.store.insert(Item(keys.source(ground.site, ground.source), {"source": ground.source, "links": False}))
    _follow(ground, manifest, stats)
    busy, crowded = [], set()
    for at, found in stats.items():
        if found.changes:
            busy.append(at)
            crowded.update(found.crowded)
    pairs = evidence.pairs_of(stats.values()) if body.get("rekey") else {}
    crowd = identify(ground, manifest, [number for phase, number in busy if phase == "people"],
                     first=not known.load, pairs=pairs)
    if crowded:                # both ends of their pairs wait
        crowd.absent |= crowded
        part.write_absent(ground, crowd.absent)
    counts, figures = counts_of(manifest, stats), figures_of(manifest, stats, known)
    evidence.forget(figures, pairs)
    _move(counts, figures, crowd)
    takeover.count_places(ground, manifest, known, [number for phase, number in busy if phase == "rosters"],
                          crowd.rekeyed, crowd.absent, counts=counts, figures=figures)
    holds = _holds(manifest, figures, limits, known, busy=len(busy))
    outcome = "held" if holds else "approved" if busy else "unchanged"
    lists = _list_shards(ground, stats, busy, crowd)
    _keep(ground, crowd, counts, holds, {"ground": known.load, "moves": moves, "outcome": outcome,
                                         "crowded": sorted(crowded)})
    progress.change(ground.store, ground.site, ground.load, now=ground.now, state="planned",
                    steps={"apply": lists["busy"] + lists["going"], "credentials": lists["people"],
                           "export": lists["schools"]},
                    counts={kind: asdict(c) for kind, c in counts.items()}, questions=crowd.questions,
                    waiting=_by_school(figures, crowd), holds=[asdict(hold) for hold in holds])
    return {"outcome": outcome, "lists": lists}


def _keep(ground: Ground, crowd: Crowd, counts: dict[str, Counts], holds: list[Hold], answer: dict[str, Any]) -> None:
    """Store the gate's answer for the tasks that follow (`Ground.settled`)."""
    ground.files.write(paths.settled(ground.site, ground.load), orjson.dumps(answer | {
        "counts": {kind: asdict(c) for kind, c in counts.items()}, "holds": [asdict(hold) for hold in holds],
        "people": crowd.answered, "rekeyed": len(crowd.rekeyed)}))


def _follow(ground: Ground, manifest: FeedManifest, stats: Shards) -> None:
    """Guardians follow their students: plan those again whose students come or go. Changes `stats`."""
    off: dict[int, dict[tuple[str, str], bool]] = defaultdict(dict)
    count = len(manifest.shards["people"])
    for found in stats.values():
        for guardian, student, is_off in found.followers:
            off[feed.shard_of(guardian, count)][guardian, student] = is_off
    for shard, told in sorted(off.items()):
        stats["people", shard] = plan.plan(ground, "people", shard, told)


def _move(counts: dict[str, Counts], figures: dict[str, gate.Figures], crowd: Crowd) -> None:
    """Bring what is known of the people into the counts and the figures: links are no new people, and so on."""
    for (kind, school), moves in crowd.moves.items():
        counted = counts[COUNTED_AS[kind]]
        for name in ("new", "changed", "deactivated", "missing", "problems"):
            setattr(counted, name, getattr(counted, name) + moves[name])
        figure = figures[kind]
        for by_school, by in ((figure.new, -moves["linked"]), (figure.off, moves["deactivated"])):
            if by:
                by_school[school] = by_school.get(school, 0) + by


def _holds(manifest: FeedManifest, figures: dict[str, gate.Figures], limits: gate.Limits, known: snapshot.Snapshot, *,
           busy: int) -> list[Hold]:
    holds = gate.judge(figures, complete=manifest.is_complete, unsaid=manifest.about.get("unsaid", ()),
                       emptied=emptied.came_without(manifest.about.get("sent", {}), known),
                       rows=sum(c["rows"] for c in manifest.counts.values()),
                       rows_turned_back=sum(c["problems"] for c in manifest.counts.values()), limits=limits)
    if manifest.about.get("first") and busy:
        holds = [Hold("H-FIRST", "", "", busy, busy, "the first load of a source that started by itself"), *holds]
    if manifest.about.get("rest_of") and busy and not holds:
        holds = [Hold("H-REST", "", "", busy, busy, f"what was not approved of load {manifest.about['rest_of']}")]
    return holds


def _takes_away(found: Stats) -> bool:
    return any(tally.off for kind, schools in found.tallies.items() if kind != "enrollment"
               for tally in schools.values())


def _by_school(figures: dict[str, gate.Figures], crowd: Crowd) -> list[dict[str, Any]]:
    """`{"school", "changes"}`: how many wait in each school ("": of none); enrollments are not counted apart."""
    waiting: Counter[str] = Counter()
    for kind, figure in figures.items():
        for by_school in (figure.new, figure.changed, figure.off) if kind != "enrollment" else ():
            waiting.update(by_school)
    for (_, school), moves in crowd.moves.items():
        waiting[school] += moves["linked"]
    return [{"school": school, "changes": number} for school, number in sorted(waiting.items()) if number]


def _list_shards(ground: Ground, stats: Shards, busy: list[tuple[str, int]], crowd: Crowd) -> dict[str, int]:
    """Write the lists that the Maps of the state machine go through; gives how long each is.

    Keys that lead to accounts which something else made are claimed with the structure, before any
    shard of people or rosters asks for them.
    """
    going = [at for at in busy if _takes_away(stats[at])]
    shards = {phase: [at for at in busy if at[0] == phase] for phase in feed.PHASES} | {
        "busy": busy, "going": going}
    tasks: dict[str, list[dict[str, Any]]] = {
        name: [{"task": "deactivate" if name == "going" else "apply", "phase": phase, "shard": number}
               for phase, number in listed] for name, listed in shards.items()}
    tasks["structure"] += [{"task": "link", "phase": "people", "shard": shard} for shard in sorted(crowd.linking)]
    tasks["schools"] = [{"school": school} for school in sorted(crowd.schools)]
    for name, listed in tasks.items():
        ground.files.write(paths.shards(ground.site, ground.load, name), orjson.dumps(
            [{"site": ground.site, "load": ground.load} | task for task in listed]))
    return {name: len(listed) for name, listed in tasks.items()}

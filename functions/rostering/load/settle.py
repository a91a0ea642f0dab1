"""Settle a plan: all shards together. Usernames for the new people, the limits, held or approved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import orjson

from rostering import feed, gate, snapshot
from rostering.credentials.roll import Roll
from rostering.diff import PEOPLE, Change
from rostering.load import paths, progress
from rostering.load.evidence import Stats, counts_of, figures_of
from rostering.load.ground import Ground
from rostering.load.manifest import COUNTED_AS, FeedManifest
from rostering.load.naming import name_all, new_person
from rostering.load.plan import read_changes


def settle(ground: Ground, *, limits: gate.Limits) -> dict[str, Any]:
    """`{"outcome": "moved" | "unchanged" | "approved" | "held"}`, stored with the counts and holds.

    `lists` in the answer tells how many shards (or schools) each later Map has to go through.
    "moved": another load of this source was finished meanwhile; plan again.
    """
    manifest = FeedManifest.read(ground.files, ground.site, ground.load)
    stats = {(phase, number): Stats.read(ground.files.read(paths.stats(ground.site, ground.load, phase, number)))
             for phase in feed.PHASES for number in range(len(manifest.shards[phase]))}
    known = snapshot.read(ground.files, ground.site, ground.source)
    if any(found.ground != known.load for found in stats.values()):
        return {"outcome": "moved"}
    counts = counts_of(manifest, stats)
    busy = [at for at, found in stats.items() if found.changes]
    schools, refused = _name(ground, [number for phase, number in busy if phase == "people"],
                             first=not known.load)
    for kind, number in refused.items():
        counts[kind].new -= number
        counts[kind].problems += number
    figures = figures_of(manifest, stats, known)
    turned_back = sum(c["problems"] for c in manifest.counts.values())
    rows = sum(c["rows"] for c in manifest.counts.values())
    holds = gate.judge(figures, complete=manifest.load_type == "Complete list", rows=rows,
                       rows_turned_back=turned_back, limits=limits)
    outcome = "held" if holds else "approved" if busy else "unchanged"
    going = [at for at in busy if _takes_away(stats[at])]
    lists = _list_shards(ground, busy, going, sorted(schools))
    ground.files.write(paths.settled(ground.site, ground.load), orjson.dumps(
        {"ground": known.load, "outcome": outcome, "counts": {k: asdict(c) for k, c in counts.items()},
         "holds": [asdict(hold) for hold in holds]}))
    progress.change(ground.store, ground.site, ground.load, now=ground.now, state="planned",
                    steps={"apply": lists["busy"] + lists["going"], "credentials": lists["people"],
                           "export": lists["schools"]},
                    counts={kind: asdict(c) for kind, c in counts.items()},
                    holds=[asdict(hold) for hold in holds])
    return {"outcome": outcome, "lists": lists}


def _takes_away(found: Stats) -> bool:
    return any(tally.off for kind, schools in found.tallies.items() if kind != "enrollment"
               for tally in schools.values())


def _name(ground: Ground, shards: list[int], *, first: bool) -> tuple[set[str], dict[str, int]]:
    """Give usernames to the new people of `shards`, and refuse whom the site has no room for.

    Gives the schools that get new people, and how many of each counted kind are refused. The
    `first` load of a source looks at usernames only: it has brought no id and no email yet.
    """
    schools: set[str] = set()
    counted: dict[str, int] = {}
    with Roll() as roll:
        for shard in shards:
            for change in _new_people(ground, shard):
                schools.add(change.school)
                roll.add(new_person(shard, change, ground.account(change.kind, change.key)))
        answers = dict.fromkeys(shards, 0)
        for shard, people in name_all(ground, roll, first=first):
            refused = {one.who: asdict(one.refused) for one in people if one.refused}
            names = {one.who: one.username for one in people if not one.refused}
            for who in refused:
                kind = COUNTED_AS[who.partition("/")[0]]
                counted[kind] = counted.get(kind, 0) + 1
            _answer(ground, shard, names, refused)
            del answers[shard]
    for shard in answers:
        _answer(ground, shard, {}, {})
    return schools, counted


def _answer(ground: Ground, shard: int, names: dict[str, str], refused: dict[str, Any]) -> None:
    ground.files.write(paths.names(ground.site, ground.load, shard),
                       orjson.dumps({"names": names, "refused": refused}))


def _new_people(ground: Ground, shard: int) -> Iterator[Change]:
    for change in read_changes(ground.files, ground.site, ground.load, "people", shard):
        if change.action == "create" and change.kind in PEOPLE:
            yield change


def _list_shards(ground: Ground, busy: list[tuple[str, int]], going: list[tuple[str, int]],
                 schools: list[str]) -> dict[str, int]:
    """Write the lists that the Maps of the state machine go through; gives how long each is."""
    shards = {phase: [at for at in busy if at[0] == phase] for phase in feed.PHASES} | {
        "busy": busy, "going": going}
    tasks: dict[str, list[dict[str, Any]]] = {
        name: [{"task": "deactivate" if name == "going" else "apply", "phase": phase, "shard": number}
               for phase, number in listed] for name, listed in shards.items()}
    tasks["schools"] = [{"school": school} for school in schools]
    for name, listed in tasks.items():
        ground.files.write(paths.shards(ground.site, ground.load, name), orjson.dumps(
            [{"site": ground.site, "load": ground.load} | task for task in listed]))
    return {name: len(listed) for name, listed in tasks.items()}

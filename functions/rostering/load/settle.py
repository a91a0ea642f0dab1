"""Settle a plan: all shards together. Usernames for the new people, the limits, held or approved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import orjson

from rostering import feed, gate, snapshot
from rostering.credentials import usernames
from rostering.diff import PEOPLE, Change
from rostering.load import paths, progress, refuse
from rostering.load.evidence import Stats, counts_of, figures_of
from rostering.load.ground import Ground
from rostering.load.manifest import COUNTED_AS, FeedManifest
from rostering.load.plan import read_changes
from rostering.store import keys

_ROLES = {"student": "Student", "guardian": "Guardian"}


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
    people: list[usernames.NewPerson] = []
    rows: list[int] = []
    for shard in shards:
        for change in _new_people(ground, shard):
            people.append(new_person(shard, change))
            rows.append(change.place)
    schools = {person.key[2] for person in people}
    ours = {ground.account(*person.key[1].split("/", 1)) for person in people}
    settings = ground.store.get(keys.settings(ground.site)).body
    assigned = usernames.assign(people, lambda names: _taken(ground, names, ours),
                                school_year_end=school_year_end(ground.now),
                                templates=usernames.TEMPLATES | settings.get("username_templates", {}))
    asked = [(person, row) for person, row in zip(people, rows, strict=True) if person.username or not first]
    refused = dict(refuse.refuse(ground, asked, assigned))
    by_shard: dict[int, dict[str, Any]] = {shard: {"names": {}, "refused": {}} for shard in shards}
    counted: dict[str, int] = {}
    for at, name in assigned.items():
        shard, key, _ = at
        if at in refused:
            by_shard[shard]["refused"][key] = asdict(refused[at])
            kind = COUNTED_AS[key.partition("/")[0]]
            counted[kind] = counted.get(kind, 0) + 1
        else:
            by_shard[shard]["names"][key] = name
    for shard, answers in by_shard.items():
        ground.files.write(paths.names(ground.site, ground.load, shard), orjson.dumps(answers))
    return schools, counted


def _new_people(ground: Ground, shard: int) -> Iterator[Change]:
    for change in read_changes(ground.files, ground.site, ground.load, "people", shard):
        if change.action == "create" and change.kind in PEOPLE:
            yield change


def new_person(shard: int, change: Change) -> usernames.NewPerson:
    """What a username is made from; its key is (shard, kind and key, school)."""
    said = {name: after or "" for name, (_, after) in change.fields.items()}
    return usernames.NewPerson(
        key=(shard, f"{change.kind}/{change.key}", change.school),
        role=_ROLES.get(change.kind) or said["role"], person_id=change.key,
        first_name=said.get("first_name", ""), last_name=said.get("last_name", ""),
        grade=said.get("grade", ""), email=said.get("email", ""), username=said.get("username", ""))


def _taken(ground: Ground, names: set[str], ours: set[str]) -> set[str]:
    """Those of `names` that are claimed by anybody but the people this load makes.

    Theirs are claimed already where an earlier run of the same load was cut off.
    """
    by_key = {keys.username(ground.site, name): name for name in names}
    found = ground.store.get_many(by_key)
    return {by_key[key] for key, item in found.items() if item.body["account"] not in ours}


def school_year_end(now: str) -> int:
    """The year in which the school year of `now` ends; it turns on July 1."""
    year, month = int(now[:4]), int(now[5:7])
    return year + (month >= 7)


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



"""What a load costs on AWS's own engine: write units for each thing that is new or changes, and items a second."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.made_up import District
from tests.bench.measures import peak_mb, timed

_PEOPLE = ("student", "staff", "guardian")


def per_change(students: int) -> list[dict[str, Any]]:
    """Lines `{"what", "units", "records", "budget"}`: a first load, the same again, and two kinds of change."""
    from rostering.load import settle
    from rostering.store.memory import MemoryFiles
    from tests import loads

    first, week = ([_with_all_claims(record) for record in District(students, week).records()] for week in (0, 1))
    known = {(record.kind, record.key): record for record in first}
    people = [record for record in first if record.kind in _PEOPLE]
    sections = [record for record in first if record.kind == "section"]
    changed = [record for record in week if record.kind == "student" and (record.kind, record.key) in known
               and known[record.kind, record.key].fields != record.fields]
    moved = [record for record in week if record.kind == "enrollment"
             and ("student", record.key[1]) in known and known.get((record.kind, record.key)) != record]
    owners = [record for record in week if record.kind in ("school", "student", "section")
              and (record.kind, record.key) in known]
    with _table() as store:
        loads.site(store)
        files = MemoryFiles()

        def run(load: str, records: list[Any]) -> dict[str, float]:
            """Units by phase. People are issued their usernames with first secrets, too."""
            ground = loads.read(store, files, load, records)
            settle.settle(ground, limits=loads.gate.Limits())
            _begin(ground)
            spent = {phase: _spent(store, lambda phase=phase: _apply(ground, phase))
                     for phase in loads.feed.PHASES}
            loads.finish.finish(ground)
            return spent
        new = run("01A", first)
        again = run("01B", first)
        other = run("01C", changed)
        roster = run("01D", owners + moved)
        affected = len({record.key[0] for record in moved}) + len({record.key[1] for record in moved})
    return [
        {"what": "new person, username and first secret with it", "units": new["people"], "records": len(people),
         "budget": 6},
        {"what": "new class of 25", "units": new["rosters"], "records": len(sections), "budget": None},
        {"what": "unchanged person or class", "units": sum(again.values()), "records": len(people) + len(sections),
         "budget": 0},
        {"what": "changed person", "units": sum(other.values()), "records": len(changed), "budget": 2},
        {"what": "roster change, for each person or class it touches", "units": sum(roster.values()),
         "records": affected, "budget": 2}]


def applied(folder: Path, students: int) -> list[dict[str, Any]]:
    """Apply the planned loads in `folder` (first, the same again, next week) and issue usernames."""
    from rostering.load import progress
    from rostering.load.ground import Ground
    from tests import loads
    from tests.bench import scale
    from tests.bench.disk import DiskFiles

    lines = []
    with _table() as store:
        loads.site(store)
        for name, load in scale.LOADS.items():
            progress.create(store, scale.SITE, load, {"source": scale.SOURCE}, now=scale.NOW)
            ground = Ground.open(store, DiskFiles(folder), scale.SITE, load, now=scale.NOW)

            def work(ground: Ground = ground) -> None:
                for phase in loads.feed.PHASES:
                    _apply(ground, phase)
            before = store.units
            seconds, _ = timed(work)
            lines.append({"load": name, "students": students, "wall": seconds, "units": store.units - before,
                          "mb": peak_mb()})
    return lines


def _with_all_claims(record: Any) -> Any:
    """A student as costly as they come: with an email and a state id, which are claimed."""
    if record.kind != "student":
        return record
    return record._replace(fields=record.fields | {
        "email": f"{record.key}@students.district.example", "state_id": f"11{record.key}", "middle_name": "Luis"})


@contextmanager
def _table() -> Iterator[Any]:
    from infra.local import dynamodb_local
    from rostering.store import dynamo

    with dynamodb_local.running() as engine:
        client = engine.client(dynamo.client_settings())
        client.create_table(**dynamo.table_definition("units"))
        yield dynamo.DynamoStore(client, "units", count_units=True)


def _spent(store: Any, work: Any) -> float:
    before = store.units
    work()
    return store.units - before


def _apply(ground: Any, phase: str) -> None:
    from rostering.load import apply, issue, paths
    from tests import loads

    secrets = issue.SiteSecrets(b"p" * 32, b"k" * 32)
    for task in loads._tasks(ground, phase):
        if task["task"] != "apply":
            continue
        apply.apply(ground, phase, task["shard"])
        if phase == "people" and ground.files.exists(
                paths.names(ground.site, ground.load, task["shard"])):
            issue.issue(ground, task["shard"], secrets=secrets)


def _begin(ground: Any) -> None:
    """Take the site's lease and approve the whole plan."""
    import orjson

    from rostering.load import lease, part, paths

    settled = orjson.loads(ground.files.read(paths.settled(ground.site, ground.load)))
    assert lease.begin(ground, planned_on=settled["ground"], moves=settled["moves"]) == {"outcome": "started"}
    part.choose(ground, {})

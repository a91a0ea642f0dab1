"""Runs the cases, each alone, and writes the table."""

from __future__ import annotations

import pickle
import random
import tempfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.prove import child, doors
from tests.prove.hostile import Case, oneroster, spreadsheets, web, zones
from tests.prove.results import Section

SECONDS, MB = 2.0, 150.0
DOORS: dict[str, Callable[[], Any]] = {
    "spreadsheet": doors.Sheets,
    "SIF": doors.Zones,
    "body of an answer": doors.Bodies,
    "OneRoster bundle": doors.Bundles,
    "OneRoster JSON": doors.Districts,
    "webhook": doors.Hooks,
    "token": doors.Tokens,
    "key of a drop": doors.Keys,
    "address": doors.Addresses,
}


@dataclass
class Tally:
    """What the cases of one family came to."""

    cases: int = 0
    seconds: float = 0.0
    wall: float = 0.0
    mb: float = 0.0
    worst: str = ""
    kinds: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    codes: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    threats: set[str] = field(default_factory=set)


@cache
def door(family: str) -> Any:
    return DOORS[family]()


def all_cases(canary: str) -> list[Case]:
    return [*spreadsheets.cases(canary), *zones.cases(canary), *oneroster.cases(), *web.cases(canary)]


def one(case: Case) -> tuple[child.Measured, list[str]]:
    """Run a case alone; what was measured, and what is wrong with how it ended."""
    entry = door(case.family)
    enter = getattr(entry, case.method)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "input")
        made = child.alone(lambda: file.write_bytes(pickle.dumps(case.make())))
        if made.error:
            return made, [f"could not be made: {made.error}"]
        held: dict[str, Any] = {}

        def warm() -> None:
            held.update(pickle.loads(file.read_bytes()))  # noqa: S301 (written a moment ago by ourselves)

        measured = child.alone(lambda: asdict(enter(**held)), warm=warm)
    if measured.error:
        return measured, [measured.error]
    ended = measured.result
    wrong = []
    if not case.allows(ended["kind"], tuple(ended["codes"])):
        wrong.append(f"ended as {ended['kind']} {' '.join(ended['codes'])}, not {case.ends}")
    if unknown := set(ended["codes"]) - doors.listed() - {"connects", "waiting", "again"}:
        wrong.append(f"codes that are not listed: {', '.join(sorted(unknown))}")
    if ended["changed"] and ended["kind"] in ("refused", "held"):
        wrong.append(f"changed what stands, though {ended['kind']}")
    if measured.ways_out and case.family != "address":
        wrong.append(f"wanted out: {', '.join(measured.ways_out)}")
    if measured.seconds > SECONDS:
        wrong.append(f"{measured.seconds:.1f} s")
    if measured.mb > MB:
        wrong.append(f"{measured.mb:.0f} MB")
    return measured, wrong


def run(
    *, command: str, seed: int = 1, long: bool = False, short: int = 0, families: frozenset[str] = frozenset()
) -> Section:
    """All cases, or `short` of them, drawn by `seed`. A long run is the same."""
    canary = child.Canary()
    tallies: dict[str, Tally] = defaultdict(Tally)
    wrong: list[tuple[Case, list[str]]] = []
    cases = [case for case in all_cases(canary.url) if not families or case.family in families]
    if short:
        cases = random.Random(seed).sample(cases, short)
    for number, case in enumerate(cases):
        if number % 200 == 0:
            print(f"{number:,} of {len(cases):,} cases", flush=True)
        measured, problems = one(case)
        tally = tallies[case.family]
        tally.cases += 1
        tally.threats.add(case.threat)
        tally.wall = max(tally.wall, measured.wall)
        if measured.seconds > tally.seconds:
            tally.seconds, tally.worst = measured.seconds, case.name
        tally.mb = max(tally.mb, measured.mb)
        if measured.result:
            tally.kinds[measured.result["kind"]] += 1
            for code in measured.result["codes"]:
                tally.codes[code] += 1
        if problems:
            wrong.append((case, problems))
            print(f"{case.family}: {case.threat}: {case.name}: {'; '.join(problems)}", flush=True)
    visits = canary.visits()
    canary.close()
    return _section(command, tallies, wrong, visits)


def _section(command: str, tallies: dict[str, Tally], wrong: list[tuple[Case, list[str]]], visits: int) -> Section:
    section = Section("hostile", "Hostile inputs", command)
    count = sum(tally.cases for tally in tallies.values())
    threats = sum(len(tally.threats) for tally in tallies.values())
    section.promise(
        "every hostile input ends as the table of threats says",
        "100 %",
        f"{count - len(wrong):,} of {count:,} cases of {threats} threats",
        not wrong,
    )
    seconds, mb = (
        max((getattr(tally, name) for tally in tallies.values()), default=0.0) for name in ("seconds", "mb")
    )
    section.promise("processor time of each", "< 2 s", f"worst {seconds:.2f} s", seconds <= SECONDS)
    section.promise("memory of each beyond the prepared process", "< 150 MB", f"worst {mb:.0f} MB", mb <= MB)
    section.promise(
        "connections opened", "0", f"{visits} at the canary, every other way out refused and counted", visits == 0
    )
    section.table(
        ("family", "entry", "threats", "cases", "worst s (processor / clock)", "worst MB", "ended as"),
        (
            (
                family,
                DOORS[family].name,
                len(t.threats),
                t.cases,
                f"{t.seconds:.2f} / {t.wall:.2f} ({t.worst})",
                f"{t.mb:.0f}",
                ", ".join(f"{kind} {number}" for kind, number in sorted(t.kinds.items())),
            )
            for family, t in tallies.items()
        ),
    )
    section.table(
        ("family", "codes seen"),
        (
            (family, ", ".join(f"{code} {number}" for code, number in sorted(t.codes.items())))
            for family, t in tallies.items()
        ),
    )
    if wrong:
        section.texts.append("Not as promised:\n")
        section.table(
            ("family", "threat", "case", "what"),
            ((case.family, case.threat, case.name, "; ".join(problems)) for case, problems in wrong),
        )
    return section

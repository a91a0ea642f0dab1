"""What the bench measures, what that costs on AWS, and what breaks first when a district is ten times as big.

Figures are `tests.bench`'s, run here. Costs are a model: measured write units and seconds times list prices.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.bench.growth import ENGINE
from tests.prove.results import FILE, Section

BENCH = Path("build/bench")
PLOT = FILE.with_name("scale.png")
STUDENTS, LONG_STUDENTS = (1_000, 10_000), (1_000, 10_000, 100_000, 1_000_000)
MOST_APPLIED = 100_000  # students of a district that is applied on DynamoDB Local, too
SHORT_APPLIED = 1_000

# AWS's public on-demand list prices, us-east-1, USD, as known in November 2026: to be checked before anybody
# relies on them.
WRITE_UNIT = 0.625 / 1_000_000  # DynamoDB on demand, per write request unit
READ_UNIT = 0.125 / 1_000_000
TABLE_GB_MONTH = 0.25 + 0.20  # storage, and point-in-time recovery
LAMBDA_GB_SECOND = 0.0000133334  # arm64
LAMBDA_REQUEST = 0.20 / 1_000_000
TRANSITION = 0.025 / 1_000  # Step Functions, standard
S3_PUT, S3_GET, S3_GB_MONTH = 0.005 / 1_000, 0.0004 / 1_000, 0.023
HTTP_REQUEST = 1.00 / 1_000_000  # API Gateway, HTTP API
LOG_GB = 0.50
KEYS_ALARMS_SECRETS = 3 * 1.00 + 6 * 0.10 + 2 * 0.40  # a month, however many districts there are

# A district, for each of its students (the generator's), and its month.
STAFF, GUARDIANS, SECTIONS, ENROLLMENTS = 0.07, 1.2, 0.25, 6.0
NIGHTS = 22
NEW, CHANGED, MOVED = 0.001, 0.005, 0.01  # people new, changed; roster ends touched, each night
REQUESTS, READS = 20, 6  # to the API for each student and month; read units of one
MEMORY_GB = 1.769  # of a task
STAGES = 3  # reading, planning, applying go over every row
KB_PERSON = 3.0  # an account with its claims, sign-in and history


def run(*, command: str, seed: int = 1, long: bool = False, students: list[int] | None = None) -> Section:
    section = Section("scale", "Scale and cost", command)
    sizes = students or list(LONG_STUDENTS if long else STUDENTS)
    applied = [size for size in sizes if size <= (MOST_APPLIED if long else SHORT_APPLIED)]
    words = ["--only", "scale", "units", "--engine", *map(str, applied), "--students", *map(str, sizes)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        section.promise(
            "rows a second, memory, write units", "measured", "the bench failed", False, done.stderr[-300:]
        )
        return section
    lines = list(csv.DictReader((BENCH / "results.csv").open()))
    _sizes(section, sizes, applied)
    for line in lines:
        if line["budget"]:
            section.promise(line["measure"], line["budget"], line["value"], line["held"] != "NO")
    section.table(("measure", "value"), ((line["measure"], line["value"]) for line in lines if not line["budget"]))
    grown = list(csv.DictReader((BENCH / "scale.csv").open()))
    computed = [line for line in grown if line["task"] != ENGINE]
    _growth(section, computed)
    shutil.copy(BENCH / "scale.png", PLOT)
    section.texts.append(f"![rows against seconds and memory]({PLOT.name})\n")
    units = {
        line["measure"].removeprefix("write units, ").rsplit(" (", 1)[0]: float(line["value"])
        for line in lines
        if line["measure"].startswith("write units, ")
    }
    _costs(section, units, rate(computed))
    section.texts.append(ON_PAPER)
    return section


def _sizes(section: Section, sizes: list[int], applied: list[int]) -> None:
    missing = [
        *(f"{size:,} planned" for size in LONG_STUDENTS if size not in sizes),
        *(f"{size:,} applied" for size in LONG_STUDENTS if size <= MOST_APPLIED and size not in applied),
    ]
    section.promise(
        "districts planned from 1,000 to 1 M students, applied on DynamoDB Local from 1,000 to 100,000",
        "each size",
        f"planned {', '.join(f'{size:,}' for size in sizes)}; applied {', '.join(f'{size:,}' for size in applied)}",
        True,
        f"not {', '.join(missing)}: --long" if missing else "",
    )


def _growth(section: Section, lines: list[dict[str, Any]]) -> None:
    """Seconds and memory of each size next to the one before: what grows faster than the work is a defect."""
    totals: dict[tuple[str, int], list[float]] = {}
    for line in lines:
        seen = totals.setdefault((line["load"], int(line["students"])), [0.0, 0.0, float(line["rows"] or 0)])
        seen[0] += float(line["seconds"])
        seen[1] = max(seen[1], float(line["mb"]))
    section.table(
        ("load", "students", "rows", "seconds of all tasks", "rows a second", "most MB of a task"),
        (
            (
                load,
                f"{students:,}",
                f"{rows:,.0f}",
                f"{seconds:.1f}",
                f"{rows / max(seconds, 0.001):,.0f}",
                f"{mb:.0f}",
            )
            for (load, students), (seconds, mb, rows) in sorted(totals.items())
        ),
    )


def rate(lines: list[dict[str, Any]]) -> float:
    """Rows a second of a first load, all tasks together, of the biggest district measured."""
    first = [line for line in lines if line["load"] == "first load"]
    most = max(int(line["students"]) for line in first)
    of = [line for line in first if int(line["students"]) == most]
    return max(float(line["rows"] or 0) for line in of) / sum(float(line["seconds"]) for line in of)


def month(students: int, units: dict[str, float], rows_per_second: float) -> dict[str, float]:
    """USD of a district's first load, and of each month after it, by service."""
    people = students * (1 + STAFF + GUARDIANS)
    sections = students * SECTIONS
    rows = people + sections + students * (ENROLLMENTS + GUARDIANS)
    new, changed, class_, roster = (
        next(value for name, value in units.items() if name.startswith(what))
        for what in ("new person", "changed person", "new class", "roster change")
    )
    shards = max(3.0, rows / 5_000)
    transitions = 40 + 4 * shards
    load_seconds = rows / rows_per_second + 1.0 * shards
    nightly_units = people * (NEW * new + CHANGED * changed) + (students + sections) * MOVED * roster
    compute = load_seconds * MEMORY_GB * LAMBDA_GB_SECOND + STAGES * shards * LAMBDA_REQUEST
    return {
        "first load": (people * new + sections * class_) * WRITE_UNIT + compute + transitions * TRANSITION,
        "writes": NIGHTS * nightly_units * WRITE_UNIT,
        "compute": NIGHTS * compute,
        "workflow": NIGHTS * transitions * TRANSITION,
        "API": students
        * REQUESTS
        * (HTTP_REQUEST + LAMBDA_REQUEST + 0.05 * 0.5 * LAMBDA_GB_SECOND + READS * READ_UNIT),
        "table": people * KB_PERSON / 1_048_576 * TABLE_GB_MONTH,
        "files": NIGHTS * (8 * shards * S3_PUT + 16 * shards * S3_GET)
        + NIGHTS * rows * 0.2 / 1_048_576 * S3_GB_MONTH,
        "logs": (NIGHTS * 6 * shards + students * REQUESTS) * 0.5 / 1_048_576 * LOG_GB,
        "keys, alarms, secrets": KEYS_ALARMS_SECRETS,
    }


def _costs(section: Section, units: dict[str, float], rows_per_second: float) -> None:
    sizes = (1_000, 10_000, 100_000, 1_000_000)
    found = {size: month(size, units, rows_per_second) for size in sizes}
    rows = [(name, *(f"{found[size][name]:,.2f}" for size in sizes)) for name in found[1_000]]
    total = ("a month after it", *(f"{sum(found[size].values()) - found[size]['first load']:,.2f}" for size in sizes))
    each = (
        "a student and year",
        *(f"{12 * (sum(found[size].values()) - found[size]['first load']) / size:,.4f}" for size in sizes),
    )
    section.texts.append(
        "Cost of a district on AWS, in USD. A model of list prices (us-east-1, on demand, as known in November 2026, "
        "without free tier; to be checked), not a bill: `tests/prove/scale.py` holds every price and assumption by "
        "name.\n\n"
        "    first load = (people x units of a new one + classes x units of a class) x price of a write unit\n"
        "                 + seconds x GB x price of a GB-second + transitions x price of one\n"
        f"    night      = the same with {NEW:.1%} of people new, {CHANGED:.1%} changed, {MOVED:.0%} of rosters "
        "touched\n"
        f"    month      = {NIGHTS} nights + API ({REQUESTS} requests a student) + table and files by size + keys and "
        "alarms\n\n"
        f"Measured here and put in: {', '.join(f'{name} {value:.2f} units' for name, value in units.items())}; "
        f"{rows_per_second:,.0f} rows a second in one task.\n"
    )
    section.table(("USD", *(f"{size:,} students" for size in sizes)), [*rows, total, each])


ON_PAPER = """**What breaks first (on paper, not measured).**

At 1 M students in one site (8 M rows; the largest US district has about 0.9 M):

- Sheets end before: 200,000 rows in a tab and 20 MB are the limit, so such a district comes by SIF or OneRoster, or
  by school.
- `Gate` is one task that sees every shard's statistics and every new person's name; its memory grows with the new
  people of a load. A first load of 2 M people is where 15 minutes and 1.8 GB come into sight; later loads carry changes
  only.
  The template's change: `MemorySize` of `SyncSteps` from 1,769 to 10,240; beyond it, usernames have to be settled by
  shard.
- A Distributed Map at `MaxConcurrency` 40 writes 40 x about 700 units a second, 28,000: a new on-demand table takes
  4,000 a second until it has grown. `WarmThroughput` on the table before the first load, or `MaxConcurrency` 8 for
  it.
- The listing of one school is one partition of the index: 1,000 writes a second. Shards are by hash of the key, so
  the writers of one school are many and the rate of one school small, unless the site has few and huge schools.
- A pull of a zone or district runs alone, one message or page after the other: 8 M rows are hours. It resumes at
  each visit; the nightly full request becomes a weekly one (`full` of the zone).

At 10 M students (hundreds of sites):

- Sites share nothing but the table, the queues and the account's limits. First to break are those of the account:
  1,000 concurrent Lambda invocations (raise to 5,000; reserved concurrency for sign-in in the template), 40,000
  write units a second of a table (raise), 1,300 state transitions a second at first (raise).
- At 7:40 on the first school day everybody signs in: argon2id is 27 ms of a whole processor; 10 M sign-ins in 20
  minutes are 8,300 a second, 225 processors for hashing alone, and as many requests of HTTP APIs (10,000 a second
  an account). First secrets are MACs and cost nothing: the first day is the cheap one.
- One table's blast radius: then a cell (stack) for every some hundred sites, by a site's name. The template is such
  a cell already; what is missing is the router in front of it.
"""

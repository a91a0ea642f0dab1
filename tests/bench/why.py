"""How long it takes to say why: a made-up district loaded in process, then a few hundred questions of every kind.

The store is in memory and the files on disk, so what is measured is our own time; the requests that a
question costs are counted beside it. Half of the questions are about people and classes that are there.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from tests.bench import made_up
from tests.bench.disk import DiskFiles
from tests.bench.measures import peak_mb

_LOAD, _NOW, _LATER = "01A", "2026-11-23T07:40:00.000Z", "2026-11-23T11:40:00.000Z"
_TURNED_BACK = 1_000      # rows, as after a bad export


def answers(students: int, questions: int, folder: Path) -> list[dict[str, Any]]:
    """Lines `{"what", "questions", "median", "p95", "most", "requests", "most_requests"}`, all together first."""
    from rostering.access.roles import WHOLE_SITE, Actor
    from rostering.store.memory import MemoryStore
    from rostering.why.answer import answer
    from rostering.why.case import Case
    from tests import loads

    shutil.rmtree(folder, ignore_errors=True)
    store, files = MemoryStore(), DiskFiles(folder)
    loads.site(store)
    district = made_up.District(students)
    began = time.perf_counter()
    _load(store, files, district)
    loaded = time.perf_counter() - began
    actor = Actor(loads.SITE, "admin", "Staff", {"admin": frozenset({WHOLE_SITE})})
    found: dict[str, list[tuple[float, int]]] = {}
    outcomes: set[str] = set()
    for what, question in _questions(district, questions):
        case = Case(store, files, actor, question, now=_LATER)
        began = time.perf_counter()
        outcomes.add(answer(case).outcome)
        found.setdefault(what, []).append((time.perf_counter() - began, case.reads.count))
    every = [one for each in found.values() for one in each]
    shutil.rmtree(folder)
    return [_line("all", every) | {"loaded": loaded, "mb": peak_mb(), "outcomes": len(outcomes)},
            *(_line(what, each) for what, each in sorted(found.items()))]


def _load(store: Any, files: Any, district: made_up.District) -> None:
    """The first load, task by task; some rows of it were turned back by the reader."""
    from rostering import feed, gate
    from rostering.load import deliver, plan, progress, settle, turned
    from rostering.load.ground import Ground
    from rostering.sheet.turned import Row
    from tests import loads

    progress.create(store, loads.SITE, _LOAD, {"source": "sheet"}, now=_NOW)
    manifest = deliver.deliver(files, loads.SITE, _LOAD, source="sheet", load_type="Add and update",
                               today=_NOW[:10], records=district.records(), counts=district.counts())
    turned.write(files, loads.SITE, _LOAD, (
        Row("student", f"bad{number}", "Students", number + 2, f"bad{number % 50}|ana", "0010",
            [("R-DATE", "Birth Date")]) for number in range(_TURNED_BACK)))
    ground = Ground.open(store, files, loads.SITE, _LOAD, now=_NOW)
    for phase in feed.PHASES:
        for shard in range(len(manifest.shards[phase])):
            plan.plan(ground, phase, shard)
    settle.settle(ground, limits=gate.Limits())
    loads.write(ground)


def _questions(district: made_up.District, count: int) -> Iterator[tuple[str, Any]]:
    """What a helpdesk asks, in a mixed order; the same district is asked the same."""
    from rostering.why.question import Question

    random = Random(7)
    for number in range(count):
        student = random.randrange(district.students)
        key, school = made_up.student_key(student), made_up.school_key(made_up.school_of(student, district.students))
        first, last = made_up.name_of("student", student)
        section = made_up.section_key(made_up.school_of(student, district.students), 0, student % 20)
        absent, bad = f"9{random.randrange(10**6):06}", f"bad{random.randrange(_TURNED_BACK)}"
        asked = {
            "a student, by id": Question("user_missing", key),
            "nobody, by id": Question("user_missing", absent, role="Student"),
            "a row that was turned back": Question("user_missing", bad),
            "a student, by name and school": Question("user_missing", f"{first} {last}", school=school, role="Student"),
            "a student, by name alone": Question("user_missing", f"{first} {last}"),
            "nobody, by name alone": Question("user_missing", "Zebedee Quux"),
            "an employee's email": Question("email_missing", f"t{student % 1000:06}@district.example"),
            "a student in a class": Question("enrollment_missing", key, class_=section),
            "a student in a class, by names": Question("enrollment_missing", f"{last}, {first}", class_=section,
                                                       school=school),
            "a class": Question("class_missing", class_=section), "no class": Question("class_missing", class_=absent),
            "a guardian": Question("guardian_link_missing", f"g{student:07}0", student=key),
            "signing in": Question("cannot_log_in", key), "a value": Question("wrong_value", key, field="grade"),
        }
        what = list(asked)[number % len(asked)]
        yield what, asked[what]


def _line(what: str, each: list[tuple[float, int]]) -> dict[str, Any]:
    seconds, requests = sorted(one[0] for one in each), sorted(one[1] for one in each)
    return {"what": what, "questions": len(each), "median": seconds[len(each) // 2],
            "p95": seconds[min(len(each) - 1, len(each) * 95 // 100)], "most": seconds[-1],
            "requests": requests[len(each) // 2], "most_requests": requests[-1]}

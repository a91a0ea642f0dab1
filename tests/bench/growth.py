"""Runs the measures of `scale` for districts of several sizes, writes them as a table and plots how they grow."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.bench import scale, units

TASKS = ("deliver", "plan", "settle", "apply", "finish")
LIMIT_MB = 512
ENGINE = "on DynamoDB Local"
_COLUMNS = ("students", "rows", "load", "task", "seconds", "mb", "shards", "skipped", "items", "outcome")


def measure(students: int, folder: Path, alone: Callable[..., dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """One line for each task of each load; `alone` runs a measure in a process of its own.

    Applying writes to a store that keeps nothing, which only a first load can do: `units.applied`
    measures it on the engine. The plans stay in `folder`.
    """
    shutil.rmtree(folder, ignore_errors=True)
    rows = 0
    for load, name in scale.LOADS.items():
        given = {"deliver": (folder, students, scale.WEEKS[load], name)}
        for task in TASKS:
            if task != "apply" or name == "01A":
                found = alone(getattr(scale, task), *given.get(task, (folder, name)))
                rows = found.get("rows", rows)
                yield {"students": students, "load": load, "task": task, "rows": rows} | found


def on_engine(students: int, folder: Path, alone: Callable[..., list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Applying the plans in `folder` on DynamoDB Local, one line for each load; its seconds are of the clock."""
    return [{"students": students, "task": ENGINE, "seconds": found["wall"]} | found
            for found in alone(units.applied, folder, students)]


def write(lines: list[dict[str, Any]], path: Path) -> None:
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, _COLUMNS, extrasaction="ignore")
        table.writeheader()
        table.writerows({name: round(value, 3) if isinstance(value, float) else value
                         for name, value in line.items()} for line in lines)


def plot(lines: list[dict[str, Any]], path: Path) -> None:
    """Rows against seconds of each load and against the memory of each task."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.5))
    for load in scale.LOADS:
        points = _sums(line for line in lines if line["load"] == load and line["task"] not in ("apply", ENGINE))
        left.loglog(*zip(*points, strict=True), "o-", label=load)
        if load == "first load":
            least, seconds = points[0]
            left.loglog([row for row, _ in points], [seconds * row / least for row, _ in points], "--",
                        color="gray", label="in proportion")
    applied = _sums(line for line in lines if line["load"] == "first load" and line["task"] == ENGINE)
    if applied:
        left.loglog(*zip(*applied, strict=True), "s-", label=f"first load, applied {ENGINE} (of the clock)")
    left.set(xlabel="rows", ylabel="seconds of computing: deliver, plan, settle, finish")
    for task in (*TASKS, ENGINE):
        most: dict[int, float] = {}
        for line in lines:
            if line["task"] == task:
                most[line["students"]] = max(most.get(line["students"], 0), line["mb"])
        if most:
            right.semilogx(list(most), list(most.values()), "o-", label=task)
    right.axhline(LIMIT_MB, color="gray", linestyle="--", label="limit of a task")
    right.set(xlabel="students", ylabel="MB at the most, process and all", ylim=(0, 560))
    left.legend(fontsize=8, loc="lower right")
    right.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def _sums(lines: Iterator[dict[str, Any]]) -> list[tuple[int, float]]:
    rows: dict[int, int] = {}
    seconds: dict[int, float] = {}
    for line in lines:
        rows[line["students"]] = max(rows.get(line["students"], 0), line["rows"])
        seconds[line["students"]] = seconds.get(line["students"], 0.0) + line["seconds"]
    return sorted((rows[students], seconds[students]) for students in rows)

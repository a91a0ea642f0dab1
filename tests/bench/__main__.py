"""Runs the measures, prints them next to their budgets, and plots rows against time and memory."""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tests.bench import measures

OUT = Path("build/bench")


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.bench")
    options.add_argument("--students", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    options.add_argument("--cloud", type=int, default=10_000, help="students of the first load on the local cloud")
    options.add_argument("--only", nargs="*", choices=["reader", "load", "scale", "apply", "imports", "cloud"])
    asked = options.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    bench = Bench()
    parts = {"reader": lambda: bench.reader(10_000), "load": lambda: bench.load(10_000),
             "scale": lambda: bench.scale(asked.students), "apply": lambda: bench.apply(2_000),
             "imports": bench.imports, "cloud": lambda: bench.cloud(asked.cloud)}
    for name, part in parts.items():
        if not asked.only or name in asked.only:
            part()
    with (OUT / "results.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("measure", "value", "budget", "held"), *bench.lines])
    print(f"\nWritten: {OUT / 'results.csv'}" + (f", {OUT / 'scale.png'}" if (OUT / "scale.png").exists() else ""))


class Bench:
    """Collects the lines of the table."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, str, str]] = []

    def line(self, measure: str, value: str, budget: str = "", held: bool | None = None) -> None:
        said = "" if held is None else "yes" if held else "NO"
        self.lines.append((measure, value, budget, said))
        print(f"{measure:<58} {value:>24}   {budget:<22} {said}", flush=True)

    def reader(self, students: int) -> None:
        sheets = {"plain sheet": (sheets_of(students)[0], 8.0),
                  "any sheet": (alone(measures.make_any, students, OUT), 1.7)}
        for name, (path, budget) in sheets.items():
            anchor, ours = alone(measures.openpyxl_rows, path), alone(measures.checked_rows, path)
            ratio = (ours["rows"] / ours["seconds"]) / (anchor["rows"] / anchor["seconds"])
            self.line(f"read and check, {name}, rows/s", f"{ours['rows'] / ours['seconds']:,.0f}")
            self.line(f"read and check, {name}, against openpyxl", f"{ratio:.1f} x", f">= {budget} x", ratio >= budget)
            self.line(f"read and check, {name}, peak memory", f"{ours['mb']:.0f} MB", "<= 200 MB", ours["mb"] <= 200)

    def load(self, students: int) -> None:
        found = alone(measures.in_process, sheets_of(students))
        rate = found["unchanged_rows_per_second"]
        self.line(f"unchanged load of {found['rows']:,} rows, rows/s after reading", f"{rate:,.0f}",
                  ">= 40,000", rate >= 40_000)
        self.line("unchanged load, write units (the load's own item and audit)", str(found["unchanged_units"]),
                  "0 for accounts")
        self.line("first load, write units per account, rosters included", str(found["units_per_account"]))

    def scale(self, sizes: list[int]) -> None:
        points = []
        for students in sizes:
            found = alone(measures.shard_memory, sheets_of(students))
            seconds = found["read_and_deliver_seconds"] + found["plan_seconds"]
            points.append((found["rows"], seconds, found["deliver_mb"], found["plan_mb"]))
            self.line(f"{students:,} students: read, deliver and plan {found['rows']:,} rows", f"{seconds:.1f} s")
            self.line(f"{students:,} students: peak memory of reading / with planning",
                      f"{found['deliver_mb']:.0f} / {found['plan_mb']:.0f} MB", "<= 512 MB",
                      max(found["deliver_mb"], found["plan_mb"]) <= 512)
        plot(points)

    def apply(self, students: int) -> None:
        found = alone(measures.applying, sheets_of(students))
        self.line("apply on DynamoDB Local, items/s", f"{found['items_per_second']:,.0f}")
        self.line("apply against a bare BatchWriteItem loop", f"{found['ratio']:.2f} x", ">= 0.6 x",
                  found["ratio"] >= 0.6)

    def imports(self) -> None:
        found = measures.import_times()
        anchor = found.pop("anchor")
        for name, seconds in found.items():
            self.line(f"import of {name}, against boto3 + pydantic", f"{seconds / anchor:.2f} x", "<= 1.5 x",
                      seconds <= 1.5 * anchor)

    def cloud(self, students: int) -> None:
        """The first load on the local cloud, through the command line."""
        import os

        home = OUT / "home"
        shutil.rmtree(home, ignore_errors=True)
        environment = os.environ | {"ROLLBOOK_HOME": str(home.resolve())}

        def rollbook(*words: str) -> Any:
            done = subprocess.run([sys.executable, "-m", "cli.main", *words, "--json"], env=environment,
                                  capture_output=True, text=True, check=False)
            return json.loads(done.stdout) if done.stdout.strip().startswith("{") else done.stderr
        subprocess.run([sys.executable, "-m", "cli.main", "local", "up", "--background"], env=environment,
                       check=True, capture_output=True)
        try:
            path = sheets_of(students)[0]
            began = time.perf_counter()
            load = rollbook("load", str(path), "--site", "demo", "--yes")
            seconds = time.perf_counter() - began
        finally:
            subprocess.run([sys.executable, "-m", "cli.main", "local", "down"], env=environment, check=True,
                           capture_output=True)
        users = sum(load["counts"][kind]["new"] for kind in ("students", "staff", "guardians"))
        rows = sum(counts["rows"] for counts in load["counts"].values())
        stages = ", ".join(f"{name} {spent:.1f}" for name, spent in load["seconds"].items())
        self.line(f"first load on the local cloud, {users:,} users", f"{seconds:.1f} s")
        self.line("first load on the local cloud, seconds by stage", stages)
        for what, rate, budget in (("users/s", users / seconds, 560), ("rows/s", rows / seconds, 3_920)):
            self.line(f"first load on the local cloud, {what}", f"{rate:,.0f}", f">= {budget:,}", rate >= budget)


def sheets_of(students: int) -> list[Path]:
    return alone(measures.make_sheets, students, OUT)


def alone(measure: Callable[..., Any], *given: Any) -> Any:
    """Run a measure in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure, *given).result()


def plot(points: list[tuple[float, ...]]) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4))
    rows = [point[0] for point in points]
    left.loglog(rows, [point[1] for point in points], "o-", label="read, deliver, plan")
    left.loglog(rows, [points[0][1] * row / rows[0] for row in rows], "--", color="gray", label="in proportion")
    left.set(xlabel="rows", ylabel="seconds")
    right.semilogx(rows, [point[2] for point in points], "o-", label="reading a file")
    right.semilogx(rows, [point[3] for point in points], "o-", label="with planning, shard by shard")
    right.axhline(512, color="gray", linestyle="--", label="limit of a task")
    right.set(xlabel="rows", ylabel="MB", ylim=(0, 560))
    left.legend()
    right.legend()
    figure.tight_layout()
    figure.savefig(OUT / "scale.png", dpi=110)


if __name__ == "__main__":
    main()

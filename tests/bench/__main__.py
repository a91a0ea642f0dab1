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
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tests.bench import api, checks, gg4l, growth, handing, measures, units, why, zones

OUT = Path("build/bench")


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.bench")
    options.add_argument("--students", type=int, nargs="+", default=[1_000, 10_000, 100_000],
                         help="sizes of districts; 1000000 takes 20 minutes and 8 GB of disk")
    options.add_argument("--sheets", type=int, nargs="+", default=[1_000, 10_000], help="districts read from sheets")
    options.add_argument("--engine", type=int, nargs="*", default=[1_000, 10_000],
                         help="sizes of those that are applied on DynamoDB Local, too")
    options.add_argument("--cloud", type=int, default=10_000, help="students of the first load on the local cloud")
    options.add_argument("--only", nargs="*", choices=[
        "reader", "load", "sheets", "scale", "units", "apply", "zones", "gg4l", "checks", "handing", "imports", "cloud",
        "api", "why"])
    options.add_argument("--questions", type=int, default=700, help="questions why, of every kind")
    options.add_argument("--districts", type=int, nargs="+", default=[2_000, 22_000],
                         help="students of districts at GG4L; 48000 have 300,000 enrollments")
    options.add_argument("--zones", type=int, nargs="+", default=[1_000, 10_000], help="students of SIF zones")
    asked = options.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    bench = Bench()
    parts = {"reader": lambda: bench.reader(10_000), "load": lambda: bench.load(10_000),
             "sheets": lambda: bench.sheets(asked.sheets), "units": lambda: bench.units(1_000),
             "scale": lambda: bench.scale(asked.students, set(asked.engine)), "apply": lambda: bench.apply(2_000),
             "zones": lambda: bench.zones(asked.zones), "gg4l": lambda: bench.gg4l(asked.districts),
             "checks": bench.checks, "handing": lambda: bench.handing(2_000, 5_000), "imports": bench.imports,
             "cloud": lambda: bench.cloud(asked.cloud), "api": bench.api,
             "why": lambda: bench.why(asked.students, asked.questions)}
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

    def sheets(self, sizes: list[int]) -> None:
        for students in sizes:
            found = alone(measures.shard_memory, sheets_of(students))
            seconds = found["read_and_deliver_seconds"] + found["plan_seconds"]
            self.line(f"{students:,} students: read, deliver and plan {found['rows']:,} rows", f"{seconds:.1f} s")
            self.line(f"{students:,} students: peak memory of reading / with planning",
                      f"{found['deliver_mb']:.0f} / {found['plan_mb']:.0f} MB", "<= 512 MB",
                      max(found["deliver_mb"], found["plan_mb"]) <= 512)

    def scale(self, sizes: list[int], on_engine: set[int]) -> None:
        lines: list[dict[str, Any]] = []
        for students in sizes:
            folder = OUT / f"district-{students}"
            for line in growth.measure(students, folder, alone):
                lines.append(line)
                rate = f"{line['rows'] / max(line['seconds'], 0.001):,.0f} rows/s, {line['mb']:.0f} MB"
                skipped = f", {line['skipped']} of {line['shards']} shards skipped" if line["task"] == "plan" else ""
                self.line(f"{students:,} students, {line['load']}: {line['task']}{skipped}", rate,
                          f"<= {growth.LIMIT_MB} MB", line["mb"] <= growth.LIMIT_MB)
            rows = {line["load"]: line["rows"] for line in lines if line["students"] == students}
            for found in growth.on_engine(students, folder, alone) if students in on_engine else ():
                lines.append(found | {"rows": rows[found["load"]]})
                self.line(f"{students:,} students, {found['load']}: applied on DynamoDB Local",
                          f"{found['wall']:.1f} s, {found['mb']:.0f} MB", f"<= {growth.LIMIT_MB} MB",
                          found["mb"] <= growth.LIMIT_MB)
                self.line(f"{students:,} students, {found['load']}: write units, and a second",
                          f"{found['units']:,.0f}, {found['units'] / found['wall']:,.0f}/s")
            shutil.rmtree(folder)
            growth.write(lines, OUT / "scale.csv")
            growth.plot(lines, OUT / "scale.png")

    def units(self, students: int) -> None:
        for found in alone(units.per_change, students):
            each = found["units"] / found["records"]
            budget = found["budget"]
            self.line(f"write units, {found['what']} ({found['records']:,})", f"{each:.2f}",
                      "" if budget is None else f"<= {budget}", None if budget is None else each <= budget)

    def apply(self, students: int) -> None:
        found = alone(measures.applying, sheets_of(students))
        self.line("apply on DynamoDB Local, items/s", f"{found['items_per_second']:,.0f}")
        self.line("apply against a bare BatchWriteItem loop", f"{found['ratio']:.2f} x", ">= 0.6 x",
                  found["ratio"] >= 0.6)

    def zones(self, sizes: list[int]) -> None:
        """Pulls of simulated zones over HTTP, in packets of 1 MB and of 64 kB."""
        for students in sizes:
            for buffer_bytes in (1 << 20, 1 << 16):
                found = alone(zones.pull, students, buffer_bytes, OUT / "zone")
                name = f"zone of {students:,} students, {found['messages']:,} messages"
                rate = found["objects"] / found["parse_cpu"]
                self.line(f"{name}: parsed, objects/s of CPU", f"{rate:,.0f}", ">= 5,000", rate >= 5_000)
                self.line(f"{name}: pulled and made a feed", f"{found['objects']:,} objects, {found['wall']:.1f} s")
                shares = ", ".join(f"{part} {found[f'{part}_wall'] / found['wall']:.0%}"
                                   for part in ("http", "parse", "storage"))
                self.line(f"{name}: share of", f"{shares}, feed {found['feed'] / found['wall']:.0%}")
                self.line(f"{name}: peak memory of pulling / with the feed",
                          f"{found['pull_mb']:.0f} / {found['mb']:.0f} MB", "<= 512 MB", found["mb"] <= 512)
        shutil.rmtree(OUT / "zone", ignore_errors=True)

    def gg4l(self, sizes: list[int]) -> None:
        """Pulls of simulated districts over HTTP, and their CSV bundles."""
        for students in sizes:
            found = alone(gg4l.pull, students, OUT / "gg4l")
            name = f"district of {found['users']:,} users, {found['enrollments']:,} enrollments"
            rate = found["rows"] / found["read_cpu"]
            self.line(f"{name}: read as JSON, records/s of CPU", f"{rate:,.0f}", ">= 5,000", rate >= 5_000)
            self.line(f"{name}: pulled and made a feed", f"{found['rows']:,} rows, {found['wall']:.1f} s")
            self.line(f"{name}: share of", f"http {found['http_wall'] / found['wall']:.0%}, storage "
                      f"{found['storage_wall'] / found['wall']:.0%}, feed {found['feed'] / found['wall']:.0%}")
            # an empty page ends each of seven collections; one token
            most = found["pages"] + 7 + 1
            self.line(f"{name}: requests", str(found["requests"]), f"<= {most}", found["requests"] <= most)
            self.line(f"{name}: peak memory of pulling / with the feed",
                      f"{found['pull_mb']:.0f} / {found['mb']:.0f} MB", "<= 512 MB", found["mb"] <= 512)
            read = alone(gg4l.read_bundle, students, OUT / "gg4l")
            rate = read["rows"] / read["cpu"]
            self.line(f"{name}: read as CSV, rows/s of CPU", f"{rate:,.0f}", ">= 10,000", rate >= 10_000)
            shutil.rmtree(OUT / "gg4l", ignore_errors=True)

    def checks(self) -> None:
        """The people of a school page by page, and its gaps, on DynamoDB Local."""
        page = alone(checks.looking, 2_000)
        for what, name in (("first", "first page of 100 students"), ("teachers", "first page of 100 teachers")):
            found = page[what]
            self._looked(f"2,000 people: {name}", found, most=4 if what == "first" else 104)
        found = alone(checks.looking, 5_000)
        # a batch get of accounts and one of sign-ins for each 100 people; the rest is for the classes
        self._looked("5,000 people: gaps", found["gaps"], most=2 * 50 + 30)
        self.line("5,000 people: gaps, peak memory", f"{found['mb']:.0f} MB", "<= 512 MB", found["mb"] <= 512)

    def _looked(self, what: str, found: dict[str, Any], *, most: int) -> None:
        self.line(f"{what}, against its bare requests", f"{found['seconds'] / found['anchor']:.2f} x")
        self.line(f"{what}, on DynamoDB Local / our computing",
                  f"{found['seconds'] * 1000:,.0f} / {found['cpu'] * 1000:,.0f} ms")
        requests = sum(found["requests"].values())
        self.line(f"{what}, requests", ", ".join(
            f"{number} {name.replace('_', ' ')}" for name, number in sorted(found["requests"].items())),
                  f"<= {most}", requests <= most)

    def why(self, sizes: list[int], questions: int) -> None:
        """Questions why, about a district that was loaded in process."""
        for students in sizes:
            every, *kinds = alone(why.answers, students, questions, OUT / "why")
            name = f"why, {students:,} students"
            took = f"{every['median'] * 1000:.0f} / {every['p95'] * 1000:.0f} ms"
            self.line(f"{name}: {every['questions']} questions, median / p95", took, "p95 < 1,000 ms", every["p95"] < 1)
            self.line(f"{name}: loaded in {every['loaded']:.0f} s, {every['outcomes']} outcomes",
                      f"{every['mb']:,.0f} MB")
            for each in kinds:
                self.line(f"  {each['what']}", f"{each['median'] * 1000:.0f} / {each['p95'] * 1000:.0f} ms",
                          f"{each['requests']} requests")

    def handing(self, cards: int, students: int) -> None:
        found = alone(handing.cards, cards, OUT / "cards")
        self.line(f"a school's {found['cards']:,} cards and lists as one PDF", f"{found['seconds']:.1f} s", "< 20 s",
                  found["seconds"] < 20)
        self.line(f"a school's {found['cards']:,} cards, peak memory", f"{found['mb']:.0f} MB", "<= 300 MB",
                  found["mb"] <= 300)
        seen = alone(handing.readiness, students)
        self.line(f"readiness of {students:,} students and their guardians, in memory",
                  f"{seen['seconds']:.1f} s, {seen['mb']:.0f} MB", "<= 8 s", seen["seconds"] <= 8)
        seen = alone(partial(handing.readiness, engine=True), students)
        self.line(f"readiness of {students:,} students, DynamoDB Local, against reading its {seen['items']:,} items",
                  f"{seen['ratio']:.1f} x, {seen['seconds']:.1f} s")
        shutil.rmtree(OUT / "cards", ignore_errors=True)

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

    def api(self) -> None:
        """Requests to the account API against a bare function behind the same HTTP API, on the local cloud."""
        found = api.measure(OUT / "api-home")
        bare = found["constant"]
        self.line("a bare function behind the HTTP API, p50", f"{bare * 1000:.1f} ms")
        for kind, budget in (("read", 3), ("write", 4)):
            ratio = found[kind] / bare
            self.line(f"{kind} of an account, p50 against that", f"{found[kind] * 1000:.1f} ms, {ratio:.2f} x",
                      f"<= {budget} x", ratio <= budget)
        self.line(f"list of a school of {found['listed']:,} people, a page of {api.PAGE}",
                  f"{found['page'] * 1000:.0f} ms")
        for action in ("unlock", "reset"):
            self.line(f"batch of 10,000 accounts: {action}", f"{found[action]:.1f} s", "<= 60 s", found[action] <= 60)


def sheets_of(students: int) -> list[Path]:
    return alone(measures.make_sheets, students, OUT)


def alone(measure: Callable[..., Any], *given: Any) -> Any:
    """Run a measure in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure, *given).result()


if __name__ == "__main__":
    main()

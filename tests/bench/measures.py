"""The measures: each is a function that does one thing and gives seconds and counts."""

from __future__ import annotations

import gc
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

TODAY = date(2026, 11, 23)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    gc.collect()
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def peak_mb() -> float:
    """The most memory this process has held; getrusage would count what its parent held before exec."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return round(int(found[1]) / 1024, 1) if found else 0.0


def make_sheets(students: int, folder: Path) -> list[Path]:
    from cli.generate import generate

    path = folder / f"district-{students}.xlsx"
    found = sorted([*folder.glob(f"district-{students}.xlsx"), *folder.glob(f"district-{students}-*.xlsx")])
    return found or generate(students, out=path, today=TODAY)


def make_any(students: int, folder: Path) -> Path:
    """The same sheet as people keep it: numbers, date cells, formulas, saved by openpyxl."""
    import openpyxl

    path = folder / f"any-{students}.xlsx"
    if not path.exists():
        book = openpyxl.load_workbook(make_sheets(students, folder)[0])
        for sheet in book.worksheets[1:]:
            for row in sheet.iter_rows(min_row=2):
                for cell in row:
                    if isinstance(cell.value, str) and cell.value.isdecimal() and cell.value[0] != "0":
                        cell.value = int(cell.value)
            if sheet.max_row > 2 and sheet.title == "Students":
                sheet["D2"] = '="An"&"a"'
        book.save(path)
    return path


def openpyxl_rows(path: Path) -> dict[str, Any]:
    import openpyxl

    def iterate() -> int:
        book = openpyxl.load_workbook(path, read_only=True)
        return sum(1 for sheet in book for _ in sheet.iter_rows(values_only=True))
    seconds, rows = timed(iterate)
    return {"seconds": seconds, "rows": rows, "mb": peak_mb()}


def checked_rows(path: Path) -> dict[str, Any]:
    from rostering.sheet.reading import read_sheet
    from rostering.sheet.references import NothingKnown
    from rostering.xlsx.workbook import open_workbook

    def check() -> int:
        with open_workbook(path, name=path.name) as book, \
                read_sheet(book, site="demo", known=NothingKnown(), today=TODAY) as reading:
            return sum(counts.rows for counts in reading.counts.values())
    seconds, rows = timed(check)
    return {"seconds": seconds, "rows": rows, "mb": peak_mb()}


def records_of(paths: list[Path]) -> Iterator[Any]:
    from rostering.sheet.reading import read_sheet
    from rostering.sheet.references import NothingKnown
    from rostering.xlsx.workbook import open_workbook

    for path in paths:
        with open_workbook(path, name=path.name) as book, \
                read_sheet(book, site="demo", known=NothingKnown(), today=TODAY) as reading:
            yield from reading.records()


def in_process(paths: list[Path]) -> dict[str, Any]:
    """First load and the same again on the memory store: rows/s after reading, writes of the second."""
    from rostering import gate
    from rostering.load import settle
    from rostering.store.memory import MemoryFiles, MemoryStore
    from tests import loads

    store, files = MemoryStore(), MemoryFiles()
    loads.site(store)
    records = list(records_of(paths))
    rows = sum(record.kind not in ("guardian", "group") for record in records)

    def plan(load: str) -> Any:
        return loads.read(store, files, load, records)
    planned, ground = timed(lambda: plan("01A"))
    settle.settle(ground, limits=gate.Limits())
    written = store.units
    applied, _ = timed(lambda: loads.write(ground))
    accounts = sum(key.sk == "ACCOUNT" for key in store.snapshot())
    before = store.units
    unchanged, _ = timed(lambda: loads.run(store, files, "01B", records))
    return {"rows": rows, "accounts": accounts, "plan_seconds": planned, "apply_seconds": applied,
            "units_per_account": round((before - written) / max(accounts, 1), 2),
            "unchanged_seconds": unchanged, "unchanged_rows_per_second": rows / unchanged,
            "unchanged_units": store.units - before, "mb": peak_mb()}


def shard_memory(paths: list[Path]) -> dict[str, Any]:
    """Deliver and plan from files on disk, shard by shard: what one task of the workflow needs."""
    from rostering import feed
    from rostering.load import deliver, plan
    from rostering.load.ground import Ground
    from tests.bench.disk import DiskFiles

    files = DiskFiles(paths[0].parent / f"work-{paths[0].stem}")
    counts = {"people": 0, "rosters": 0}

    def noting(records: Iterable[Any]) -> Iterator[Any]:
        for record in records:
            counts["people"] += record.kind in ("student", "staff", "guardian")
            counts["rosters"] += record.kind == "enrollment"
            yield record
    sizes: dict[str, dict[str, int]] = {}
    for path in paths:
        for kind, number in _census(path).items():
            sizes.setdefault(kind, {"rows": 0, "problems": 0})["rows"] += number
    delivered, manifest = timed(lambda: deliver.deliver(
        files, "demo", "01A", source="sheet", load_type="Add and update", today=TODAY.isoformat(),
        records=noting(records_of(paths)), counts=sizes))
    after_delivery = peak_mb()
    ground = Ground(None, files, "demo", "01A", "sheet", b"", "2026-11-23T07:40:00.000Z")
    planned, _ = timed(lambda: [plan.plan(ground, phase, shard) for phase in feed.PHASES
                                for shard in range(len(manifest.shards[phase]))])
    rows = sum(size["rows"] for size in sizes.values())
    return {"rows": rows, "read_and_deliver_seconds": delivered, "plan_seconds": planned,
            "shards": sum(len(shards) for shards in manifest.shards.values()),
            "deliver_mb": after_delivery, "plan_mb": peak_mb()}


def _census(path: Path) -> dict[str, int]:
    from rostering.sheet.reading import read_sheet
    from rostering.sheet.references import NothingKnown
    from rostering.xlsx.workbook import open_workbook

    named = {"Schools": "schools", "Terms": "terms", "Staff": "staff", "Students": "students",
             "Guardians": "guardians", "Courses": "courses", "Classes": "sections",
             "Class Rosters": "rosters", "Groups": "groups"}
    with open_workbook(path, name=path.name) as book, \
            read_sheet(book, site="demo", known=NothingKnown(), today=TODAY) as reading:
        return {named[tab]: counts.rows for tab, counts in reading.counts.items()}


def applying(paths: list[Path]) -> dict[str, Any]:
    """Applying a plan on DynamoDB Local against a bare BatchWriteItem loop of the same items."""
    import boto3

    from infra.local import dynamodb_local
    from rostering import feed, gate
    from rostering.load import apply, settle
    from rostering.store import dynamo
    from rostering.store.attributes import pack
    from rostering.store.memory import MemoryFiles
    from tests import loads

    with dynamodb_local.running() as engine:
        client = engine.client(dynamo.client_settings())
        bare = boto3.client("dynamodb", endpoint_url=engine.endpoint_url, region_name="us-east-1",
                            aws_access_key_id="bench", aws_secret_access_key="bench")
        for table in ("warm", "applied", "bare"):
            client.create_table(**dynamo.table_definition(table))
        records = list(records_of(paths))
        _apply(dynamo.DynamoStore(client, "warm"), MemoryFiles(), records[:3_000], loads, settle, gate, apply, feed)
        recorder = _Recorder(dynamo.DynamoStore(client, "applied"))
        seconds = _apply(recorder, MemoryFiles(), records, loads, settle, gate, apply, feed)
        items = [pack(item) for item in recorder.items]

        def loop() -> None:
            for start in range(0, len(items), 25):
                answer = bare.batch_write_item(RequestItems={"bare": [
                    {"PutRequest": {"Item": item}} for item in items[start:start + 25]]})
                assert not answer["UnprocessedItems"]
        anchor, _ = timed(loop)
    return {"items": len(items), "seconds": seconds, "items_per_second": len(items) / seconds,
            "bare_items_per_second": len(items) / anchor, "ratio": anchor / seconds}


class _Recorder:
    """A store that remembers what was written through it."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.items: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        if name not in ("insert_many", "replace_many", "put_many"):
            return method

        def write(items: Iterable[Any]) -> Any:
            items = list(items)
            self.items += items
            return method(items)
        return write


def _apply(store: Any, files: Any, records: list[Any], loads: Any, settle: Any, gate: Any, apply: Any,
           feed: Any) -> float:
    loads.site(store)
    ground = loads.read(store, files, "01A", records)
    settle.settle(ground, limits=gate.Limits())
    if isinstance(store, _Recorder):
        store.items.clear()

    def write() -> None:
        for phase in feed.PHASES:
            for task in loads._tasks(ground, phase):
                apply.apply(ground, phase, task["shard"])
    return timed(write)[0]


def import_times() -> dict[str, float]:
    """CPU seconds to import each handler, the least of five, against boto3 + pydantic bare."""
    modules = {"anchor": "boto3, pydantic", "import_sheet": "import_sheet.handler", "accounts": "accounts.handler",
               **{f"sync.{name}": f"sync.{name}" for name in (
                   "plan", "steps", "apply", "credentials", "export")}}
    return {name: min(_import(module) for _ in range(5)) for name, module in modules.items()}


def _import(module: str) -> float:
    code = (f"import resource, sys; sys.path.insert(0, 'functions'); import {module}; "
            "r = resource.getrusage(resource.RUSAGE_SELF); print(r.ru_utime + r.ru_stime)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout)

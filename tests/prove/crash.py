"""`kill -9` of workers at random points, over DynamoDB Local and files on disk.

This process is AWS: it keeps the queue and the place of each workflow, hands every drop and every task to a worker
process of its own, and hands it out again if the worker is gone, as SQS and Step Functions do. Workers are killed after
a time drawn by seed, wherever they are then. In the end the table must say what it says after the same history in
memory without a kill.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from infra.local import dynamodb_local
from rostering.store import dynamo
from rostering.store.dynamo import DynamoStore
from rostering.store.memory import MemoryFiles
from tests.prove.cloud import Cloud, Killed, approve, held, lines, passing
from tests.prove.nth import _ATTEMPT, _difference
from tests.prove.storm import Snapshot, everything, in_letters, loads
from tests.unit.import_sheet import office as sheets

KILLS, LONG_KILLS = 60, 200
STUDENTS = 1_000  # with their places in a class: 2,000 rows
_MOST_IMPORTS = 150
_IN_A_ROW = 2  # Step Functions tries four times


class _Folder(MutableMapping[str, bytes]):
    """Files by their keys, each written at once or not at all, as S3 does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)

    def path(self, key: str) -> Path:
        return self.folder / quote(key, safe="")

    def __getitem__(self, key: str) -> bytes:
        try:
            return self.path(key).read_bytes()
        except FileNotFoundError:
            raise KeyError(key) from None

    def __setitem__(self, key: str, data: bytes) -> None:
        file, name = tempfile.mkstemp(dir=self.folder, prefix=".")
        with os.fdopen(file, "wb") as stream:
            stream.write(data)
        os.replace(name, self.path(key))

    def __delitem__(self, key: str) -> None:
        try:
            self.path(key).unlink()
        except FileNotFoundError:
            raise KeyError(key) from None

    def __iter__(self) -> Iterator[str]:
        return (unquote(path.name) for path in self.folder.iterdir() if not path.name.startswith("."))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, key: object) -> bool:
        return self.path(str(key)).exists()


class _Times(dict[str, datetime]):
    """When each file was written; what is set is what the disk says anyway."""

    def __init__(self, files: _Folder) -> None:
        self._files = files

    def items(self) -> Any:
        return [(key, datetime.fromtimestamp(self._files.path(key).stat().st_mtime, UTC)) for key in self._files]


class FolderFiles(MemoryFiles):
    """The methods of S3Files over a folder that outlives whoever writes."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._files = _Folder(folder)  # type: ignore[assignment]
        self._written = _Times(self._files)  # type: ignore[arg-type]


class Switch:
    """A store that is another one in a worker: a connection can't be shared by two processes."""

    def __init__(self, store: Any) -> None:
        self.store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


class Workers:
    """Lets each piece of work be done by a process of its own, and kills some until there were `kills`."""

    def __init__(self, cloud: Cloud, switch: Switch, fresh: Callable[[], Any], *, kills: int, seed: int) -> None:
        self.cloud, self.switch, self.fresh, self.left = cloud, switch, fresh, kills
        self.random, self.in_a_row, self.killed, self.done = random.Random(seed), 0, 0, 0
        self.usual_seconds = 0.2

    def __call__(self, work: Callable[[], Any]) -> Any:
        store = self.fresh()
        reader, writer = os.pipe()
        began = time.monotonic()
        child = os.fork()
        if not child:
            os.close(reader)
            self._work(work, store, writer)
        os.close(writer)
        deadly = self.left > 0 and self.in_a_row < _IN_A_ROW and self.random.random() < 0.8
        patience = self.random.uniform(0, 1.2 * self.usual_seconds) if deadly else 120.0
        told = self._listen(reader, child, patience)
        os.waitpid(child, 0)
        if told is None:
            self.in_a_row += 1
            self.killed += 1
            self.left -= 1
            self.cloud.office.clock.at += 2.0
            self.cloud._numbers += 3  # numbers that it may have drawn
            raise Killed
        self.in_a_row = 0
        self.done += 1
        self.usual_seconds += 0.1 * (time.monotonic() - began - self.usual_seconds)
        self.cloud.office.clock.at, self.cloud._numbers = told["at"], told["numbers"]
        if told["error"]:
            raise RuntimeError(told["error"])
        return told["result"]

    def _listen(self, reader: int, child: int, patience: float) -> dict[str, Any] | None:
        """What the worker said at its end; None if it was killed before."""
        said, until = b"", time.monotonic() + patience
        try:
            while select.select([reader], [], [], max(0.0, until - time.monotonic()))[0]:
                piece = os.read(reader, 1 << 16)
                if not piece:
                    return json.loads(said) if said else None
                said += piece
            os.kill(child, signal.SIGKILL)
            return None
        finally:
            os.close(reader)

    def _work(self, work: Callable[[], Any], store: Any, writer: int) -> None:
        """Never returns."""
        error, result = "", None
        try:
            self.switch.store = store
            try:
                result = work()
            except Exception as raised:
                error = f"{type(raised).__name__}: {raised}"[:300]
            cloud = self.cloud
            told = {"result": result, "error": error, "at": cloud.office.clock.at, "numbers": cloud._numbers}
            os.write(writer, json.dumps(told).encode())
        finally:
            os._exit(0)


def survive(kills: int, seed: int, students: int = STUDENTS) -> tuple[Workers, int, list[str], list[str]]:
    """The workers, how many loads it took, what stands that should not, what should and does not."""
    with dynamodb_local.running() as engine, tempfile.TemporaryDirectory() as folder:
        client = engine.client(dynamo.client_settings())
        client.create_table(**dynamo.table_definition("killed"))
        spare = engine.client(
            dynamo.client_settings()
        )  # never used by this process: every worker opens connections of its own

        def fresh() -> DynamoStore:
            return DynamoStore(spare, "killed", threads=1)

        switch = Switch(DynamoStore(client, "killed", threads=1))
        cloud = Cloud(store=switch, files=(FolderFiles(Path(folder, "inbox")), FolderFiles(Path(folder, "work"))))
        for item in cloud.office.store.snapshot().values():
            switch.insert(item)
        cloud.loads = lambda: loads(engine, "killed")  # type: ignore[method-assign]
        cloud.worker = workers = Workers(cloud, switch, fresh, kills=kills, seed=seed)
        imports = 0
        while workers.left > 0 and imports < _MOST_IMPORTS:
            for _ in _some(cloud, imports, students):
                cloud.settle()
            imports += 1
        stands = [
            line for line in lines(Snapshot(everything(engine, "killed")), but=passing) if not _ATTEMPT.search(line)
        ]
        failed = [load for load, body in cloud.loads().items() if body["state"] == "failed"]
    calm = Cloud()
    for number in range(imports):
        for _ in _some(calm, number, students):
            calm.settle()
    more, fewer = _difference(stands, [line for line in lines(calm.store, but=passing) if not _ATTEMPT.search(line)])
    return workers, imports, [*more, *(f"load {load} failed" for load in failed)], fewer


def _some(cloud: Cloud, number: int, students: int) -> Iterator[None]:
    """One sheet of a district that changes, no two alike; every third is a complete list, held and approved."""
    grade, gone = f"{number % 9 + 1:02d}", 30 if number % 3 == 2 else 0
    cloud.drop(
        sheets.workbook(
            [
                sheets.student(n, **({"grade": grade, "middle_name": in_letters(number)} if n % 7 == 0 else {}))
                for n in range(1, students + 1 - gone)
            ],
            complete=bool(gone),
        )
    )
    yield
    for load in held(cloud):
        answer = approve(cloud, load)
        if answer.status >= 300:
            raise AssertionError(answer.text)
    yield

"""Requests that arrive when they are due, whatever became of those before: an open loop before environments of Lambda.

An environment is a process with the real entry in it that takes one request at a time, as Lambda has it. Requests that
find none free wait in one line. Time counts from the moment at which a request was due, so waiting shows, and so does
a sender that is late itself.
"""

from __future__ import annotations

import contextlib
import gc
import itertools
import json
import multiprocessing
import os
import queue
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import orjson

TIMEOUT_SECONDS = 15.0  # of the function, and of the integration
START_SECONDS = 60.0
EVERY = 200
_NOTHING: dict[str, Any] = {"processor": 0.0, "memory": 0, "blocks": 0, "calls": []}
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of the `number`-th request: seconds from when it was due until an environment took it, and until
    it was answered; `processor` is what the environment worked on it. `memory` of the environment after it, in bytes;
    `blocks` that Python's allocator had given out when garbage was last collected for it, every EVERY requests (0
    before that); `calls` of AWS as "service.Operation".
    """

    number: int
    status: int
    waited: float
    seconds: float
    processor: float
    environment: int
    memory: int
    blocks: int
    calls: tuple[str, ...]


@dataclass
class Flood:
    """`late` is how late the sender was at most, `took` when the last answer was there, in seconds."""

    answers: list[Answered] = field(default_factory=list)
    late: float = 0.0
    took: float = 0.0


class Environment:
    """A process that answers events, one after the other."""

    def __init__(self, number: int, variables: dict[str, str], log: Path) -> None:
        spawn = multiprocessing.get_context("spawn")
        self.number = number
        self._pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=_serve, args=(theirs, variables, str(log)), daemon=True)
        self._process.start()
        theirs.close()
        if not self._pipe.poll(START_SECONDS) or self._pipe.recv() != "ready":
            raise RuntimeError(f"environment {number} did not start")

    def answer(self, event: bytes) -> dict[str, Any]:
        """What the function answers; as the gateway would, 504 if it takes too long and 502 if it died."""
        try:
            self._pipe.send_bytes(event)
            if self._pipe.poll(TIMEOUT_SECONDS):
                return orjson.loads(self._pipe.recv_bytes())
        except (EOFError, OSError):
            return _NOTHING | {"status": 502}
        return _NOTHING | {"status": 504}

    def end(self) -> None:
        with contextlib.suppress(OSError):
            self._pipe.close()
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


@contextlib.contextmanager
def environments(count: int, variables: dict[str, str], folder: Path) -> Iterator[list[Environment]]:
    """Fresh ones, imported and never asked; their logs are in `folder`."""
    made: list[Environment] = []
    try:
        made.extend(Environment(number, variables, folder / f"{number}.log") for number in range(count))
        yield made
    finally:
        for one in made:
            one.end()


def pour(made: Sequence[Environment], dues: Sequence[float], events: Iterable[dict[str, Any]],
         begin: float) -> Flood:  # fmt: skip
    """Send each event when it is due, in seconds after `begin` (of the monotonic clock), and wait for all answers."""
    line: queue.SimpleQueue[tuple[int, float, bytes] | None] = queue.SimpleQueue()
    flood = Flood()
    takers = [threading.Thread(target=_take, args=(one, line, flood.answers, begin), daemon=True) for one in made]
    for taker in takers:
        taker.start()
    for number, (due, event) in enumerate(zip(dues, events, strict=True)):
        said = orjson.dumps(event)
        if (early := begin + due - time.monotonic()) > 0:
            time.sleep(early)
        flood.late = max(flood.late, time.monotonic() - begin - due)
        line.put((number, due, said))
    for _ in takers:
        line.put(None)
    for taker in takers:
        taker.join()
    while not line.empty():  # nobody is left who could answer
        if (left := line.get()) is not None:
            flood.answers.append(Answered(left[0], 502, 0.0, time.monotonic() - begin - left[1], 0.0, -1, 0, 0, ()))
    flood.took = time.monotonic() - begin
    return flood


def _take(one: Environment, line: Any, answers: list[Answered], begin: float) -> None:
    while (next_ := line.get()) is not None:
        number, due, event = next_
        waited = time.monotonic() - begin - due
        said = one.answer(event)
        seconds = time.monotonic() - begin - due
        inside = (said["processor"], one.number, said["memory"], said["blocks"], tuple(said["calls"]))
        answers.append(Answered(number, said["status"], waited, seconds, *inside))
        if said["status"] in (502, 504):
            return


def _serve(pipe: Connection, variables: dict[str, str], log: str) -> None:
    """The environment's side. What the function logs goes to the file, as it goes to CloudWatch."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "POWERTOOLS_"))]:
        del os.environ[name]
    os.environ.update(variables)
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 1)
    import boto3

    calls: list[str] = []
    boto3.setup_default_session()
    boto3.DEFAULT_SESSION.events.register("before-call", lambda event_name, **_: calls.append(event_name[12:]))
    from gg4l_hook.http import handler

    pipe.send("ready")
    blocks = 0
    with contextlib.suppress(EOFError, OSError):
        for count in itertools.count(1):
            said, began = pipe.recv_bytes(), time.process_time()
            calls.clear()
            answer = handler(json.loads(said), None)
            worked = time.process_time() - began
            told = {"processor": worked, "memory": _memory(), "blocks": blocks, "calls": calls}
            pipe.send_bytes(orjson.dumps(told | {"status": answer["statusCode"]}))
            if count % EVERY == 0:
                gc.collect()
                blocks = sys.getallocatedblocks()


def _memory() -> int:
    with open("/proc/self/statm") as said:
        return int(said.read().split()[1]) * _PAGE

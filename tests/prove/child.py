"""One thing done in a process of its own: its time, its memory, and no way out.

The child is forked from a process that has imported and prepared everything, so what it takes beyond that is the
thing's own. An audit hook, which nothing can take away again, counts and refuses whatever would connect, resolve a
name or start a process; what libraries in C would do beside Python ends at `Canary`, a listening socket that hostile
inputs point at.
"""

from __future__ import annotations

import gc
import json
import os
import re
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HANG_SECONDS = 60.0
_WAYS_OUT = (
    "socket.connect",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.bind",
    "socket.sendto",
    "subprocess.Popen",
    "os.system",
    "os.posix_spawn",
    "os.exec",
    "os.fork",
    "ftplib.connect",
    "smtplib.connect",
    "urllib.Request",
)


@dataclass(frozen=True)
class Measured:
    """`result` is what the thing gave, or None if it did not end well: then `error` says how.

    `seconds` are of the processor, `wall` of the clock; `mb` is the most memory beyond that at the start.
    """

    result: Any
    error: str
    seconds: float
    wall: float
    mb: float
    ways_out: tuple[str, ...] = ()


def alone(
    thing: Callable[[], Any], *, warm: Callable[[], Any] | None = None, hang_seconds: float = HANG_SECONDS
) -> Measured:
    """Do `thing`, whose result can be written as JSON. `warm` is done before, unmeasured, in the same process."""
    _freeze()
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        _in_child(thing, warm, writer)
    os.close(writer)
    told, deadline = b"", time.monotonic() + hang_seconds
    while True:
        ready, _, _ = select.select([reader], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            os.kill(child, signal.SIGKILL)
            break
        piece = os.read(reader, 1 << 16)
        if not piece:
            break
        told += piece
    os.close(reader)
    _, status = os.waitpid(child, 0)
    if not told:
        how = (
            f"hung for {hang_seconds:.0f} s"
            if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
            else f"the process died (status {status})"
        )
        return Measured(None, how, hang_seconds, hang_seconds, 0.0)
    said = json.loads(told)
    return Measured(**said | {"ways_out": tuple(said["ways_out"])})


@cache
def _freeze() -> None:
    """Let collections in the children leave alone, and so not copy, what stood before the first of them."""
    gc.collect()
    gc.freeze()


def _in_child(thing: Callable[[], Any], warm: Callable[[], Any] | None, writer: int) -> None:
    """Never returns."""
    ways_out: list[str] = []
    error, result = "", None

    def refuse(event: str, arguments: tuple) -> None:
        if event in _WAYS_OUT:
            ways_out.append(event)
            raise PermissionError(f"no way out: {event}")

    try:
        if warm:
            warm()
            gc.collect()
        sys.addaudithook(refuse)
        Path("/proc/self/clear_refs").write_text("5")
        before, wall, spent = _mb("VmRSS"), time.monotonic(), time.process_time()
        try:
            result = thing()
        except BaseException as raised:
            error = f"{type(raised).__name__}: {raised}"[:300]
            if os.environ.get("PROVE_TRACE"):
                traceback.print_exc()
        told = {
            "result": result,
            "error": error,
            "seconds": time.process_time() - spent,
            "wall": time.monotonic() - wall,
            "mb": max(0.0, _mb("VmHWM") - before),
            "ways_out": ways_out,
        }
        data = json.dumps(told).encode()
        while data:
            data = data[os.write(writer, data) :]
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


def _mb(name: str) -> float:
    return int(re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024


class Canary:
    """A port on this machine that nobody has any business with; `visits` counts who came."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/canary"

    def visits(self) -> int:
        count = 0
        while select.select([self._listening], [], [], 0)[0]:
            self._listening.accept()[0].close()
            count += 1
        return count

    def close(self) -> None:
        self._listening.close()

"""Runs a simulated zone in the foreground until it is interrupted."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from threading import Event, current_thread, main_thread

from cli.zis.server import serving
from cli.zis.simulated import let_next_day_come, simulated_zone


def simulate(students: int, *, seed: int = 1, version: str = "2.1", port: int = 0, faults: Sequence[str] = (),
             zone_id: str = "ZONE1", agent_id: str = "Empower", day: str = "today",
             next_day_after: float | None = None, today: date | None = None, as_json: bool = False,
             stop: Event | None = None) -> None:
    """Serve a zone with a made-up district until SIGINT, SIGTERM or `stop`.

    Says on standard output where it is, as four lines or as one JSON document. `next_day_after`
    seconds later the next day comes: what is answered changes, and subscribers get events.

    Raises ValueError, with the allowed names, for an argument that cannot be, and OSError if the
    port is taken.
    """
    if next_day_after is not None and day != "today":
        raise ValueError("The next day can only come after today.")
    zone = simulated_zone(students, seed=seed, version=version, faults=faults, today=today, zone_id=zone_id,
                          agent_id=agent_id, day=day)
    stop = stop or Event()
    with _interruptible(stop), serving(zone, port) as url:
        if as_json:
            _say(json.dumps({"url": url, "zone_id": zone_id, "agent_id": agent_id, "version": version,
                             "students": students}))
        else:
            _say(f"{students:,} students, SIF {version}, faults: {', '.join(faults) or 'none'}")
            _say(f"url       {url}")
            _say(f"zone id   {zone_id}")
            _say(f"agent id  {agent_id}")
        if next_day_after is not None and not stop.wait(next_day_after):
            let_next_day_come(zone)
        stop.wait()


@contextmanager
def _interruptible(stop: Event) -> Iterator[None]:
    """SIGINT and SIGTERM set `stop` instead of ending the process."""
    if current_thread() is not main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say(line: str) -> None:
    print(line, flush=True)

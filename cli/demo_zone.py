"""The second act of the demo: a district with a SIF zone, pulled on its schedule, and a day later."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cli.demo import Demo

SITE, ZONE, STUDENTS = "lakeside", "LAKESIDE", 1_000
SCHEDULE_SECONDS = 180


def play(demo: Demo) -> None:
    """Add a simulated zone, let its schedule pull it, and pull again when the next day has come."""
    demo.chapter(10, "A SIF zone", f"Another district has no sheet: its school system serves {STUDENTS:,} students in "
                 "a SIF zone. The zone is added, and from then on its schedule pulls it, here every minute.")
    made = demo.ask("site", "create", SITE, "--name", "Lakeside District", "--admin-email", "office@lakeside.example")
    demo.rollbook("sign-in", "--site", SITE, "--code", made["code"], shown=False)
    with _zone(demo, "today") as zone:
        demo.rollbook("zone", "add", "--site", SITE, "--url", zone["url"], "--zone-id", ZONE, "--version", "2.1",
                      "--agent-id", zone["agent_id"], "--pull-every", "1m")
        load = _pulled_by_schedule(demo)
        demo.wait(load, site=SITE)
        demo.rollbook("show", load, "--site", SITE)
    demo.chapter(11, "A day later", "20 students left and 15 came. Who is missing from one answer stays switched on: a "
                 "connection has to miss somebody twice over 48 hours. Their classes are free at once.")
    with _zone(demo, "next-day", port=int(zone["url"].split(":")[2].split("/")[0])):
        demo.rollbook("zone", "pull", ZONE, "--site", SITE, "--full", "--yes")
        demo.rollbook("zone", "show", ZONE, "--site", SITE)


@contextmanager
def _zone(demo: Demo, day: str, port: int = 0) -> Iterator[dict[str, Any]]:
    """A simulated zone that serves while the block runs."""
    import json

    words = ["zone", "simulate", "--students", str(STUDENTS), "--seed", "2", "--version", "2.1", "--zone-id", ZONE,
             "--port", str(port), "--day", day]
    demo.say(f"\n[bold]$ rollbook {' '.join(words)} &[/]")
    process = subprocess.Popen([sys.executable, "-m", "cli.main", *words, "--json"],  # noqa: S603 our own command line
                               stdout=subprocess.PIPE, text=True)
    try:
        yield json.loads(process.stdout.readline()) if process.stdout else {}
    finally:
        process.terminate()
        process.wait()


def _pulled_by_schedule(demo: Demo) -> str:
    """The load that the zone's schedule brought."""
    demo.say("\nWaiting for the schedule …")
    until = time.monotonic() + SCHEDULE_SECONDS
    while time.monotonic() < until:
        if load := demo.ask("zone", "show", ZONE, "--site", SITE)["session"]["last_load"]:
            return load
        time.sleep(1)
    raise SystemExit(f"the zone was not pulled within {SCHEDULE_SECONDS} seconds")

"""Write report.json and report.html as the load stands: what would change, and later what did."""

from __future__ import annotations

from typing import Any

from rostering.load import progress, tell
from sync import wiring


def run(event: dict[str, Any]) -> dict[str, Any]:
    ground = wiring.ground(event)
    if event["stage"] == "applied":
        progress.enter(ground.store, ground.site, ground.load, "report", 1, now=ground.now)
    tell.report(ground, wiring.inbox())
    wiring.logger.info("reported", site=ground.site, load=ground.load)
    return {}

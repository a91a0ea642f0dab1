"""A task failed for good: the load says so, gives the lease back, and can be run again."""

from __future__ import annotations

from typing import Any

from rostering.load import finish
from sync import wiring


def run(event: dict[str, Any]) -> dict[str, Any]:
    ground = wiring.ground(event)
    finish.fail(ground)
    wiring.logger.error("failed", site=ground.site, load=ground.load, error=event.get("error", ""))
    return {}

"""End a load: `{"site", "load", "outcome"}` with unchanged, applied, rejected, expired or replaced."""

from __future__ import annotations

from typing import Any

from rostering.load import finish
from sync import wiring


def run(event: dict[str, Any]) -> dict[str, Any]:
    ground = wiring.ground(event)
    state = finish.end(ground, event["outcome"])
    wiring.logger.info("finished", site=ground.site, load=ground.load, state=state)
    return {"state": state}

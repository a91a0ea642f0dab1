"""Let a load wait for a person: keeps the task token that `approve`, `reject` or expiry answer."""

from __future__ import annotations

from typing import Any

from rostering.load import hold
from sync import wiring


def run(event: dict[str, Any]) -> dict[str, Any]:
    ground = wiring.ground(event)
    hold.hold(ground, task_token=event["token"])
    wiring.logger.info("held", site=ground.site, load=ground.load)
    return {}

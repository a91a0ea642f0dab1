"""Switch off what one shard of an approved plan takes away; nothing is deleted."""

from __future__ import annotations

from typing import Any

from rostering.load import apply, lease
from sync import wiring


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    ground = wiring.ground(event)
    lease.keep(ground)
    done = apply.deactivate(ground, event["phase"], event["shard"])
    wiring.logger.info("deactivated", site=ground.site, load=ground.load, phase=event["phase"],
                       shard=event["shard"], written=done.written, problems=len(done.problems))
    return {"written": done.written}

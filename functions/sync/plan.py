"""Plan one shard of a feed: `{"site", "load", "phase", "shard"}`."""

from __future__ import annotations

from typing import Any

from rostering.load import progress
from sync import purposes, wiring


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    ground, phase, shard = wiring.ground(event), event["phase"], event["shard"]
    stats = purposes.task(ground.purpose, "plan")(ground, phase, shard)
    progress.step(ground.store, ground.site, ground.load, "plan", now=wiring.now())
    wiring.logger.info("planned", site=ground.site, load=ground.load, phase=phase, shard=shard,
                       skipped=stats.skipped, changes=stats.changes)
    return {"changes": stats.changes}

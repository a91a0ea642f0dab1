"""Plan one shard of a feed: `{"site", "load", "phase", "shard"}`."""

from __future__ import annotations

from typing import Any

from rostering.load import plan, progress
from sync import wiring


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    site, load, phase, shard = event["site"], event["load"], event["phase"], event["shard"]
    stats = plan.plan(wiring.work(), site, load, phase, shard)
    progress.step(wiring.store(), site, load, "plan", now=wiring.now())
    wiring.logger.info("planned", site=site, load=load, phase=phase, shard=shard,
                       skipped=stats.skipped, changes=stats.changes)
    return {"changes": stats.changes}

"""Take the site's lease before the first write. Answers `{"outcome": "started" | "busy" | "moved"}`."""

from __future__ import annotations

from typing import Any

from rostering.load import lease, part, progress
from sync import wiring


def run(event: dict[str, Any]) -> dict[str, Any]:
    ground = wiring.ground(event)
    answer = lease.begin(ground, planned_on=ground.settled["ground"], moves=ground.settled["moves"])
    if answer["outcome"] == "started":
        body = progress.read(ground.store, ground.site, ground.load)
        part.choose(ground, body.get("decision") or {})
        progress.enter(ground.store, ground.site, ground.load, "apply", body["steps"]["apply"], now=ground.now)
    wiring.logger.info("begun", site=ground.site, load=ground.load, **answer)
    return answer

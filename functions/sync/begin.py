"""Take the site's lease before the first write. Answers `{"outcome": "started" | "busy" | "moved"}`."""

from __future__ import annotations

from typing import Any

import orjson

from rostering.load import lease, paths, progress
from sync import wiring


def run(event: dict[str, Any]) -> dict[str, Any]:
    ground = wiring.ground(event)
    settled = orjson.loads(ground.files.read(paths.settled(ground.site, ground.load)))
    answer = lease.begin(ground, planned_on=settled["ground"])
    if answer["outcome"] == "started":
        steps = progress.read(ground.store, ground.site, ground.load)["steps"]
        progress.enter(ground.store, ground.site, ground.load, "apply", steps["apply"], now=ground.now)
    wiring.logger.info("begun", site=ground.site, load=ground.load, **answer)
    return answer

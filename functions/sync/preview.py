"""Write report.json and report.html as the plan stands: what would change, for the people who decide."""

from __future__ import annotations

from typing import Any

import orjson

from rostering.load import paths, tell
from sync import wiring


def run(event: dict[str, Any]) -> dict[str, Any]:
    ground = wiring.ground(event)
    settled = orjson.loads(ground.files.read(paths.settled(ground.site, ground.load)))
    tell.report(ground, wiring.inbox(), state="held" if settled["outcome"] == "held" else "planned")
    wiring.logger.info("previewed", site=ground.site, load=ground.load)
    return {}

"""Tell the end of a load and end it: outcome unchanged, applied, rejected, expired or replaced.

Answers `{"state", "rest"}`: `rest` is the load that keeps what was not approved, "" if there is none.
"""

from __future__ import annotations

from typing import Any

from rostering.load import finish, progress, tell
from sync import purposes, wiring


def run(event: dict[str, Any]) -> dict[str, Any]:
    ground = wiring.ground(event)
    state = purposes.task(ground.purpose, "state")(ground, event["outcome"])
    progress.enter(ground.store, ground.site, ground.load, "report", 1, now=ground.now)
    tell.report(ground, wiring.inbox(), state=state)
    rest = finish.end(ground, event["outcome"], finish=purposes.task(ground.purpose, "finish"))
    wiring.logger.info("finished", site=ground.site, load=ground.load, state=state,
                       seconds=progress.worked(ground.store, ground.site, ground.load))
    return {"state": state, "rest": rest}

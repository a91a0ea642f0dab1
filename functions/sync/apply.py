"""Write one shard of an approved plan: tasks `link`, `apply`, `deactivate`, `undo`."""

from __future__ import annotations

from typing import Any

from rostering.load import apply, lease, progress, undo
from sync import wiring

TASKS = {"link": apply.link, "apply": apply.apply, "deactivate": apply.deactivate, "undo": undo.apply}


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    ground = wiring.ground(event)
    lease.keep(ground)
    done = TASKS[event["task"]](ground, event["phase"], event["shard"])
    progress.step(ground.store, ground.site, ground.load, "apply", now=wiring.now())
    wiring.logger.info(event["task"], site=ground.site, load=ground.load, phase=event["phase"],
                       shard=event["shard"], written=done.written, problems=len(done.problems))
    return {"written": done.written}

"""Settle the whole plan: usernames, limits, holds. Answers `{"outcome": …}` (see `rostering.load.settle`)."""

from __future__ import annotations

from typing import Any

import orjson

from rostering import clock, settings
from rostering.load import hold, progress
from rostering.store import keys
from sync import purposes, wiring


def run(event: dict[str, Any]) -> dict[str, Any]:
    ground = wiring.ground(event)
    progress.enter(ground.store, ground.site, ground.load, "gate", 1, now=ground.now)
    site = ground.store.get(keys.settings(ground.site))
    today = clock.local_date(ground.now, settings.timezone(site.body)).isoformat()
    answer = purposes.task(ground.purpose, "settle")(ground, limits=settings.limits(site.body, today=today))
    if ground.purpose == "load" and answer["outcome"] != "moved":
        hold.note_delivery(ground)
    if ground.purpose == "load" and hold.outdates(ground, answer["outcome"]):
        token = hold.replace_older(ground)
        if token:
            wiring.workflow().send_task_success(
                taskToken=token, output=orjson.dumps({"decision": "replaced"}).decode())
    wiring.logger.info("settled", site=ground.site, load=ground.load, **answer)
    return answer

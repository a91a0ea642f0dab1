"""Issue usernames and first secrets to the new people of one shard. One of two tasks that may open the site's keys."""

from __future__ import annotations

from typing import Any

from rostering.load import issue, progress
from sync import wiring
from sync.site_secrets import open_secrets


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    ground = wiring.ground(event)
    issued = issue.issue(ground, event["shard"], secrets=open_secrets(ground.site))
    progress.step(ground.store, ground.site, ground.load, "credentials", now=wiring.now())
    wiring.logger.info("issued", site=ground.site, load=ground.load, shard=event["shard"], issued=issued)
    return {"issued": issued}

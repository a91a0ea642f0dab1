"""Issue usernames and first secrets to the new people of one shard, or first secrets to named accounts.

One of two tasks that may open the site's keys. The API asks for named accounts (`{"site", "accounts"}`)
when somebody made them by hand; asking twice issues once.
"""

from __future__ import annotations

from typing import Any

from rostering.load import issue, progress
from sync import wiring
from sync.site_secrets import open_secrets


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    if "accounts" in event:
        return _named(event["site"], event["accounts"])
    ground = wiring.ground(event)
    issued = issue.issue(ground, event["shard"], secrets=open_secrets(ground.site))
    progress.step(ground.store, ground.site, ground.load, "credentials", now=wiring.now())
    wiring.logger.info("issued", site=ground.site, load=ground.load, shard=event["shard"], issued=issued)
    return {"issued": issued}


def _named(site: str, accounts: list[str]) -> dict[str, Any]:
    issued = sum(issue.issue_to(wiring.store(), site, account, secrets=open_secrets(site), now=wiring.now())
                 for account in accounts)
    wiring.logger.info("issued", site=site, issued=issued)
    return {"issued": issued}

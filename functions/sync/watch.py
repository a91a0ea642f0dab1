"""Count what a schedule should have done and did not (`rostering.late`). EventBridge calls it every hour.

The line `watched` is made a metric and an alarm (template.yaml), also when it does not come.
"""

from __future__ import annotations

from typing import Any

from rostering import late
from rostering.store import keys
from sync import wiring


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    store, sites, found = wiring.store(), 0, 0
    for item in store.query(keys.listed_site("").pk).items:
        sites += 1
        for source in late.of_site(store, item.body["site"], now=wiring.now()):
            found += 1
            wiring.logger.warning("late", site=item.body["site"], source=source)
    wiring.logger.info("watched", sites=sites, late=found)
    return {"late": found}

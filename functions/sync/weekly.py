"""Start a verifying load for every source of every site, and delete what snapshots of older loads left.

EventBridge calls it once a week. The number of a load follows from the event, so an event that comes
twice makes no second load.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

from rostering import clock, snapshot
from rostering.load import verify
from rostering.settings import environment, timezone
from rostering.store import keys
from sync import wiring

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM_BITS = 80
BY = "schedule"


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    store, started = wiring.store(), 0
    sites = [item.body["site"] for item in store.query(keys.listed_site("").pk).items]
    for site in sites:
        settings = store.get(keys.settings(site))
        for known in store.query(keys.settings(site).pk, prefix="SOURCE#").items if settings else ():
            started += _start(event, site, known.body["source"], timezone(settings.body))
    gone = sum(snapshot.sweep(wiring.work(), site, now=wiring.now()) for site in sites)
    wiring.logger.info("weekly", started=started, gone=gone)
    return {"started": started, "gone": gone}


def _start(event: dict[str, Any], site: str, source: str, zone: str) -> bool:
    load = load_of(event["time"], f"{event['id']}\0{site}\0{source}")
    now = wiring.now()
    if not verify.order(wiring.store(), wiring.work(), site, source, load=load, by=BY,
                        today=clock.local_date(now, zone), now=now):
        return False
    machine = environment({"sync": "SYNC_ARN"}, os.environ)["sync"]
    states = wiring.workflow()
    try:
        states.start_execution(stateMachineArn=machine, name=load, input=json.dumps({"site": site, "load": load}))
    except states.exceptions.ExecutionAlreadyExists:
        return False
    wiring.store().update(keys.source(site, source), lambda body: body and body | {"verified_at": now})
    return True


def load_of(time: str, name: str) -> str:
    """A load's number (ULID) from a time and a name."""
    milliseconds = int(clock.moment(time).timestamp() * 1000)
    drawn = int.from_bytes(hashlib.sha256(name.encode()).digest()) % (1 << _RANDOM_BITS)
    number = (milliseconds << _RANDOM_BITS) | drawn
    return "".join(_LETTERS[number >> shift & 31] for shift in range(125, -5, -5))

"""Go through a batch of accounts (`{"site", "batch"}`); what is left when the time is over, another call does.

It also sends the links that people ask for where they sign in (`{"site", "asked": [account, …]}`).
"""

from __future__ import annotations

import json
import os
import secrets
from functools import partial
from typing import Any

from rostering import asked
from rostering.batches.work import work
from rostering.settings import environment
from sync import wiring
from sync.site_secrets import open_secrets

_TIME_FOR_A_PART_MILLISECONDS = 120_000     # and for the sheet


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    if "asked" in event:
        return _asked(event["site"], event["asked"])
    site, batch = event["site"], event["batch"]
    over = work(wiring.store(), wiring.work(), site, batch, secrets=partial(open_secrets, site),
                post=partial(wiring.post, site), now=wiring.now,
                alarm=lambda code: wiring.logger.warning("many views", code=code, site=site, batch=batch),
                in_time=lambda: context.get_remaining_time_in_millis() > _TIME_FOR_A_PART_MILLISECONDS)
    if not over:
        wiring.functions().invoke(FunctionName=environment({"batch": "BATCH_FUNCTION"}, os.environ)["batch"],
                            InvocationType="Event", Payload=json.dumps({"site": site, "batch": batch}).encode())
    wiring.logger.info("batch", site=site, batch=batch, over=over)
    return {"over": over}


def _asked(site: str, accounts: list[str]) -> dict[str, Any]:
    done = asked.answer(wiring.store(), site, accounts, pepper=open_secrets(site).pepper, post=wiring.post(site),
                        random_bytes=secrets.token_bytes, at=wiring.now()) if accounts else {}
    wiring.logger.info("asked", site=site, **done)
    return {}

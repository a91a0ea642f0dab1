"""Delete exports that are older than an hour: a sheet with first secrets doesn't lie about."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rostering import clock
from sync import wiring

KEPT = timedelta(minutes=60)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    before = clock.moment(wiring.now()) - KEPT
    gone = 0
    for key, written in wiring.work().written("exports/"):
        if written < before:
            wiring.work().delete(key)
            gone += 1
    wiring.logger.info("swept", gone=gone)
    return {"gone": gone}

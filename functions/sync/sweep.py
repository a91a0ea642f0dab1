"""Delete exports that are older than an hour: a sheet with first secrets doesn't lie about."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rostering import clock
from sync import wiring

KEPT = timedelta(minutes=60)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    gone = sweep(wiring.work(), now=wiring.now())
    wiring.logger.info("swept", gone=gone)
    return {"gone": gone}


def sweep(files: Any, *, now: str) -> int:
    """Delete what was written below exports/ more than an hour before `now`; gives how many files that were."""
    before = clock.moment(now) - KEPT
    old = [key for key, written in files.written("exports/") if written < before]
    for key in old:
        files.delete(key)
    return len(old)

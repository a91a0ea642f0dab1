"""One load at a time writes to a site: a lease in the table, with expiry and a fencing number.

A task makes sure of the lease as it starts, for longer than any task can run: so a worker that was
cut off and wakes up late finds its time over before another load may begin.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rostering import snapshot
from rostering.clock import iso, moment
from rostering.errors import Conflict
from rostering.load import progress
from rostering.load.ground import Ground
from rostering.store import keys

LEASE_SECONDS = 1_800
_TASK_SECONDS = 900     # the longest that a task can run
_FREE: dict[str, Any] = {"load": "", "until": "", "fence": 0, "moves": 0}
_RENEW_BELOW = timedelta(seconds=_TASK_SECONDS + 300)


def begin(ground: Ground, *, planned_on: str, moves: int) -> dict[str, Any]:
    """Take the site's lease: `{"outcome": "started" | "busy" | "moved"}`.

    "busy": another load is being applied, ask again. "moved": the ground that the plan was made on
    (the snapshot that load `planned_on` made, and the site's number `moves`) is gone; plan again.
    Taking it twice is taking it once.
    """
    if not take(ground):
        return {"outcome": "busy"}
    moved = moves_of(ground.store, ground.site) != moves
    if moved or snapshot.read(ground.files, ground.site, ground.source).load != planned_on:
        release(ground)
        return {"outcome": "moved"}
    progress.change(ground.store, ground.site, ground.load, now=ground.now, state="applying")
    return {"outcome": "started"}


def take(ground: Ground) -> bool:
    """Take the lease, or keep it if it is ours; False: somebody else holds it."""
    return _write(ground, lambda lease: _take(ground, lease))


def keep(ground: Ground) -> None:
    """Make sure that the lease is still ours, and keep it for longer. Raises Conflict if it is not."""
    lease = ground.store.get(keys.lease(ground.site))
    if lease is None or lease.body["load"] != ground.load:
        raise Conflict(f"load {ground.load} does not hold the lease of its site any more")
    if moment(lease.body["until"]) - moment(ground.now) < _RENEW_BELOW:
        _write(ground, lambda body: _take(ground, body))


def release(ground: Ground) -> None:
    """Give the lease back, if it is ours."""
    _write(ground, lambda lease: lease | {"load": "", "until": ""}
           if lease and lease["load"] == ground.load else None)


def release_moved(ground: Ground) -> None:
    """Give the lease back, if it is ours, after a change: plans that were made before are made again."""
    _write(ground, lambda lease: lease | {"load": "", "until": "", "moves": lease["moves"] + 1}
           if lease and lease["load"] == ground.load else None)


def moves_of(store: Any, site: str) -> int:
    """How often the ground of a site moved: by loads of any source, and by people's decisions."""
    lease = store.get(keys.lease(site))
    return lease.body["moves"] if lease else 0


def move(store: Any, site: str) -> None:
    """Tell all plans of a site that something they stand on was decided: they are made again."""
    store.update(keys.lease(site), lambda lease: (lease or _FREE) | {"moves": (lease or _FREE)["moves"] + 1})


def _take(ground: Ground, lease: dict[str, Any] | None) -> dict[str, Any] | None:
    lease = lease or _FREE
    ours = lease["load"] == ground.load
    if lease["load"] and not ours and lease["until"] > ground.now:
        return None
    until = iso(moment(ground.now) + timedelta(seconds=LEASE_SECONDS))
    return lease | {"load": ground.load, "until": until, "fence": lease["fence"] + (not ours)}


def _write(ground: Ground, change: Any) -> bool:
    """Change the lease; whether it is ours afterwards."""
    item = ground.store.update(keys.lease(ground.site), change)
    if item is None:
        item = ground.store.get(keys.lease(ground.site))
    return item is not None and item.body["load"] == ground.load

"""Make the digest of a site: once a day, from 05:00 of its own time on, kept before anybody is told.

The item of the day is written under the condition that there is none. `told` becomes true when the
event and the letter are out; a call that stopped between the two is gone on with, so nobody misses a
digest, and at worst somebody gets it twice.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rostering.clock import iso, moment
from rostering.digest import lines
from rostering.digest.gather import gather
from rostering.settings import timezone
from rostering.store import keys
from rostering.store.keys import Item

HOUR = 5
KEPT_DAYS = 400


def is_due(store: Any, site: str, settings: dict[str, Any], *, now: str) -> bool:
    """Whether it is past 05:00 at the site, and nobody was told the day's digest yet."""
    local = moment(now).astimezone(ZoneInfo(timezone(settings)))
    if local.hour < HOUR:
        return False
    item = store.get(keys.digest(site, local.date().isoformat()))
    return item is None or not item.body["told"]


def make(store: Any, files: Any, site: str, settings: dict[str, Any], *, now: str,
         in_time: Callable[[], bool] = lambda: True) -> dict[str, Any]:
    """The day's digest of a site, made now or found as it was made; `told` says whether it is out."""
    day = moment(now).astimezone(ZoneInfo(timezone(settings))).date().isoformat()
    key = keys.digest(site, day)
    found = store.get(key)
    if found is not None:
        return found.body
    earlier = _before(store, site, day)
    since = max(earlier.get("at", ""), iso(moment(now) - timedelta(days=7))) if earlier else iso(
        moment(now) - timedelta(days=1))
    facts = gather(store, files, site, now=now, since=since, before=earlier.get("ready", {}), in_time=in_time)
    told = lines.lines(facts)
    body = {"day": day, "at": now, "since": since, "site": site, "name": settings.get("name", site),
            "counts": lines.counts(told), "lines": told, "told": False,
            "ready": earlier.get("ready", {}) | {one.school: one.missing for one in facts.schools}}
    expires = int((moment(now) + timedelta(days=KEPT_DAYS)).timestamp())
    if not store.insert(Item(key, body, expires=expires)):
        return store.get(key).body             # another call was faster: the digest is the one that is kept
    return body


def was_told(store: Any, site: str, day: str, *, to: int) -> None:
    """Note that the digest is out, and to how many addresses its letter went."""
    store.update(keys.digest(site, day), lambda body: body and body | {"told": True, "letters": to})


def _before(store: Any, site: str, day: str) -> dict[str, Any]:
    newest = store.query(keys.digest(site, "").pk, limit=2, backwards=True).items
    return next((item.body for item in newest if item.key.sk < day), {})

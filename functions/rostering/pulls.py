"""A pull of a connection: its item, which people follow, and the lease of whoever pulls.

A pull is asked for by a schedule, a webhook or a person, and answered by the function that pulls.
States are those of `zones` and `districts`; these are the ones that end it:

| state       | what it means                                             |
|-------------|-----------------------------------------------------------|
| pulled      | what came is a load, which goes on by itself              |
| nothing     | there was nothing new                                     |
| checked     | a check went well                                         |
| refused     | somebody has to act: `code` and `message` say who         |
| unavailable | the other side does not answer; it is tried again later   |
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rostering.clock import iso, moment
from rostering.store.keys import Item, Key

OVER = frozenset({"pulled", "nothing", "checked", "refused", "unavailable"})
KEPT_DAYS = 90
BY_SCHEDULE = "schedule"


def read(store: Any, key: Key, *, now: str, **about: str) -> dict[str, Any]:
    """The pull at `key`; one that a schedule asked for is made now. `about` is what it is of: pull, kind, ..."""
    item = store.get(key)
    if item is not None:
        return item.body
    body = {"by": BY_SCHEDULE, "at": now, "updated_at": now, "state": "waiting", "code": "", "message": "", "load": "",
            "facts": {}} | about
    store.insert(Item(key, body, expires=int((moment(now) + timedelta(days=KEPT_DAYS)).timestamp())))
    return body


def tell(store: Any, key: Key, *, now: str, state: str, code: str = "", **told: Any) -> None:
    """Write where a pull stands, for whoever follows it. One that is over stays as it ended."""
    def change(body: dict[str, Any] | None) -> dict[str, Any] | None:
        if body is None or body["state"] in OVER:
            return None
        return body | {"state": state, "code": code, "message": "", "updated_at": now} | told
    store.update(key, change)


def take_lease(store: Any, key: Key, owner: str, *, now: str, seconds: float) -> bool:
    """Whether nobody else pulls; then `owner` does, until the time is over or `free_lease`."""
    def take(body: dict[str, Any] | None) -> dict[str, Any] | None:
        if body and body["owner"] not in ("", owner) and body["until"] > now:
            return None
        return {"owner": owner, "until": iso(moment(now) + timedelta(seconds=seconds))}
    lease = store.update(key, take)
    return lease is not None and lease.body["owner"] == owner and lease.body["until"] > now


def free_lease(store: Any, key: Key, owner: str) -> None:
    """Let others pull, if it was `owner` who did."""
    store.update(key, lambda body: {"owner": "", "until": ""} if body and body["owner"] == owner else None)

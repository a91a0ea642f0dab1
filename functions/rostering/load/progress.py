"""The item of a load: its state, stage, counts and files. It is what people see and follow.

    received → read → planned → (held → approved | rejected | expired | replaced) → applying → done
    turned_back: the input is wrong, nothing changed   failed: ours, can be run again
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from rostering.clock import iso, moment
from rostering.errors import Conflict
from rostering.store import keys
from rostering.store.keys import Item, Key

OVER = frozenset({"done", "turned_back", "rejected", "expired", "replaced", "failed", "undone"})
STAGES = ("read", "plan", "gate", "apply", "credentials", "export", "report")
HOLD_DAYS = 7


def create(store: Any, site: str, load: str, body: dict[str, Any], *, now: str) -> bool:
    """Make the item of a new load; False if it is there already."""
    body = {"load": load, "site": site, "state": "received", "stage": "read", "received_at": now,
            "updated_at": now, "stage_at": now, "counts": {}, "holds": [], "seconds": {}, "files": {}} | body
    return store.insert(Item(keys.load(site, load), body, listed=Key(keys.loads(site), load)))


def read(store: Any, site: str, load: str) -> dict[str, Any] | None:
    item = store.get(keys.load(site, load))
    return item.body if item else None


def change(store: Any, site: str, load: str, *, now: str, **fields: Any) -> dict[str, Any]:
    """Set fields of a load; `files` and `seconds` are merged into what is there. Gives the new body."""
    def set_fields(body: dict[str, Any] | None) -> dict[str, Any] | None:
        if body is None:
            return None
        merged = {name: (body.get(name, {}) | value if name in ("files", "seconds") else value)
                  for name, value in fields.items()}
        return body | merged | {"updated_at": now}
    item = store.update(keys.load(site, load), set_fields)
    return item.body if item else {}


def enter(store: Any, site: str, load: str, stage: str, total: int, *, now: str, **fields: Any) -> None:
    """Begin a stage of `total` steps; the stage before gets its seconds. Entering it twice is once."""
    def begin(body: dict[str, Any] | None) -> dict[str, Any] | None:
        if body is None or (body["stage"] == stage and body.get("progress", {}).get("total") == total):
            return None if body is None or not fields else body | fields
        seconds = dict(body["seconds"])
        seconds[body["stage"]] = round(seconds.get(body["stage"], 0) + _between(body["stage_at"], now), 3)
        return body | fields | {"stage": stage, "stage_at": now, "updated_at": now, "seconds": seconds,
                                "progress": {"stage": stage, "done": 0, "total": total}}
    store.update(keys.load(site, load), begin)


def step(store: Any, site: str, load: str, stage: str, *, now: str) -> None:
    """One more step of `stage` is done. Only for show: a lost race leaves the figure as it is."""
    def advance(body: dict[str, Any] | None) -> dict[str, Any] | None:
        progress = (body or {}).get("progress", {})
        if progress.get("stage") != stage or progress["done"] >= progress["total"]:
            return None
        return body | {"progress": progress | {"done": progress["done"] + 1}, "updated_at": now}
    _or_leave(lambda: store.update(keys.load(site, load), advance))


def add_sheets(store: Any, site: str, load: str, school: str, made: list[str], *, now: str) -> None:
    """Note the account info sheets of one school; made again, they take the place of the first ones."""
    def add(body: dict[str, Any] | None) -> dict[str, Any] | None:
        if body is None:
            return None
        sheets = body.get("sheets", {}) | {school: made}
        listed = [key for school in sorted(sheets) for key in sheets[school]]
        return body | {"sheets": sheets, "files": body["files"] | {"account_sheets": listed},
                       "sheets_at": now, "updated_at": now}
    store.update(keys.load(site, load), add)


def close(store: Any, site: str, load: str, state: str, *, now: str, **fields: Any) -> dict[str, Any]:
    """End a load in `state`. A load that is over stays as it ended."""
    def end(body: dict[str, Any] | None) -> dict[str, Any] | None:
        if body is None or body["state"] in OVER:
            return None
        seconds = dict(body["seconds"])
        seconds[body["stage"]] = round(seconds.get(body["stage"], 0) + _between(body["stage_at"], now), 3)
        body = {name: value for name, value in body.items() if name not in ("task_token", "expires_at")}
        files = body["files"] | fields.pop("files", {})
        return body | fields | {"state": state, "stage": "", "updated_at": now, "seconds": seconds,
                                "files": files, "progress": {}}
    item = store.update(keys.load(site, load), end)
    return item.body if item else {}


def expiry(now: str) -> str:
    """When a hold that begins `now` expires."""
    return iso(moment(now) + timedelta(days=HOLD_DAYS))


def _between(before: str, after: str) -> float:
    return max((moment(after) - moment(before)).total_seconds(), 0.0)


def _or_leave(write: Callable[[], Any]) -> None:
    try:
        write()
    except Conflict:
        return

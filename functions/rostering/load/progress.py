"""The item of a load: its state, stage, counts and files. It is what people see and follow.

    received → read → planned → (held → approved | rejected | expired | replaced) → applying → done
    turned_back: the input is wrong, nothing changed   failed: ours, can be run again
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rostering.clock import iso, moment
from rostering.errors import Conflict
from rostering.store import keys
from rostering.store.keys import Item, Key

OVER = frozenset({"done", "turned_back", "rejected", "expired", "replaced", "failed", "undone"})
STAGES = ("read", "plan", "gate", "hold", "apply", "credentials", "export", "report")
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
        if body is None:
            return None
        entered = body if body["stage"] == stage else _entered(body, stage, total, now)
        return None if entered is body and not fields else entered | fields | {"updated_at": now}
    store.update(keys.load(site, load), begin)


def step(store: Any, site: str, load: str, stage: str, *, now: str) -> None:
    """One more step of `stage` is done; the first one begins it, with as many steps as `steps` of the load says.

    Only for show: a lost race leaves the figure as it is.
    """
    def advance(body: dict[str, Any] | None) -> dict[str, Any] | None:
        if body is None or body["state"] in OVER or _is_past(body["stage"], stage):
            return None
        if body["stage"] != stage:
            body = _entered(body, stage, body.get("steps", {}).get(stage, 1), now)
        progress = body["progress"]
        done = min(progress["done"] + 1, progress["total"])
        return body | {"progress": progress | {"done": done}, "updated_at": now}
    try:
        store.update(keys.load(site, load), advance)
    except Conflict:
        return


def _is_past(stage: str, other: str) -> bool:
    return stage in STAGES and STAGES.index(stage) > STAGES.index(other)


def _entered(body: dict[str, Any], stage: str, total: int, now: str) -> dict[str, Any]:
    return body | {"stage": stage, "stage_at": now, "seconds": _seconds(body, now),
                   "progress": {"stage": stage, "done": 0, "total": total}}


def _seconds(body: dict[str, Any], now: str) -> dict[str, float]:
    """Seconds by stage, with the present stage up to `now`."""
    stage = body["stage"]
    spent = max((moment(now) - moment(body["stage_at"])).total_seconds(), 0.0)
    return body["seconds"] | {stage: round(body["seconds"].get(stage, 0) + spent, 3)} if stage else body["seconds"]


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
        seconds = _seconds(body, now)
        body = {name: value for name, value in body.items() if name not in ("task_token", "expires_at", "steps")}
        files = body["files"] | fields.pop("files", {})
        return body | fields | {"state": state, "stage": "", "updated_at": now, "seconds": seconds,
                                "files": files, "progress": {}}
    item = store.update(keys.load(site, load), end)
    return item.body if item else {}


def expiry(now: str) -> str:
    """When a hold that begins `now` expires."""
    return iso(moment(now) + timedelta(days=HOLD_DAYS))

"""The item of a load: its state, stage, counts and files. It is what people see and follow.

    received → read → planned → (held → approved | rejected | expired | replaced) → applying → done
    turned_back: the input is wrong, nothing changed   failed: ours, can be run again
    previewed: a dry run, only the plan was asked for   undone: it was done, and taken back by another load
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from rostering import audit
from rostering.clock import iso, moment
from rostering.errors import Conflict
from rostering.store import keys
from rostering.store.keys import Item, Key
from rostering.store.writes import Insert, Replace

OVER = frozenset({"done", "turned_back", "rejected", "expired", "replaced", "failed", "previewed", "undone"})
STAGES = ("read", "plan", "gate", "hold", "apply", "credentials", "export", "report")
HOLD_DAYS = 7
_ATTEMPTS = 8
_EVENTS = {"done": "load.applied", "turned_back": "load.turned_back", "rejected": "load.closed"}


def create(store: Any, site: str, load: str, body: dict[str, Any], *, now: str) -> bool:
    """Make the item of a new load, with its audit event; False if it is there already."""
    body = {"load": load, "site": site, "state": "received", "stage": "read", "received_at": now,
            "updated_at": now, "stage_at": now, "counts": {}, "holds": [], "seconds": {}, "files": {}} | body
    item = Item(keys.load(site, load), body, listed=Key(keys.loads(site), load))
    event = audit.event(site, "load.received", by=body.get("sent_by") or load, at=now, name=f"{load}-received",
                        load=load, source=body.get("source"))
    return store.write_together([Insert(item), Insert(event)])


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
        if body is None or body["state"] in OVER:
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


def worked(store: Any, site: str, load: str) -> float:
    """Seconds that a load took so far, without the time in which it waited for a person."""
    seconds = (read(store, site, load) or {}).get("seconds", {})
    return round(sum(spent for stage, spent in seconds.items() if stage != "hold"), 3)


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


def close(store: Any, site: str, load: str, state: str, *, now: str, **fields: Any) -> None:
    """End a load in `state`, with its audit event. A load that is over stays as it ended, and what was decided on
    in the meantime is not replaced.
    """
    def end(body: dict[str, Any]) -> dict[str, Any] | None:
        if body["state"] in OVER or (state == "replaced" and body["state"] != "held"):
            return None
        seconds = _seconds(body, now)
        body = {name: value for name, value in body.items() if name not in ("task_token", "expires_at", "steps")}
        files = body["files"] | fields.pop("files", {})
        return body | fields | {"state": state, "stage": "", "updated_at": now, "seconds": seconds,
                                "files": files, "progress": {}}
    _with_event(store, site, load, _EVENTS.get(state, f"load.{state}"), end, now=now)


def wait(store: Any, site: str, load: str, *, task_token: str, now: str) -> None:
    """Let a load wait for a person, with its audit event. `task_token` wakes its workflow.

    One that waits already, since the task was run again, waits with the new token; that is no second event.
    """
    if (read(store, site, load) or {}).get("state") == "held":
        item = store.update(keys.load(site, load), lambda body: body | {"task_token": task_token}
                            if body and body["state"] == "held" else None)
        if item and item.body.get("task_token") == task_token:
            return

    def held(body: dict[str, Any]) -> dict[str, Any] | None:
        if body["state"] in OVER:
            return None
        body = body if body["stage"] == "hold" else _entered(body, "hold", 1, now)
        expires = iso(moment(now) + timedelta(days=HOLD_DAYS))
        return body | {"state": "held", "task_token": task_token, "expires_at": expires, "updated_at": now}
    _with_event(store, site, load, "load.held", held, now=now)


def resume(store: Any, site: str, load: str, *, by: str, reason: str, now: str) -> int:
    """Let a load that stopped begin anew with its plan, with its audit event; how often it was resumed so far.

    What it wrote stays. A decision of a person stays too, for the part that it was about. 0: it did not stop.
    """
    times = 0

    def begin(body: dict[str, Any]) -> dict[str, Any] | None:
        nonlocal times
        times = 0
        if body["state"] in OVER - {"failed"} or body["state"] == "held":
            return None
        times = body.get("resumed", 0) + 1
        kept = {name: value for name, value in body.items() if name not in ("message", "task_token", "expires_at")}
        return kept | {"state": "read", "stage": "read", "stage_at": now, "updated_at": now, "resumed": times}
    _with_event(store, site, load, "load.resumed", begin, now=now, by=by, reason=reason)
    return times


def undone(store: Any, site: str, load: str, *, by_load: str, by: str, reason: str, school: str, account: str,
           now: str) -> None:
    """Note that load `by_load` took back a load, or what of it concerns one school or account; with its audit event."""
    def take_back(body: dict[str, Any]) -> dict[str, Any] | None:
        parts = body.get("undone_parts", [])
        if body["state"] == "undone" or any(part["load"] == by_load for part in parts):
            return None
        if school or account:
            return body | {"undone_parts": [*parts, {"load": by_load, "school": school, "account": account}],
                           "updated_at": now}
        return body | {"state": "undone", "undone_by": by_load, "updated_at": now}
    _with_event(store, site, load, "load.undone", take_back, now=now, by=by, reason=reason, undone_by=by_load,
                school=school, account=account)


def stands_again(store: Any, site: str, load: str, *, undo: str, now: str) -> None:
    """What `undo` had taken back of a load is done again, since that undo was undone."""
    def restore(body: dict[str, Any] | None) -> dict[str, Any] | None:
        if body is None:
            return None
        parts = [part for part in body.get("undone_parts", []) if part["load"] != undo]
        if body.get("undone_by") == undo:
            body = {name: value for name, value in body.items() if name != "undone_by"} | {"state": "done"}
        elif len(parts) == len(body.get("undone_parts", [])):
            return None
        return body | {"undone_parts": parts, "updated_at": now}
    store.update(keys.load(site, load), restore)


def _with_event(store: Any, site: str, load: str, what: str, change: Callable[[dict[str, Any]], dict[str, Any] | None],
                *, now: str, by: str = "", **about: Any) -> None:
    """Change the item of a load and write the audit event of it, both or none. The load did it, unless `by` did."""
    for _ in range(_ATTEMPTS):
        item = store.get(keys.load(site, load))
        changed = change(item.body) if item else None
        if changed is None:
            return
        event = audit.event(site, what, by=by or load, at=now, name=f"{about.get('undone_by', load)}-{what}", load=load,
                            state=changed["state"], problems=changed.get("problem_counts"), **about)
        replaced = Item(item.key, changed, item.version + 1, item.listed, item.expires)
        if store.write_together([Replace(replaced), Insert(event)]):
            return
    raise Conflict(f"the item of load {load} changed again and again")

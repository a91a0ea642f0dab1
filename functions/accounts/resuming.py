"""Resuming a load that stopped: the operator's order, once what stopped it is gone."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from accounts.dead_letters import Reason
from accounts.ports import Ports, seconds_of
from accounts.sites import SiteName
from rostering.errors import InputError
from rostering.load import progress
from rostering.store import keys

FEED_DAYS = 30                  # as template.yaml keeps feeds
# What takes no load's place: it came to nothing itself.
_CAME_TO_NOTHING = frozenset({"rejected", "expired", "failed", "turned_back", "undone", "replaced"})


class ResumeLoad(BaseModel):
    """A load that failed, or whose workflow ended without a word, is to go on."""

    model_config = ConfigDict(extra="forbid")
    action: Literal["resume-load"]
    site: SiteName
    load: Annotated[str, Field(min_length=1, max_length=64)]
    reason: Reason


def resume(ports: Ports, order: ResumeLoad) -> dict[str, Any]:
    """Start the workflow of a load once more: it plans anew, and what was written already is written already.

    Raises InputError if there is no such load, if it did not stop, or if it is too late to go on with it.
    """
    body = progress.read(ports.store, order.site, order.load)
    if body is None:
        raise InputError("LOAD", f"There is no load {order.load} at {order.site}.")
    _check(ports, order, body)
    times = progress.resume(ports.store, order.site, order.load, by="operator", reason=order.reason.strip(),
                            now=ports.time())
    if not times:
        raise InputError("CHANGED", "The load is changing right now. Look at it, and ask again.")
    ports.workflow.start(order.site, order.load, name=_execution(order.load, times))
    return {"site": order.site, "load": order.load, "resumed": times}


def _check(ports: Ports, order: ResumeLoad, body: dict[str, Any]) -> None:
    state = body["state"]
    if state != "failed":
        if state in progress.OVER or state == "held":
            raise InputError("NOT_STOPPED", f"The load did not stop: it is {state.replace('_', ' ')}.")
        if ports.workflow.is_running(_execution(order.load, body.get("resumed", 0))):
            raise InputError("RUNNING", f"The load is running: it is {state.replace('_', ' ')}.")
    since = seconds_of(body.get("received_at"))
    if since is None or ports.now() - since > FEED_DAYS * 86_400:
        raise InputError("TOO_OLD", f"What was read is kept for {FEED_DAYS} days. Hand the file in again.")
    if body.get("undoes") or body.get("purpose", "load") != "load":
        return                  # these go by what stands, not by what was sent
    newest = ports.store.get(keys.newest(order.site, body["source"]))
    newer = newest.body["load"] if newest else ""
    if newer > order.load:
        found = progress.read(ports.store, order.site, newer)
        if found and found["state"] not in _CAME_TO_NOTHING:
            raise InputError("NEWER", f"Load {newer} of the same source is newer: going on with this one would bring "
                                      "older values back. Reject or undo that one first, if this one is meant.")


def _execution(load: str, times: int) -> str:
    return f"{load}-{times}" if times else load

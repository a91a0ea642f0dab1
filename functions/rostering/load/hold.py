"""A load that waits for a person: one per source at most, the newest."""

from __future__ import annotations

from typing import Any

from rostering.load import progress
from rostering.load.ground import Ground
from rostering.load.manifest import FeedManifest
from rostering.store import keys


def hold(ground: Ground, *, task_token: str) -> None:
    """Let the load wait. `task_token` wakes its workflow when somebody decides."""
    progress.wait(ground.store, ground.site, ground.load, task_token=task_token, now=ground.now)


def note_delivery(ground: Ground) -> None:
    """Make this load the newest delivery of its source that was read, whatever comes of it.

    `feed` is the load whose delivery it goes on with.
    """
    feed = FeedManifest.read(ground.files, ground.site, ground.load).feed
    told = {"source": ground.source, "load": ground.load, "feed": feed}
    ground.store.update(keys.delivered(ground.site, ground.source),
                        lambda body: told if (body or {}).get("load", "") < ground.load else None)


def outdates(ground: Ground, outcome: str) -> bool:
    """Whether a plan of `outcome` takes the place of an older load of its source that still waits.

    One that changes nothing does if it is a pull that asked for everything and was answered of each kind that
    the older one was: it says all of it anew. A sheet may be about others, events are about some.
    """
    if outcome != "unchanged":
        return outcome in ("approved", "held")
    ours = FeedManifest.read(ground.files, ground.site, ground.load)
    if "sent" not in ours.about or not ours.diff_scope.pulled_at:
        return False
    newest = ground.store.get(keys.newest(ground.site, ground.source))
    older = newest.body["load"] if newest else ""
    if not older or (progress.read(ground.store, ground.site, older) or {}).get("state") != "held":
        return True
    theirs = FeedManifest.read(ground.files, ground.site, older)
    if theirs.feed != older:
        theirs = FeedManifest.read(ground.files, ground.site, theirs.feed)
    return theirs.about.get("sent", {}).keys() <= ours.about["sent"].keys()


def replace_older(ground: Ground) -> str:
    """Make this load the newest of its source; gives the task token of an older one that still waits, or ""."""
    older = ""

    def newest(body: dict[str, Any] | None) -> dict[str, Any] | None:
        nonlocal older
        older = (body or {}).get("load", "")
        return {"load": ground.load} if older < ground.load else None
    ground.store.update(keys.newest(ground.site, ground.source), newest)
    if not older or older >= ground.load:
        return ""
    body = progress.read(ground.store, ground.site, older) or {}
    if body.get("state") != "held":
        return ""
    progress.close(ground.store, ground.site, older, "replaced", now=ground.now, replaced_by=ground.load)
    ended = progress.read(ground.store, ground.site, older) or {}
    return body.get("task_token", "") if ended.get("state") == "replaced" else ""

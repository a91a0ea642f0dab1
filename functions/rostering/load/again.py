"""Go on with a delivery that was loaded in part: as a load of its own, planned on the ground as it is now."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rostering.load import progress
from rostering.load.ground import Ground
from rostering.load.manifest import NOWHERE, FeedManifest
from rostering.snapshot import Files
from rostering.store import keys

_SAME = ("source", "file_name", "drop_key", "sent_by", "load_type", "problem_counts", "problems_listed")


def rest(ground: Ground, manifest: FeedManifest) -> str:
    """The load that keeps what a person did not approve, held; "" if a newer load took its place.

    Its number follows from the load's, so that asking again makes no second one.
    """
    newest = ground.store.get(keys.newest(ground.site, ground.source))
    if newest and newest.body["load"] != ground.load:
        return ""
    number = following(ground.load)
    go_on(ground.store, ground.files, manifest, load=number, now=ground.now, about={"rest_of": ground.load})
    return number


def go_on(store: Any, files: Files, manifest: FeedManifest, *, load: str, now: str, about: dict[str, Any]) -> None:
    """Make load `load` of the delivery that `manifest` is about; its workflow is for the caller to start.

    The kinds of which the delivery says nothing go over to it. How many a pull sent does not: whoever
    decided about the delivery was asked what it came without.
    """
    unsaid = {"unsaid": manifest.about["unsaid"]} if "unsaid" in manifest.about else {}
    replace(manifest, load=load, about={"feed": manifest.feed} | unsaid | about).write(files)
    before = progress.read(store, manifest.site, manifest.load) or {}
    body = {name: before[name] for name in _SAME if name in before} | {"goes_on_with": manifest.load}
    progress.create(store, manifest.site, load, body, now=now)


def for_the_left_out(manifest: FeedManifest) -> FeedManifest:
    """The delivery again, for those who were left out of it: what is absent and what was wrong was judged before."""
    return replace(manifest, load_type="Add and update", scope=NOWHERE,
                   counts={kind: counted | {"problems": 0} for kind, counted in manifest.counts.items()})


def following(load: str) -> str:
    """The number after `load`: a ULID sorts by its letters (Crockford's base 32)."""
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    head = load.rstrip("Z")
    tail = "0" * (len(load) - len(head))
    return f"{head[:-1]}{letters[letters.index(head[-1]) + 1]}{tail}" if head else f"{load}0"

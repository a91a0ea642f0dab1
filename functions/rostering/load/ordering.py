"""Loads that a person orders: what they are about, their shards, their item. The workflow is the caller's to start."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rostering.clock import local_date
from rostering.load import paths, progress
from rostering.load.manifest import NOWHERE, FeedManifest
from rostering.settings import timezone
from rostering.store import keys


def undo(store: Any, files: Any, site: str, load: str, *, undoes: str, by: str, reason: str, now: str,
         school: str = "", account: str = "", dry_run: bool = False) -> dict[str, Any]:
    """Make load `load`, which undoes load `undoes` or what of it concerns a school or an account; its item.

    An order that was begun and is sent again, since no answer came, goes on with the load that it had made.
    """
    last = "last_dry_run" if dry_run else "last_undo"
    extent = {"undoes": undoes, "school": school, "account": account, "dry_run": dry_run}
    begun = _begun(store, files, site, undoes, last, extent)
    load = begun or load
    undone = FeedManifest.read(files, site, undoes)
    about = extent | {"by": by, "reason": reason,
                      "resumes": _failed(store, files, site, undoes, school=school, account=account)}
    blank = {phase: [{"digest": "", "entities": {}} for _ in listed] for phase, listed in undone.shards.items()}
    today = local_date(now, timezone(store.get(keys.settings(site)).body)).isoformat()
    manifest = replace(undone, load=load, purpose="undo", load_type="Undo", about=about, shards=blank, counts={},
                       today=today, scope=NOWHERE)
    if not begun:
        manifest.write(files)
    progress.change(store, site, undoes, now=now, **{last: load})
    progress.create(store, site, load, {"source": undone.source, "sent_by": by, "load_type": "Undo",
                    "undoes": undoes, "dry_run": dry_run, "steps": {"plan": len(manifest.tasks)}}, now=now)
    return progress.read(store, site, load)


def _begun(store: Any, files: Any, site: str, undoes: str, last: str, extent: dict[str, Any]) -> str:
    """The load of the same order that was begun and never started, "" if there is none."""
    number = (progress.read(store, site, undoes) or {}).get(last, "")
    body = progress.read(store, site, number) if number else None
    if not number or (body and body["state"] != "received") or not files.exists(paths.feed(site, number)):
        return ""
    about = FeedManifest.read(files, site, number).about
    return number if all(about[name] == value for name, value in extent.items()) else ""


def _failed(store: Any, files: Any, site: str, undoes: str, *, school: str, account: str) -> list[str]:
    """The undos of the same thing that failed since the last one that did not, the last one first."""
    last = (progress.read(store, site, undoes) or {}).get("last_undo", "")
    body = progress.read(store, site, last) if last else None
    if not body or body["state"] != "failed":
        return []
    about = FeedManifest.read(files, site, last).about
    if (about["school"], about["account"]) != (school, account):
        return []
    return [last, *about["resumes"]]

"""Loads that a person orders: what they are about, their shards, their item. The workflow is the caller's to start."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rostering.clock import local_date
from rostering.load import progress
from rostering.load.manifest import NOWHERE, FeedManifest
from rostering.settings import timezone
from rostering.store import keys


def undo(store: Any, files: Any, site: str, load: str, *, undoes: str, by: str, reason: str, now: str,
         school: str = "", account: str = "", dry_run: bool = False) -> dict[str, Any]:
    """Make load `load`, which undoes load `undoes` or what of it concerns a school or an account; its item."""
    undone = FeedManifest.read(files, site, undoes)
    about = {"undoes": undoes, "school": school, "account": account, "dry_run": dry_run, "by": by, "reason": reason,
             "resumes": _failed(store, files, site, undoes, school=school, account=account)}
    blank = {phase: [{"digest": "", "entities": {}} for _ in listed] for phase, listed in undone.shards.items()}
    today = local_date(now, timezone(store.get(keys.settings(site)).body)).isoformat()
    manifest = replace(undone, load=load, purpose="undo", load_type="Undo", about=about, shards=blank, counts={},
                       today=today, scope=NOWHERE)
    manifest.write(files)
    progress.create(store, site, load, {"source": undone.source, "sent_by": by, "load_type": "Undo",
                    "undoes": undoes, "dry_run": dry_run, "steps": {"plan": len(manifest.tasks)}}, now=now)
    if not dry_run:
        progress.change(store, site, undoes, now=now, last_undo=load)
    return progress.read(store, site, load)


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

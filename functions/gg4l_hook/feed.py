"""What was pulled of a district becomes a load: its collections, mapped to records."""

from __future__ import annotations

from functools import partial
from typing import Any

from gg4l_hook.desk import Desk
from gg4l_hook.pages import Pages
from rostering.clock import local_date
from rostering.districts import Connection, source_of
from rostering.load import corrected, deliver, progress, tell
from rostering.model import Problem
from rostering.oneroster import problems
from rostering.oneroster.roster import Roster, RosterSettings
from rostering.oneroster.rows import COLLECTIONS
from rostering.settings import timezone
from rostering.store import keys

SNAPSHOT = "Snapshot"


def make(desk: Desk, connection: Connection, site: str, district: str, load: str, pages: Pages, *, by: str,
         first: bool) -> None:
    """Deliver load `load`; the `first` one of a district that nobody ordered waits for a person.

    Doing it again for a load that was delivered does nothing.
    """
    now, source = desk.now(), source_of(district)
    progress.create(desk.store, site, load, {"source": source, "load_type": SNAPSHOT, "sent_by": by}, now=now)
    if progress.read(desk.store, site, load)["state"] != "received":
        return
    settings = desk.store.get(keys.settings(site)).body
    today = local_date(now, timezone(settings)).isoformat()
    done = pages.body["done"]
    offered = frozenset(name for name, one in done.items() if one["state"] == "complete")
    roster = Roster(
        {name: partial(pages.rows, name) for name in offered}, today=today,
        settings=RosterSettings(guardian_source=connection.guardian_source, username_field=connection.usernames),
        corrections=corrected.read(desk.store, site, source),
        complete=frozenset(name for name in offered if done[name]["rows"]),
        absent_types=frozenset(COLLECTIONS) - offered)
    deliver.deliver(
        desk.work, site, load, source=source, load_type=SNAPSHOT, today=today, records=roster.records(),
        counts=roster.counts, scope=lambda: roster.scope() | {"pulled_at": now},
        about=lambda: _about(roster, pages, first=first))
    known = desk.store.get(keys.gg4l_district(site, district))
    empty = _empty((known.body if known else {}).get("collections", {}), done)
    tell.pulled(desk.store, desk.work, site, load, problems=[*empty, *roster.problems], codes=roster.codes,
                now=desk.now())


def _empty(before: dict[str, Any], done: dict[str, Any]) -> list[Problem]:
    """The collections that hold nothing now and held something when they were pulled last."""
    told = problems.notes(numbered=False)
    for name, one in done.items():
        if one["state"] == "complete" and not one["rows"] and (had := before.get(name, {}).get("rows")):
            told.note("W-OR-EMPTY", name, ref="", n=f"{had:,}")
    return told.listed


def _about(roster: Roster, pages: Pages, *, first: bool) -> dict[str, Any]:
    met = roster.met.as_body()
    return {"ready": pages.body["ready"]} | ({"first": True} if first else {}) | (
        {"corrections": met} if any(met.values()) else {})

"""What was pulled of a district becomes a load: its collections, mapped to records."""

from __future__ import annotations

from functools import partial
from typing import Any

from gg4l_hook.desk import Desk
from gg4l_hook.pages import Pages
from rostering import snapshot
from rostering.clock import local_date
from rostering.districts import Connection, source_of
from rostering.load import corrected, deliver, emptied, progress, tell
from rostering.oneroster import problems
from rostering.oneroster.roster import COLLECTION_OF, Roster, RosterSettings
from rostering.oneroster.rows import COLLECTIONS
from rostering.settings import timezone
from rostering.store import keys

SNAPSHOT = "Snapshot"
_COLLECTION_OF = COLLECTION_OF | {"enrollment": "enrollments"}


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
        about=lambda: _about(roster, pages, _sent(roster, done, connection), first=first))
    empty = emptied.still_empty(_sent(roster, done, connection), snapshot.read(desk.work, site, source),
                                problems.notes(numbered=False), _COLLECTION_OF)
    tell.pulled(desk.store, desk.work, site, load, problems=[*empty, *roster.problems], codes=roster.codes,
                now=desk.now())


def _sent(roster: Roster, done: dict[str, Any], connection: Connection) -> dict[str, int]:
    """How many of each kind came; no kind that we can't have."""
    asked = {kind: 0 for kind, of in _COLLECTION_OF.items() if done[of]["state"] == "complete"
             and (kind != "guardian" or connection.guardian_source == "agents")}
    births = done["demographics"]
    asked |= {"demographics": births["rows"]} if births["state"] == "complete" else {}
    return emptied.count_sent(asked, told=roster.told, counts=roster.counts)


def _about(roster: Roster, pages: Pages, sent: dict[str, int], *, first: bool) -> dict[str, Any]:
    met = roster.met.as_body()
    return {"ready": pages.body["ready"], "sent": sent} | ({"first": True} if first else {}) | (
        {"corrections": met} if any(met.values()) else {})

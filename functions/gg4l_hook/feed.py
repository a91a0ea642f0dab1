"""What was pulled of a district becomes a load: its collections, mapped to records."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

from gg4l_hook.desk import Desk
from gg4l_hook.pages import Pages
from rostering import snapshot
from rostering.causes import EMPTIED_WORDS
from rostering.clock import local_date
from rostering.districts import Connection, source_of
from rostering.load import corrected, deliver, progress, tell
from rostering.load.manifest import COUNTED_AS
from rostering.model import Problem
from rostering.oneroster import problems
from rostering.oneroster.roster import COLLECTION_OF, Roster, RosterSettings
from rostering.oneroster.rows import COLLECTIONS
from rostering.settings import timezone
from rostering.store import keys

SNAPSHOT = "Snapshot"
_COLLECTION_OF = COLLECTION_OF | {"enrollment": "enrollments"}
_COUNTED_AS = COUNTED_AS | {"enrollment": "rosters"}


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
    empty = _still_empty(_sent(roster, done, connection), snapshot.read(desk.work, site, source))
    tell.pulled(desk.store, desk.work, site, load, problems=[*empty, *roster.problems], codes=roster.codes,
                now=desk.now())


def _sent(roster: Roster, done: dict[str, Any], connection: Connection) -> dict[str, int]:
    """How many of each kind came, also deleted ones and such as do not load; no kind that we can't have.

    Of guardians who were deleted only their links are told.
    """
    told = roster.told + Counter(guardian=roster.told["guardian_link"])
    sent = {kind: max(told[kind], roster.counts[_COUNTED_AS[kind]]["rows"])
            for kind, of in _COLLECTION_OF.items() if done[of]["state"] == "complete"
            and (kind != "guardian" or connection.guardian_source == "agents")}
    births = done["demographics"]
    return sent | ({"demographics": births["rows"]} if births["state"] == "complete" else {})


def _still_empty(sent: dict[str, int], known: snapshot.Snapshot) -> list[Problem]:
    """What the load before did not have either, which a person let pass, though some of it are active."""
    told = problems.notes(numbered=False)
    for kind, number in sent.items():
        if not number and known.sent.get(kind) == 0 and (active := sum(known.active().get(kind, {}).values())):
            told.note("W-OR-EMPTY", _COLLECTION_OF[kind], ref="", what=EMPTIED_WORDS[kind], n=f"{active:,}")
    return told.listed


def _about(roster: Roster, pages: Pages, sent: dict[str, int], *, first: bool) -> dict[str, Any]:
    met = roster.met.as_body()
    return {"ready": pages.body["ready"], "sent": sent} | ({"first": True} if first else {}) | (
        {"corrections": met} if any(met.values()) else {})

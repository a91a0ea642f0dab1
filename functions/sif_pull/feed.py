"""What came of a zone becomes a load: the sets, with the events after them, mapped to records.

A full request tells of absence as far as its sets are complete (`Roster.scope`); a load of events
alone tells of none: whoever an event deleted is said to be inactive. Only a full request tells that a
zone has none of a kind (`emptied`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from rostering import snapshot
from rostering.clock import local_date
from rostering.load import corrected, deliver, emptied, progress, tell
from rostering.load.manifest import NOWHERE
from rostering.model import Problem
from rostering.settings import timezone
from rostering.sif import codes, problems
from rostering.sif.roster import OBJECT_OF, Roster, RosterSettings
from rostering.sif.sets import Told, fold
from rostering.store import keys
from rostering.zones import ZoneSettings
from sif_pull.ledger import Ledger

if TYPE_CHECKING:
    from sif_pull.job import Desk

FULL, EVENTS = "Full request", "Events"
_OBJECT_OF = OBJECT_OF | {"enrollment": "StudentSectionEnrollment", "room": "RoomInfo",
                          "staff_assignment": "StaffAssignment", "school_enrollment": "StudentSchoolEnrollment"}


def make(desk: Desk, zone: ZoneSettings, site: str, load: str, ledger: Ledger, *, full: dict[str, Any] | None,
         by: str) -> None:
    """Deliver load `load`; `full` is the full request it comes of, None where only events came.

    Doing it again for a load that was delivered does nothing.
    """
    now, what = desk.now(), FULL if full else EVENTS
    progress.create(desk.store, site, load, {"source": zone.source, "load_type": what, "sent_by": by}, now=now)
    if progress.read(desk.store, site, load)["state"] != "received":
        return
    settings = desk.store.get(keys.settings(site)).body
    sets = ledger.body["sets"]
    today = local_date(now, timezone(settings)).isoformat()
    roster = Roster(
        _openers(ledger, sets), today=today,
        settings=RosterSettings(username_element=zone.username_element),
        corrections=corrected.read(desk.store, site, zone.source),
        complete=frozenset(name for name, one in sets.items() if _is_whole(name, one, full)),
        absent_types=frozenset(codes.OBJECTS) - sets.keys())
    deliver.deliver(
        desk.work, site, load, source=zone.source, load_type=what, today=today, records=roster.records(),
        counts=roster.counts, scope=lambda: (roster.scope() | {"pulled_at": full["started_at"]}) if full else NOWHERE,
        about=lambda: _about(roster, sets, full))
    empty = emptied.still_empty(_sent(roster, sets, full), snapshot.read(desk.work, site, zone.source),
                                problems.notes(), _OBJECT_OF)
    tell.pulled(desk.store, desk.work, site, load, now=desk.now(), codes=roster.codes,
                problems=[*_of_sets(sets, full, ledger.body["lost_events"]), *empty, *roster.problems])
    if full:
        ledger.drop_sets({one["request"] for one in sets.values()})
        ledger.drop_events(min(one["sent_at"] for one in sets.values()))


def _of_sets(sets: dict[str, Any], full: dict[str, Any] | None, lost: int) -> list[Problem]:
    """What there is to say of whole sets: those that we may not have, or that broke off."""
    told = problems.notes()
    for name, one in (full or {"objects": {}})["objects"].items():
        if one["state"] != "complete":
            told.note("W-SIF-SET", name, ref="", says=one.get("message") or "The zone did not answer.")
    for name, one in sets.items():
        if flawed := one["flaws"].get("BAD_REFID"):
            told.note("W-BAD-REFID", name, ref="", n=f"{flawed:,}")
    if lost:
        told.note("W-SIF-LOST", "", ref="", n=f"{lost:,}")
    return told.listed


def _is_whole(name: str, one: dict[str, Any], full: dict[str, Any] | None) -> bool:
    """A set tells by what it does not hold if it was answered whole, with something, and by this very request.

    Of a load of events nobody asks who is absent; there it may be an older request.
    """
    fresh = full is None or full["objects"][name]["state"] == "complete"
    return bool(one["complete"] and one["count"] and fresh)


def _sent(roster: Roster, sets: dict[str, Any], full: dict[str, Any] | None) -> dict[str, int]:
    """How many of each kind came, objects of other school years too; contacts only as far as they are of guardians.

    Of what the zone refused, or did not answer whole, nothing is said. Events say of no kind that there is none.
    """
    asked = {kind: 0 if kind == "guardian" else sets[of]["count"] for kind, of in _OBJECT_OF.items()
             if of in sets and (full is None or full["objects"][of]["state"] == "complete")}
    sent = emptied.count_sent(asked, told=roster.told, counts=roster.counts)
    return sent if full else {kind: number for kind, number in sent.items() if number}


def _about(roster: Roster, sets: dict[str, Any], full: dict[str, Any] | None) -> dict[str, Any]:
    met = roster.met.as_body()
    return {"requests": {name: one["request"] for name, one in sets.items()}, "sent": _sent(roster, sets, full)} | (
        {"corrections": met} if any(met.values()) else {})


def _openers(ledger: Ledger, sets: dict[str, Any]) -> dict[str, Callable[[], Iterable[Told]]]:
    """For every object type that stands: what opens its set, with the events since it was asked for."""
    events: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for at, name, action, ref_id, fields in ledger.events():
        if name in sets and at >= sets[name]["sent_at"]:
            events.setdefault(name, []).append((ref_id, action, fields))
    return {name: partial(_open, ledger, name, one["request"], events.get(name, [])) for name, one in sets.items()}


def _open(ledger: Ledger, name: str, request: str, events: list[tuple[str, str, dict[str, Any]]]) -> Iterator[Told]:
    base = ledger.packets(name, request)
    return fold(base, events) if events else base

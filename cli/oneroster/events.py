"""GG4L's feed of changes: what the days so far created, updated and deleted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from cli.oneroster.days import DAYS
from cli.oneroster.discovery import ready, written
from cli.oneroster.district import OneRosterDistrict
from cli.oneroster.objects import Record, User
from cli.oneroster.shapes import Shape, shape
from cli.oneroster.tokens import made_up

_WORDS = {"student": "Student", "teacher": "Teacher", "administrator": "Staff", "aide": "Staff"}
_EPOCH_IS_MILLISECONDS_FROM = 100_000_000_000
_RELATIONS = ("orgs", "agents", "metadata", "dateLastModified")


def events(district: OneRosterDistrict, base: str) -> list[dict[str, Any]]:
    """Every event up to the district's day, oldest first."""
    found: list[dict[str, Any]] = []
    days = list(DAYS)
    reached = days[:days.index(district.day) + 1]
    for before, after in pairwise(reached):
        moment = ready(after, district.today, 0) - timedelta(hours=1)
        pair = district.faultless().on(before), district.faultless().on(after)
        for number, (old, new) in enumerate(changes(*pair)):
            at = (moment + timedelta(milliseconds=number)).astimezone(UTC)
            found.append(_event(old, new, written(at), after, base))
    return found


def between(found: list[dict[str, Any]], query: dict[str, str]) -> list[dict[str, Any]]:
    """The events after and before the moments that `query` names, in seconds or milliseconds.

    Raises ValueError for a moment that is no number.
    """
    after, before = (_instant(query[name]) if name in query else None for name in ("after", "before"))
    return [event for event in found if (after is None or event["timestamp"] > after)
            and (before is None or event["timestamp"] < before)]


def changes(before: OneRosterDistrict, after: OneRosterDistrict,
            kinds: tuple[str, ...] = ("users", "enrollments")) -> Iterator[tuple[Record | None, Record | None]]:
    """Each object that differs between two days of a district, as it was and as it is."""
    for kind in kinds:
        for part in range(before.parts):
            old = {record.id: record for record in before.part(kind, part)}
            new = {record.id: record for record in after.part(kind, part)}
            for id in sorted(old.keys() | new.keys()):
                if old.get(id) != new.get(id):
                    yield old.get(id), new.get(id)


def _event(old: Record | None, new: Record | None, at: str, day: str, base: str) -> dict[str, Any]:
    record = new or old
    word = _WORDS.get(record.role, "Contact") if isinstance(record, User) else "Enrollment"
    done = "Deleted" if new is None else "Created" if old is None else "Updated"
    event = {"sourcedId": f"ev-{made_up(f'{day}/{record.id}', 8)}", "eventType": f"{word}.{done}",
             "timestamp": at, "object": None if new is None else shape(new, "1.1", base)}
    if done == "Updated":
        event["changes"] = _changed(shape(old, "1.1", base), event["object"])
    return event


def _changed(old: Shape, new: Shape) -> Shape:
    """The new values; empty if only relations changed."""
    return {name: value for name, value in new.items() if old.get(name) != value and name not in _RELATIONS}


def _instant(text: str) -> str:
    number = int(text)
    seconds = number / 1_000 if number >= _EPOCH_IS_MILLISECONDS_FROM else number
    return written(datetime.fromtimestamp(seconds, UTC))

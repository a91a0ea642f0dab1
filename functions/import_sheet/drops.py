"""What every drop goes through, whatever it holds: one load for each, and no content twice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from rostering.clock import local_date, moment
from rostering.load import progress
from rostering.settings import timezone
from rostering.sheet.problems import problem
from rostering.sheet.reading import TurnedBack
from rostering.store import keys
from rostering.store.keys import Item

SAME_FILE_DAYS = 30
DOES_NOT_STAND = frozenset({"turned_back", "rejected", "expired", "replaced", "failed", "undone"})


@dataclass(frozen=True, slots=True)
class Drop:
    """One version of an object in the inbox."""

    key: str
    version: str
    size: int

    @property
    def name(self) -> str:
        return self.key.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class Desk:
    """What a job works with: the table, the inbox, the work files, a clock, and new load ids."""

    store: Any
    inbox: Any
    work: Any
    now: Callable[[], str]
    new_load: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a drop: `outcome` is unrouted, waiting (for the other files of its bundle), again,
    turned_back, or read (its workflow is to start).
    """

    outcome: str
    site: str = ""
    load: str = ""
    rows: int = 0


def admit(desk: Desk, site: str, drop: Drop, *, source: str) -> tuple[str, str]:
    """The load of this drop and its state: "received" if it is still to be read."""
    pointer = keys.received(site, drop.key, drop.version)
    load = desk.new_load()
    if not desk.store.insert(Item(pointer, {"load": load})):
        load = desk.store.get(pointer).body["load"]
    return load, begin(desk, site, load, key=drop.key, name=drop.name, source=source)


def begin(desk: Desk, site: str, load: str, *, key: str, name: str, source: str) -> str:
    """Make the item of a load, if it is not there yet; gives its state. `key` is the object that it is told by."""
    progress.create(desk.store, site, load, {"source": source, "drop_key": key, "file_name": name,
                                             "sent_by": desk.inbox.notes(key).get("sent-by", "")}, now=desk.now())
    return progress.read(desk.store, site, load)["state"]


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def refuse_same(desk: Desk, site: str, settings: dict[str, Any], load: str, sha256: str, *, since: str) -> None:
    """Claim the content for this load. Raises TurnedBack if it was loaded, or waits, already.

    Content from before a correction (`since`) says something else now.
    """
    now = desk.now()
    earlier: dict[str, Any] = {}

    def claim(body: dict[str, Any] | None) -> dict[str, Any] | None:
        earlier.clear()
        recent = body and body["at"] >= since and moment(now) - moment(body["at"]) < timedelta(days=SAME_FILE_DAYS)
        if recent and body["load"] != load and _stands(desk, site, body["load"]):
            earlier.update(body)
            return None
        return {"load": load, "at": now}
    desk.store.update(keys.drop(site, sha256), claim)
    progress.change(desk.store, site, load, now=now, sha256=sha256)
    if earlier:
        raise TurnedBack([problem("F-SAME-FILE", date=_in_words(earlier["at"], settings))])


def _stands(desk: Desk, site: str, load: str) -> bool:
    """Whether a load was loaded, or may still be."""
    return (progress.read(desk.store, site, load) or {}).get("state", "failed") not in DOES_NOT_STAND


def _in_words(time: str, settings: dict[str, Any]) -> str:
    return local_date(time, timezone(settings)).strftime("%B %-d, %Y")

"""What feeds a site: sheets, SIF zones, districts at GG4L; how their last tries went, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from rostering import pulls
from rostering.clock import moment
from rostering.districts import Connection, source_of
from rostering.load.naming import school_year_end
from rostering.load.where import SHEET
from rostering.store import keys
from rostering.why.reads import Reads
from rostering.zones import ZoneSettings

MOST_LOADS = 60
_MOST_PULLS = 5
_CONNECTION_HOURS = 24
# States of a load that say nothing of what the source sent: nobody wanted it, or it is no delivery.
_VOID = frozenset({"rejected", "expired", "replaced", "previewed", "undone"})
_PAUSED_DISTRICT = {"SUSPENDED": "GG4L does not list the district any more, or it has paused sharing",
                    "EXPIRED": "the district's sharing has expired at GG4L"}


@dataclass(frozen=True, slots=True)
class Failure:
    """A try that did not come through: when, the code, and what it said."""

    at: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Feed:
    """One source of a site. `paused` says why nothing comes ("": it runs); `nothing_new` is when it last had nothing.

    `failure` is the last pull's, if it failed.
    """

    source: str
    paused: str = ""
    nothing_new: str = ""
    failure: Failure | None = None

    @property
    def is_sheet(self) -> bool:
        return self.source == SHEET


class Feeds:
    """The feeds of a site and their loads, at `now` (ISO, UTC)."""

    def __init__(self, reads: Reads, site: str, now: str) -> None:
        self._reads, self._site, self.now = reads, site, now

    @cached_property
    def loads(self) -> list[dict[str, Any]]:
        """The newest deliveries of the site, also those that failed; no undos, no repairs of the table."""
        found = self._reads.listing(keys.loads(self._site), limit=MOST_LOADS, backwards=True)
        return [item.body for item in found if item.body.get("source") and "received_at" in item.body
                and not item.body.get("undoes") and not item.body.get("purpose")]

    @cached_property
    def all(self) -> list[Feed]:
        """Every feed that was set up or has ever sent something: zones, districts, then the sheet."""
        found = [self._zone(item.body) for item in self._reads.query(keys.zone(self._site, "").pk)]
        return found + self._districts() + ([Feed(SHEET)] if self._has_sheet() else [])

    def of(self, source: str) -> Feed | None:
        return next((feed for feed in self.all if feed.source == source), None)

    def tries(self, source: str) -> list[dict[str, Any]]:
        """The loads of a source, the newest first, as far as they tell what it sends."""
        return [body for body in self.loads if body["source"] == source and body["state"] not in _VOID]

    def good(self, source: str) -> list[dict[str, Any]]:
        """Those of `tries` that were loaded."""
        return [body for body in self.tries(source) if body["state"] == "done"]

    def usual(self) -> str:
        """The source that sent last; else one that is set up; "" if the site is fed by nothing."""
        named = {feed.source for feed in self.all}
        return next((body["source"] for body in self.loads if body["source"] in named),
                    next(iter(feed.source for feed in self.all), ""))

    def last_success(self, feed: Feed) -> tuple[str, str]:
        """When the feed last came through, and the load ("" if it had nothing new then); two "" if never."""
        good = self.good(feed.source)
        last = (good[0]["received_at"], good[0]["load"]) if good else ("", "")
        return max(last, (feed.nothing_new, ""))

    def is_fresh(self, feed: Feed, at: str) -> bool:
        """Whether a success at `at` is recent: 24 hours for a connection, this school year for a sheet."""
        if not at:
            return False
        if feed.is_sheet:
            return at[:10] >= f"{school_year_end(self.now) - 1}-07-01"
        return moment(self.now) - moment(at) <= timedelta(hours=_CONNECTION_HOURS)

    def _has_sheet(self) -> bool:
        return any(body["source"] == SHEET for body in self.loads) or any(self._reads.get_many(
            [keys.newest(self._site, SHEET), keys.source(self._site, SHEET)]))

    def _zone(self, body: dict[str, Any]) -> Feed:
        zone = ZoneSettings.of(body)
        return self._pulled(zone.source, zone.waits_for, keys.zone_pull(self._site, zone.zone, ""))

    def _districts(self) -> list[Feed]:
        found = self._reads.query(keys.gg4l_connection(self._site).pk)
        connection = next((Connection.of(item.body) for item in found if item.key.sk == "CONNECTION"), None)
        poll = next((item.body for item in found if item.key.sk == "CONNECTION"), {})
        feeds = []
        for item in found:
            body = item.body
            if item.key.sk.startswith("DISTRICT#") and body.get("linked"):
                waits = (connection.waits_for if connection else "") or _PAUSED_DISTRICT.get(body.get("state", ""), "")
                feed = self._pulled(source_of(body["district"]), waits,
                                    keys.gg4l_pull(self._site, body["district"], ""))
                if not feed.failure and poll.get("poll_code"):
                    feed = Feed(feed.source, feed.paused, feed.nothing_new, Failure(
                        poll.get("polled_at", ""), poll["poll_code"], poll.get("poll_message", "")))
                feeds.append(feed)
        return feeds

    def _pulled(self, source: str, paused: str, key: keys.Key) -> Feed:
        """A connection's feed, by its last pulls that are over."""
        listed = [item.body for item in self._reads.query(key.pk, prefix="PULL#", limit=_MOST_PULLS, backwards=True)]
        over = [body for body in listed if body["state"] in pulls.OVER - {"checked"}]
        last = over[0] if over else {}
        failure = Failure(last["updated_at"], last.get("code", ""), last.get("message", "")) \
            if last.get("state") in ("refused", "unavailable") else None
        nothing = next((body.get("updated_at", "") for body in over if body["state"] == "nothing"), "")
        return Feed(source, paused, nothing, failure)

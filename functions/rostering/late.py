"""What a schedule did not do: zones and GG4L connections that were not pulled, tables that were not verified.

What a schedule is to do is told by the settings, what was done by where the agent stands: so it is
noticed too that a schedule was lost, or that a zone refuses or does not answer. A grace of two runs and
two hours lets a short outage pass. Who is paused, or waits for an approval, is late for nothing.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from rostering.clock import moment
from rostering.districts import Connection
from rostering.store import keys
from rostering.zones import ZoneSettings

GRACE = timedelta(hours=2)
VERIFY = "cron(0 8 ? * SUN *)"      # as template.yaml has it; what was never verified is not expected to be
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_CRON = re.compile(r"cron\(\S+ \S+ (?P<day>\S+) (?P<month>\S+) (?P<weekday>\S+) \S+\)")
_ANY = frozenset({"*", "?"})


def every(expression: str) -> timedelta:
    """How far apart runs of a schedule (EventBridge Scheduler) can be.

    Of a cron: a day if it names no days, a week if it names days of the week, else a month; a year if it
    names months. An expression that is no rate and no cron runs once: a year.
    """
    if rate := _RATE.fullmatch(expression):
        return timedelta(**{f"{rate[2]}s": int(rate[1])})
    cron = _CRON.fullmatch(expression)
    if cron is None or cron["month"] not in _ANY:
        return timedelta(days=366)
    if cron["day"] not in _ANY:
        return timedelta(days=31)
    return timedelta(days=1 if cron["weekday"] in _ANY else 7)


def of_site(store: Any, site: str, *, now: str) -> list[str]:
    """What is late of a site: `zone:{zone}`, `gg4l` and `verify:{source}`, in order."""
    found = []
    for item in store.query(keys.zone(site, "").pk).items:
        zone = ZoneSettings.of(item.body)
        if not zone.waits_for:
            session = store.get(keys.zone_session(site, zone.zone))
            body = session.body if session else {}
            if any(_is_late(schedule, [zone.added_at, body.get(done, "")], now)
                   for schedule, done in ((zone.pull, "last_pull_at"), (zone.full, "last_full_at"))):
                found.append(f"zone:{zone.zone}")
    item = store.get(keys.gg4l_connection(site))
    if item is not None:
        connection = Connection.of(item.body)
        if not connection.waits_for and _is_late(
                connection.poll, [connection.added_at, item.body.get("polled_at", "")], now):
            found.append("gg4l")
    sources = store.query(keys.source(site, "").pk, prefix="SOURCE#").items
    return found + [f"verify:{item.body['source']}" for item in sources
                    if _is_late(VERIFY, [item.body.get("verified_at", "")], now)]


def _is_late(expression: str, times: list[str], now: str) -> bool:
    """Whether the newest of `times` (some may be "") is too long ago; without any there is nothing to go by."""
    newest = max(times)
    return bool(newest) and moment(now) - moment(newest) > 2 * every(expression) + GRACE

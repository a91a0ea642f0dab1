"""Gather what a digest tells of: the newest loads, open matches, connections, batches, exports, every school.

Schools are the costly part: an account, a sign-in and the tries of everybody. `in_time` tells whether
another school may be begun; of those left over the digest keeps what the one before it knew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from rostering.access import lockout
from rostering.clock import moment
from rostering.digest.lines import Connected, Facts, Standing
from rostering.districts import Connection
from rostering.load import emails
from rostering.readiness import gather as schools
from rostering.readiness import stages
from rostering.readiness.facts import STAGES
from rostering.readiness.facts import Facts as School
from rostering.store import keys
from rostering.zones import ZoneSettings

NEWEST_LOADS, NEWEST_BATCHES, MOST_EVENTS, MOST_MATCHES = 200, 50, 10_000, 2_000
_PAGE = 500
_AN_HOUR = 3_600
_ASKED = ("export.made", "password.exported")
_LONGEST_WAIT = lockout.LONGEST_WAIT_SECONDS


def gather(store: Any, files: Any, site: str, *, now: str, since: str, before: dict[str, dict[str, list[str]]],
           in_time: Callable[[], bool]) -> Facts:
    """The facts of a site between `since` and `now`; `before` is how its schools stood before."""
    wrong_emails = emails.refused(store, files, site)
    standings, locked = [], 0
    for item in store.query(keys.settings(site).pk, prefix="SCHOOL#").items:
        if not in_time():
            break
        facts = schools.gather(store, files, site, item.body["key"], now=now, wrong_emails=wrong_emails)
        if facts is not None and item.body.get("status", "active") == "active":
            standings.append(_standing(facts))
            names = [one.username for one in (*facts.people.values(), *facts.guardians.values()) if one.username]
            locked += _locked(store, site, names, now)
    return Facts(
        now=now, since=since, before=before, schools=standings, locked=locked,
        loads=[item.body for item in store.listing(keys.loads(site), limit=NEWEST_LOADS, backwards=True).items],
        matches=list(_matches(store, site)), connections=[*_zones(store, site), *_gg4l(store, site)],
        batches=[item.body for item in store.query(keys.batch(site, "").pk, limit=NEWEST_BATCHES,
                                                   backwards=True).items],
        exports=_exports(store, site, now=now, since=since))


def _standing(facts: School) -> Standing:
    found = {stage: stages.state(facts, stage)[1] for stage in STAGES}
    return Standing(facts.school, facts.name,
                    {stage: [one.rule.code for one in rules if not one.met] for stage, rules in found.items()},
                    {stage: body.get("at", "") for stage, body in facts.released.items()})


def _locked(store: Any, site: str, usernames: list[str], now: str) -> int:
    at = moment(now).timestamp()
    tries = store.get_many(keys.tries(site, lockout.digest_of(site, name)) for name in usernames)
    return sum(lockout.is_locked(item.body, now=at, longest=_LONGEST_WAIT) for item in tries.values())


def _matches(store: Any, site: str) -> Iterator[str]:
    """Since when each open match waits."""
    after, read = None, 0
    while read < MOST_MATCHES:
        page = store.query(keys.match(site, "").pk, limit=_PAGE, after=after)
        read += len(page.items)
        yield from (item.body["at"] for item in page.items if item.body.get("state") == "open")
        after = page.after
        if after is None:
            return


def _zones(store: Any, site: str) -> Iterator[Connected]:
    items = store.query(keys.zone(site, "").pk).items
    sessions = store.get_many(keys.zone_session(site, item.body["zone"]) for item in items)
    for item in items:
        settings = ZoneSettings.of(item.body)
        at = sessions.get(keys.zone_session(site, settings.zone))
        session = at.body if at else {}
        newest = _newest_pull(store, keys.zone_pull(site, settings.zone, "").pk)
        yield Connected("zone", settings.zone, settings.paused, "" if settings.paused else settings.waits_for,
                        session.get("state", ""), session.get("message", ""), session.get("last_pull_at", ""),
                        settings.added_at, newest.get("state", ""), newest.get("updated_at", ""))


def _gg4l(store: Any, site: str) -> Iterator[Connected]:
    item = store.get(keys.gg4l_connection(site))
    if item is None:
        return
    connection = Connection.of(item.body)
    yield Connected("gg4l", "", connection.paused, "" if connection.paused else connection.waits_for,
                    message=item.body.get("poll_message", ""), heard_at=item.body.get("polled_at", ""),
                    added_at=connection.added_at)
    for one in store.query(item.key.pk, prefix="DISTRICT#").items:
        body = one.body
        if body.get("linked"):
            newest = _newest_pull(store, keys.gg4l_pull(site, body["district"], "").pk)
            # a district is pulled when it has something new: that it has nothing is no silence
            yield Connected("gg4l", body["district"], connection.paused, "", body.get("state", ""),
                            body.get("message", ""), pull=newest.get("state", ""),
                            pull_at=newest.get("updated_at", ""))


def _newest_pull(store: Any, pk: str) -> dict[str, Any]:
    found = store.query(pk, prefix="PULL#", limit=1, backwards=True).items
    return found[0].body if found else {}


def _exports(store: Any, site: str, *, now: str, since: str) -> list[str]:
    """The exports that people asked for since then, more than an hour ago, and that were never made."""
    asked: set[str] = set()
    for day in sorted({since[:10], now[:10]}):
        after, read = None, 0
        while read < MOST_EVENTS:
            page = store.query(keys.audit(site, day, "", "").pk, limit=_PAGE, after=after)
            read += len(page.items)
            asked |= {item.body["export"] for item in page.items if item.body.get("export")
                      and item.body["what"] in _ASKED and item.body["at"] > since}
            after = page.after
            if after is None:
                break
    found = store.get_many(keys.export(site, name) for name in sorted(asked)).values()
    latest = moment(now).timestamp() - _AN_HOUR
    return [item.body["export"] for item in found
            if item.body["state"] not in ("done", "gone") and moment(item.body["at"]).timestamp() < latest]

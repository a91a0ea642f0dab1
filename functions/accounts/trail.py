"""Reading the audit trail, the newest first: by days, or the trail of one account.

Both go backwards through partitions: a day's events, or the listing of what was done to an
account. Nothing is read from before `since`, and a request reads so much at most: a page may be
empty although more follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from rostering.errors import InputError
from rostering.people import account_of
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.page import Page, cursor, place

MOST_READS = 40
_MOST_EVENTS_READ = 2_000
_LAST = "~"  # behind every character of a time and of an event's name
_TOLD = frozenset({"event", "at", "by", "what", "target", "viewed_as", "reason", "load"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events: of these days, both included, and, unless "", of this account, action and person."""

    since: date
    until: date
    account: str = ""
    action: str = ""
    by: str = ""

    def holds(self, body: dict[str, Any]) -> bool:
        """Whether it is of the action (or of the subject before its dot) and of the person."""
        return (self.action in ("", body["what"], body["what"].partition(".")[0])
                and self.by in ("", body["by"]))


def read(store: Any, site: str, wanted: Wanted, *, limit: int, after: str | None) -> tuple[list[Item], str | None]:
    """A page of events and the cursor for the next. Raises InputError (CURSOR)."""
    return (_of_account if wanted.account else _by_days)(store, site, wanted, limit, after)


def lines(store: Any, site: str, events: list[Item]) -> list[dict[str, Any]]:
    """What is told of the events, with the usernames of who did it and to whom."""
    people = {name for item in events for name in (item.body["by"], item.body.get("target")) if name}
    found = store.get_many(keys.account(site, name) for name in sorted(people))
    usernames = {account.id: account.username for account in map(account_of, found.values())}
    return [_line(item.body, usernames) for item in events]


def _line(body: dict[str, Any], usernames: dict[str, str]) -> dict[str, Any]:
    target = body.get("target", "")
    return {"at": body["at"], "by": body["by"], "by_username": usernames.get(body["by"], ""),
            "action": body["what"], "account": target, "account_username": usernames.get(target, ""),
            **{name: body.get(name, "") for name in ("viewed_as", "reason", "load")},
            "about": {name: value for name, value in body.items() if name not in _TOLD}}


def _by_days(store: Any, site: str, wanted: Wanted, limit: int, after: str | None) -> tuple[list[Item], str | None]:
    day, inner = wanted.until, None
    if after:
        where, inner = place(after, 2, "")
        day, inner = min(_day(where), wanted.until), None if inner == "-" else inner
    found: list[Item] = []
    read = 0
    for _ in range(MOST_READS):
        if day < wanted.since:
            return found, None
        if len(found) >= limit or read >= _MOST_EVENTS_READ:
            break
        page = store.query(keys.audit(site, day.isoformat(), "", "").pk, limit=limit - len(found), after=inner,
                           backwards=True)
        read += len(page.items)
        found += [item for item in page.items if wanted.holds(item.body)]
        inner = page.after
        day -= timedelta(days=inner is None)
    return found, cursor(day.isoformat(), inner or "-") if day >= wanted.since else None


def _of_account(store: Any, site: str, wanted: Wanted, limit: int, after: str | None) -> tuple[list[Item], str | None]:
    after = after or cursor(f"{wanted.until.isoformat()}{_LAST}", _LAST, _LAST)
    found: list[Item] = []
    for _ in range(MOST_READS):
        page: Page = store.listing(keys.audited(site, wanted.account), limit=limit - len(found), after=after,
                                   backwards=True)
        late = [item for item in page.items if item.body["at"][:10] >= wanted.since.isoformat()]
        found += [item for item in late if wanted.holds(item.body)]
        after = page.after if len(late) == len(page.items) else None
        if after is None or len(found) >= limit:
            break
    return found, after


def first_day(settings: dict[str, Any]) -> date:
    """The day the site began: there are no events before it."""
    return date.fromisoformat(settings["created_at"][:10])


def today(now: float) -> date:
    return datetime.fromtimestamp(now, UTC).date()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError("CURSOR", "the cursor is not one of this list; start again without it") from None

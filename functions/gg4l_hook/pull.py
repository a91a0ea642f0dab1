"""Pull one district: every collection whole, the data confirmed not to have moved meanwhile, then a load.

A snapshot counts only if every page of every collection arrived and Discovery's timestamp did not
move (handbook, sections 1.4 and 5). What is expired or suspended is paused, never emptied.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gg4l_hook import feed, poll
from gg4l_hook.desk import (
    Answer,
    Desk,
    Order,
    change_district,
    connection_of,
    district_of,
    district_session,
    pull_key,
    pull_of,
    tell,
)
from gg4l_hook.pages import Pages
from rostering import pulls
from rostering.clock import iso
from rostering.districts import Connection
from rostering.errors import InputError, RemoteProtocolError, SourceUnavailable
from rostering.store import keys
from rostering.transport import Refused

TRIES = 3                       # of data that move while they are read
MOST_BACK_OFFS = 3
LEASE_MARGIN_SECONDS = 120
BUSY_SECONDS = 5
_PAUSED = {"SUSPENDED": "The district is not listed by GG4L any more, or has paused sharing. Nothing was changed.",
           "EXPIRED": "The district's sharing has expired at GG4L. Nothing was changed."}


def run(desk: Desk, order: Order, *, seconds_left: Callable[[], float]) -> Answer:
    """Run an order as far as its time goes. Running it twice is safe, also at the same time."""
    connection, district = connection_of(desk, order.site), district_of(desk, order.site, order.district)
    if connection is None or district is None:
        return Answer("removed")
    asked = pull_of(desk, order)
    if asked["state"] in pulls.OVER:
        return Answer("over")
    if refusal := _why_not(connection, district):
        return _over(desk, order, "refused", *refusal)
    lease = keys.gg4l_lease(order.site, order.district)
    if not pulls.take_lease(desk.store, lease, order.pull, now=desk.now(),
                            seconds=seconds_left() + LEASE_MARGIN_SECONDS):
        return Answer("busy", again=BUSY_SECONDS, attempt=order.attempt)
    try:
        return _Visit(desk, order, connection, district, asked, seconds_left).run()
    except (InputError, Refused) as error:
        message = error.message if isinstance(error, InputError) else f"{error}."
        return _over(desk, order, "refused", error.code, message)
    except (RemoteProtocolError, SourceUnavailable) as error:
        return _back_off(desk, order, error)
    finally:
        pulls.free_lease(desk.store, lease, order.pull)


def _why_not(connection: Connection, district: dict[str, Any]) -> tuple[str, str] | None:
    if connection.waits_for:
        return "WAITS", connection.waits_for
    if district["state"] in _PAUSED:
        return district["state"], _PAUSED[district["state"]]
    if not district["linked"]:
        return "NOT_LINKED", "The district is not linked with this site yet: rollbook gg4l link"
    if not district["ready"]:
        return "NOT_READY", "GG4L has not finished with the district's data yet."
    return None


class _Visit:
    """One invocation's visit at a district."""

    def __init__(self, desk: Desk, order: Order, connection: Connection, district: dict[str, Any],
                 asked: dict[str, Any], seconds_left: Callable[[], float]) -> None:
        self._desk, self._order, self._connection, self._district = desk, order, connection, district
        self._asked, self._seconds_left = asked, seconds_left
        self._pages = Pages(desk.store, desk.work, order.site, order.district, order.pull)
        self.requests = 0

    def run(self) -> Answer:
        desk, pages = self._desk, self._pages
        if not self._asked["load"]:
            with desk.connect() as send:
                pages.begin(pages.body["ready"] or self._district["ready"])
                session = district_session(desk, self._connection, self._district, send)
                more = self._read(session)
                self.requests = session.requests
            if more:
                return Answer("more", again=0, requests=self.requests, rows=more)
            if moved := self._moved():
                return moved
        load = self._make_load()
        pages.delete()
        return Answer("pulled", load=load, requests=self.requests)

    def _read(self, session: Any) -> int:
        """Read the collections; the rows so far if the time is over before all are through, else 0."""
        desk, pages = self._desk, self._pages
        while collection := pages.next_collection:
            rows = 0
            for rows in pages.read(session, collection, page_size=self._connection.page_size):
                tell(desk, self._order, state="running", message=f"Reading {collection}: {rows:,} rows.")
                if self._seconds_left() <= 0:
                    return rows
        return 0

    def _moved(self) -> Answer | None:
        """Whether GG4L refreshed the data meanwhile: then they are read anew, some times."""
        desk, order, pages = self._desk, self._order, self._pages
        if not self._connection.require_stable_snapshot:
            return None
        found = poll.ask(desk, self._connection)
        entry = next((one for one in found.districts if one.guid == order.district), None)
        ready = iso(entry.ready) if entry and entry.ready else ""
        if ready == pages.body["ready"]:
            return None
        if entry is None:
            return _over(desk, order, "refused", "SUSPENDED", _PAUSED["SUSPENDED"])
        change_district(desk, order.site, order.district, lambda body: body | {"ready": ready})
        if pages.body["tries"] >= TRIES:
            raise SourceUnavailable("the data move again and again while they are read")
        pages.begin(ready)
        return Answer("moved", again=0, requests=self.requests)

    def _make_load(self) -> str:
        desk, order = self._desk, self._order
        load = self._asked["load"] or desk.new_load()
        desk.store.update(pull_key(order), lambda body: body | {"load": load})
        tell(desk, order, state="running", message="Making a load of what came.")
        by_hand = self._asked["by"] != pulls.BY_SCHEDULE
        feed.make(desk, self._connection, order.site, order.district, load, self._pages, by=self._asked["by"],
                  first=not (by_hand or self._district["last_load"]))
        desk.start(order.site, load)
        done, ready, now = self._pages.body["done"], self._pages.body["ready"], desk.now()
        change_district(desk, order.site, order.district, lambda body: body | {
            "imported": ready, "last_load": load, "last_pull_at": now, "code": "", "message": "",
            "collections": {name: {"state": one["state"], "rows": one["rows"], "at": now}
                            for name, one in done.items()}})
        tell(desk, order, state="pulled", load=load)
        return load


def _over(desk: Desk, order: Order, state: str, code: str, message: str) -> Answer:
    tell(desk, order, state=state, code=code, message=message)
    if state != "nothing":
        change_district(desk, order.site, order.district, lambda body: body | {"code": code, "message": message})
    return Answer(state)


def _back_off(desk: Desk, order: Order, error: RemoteProtocolError | SourceUnavailable) -> Answer:
    """Nothing of it counts; the pages that arrived stay, and the order goes on there, some times."""
    code = error.code if isinstance(error, RemoteProtocolError) else "NO_ANSWER"
    message = f"GG4L does not answer as it should: {error}."
    if order.attempt >= MOST_BACK_OFFS:
        return _over(desk, order, "unavailable", code or "PROTOCOL", message)
    wait = desk.back_off_seconds * 2 ** order.attempt
    tell(desk, order, state="running", code=code, message=f"{message} It is tried again in {wait:.0f} seconds.")
    return Answer("later", again=wait, attempt=order.attempt + 1)

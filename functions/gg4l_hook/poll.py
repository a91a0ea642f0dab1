"""The Discovery poll: who shares data with us, since when it is ready, and with which credentials.

Discovery is the truth: a webhook only asks for a poll. Credentials go from the answer straight to
Secrets Manager. A district that is not listed any more is suspended, not empty.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from gg4l_hook.desk import Answer, Desk, Order, change_district, connection_of, vendor_session
from rostering import onboarding
from rostering.addresses import BadAddress
from rostering.clock import moment
from rostering.districts import DISTRICT, Connection
from rostering.errors import InputError, RemoteProtocolError, SourceUnavailable
from rostering.load import progress
from rostering.oneroster.discovery import Discovery, District, discovery
from rostering.store import keys
from rostering.transport import Refused

DEBOUNCE = timedelta(minutes=10)


def run(desk: Desk, order: Order) -> Answer:
    """Ask Discovery once, note where every district stands, and order the pulls that are due."""
    connection = connection_of(desk, order.site)
    if connection is None or connection.waits_for:
        return Answer("waits")
    try:
        found = ask(desk, connection)
    except (InputError, RemoteProtocolError, SourceUnavailable) as error:
        _note(desk, order.site, error)
        return Answer("unavailable")
    desk.store.update(keys.gg4l_connection(order.site), lambda body: body | {
        "polled_at": desk.now(), "poll_code": "", "poll_message": ""} if body else None)
    listed = districts(desk, order.site)
    for entry in found.districts:
        _meet(desk, order.site, entry, listed.get(entry.guid, DISTRICT))
    for guid in listed:
        if found.whole and guid not in found.listed and listed[guid]["known_to_discovery"]:
            change_district(desk, order.site, guid, lambda body: onboarding.discovered(body, None, desk.now()))
    for guid, body in districts(desk, order.site).items():
        _complete(desk, order.site, guid, body)
    due = [guid for guid, body in districts(desk, order.site).items() if is_due(desk, order.site, body)]
    for guid in due:
        _order_pull(desk, order.site, guid)
    return Answer("polled", rows=len(due))


def ask(desk: Desk, connection: Connection) -> Discovery:
    """What Discovery says now. Raises InputError, RemoteProtocolError or SourceUnavailable."""
    with desk.connect() as send:
        session = vendor_session(desk, connection, send)
        _, _, body = session.fetch(connection.discovery_url, "the list of districts")
        return discovery(body)


def districts(desk: Desk, site: str) -> dict[str, dict[str, Any]]:
    """Every district that the site knows, by its guid."""
    pk = keys.gg4l_connection(site).pk
    return {item.body["district"]: DISTRICT | item.body
            for item in desk.store.query(pk, prefix="DISTRICT#").items}


def is_due(desk: Desk, site: str, body: dict[str, Any]) -> bool:
    """Whether a district's data are newer than what was imported, and may be pulled by ourselves."""
    if not body["linked"] or not body["ready"] or body["state"] in ("SUSPENDED", "EXPIRED", "FAILED"):
        return False
    if body["last_pull_at"] and moment(desk.now()) - moment(body["last_pull_at"]) < DEBOUNCE:
        return False
    if body["imported"] != body["ready"]:
        return True
    load = progress.read(desk.store, site, body["last_load"]) if body["last_load"] else None
    return bool(load) and load["state"] == "failed"


def _meet(desk: Desk, site: str, entry: District, body: dict[str, Any]) -> None:
    """Note what an entry says. The secret is kept before the item names it."""
    secret = {"client_id": entry.client_id, "client_secret": entry.client_secret}
    name = body["secret"]
    if entry.client_secret and (not name or desk.secret(name) != secret):
        name = desk.keep_secret(site, f"districts/{entry.guid}", secret)

    def change(was: dict[str, Any]) -> dict[str, Any]:
        told = onboarding.discovered(was, entry, desk.now())
        return told | {"secret": name, "token_url": entry.token_url, "api_url": entry.api_url,
                       "known_to_discovery": True, "name": entry.name or was["name"]}
    change_district(desk, site, entry.guid, change)


def _complete(desk: Desk, site: str, guid: str, body: dict[str, Any]) -> None:
    """A district whose first load is done is complete, also where no webhook says so."""
    if body["state"] != "VALIDATING" or not body["last_load"]:
        return
    load = progress.read(desk.store, site, body["last_load"])
    if load and load["state"] == "done":
        news = onboarding.News(desk.now(), onboarding.BY_POLL, "COMPLETED")
        change_district(desk, site, guid, lambda was: onboarding.apply(was, news))


def _order_pull(desk: Desk, site: str, guid: str) -> None:
    """Order a pull, then note it: if the note is lost the pull comes twice, which is as once, and not an hour later."""
    now = desk.now()
    desk.order(Order(site, "pull", guid, f"schedule-{now}"))
    change_district(desk, site, guid, lambda body: body | {"last_pull_at": now})


def _note(desk: Desk, site: str, error: InputError | RemoteProtocolError | SourceUnavailable) -> None:
    code = error.code if isinstance(error, InputError | RemoteProtocolError | Refused) else "NO_ANSWER"
    said = error.message if isinstance(error, InputError) else f"GG4L does not answer as it should ({error})."
    kind = "ADDRESS" if isinstance(error, BadAddress) else code
    desk.store.update(keys.gg4l_connection(site), lambda body: body | {
        "poll_failed_at": desk.now(), "poll_code": kind, "poll_message": said} if body else None)


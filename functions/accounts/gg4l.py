"""Managing a site's connection to GG4L: setting, approving, pausing and removing it, and asking for polls.

As with zones the secrets come first, then the item, then the schedule; what was stopped half way is
set right by asking the same again. The secrets can't be read here, so whoever replaces the webhook's
says the one before as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields, replace
from typing import Any
from urllib.parse import urlsplit

from accounts import audit, gg4l_credentials, models
from accounts.gg4l_credentials import wrong
from accounts.ports import Ports
from accounts.problems import Refusal, not_allowed, not_found
from accounts.sign_in import site_settings
from rostering import addresses
from rostering.access.roles import Actor
from rostering.districts import DISTRICT, Connection
from rostering.settings import timezone
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.writes import Delete, Insert, Replace

TOKEN_PATH = "/datahub/oauth/token"  # noqa: S105 a path, no secret
_ATTEMPTS = 8
_DEFAULTS = {field.name: field.default for field in fields(Connection)}
_SETTINGS = tuple(models.Gg4lChoices.model_fields)
_WITH_HEADER = ("hmac-header", "shared-secret-header")

# What a change makes of the connection, the event that tells of it, and what more the event holds.
Changed = tuple[Connection, str, dict[str, Any]]


def put(ports: Ports, actor: Actor, order: models.Gg4lOrder) -> Item:
    """The connection's item, set as a whole: what is left out of the settings is the default.

    Raises Refusal (422): an address or settings that can't be, credentials that are needed.
    """
    told = {name: _DEFAULTS[name] for name in _SETTINGS if name not in ("discovery_url", "token_url")}
    told |= {"token_url": ""} | _values(order.settings)
    return _set(ports, actor, told, order)


def change(ports: Ports, actor: Actor, patch: models.Gg4lPatch) -> Item:
    """The connection's item after a change. Raises Refusal: 404, 409 if it was changed since, 422."""
    read(ports, actor.site)
    return _set(ports, actor, _values(patch.settings), patch, version=patch.version)


def approve(ports: Ports, actor: Actor, order: models.Gg4lApproval) -> Item:
    """The connection's item after its addresses were approved.

    Raises Refusal: 403 for whoever told one of them, 409 if they are others than the approver saw.
    """
    def approved(now: Connection) -> Changed | None:
        seen = (order.discovery_url, order.token_url, order.data_hosts)
        if any(told not in (None, one) for told, one in zip(seen, _addresses(now), strict=True)):
            raise Refusal(409, "CHANGED", "The addresses are others than you saw. Look again.")
        if now.approval != "wanted":
            return None
        if actor.account in (now.url_by or now.added_by).split():
            raise not_allowed("Another administrator than those who told the addresses approves them.")
        new = replace(now, approval="given", approved_by=actor.account)
        return new, "gg4l.approved", {"reason": order.reason.strip(), "hosts": _hosts(ports, now)}
    return _rewrite(ports, actor, approved)


def pause(ports: Ports, actor: Actor, reason: str) -> Item:
    """The connection's item after it was paused; one that is paused keeps its reason."""
    def paused(now: Connection) -> Changed | None:
        return None if now.paused else (replace(now, paused=reason), "gg4l.paused", {"reason": reason})
    return _rewrite(ports, actor, paused)


def resume(ports: Ports, actor: Actor, reason: str) -> Item:
    def resumed(now: Connection) -> Changed | None:
        return (replace(now, paused=""), "gg4l.resumed", {"reason": reason}) if now.paused else None
    return _rewrite(ports, actor, resumed)


def remove(ports: Ports, actor: Actor, reason: str) -> None:
    """Remove the connection with its schedule and all secrets, also its districts'. Raises Refusal (404).

    Districts and what was loaded of them stay, linked no more. What a removal left that stopped half
    way is removed by asking again.
    """
    place, gone = keys.gg4l_connection(actor.site), False
    for _ in range(_ATTEMPTS):
        item = ports.store.get(place)
        if item is None:
            break
        event = audit.event(ports, actor.site, "gg4l.removed", by=actor.account, reason=reason)
        gone = ports.store.write_together([Delete(place, item.version), Insert(event)])
        if gone:
            break
    else:
        raise _busy()
    ports.gg4l_schedules.delete(actor.site)
    for what in ("vendor", "webhook"):
        ports.secrets.delete(_secret_name(ports, actor.site, what))
    for district in ports.store.query(place.pk, prefix="DISTRICT#").items:
        if name := district.body.get("secret"):
            ports.secrets.delete(name)
        ports.store.update(district.key, lambda body: body and (DISTRICT | body | {"linked": False, "secret": ""}))
    if not gone:
        raise not_found()


def order_poll(ports: Ports, actor: Actor) -> str:
    """Ask for a poll of Discovery; gives when. Raises Refusal: 404, 409 if GG4L may not be asked."""
    check_open(Connection.of(read(ports, actor.site).body))
    audit.record(ports, actor.site, "gg4l.polled", by=actor.account)
    ports.gg4l_orders.send({"site": actor.site, "kind": "poll"})
    return ports.time()


def check_open(connection: Connection) -> None:
    """Raises Refusal (409) if nothing may be asked of GG4L."""
    if connection.waits_for:
        raise Refusal(409, "NOT_APPROVED" if connection.approval == "wanted" else "PAUSED", connection.waits_for)


def read(ports: Ports, site: str) -> Item:
    """The connection's item. Raises Refusal (404)."""
    item = ports.store.get(keys.gg4l_connection(site))
    if item is None:
        raise not_found()
    return item


def schedule_again(ports: Ports, site: str) -> None:
    """Set the schedule of a site that has a connection: its time zone is another now."""
    item = ports.store.get(keys.gg4l_connection(site))
    if item:
        _schedule(ports, site, Connection.of(item.body))


def told(site: str, item: Item) -> models.Gg4l:
    """The connection as people see it."""
    connection = Connection.of(item.body)
    body = item.body | asdict(connection)
    return models.Gg4l.model_validate({name: body[name] for name in body if name in models.Gg4l.model_fields} | {
        "site": site,
        "settings": body,
        "waits_for": connection.waits_for,
        "has_webhook_secret": bool(connection.hook_secret),
        "webhook_path": f"/webhooks/{site}",
        "version": item.version,
    })


def _set(ports: Ports, actor: Actor, values: dict[str, Any], order: models.Gg4lOrder | models.Gg4lPatch, *,
         version: int | None = None) -> Item:
    """The item after `values` and the credentials of `order` were set; a new one if there is none."""
    webhook_named = "webhook" in order.model_fields_set

    def changed(now: Connection | None) -> Changed | None:
        was = now or Connection("", "", added_by=actor.account, added_at=ports.time())
        new = _completed(ports, was, values)
        if _addresses(new) != _addresses(was):
            new = replace(new, **_approval(ports, actor, was, new))
        if not (order.vendor or new.secret):
            raise wrong("vendor", "The first time GG4L's client id and client secret are needed.", "missing")
        vendor = gg4l_credentials.of_vendor(order.vendor) if order.vendor else None
        webhook = gg4l_credentials.of_webhook(was, new, order.webhook) if order.webhook else None
        if vendor:
            new = replace(new, secret=_keep(ports, actor.site, "vendor", vendor))
        if webhook_named:
            new = replace(new, hook_secret=_keep(ports, actor.site, "webhook", webhook) if webhook else "")
        names = [name for name in _SETTINGS if getattr(new, name) != getattr(was, name)]
        names += ["vendor"] * bool(order.vendor) + ["webhook"] * webhook_named
        if now is None:
            return new, "gg4l.connected", {"hosts": _hosts(ports, new), "approval": new.approval}
        moved = new.url_by != was.url_by or new.approval != was.approval
        about = {"names": names} | ({"hosts": _hosts(ports, new)} if moved else {})
        return (new, "gg4l.changed", about) if names else None

    item = _write(ports, actor, changed, version=version)
    if webhook_named and not order.webhook:
        ports.secrets.delete(_secret_name(ports, actor.site, "webhook"))
    return item


def _rewrite(ports: Ports, actor: Actor, change: Callable[[Connection], Changed | None]) -> Item:
    """The connection's item after `change`, which gives None to leave it. Raises Refusal (404)."""
    def changed(now: Connection | None) -> Changed | None:
        if now is None:
            raise not_found()
        return change(now)
    return _write(ports, actor, changed)


def _write(ports: Ports, actor: Actor, change: Callable[[Connection | None], Changed | None], *,
           version: int | None = None) -> Item:
    """The connection's item after `change`, which is given None if there is none; its schedule is set in any case."""
    place = keys.gg4l_connection(actor.site)
    for _ in range(_ATTEMPTS):
        item = ports.store.get(place)
        if item and version not in (None, item.version):
            raise Refusal(409, "CHANGED", "The connection was changed since you read it. Look again.")
        done = change(Connection.of(item.body) if item else None)
        if done:
            connection, what, about = done
            event = audit.event(ports, actor.site, what, by=actor.account, **about)
            changed = Item(place, (item.body if item else {}) | asdict(connection), item.version + 1 if item else 1)
            if not ports.store.write_together([Replace(changed) if item else Insert(changed), Insert(event)]):
                continue
            item = changed
        _schedule(ports, actor.site, Connection.of(item.body))
        return item
    raise _busy()


def _values(choices: models.Gg4lChoices) -> dict[str, Any]:
    """What was chosen, as settings; null is the default. Raises Refusal (422) for what has none."""
    values = {name: getattr(choices, name) for name in choices.model_fields_set}
    if "discovery_url" in values and values["discovery_url"] is None:
        raise wrong("settings.discovery_url", "GG4L has a discovery_url: it can't be cleared.", "missing")
    if "token_url" in values and values["token_url"] is None:
        values["token_url"] = ""
    return {name: _DEFAULTS[name] if value is None else value for name, value in sorted(values.items())}


def _completed(ports: Ports, was: Connection, values: dict[str, Any]) -> Connection:
    """The connection with these settings; a token endpoint that nobody told is the one beside Discovery.

    Raises Refusal (422) for addresses that nothing is sent to, and settings that don't go together.
    """
    new = replace(was, **values)
    _address(ports, "discovery_url", new.discovery_url)
    if not new.token_url or ("token_url" not in values and was.token_url == _beside(was.discovery_url)):
        new = replace(new, token_url=_beside(new.discovery_url))
    _address(ports, "token_url", new.token_url)
    if new.webhook_scheme in _WITH_HEADER and not new.webhook_header:
        raise wrong("settings.webhook_header", f"The scheme {new.webhook_scheme} needs webhook_header: "
                     "the header that holds what is checked.", "missing")
    return new


def _beside(discovery_url: str) -> str:
    """The token endpoint at the host of Discovery."""
    parts = urlsplit(discovery_url)
    return f"{parts.scheme}://{parts.netloc}{TOKEN_PATH}"


def _address(ports: Ports, name: str, url: str) -> addresses.Address:
    try:
        return addresses.check(url, loopback=ports.loopback)
    except addresses.BadAddress as error:
        raise Refusal(422, error.code, f"{name}: {error.message}",
                      wrong=[{"at": f"settings.{name}", "type": "address"}]) from None


def _addresses(connection: Connection) -> tuple[str, str, str]:
    """What another administrator approves."""
    return connection.discovery_url, connection.token_url, connection.data_hosts


def _hosts(ports: Ports, connection: Connection) -> list[str]:
    return sorted({_address(ports, name, getattr(connection, name)).host for name in ("discovery_url", "token_url")}
                  | set(connection.data_hosts.split()))


def _approval(ports: Ports, actor: Actor, was: Connection, new: Connection) -> dict[str, str]:
    """Who told the addresses, and whether they wait for another's approval.

    Who told an address that still waits, and stays, is among those who don't approve: otherwise they
    could, once another has changed the second one.
    """
    kept = was.approval == "wanted" and any(a == b for a, b in zip(_addresses(was), _addresses(new), strict=True))
    tellers = dict.fromkeys([*(was.url_by.split() if kept else ()), actor.account])
    here = not new.data_hosts and all(
        _address(ports, name, getattr(new, name)).loopback for name in ("discovery_url", "token_url"))
    return {"approval": "none_needed" if here else "wanted", "approved_by": "", "url_by": " ".join(tellers)}


def _keep(ports: Ports, site: str, what: str, secret: dict[str, str]) -> str:
    return ports.secrets.put(_secret_name(ports, site, what), secret)


def _secret_name(ports: Ports, site: str, what: str) -> str:
    return f"{ports.gg4l_secret_prefix}/{site}/{what}"


def _schedule(ports: Ports, site: str, connection: Connection) -> None:
    ports.gg4l_schedules.set(site, poll=connection.poll, timezone=timezone(site_settings(ports, site)),
                             enabled=not connection.waits_for)


def _busy() -> Refusal:
    return Refusal(409, "BUSY", "The connection is changing right now. Try again.")

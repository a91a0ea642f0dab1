"""Managing SIF zones: adding, changing, approving, pausing and removing them, and asking for pulls.

The item comes first, then the schedules. A schedule that runs for a zone whose item says otherwise
does no harm, because the agent looks at the item; so after a failure of the scheduler the same is
asked again, and every change sets the schedules, also one that changes nothing else. Of credentials
the secret comes first and the item after it, so no zone points to nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields, replace
from typing import Any

from accounts import audit, certificates, models
from accounts.certificates import Credentials
from accounts.ports import Ports
from accounts.problems import Refusal, not_allowed, not_found
from accounts.sign_in import site_settings
from rostering import addresses, pulls, zones
from rostering.access.roles import Actor
from rostering.errors import InputError
from rostering.settings import timezone
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.writes import Delete, Insert, Replace
from rostering.zones import ZoneSettings

_ATTEMPTS = 8
_DEFAULTS = {field.name: field.default for field in fields(ZoneSettings)}
_NEEDED = ("url", "zone_id", "version")
_TOLD = {"certificate": "has_certificate", "ca_bundle": "has_ca", "basic": "has_basic"}
_WORDS = {"certificate": "client certificate", "ca_bundle": "CA bundle", "basic": "Basic credentials"}

# What a change makes of the settings, the event that tells of it, and what more the event holds.
Changed = tuple[ZoneSettings, str, dict[str, Any]]


def add(ports: Ports, actor: Actor, order: models.ZoneOrder) -> Item:
    """The item of a new zone.

    Raises Refusal: 409 if there is one of that name or no room for more, 422 for an address or
    credentials that can't be.
    """
    settings = _new(ports, actor, order)
    place = keys.zone(actor.site, settings.zone)
    known = ports.store.query(place.pk).items
    there = next((item for item in known if item.key == place), None)
    if there is not None:
        _schedule(ports, actor.site, ZoneSettings.of(there.body))
        raise _is_there(settings.zone)
    if len(known) >= zones.MOST_ZONES:
        raise Refusal(409, "TOO_MANY", f"A site has at most {zones.MOST_ZONES} zones.")
    if given := _credentials(ports, order):
        settings = replace(settings, secret=_keep(ports, actor.site, settings.zone, given), **given.told)
    item = Item(place, asdict(settings))
    event = audit.event(ports, actor.site, "zone.added", by=actor.account, zone=settings.zone,
                        host=_address(ports, settings.url).host, approval=settings.approval)
    if not ports.store.write_together([Insert(item), Insert(event)]):
        raise _is_there(settings.zone)
    _schedule(ports, actor.site, settings)
    return item


def change(ports: Ports, actor: Actor, zone: str, patch: models.ZonePatch) -> Item:
    """The zone's item after a change of its settings and credentials.

    Raises Refusal: 404, 409 if it was changed since it was read, 422.
    """
    told = _values(patch.settings)
    named = set(certificates.PARTS) & patch.model_fields_set
    given = _credentials(ports, patch) if named else None

    def changed(settings: ZoneSettings) -> Changed | None:
        new = replace(settings, **told)
        if new.url != settings.url:
            new = replace(new, **_approval(ports, actor, new.url))
        if named:
            _check_all_named(settings, named)
            secret = _keep(ports, actor.site, zone, given) if given else ""
            new = replace(new, secret=secret, **(given or _NO_CREDENTIALS).told)
        names = [name for name in told if getattr(new, name) != getattr(settings, name)] + sorted(named)
        host = _address(ports, new.url).host if new.url != settings.url else ""
        return (new, "zone.changed", {"names": names, "host": host}) if names else None

    item = _rewrite(ports, actor, zone, changed, version=patch.version)
    if named and not given:
        ports.secrets.delete(_secret_name(ports, actor.site, zone))
    return item


def approve(ports: Ports, actor: Actor, zone: str, reason: str, *, version: int | None = None) -> Item:
    """The zone's item after its address was approved. Raises Refusal: 403 for whoever told the address."""
    def approved(settings: ZoneSettings) -> Changed | None:
        if settings.approval in zones.APPROVED:
            return None
        if actor.account in (settings.url_by or settings.added_by, ""):
            raise not_allowed("Another administrator than the one who told the address approves it.")
        new = replace(settings, approval="given", approved_by=actor.account)
        return new, "zone.approved", {"reason": reason, "host": _address(ports, settings.url).host}
    return _rewrite(ports, actor, zone, approved, version=version)


def pause(ports: Ports, actor: Actor, zone: str, reason: str) -> Item:
    """The zone's item after it was paused; one that is paused keeps its reason."""
    def paused(settings: ZoneSettings) -> Changed | None:
        return None if settings.paused else (replace(settings, paused=reason), "zone.paused", {"reason": reason})
    return _rewrite(ports, actor, zone, paused)


def resume(ports: Ports, actor: Actor, zone: str, reason: str) -> Item:
    def resumed(settings: ZoneSettings) -> Changed | None:
        return (replace(settings, paused=""), "zone.resumed", {"reason": reason}) if settings.paused else None
    return _rewrite(ports, actor, zone, resumed)


def remove(ports: Ports, actor: Actor, zone: str, reason: str) -> None:
    """Remove a zone with its schedules and secret; what was loaded of it stays. Raises Refusal (404).

    Of a zone that isn't there schedules and secret are removed all the same: a removal may have
    stopped half way.
    """
    _check_name(zone)
    place, gone = keys.zone(actor.site, zone), False
    for _ in range(_ATTEMPTS):
        item = ports.store.get(place)
        if item is None:
            break
        event = audit.event(ports, actor.site, "zone.removed", by=actor.account, zone=zone, reason=reason)
        gone = ports.store.write_together(
            [Delete(place, item.version), Delete(keys.zone_session(actor.site, zone)), Insert(event)]
        )
        if gone:
            break
    else:
        raise _busy()
    ports.schedules.delete(actor.site, zone)
    ports.secrets.delete(_secret_name(ports, actor.site, zone))
    if not gone:
        raise not_found()


def order_pull(ports: Ports, actor: Actor, zone: str, kind: str) -> dict[str, Any]:
    """The body of a new pull, which was asked for. Raises Refusal: 404, 409 if nothing may be pulled."""
    settings = ZoneSettings.of(read(ports, actor.site, zone).body)
    if settings.waits_for:
        code = "NOT_APPROVED" if settings.approval not in zones.APPROVED else "PAUSED"
        raise Refusal(409, code, settings.waits_for)
    number, now = ports.new_number(), ports.time()
    body = {"pull": number, "zone": zone, "kind": kind, "by": actor.account, "at": now, "updated_at": now,
            "state": "waiting", "message": "", "code": "", "load": "", "facts": {}}
    expires = int(ports.now()) + pulls.KEPT_DAYS * 86_400
    event = audit.event(ports, actor.site, "zone.pulled", by=actor.account, zone=zone, kind=kind, pull=number)
    item = Item(keys.zone_pull(actor.site, zone, number), body, expires=expires)
    ports.store.write_together([Insert(item), Insert(event)])
    ports.pulls.send({"site": actor.site, "zone": zone, "kind": kind, "pull": number})
    return body


def read(ports: Ports, site: str, zone: str) -> Item:
    """The item of a zone. Raises Refusal (404)."""
    _check_name(zone)
    item = ports.store.get(keys.zone(site, zone))
    if item is None:
        raise not_found()
    return item


def read_pull(ports: Ports, site: str, zone: str, pull: str) -> dict[str, Any]:
    """The body of a pull. Raises Refusal (404)."""
    _check_name(zone)
    item = ports.store.get(keys.zone_pull(site, zone, pull))
    if item is None:
        raise not_found()
    return item.body


def schedule_all(ports: Ports, site: str) -> None:
    """Set the schedules of every zone of a site: its time zone is another now."""
    for item in ports.store.query(keys.zone(site, "").pk).items:
        _schedule(ports, site, ZoneSettings.of(item.body))


def told(ports: Ports, site: str, items: list[Item]) -> list[models.Zone]:
    """Zones as people see them, each with what the agent wrote of it."""
    places = [keys.zone_session(site, item.body["zone"]) for item in items]
    found = ports.store.get_many(places)
    return [_told(item, found.get(place)) for item, place in zip(items, places, strict=True)]


def _told(item: Item, session: Item | None) -> models.Zone:
    settings = ZoneSettings.of(item.body)
    body = asdict(settings)
    return models.Zone.model_validate({name: body[name] for name in body if name in models.Zone.model_fields} | {
        "source": settings.source,
        "settings": body | {name: list(body[name]) for name in ("registered_versions", "request_versions")},
        "session": session.body if session else {},
        "waits_for": settings.waits_for,
        "version": item.version,
    })


def _rewrite(ports: Ports, actor: Actor, zone: str, change: Callable[[ZoneSettings], Changed | None], *,
             version: int | None = None) -> Item:
    """The zone's item after `change`, which gives None to leave it; its schedules are set in any case."""
    for _ in range(_ATTEMPTS):
        item = read(ports, actor.site, zone)
        if version not in (None, item.version):
            raise Refusal(409, "CHANGED", "The zone was changed since you read it. Look again.")
        done = change(ZoneSettings.of(item.body))
        if done is None:
            changed, written = item, True
        else:
            settings, what, about = done
            changed = Item(item.key, item.body | asdict(settings), item.version + 1)
            event = audit.event(ports, actor.site, what, by=actor.account, zone=zone, **about)
            written = ports.store.write_together([Replace(changed), Insert(event)])
        if written:
            _schedule(ports, actor.site, ZoneSettings.of(changed.body))
            return changed
    raise _busy()


def _new(ports: Ports, actor: Actor, order: models.ZoneOrder) -> ZoneSettings:
    try:
        name = order.name or zones.name_of(order.settings.zone_id)
    except InputError as error:
        raise Refusal(422, error.code, error.message) from None
    given = _values(order.settings)
    return ZoneSettings(zone=name, added_by=actor.account, added_at=ports.time(),
                        **given, **_approval(ports, actor, given["url"]))


def _values(choices: models.ZoneChoices) -> dict[str, Any]:
    """What was chosen, as settings; null is the default. Raises Refusal (422) for what has none."""
    values = {name: getattr(choices, name) for name in choices.model_fields_set}
    for name in _NEEDED:
        if name in values and values[name] is None:
            raise Refusal(422, "INVALID", f"A zone has {name}: it can't be cleared.",
                          wrong=[{"at": f"settings.{name}", "type": "missing"}])
    return {name: _DEFAULTS[name] if value is None else tuple(value) if isinstance(value, list) else value
            for name, value in sorted(values.items())}


def _approval(ports: Ports, actor: Actor, url: str) -> dict[str, str]:
    """Who told the address, and whether it waits for another's approval."""
    approval = "none_needed" if _address(ports, url).loopback else "wanted"
    return {"approval": approval, "approved_by": "", "url_by": actor.account}


def _address(ports: Ports, url: str) -> addresses.Address:
    """Raises Refusal (422) if nothing may be sent there."""
    try:
        return addresses.check(url, loopback=ports.loopback)
    except addresses.BadAddress as error:
        raise Refusal(422, error.code, error.message, wrong=[{"at": "settings.url", "type": "address"}]) from None


_NO_CREDENTIALS = Credentials({}, has_certificate=False, has_basic=False, has_ca=False, certificate_until="")


def _credentials(ports: Ports, body: models.ZoneCredentials) -> Credentials | None:
    """What was given, checked; None if nothing was. Raises Refusal (422)."""
    certificate, key, bundle = (part.get_secret_value() if part else "" for part in
                                (body.certificate, body.private_key, body.ca_bundle))
    basic = (body.basic.username.get_secret_value(), body.basic.password.get_secret_value()) if body.basic else None
    given = certificates.checked(certificate, key, bundle, basic, now=ports.now())
    return given if given.secret else None


def _check_all_named(settings: ZoneSettings, named: set[str]) -> None:
    """Raises Refusal (422) if the zone has a credential that a change of others would drop unsaid."""
    for part, has in _TOLD.items():
        if getattr(settings, has) and part not in named:
            raise Refusal(422, "CREDENTIALS", f"The zone also has a {_WORDS[part]}: credentials are replaced together, "
                          "because they can't be read back. Give it again, or clear it.".replace("a Basic", "Basic"),
                          wrong=[{"at": part, "type": "missing"}])


def _keep(ports: Ports, site: str, zone: str, given: Credentials) -> str:
    return ports.secrets.put(_secret_name(ports, site, zone), given.secret)


def _secret_name(ports: Ports, site: str, zone: str) -> str:
    return f"{ports.secret_prefix}/{site}/{zone}"


def _schedule(ports: Ports, site: str, settings: ZoneSettings) -> None:
    ports.schedules.set(site, settings.zone, pull=settings.pull, full=settings.full,
                        timezone=timezone(site_settings(ports, site)), enabled=not settings.waits_for)


def _check_name(zone: str) -> None:
    """Raises Refusal (404) for what can't be the name of a zone."""
    if not zones.NAME.fullmatch(zone):
        raise not_found()


def _is_there(zone: str) -> Refusal:
    return Refusal(409, "THERE", f"There is a zone {zone} here already. Give the new one another name.")


def _busy() -> Refusal:
    return Refusal(409, "BUSY", "The zone is changing right now. Try again.")


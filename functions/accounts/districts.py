"""Districts at GG4L: introducing them, linking them with the site, moving them on, asking for pulls.

Where a district stands follows from all that was told of it (`rostering.onboarding`); here people tell.
One that is introduced before GG4L has given it a GUID is kept under a key of its own (intro-…). Linking
its GUID joins the two: what was told of the one is told again of the other.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from accounts import audit, gg4l, models
from accounts.ports import Ports
from accounts.problems import Refusal, not_found
from accounts.sign_in import site_settings
from rostering import districts, onboarding, pulls
from rostering.access.roles import Actor
from rostering.districts import DISTRICT, GUID, INTRODUCED, Connection
from rostering.onboarding import STATES, News
from rostering.settings import timezone
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.writes import Delete, Insert, Replace, Write

_ATTEMPTS = 8
_MOST_SLUG, _DIGITS = 60, 8
_NO_SURVEY = "GG4L sends the link to it."


def introduce(ports: Ports, actor: Actor, order: models.IntroductionOrder) -> models.Introduction:
    """A district after its introduction, and the letter that introduces it.

    The letter is sent where the deployment sends mail and GG4L's address is set, else it is for a
    person to send. The same again gives the same letter: the district is not introduced twice.
    """
    connection = _connection(ports, actor.site)
    for _ in range(_ATTEMPTS):
        item = _to_introduce(ports, actor.site, order)
        body = DISTRICT | item.body
        if body["contact"] != order.contact:
            news = News(ports.time(), actor.account, contact=order.contact,
                        state=None if body["state_at"] else "SURVEY_PENDING")
            body = onboarding.apply(body, news) | {"name": body["name"] or order.district_name}
            event = audit.event(ports, actor.site, "gg4l.introduced", by=actor.account, district=body["district"])
            changed = Item(item.key, body, item.version + 1)
            write = Replace(changed) if item.version else Insert(changed)
            if not ports.store.write_together([write, Insert(event)]):
                continue
            item = changed
        return _letter(ports, actor.site, connection, item, order)
    raise _busy()


def link(ports: Ports, actor: Actor, guid: str, introduced: str | None) -> Item:
    """The item of a district after it was linked: from now on it is pulled.

    It is joined with the introduction that is named, or else with one of the same name.

    Raises Refusal: 404 for a district that neither GG4L nor an introduction tells of, 409 for the key
    of an introduction in place of a GUID.
    """
    for _ in range(_ATTEMPTS):
        item = _find(ports, actor.site, guid)
        if _is_introduction(guid, item):
            raise Refusal(409, "NO_GUID", "GG4L has not given this district a GUID yet. Once it has, link the GUID "
                          "and name this introduction.")
        intro = _introduction(ports, actor.site, item, introduced)
        if item is None and intro is None:
            raise not_found()
        body = DISTRICT | {"district": guid} | (item.body if item else {})
        if body["linked"] and intro is None:
            return item
        if intro:
            body = _joined(body, DISTRICT | intro.body)
        changed = Item(keys.gg4l_district(actor.site, guid), body | {"linked": True}, item.version + 1 if item else 1)
        joined = intro.body["district"] if intro else ""
        event = audit.event(ports, actor.site, "gg4l.linked", by=actor.account, district=guid, joined=joined)
        writes: list[Write] = [Replace(changed) if item else Insert(changed), Insert(event)]
        if ports.store.write_together(writes + ([Delete(intro.key, intro.version)] if intro else [])):
            return changed
    raise _busy()


def unlink(ports: Ports, actor: Actor, guid: str, reason: str) -> Item:
    """The item of a district after it is linked no more: it is not pulled, and nothing of it changes."""
    for _ in range(_ATTEMPTS):
        item = read(ports, actor.site, guid)
        if not item.body.get("linked"):
            return item
        changed = Item(item.key, item.body | {"linked": False}, item.version + 1)
        event = audit.event(ports, actor.site, "gg4l.unlinked", by=actor.account, district=guid, reason=reason)
        if ports.store.write_together([Replace(changed), Insert(event)]):
            return changed
    raise _busy()


def move(ports: Ports, actor: Actor, guid: str, order: models.DistrictMove) -> Item:
    """The item of a district after a person told where it stands, or more of it.

    Its state may be another than the one told: a completed district goes back by a stop only, and
    Discovery outranks whoever tells.
    """
    told = list(_news(ports.time(), actor.account, order))
    if not told:
        raise Refusal(422, "INVALID", "Tell a state, a note, a project manager or a call.")
    for _ in range(_ATTEMPTS):
        item = read(ports, actor.site, guid)
        body = DISTRICT | item.body
        for news in told:
            body = onboarding.apply(body, news)
        changed = Item(item.key, body, item.version + 1)
        about = {name: True for name in ("note", "project_manager", "calls") if getattr(order, name)}
        event = audit.event(ports, actor.site, "gg4l.moved", by=actor.account, district=guid, state=order.state or "",
                            names=sorted(about), reason=order.reason.strip())
        if ports.store.write_together([Replace(changed), Insert(event)]):
            return changed
    raise _busy()


def order_pull(ports: Ports, actor: Actor, guid: str) -> dict[str, Any]:
    """The body of a new pull, which was asked for. Raises Refusal: 404, 409 if nothing may be pulled."""
    item = read(ports, actor.site, guid)
    gg4l.check_open(Connection.of(gg4l.read(ports, actor.site).body))
    if not item.body.get("linked"):
        raise Refusal(409, "NOT_LINKED", "The district is not linked with this site yet: rollbook gg4l link")
    number, now = ports.new_number(), ports.time()
    body = {"pull": number, "district": guid, "kind": "pull", "by": actor.account, "at": now, "updated_at": now,
            "state": "waiting", "message": "", "code": "", "load": "", "facts": {}}
    expires = int(ports.now()) + pulls.KEPT_DAYS * 86_400
    event = audit.event(ports, actor.site, "gg4l.pulled", by=actor.account, district=guid, pull=number)
    pull = Item(keys.gg4l_pull(actor.site, guid, number), body, expires=expires)
    ports.store.write_together([Insert(pull), Insert(event)])
    ports.gg4l_orders.send({"site": actor.site, "district": guid, "kind": "pull", "pull": number})
    return body


def read(ports: Ports, site: str, guid: str) -> Item:
    """The item of a district. Raises Refusal (404)."""
    item = _find(ports, site, guid)
    if item is None:
        raise not_found()
    return item


def read_pull(ports: Ports, site: str, guid: str, pull: str) -> dict[str, Any]:
    """The body of a pull. Raises Refusal (404)."""
    _check_guid(guid)
    item = ports.store.get(keys.gg4l_pull(site, guid, pull))
    if item is None:
        raise not_found()
    return item.body


def told(ports: Ports, site: str, items: list[Item]) -> list[models.District]:
    """Districts as people see them."""
    zone, days = timezone(site_settings(ports, site)), _connection(ports, site).expected_business_days
    now = ports.time()
    return [_told(item.version, DISTRICT | item.body, now, days, zone) for item in items]


def _told(version: int, body: dict[str, Any], now: str, days: int, zone: str) -> models.District:
    kept = {name: body[name] for name in body if name in models.District.model_fields}
    return models.District.model_validate(kept | {
        "source": districts.source_of(body["district"]),
        "acts": STATES[body["state"]].acts,
        "sentence": onboarding.sentence(body),
        "late": onboarding.late(body, now, days, zone),
        "ends_soon": onboarding.ends_soon(body, now, zone),
        "version": version,
    })


def _connection(ports: Ports, site: str) -> Connection:
    """The site's connection; before there is one, its defaults."""
    item = ports.store.get(keys.gg4l_connection(site))
    return Connection.of(item.body) if item else Connection("", "")


def _to_introduce(ports: Ports, site: str, order: models.IntroductionOrder) -> Item:
    """The item of the district that is introduced; version 0 if there is none yet.

    One without a GUID is the one of that name, be it introduced already or listed by GG4L.
    """
    if order.district:
        found = _find(ports, site, order.district)
        return found or _blank(site, order.district)
    name, key = _plain(order.district_name), _key_of(order.district_name)
    same = [item for item in _all(ports, site) if _plain(item.body.get("name", "")) == name]
    return next((item for item in same if item.body["district"] == key), same[0] if len(same) == 1 else None) \
        or _blank(site, key)


def _blank(site: str, district: str) -> Item:
    return Item(keys.gg4l_district(site, district), DISTRICT | {"district": district}, 0)


def _letter(ports: Ports, site: str, connection: Connection, item: Item,
            order: models.IntroductionOrder) -> models.Introduction:
    subject, text = onboarding.introduction(
        site_settings(ports, site).get("name", site), order.contact, connection.survey_url or _NO_SURVEY,
        district=order.district_name, expected_business_days=connection.expected_business_days)
    to = [address for address in (connection.onboarding_email, order.contact) if address]
    sends = bool(ports.mail and connection.onboarding_email)
    if sends:
        ports.mail.send(to, subject, text)
    (shown,) = told(ports, site, [item])
    return models.Introduction(district=shown, to=to, subject=subject, text=text, sent=sends)


def _introduction(ports: Ports, site: str, item: Item | None, named: str | None) -> Item | None:
    """The introduction to join. Raises Refusal (404) if the one that is named is none."""
    if named:
        found = _find(ports, site, named)
        if not _is_introduction(named, found):
            raise not_found()
        return found
    name = _plain(item.body.get("name", "")) if item else ""
    same = [one for one in _all(ports, site, INTRODUCED) if name and _plain(one.body["name"]) == name
            and _is_introduction(one.body["district"], one)]
    return same[0] if len(same) == 1 else None


def _joined(body: dict[str, Any], intro: dict[str, Any]) -> dict[str, Any]:
    """A district with all that was told of its introduction, told again of it."""
    evidence = intro.get("evidence") or {}
    for one in intro["history"]:
        body = onboarding.apply(body, News(one["at"], one["by"], one["state"]))
    for one in intro["notes"]:
        body = onboarding.apply(body, News(one["at"], one["by"], note=one["text"]))
    for one in intro["calls"]:
        body = onboarding.apply(body, News(one["at"], one["by"], call=one["when"]))
    for name in ("contact", "project_manager"):
        if intro[name]:
            at = evidence.get("stamps", {}).get(name, [intro["news_at"]])[0]
            body = onboarding.apply(body, News(at, "", **{name: intro[name]}))
    return body | {"name": body["name"] or intro["name"]}


def _news(at: str, by: str, order: models.DistrictMove) -> Iterator[News]:
    manager = {name: value for name, value in order.project_manager.model_dump().items() if value} \
        if order.project_manager else {}
    if manager and order.state is None:
        yield News(at, by, onboarding.PM_ASSIGNED, project_manager=manager)
    elif order.state or manager:
        yield News(at, by, order.state, project_manager=manager or None)
    if order.note:
        yield News(at, by, note=order.note)
    for call in order.calls:
        yield News(at, by, call=call)


def _find(ports: Ports, site: str, guid: str) -> Item | None:
    _check_guid(guid)
    return ports.store.get(keys.gg4l_district(site, guid))


def _all(ports: Ports, site: str, prefix: str = "") -> list[Item]:
    return ports.store.query(keys.gg4l_connection(site).pk, prefix=f"DISTRICT#{prefix}").items


def _is_introduction(guid: str, item: Item | None) -> bool:
    return item is not None and guid.startswith(INTRODUCED) and not item.body.get("known_to_discovery")


def _key_of(name: str) -> str:
    """The key of an introduction: what is plain of the district's name, and a digest, so no two names share one."""
    plain = _plain(name)
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_MOST_SLUG]
    digest = hashlib.sha256(plain.encode()).hexdigest()[:_DIGITS]
    return f"{INTRODUCED}{slug}-{digest}" if slug else f"{INTRODUCED}{digest}"


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _check_guid(guid: str) -> None:
    """Raises Refusal (404) for what can't be the GUID of a district."""
    if not GUID.fullmatch(guid):
        raise not_found()


def _busy() -> Refusal:
    return Refusal(409, "BUSY", "The district is changing right now. Try again.")

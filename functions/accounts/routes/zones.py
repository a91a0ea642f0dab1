"""SIF zones: who manages them, what the agent tells of them, pulls by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from accounts import models, zones
from accounts.routes.loads import After
from rostering.access.roles import Target
from rostering.store import keys
from rostering.store.keys import Item

if TYPE_CHECKING:
    from accounts.api import Api

_ALL = "/sites/<site>/zones"
_ONE = f"{_ALL}/<zone>"
Reason = Annotated[str, Query(min_length=3, max_length=500)]


def add(api: Api) -> None:
    ports = api.ports

    @api.route("GET", _ALL, action="zone.read", summary="The SIF zones of the site")
    def listed(site: str, limit: Annotated[int, Query(ge=1, le=100)] = 50, after: After = None) -> models.Zones:
        api.require("zone.read", Target(site))
        page = ports.store.query(keys.zone(site, "").pk, limit=limit, after=after)
        return models.Zones(zones=zones.told(ports, site, page.items), after=page.after)

    @api.route("POST", _ALL, action="zone.manage", summary="Add a zone", status=201)
    def new(site: str, body: models.ZoneOrder) -> models.Zone:
        api.require("zone.manage", Target(site))
        return _told(site, zones.add(ports, api.signed.actor, body))

    @api.route("GET", _ONE, action="zone.read", summary="A zone, and where the agent stands with it")
    def show(site: str, zone: str) -> models.Zone:
        api.require("zone.read", Target(site))
        return _told(site, zones.read(ports, site, zone))

    @api.route("PATCH", _ONE, action="zone.manage", summary="Change settings or credentials of a zone")
    def change(site: str, zone: str, body: models.ZonePatch) -> models.Zone:
        api.require("zone.manage", Target(site))
        return _told(site, zones.change(ports, api.signed.actor, zone, body))

    @api.route("DELETE", _ONE, action="zone.manage", summary="Remove a zone; what was loaded of it stays")
    def remove(site: str, zone: str, reason: Reason) -> models.RemovedZone:
        api.require("zone.manage", Target(site))
        zones.remove(ports, api.signed.actor, zone, reason.strip())
        return models.RemovedZone(zone=zone)

    @api.route("POST", f"{_ONE}/approve", action="zone.manage", summary="Approve the address that another told")
    def approve(site: str, zone: str, body: models.ZoneApproval) -> models.Zone:
        api.require("zone.manage", Target(site))
        item = zones.approve(ports, api.signed.actor, zone, body.reason.strip(), version=body.version)
        return _told(site, item)

    @api.route("POST", f"{_ONE}/pause", action="zone.manage", summary="Pull nothing of a zone for now")
    def pause(site: str, zone: str, body: models.Decision) -> models.Zone:
        api.require("zone.manage", Target(site))
        return _told(site, zones.pause(ports, api.signed.actor, zone, body.reason.strip()))

    @api.route("POST", f"{_ONE}/resume", action="zone.manage", summary="Pull of a paused zone again")
    def resume(site: str, zone: str, body: models.Decision) -> models.Zone:
        api.require("zone.manage", Target(site))
        return _told(site, zones.resume(ports, api.signed.actor, zone, body.reason.strip()))

    @api.route("POST", f"{_ONE}/pulls", action="zone.pull", summary="Pull of a zone now, or check it", status=202)
    def pull(site: str, zone: str, body: models.PullOrder) -> models.Pull:
        api.require("zone.pull", Target(site))
        return models.Pull.model_validate(zones.order_pull(ports, api.signed.actor, zone, body.kind))

    @api.route("GET", f"{_ONE}/pulls/<pull>", action="zone.read", summary="What became of a pull")
    def pulled(site: str, zone: str, pull: str) -> models.Pull:
        api.require("zone.read", Target(site))
        return models.Pull.model_validate(zones.read_pull(ports, site, zone, pull))

    def _told(site: str, item: Item) -> models.Zone:
        (shown,) = zones.told(ports, site, [item])
        return shown

"""GG4L: the connection, the districts and where they stand, pulls by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from accounts import districts, gg4l, models
from accounts.routes.loads import After
from rostering.access.roles import Target
from rostering.store import keys
from rostering.store.keys import Item

if TYPE_CHECKING:
    from accounts.api import Api

_GG4L = "/sites/<site>/gg4l"
_ALL = f"{_GG4L}/districts"
_ONE = f"{_ALL}/<district>"
Reason = Annotated[str, Query(min_length=3, max_length=500)]


def add(api: Api) -> None:
    _add_connection(api)
    _add_districts(api)


def _add_connection(api: Api) -> None:
    ports = api.ports

    @api.route("GET", _GG4L, action="gg4l.read", summary="The connection to GG4L, and how its last poll went")
    def show(site: str) -> models.Gg4l:
        api.require("gg4l.read", Target(site))
        return gg4l.told(site, gg4l.read(ports, site))

    @api.route("PUT", _GG4L, action="gg4l.manage", summary="Set the connection to GG4L as a whole")
    def put(site: str, body: models.Gg4lOrder) -> models.Gg4l:
        api.require("gg4l.manage", Target(site))
        return gg4l.told(site, gg4l.put(ports, api.signed.actor, body))

    @api.route("PATCH", _GG4L, action="gg4l.manage", summary="Change settings or credentials of the connection")
    def change(site: str, body: models.Gg4lPatch) -> models.Gg4l:
        api.require("gg4l.manage", Target(site))
        return gg4l.told(site, gg4l.change(ports, api.signed.actor, body))

    @api.route("DELETE", _GG4L, action="gg4l.manage", summary="Remove the connection; what was loaded stays")
    def remove(site: str, reason: Reason) -> models.RemovedGg4l:
        api.require("gg4l.manage", Target(site))
        gg4l.remove(ports, api.signed.actor, reason.strip())
        return models.RemovedGg4l(site=site)

    @api.route("POST", f"{_GG4L}/approve", action="gg4l.manage", summary="Approve the addresses that another told")
    def approve(site: str, body: models.Gg4lApproval) -> models.Gg4l:
        api.require("gg4l.manage", Target(site))
        return gg4l.told(site, gg4l.approve(ports, api.signed.actor, body))

    @api.route("POST", f"{_GG4L}/pause", action="gg4l.manage", summary="Ask nothing of GG4L for now")
    def pause(site: str, body: models.Decision) -> models.Gg4l:
        api.require("gg4l.manage", Target(site))
        return gg4l.told(site, gg4l.pause(ports, api.signed.actor, body.reason.strip()))

    @api.route("POST", f"{_GG4L}/resume", action="gg4l.manage", summary="Ask GG4L again")
    def resume(site: str, body: models.Decision) -> models.Gg4l:
        api.require("gg4l.manage", Target(site))
        return gg4l.told(site, gg4l.resume(ports, api.signed.actor, body.reason.strip()))

    @api.route("POST", f"{_GG4L}/poll", action="gg4l.manage", summary="Ask Discovery now what is new", status=202)
    def poll(site: str) -> models.PollOrdered:
        api.require("gg4l.manage", Target(site))
        return models.PollOrdered(site=site, ordered_at=gg4l.order_poll(ports, api.signed.actor))

    @api.route("POST", f"{_GG4L}/introduce", action="gg4l.manage", summary="Introduce a district to GG4L", status=201)
    def introduce(site: str, body: models.IntroductionOrder) -> models.Introduction:
        api.require("gg4l.manage", Target(site))
        return districts.introduce(ports, api.signed.actor, body)


def _add_districts(api: Api) -> None:
    ports = api.ports

    @api.route("GET", _ALL, action="gg4l.read", summary="The districts at GG4L, and where they stand")
    def listed(site: str, limit: Annotated[int, Query(ge=1, le=100)] = 50, after: After = None) -> models.Districts:
        api.require("gg4l.read", Target(site))
        page = ports.store.query(keys.gg4l_connection(site).pk, prefix="DISTRICT#", limit=limit, after=after)
        return models.Districts(districts=districts.told(ports, site, page.items), after=page.after)

    @api.route("GET", _ONE, action="gg4l.read", summary="A district, its history, and who has to act")
    def show(site: str, district: str) -> models.District:
        api.require("gg4l.read", Target(site))
        return _told(site, districts.read(ports, site, district))

    @api.route("POST", f"{_ONE}/link", action="gg4l.manage", summary="Link a district with the site: it is pulled")
    def link(site: str, district: str, body: models.DistrictLink) -> models.District:
        api.require("gg4l.manage", Target(site))
        return _told(site, districts.link(ports, api.signed.actor, district, body.introduced))

    @api.route("POST", f"{_ONE}/unlink", action="gg4l.manage", summary="Pull a district no more; what was loaded stays")
    def unlink(site: str, district: str, body: models.Decision) -> models.District:
        api.require("gg4l.manage", Target(site))
        return _told(site, districts.unlink(ports, api.signed.actor, district, body.reason.strip()))

    @api.route("POST", f"{_ONE}/move", action="gg4l.manage", summary="Tell where a district stands, or more of it")
    def move(site: str, district: str, body: models.DistrictMove) -> models.District:
        api.require("gg4l.manage", Target(site))
        return _told(site, districts.move(ports, api.signed.actor, district, body))

    @api.route("POST", f"{_ONE}/pulls", action="gg4l.pull", summary="Pull a district now", status=202)
    def pull(site: str, district: str) -> models.DistrictPull:
        api.require("gg4l.pull", Target(site))
        return models.DistrictPull.model_validate(districts.order_pull(ports, api.signed.actor, district))

    @api.route("GET", f"{_ONE}/pulls/<pull>", action="gg4l.read", summary="What became of a pull of a district")
    def pulled(site: str, district: str, pull: str) -> models.DistrictPull:
        api.require("gg4l.read", Target(site))
        return models.DistrictPull.model_validate(districts.read_pull(ports, site, district, pull))

    def _told(site: str, item: Item) -> models.District:
        (shown,) = districts.told(ports, site, [item])
        return shown

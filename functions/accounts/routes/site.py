"""The site, its settings and its schools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts import configuring, gg4l, models, zones
from accounts.settings import told
from accounts.sign_in import site_settings
from rostering.access.roles import Target
from rostering.access.rules import allow
from rostering.store import keys
from rostering.store.keys import Item

if TYPE_CHECKING:
    from accounts.api import Api


def add(api: Api) -> None:
    ports = api.ports

    @api.route(
        "GET", "/sites/<site>", action="site.read", summary="The site, and where its sheets are dropped"
    )
    def read(site: str) -> models.Site:
        api.require("site.read", Target(site))
        settings = site_settings(ports, site)
        seen = models.Site(
            site=site,
            name=settings.get("name", site),
            address=settings.get("address", ""),
            timezone=settings.get("timezone", ""),
        )
        if allow(api.signed.actor, "load.read", Target(site)):
            seen.inbox_bucket, seen.inbox_prefix = ports.inbox_bucket, f"inbox/{site}/"
        return seen

    @api.route(
        "GET", "/sites/<site>/settings", action="site.settings", summary="What the site may set, and what it has set"
    )
    def settings(site: str) -> models.Settings:
        api.require("site.settings", Target(site))
        return _settings(ports.store.get(keys.settings(site)))

    @api.route("PATCH", "/sites/<site>/settings", action="site.configure", summary="Change settings of the site")
    def configure(site: str, body: models.Configuration) -> models.Settings:
        api.require("site.configure", Target(site))
        item = configuring.configure(ports, api.signed.actor, body.settings, version=body.version)
        if "timezone" in body.settings:
            zones.schedule_all(ports, site)
            gg4l.schedule_again(ports, site)
        return _settings(item)

    @api.route("GET", "/sites/<site>/schools", action="school.read", summary="The schools of the site")
    def schools(site: str) -> models.Schools:
        api.require("school.read", Target(site))
        page = ports.store.query(keys.settings(site).pk, prefix="SCHOOL#")
        return models.Schools(
            schools=[
                models.School(
                    id=item.body["fields"].get("id") or item.body["key"],
                    status=item.body.get("status", "active"),
                    name=item.body["fields"].get("name") or "",
                )
                for item in page.items
            ]
        )


def _settings(item: Item) -> models.Settings:
    return models.Settings(settings=[models.Setting(**line) for line in told(item.body)], version=item.version)

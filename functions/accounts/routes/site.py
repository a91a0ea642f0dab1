"""The site and its schools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts import models
from accounts.sign_in import site_settings
from rostering.access.roles import Target
from rostering.access.rules import allow
from rostering.store import keys

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

"""The nightly digests of a site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.models.digests import Digest, DigestDay, Digests
from accounts.problems import not_found
from accounts.routes.loads import After, Limit
from rostering.access.roles import Target
from rostering.store import keys

if TYPE_CHECKING:
    from accounts.api import Api


def add(api: Api) -> None:
    ports = api.ports

    @api.route("GET", "/sites/<site>/digests", action="digest.read", summary="The days that have a digest")
    def listed(site: str, limit: Limit = 20, after: After = None) -> Digests:
        api.require("digest.read", Target(site))
        page = ports.store.query(keys.digest(site, "").pk, limit=limit, after=after, backwards=True)
        return Digests(digests=[DigestDay.model_validate(item.body) for item in page.items], after=page.after)

    @api.route("GET", "/sites/<site>/digests/<day>", action="digest.read",
               summary="What changed, what is held and what looks wrong on a day")
    def show(site: str, day: str) -> Digest:
        api.require("digest.read", Target(site))
        item = ports.store.get(keys.digest(site, day))
        if item is None:
            raise not_found()
        return Digest.model_validate(item.body)

"""The dump of a site: everything it holds of people and classes, in pages, for who administers all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from accounts import dumping, models
from accounts.routes.loads import After
from rostering.access.roles import Target

if TYPE_CHECKING:
    from accounts.api import Api


def add(api: Api) -> None:
    ports = api.ports

    @api.route("GET", "/sites/<site>/dump", action="site.dump", summary="All people and classes, to compare")
    def dump(
        site: str,
        part: dumping.Part | None = None,
        limit: Annotated[int, Query(ge=1, le=dumping.MOST_THINGS)] = 200,
        after: After = None,
    ) -> models.Dump:
        api.require("site.dump", Target(site))
        things, following = dumping.page(ports, api.signed.actor, part=part, after=after, limit=limit)
        return models.Dump(things=things, after=following)

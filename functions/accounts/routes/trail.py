"""The audit trail. It is read here and nowhere changed: events are added by what they tell of."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from accounts import audit, models, trail
from accounts.problems import Refusal
from accounts.routes.loads import After
from accounts.sign_in import site_settings
from rostering.access.roles import Target

if TYPE_CHECKING:
    from accounts.api import Api

Words = Annotated[str | None, Query(min_length=1, max_length=200)]


def add(api: Api) -> None:
    ports = api.ports

    @api.route("GET", "/sites/<site>/audit", action="audit.read", summary="Who did or saw what, the newest first")
    def read(
        site: str,
        account: Words = None,
        action: Words = None,
        by: Words = None,
        since: Annotated[date | None, Query()] = None,
        until: Annotated[date | None, Query()] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 100,
        after: After = None,
    ) -> models.AuditTrail:
        api.require("audit.read", Target(site))
        if since and until and since > until:
            raise Refusal(422, "INVALID", "The first day is after the last.")
        first, last = trail.first_day(site_settings(ports, site)), trail.today(ports.now())
        wanted = trail.Wanted(max(since or first, first), min(until or last, last), account or "", action or "",
                              by or "")
        audit.record(ports, site, "audit.read", by=api.signed.actor, of=wanted.account, action=wanted.action,
                     whose=wanted.by, since=wanted.since.isoformat(), until=wanted.until.isoformat())
        found, following = trail.read(ports.store, site, wanted, limit=limit, after=after)
        return models.AuditTrail(events=[models.AuditLine(**line) for line in trail.lines(ports.store, site, found)],
                                 after=following)

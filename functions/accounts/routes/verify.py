"""The verifying load: the table compared with what a source last said, and set right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts import audit, models
from accounts.problems import Refusal
from accounts.sign_in import site_settings
from rostering.access.roles import Target
from rostering.clock import local_date
from rostering.load import progress, verify
from rostering.settings import timezone

if TYPE_CHECKING:
    from accounts.api import Api


def add(api: Api) -> None:
    ports = api.ports

    @api.route("POST", "/sites/<site>/verify", action="load.decide", summary="Order a verifying load", status=202)
    def order(site: str, body: models.VerifyOrder) -> models.Load:
        api.require("load.decide", Target(site))
        load, now, actor = ports.new_number(), ports.time(), api.signed.actor.account
        today = local_date(now, timezone(site_settings(ports, site)))
        if not verify.order(
            ports.store, ports.work, site, body.source, load=load, by=actor, today=today, now=now
        ):
            raise Refusal(409, "NOTHING_LOADED", f"Nothing of {body.source} was loaded yet.")
        audit.record(ports, site, "verify.ordered", by=actor, load=load, source=body.source)
        ports.workflow.start(site, load)
        return models.Load.model_validate(progress.read(ports.store, site, load))

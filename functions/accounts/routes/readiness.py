"""Readiness: what a school misses before its accounts may be handed out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from accounts import readiness
from accounts.models.handing_out import Attestation, Attested, Readiness, ReadinessSummary
from accounts.routes import text_of
from accounts.routes.loads import After

if TYPE_CHECKING:
    from accounts.api import Api


def add(api: Api) -> None:
    ports = api.ports

    @api.route("GET", "/sites/<site>/readiness", action="readiness.read",
               summary="How far the schools of the site are with handing out")
    def summary(site: str, after: After = None) -> ReadinessSummary:
        return readiness.summary(ports, api.signed.actor, after=after)

    @api.route("GET", "/sites/<site>/schools/<school>/readiness", action="readiness.read",
               summary="What a school misses before its accounts may be handed out")
    def school_readiness(site: str, school: str, rule: Annotated[str | None, Query(max_length=30)] = None) -> Readiness:
        return readiness.of_school(ports, api.signed.actor, text_of(school), rule=rule or "")

    @api.route("POST", "/sites/<site>/schools/<school>/attestations", action="readiness.attest",
               summary="Vouch that standards are attached to every course in use")
    def attest(site: str, school: str, body: Attestation) -> Attested:
        return readiness.attest(ports, api.signed.actor, text_of(school), body.rule, body.reason.strip())

"""Looking as somebody else, read-only and for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_lambda_powertools.event_handler import Response

from accounts import models, viewing
from rostering.access.roles import Target

if TYPE_CHECKING:
    from accounts.api import Api


def add(api: Api) -> None:
    ports = api.ports

    @api.route("POST", "/sites/<site>/accounts/<account>/view-as", action="view_as.start",
               summary="Look as this person, read-only and for half an hour at most", status=201)
    def view(site: str, account: str, body: models.ViewOrder) -> models.ViewToken:
        begun = viewing.start(ports, api.signed, account, body.reason.strip(), minutes=body.minutes)
        shown = begun.account
        return models.ViewToken(account=shown.id, username=shown.username, role=shown.role,
                                viewer=api.signed.actor.account, access_token=begun.access_token,
                                expires_in=begun.expires_in, until=begun.until)

    @api.route("DELETE", "/sites/<site>/view-as", action="view_as.end", summary="Stop looking as somebody else",
               status=204)
    def leave(site: str):
        api.require("view_as.end", Target(site))
        viewing.end(ports, api.signed, "ended by who looked")
        return Response(204)

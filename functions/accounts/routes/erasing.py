"""Erasing a person: asked for by one administrator of the whole site, approved by another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts import erasing, models
from accounts.models.erasing import Erasure, Erasures
from accounts.routes.loads import After, Limit
from rostering.access.roles import Target
from rostering.store import keys

if TYPE_CHECKING:
    from accounts.api import Api

_ONE = "/sites/<site>/accounts/<account>/erasure"


def add(api: Api) -> None:
    ports = api.ports

    @api.route("GET", "/sites/<site>/erasures", action="account.erase", summary="Erasures that were asked for or done")
    def listed(site: str, limit: Limit = 20, after: After = None) -> Erasures:
        api.require("account.erase", Target(site))
        page = ports.store.query(keys.erasure(site, "").pk, limit=limit, after=after)
        return Erasures(erasures=[erasing.shown(item.body) for item in page.items], after=page.after)

    @api.route("POST", _ONE, action="account.erase", status=202, summary="Ask to erase a person who is switched off")
    def ask(site: str, account: str, body: models.Decision) -> Erasure:
        return erasing.ask(ports, api.signed.actor, account, body.reason.strip())

    @api.route("POST", f"{_ONE}/approve", action="account.erase",
               summary="Erase a person, as another administrator asked within the last 7 days")
    def approve(site: str, account: str) -> Erasure:
        return erasing.approve(ports, api.signed.actor, account)

    @api.route("DELETE", _ONE, action="account.erase", summary="Take back that a person be erased")
    def cancel(site: str, account: str) -> Erasure:
        return erasing.cancel(ports, api.signed.actor, account)

"""Find an account by what somebody knows of it: its id, username, email, or its id in a source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from accounts import audit, models
from accounts.people import target_of
from rostering.access.rules import allow
from rostering.finding import find_accounts

if TYPE_CHECKING:
    from accounts.api import Api


def add(api: Api) -> None:
    ports = api.ports

    @api.route("GET", "/sites/<site>/find", action="account.list",
               summary="The accounts that a text names: an id, a username or an email")
    def find(site: str, text: Annotated[str, Query(min_length=1, max_length=254)]) -> models.People:
        actor = api.signed.actor
        found = [account for account in find_accounts(ports.store, site, text.strip())
                 if allow(actor, "account.read", target_of(ports.store, actor, account))]
        audit.record(ports, site, "account.listed", by=actor, count=len(found))
        return models.People(accounts=[models.person(account) for account in found])

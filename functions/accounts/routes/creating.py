"""Making an account by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts import creating, once
from accounts.models.creating import Created, NewAccount

if TYPE_CHECKING:
    from accounts.api import Api


def add(api: Api) -> None:
    @api.route("POST", "/sites/<site>/accounts", action="account.create", status=201,
               summary="Make an account by hand; with an Idempotency-Key it may be sent twice")
    def create(site: str, body: NewAccount) -> Created:
        actor = api.signed.actor
        sent = api.app.current_event.headers.get(once.HEADER)
        return Created.model_validate(creating.create(
            api.ports, actor, body, once=once.once_of(actor, sent, body.model_dump(mode="json"))))

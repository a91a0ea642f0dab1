"""The way in of one account: a link, a new first secret, clearing the counters of wrong tries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts import inviting, models
from accounts.models.inviting import Invited, InviteOrder, Unlocked

if TYPE_CHECKING:
    from accounts.api import Api


def add(api: Api) -> None:
    ports = api.ports

    @api.route("POST", "/sites/<site>/accounts/<account>/invite", action="account.invite",
               summary="Send an employee or a guardian a link to choose a password by")
    def invite(site: str, account: str, body: InviteOrder) -> Invited:
        return inviting.invite(ports, api.signed.actor, account, body.reason.strip(), by_hand=body.by_hand)

    @api.route("POST", "/sites/<site>/accounts/<account>/password", action="account.reset", status=202,
               summary="Reset an account: a new first secret, or for employees a new link")
    def reset(site: str, account: str, body: models.Decision) -> models.Batch:
        return inviting.reset(ports, api.signed, account, body.reason.strip())

    @api.route("POST", "/sites/<site>/accounts/<account>/unlock", action="account.unlock",
               summary="Clear an account's counters of wrong tries")
    def unlock(site: str, account: str, body: models.Decision) -> Unlocked:
        return inviting.unlock(ports, api.signed.actor, account, body.reason.strip())

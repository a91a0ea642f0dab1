"""Undoing a load: a load of its own, which is followed like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts import models, undoing
from accounts.problems import Refusal
from rostering.access.roles import Target

if TYPE_CHECKING:
    from accounts.api import Api


def add(api: Api) -> None:
    @api.route(
        "POST",
        "/sites/<site>/loads/<load>/undo",
        action="load.decide",
        summary="Undo a load, or say what undoing it would do",
        status=202,
    )
    def undo(site: str, load: str, body: models.UndoOrder) -> models.Load:
        api.require("load.decide", Target(site))
        if body.school is not None and body.account is not None:
            raise Refusal(422, "INVALID", "Name a school or an account, not both.")
        return models.Load.model_validate(undoing.order(api.ports, api.signed.actor, load, body))

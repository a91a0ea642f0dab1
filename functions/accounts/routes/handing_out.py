"""Handing out: the stages of a school, how far its classes are, one card again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts import cards, class_progress, handing_out
from accounts.models.handing_out import (
    CardOrder,
    CardOrdered,
    Handed,
    HandedOrder,
    HandOut,
    StageClosed,
    StageOpened,
    StageOrder,
)
from accounts.routes import text_of
from accounts.routes.standing import ReasonAsked

if TYPE_CHECKING:
    from accounts.api import Api


def add(api: Api) -> None:
    ports = api.ports

    @api.route("POST", "/sites/<site>/schools/<school>/stages/<role>", action="stage.release",
               summary="Open a stage of a school's hand-out (Teacher, Student, Guardian), or see what it misses")
    def open_stage(site: str, school: str, role: str, body: StageOrder) -> StageOpened:
        return handing_out.open_stage(ports, api.signed, text_of(school), role, body)

    @api.route("DELETE", "/sites/<site>/schools/<school>/stages/<role>", action="stage.release",
               summary="Close a stage of a school's hand-out again")
    def close_stage(site: str, school: str, role: str, reason: ReasonAsked) -> StageClosed:
        return handing_out.close_stage(ports, api.signed, text_of(school), role, reason.strip())

    @api.route("GET", "/sites/<site>/schools/<school>/hand-out", action="handout.read",
               summary="How far the hand-out of a school is, class by class")
    def hand_out(site: str, school: str) -> HandOut:
        return class_progress.show(ports, api.signed.actor, text_of(school))

    @api.route("POST", "/sites/<site>/schools/<school>/handed", action="handout.note",
               summary="Note to whom the account info sheets of a class were handed")
    def handed(site: str, school: str, body: HandedOrder) -> Handed:
        return class_progress.note_handed(ports, api.signed.actor, text_of(school), body.section, body.to)

    @api.route("POST", "/sites/<site>/accounts/<account>/card", action="card.print", status=202,
               summary="Print one card again, or void it and print a new one")
    def card(site: str, account: str, body: CardOrder) -> CardOrdered:
        return cards.order(ports, api.signed, account, body)

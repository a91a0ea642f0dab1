"""What becomes of an account: another school, another right, a link, its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from accounts import audit, linking, moves, removing, rights
from accounts.by_hand import PersonInDetail, in_detail
from accounts.models.base import Reason, Right
from accounts.models.creating import LinkOrder, Move, Moved, Removed, RightOrder, Rights
from accounts.people import account_for
from rostering.people import account_of
from rostering.store.keys import Item

if TYPE_CHECKING:
    from accounts.api import Api

ReasonAsked = Annotated[Reason, Query()]


def add(api: Api) -> None:
    ports = api.ports

    @api.route("POST", "/sites/<site>/accounts/<account>/move", action="account.move",
               summary="Move a person to another school, or change the other schools")
    def move(site: str, account: str, body: Move) -> Moved:
        item = moves.move(ports, api.signed.actor, account, school=body.school, others=body.other_schools,
                          reason=body.reason.strip(), if_match=api.if_match)
        found = account_of(item)
        sources = [source for source in (found.source, *found.links) if source != "manual"]
        note = moves.KEPT_BY_SOURCE.format(source=" and ".join(sources)) if sources else ""
        return Moved(**in_detail(found, item.version).model_dump(), note=note)

    @api.route("DELETE", "/sites/<site>/accounts/<account>", action="account.remove",
               summary="Delete an account: who has a history is switched off, a slip of the hand goes away")
    def remove(site: str, account: str, reason: ReasonAsked) -> Removed:
        return Removed.model_validate(
            removing.remove(ports, api.signed.actor, account, reason.strip(), if_match=api.if_match))

    @api.route("GET", "/sites/<site>/accounts/<account>/rights", action="right.read",
               summary="The rights of an account")
    def listed(site: str, account: str) -> Rights:
        actor = api.signed.actor
        item, _, _ = account_for(ports, actor, account, "right.read")
        if account != actor.account:
            audit.record(ports, site, "account.viewed", by=actor, target=account)
        return rights.told(item)

    @api.route("POST", "/sites/<site>/accounts/<account>/rights", action="right.grant",
               summary="Grant a right for a school or the whole site")
    def grant(site: str, account: str, body: RightOrder) -> Rights:
        return rights.told(rights.grant(ports, api.signed.actor, account, body, if_match=api.if_match))

    @api.route("DELETE", "/sites/<site>/accounts/<account>/rights", action="right.revoke",
               summary="Revoke a right for a school or the whole site")
    def revoke(site: str, account: str, right: Annotated[Right, Query()], reason: ReasonAsked,
               school: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
               whole_site: Annotated[bool, Query()] = False) -> Rights:
        order = RightOrder(right=right, school=school, whole_site=whole_site, reason=reason)
        return rights.told(rights.revoke(ports, api.signed.actor, account, order, if_match=api.if_match))

    @api.route("POST", "/sites/<site>/accounts/<account>/link", action="account.link",
               summary="Link two accounts of one person in different roles")
    def link(site: str, account: str, body: LinkOrder) -> PersonInDetail:
        return _shown(linking.link(ports, api.signed.actor, account, body.other, body.reason.strip(),
                                   if_match=api.if_match))

    @api.route("DELETE", "/sites/<site>/accounts/<account>/link", action="account.link",
               summary="End the link of two accounts")
    def unlink(site: str, account: str, other: Annotated[str, Query(min_length=1, max_length=200)],
               reason: ReasonAsked) -> PersonInDetail:
        return _shown(linking.unlink(ports, api.signed.actor, account, other, reason.strip(), if_match=api.if_match))

    def _shown(item: Item) -> PersonInDetail:
        found, actor = account_of(item), api.signed.actor
        seen = in_detail(found, item.version)
        seen.linked = linking.shown(ports, actor, found)
        return seen

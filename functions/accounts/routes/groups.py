"""Groups of a school: those of sources to look at, those made here to change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from accounts import audit, groups
from accounts.models.groups import Group, GroupChange, GroupEnd, GroupInDetail, GroupMembers, Groups, NewGroup
from accounts.problems import not_allowed
from accounts.routes import text_of
from accounts.routes.loads import After
from rostering.access.roles import Target
from rostering.access.rules import allow, denial
from rostering.store import keys

if TYPE_CHECKING:
    from accounts.api import Api

_ALL, _ONE = "/sites/<site>/groups", "/sites/<site>/groups/<group>"


def add(api: Api) -> None:
    ports = api.ports

    @api.route("GET", _ALL, action="group.read", summary="Groups of a school, by name: all, or those one owns")
    def listed(site: str, school: Annotated[str, Query(max_length=200)],
               limit: Annotated[int, Query(ge=1, le=200)] = 100, after: After = None) -> Groups:
        actor = api.signed.actor
        everything = allow(actor, "group.read", Target(site, frozenset([school] if school else ())))
        if not everything and school not in api.signed.account.schools:
            raise not_allowed(denial("group.read"))
        page = ports.store.listing(keys.groups(site, school), limit=limit, after=after)
        return Groups(groups=[groups.shown(item.body) for item in page.items
                              if allow(actor, "group.read", groups.target(site, item.body))], after=page.after)

    @api.route("POST", _ALL, action="group.manage", status=201, summary="Make a group")
    def create(site: str, body: NewGroup) -> Group:
        return groups.shown(groups.create(ports, api.signed.actor, body).body)

    @api.route("GET", _ONE, action="group.read", summary="A group and who is in it")
    def show(site: str, group: str) -> GroupInDetail:
        item = groups.readable(ports, api.signed.actor, text_of(group))
        audit.record(ports, site, "group.viewed", by=api.signed.actor, group=item.body["id"])
        return groups.in_detail(ports, site, item.body)

    @api.route("PATCH", _ONE, action="group.manage", summary="Give a group another name or owner")
    def change(site: str, group: str, body: GroupChange) -> Group:
        return groups.shown(groups.change(ports, api.signed.actor, text_of(group), body).body)

    @api.route("POST", f"{_ONE}/members", action="group.manage", summary="Add members, remove members")
    def members(site: str, group: str, body: GroupMembers) -> Group:
        return groups.shown(groups.set_members(ports, api.signed.actor, text_of(group), body).body)

    @api.route("POST", f"{_ONE}/end", action="group.manage", summary="End a group; its members stay to be read")
    def end(site: str, group: str, body: GroupEnd) -> Group:
        return groups.shown(groups.end(ports, api.signed.actor, text_of(group), body.reason).body)

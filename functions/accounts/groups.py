"""Groups that people make: their name, owner and members, one transaction with record and audit event each.

A group has the shape that loads write (`rostering.load.places`), with source `manual`. Its id begins
with a capital letter and has no slash: ids of the sheet are folded to small letters, and those of
connections begin with the connection's name and a slash, so no load ever comes to it. Groups of a
source are read here and changed there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from accounts import audit
from accounts.models.groups import Group, GroupChange, GroupInDetail, GroupMembers, NewGroup
from accounts.models.people import Member
from accounts.notes import name_of_act
from accounts.people import school_of, target_of
from accounts.ports import Ports
from accounts.problems import Refusal, not_allowed, not_found
from rostering import history
from rostering.access.roles import Actor, Target
from rostering.access.rules import allow
from rostering.model import Account
from rostering.names import fold_name
from rostering.people import account_of
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.writes import Insert, Replace

MOST_MEMBERS = 2_000
SOURCE = "manual"
_READ_ONLY = "This group comes from {source} and is changed there; here it can be looked at."
_ATTEMPTS = 8
_KIND = {"Student": "student", "Teacher": "staff", "Staff": "staff"}      # as loads note members

Body = dict[str, Any]


def target(site: str, body: Body) -> Target:
    """A group as the target of an action: of its school, and its owner's own."""
    school = body.get("fields", {}).get("school", "")
    return Target(site, frozenset([school] if school else ()), account=body.get("owner", ""))


def create(ports: Ports, actor: Actor, order: NewGroup) -> Item:
    """A new group. Raises Refusal: 403, 404 for an owner that isn't there, 422 for a school that isn't."""
    if not _may_name(ports, actor, order.school):
        raise not_allowed("Groups are made by teachers and staff in their own schools, or with accounts.manage there.")
    school = school_of(ports.store, actor.site, order.school)
    owner = _owner(ports, actor, order.owner or actor.account)
    body = {"id": f"Hand-{ports.new_number()}", "kind": "group", "source": SOURCE, "status": "active",
            "fields": {"name": order.name, "school": school}, "owner": owner.id, "members": {},
            "created": {"by": actor.account, "reason": order.reason.strip(), "at": ports.time()}}
    body["key"] = body["fields"]["id"] = body["id"]
    decision = allow(actor, "group.manage", target(actor.site, body))
    if not decision:
        raise not_allowed(decision.reason)
    item = _item(actor.site, body, 1)
    if not ports.store.write_together([Insert(item), *_told(ports, actor, None, item, "group.created", order.reason)]):
        raise Refusal(409, "BUSY", "Try again.")
    return item


def change(ports: Ports, actor: Actor, group: str, order: GroupChange) -> Item:
    """The group with another name or owner. Raises Refusal: 403, 404, 409."""
    owner = _owner(ports, actor, order.owner) if order.owner else None

    def alter(body: Body) -> Body:
        named = body | {"fields": body["fields"] | {"name": order.name}} if order.name else body
        return named | {"owner": owner.id} if owner else named
    return _change(ports, actor, group, alter, "group.updated", order.reason)


def set_members(ports: Ports, actor: Actor, group: str, order: GroupMembers) -> Item:
    """The group after some came and others left. Who may add somebody is who may see them.

    Raises Refusal: 403, 404 for an account the sender may not see, 409 for guardians and the inactive, 422.
    """
    readable(ports, actor, group)
    found = ports.store.get_many(keys.account(actor.site, name) for name in order.add)
    coming: dict[str, str] = {}
    for name in order.add:
        item = found.get(keys.account(actor.site, name))
        account = account_of(item) if item else None
        if account is None or not allow(actor, "account.read", target_of(ports.store, actor, account)):
            raise Refusal(404, "NOT_FOUND", "There is nobody by one of those names that you may add.", account=name)
        if account.role not in _KIND or account.status == "inactive" or account.merged_into:
            raise Refusal(409, "NO_MEMBER", "Members are students, teachers and staff who are not switched off.",
                          account=name)
        coming[account.id] = _KIND[account.role]

    def alter(body: Body) -> Body:
        left = {name: kind for name, kind in body.get("members", {}).items() if name not in order.remove}
        members = left | coming
        if len(members) > MOST_MEMBERS:
            raise Refusal(422, "TOO_MANY", f"A group has at most {MOST_MEMBERS:,} members.")
        return body | {"members": members}
    return _change(ports, actor, group, alter, "group.members", order.reason)


def end(ports: Ports, actor: Actor, group: str, reason: str) -> Item:
    return _change(ports, actor, group, lambda body: body | {"status": "inactive"}, "group.ended", reason)


def shown(body: Body) -> Group:
    source, fields = body.get("source", ""), body.get("fields", {})
    return Group(group=body["id"], name=fields.get("name") or "", school=fields.get("school") or "",
                 owner=body.get("owner", ""), source=source, status=body.get("status", "active"),
                 count=len(body.get("members", {})), read_only=source != SOURCE,
                 note="" if source == SOURCE else _READ_ONLY.format(source=source))


def in_detail(ports: Ports, site: str, body: Body) -> GroupInDetail:
    names = [name for name in (body.get("owner"), *body.get("members", {})) if name]
    found = {item.body["id"]: account_of(item)
             for item in ports.store.get_many(keys.account(site, name) for name in names).values()}
    owner = found.get(body.get("owner", ""))
    members = [_member(found[name]) for name in body.get("members", {}) if name in found]
    members.sort(key=lambda one: (one.last_name.casefold(), one.first_name.casefold(), one.account))
    return GroupInDetail(**shown(body).model_dump(), owner_username=owner.username if owner else "", members=members)


def readable(ports: Ports, actor: Actor, group: str) -> Item:
    """The group's item. Raises Refusal (404) if there is none that the actor may see."""
    item = ports.store.get(keys.group(actor.site, group))
    if item is None or not allow(actor, "group.read", target(actor.site, item.body)):
        raise not_found()
    return item


def _change(ports: Ports, actor: Actor, group: str, alter: Callable[[Body], Body], event: str, reason: str) -> Item:
    """The group after `alter`. If nothing changes, nothing is written or audited."""
    for _ in range(_ATTEMPTS):
        item = readable(ports, actor, group)
        decision = allow(actor, "group.manage", target(actor.site, item.body))
        if not decision:
            raise not_allowed(decision.reason)
        if item.body.get("source") != SOURCE:
            raise Refusal(409, "FROM_SOURCE", _READ_ONLY.format(source=item.body.get("source", "a source")))
        if item.body.get("status") == "inactive":
            raise Refusal(409, "ENDED", "This group has ended. Make a new one.")
        body = alter(item.body)
        if body == item.body:
            return item
        body |= {"changed": {"by": actor.account, "reason": reason.strip(), "at": ports.time()}}
        after = _item(actor.site, body, item.version + 1)
        if ports.store.write_together([Replace(after), *_told(ports, actor, item, after, event, reason)]):
            return after
    raise Refusal(409, "BUSY", "The group is changing right now. Try again.")


def _told(ports: Ports, actor: Actor, was: Item | None, item: Item, event: str, reason: str) -> list[Insert]:
    """The record beside the group and the audit event; that one names members by their ids."""
    moved = history.moved(was.body if was else {}, item.body)
    moved.pop("changed", None)
    name, members = name_of_act(ports), moved.get("members", {})
    record = Item(keys.change(item.key, name), {
        "load": name, "action": event.partition(".")[2], "kind": "group", "row": 0, "rule": "hand", "moved": moved,
        "by": actor.account, "at": ports.time(), "reason": reason.strip()})
    return [Insert(record), Insert(audit.event(
        ports, actor.site, event, by=actor, group=item.body["id"], reason=reason.strip(),
        added=[one for one, pair in members.items() if pair[1] is not None],
        removed=[one for one, pair in members.items() if pair[1] is None]))]


def _item(site: str, body: Body, version: int) -> Item:
    fields = body["fields"]
    return Item(keys.group(site, body["id"]), body, version,
                keys.listed_group(site, fields["school"], fold_name(fields["name"]), body["id"]))


def _may_name(ports: Ports, actor: Actor, school: str) -> bool:
    """Whether the actor may make groups there at all: their own school, or one where they hold the right."""
    key = school.strip().casefold()
    item = ports.store.get(keys.account(actor.site, actor.account))
    own = item is not None and account_of(item).family == "employee" and key in account_of(item).schools
    return own or bool(allow(actor, "group.manage", Target(actor.site, frozenset([key]))))


def _owner(ports: Ports, actor: Actor, name: str) -> Account:
    """Who is to own a group. Raises Refusal: 404, 409 for who is no employee at work."""
    item = ports.store.get(keys.account(actor.site, name))
    account = account_of(item) if item else None
    if account is None or not allow(actor, "account.read", target_of(ports.store, actor, account)):
        raise not_found()
    if account.family != "employee" or account.status == "inactive":
        raise Refusal(409, "NO_OWNER", "A group belongs to a teacher or staff who is not switched off.")
    return account


def _member(account: Account) -> Member:
    return Member(account=account.id, username=account.username, role=account.role, status=account.status,
                  **{name: account.fields.get(name) or "" for name in ("last_name", "first_name", "grade")})

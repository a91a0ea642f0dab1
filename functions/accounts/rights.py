"""Granting and revoking rights (identity and credentials, section 3).

Nobody gives or takes a right that they don't hold themselves in the same place, nobody changes
their own, nobody that of a higher rank, and the last administrator of a site stays one. Rights are
read from the account at each request, so what is revoked ends at once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from accounts.edits import Act, perform
from accounts.models.creating import Held, RightOrder, Rights
from accounts.people import school_of
from accounts.ports import Ports
from accounts.problems import Refusal, not_allowed, not_found
from rostering.access.roles import WHOLE_SITE, Actor, actor_of
from rostering.model import Account
from rostering.people import account_of
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.writes import Check, Write

NOT_YOURS = "Nobody gives or takes a right that they don't hold themselves, in the same place."


def grant(ports: Ports, actor: Actor, account: str, order: RightOrder, *, if_match: int | None = None) -> Item:
    """The account's item with the right. Raises Refusal: 404, 403, 409, 412, 422."""
    place = place_of(ports.store, actor.site, order)

    def alter(found: Account) -> Account:
        _check_holds(actor, order.right, place)
        if found.family != "employee":
            raise Refusal(409, "NO_EMPLOYEE", "Rights are for teachers and staff.")
        if found.status == "inactive":
            raise Refusal(409, "INACTIVE", "The account is switched off. Switch it on first.")
        held = found.rights.get(order.right, [])
        if place in held:
            return found
        return replace(found, rights=found.rights | {order.right: sorted([*held, place])})

    return _change(ports, actor, account, order, place, "grant", alter, if_match=if_match)


def revoke(ports: Ports, actor: Actor, account: str, order: RightOrder, *, if_match: int | None = None) -> Item:
    """The account's item without the right. Raises Refusal as `grant`."""
    place = place_of(ports.store, actor.site, order, known=False)

    def alter(found: Account) -> Account:
        _check_holds(actor, order.right, place)
        held = found.rights.get(order.right, [])
        if place not in held:
            return found
        rest = {order.right: [one for one in held if one != place]}
        return replace(found, rights={name: where for name, where in (found.rights | rest).items() if where})

    return _change(ports, actor, account, order, place, "revoke", alter, if_match=if_match)


def place_of(store: Any, site: str, order: RightOrder, *, known: bool = True) -> str:
    """The school's key, or WHOLE_SITE. Raises Refusal (422) unless it is exactly one of them.

    A right may be revoked for a school that there is no longer (not `known`).
    """
    if order.whole_site == (order.school is not None):
        raise Refusal(422, "INVALID", "Say for which school, or that it is for the whole site.",
                      wrong=[{"at": "body.school", "type": "SHAPE"}])
    if order.school is None:
        return WHOLE_SITE
    if known or order.school == WHOLE_SITE:
        return school_of(store, site, order.school)
    return order.school.strip().casefold()


def told(item: Item) -> Rights:
    account = account_of(item)
    held = [Held(right=right, whole_site=WHOLE_SITE in places, schools=sorted(set(places) - {WHOLE_SITE}))
            for right, places in sorted(account.rights.items()) if places]
    return Rights(account=account.id, username=account.username, role=account.role, version=item.version, rights=held)


def _change(ports: Ports, actor: Actor, account: str, order: RightOrder, place: str, name: str, alter: Any, *,
            if_match: int | None) -> Item:
    def beside(before: Account, after: Account) -> list[Write]:
        return _still_holds(ports, actor, order.right, place)

    about = {"right": order.right, "school": "" if place == WHOLE_SITE else place, "whole_site": place == WHOLE_SITE}
    act = Act(name, {"grant": "right.granted", "revoke": "right.revoked"}[name], f"right.{name}",
              order.reason.strip(), alter, beside, about)
    return perform(ports, actor, account, act, if_match=if_match)


def _check_holds(actor: Actor, right: str, place: str) -> None:
    held = actor.holds_everywhere(right) if place == WHOLE_SITE else actor.holds(right, place)
    if not held:
        raise not_allowed(NOT_YOURS)


def _still_holds(ports: Ports, actor: Actor, right: str, place: str) -> list[Write]:
    """That the actor holds the right at the very moment of writing."""
    item = ports.store.get(keys.account(actor.site, actor.account))
    if item is None:
        raise not_found()
    _check_holds(actor_of(actor.site, account_of(item)), right, place)
    return [Check(item.key, item.version)]

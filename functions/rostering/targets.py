"""People and sections as the targets of actions: which schools they belong to, and whether the actor teaches them."""

from __future__ import annotations

from typing import Any

from rostering.access.roles import Actor, Target, rank
from rostering.model import Account
from rostering.people import account_of
from rostering.store import keys


def target_of(store: Any, actor: Actor, account: Account) -> Target:
    """The account as the target of an action of `actor`. A guardian belongs to the children's schools."""
    schools = set(account.schools)
    if account.role == "Guardian" and account.students:
        children = store.get_many(keys.account(actor.site, child) for child in account.students)
        schools |= {school for item in children.values() for school in account_of(item).schools}
    taught = False
    if actor.role == "Teacher" and account.role == "Student":
        taught = bool(
            store.get_many(
                keys.teaches(actor.site, actor.account, section)
                for section, pair in account.classes.items()
                if pair[2:] != ["inactive"]
            )
        )
    return Target(actor.site, frozenset(schools), account=account.id, taught=taught, rank=rank(account))


def section_target(actor: Actor, section: dict[str, Any]) -> Target:
    school = section.get("fields", {}).get("school", "")
    return Target(
        actor.site, frozenset([school] if school else ()), taught=actor.account in section.get("teachers", {})
    )

"""The classes of one person: those a student is in, those an employee teaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts import audit, models
from accounts.people import account_for, section_target
from rostering.access.roles import Actor
from rostering.access.rules import allow
from rostering.store import keys

if TYPE_CHECKING:
    from accounts.api import Api


def add(api: Api) -> None:
    ports = api.ports

    @api.route("GET", "/sites/<site>/accounts/<account>/sections", action="account.read",
               summary="The sections that a person is in or teaches")
    def sections(site: str, account: str) -> models.Sections:
        actor = api.signed.actor
        item, found, _ = account_for(ports, actor, account)
        if found.id != actor.account:
            audit.record(ports, site, "account.viewed", by=actor, target=found.id)
        names = {section for section, pair in found.classes.items() if pair[2:] != ["inactive"]}
        names |= {each.body["section"] for each in ports.store.query(item.key.pk, prefix="TEACHES#").items}
        items = ports.store.get_many(keys.section(site, name) for name in sorted(names))
        seen = [models.section(each.body) for each in items.values()
                if _may_see(actor, each.body, own=found.id == actor.account)]
        return models.Sections(sections=sorted(seen, key=lambda one: (one.name.casefold(), one.id)))


def _may_see(actor: Actor, section: dict[str, Any], *, own: bool) -> bool:
    """Whether the actor may read of this section: one's own without its members, others by `section.read`.

    In a view-as the one who looks must be able to read it too.
    """
    mine = own or bool(allow(actor, "section.read", section_target(actor, section)))
    looks = actor.viewer is None or bool(allow(actor.viewer, "section.read", section_target(actor.viewer, section)))
    return mine and looks

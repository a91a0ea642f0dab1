"""Moving a person to another school by hand: the listing follows, and so do a student's guardians."""

from __future__ import annotations

from dataclasses import replace

from accounts.creating import belongs
from accounts.edits import Act, perform
from accounts.notes import name_of_act, note
from accounts.people import school_of
from accounts.ports import Ports
from accounts.problems import Refusal, not_allowed
from rostering.access.roles import Actor, Target
from rostering.access.rules import allow
from rostering.model import Account
from rostering.people import account_of, item_of
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.writes import Check, Delete, Insert, Replace, Write

KEPT_BY_SOURCE = ("A school is never kept by hand: the account comes from {source}, and goes where that says "
                  "as soon as it says something new. Change it there, too.")


def move(ports: Ports, actor: Actor, account: str, *, school: str, others: list[str] | None, reason: str,
         if_match: int | None = None) -> Item:
    """The account's item after the move. Without `others` the other schools stay, but for the new home.

    The actor has to look after each school that the person comes to or leaves. Raises Refusal as `perform`, 422.
    """
    site = actor.site
    def alter(found: Account) -> Account:
        if found.family == "guardian":
            raise Refusal(409, "GUARDIAN", "A guardian belongs to the schools of the children. Move them.")
        home = school_of(ports.store, site, school)
        listed = None if others is None else [school_of(ports.store, site, one) for one in others]
        kept = found.schools[1:] if listed is None else list(dict.fromkeys(listed))
        rest = [one for one in kept if one != home]
        if found.schools == [home, *rest]:
            return found
        for one in sorted(set(found.schools) ^ {home, *rest} | {home}):
            decision = allow(actor, "account.move", Target(site, frozenset([one])))
            if not decision:
                raise not_allowed(decision.reason)
        fields = found.fields | {"school": home, "other_schools": rest}
        return replace(found, fields={name: value for name, value in fields.items() if value != []})

    def beside(before: Account, after: Account) -> list[Write]:
        return [*_memberships(ports, site, before, after), *_guardians(ports, actor, before, after, reason)]

    return perform(ports, actor, account, Act("move", "account.updated", "account.move", reason, alter, beside),
                   if_match=if_match)


def _memberships(ports: Ports, site: str, before: Account, after: Account) -> list[Write]:
    was, now = set(before.schools[1:]), set(after.schools[1:])
    places = {keys.member_of(site, after.id, school): school for school in sorted(was ^ now)}
    there = ports.store.get_many(places)
    writes: list[Write] = [Delete(key, was=item.version) for key, item in there.items() if places[key] not in now]
    return writes + [Insert(belongs(site, after.id, school)) for key, school in places.items()
                     if school in now and key not in there]


def _guardians(ports: Ports, actor: Actor, before: Account, after: Account, reason: str) -> list[Write]:
    """Guardians who were listed with the student go along, unless another of their children stays behind."""
    if before.role != "Student" or before.schools[:1] == after.schools[:1]:
        return []
    site, act = actor.site, name_of_act(ports)
    cause = {"by": actor.account, "reason": reason, "at": ports.time()}
    links = [name for name, pair in after.guardians.items() if pair[3] == "active"]
    found = ports.store.get_many(keys.account(site, name) for name in links)
    writes: list[Write] = []
    for item in found.values():
        guardian = account_of(item)
        if guardian.fields.get("school") != before.fields.get("school") or guardian.merged_into:
            continue
        others = ports.store.get_many(keys.account(site, name) for name, pair in guardian.students.items()
                                      if pair[3] == "active" and name != after.id)
        if any(account_of(other).fields.get("school") == guardian.fields.get("school") for other in others.values()):
            continue
        moved = replace(guardian, fields=guardian.fields | {"school": after.fields["school"]}, changed=cause)
        changed = item_of(site, moved, item.version + 1)
        writes += [Replace(changed), Insert(note(changed, item, name=act, action="move", about=cause))]
        writes += [Check(key, other.version) for key, other in others.items()]
    return writes

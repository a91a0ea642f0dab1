"""Where the table says something else than the source said: one thing of the snapshot against its item.

What should stand there is what applying the whole of what the source says would make of the item
(`profile`, `places`), so a hand-set field, a field of another source, and whom a person switched off
are no drift. The drift is a change like any other, with rule `drift`, and is applied like any other.

What the source does not say counts only where nothing else can have put it there: not while keys of
the source lead to accounts that something else made (`Ground.links`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from rostering import people
from rostering.diff import CLAIMED, PEOPLE, Change
from rostering.load import apply, places, profile
from rostering.load.ground import Ground
from rostering.model import Account, Entity
from rostering.store.keys import Item, Key

RULE = "drift"
_KIND_OF_ROLE = {"Student": "student", "Guardian": "guardian", "Teacher": "staff", "Staff": "staff"}
_OTHER_SOURCE = re.compile(r"(sif|gg4l):")
_SIDE_FIELDS = ("other_schools", "teacher")


@dataclass(slots=True)
class Suspect:
    """One thing that the snapshot knows, and all that hangs on it in the table. `whole` is what the source says."""

    entity: Entity
    whole: Change
    at: Key
    claims: dict[str, Key] = field(default_factory=dict)
    side: list[Item] = field(default_factory=list)

    @classmethod
    def of(cls, ground: Ground, entity: Entity) -> Suspect:
        """The suspect; `ground.look_up` knows the people that `whole_of` names."""
        whole = whole_of(entity)
        claims: dict[str, Key] = {}
        if entity.kind in PEOPLE and entity.standing != "inactive":
            for name in whole.fields:
                for claim in apply.claims_of(ground, replace(whole, fields={name: whole.fields[name]})):
                    claims[name] = claim
        side = [] if _is_over(entity) else list(places.side_items(ground, whole, {}))
        return cls(entity, whole, places.key_of(ground, whole), claims, side)

    @property
    def keys(self) -> Iterator[Key]:
        yield self.at
        yield from self.claims.values()
        yield from (item.key for item in self.side)


def _is_over(entity: Entity) -> bool:
    """Whether a class is switched off: who taught it may still stand there, or no longer (an undo takes them out)."""
    return entity.kind == "section" and entity.standing == "inactive"


def whole_of(entity: Entity) -> Change:
    """All that the source says of a thing, as a change of whatever is there."""
    fields = {name: [None, value] for name, value in (entity.fields or {}).items()
              if name != "username" and not (entity.standing == "inactive" and name in CLAIMED)}
    members = {name: {key: [None, pair] for key, pair in pairs.items()} for name, pairs in entity.members.items()}
    school = (entity.fields or {}).get("school", "")
    if entity.kind == "guardian":
        school = next((pair.get("school", "") for pair in entity.members.get("students", {}).values()), "")
    return Change(entity.kind, entity.key, "update", school, entity.standing, RULE, entity.places.get("", 0),
                  fields, members)


def unsaid(ground: Ground, suspect: Suspect, found: Mapping[Key, Item]) -> Iterator[str]:
    """Accounts that the table links with a thing although the source does not say so."""
    was = found.get(suspect.at)
    if was is None or ground.links:
        return
    for name, held in _links(was).items():
        said = {_account_of(ground, suspect.entity.kind, name, key) for key in suspect.entity.members.get(name, {})}
        yield from (account for account in held if account not in said)


def of(ground: Ground, suspect: Suspect, found: Mapping[Key, Item], others: Mapping[str, Account]) -> Change | None:
    """What has to change for the table to say what the source said; None if it does.

    `others` are the accounts that `unsaid` named, by id.
    """
    was = found.get(suspect.at)
    if was is None:
        return _lost(suspect)
    drift = _of_person(ground, suspect, was, others) if suspect.entity.kind in PEOPLE else \
        _of_place(ground, suspect, was, others)
    if drift is None:
        return None
    lost = {name for name, claim in suspect.claims.items() if claim not in found}
    if any(item.key not in found or found[item.key].body != item.body for item in suspect.side):
        lost.update(name for name in _SIDE_FIELDS if name in suspect.whole.fields)
    for name in lost - drift.fields.keys():
        after = suspect.whole.fields[name][1]
        if was.body["fields"].get(name) == after and name not in was.body.get("by_hand", {}):
            drift.fields[name] = [after, after]
    return drift if drift.fields or drift.members or drift.action != "update" else None


def _lost(suspect: Suspect) -> Change:
    return replace(suspect.whole, action="create", fields={
        name: [None, value] for name, value in (suspect.entity.fields or {}).items()})


def _of_person(ground: Ground, suspect: Suspect, was: Item, others: Mapping[str, Account]) -> Change | None:
    account, kind = people.account_of(was), suspect.entity.kind
    if account.merged_into or suspect.entity.key not in (
            account.source == ground.source and account.source_key, account.links.get(ground.source)):
        return None      # another key speaks for the account
    whole = replace(suspect.whole, school=_school(account, suspect), standing=_standing(ground, account, suspect.whole),
                    fields=suspect.whole.fields | _unsaid_fields(ground, account, suspect.whole),
                    members=_members(ground, suspect, was, others))
    trial = people.account_of(was)
    profile.alter(ground, trial, whole, "")
    expected = people.item_of(ground.site, trial, was.version + 1)
    if _same(expected, was):
        return replace(whole, fields={}, members={})
    fields = {name: [_held(account, name), after] for name, (_, after) in whole.fields.items()
              if _said(account, name) != _said(trial, name)}
    if kind == "staff" and account.role != trial.role:
        fields["role"] = [account.role, trial.role]
    members = {name: {key: pair for key, pair in pairs.items()
                      if getattr(account, name).get(_end(ground, kind, name, key))
                      != getattr(trial, name).get(_end(ground, kind, name, key))}
               for name, pairs in whole.members.items()}
    return _change(whole, fields, members, before=account.status, after=trial.status)


def _of_place(ground: Ground, suspect: Suspect, was: Item, others: Mapping[str, Account]) -> Change | None:
    """Of a school, term, course, section or group."""
    ours = was.body.get("source") == ground.source
    extra = {name: [value, None] for name, value in was.body["fields"].items()
             if ours and not ground.links and name not in suspect.whole.fields}
    whole = replace(suspect.whole, fields=suspect.whole.fields | extra,
                    members=_members(ground, suspect, was, others) if ours else {})
    trial = places.altered(ground, was, whole)
    if trial is not None and _is_over(suspect.entity):
        trial.body["teachers"] = was.body.get("teachers", {})
    if trial is None or _same(trial, was):
        return replace(whole, fields={}, members={})
    before, after = was.body["fields"], trial.body["fields"]
    fields = {name: [before.get(name), said] for name, (_, said) in whole.fields.items()
              if name != "status" and before.get(name) != after.get(name)}
    held, then = was.body.get("members", {}), trial.body.get("members", {})
    ends = {key: _end(ground, whole.kind, name, key) for name, pairs in whole.members.items() for key in pairs}
    members = {name: {key: pair for key, pair in pairs.items() if held.get(ends[key]) != then.get(ends[key])}
               for name, pairs in whole.members.items()}
    return _change(whole, fields, members, before=was.body.get("status", ""), after=trial.body["status"])


def _change(whole: Change, fields: dict[str, Any], members: dict[str, Any], *, before: str, after: str) -> Change:
    members = {name: pairs for name, pairs in members.items() if pairs}
    action = "update"
    if before != after and "inactive" in (before, after):
        action = "deactivate" if after == "inactive" else "reactivate"
    if before != after or not (fields or members):
        fields = fields | {"status": [before, after]}      # what is derived is off: writing it again sets it right
    return replace(whole, action=action, fields=fields, members=members, standing=after)


def _school(account: Account, suspect: Suspect) -> str:
    """The school to list somebody in: a guardian may stand in that of any of the students."""
    held = account.fields.get("school") or ""
    pairs = suspect.entity.members.get("students", {}).values() if suspect.entity.kind == "guardian" else ()
    return held if any(pair.get("school", "") == held for pair in pairs) else suspect.whole.school


def _standing(ground: Ground, account: Account, whole: Change) -> str:
    """How the account should stand: as the source says, unless it has no say in that."""
    kept_on = whole.standing == "inactive" and (account.rights or account.source == "manual")
    kept_off = account.status == "inactive" and "by" in account.deactivated
    if kept_on or kept_off or profile.lead_of(ground, account, whole.kind) != ground.source:
        return account.status
    return whole.standing


def _unsaid_fields(ground: Ground, account: Account, whole: Change) -> dict[str, list[Any]]:
    """Fields of the account that its only source does not know."""
    if ground.links or account.links or account.source != ground.source:
        return {}
    derived = {"school"} if whole.kind == "guardian" else set()
    silent = set(CLAIMED) if whole.standing == "inactive" else set()
    return {name: [value, None] for name, value in account.fields.items()
            if name not in whole.fields and name not in account.origins and name not in account.by_hand
            and name not in derived | silent}


def _members(ground: Ground, suspect: Suspect, was: Item, others: Mapping[str, Account]) -> dict[str, Any]:
    """The pairs to compare, each with what the table holds now: said ones, and ended ones nobody said."""
    kind, compared = suspect.entity.kind, {}
    for name, pairs in suspect.entity.members.items():
        compared[name] = {key: [_pair_held(was, name, _end(ground, kind, name, key)), pair]
                          for key, pair in pairs.items()
                          if _counts(ground, was, name, _end(ground, kind, name, key), pair)}
    if not ground.links:
        for name, key, held in _unsaid_pairs(ground, suspect, was, others):
            compared.setdefault(name, {})[key] = [held, held | {"status": "inactive"}]
    return compared


def _counts(ground: Ground, was: Item, name: str, end: str, pair: dict[str, Any]) -> bool:
    """Whether a pair bears on the table.

    One that ended long ago keeps the day on which it was ended; a link to a student who is off may
    have waited for the student's account and never come.
    """
    held = _pair_held(was, name, end)
    if pair.get("status") == "active":
        return held is not None or not pair.get("off")
    return held is not None and held.get("status") == "active" and not ground.links


def _unsaid_pairs(ground: Ground, suspect: Suspect, was: Item,
                  others: Mapping[str, Account]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(set, key, pair as held) of active pairs of this source that the source does not say."""
    kind = suspect.entity.kind
    for name, held in _links(was).items():
        said = {_end(ground, kind, name, key) for key in suspect.entity.members.get(name, {})}
        for account in held:
            other = others.get(account)
            if account not in said and other is not None and other.source == ground.source:
                key = other.source_key if kind != "group" else f"{_KIND_OF_ROLE[other.role]}:{other.source_key}"
                pair = _pair_held(was, name, account)
                if pair is not None:
                    yield name, key, pair
    if kind == "student":
        said = {ground.section(key) for key in suspect.entity.members.get("classes", {})}
        for section, pair in was.body.get("classes", {}).items():
            key = _section_key(ground, section)
            if pair[2] == "active" and section not in said and key:
                yield "classes", key, {"start_date": pair[0], "end_date": pair[1], "status": "active"}


def _section_key(ground: Ground, section: str) -> str:
    """The key of a section of this source by its id; "" if it is of another."""
    if ground.source == "sheet":
        return "" if _OTHER_SOURCE.match(section) else section
    prefix = f"{ground.source}/"
    return section.removeprefix(prefix) if section.startswith(prefix) else ""


def _links(was: Item) -> dict[str, list[str]]:
    """The accounts that an item links actively, without another source's word for it."""
    body = was.body
    if "role" in body:
        return {name: [account for account, pair in body.get(name, {}).items()
                       if pair[3] == "active" and len(pair) == 4] for name in ("guardians", "students")}
    if body.get("kind") in ("section", "group"):
        return {"students" if body["kind"] == "section" else "members": list(body.get("members", {}))}
    return {}


def _pair_held(was: Item, name: str, end: str) -> dict[str, Any] | None:
    """A pair of the table in the form of the feed; None if there is none."""
    if "role" not in was.body:
        if end not in was.body.get("members", {}):
            return None
        held = was.body["members"][end]
        dates = dict(zip(("start_date", "end_date"), held, strict=False)) if isinstance(held, list) else {}
        return dates | {"status": "active"}
    pair = was.body.get(name, {}).get(end)
    if pair is None:
        return None
    if name == "classes":
        return {"start_date": pair[0], "end_date": pair[1], "status": pair[2]}
    return {"relationship": pair[0], "label": pair[1], "primary": pair[2], "status": pair[3]}


def _end(ground: Ground, kind: str, name: str, key: str) -> str:
    """The id at the other end of a pair: a section's or an account's."""
    return ground.section(key) if name == "classes" else _account_of(ground, kind, name, key)


def _account_of(ground: Ground, kind: str, name: str, key: str) -> str:
    return ground.account(*places.other_end(kind, name, key).split("/", 1))


def _held(account: Account, name: str) -> Any:
    """What the table says that the source says."""
    return account.by_hand[name].get("source") if name in account.by_hand else account.fields.get(name)


def _said(account: Account, name: str) -> tuple[Any, ...]:
    return account.fields.get(name), account.by_hand.get(name), account.origins.get(name)


def _same(one: Item, other: Item) -> bool:
    return one.listed == other.listed and one.body | {"changed": 0} == other.body | {"changed": 0}

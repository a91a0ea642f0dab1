"""Where each kind of thing stands in the table, and what its item holds.

Schools, terms, courses, sections and groups: `{id, key, kind, source, status, fields, created,
changed}`. A section adds `members` (account → [start_date, end_date] of who is in it now), `past`
(those who were) and `teachers` (account → lead or co). A group adds `members` (account → role).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rostering import leads
from rostering.diff import PEOPLE, Change
from rostering.model import Entity
from rostering.names import fold_name
from rostering.store import keys
from rostering.store.keys import Item, Key

if TYPE_CHECKING:
    from rostering.load.ground import Ground

NO_ACCESS = "no_access"
_END_OF = {"students": "student", "guardians": "guardian", "classes": "section"}



def key_of(ground: Ground, change: Change) -> Key:
    """Where the thing that `change` is about stands."""
    site, key = ground.site, change.key
    if change.kind in PEOPLE:
        return keys.account(site, ground.account(change.kind, key))
    if change.kind == "section":
        return keys.section(site, ground.section(key))
    if change.kind == "group":
        return keys.group(site, ground.section(key))
    if change.kind == "school":
        return keys.school(site, key)
    school, _, name = key.partition("|")
    return (keys.term if change.kind == "term" else keys.course)(site, school, name)


def claim_kind(key: Key) -> str:
    """What a claim is about: an identifier or an email."""
    return "identifier" if key.pk.split("#")[1] == "IDENT" else "email"


def new_item(ground: Ground, at: Key, change: Change) -> Item:
    """The item of a new school, term, course, section or group."""
    body: dict[str, Any] = {"key": change.key, "kind": change.kind, "source": ground.source, "fields": {},
                            "created": {"load": ground.load, "row": change.place}}
    return _set(ground, Item(at, body), change)


def altered(ground: Ground, was: Item, change: Change) -> Item | None:
    """`was` after the change, one version on; None if it is so already."""
    body = was.body | {"changed": {"load": ground.load, "row": change.place}}
    item = _set(ground, Item(was.key, body, was.version + 1), change)
    same = item.listed == was.listed and item.body | {"changed": 0} == was.body | {"changed": 0}
    return None if same else item


def _set(ground: Ground, item: Item, change: Change) -> Item:
    body = item.body
    fields = dict(body["fields"])
    leading = _leads(ground, change, body)
    for name, (_, after) in change.fields.items():
        if name == "status" or (not leading and name in fields):
            continue
        if after is None or after == []:
            fields.pop(name, None)
        else:
            fields[name] = after
    body["fields"] = fields
    if leading or "status" not in body:
        body["status"] = change.standing
    if change.kind == "section":
        body["id"] = ground.section(change.key)
        body["teachers"] = _teachers(ground, fields)
        _set_members(ground, body, change)
        item.listed = keys.listed_section(ground.site, fields.get("school", ""),
                                          fold_name(fields.get("name", "")), body["id"])
    elif change.kind == "group":
        body["id"] = ground.section(change.key)
        _set_group(ground, body, change)
        item.listed = keys.listed_group(ground.site, fields.get("school", ""),
                                        fold_name(fields.get("name", "")), body["id"])
    return item


def _leads(ground: Ground, change: Change, body: dict[str, Any]) -> bool:
    """Whether this source may change what is there: a school or a course may be known to several."""
    school = change.key if change.kind == "school" else change.school
    return ground.source == leads.lead_of(ground.leads, change.kind, school, made_by=body["source"],
                                          known_to={ground.source, body["source"]})


def _teachers(ground: Ground, fields: dict[str, Any]) -> dict[str, str]:
    teachers = {ground.account("staff", key): "co" for key in fields.get("co_teachers") or ()}
    if fields.get("teacher"):
        teachers[ground.account("staff", fields["teacher"])] = "lead"
    return teachers


def _set_members(ground: Ground, body: dict[str, Any], change: Change) -> None:
    members, past = dict(body.get("members", {})), dict(body.get("past", {}))
    pairs = change.members.get("students", {}).items()
    for key, (_, pair) in sorted(pairs, key=lambda pair: pair[1][1].get("status") == "active"):
        account = ground.account("student", key)       # ended first: two keys may lead to one account
        dates = [pair.get("start_date", ""), pair.get("end_date", "")]
        if pair.get("status") == "active":
            members[account] = dates if any(dates) else []
            past.pop(account, None)
        elif account in members:
            members.pop(account)
            past[account] = [dates[0], dates[1] or ground.now[:10]]
    body["members"] = members
    if past:
        body["past"] = past
    else:
        body.pop("past", None)


def _set_group(ground: Ground, body: dict[str, Any], change: Change) -> None:
    members = dict(body.get("members", {}))
    pairs = change.members.get("members", {}).items()
    for key, (_, pair) in sorted(pairs, key=lambda pair: pair[1][1].get("status") == "active"):
        kind, _, person = key.partition(":")
        account = ground.account(kind, person)
        if pair.get("status") == "active":
            members[account] = kind
        else:
            members.pop(account, None)
    body["members"] = members
    if body["fields"].get("owner"):
        body["owner"] = ground.account("staff", body["fields"]["owner"])


def set_pair(ground: Ground, held: dict[str, list], name: str, key: str, pair: dict[str, Any], origin: str, *,
             leading: bool) -> None:
    """Put one pair into an account's `classes`, `guardians` or `students`.

    `origin` is the source behind it if that isn't the account's own ("" if it is). A source that
    does not lead (`leading`) adds links and ends its own; it leaves those of others.
    """
    status = pair.get("status", "active")
    if name == "classes":
        section = ground.section(key)
        if status == "active" or section in held:
            end = pair.get("end_date", "") or ("" if status == "active" else ground.now[:10])
            held[section] = [pair.get("start_date", ""), end, status]
        return
    other = ground.account("guardian" if name == "guardians" else "student", key)
    was = held.get(other)
    tail = [origin] if origin else []
    if not pair.get("access", True):
        # no link, whoever says there is one (34 CFR 99.4: for example a court order)
        held[other] = [pair.get("relationship", ""), pair.get("label", ""), False, NO_ACCESS, *tail]
    elif was and was[3] == NO_ACCESS and was[4:] != tail or was and not leading and was[4:] != tail:
        return
    elif status == "active" or was:
        held[other] = [pair.get("relationship", ""), pair.get("label", ""), bool(pair.get("primary")), status, *tail]


def without_absent(change: Change, absent: frozenset[str]) -> Change:
    """`change` without the pairs whose other end this load leaves out: they wait with it."""
    if not absent or not change.members:
        return change
    members = {name: {key: pair for key, pair in pairs.items() if other_end(change.kind, name, key) not in absent}
               for name, pairs in change.members.items()}
    return replace(change, members=members)


def waits(change: Change, absent: frozenset[str]) -> bool:
    """Whether a guardian would go only since the places of people in `absent` end."""
    return change.kind == "guardian" and change.action == "deactivate" and change.rule == "no_link" and any(
        other_end(change.kind, name, key) in absent for name, pairs in change.members.items() for key in pairs)


def forgetting(entity: Entity, keys_: frozenset[str]) -> Entity:
    """`entity` without the pairs that lead to any of `keys_` (`kind/key`)."""
    members = {name: {key: pair for key, pair in pairs.items() if other_end(entity.kind, name, key) not in keys_}
               for name, pairs in entity.members.items()}
    return replace(entity, members=members)


def other_end(kind: str, name: str, key: str) -> str:
    """Who is at the other end of a pair, as `kind/key`; a section's name is no person's."""
    if kind == "group":
        return key.replace(":", "/", 1)
    return f"{_END_OF[name]}/{key}"


def people_of(change: Change) -> Iterator[tuple[str, str]]:
    """Everybody (kind, key) whom a change names: itself, the other ends of its pairs, teachers and owners."""
    if change.kind in PEOPLE:
        yield change.kind, change.key
    for name, pairs in change.members.items():
        for key in pairs:
            kind, _, other = other_end(change.kind, name, key).partition("/")
            if kind != "section":
                yield kind, other
    for name in ("teacher", "owner"):
        for key in change.fields.get(name, ()):
            if key:
                yield "staff", key
    for listed in change.fields.get("co_teachers", ()):
        yield from (("staff", key) for key in listed or ())


def side_items(ground: Ground, change: Change, found: dict[Key, Item]) -> Iterator[Item]:
    """Items that follow a thing: memberships of other schools, what a teacher teaches."""
    if change.kind in ("student", "staff") and change.fields.get("other_schools", [None, None])[1]:
        account = ground.account(change.kind, change.key)
        for school in change.fields["other_schools"][1]:
            yield Item(keys.member_of(ground.site, account, school), {"school": school},
                       listed=Key(keys.people(ground.site, school), f"~{account}"))
    if change.kind == "section" and ("teacher" in change.fields or "co_teachers" in change.fields
                                     or change.action in ("create", "reactivate")):
        section = ground.section(change.key)
        for account, part in _teachers_after(ground, change, found).items():
            yield Item(keys.teaches(ground.site, account, section), {"section": section, "part": part})


def _teachers_after(ground: Ground, change: Change, found: dict[Key, Item]) -> dict[str, str]:
    was = found.get(key_of(ground, change))
    fields = dict(was.body["fields"]) if was else {}
    fields |= {name: change.fields[name][1] for name in ("teacher", "co_teachers") if name in change.fields}
    return _teachers(ground, fields)


def ended_side_keys(ground: Ground, changes: Iterable[Change], found: dict[Key, Item]) -> list[Key]:
    """Keys of side items that a change ends: a school left, a class no longer taught by anybody's word."""
    ended = []
    for change in changes:
        if change.kind in ("student", "staff") and "other_schools" in change.fields:
            before, after = change.fields["other_schools"]
            account = ground.account(change.kind, change.key)
            ended += [keys.member_of(ground.site, account, school)
                      for school in set(before or ()) - set(after or ())]
        if change.kind == "section" and ("teacher" in change.fields or "co_teachers" in change.fields):
            section = ground.section(change.key)
            lead, co = change.fields.get("teacher", [None, None]), change.fields.get("co_teachers", [None, None])
            before = {lead[0], *(co[0] or ())} - {None}
            after = {lead[1], *(co[1] or ())} - {None}
            still = _teachers_after(ground, change, found)      # the lead of yesterday may be a co-teacher all along
            ended += [keys.teaches(ground.site, account, section)
                      for account in (ground.account("staff", key) for key in sorted(before - after))
                      if account not in still]
    return ended

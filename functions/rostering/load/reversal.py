"""What becomes of one thing when a load is undone: which values go back, which stay, and why.

What the load made goes inactive and loses the pairs that came with it; what it changed goes back
field by field, where nobody changed it since (`rostering.history`). Some values go back together or
not at all: a standing with its cause, a class's teachers with the fields that name them, a member
with the history of being one. Identifiers, usernames and rights stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rostering import history, people
from rostering.diff import PEOPLE, Change
from rostering.history import Moved
from rostering.load import places
from rostering.load.ground import Ground
from rostering.names import fold_name
from rostering.store import keys
from rostering.store.keys import Item, Key

SINCE, ADMIN, BY_PERSON, MERGED = "changed_since", "administrator", "switched_off_by_a_person", "merged"
NO_ACCESS, NO_STUDENT, NO_ROOM = "no_portal_access", "no_active_student", "no_room"
_STAY = frozenset({"id", "key", "kind", "username", "rights", "created", "changed", "signed_in_at", "merged_into"})
# Attributes that hold pairs, by the set of the entity that they come from.
_HELD_IN = {("student", "classes"): ("classes",), ("student", "guardians"): ("guardians",),
            ("guardian", "students"): ("students",), ("section", "students"): ("members", "past"),
            ("group", "members"): ("members",)}
_PAIRED = frozenset({"classes", "guardians", "students", "members", "past"})
_BY_NAME = (("fields", "by_hand", "origins"), ("members", "past"))
_TOGETHER = ((("source", "source_key"), ()), (("teachers",), ("teacher", "co_teachers")), (("owner",), ("owner",)))


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of a load is undone: all of it, or what concerns one school or one account.

    A pair belongs to the school that decides about it, and to the people at its ends.
    """

    school: str = ""
    account: str = ""

    @property
    def whole(self) -> bool:
        return not self.school and not self.account

    def has(self, ground: Ground, change: Change) -> bool:
        """Whether the thing that `change` is about goes back."""
        if self.account:
            return change.kind in PEOPLE and ground.account(change.kind, change.key) == self.account
        if change.kind in ("term", "course"):
            return self.whole or change.key.partition("|")[0] == self.school
        return self.whole or self.school == (change.key if change.kind == "school" else change.school)

    def has_pair(self, ground: Ground, change: Change, name: str, key: str) -> bool:
        if self.whole or (self.account and self.has(ground, change)):
            return True
        if self.account:
            return _other_end(ground, change.kind, name, key) == self.account
        before, after = change.members[name][key]
        return ((after or before or {}).get("school") or change.school) == self.school


@dataclass(slots=True)
class Reversal:
    """What undoing does to one thing. `item` is None if nothing of it moves now.

    `change` tells it in the words of a plan, the load's before and after the other way round; a
    standing of "" is left as it is. `kept` lists what stays: attribute, name in it, and why.
    """

    item: Item | None
    moved: Moved
    change: Change
    kept: list[tuple[str, str, str]] = field(default_factory=list)

    def stays(self) -> Reversal:
        """Nothing goes back: an item can't hold what it would come to."""
        told = Change(self.change.kind, self.change.key, "update", self.change.school, "", "undo", 0)
        kept = [(attribute, name, NO_ROOM) for attribute, name in _names(self.moved)]
        return Reversal(None, {}, told, [*self.kept, *kept])

    @property
    def says_something(self) -> bool:
        return bool(self.change.fields or self.change.members or self.change.standing)


def reverse(ground: Ground, undoes: str, extent: Extent, change: Change, was: Item, record: Item | None, *,
            joined: frozenset[str] = frozenset()) -> Reversal:
    """Undo what load `undoes` planned as `change` and did to the thing `was`, as its `record` remembers.

    `joined` are the accounts that others were merged into: they are never switched off.
    """
    inside = extent.has(ground, change)
    made = was.body.get("created", {}).get("load") == undoes
    pairs = {(name, key): [(attribute, _other_end(ground, change.kind, name, key))
                           for attribute in _HELD_IN[change.kind, name]]
             for name, listed in change.members.items() for key in listed
             if extent.has_pair(ground, change, name, key)}
    move = _making(ground, was, change) if made else dict(record.body["moved"]) if record else {}
    move = _reached(move, inside, None if extent.whole else {at for held in pairs.values() for at in held})
    body, kept = _restore(was.body, move, change.kind, joined)
    if inside and made and body["status"] != was.body["status"] and change.kind in PEOPLE:
        body["deactivated"] = {"load": ground.load, "rule": "undo"}
    moved = history.moved(was.body, body)
    item = _item(ground, was, body, change.kind) if moved else None
    stays = {(attribute, name) for attribute, name, _ in kept}
    told = _told(change, move, body, stays, inside=inside, made=made, known=bool(made or record))
    told.members = {name: found for name, listed in change.members.items()
                    if (found := {key: [after, before] for key, (before, after) in listed.items()
                                  if (name, key) in pairs and not stays.intersection(pairs[name, key])})}
    return Reversal(item, moved, told, kept)


def side_items(ground: Ground, item: Item) -> dict[Key, Item]:
    """The items that follow a thing: memberships of other schools, what its teachers teach."""
    body, site = item.body, ground.site
    if "role" in body:
        return {at: Item(at, {"school": school}, listed=Key(keys.people(site, school), f"~{body['id']}"))
                for school in body["fields"].get("other_schools") or ()
                for at in [keys.member_of(site, body["id"], school)]}
    return {at: Item(at, {"section": body["id"], "part": part})
            for account, part in body.get("teachers", {}).items()
            for at in [keys.teaches(site, account, body["id"])]}


def _other_end(ground: Ground, kind: str, name: str, key: str) -> str:
    """What the table calls the other end of a pair: an account, or a section."""
    if kind == "group":
        role, _, person = key.partition(":")
        return ground.account(role, person)
    if name == "classes":
        return ground.section(key)
    return ground.account("guardian" if name == "guardians" else "student", key)


def _making(ground: Ground, was: Item, change: Change) -> Moved:
    """The making of a thing as a move: from an inactive shell without pairs to what the load made."""
    status = was.body["status"]
    move: Moved = {} if status == "inactive" else {"status": ["inactive", status]}
    if change.kind in PEOPLE:
        for name, listed in change.members.items():
            held: dict[str, list] = {}
            for key, (_, pair) in listed.items():
                places.set_pair(ground, held, name, key, pair, "", leading=True)
            move[name] = {other: [None, value] for other, value in held.items()}
    else:
        made = places.new_item(ground, was.key, change).body
        for name in ("members", "teachers"):
            move[name] = {other: [None, value] for other, value in made.get(name, {}).items()}
    return {name: what for name, what in move.items() if what}


def _reached(move: Moved, inside: bool, pairs: set[tuple[str, str]] | None) -> Moved:
    """The part of a move that is to be undone; `pairs` are the (attribute, name) reached, None: all."""
    found: Moved = {}
    for attribute, what in move.items():
        if attribute in _PAIRED and isinstance(what, dict):
            what = {name: pair for name, pair in what.items() if pairs is None or (attribute, name) in pairs}
        elif not inside or attribute in _STAY:
            continue
        if what:
            found[attribute] = what
    return found


def _restore(body: dict[str, Any], move: Moved, kind: str,
             joined: frozenset[str]) -> tuple[dict[str, Any], list[tuple[str, str, str]]]:
    """`body` with `move` undone, and what is kept of it."""
    if move and body.get("merged_into"):
        return dict(body), [("merged_into", "", MERGED)]
    kept: list[tuple[str, str, str]] = []
    for part in _parts(move):
        found = history.restored(body, part)
        why = _against(body, part, kind, joined) or (SINCE if found.kept else "")
        if not why:
            body = found.body
        elif "status" in part:
            kept.append(("status", "", why))
        else:
            kept += [(attribute, name, why) for attribute, name in _names(part)
                     if (attribute, name) in found.kept or _holds_on(found.undone, attribute, name)]
    body = {name: value for name, value in body.items() if value != {} or name not in ("past", "deactivated")}
    if body.get("status") != "inactive":
        body.pop("deactivated", None)
    return body, kept


def _names(part: Moved) -> Iterator[tuple[str, str]]:
    for attribute, what in part.items():
        yield from ((attribute, name) for name in what) if isinstance(what, dict) else ((attribute, ""),)


def _holds_on(undone: Moved, attribute: str, name: str) -> bool:
    """Whether a value would go back, if it could go alone."""
    return attribute in undone and (not name or name in undone[attribute])


def _parts(move: Moved) -> Iterator[Moved]:
    """The parts of a move that go back together or not at all: the smallest there are. The standing is last."""
    rest = {attribute: dict(what) if isinstance(what, dict) else what for attribute, what in move.items()}
    standing = {name: rest.pop(name) for name in ("status", "deactivated") if name in rest}
    for attributes, fields in _TOGETHER:
        part = {name: rest.pop(name) for name in attributes if name in rest}
        named = {name: rest["fields"].pop(name) for name in fields if name in rest.get("fields", {})}
        if named:
            part["fields"] = named
        if part:
            yield part
    for attributes in _BY_NAME:
        maps = {attribute: rest.pop(attribute) for attribute in attributes if attribute in rest}
        for name in sorted({name for what in maps.values() for name in what}):
            yield {attribute: {name: what[name]} for attribute, what in maps.items() if name in what}
    for attribute, what in rest.items():
        if isinstance(what, dict):
            for name, pair in what.items():
                yield {attribute: {name: pair}}
        else:
            yield {attribute: what}
    if standing:
        yield standing


def _against(body: dict[str, Any], part: Moved, kind: str, joined: frozenset[str]) -> str:
    """Why a part must not go back although nobody moved it since; "" if nothing speaks against it."""
    if kind not in PEOPLE:
        return ""
    if "status" in part:
        return _against_standing(body, part, kind, joined)
    for attribute in ("guardians", "students"):
        for before, after in part.get(attribute, {}).values():
            if after and after[3] == places.NO_ACCESS and (not before or before[3] != places.NO_ACCESS):
                return NO_ACCESS               # set by the school office, perhaps for a court order (34 CFR 99.4)
    set_since = part.get("fields", {}).keys() & body.get("by_hand", {}).keys() - part.get("by_hand", {}).keys()
    return SINCE if set_since else ""


def _against_standing(body: dict[str, Any], part: Moved, kind: str, joined: frozenset[str]) -> str:
    """Why a person's standing must stay as it is, once all else went back."""
    goes_to, stands = part["status"][0], body.get("status")
    if "by" in body.get("deactivated", {}) and "by" not in part.get("deactivated", {}):
        return BY_PERSON
    if goes_to == stands:
        return ""
    if goes_to == "inactive":
        return ADMIN if body.get("rights") else MERGED if body["id"] in joined else ""
    linked = any(link[3] == "active" for link in body.get("students", {}).values())
    return NO_STUDENT if kind == "guardian" and not linked else ""


def _told(change: Change, move: Moved, body: dict[str, Any], stays: set[tuple[str, str]], *, inside: bool, made: bool,
          known: bool) -> Change:
    """The reversal of `change` as a change of its own, without pairs.

    `known`: the load left a trace in the table. Without one it may have moved the snapshot alone.
    """
    told = Change(change.kind, change.key, "update", change.school, "", "undo", 0)
    if not inside or ("merged_into", "") in stays:
        return told
    standing_stays = ("status", "") in stays
    if made and not standing_stays:
        told.action, told.standing = "deactivate", "inactive"
    if made:
        return told
    told.fields = {name: [after, before] for name, (before, after) in change.fields.items()
                   if not stays & {("fields", name), ("by_hand", name), ("origins", name), (name, "")}}
    before, after = move.get("status", [None, None])
    if standing_stays:
        return told
    if before is not None:
        told.standing = body["status"]
        told.action = "deactivate" if before == "inactive" else "reactivate" if after == "inactive" else "update"
    elif change.action == "forget":
        told.standing = body["status"]
    elif change.action in ("create", "link") and known:
        told.action = "forget"             # somebody who was there before: the source names them no more
    elif change.action in ("deactivate", "reactivate"):
        told.standing = "active" if change.action == "deactivate" else "inactive"
    return told


def _item(ground: Ground, was: Item, body: dict[str, Any], kind: str) -> Item:
    """The item of `body`, one version on and listed where it belongs now."""
    body["changed"] = {"load": ground.load, "rule": "undo"}
    item = Item(was.key, body, was.version + 1, was.listed, was.expires)
    if kind in PEOPLE:
        return people.item_of(ground.site, people.account_of(item), item.version)
    if was.listed:
        listed = keys.listed_section if kind == "section" else keys.listed_group
        fields = body["fields"]
        item.listed = listed(ground.site, fields.get("school", ""), fold_name(fields.get("name", "")), body["id"])
    return item

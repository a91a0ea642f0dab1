"""What a feed changes: the merge of what we know with what is said now, entity by entity.

Absent is not deleted. Outside a complete list a record that is not there means nothing; inside one
it means something only for kinds whose tab has rows, in schools that the list covers, and for
records that were not turned back. What it then means is a proposal: the gate decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from rostering.clock import moment
from rostering.model import Entity
from rostering.names import fold_name

PEOPLE = frozenset({"staff", "student", "guardian"})
# Kinds and sets of pairs whose absence from a complete list means something (import sheet, section 2).
_BY_ABSENCE = frozenset({"staff", "student", "section"})
# Fields that one account holds at a time: who goes claims none anew, who returns claims what came meanwhile.
CLAIMED = ("state_id", "email")
_SEEN_AGAIN = {"missing_since": None}
_COUNTING = frozenset({"missing_since", "missed"})
PULLS = 2
GRACE = timedelta(hours=48)
_PAIRS_OF = {"section": {"students": "enrollment"}, "student": {"classes": "enrollment",
             "guardians": "guardian_link"}, "guardian": {"students": "guardian_link"},
             "group": {"members": "group_member"}}


@dataclass(frozen=True, slots=True)
class Scope:
    """Where absence means something. All empty: nowhere (`Add and update`).

    `kinds` are kinds of records with at least one row and no unreadable key; `schools` those that
    the list covers; `present` holds, per kind, keys that were there but turned back. `pulled_at` is
    the time of a connection's pull: what is missing from one is off only after `PULLS` complete ones
    and `GRACE` (identity, section 7). "" is a list that somebody handed in: absence counts at once.
    """

    kinds: frozenset[str] = frozenset()
    schools: frozenset[str] = frozenset()
    present: dict[str, frozenset[Any]] = field(default_factory=dict)
    pulled_at: str = ""

    def absent(self, kind: str, key: Any, school: str) -> bool:
        """Whether a known record that the feed does not carry is missing."""
        return (kind in self.kinds and school in self.schools
                and key not in self.present.get(kind, frozenset()))


@dataclass(slots=True)
class Change:
    """One proposed change with its cause.

    `action`: create, update, deactivate or reactivate. `fields` maps a name to [before, after];
    `members` maps a set to pair key to [before, after], where None is "no such pair". `rule` tells
    what decided: row (it says so), status, end_date, absent, missing (not off yet) or no_link.
    `place` is the row. `doubt` is set if the id seems to belong to somebody else now.
    """

    kind: str
    key: str
    action: str
    school: str
    standing: str
    rule: str
    place: int
    fields: dict[str, list[Any]] = field(default_factory=dict)
    members: dict[str, dict[str, list[Any]]] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    doubt: bool = False


@dataclass(slots=True)
class Outcome:
    """What became of one entity: `after` goes into the next snapshot.

    `said` is False if the feed is silent about it; `same_pairs` counts the pairs that the feed
    repeated as they were. `followers` are the guardians of a student whose standing bears on theirs
    now: guardian key to whether the student is off.
    """

    after: Entity
    change: Change | None
    said: bool
    same_pairs: int = 0
    followers: dict[str, bool] = field(default_factory=dict)


def diff(known: Iterable[Entity], seen: Iterable[Entity], *, scope: Scope, today: str,
         off: Mapping[tuple[str, str], bool] = MappingProxyType({})) -> Iterator[Outcome]:
    """The outcome of every entity of `known` and `seen`, both sorted by kind and key. Linear in both.

    `off` tells of links (guardian key, student key) whether the student is off: those count for nothing.
    """
    left, right = iter(known), iter(seen)
    old, new = next(left, None), next(right, None)
    while old is not None or new is not None:
        if new is None or (old is not None and (old.kind, old.key) < (new.kind, new.key)):
            yield _merge(old, None, scope, today, off)
            old = next(left, None)
        elif old is None or (new.kind, new.key) < (old.kind, old.key):
            yield _merge(None, new, scope, today, off)
            new = next(right, None)
        else:
            yield _merge(old, new, scope, today, off)
            old, new = next(left, None), next(right, None)


def _merge(old: Entity | None, new: Entity | None, scope: Scope, today: str,
           off: Mapping[tuple[str, str], bool]) -> Outcome:
    one = new or old
    before = old.fields or {} if old else {}
    said = new.fields if new and new.fields is not None else None
    after = before if said is None else {k: v for k, v in (before | said | _SEEN_AGAIN).items() if v is not None}
    places = (old.places if old else {}) | (new.places if new else {})
    entity = Entity(one.kind, one.key, after, {}, places, missed=old.missed if old and said is None else 0)
    moved: dict[str, dict[str, list[Any]]] = {}
    same_pairs = 0
    for name, kind in _PAIRS_OF.get(one.kind, {}).items():
        was = old.members.get(name, {}) if old else {}
        stated = new.members.get(name, {}) if new else {}
        now = _pairs(kind, one, name, was, stated, scope)
        if kind == "guardian_link":
            now = _followed(one, name, now, off)
        same_pairs += sum(was.get(key) == now[key] for key in stated)
        if now:
            entity.members[name] = now
        if now != was:
            moved[name] = {key: [was.get(key), pair] for key, pair in now.items() if was.get(key) != pair}
    school = after.get("school", "")
    missing = (said is None and one.kind in _BY_ABSENCE and old is not None
               and scope.absent(one.kind, one.key, school))
    waiting = missing and old is not None and old.standing != "inactive" and _waits(entity, scope)
    standing, rule = _standing(entity, before_standing=old.standing if old else "",
                               missing=missing and not waiting, said=said is not None, today=today)
    entity.standing = standing
    followers = _followers(entity) if one.kind == "student" else {}
    for key, off_now in followers.items():
        links = entity.members["guardians"]
        was = old.members.get("guardians", {}).get(key) if old else None
        links[key] = _with_off(links[key], off_now)
        moved.setdefault("guardians", {})[key] = [was, links[key]]
    change = _change(old, entity, before, moved, "missing" if waiting else rule)
    return Outcome(entity, change, said is not None, same_pairs, followers)


def _waits(entity: Entity, scope: Scope) -> bool:
    """Whether a person missing from a connection's pull is not off yet; notes since when, and how often."""
    if not scope.pulled_at:
        return False
    fields = dict(entity.fields or {})
    since = fields.setdefault("missing_since", scope.pulled_at)
    entity.fields, entity.missed = fields, entity.missed + 1
    return entity.missed < PULLS or moment(scope.pulled_at) - moment(since) < GRACE


def _followed(one: Entity, name: str, pairs: dict[str, dict], off: Mapping[tuple[str, str], bool]) -> dict[str, dict]:
    """The links of a guardian or a student with what is known of the student's standing (`off`)."""
    if not off:
        return pairs
    ends = {key: (one.key, key) if name == "students" else (key, one.key) for key in pairs}
    return {key: _with_off(pair, off[ends[key]]) if ends[key] in off else pair for key, pair in pairs.items()}


def _with_off(pair: dict[str, Any], off: bool) -> dict[str, Any]:
    return pair | {"off": True} if off else {name: value for name, value in pair.items() if name != "off"}


def _followers(student: Entity) -> dict[str, bool]:
    """Guardians whose link doesn't tell yet whether the student is off."""
    off = student.standing in ("inactive", "")
    return {key: off for key, pair in student.members.get("guardians", {}).items()
            if bool(pair.get("off")) != off and pair.get("status") == "active"}


def _pairs(kind: str, one: Entity, name: str, was: dict[str, dict], now: dict[str, dict],
           scope: Scope) -> dict[str, dict]:
    """The pairs of one set after the feed: said ones merged, missing ones ended."""
    after = dict(was)
    for key, pair in now.items():
        merged = was.get(key, {}) | pair
        after[key] = {k: v for k, v in merged.items() if v is not None and v != "" and k not in _COUNTING}
    if kind in scope.kinds:
        for key, pair in was.items():
            if key not in now and pair.get("status") == "active":
                ends = (key, one.key) if name in ("classes", "guardians") else (one.key, key)
                if scope.absent(kind, ends, pair.get("school", "")):
                    after[key] = _missed(pair, scope) if kind == "guardian_link" else pair | {"status": "inactive"}
    return after


def _missed(link: dict[str, Any], scope: Scope) -> dict[str, Any]:
    """A link that a list doesn't carry: ended, or in a connection's pull as patiently as its people."""
    if not scope.pulled_at:
        return link | {"status": "inactive"}
    link = link | {"missing_since": link.get("missing_since", scope.pulled_at), "missed": link.get("missed", 0) + 1}
    if link["missed"] < PULLS or moment(scope.pulled_at) - moment(link["missing_since"]) < GRACE:
        return link
    return {name: value for name, value in link.items() if name not in _COUNTING} | {"status": "inactive"}


def _standing(entity: Entity, *, before_standing: str, missing: bool, said: bool,
              today: str) -> tuple[str, str]:
    """Standing after the feed, and the rule that decided it. "" stays: no account was ever due."""
    fields = entity.fields or {}
    if entity.kind == "guardian":
        linked = any(pair.get("status") == "active" and pair.get("access", True) and not pair.get("off")
                     for pair in entity.members.get("students", {}).values())
        found = ("active", "row") if linked else ("inactive", "no_link")
    elif missing:
        found = ("inactive", "absent")
    elif not said and before_standing == "inactive":
        found = ("inactive", "row")           # nobody said that it is back
    elif not fields:
        return "", "row"                      # only its members were named
    elif fields.get("status") == "inactive":
        found = ("inactive", "status")
    elif entity.kind == "student" and fields.get("end_date", "9999") < today:
        found = ("inactive", "end_date")
    elif entity.kind == "student" and fields.get("start_date", "") > today:
        found = ("pending", "row")
    else:
        found = ("active", "row")
    if found[0] == "inactive" and not before_standing and entity.kind in PEOPLE:
        return "", found[1]
    return found


def _change(old: Entity | None, entity: Entity, before: dict[str, Any],
            moved: dict[str, dict[str, list[Any]]], rule: str) -> Change | None:
    was, now = old.standing if old else "", entity.standing
    if not now:
        return None
    after = entity.fields or {}
    if not was:
        action = "create"
        fields = {name: [None, value] for name, value in after.items()}
        moved = {name: {key: [None, pair] for key, pair in pairs.items()}
                 for name, pairs in entity.members.items()}
    else:
        fields = {name: [before.get(name), after.get(name)]
                  for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        if was != "inactive" and now == "inactive":
            action = "deactivate"
        elif was == "inactive" and now != "inactive":
            action = "reactivate"
            # what came while somebody was off was not claimed for them (`profile`): now it is
            fields |= {name: [after[name], after[name]] for name in CLAIMED if after.get(name) and name not in fields}
        elif fields or moved or was != now:
            action = "update"
        else:
            return None
    places = {f"{name}/{key}": entity.places.get(f"{name}/{key}", 0)
              for name, pairs in moved.items() for key in pairs}
    school = after.get("school", "")
    if entity.kind == "guardian":
        school = next((pair.get("school", "") for pair in entity.members.get("students", {}).values()), "")
    doubt = action != "create" and entity.kind in PEOPLE and _somebody_else(before, after)
    return Change(entity.kind, entity.key, action, school, now, rule, entity.places.get("", 0),
                  fields, moved, places, doubt)


def _somebody_else(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether an id seems to be used for another person: both names are others, and nothing says it is the same.

    A first and a last name that only changed places are a slip of columns, not of people.
    """
    was = [fold_name(before.get(name) or "") for name in ("first_name", "last_name")]
    now = [fold_name(after.get(name) or "") for name in ("first_name", "last_name")]
    if was[0] == now[0] or was[1] == now[1] or was == now[::-1]:
        return False
    same = [name for name in ("birth_date", "state_id", "email") if before.get(name)
            and before.get(name) == after.get(name)]
    return not same


def due(entity: Entity, today: str) -> str:
    """The first day from `today` on which `entity` may change without news of it; "" if on none.

    A date that is to come, or an absence that is counted: the next delivery looks at it again.
    """
    if entity.missed and entity.standing != "inactive" or any(
            "missed" in pair for pair in entity.members.get("students" if entity.kind == "guardian" else "guardians",
                                                            {}).values()):
        return today
    if entity.kind != "student" or not entity.fields:
        return ""
    start, end = entity.fields.get("start_date", ""), entity.fields.get("end_date", "")
    return min(([start] if start > today else []) + ([end] if end >= today else []), default="")

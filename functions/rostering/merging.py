"""Two accounts of one person become one: the rules, without a table.

The *kept* account stays with its id, username, source and values, and gets what it lacks from the
*gone* one. The gone one becomes inactive with `merged_into`; it keeps its own values, so that old
records still show the name and unmerging finds everything. Rights are never added up.

| what                         | the kept account has afterwards                                       |
|------------------------------|-----------------------------------------------------------------------|
| an empty field               | the other's value, its source in `origins`                            |
| a field set by hand          | its own hand value, else the other's hand value, by hand too          |
| links to sources             | its own, and the other's for sources that it had none for             |
| classes, guardians, students | both; an active pair wins over an ended one, else the longer span;    |
|                              | a link that nobody may have stays forbidden                           |
| status                       | active if either is, unless a person switched the kept one off        |
| rights                       | its own: a person grants the other's by hand                          |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from rostering.model import Account

RULE = "merged"
NO_ACCESS = "no_access"     # a pair that nobody may make a link of (34 CFR 99.4: for example a court order)
_ENDLESS = "9999"
_WEIGHT = {NO_ACCESS: 2, "active": 1}
_LISTS = frozenset({"other_schools"})


@dataclass(frozen=True, slots=True)
class Cause:
    """Who merges, why and when."""

    by: str
    reason: str
    at: str

    def told(self) -> dict[str, str]:
        return {"by": self.by, "reason": self.reason, "at": self.at, "rule": RULE}


@dataclass(frozen=True, slots=True)
class Union:
    """The two accounts after the merge. `filled` names the fields that the kept one got, `differing` those
    in which its own value stays though the gone one says otherwise, `rights` those that it did not get."""

    kept: Account
    gone: Account
    filled: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    rights: list[str] = field(default_factory=list)


def objection(kept: Account, gone: Account) -> tuple[str, str] | None:
    """Why the two can't be merged: a code and a sentence; None if they can."""
    if kept.id == gone.id:
        return "SAME_ACCOUNT", "Those are one account already."
    if kept.family != gone.family:
        return "ROLE_FAMILIES", (f"A {kept.role} and a {gone.role} are never merged: "
                                 "students, employees and guardians each have accounts of their own.")
    if kept.merged_into or gone.merged_into:
        return "ALREADY_MERGED", "One of the two was merged into another account. Unmerge it first."
    return None


def united(kept: Account, gone: Account, cause: Cause) -> Union:
    """Both accounts as the merge leaves them; neither argument is changed."""
    after = replace(kept, fields=dict(kept.fields), by_hand=dict(kept.by_hand), origins=dict(kept.origins),
                    links=_links(kept, gone), classes=classes(kept.classes, gone.classes),
                    guardians=_relatives(kept, gone, "guardians"), students=_relatives(kept, gone, "students"),
                    signed_in_at=max(kept.signed_in_at, gone.signed_in_at), changed=cause.told())
    filled = [name for name in sorted(gone.fields) if _fill(after, kept, gone, name)]
    if gone.status == "active" and not switched_off(kept):
        after.status, after.deactivated = "active", {}
    differing = [name for name in sorted(gone.fields) if _stays_behind(after, gone, name)]
    rights = [right for right in sorted(gone.rights)
              if not set(gone.rights[right]) <= set(kept.rights.get(right, ()))]
    off = replace(gone, status="inactive", merged_into=kept.id, deactivated=cause.told())
    return Union(after, off, filled, differing, rights)


def switched_off(account: Account) -> bool:
    """Whether a person switched the account off."""
    return account.status == "inactive" and "by" in account.deactivated


def in_section(body: Mapping[str, Any], kept: str, gone: str) -> dict[str, Any]:
    """A section's body with the kept account in the place of the gone one."""
    after = dict(body)
    members, past = dict(body.get("members") or {}), dict(body.get("past") or {})
    teachers = dict(body.get("teachers") or {})
    if gone in members:
        members[kept] = _dates(members.pop(gone), members.get(kept))
    if gone in past:
        past[kept] = _dates(past.pop(gone), past.get(kept))
    if kept in members:
        past.pop(kept, None)
    if gone in teachers:
        teachers[kept] = part(teachers.pop(gone), teachers.get(kept))
    sets = {"members": members, "past": past, "teachers": teachers}
    after |= {name: value for name, value in sets.items() if value or name in body}
    if not past:
        after.pop("past", None)
    return after


def in_group(body: Mapping[str, Any], kept: str, gone: str) -> dict[str, Any]:
    """A group's body with the kept account as member and owner in the place of the gone one."""
    after = dict(body)
    members = dict(body.get("members") or {})
    if gone in members:
        kind = members.pop(gone)
        members.setdefault(kept, kind)
        after["members"] = members
    if body.get("owner") == gone:
        after["owner"] = kept
    return after


def in_relative(relative: Account, kept: str, gone: str) -> Account:
    """A guardian of the gone student, or a student of the gone guardian, with the kept one in that place."""
    after = replace(relative, guardians=dict(relative.guardians), students=dict(relative.students))
    for pairs in (after.guardians, after.students):
        if gone in pairs:
            theirs = pairs.pop(gone)
            pairs[kept] = _relation(pairs.get(kept), theirs)
    return after


def part(one: str, other: str | None) -> str:
    """Lead wins over co."""
    return "lead" if "lead" in (one, other) else one


def classes(ours: Mapping[str, list], theirs: Mapping[str, list]) -> dict[str, list]:
    """Both persons' classes: an active pair wins over an ended one, else the longer span stays."""
    found = {section: list(pair) for section, pair in ours.items()}
    for section, pair in theirs.items():
        held = found.get(section)
        if held is None or (held[2] != "active" and pair[2] == "active"):
            found[section] = list(pair)
        elif held[2] == pair[2]:
            found[section] = [*_span(held, pair), held[2]]
    return found


def _links(kept: Account, gone: Account) -> dict[str, str]:
    theirs = {gone.source: gone.source_key} | gone.links
    theirs = {source: key for source, key in theirs.items() if key and source not in ("manual", kept.source)}
    return theirs | kept.links


def _fill(after: Account, kept: Account, gone: Account, name: str) -> bool:
    """Give `after` the gone one's value of a field, if the rules say so; whether they did."""
    value, own = gone.fields[name], kept.fields.get(name)
    if name in kept.by_hand or value in (None, "", []):
        return False
    if name in gone.by_hand:
        said = gone.by_hand[name].get("source") if own in (None, "", []) else own
        after.by_hand[name] = gone.by_hand[name] | {"source": said}
    elif name in _LISTS:
        home = after.fields.get("school")
        value = [*(own or ()), *(one for one in value if one not in (own or ()) and one != home)]
        if value == (own or []):
            return False
    elif own not in (None, "", []):
        return False
    after.fields[name] = value
    if own in (None, "", []):
        after.origins.pop(name, None)
        origin = gone.origins.get(name, gone.source)
        if origin != kept.source:
            after.origins[name] = origin
    return own != value


def _stays_behind(after: Account, gone: Account, name: str) -> bool:
    """Whether the gone one says something in a field that the kept one does not say afterwards."""
    value, now = gone.fields[name], after.fields.get(name)
    if name in _LISTS:
        return not set(value or ()) <= {*(now or ()), after.fields.get("school")}
    return value not in (None, "", []) and value != now


def _relatives(kept: Account, gone: Account, name: str) -> dict[str, list]:
    """Both persons' guardians or students; a pair that comes over carries its source if that is another."""
    found = {other: list(pair) for other, pair in getattr(kept, name).items()}
    for other, pair in getattr(gone, name).items():
        source = pair[4] if len(pair) > 4 else gone.source
        theirs = [*pair[:4], source] if source != kept.source else list(pair[:4])
        found[other] = _relation(found.get(other), theirs)
    return found


def _relation(ours: list | None, theirs: list) -> list:
    if ours is None:
        return theirs
    return max(ours, theirs, key=lambda pair: _WEIGHT.get(pair[3], 0))     # ours if they weigh the same


def _dates(one: list, other: list | None) -> list:
    """The dates of a member of a section: [] is without any."""
    if other is None:
        return one
    dates = _span(one or ["", ""], other or ["", ""])
    return dates if any(dates) else []


def _span(one: list, other: list) -> list[str]:
    """The longer of two spans: "" is an open end."""
    start = min(one[0] or "", other[0] or "")
    end = max(one[1] or _ENDLESS, other[1] or _ENDLESS)
    return [start, "" if end == _ENDLESS else end]

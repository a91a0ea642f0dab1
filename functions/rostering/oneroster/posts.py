"""What a user is and where: one role of all that they have, and the schools of the roles of its kind.

The role of today counts, then the primary one, then the one at the primary org. Of roles of several
kinds the other kinds are told, and lost: one account has one role. Roles give no rights.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from rostering.connected.notes import Notes
from rostering.oneroster.dates import span
from rostering.oneroster.schools import Schools
from rostering.oneroster.vocabulary import Role, folded, role_of

_OF = "users"
_NOW, _AHEAD, _OVER = range(3)
_ORDER = {"student": 0, "staff": 1, "guardian": 2}
PRIMARY_SCHOOL = "gg4l.primary_school"


class Post(NamedTuple):
    """`first` and `last` are days, "" where not said, None where they can't be read."""

    role: Role
    school: str
    other_schools: list[str]
    first: str | None
    last: str | None
    over: bool


class _Held(NamedTuple):
    """One role as it is sorted; `kind` is its order."""

    when: int
    secondary: bool
    elsewhere: bool
    kind: int
    org: str
    word: str
    role: Role
    first: str | None
    last: str | None


def post_of(ref: str, fields: Mapping[str, Any], schools: Schools, *, today: str, notes: Notes | None) -> Post | None:
    """None if the user has no role. `notes` are told what is odd; None if that was done by then."""
    held = _held(ref, fields, today, notes)
    if not held:
        return None
    first = held[0]
    if notes:
        _tell(ref, held, schools, notes)
    mine = [each for each in held if each.when == first.when and each.kind == first.kind]
    school, others = _schools(fields, mine, schools)
    lasts = [each.last for each in mine]
    over = first.when == _OVER
    last = None if None in lasts else max(lasts) if over or "" not in lasts else ""
    return Post(first.role, school, others, first.first, last, over)


def _held(ref: str, fields: Mapping[str, Any], today: str, notes: Notes | None) -> list[_Held]:
    primary_org = fields.get("primary_org") or ""
    held = []
    for each in fields.get("roles") or ():
        role = role_of(each.get("role") or "")
        if role is None:
            continue
        first, last = span(each.get("begin_date"), each.get("end_date"), _OF, ref, notes)
        when = _OVER if last and last < today else _AHEAD if first and first > today else _NOW
        org = each.get("org") or ""
        held.append(_Held(when, folded(each.get("type") or "") == "secondary", bool(primary_org) and org != primary_org,
                          _ORDER[role.kind], org, role.word, role, first, last))
    if len(held) > 1:
        held.sort(key=lambda each: (*each[:6], each.first or "", each.last or ""))
    return held


def _tell(ref: str, held: list[_Held], schools: Schools, notes: Notes) -> None:
    role = held[0].role
    for word in sorted({each.role.label or each.word for each in held if not each.role.known}):
        notes.note("W-OR-ROLE", _OF, "role", ref=ref, v=word)
    for kind in sorted({each.role.kind for each in held if each.when != _OVER} - {role.kind}):
        notes.note("W-OR-ROLES", _OF, "role", ref=ref, one=role.kind, other=kind)
    if role.kind != "guardian":
        for org in sorted({each.org for each in held if schools.is_orphan(each.org)}):
            notes.note("W-ORPHAN", _OF, "orgSourcedIds", ref=ref, other=f"org {org}")


def _schools(fields: Mapping[str, Any], mine: list[_Held], schools: Schools) -> tuple[str, list[str]]:
    """The home school and the others."""
    found = {key for each in mine if (key := schools.of(each.org))}
    wished = schools.named((fields.get("metadata") or {}).get(PRIMARY_SCHOOL))
    primary = schools.of(fields.get("primary_org"))
    if wished and wished in found:
        home = wished
    elif primary:
        home = primary
    else:
        home = next((key for each in mine if (key := schools.of(each.org))), "")
    return home, sorted(found - {home})

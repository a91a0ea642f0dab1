"""The records that a tab's rows make, in the words of `rostering.model`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from rostering.model import Record
from rostering.sheet.cells import CLEARED, label_of
from rostering.sheet.keys import Keys
from rostering.sheet.ledger import BAD, NO_PRINCIPAL, NOT_PRIMARY, REPEATED, Ledger, Stored

_GUARDIAN = ("first_name", "last_name", "email", "phone", "username")
_GROUP = ("id", "name", "school", "owner")
_LINK = ("access", "primary", "status")
_CO_TEACHERS = ("co_teacher_1", "co_teacher_2", "co_teacher_3")
Filled = dict[str, dict[str, Any]]


def of_tab(ledger: Ledger, filled: Filled) -> Iterator[Record]:
    """The records of the rows that load, in the order of rows.

    A guardian or group comes once, before its first link or member; `filled` adds what later rows
    say of it.
    """
    make = _MAKERS.get(ledger.tab.name)
    keys = Keys(ledger.tab)
    told: set[int] = set()
    for stored in ledger.batches():
        flags = ledger.flags
        loads = [place for place, row in enumerate(stored.rows) if not flags[row] & (BAD | REPEATED)]
        if not loads:
            continue
        if make:
            yield from make(ledger, stored, loads, keys, told, filled)
            continue
        named = keys.of(stored.values, len(stored.rows))
        for place, fields in _fields(ledger, stored, loads):
            key = named[place]
            yield Record(ledger.tab.kind, _pair(key) if ledger.tab.kind == "enrollment" else key,
                         _TOUCH_UP.get(ledger.tab.kind, _with_status)(fields, flags[stored.rows[place]]),
                         stored.rows[place])


def held_back(ledger: Ledger) -> dict[str, set[Any]]:
    """By kind, the keys of the rows that were there but do not load."""
    held: dict[str, set[Any]] = {}
    keys, kind = Keys(ledger.tab), ledger.tab.kind
    for stored in ledger.batches():
        bad = [place for place, row in enumerate(stored.rows) if ledger.flags[row] & BAD]
        if not bad:
            continue
        named = keys.of(stored.values, len(stored.rows))
        owners = owners_of(keys, stored) if kind in ("guardian_link", "group_member") else None
        for place in bad:
            if owners and owners[place]:
                held.setdefault("guardian" if kind == "guardian_link" else "group", set()).add(owners[place])
            if named[place]:
                key = _pair(named[place]) if owners or kind == "enrollment" else named[place]
                held.setdefault(kind, set()).add(key)
    return held


def owners_of(keys: Keys, stored: Stored) -> list[str | None]:
    """The keys of the guardians or groups of a batch's rows."""
    if keys.tab.name == "Guardians":
        return keys.guardians(stored.values, len(stored.rows))
    return [each and each.casefold() for each in stored.values[0] or [None] * len(stored.rows)]


def _fields(ledger: Ledger, stored: Stored, loads: list[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    """(position, what is given) of some rows; "(clear)" is given as None."""
    columns = [(column.field, values) for column, values
               in zip(ledger.tab.columns, stored.values, strict=True) if values is not None]
    for place in loads:
        yield place, {name: None if (value := values[place]) is CLEARED else value
                      for name, values in columns if values[place] is not None}


def _pair(key: str) -> tuple[str, str]:
    one, _, other = key.partition("\t")
    return one, other


def _with_status(fields: dict[str, Any], flags: int) -> dict[str, Any]:
    fields.setdefault("status", "active")
    return fields


def _school(fields: dict[str, Any], flags: int) -> dict[str, Any]:
    if flags & NO_PRINCIPAL:
        fields.pop("principal", None)
    return _with_status(fields, flags)


def _term(fields: dict[str, Any], flags: int) -> dict[str, Any]:
    return {"school": "", "type": "Other"} | fields


def _course(fields: dict[str, Any], flags: int) -> dict[str, Any]:
    return _with_status({"school": ""} | fields, flags)


def _section(fields: dict[str, Any], flags: int) -> dict[str, Any]:
    said = [fields.pop(name) for name in _CO_TEACHERS if name in fields]
    if said:
        fields["co_teachers"] = list(dict.fromkeys(key for key in said if key)) or None
    return _with_status(fields, flags)


def _enrollment(fields: dict[str, Any], flags: int) -> dict[str, Any]:
    del fields["section"], fields["student"]
    return _with_status(fields, flags)


_TOUCH_UP: dict[str, Callable[[dict[str, Any], int], dict[str, Any]]] = {
    "school": _school, "term": _term, "course": _course, "section": _section, "enrollment": _enrollment}


def _guardians(ledger: Ledger, stored: Stored, loads: list[int], keys: Keys, told: set[int],
               filled: Filled) -> Iterator[Record]:
    owners = owners_of(keys, stored)
    for place, said in _fields(ledger, stored, loads):
        owner, row = owners[place], stored.rows[place]
        if hash(owner) not in told:
            told.add(hash(owner))
            own = {"id": said["id"]} if said.get("id") else {}
            yield Record("guardian", owner, own | {name: said[name] for name in _GUARDIAN if name in said}
                         | filled.get(owner, {}), row)
        word, label = label_of(said["relationship"])
        link = {"relationship": word, "label": label, "access": True, "status": "active"}
        link |= {name: said[name] for name in _LINK if name in said}
        if ledger.flags[row] & NOT_PRIMARY:
            link["primary"] = False
        yield Record("guardian_link", (owner, said["student"]), link, row)


def _groups(ledger: Ledger, stored: Stored, loads: list[int], keys: Keys, told: set[int],
            filled: Filled) -> Iterator[Record]:
    owners = owners_of(keys, stored)
    members = keys.members(stored.values, len(stored.rows))
    for place, said in _fields(ledger, stored, loads):
        owner, row = owners[place], stored.rows[place]
        if hash(owner) not in told:
            told.add(hash(owner))
            yield Record("group", owner, {name: said[name] for name in _GROUP}, row)
        yield Record("group_member", (owner, members[place]), {"status": said.get("status", "active")}, row)


_MAKERS = {"Guardians": _guardians, "Groups": _groups}

"""What moved in a thing, and how it goes back: the field-by-field memory that undo is made of.

A *move* maps each attribute that changed to `[before, after]`, or, where the attribute is a map
(`fields`, `classes`, `members` …), to `{name: [before, after]}`. None means "not there", so an
empty map and a map that is not there are the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Moved = dict[str, Any]


@dataclass(slots=True)
class Restored:
    """`body` after values went back; `undone` is the part of the move that did.

    `kept` lists the (attribute, name) that somebody changed since and that stay; the name is ""
    where the attribute is no map.
    """

    body: dict[str, Any]
    undone: Moved = field(default_factory=dict)
    kept: list[tuple[str, str]] = field(default_factory=list)


def moved(before: dict[str, Any], after: dict[str, Any]) -> Moved:
    """What turns `before` into `after`, attributes and names in order."""
    found: Moved = {}
    for attribute in sorted(before.keys() | after.keys()):
        was, now = before.get(attribute), after.get(attribute)
        if was == now:
            continue
        if isinstance(was, dict) or isinstance(now, dict):
            was, now = was or {}, now or {}
            found[attribute] = {name: [was.get(name), now.get(name)] for name in sorted(was.keys() | now.keys())
                                if was.get(name) != now.get(name)}
        else:
            found[attribute] = [was, now]
    return found


def restored(body: dict[str, Any], move: Moved) -> Restored:
    """`body` with every value of `move` put back that still is what the move made of it.

    A value that is back already is left and listed nowhere. `body` itself is not changed.
    """
    found = Restored(dict(body))
    for attribute, what in move.items():
        if isinstance(what, dict):
            values = dict(body.get(attribute) or {})
            undone = {name: pair for name, pair in what.items() if _put_back(values, name, pair)}
            if undone:
                found.undone[attribute] = undone
                found.body[attribute] = values
            found.kept += [(attribute, name) for name, pair in what.items()
                           if name not in undone and values.get(name) != pair[0]]
        elif _put_back(found.body, attribute, what):
            found.undone[attribute] = what
        elif body.get(attribute) != what[0]:
            found.kept.append((attribute, ""))
    return found


def _put_back(values: dict[str, Any], name: str, pair: list[Any]) -> bool:
    """Put the value before the move back under `name`, if the value after it stands there."""
    before, after = pair
    if values.get(name) != after or before == after:
        return False
    if before is None:
        values.pop(name)
    else:
        values[name] = before
    return True

"""Who put what into an account or a section, and when: its records read backwards.

A thing that was made keeps its cause on itself (`created`), without the rows of its pairs; every change
since has a record beside it. Records are told in the order of time: a load's is when it was received.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rostering.store import keys
from rostering.store.keys import Item

WITHHELD = frozenset({"birth_date", "state_id"})
_NOT_TOLD = frozenset({"changed", "created"})


@dataclass(frozen=True, slots=True)
class Cause:
    """A load (and the row of its sheet, 0 if it has none or it isn't kept) or a person (`by`), and when."""

    load: str = ""
    row: int = 0
    by: str = ""
    at: str = ""
    reason: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """One value that changed: of an attribute (`fields`, `classes`, `status` …), `name` is "" if it is no map."""

    what: str
    name: str
    before: Any
    after: Any
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    cause: Cause
    action: str
    moved: tuple[Moved, ...]
    rows: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class History:
    """The entries of a thing, the newest first, and what made it."""

    entries: tuple[Entry, ...]
    made: Cause

    def of(self, what: str, name: str, *, rows: Iterable[str] = ()) -> Cause:
        """What gave a field or a pair the value that it has; `rows` are what the pair's row may be called."""
        for entry in self.entries:
            if any(one.what == what and one.name == name for one in entry.moved):
                return entry.cause if what == "fields" else _in_row(entry, what, name, list(rows))
        return self.made if what == "fields" else Cause(self.made.load, 0, self.made.by, self.made.at)


def read(store: Any, site: str, item: Item) -> History:
    """The history of an account, a section or a group."""
    page = store.query(item.key.pk, prefix="CHANGE#")
    records = [one.body for one in page.items if one.key.sk.count("#") == 1]
    made = dict(item.body.get("created") or {})
    loads = {one["load"] for one in (*records, made) if one.get("load") and not one.get("at")}
    times = {one.body["load"]: one.body.get("received_at", "") for one in store.get_many(
        keys.load(site, load) for load in sorted(loads)).values()} if loads else {}
    entries = [Entry(_cause(body, times), body.get("action", ""), tuple(_moved(body.get("moved") or {})),
                     body.get("rows") or {}) for body in records]
    entries.sort(key=lambda entry: (entry.cause.at, entry.cause.load), reverse=True)
    return History(tuple(entries), _cause(made, times))


def _cause(body: Mapping[str, Any], times: Mapping[str, str]) -> Cause:
    by = body.get("by", "")
    load = "" if by else body.get("load", "")          # a person's record has a name of its own in its place
    return Cause(load, int(body.get("row") or 0), by, body.get("at") or times.get(load, ""), body.get("reason", ""),
                 body.get("rule", ""))


def _moved(moved: Mapping[str, Any]) -> Iterable[Moved]:
    for what, change in sorted(moved.items()):
        if what in _NOT_TOLD:
            continue
        if isinstance(change, Mapping):
            for name, (before, after) in sorted(change.items()):
                hidden = name in WITHHELD
                yield Moved(what, name, None if hidden else before, None if hidden else after, hidden)
        else:
            yield Moved(what, "", change[0], change[1])


def _in_row(entry: Entry, what: str, name: str, called: list[str]) -> Cause:
    """The cause with the row of the pair itself: its key is the source's own id, the end of ours."""
    cause = entry.cause
    rows = [row for key, row in entry.rows.items()
            if key in called or ((pair := key.removeprefix(f"{what}/")) != key
                                 and (pair == name or name.endswith(f"/{pair}")))]
    return Cause(cause.load, rows[0] if len(rows) == 1 else 0, cause.by, cause.at, cause.reason, cause.rule)

"""The decision tree as data (`tree.json`), proven once: all reachable, no cycle, nothing unknown."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from rostering.errors import SettingsError

Entry = Literal["user_missing", "class_missing", "email_missing", "enrollment_missing", "guardian_link_missing",
                "cannot_log_in", "wrong_value"]
Who = Literal["sis", "gg4l", "helpdesk", "admin", "user"]
Said = Literal["yes", "no", "unknown"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Leaf(_Strict):
    """The end of a way: the code of an outcome."""

    out: str


class Node(_Strict):
    """A question, the check that answers it, and where each answer leads: a node's name or a `Leaf`."""

    ask: str
    check: str
    if_yes: str | Leaf
    if_no: str | Leaf
    if_unknown: str | Leaf

    def to(self, said: Said) -> str | Leaf:
        return {"yes": self.if_yes, "no": self.if_no, "unknown": self.if_unknown}[said]


class Outcome(_Strict):
    """Who has to act, what it is, and what to do."""

    who: Who
    title: str
    do: str


class _Document(_Strict):
    version: int
    start: dict[Entry, str]
    nodes: dict[str, Node]
    outcomes: dict[str, Outcome]


@dataclass(frozen=True, slots=True)
class Tree:
    """Nodes and outcomes by name; `start` names each entry's first node, `most` its questions at most."""

    start: Mapping[Entry, str]
    nodes: Mapping[str, Node]
    outcomes: Mapping[str, Outcome]
    most: Mapping[Entry, int]


def read(data: bytes, checks: Collection[str]) -> Tree:
    """The tree in `data`. Raises SettingsError with everything that is wrong with it, at once."""
    try:
        document = _Document.model_validate(orjson.loads(data))
    except (ValidationError, ValueError) as error:
        raise SettingsError(f"the decision tree can't be read: {error}") from error
    if slips := _slips(document, checks):
        raise SettingsError("the decision tree is wrong: " + "; ".join(slips))
    nodes = document.nodes
    return Tree(document.start, nodes, document.outcomes,
                {entry: _longest(nodes, first, ()) for entry, first in document.start.items()})


@cache
def load(checks: frozenset[str]) -> Tree:
    """The tree of this package, for these checks."""
    return read(Path(__file__).with_name("tree.json").read_bytes(), checks)


def _slips(document: _Document, checks: Collection[str]) -> list[str]:
    nodes, outcomes = document.nodes, document.outcomes
    slips = [f"{entry} begins at {first}, which is no node" for entry, first in document.start.items()
             if first not in nodes]
    slips += [f"no entry {entry}" for entry in Entry.__args__ if entry not in document.start]
    used: set[str] = set()
    for name, node in nodes.items():
        if node.check not in checks:
            slips.append(f"{name} asks {node.check}, which is no check")
        for to in _ways(node):
            if isinstance(to, Leaf):
                used.add(to.out)
                if to.out not in outcomes:
                    slips.append(f"{name} ends at {to.out}, which is no outcome")
            elif to not in nodes:
                slips.append(f"{name} leads to {to}, which is no node")
    slips += [f"no node asks {check}" for check in sorted(set(checks) - {node.check for node in nodes.values()})]
    slips += [f"nothing ends at {code}" for code in outcomes if code not in used]
    if any("which is no node" in slip for slip in slips):
        return slips
    if round_ := _cycles(nodes, document.start.values()):
        slips += round_
    else:
        met = {name for first in document.start.values() for name in _below(nodes, first)}
        slips += [f"nothing leads to {name}" for name in nodes if name not in met]
    return slips


def _ways(node: Node) -> tuple[str | Leaf, ...]:
    return node.if_yes, node.if_no, node.if_unknown


def _cycles(nodes: Mapping[str, Node], starts: Collection[str]) -> list[str]:
    found: list[str] = []
    done: set[str] = set()

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            found.append(f"{' → '.join((*above[above.index(name):], name))} goes round")
        elif name not in done:
            for to in _ways(nodes[name]):
                if isinstance(to, str):
                    visit(to, (*above, name))
            done.add(name)
    for first in starts:
        visit(first, ())
    return list(dict.fromkeys(found))


def _below(nodes: Mapping[str, Node], first: str) -> set[str]:
    met, open_ = set(), [first]
    while open_:
        name = open_.pop()
        if name not in met:
            met.add(name)
            open_ += [to for to in _ways(nodes[name]) if isinstance(to, str)]
    return met


def _longest(nodes: Mapping[str, Node], name: str, above: tuple[str, ...]) -> int:
    return 1 + max((_longest(nodes, to, (*above, name)) for to in _ways(nodes[name]) if isinstance(to, str)), default=0)


def as_document(tree: Tree) -> dict[str, Any]:
    """The tree as `tree.json` has it."""
    return {"version": 1, "start": dict(tree.start),
            "nodes": {name: node.model_dump() for name, node in tree.nodes.items()},
            "outcomes": {code: outcome.model_dump() for code, outcome in tree.outcomes.items()}}

"""The way through the tree: no reads, no clock. Checks are asked one by one; the first outcome is the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from rostering.why.tree import Entry, Leaf, Said, Tree


class Fact(NamedTuple):
    """One piece of evidence. `private` ones (names, emails, cell values) never go into a ticket."""

    name: str
    value: str
    private: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: yes, no or unknown, a sentence for people, and the evidence behind it.

    `says` holds ids, codes, numbers and days only; what is private stands in `facts`.
    """

    said: Said
    says: str = ""
    facts: tuple[Fact, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Step:
    """One node on the way. `by` is who answered: the machine, you, or nobody (`unknown` was followed)."""

    node: str
    ask: str
    check: str
    said: Said
    by: Literal["machine", "you", "nobody"]
    finding: Finding


@dataclass(frozen=True, slots=True)
class Way:
    """The trail to `outcome`; `open` are the nodes whose question a person could answer."""

    outcome: str
    trail: tuple[Step, ...]

    @property
    def open(self) -> tuple[Step, ...]:
        return tuple(step for step in self.trail if step.by == "nobody")


def walk(tree: Tree, entry: Entry, check: Callable[[str], Finding], answers: Mapping[str, Said]) -> Way:
    """Walk from the first node of `entry`; `answers` (node to yes or no) count where a check doesn't know."""
    at: str | Leaf = tree.start[entry]
    trail: list[Step] = []
    while isinstance(at, str):
        node = tree.nodes[at]
        finding = check(node.check)
        said, by = finding.said, "machine"
        if said == "unknown":
            said, by = (answers[at], "you") if answers.get(at, "unknown") != "unknown" else ("unknown", "nobody")
        trail.append(Step(at, node.ask, node.check, said, by, finding))
        at = node.to(said)
    return Way(at.out, tuple(trail))

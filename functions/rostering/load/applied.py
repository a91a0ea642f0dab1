"""What applying a shard did and met, from one task to the next."""

from __future__ import annotations

from dataclasses import dataclass, field

import orjson

from rostering.load import paths
from rostering.load.ground import Ground
from rostering.model import Problem


@dataclass(slots=True)
class Applied:
    """What applying a shard did and met.

    `problems` are rows that could not be applied as planned; `left_out` names (`kind/key`) those of
    them that were not written at all.
    """

    written: int = 0
    problems: list[Problem] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def read_applied(ground: Ground, phase: str, shard: int) -> Applied:
    """What applying and switching off met in one shard."""
    total = Applied()
    for name in ("applied", "off"):
        key = paths.applied(ground.site, ground.load, f"{phase}/{name}", shard)
        if ground.files.exists(key):
            stored = orjson.loads(ground.files.read(key))
            total.written += stored["written"]
            total.problems += [Problem(**problem) for problem in stored["problems"]]
            total.left_out += stored["left_out"]
    return total

"""Changes of several things that belong together: in one transaction if they fit, else in parts.

The record of the act comes first, then the parts, the last steps at the end with the record as it
is when all is done. Each write is bound to the version that was read, so an act that stopped
anywhere is completed by asking for it again: what is done already is no longer a step then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from accounts.ports import Ports
from accounts.problems import Refusal
from rostering.history import Moved, moved
from rostering.load import lease
from rostering.load.ground import Ground
from rostering.store.attributes import pack, weight
from rostering.store.keys import Item, Key
from rostering.store.writes import MAX_TOGETHER, MAX_TOGETHER_BYTES, Delete, Insert, Replace, Write

BUSY_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that changes: `was` as it was read (None: not there), `body` as it will be (None: it goes)."""

    key: Key
    was: Item | None
    body: dict[str, Any] | None
    listed: Key | None = None

    @property
    def move(self) -> Moved:
        return moved(self.was.body if self.was else {}, self.body or {})

    def item(self) -> Item:
        """The item that will be there."""
        listed = self.listed or (self.was.listed if self.was else None)
        return Item(self.key, self.body or {}, self.was.version + 1 if self.was else 1, listed,
                    self.was.expires if self.was else None)

    def write(self) -> Write:
        if self.body is None:
            return Delete(self.key, was=self.was.version if self.was else None)
        return Replace(self.item()) if self.was else Insert(self.item())


@dataclass(frozen=True, slots=True)
class Act:
    """What is to be done. `begun` and `done` are the record's body on the way and at the end.

    `marks` are written with the record; the steps of one part are never torn apart.
    """

    record: Key
    was: Item | None
    begun: dict[str, Any]
    done: dict[str, Any]
    marks: list[Step]
    parts: list[list[Step]]
    last: list[Step]


def carry_out(store: Any, act: Act, *, renew: Callable[[], None], most: int = MAX_TOGETHER) -> bool:
    """Do all of it. False: somebody else wrote one of the things meanwhile; read again and ask again.

    `renew` is called before each transaction after the first; `most` writes go into one.
    """
    done = Step(act.record, act.was, act.done)
    if _fits(whole := [done, *act.marks, *(step for part in act.parts for step in part), *act.last], most):
        return _write(store, whole)
    begun = Step(act.record, act.was, act.begun)
    if not _write(store, [begun, *act.marks]):
        return False
    for steps in _packed(act.parts, most):
        renew()
        if not _write(store, steps):
            return False
    renew()
    return _write(store, [Step(act.record, begun.item(), act.done), *act.last])


@contextmanager
def turn(ports: Ports, site: str, name: str) -> Iterator[Callable[[], None]]:
    """The site's lease for a short act, so that no load applies meanwhile; gives what renews it.

    Plans that were made before are made again: an id may lead elsewhere now. `name` is the same for the
    same act: who asks again after a failure goes on.

    Raises Refusal (409 BUSY) while somebody else holds it.
    """
    ground = Ground(ports.store, ports.work, site, name, "", b"", ports.time())
    if not lease.take(ground):
        raise busy("A load is being applied right now. Try again in a moment.")
    try:
        yield lambda: lease.keep(ground)
    finally:
        lease.release_moved(ground)


def busy(sentence: str) -> Refusal:
    return Refusal(409, "BUSY", sentence, headers={"Retry-After": str(BUSY_SECONDS)})


def _write(store: Any, steps: Iterable[Step]) -> bool:
    return store.write_together([step.write() for step in steps])


def _packed(parts: list[list[Step]], most: int) -> Iterator[list[Step]]:
    """The parts, as many at a time as one transaction takes."""
    steps: list[Step] = []
    for part in parts:
        if steps and not _fits([*steps, *part], most):
            yield steps
            steps = []
        steps = [*steps, *part]
    if steps:
        yield steps


def _fits(steps: list[Step], most: int) -> bool:
    return len(steps) <= most and sum(
        weight(pack(step.item())) for step in steps if step.body is not None) <= MAX_TOGETHER_BYTES

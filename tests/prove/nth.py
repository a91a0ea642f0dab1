"""A fault at every call: before it, or after it (a lost reply), then everybody does what AWS and people do.

A path is a row of turns (deliver an order, do a step of a workflow, send a request). For each turn the n-th call
fails, for n = 1, 2, 3 … until no call is left, each time in a process forked from the state before the turn; the one
that failed goes on as it would (redelivery, retry, the same request again) until it stands where the undisturbed turn
stands. Then both tables must be equal line by line, ids and times blanked. Since every turn ends in the same state, so
does the path.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.prove import child
from tests.prove.cloud import Cloud, approve, held, lines, passing
from tests.prove.sources import District, Zone
from tests.unit.import_sheet import office as sheets

Turn = Callable[[], Any]
_MOST_TURNS = 12


@dataclass
class Tried:
    """How many calls failed in a path, and what came out otherwise than undisturbed."""

    turns: int = 0
    calls: int = 0
    wrong: list[str] = field(default_factory=list)


def book(students: int, *, grade: str = "04", **how: Any) -> bytes:
    return sheets.workbook([sheets.student(n, grade=grade) for n in range(1, students + 1)], **how)


def turns(cloud: Cloud) -> Iterator[Turn]:
    while cloud.queue or any(not one.over and not one.token for one in cloud.running.values()):
        yield cloud.turn


def sheet(cloud: Cloud, size: int) -> Iterator[Turn]:
    """A drop, to the end; then the same people with changes."""
    cloud.drop(book(size))
    yield from turns(cloud)
    cloud.drop(book(size + 2, grade="05"))
    yield from turns(cloud)


def held_and_approved(cloud: Cloud, size: int) -> Iterator[Turn]:
    """A complete list that is held, and approved."""
    cloud.drop(book(size))
    cloud.settle()
    cloud.drop(book(size // 2, complete=True))
    yield from turns(cloud)
    (load,) = held(cloud)
    yield lambda: _must(approve(cloud, load))
    yield from turns(cloud)


def undone(cloud: Cloud, size: int) -> Iterator[Turn]:
    """A load that is taken back."""
    cloud.drop(book(size))
    cloud.settle()
    cloud.drop(book(size + 3, grade="05"))
    cloud.settle()
    load = max(cloud.loads())
    cloud.drop(book(size + 3, grade="05"))  # a second file of the same, which says nothing new
    cloud.settle()
    yield lambda: _must(cloud.ask("POST", f"/loads/{load}/undo", body={"reason": "a wrong sheet"}), also=(409,))
    yield from turns(cloud)


def printed(cloud: Cloud, size: int) -> Iterator[Turn]:
    """A drop, to the account sheets of the new accounts."""
    cloud.prints = True
    cloud.drop(book(size))
    yield from turns(cloud)


def zone(cloud: Cloud, size: int) -> Iterator[Turn]:
    """A SIF zone is drained, and what came is loaded."""
    Zone(cloud, size).order()
    yield from turns(cloud)


def district(cloud: Cloud, size: int) -> Iterator[Turn]:
    """GG4L is polled, a district is pulled, and what came is loaded (after somebody looked at it)."""
    found = District(cloud, size)
    found.ask("poll")
    yield from turns(cloud)
    for load in held(cloud):
        yield lambda load=load: _must(approve(cloud, load))
        yield from turns(cloud)


def account(cloud: Cloud, size: int) -> Iterator[Turn]:
    """An account is made by hand, with a guardian and first secrets."""
    cloud.drop(book(2))
    cloud.settle()
    order = {
        "role": "Student",
        "school": "0012",
        "fields": {"first_name": "Mia", "last_name": "Moss", "grade": "04"},
        "guardians": [{"fields": {"first_name": "Eve", "last_name": "Moss", "email": "eve@example.org"}}],
        "reason": "not in the sheet",
    }
    yield lambda: _must(cloud.ask("POST", "/accounts", body=order, headers={"Idempotency-Key": "k1"}))
    yield from turns(cloud)


def batch(cloud: Cloud, size: int) -> Iterator[Turn]:
    """First secrets of a school are reset together, and some are switched off together."""
    cloud.drop(book(size))
    cloud.settle()
    for action in ("reset", "deactivate"):
        order = {"action": action, "filter": {"school": "0012", "role": "Student"}, "reason": "after the holidays"}
        looked: list[str] = []

        def look(order: Any = order, looked: Any = looked) -> None:
            looked.append(_must(cloud.ask("POST", "/batches", body=order | {"dry_run": True}))["batch"])

        yield look
        yield lambda looked=looked: _must(cloud.ask("POST", f"/batches/{looked[-1]}/run"))
        yield from turns(cloud)


PATHS: dict[str, Callable[[Cloud, int], Iterator[Turn]]] = {
    "sheet drop, load": sheet,
    "held, approved": held_and_approved,
    "undo": undone,
    "account sheets": printed,
    "SIF pull": zone,
    "GG4L pull": district,
    "account by hand": account,
    "batch": batch,
}


def every_call(path: str, size: int, after: bool, every: int = 1) -> Tried:
    """Let each call (or every so many) of a path fail once."""
    cloud, tried = Cloud(), Tried()
    for turn in PATHS[path](cloud, size):
        tried.turns += 1
        calm = child.alone(lambda turn=turn: _undisturbed(cloud, turn), hang_seconds=120)
        if calm.error:
            tried.wrong.append(f"turn {tried.turns}, undisturbed: {calm.error}")
            return tried
        for n in itertools.count(1, every):
            if n > calm.result["calls"]:
                break
            found = child.alone(lambda turn=turn, n=n: _struck(cloud, turn, n, after, calm.result), hang_seconds=120)
            tried.calls += 1
            if found.result == "elsewhere":
                calm.result["end"] = child.alone(lambda turn=turn: _end(cloud, turn), hang_seconds=120).result
                found = child.alone(
                    lambda turn=turn, n=n: _struck(cloud, turn, n, after, calm.result), hang_seconds=120
                )
            said = found.error or found.result
            if said:
                where = [one.at for one in cloud.running.values() if not one.over]
                tried.wrong.append(f"turn {tried.turns} ({', '.join(where) or 'order or request'}), call {n}: {said}")
        turn()
    return tried


def _undisturbed(cloud: Cloud, turn: Turn) -> dict[str, Any]:
    before = cloud.calls.made
    turn()
    return {"calls": cloud.calls.made - before, "place": cloud.place, "lines": _lines(cloud)}


def _end(cloud: Cloud, turn: Turn) -> list[str]:
    turn()
    cloud.settle()
    return _lines(cloud)


def _struck(cloud: Cloud, turn: Turn, n: int, after: bool, calm: dict[str, Any]) -> str:
    """What is otherwise than undisturbed after the n-th call failed; "" if nothing."""
    cloud.calls.fail, cloud.calls.after = cloud.calls.made + n, after
    turn()
    for _ in range(_MOST_TURNS):
        if cloud.place == calm["place"] or not cloud.turn():
            break
    expected = calm["lines"]
    if cloud.place != calm["place"]:
        # an order more waits, or came through: then the end is compared, when all orders are done
        if not calm.get("end"):
            return "elsewhere"
        cloud.settle()
        expected = calm["end"]
    more, fewer = _difference(_lines(cloud), expected)
    return f"more: {more[:3]}, fewer: {fewer[:3]}"[:1_500] if more or fewer else ""


# What an attempt that came to nothing may leave: a preview that nobody ran, a request that no zone was sent, and the
# audit of each attempt to print, which stands before anybody can have seen what was printed.
_ATTEMPT = re.compile(
    r'"state":"preview"|^\S+#BATCH#\S+ PART|batch\.asked|password\.exported|export\.made|"state":"sending"'
)


def _lines(cloud: Cloud) -> list[str]:
    return [line for line in lines(cloud.store, but=passing) if not _ATTEMPT.search(line)]


def _difference(one: list[str], other: list[str]) -> tuple[list[str], list[str]]:
    from collections import Counter

    had, has = Counter(other), Counter(one)
    return sorted((has - had).elements()), sorted((had - has).elements())


def _must(answer: Any, also: tuple[int, ...] = ()) -> Any:
    if answer.status >= 300 and answer.status not in also:
        raise AssertionError(f"{answer.status} {answer.text[:300]}")
    return answer.body

"""Faults: one at every call, a quarter of all calls, workers that are killed."""

from __future__ import annotations

from infra.local import dynamodb_local
from tests.prove import crash, nth, storm
from tests.prove.results import Section
from tests.prove.spread import spread

SIZE, LONG_SIZE = 4, 1_000  # students of a path; with their classes 2,000 rows
EVERY = 5  # of a short run: each fifth call, so that it takes minutes


def run(*, command: str, seed: int = 1, long: bool = False) -> Section:
    section = Section("faults", "Faults and crashes", command)
    _at_every_call(section, long=long)
    try:
        _in_a_storm(section, seed, long=long)
        _under_kills(section, seed, long=long)
    except dynamodb_local.Unavailable as error:
        section.promise(
            "faults and kills over AWS's own engine", "tried", str(error), False, "DynamoDB Local is not here"
        )
    return section


def _at_every_call(section: Section, *, long: bool) -> None:
    every, rows, wrong, count = 1 if long else EVERY, [], [], 0
    orders = [
        (path, LONG_SIZE if long and path == "sheet drop, load" else SIZE, after, every)
        for after in (False, True)
        for path in nth.PATHS
    ]
    for (path, _, after, _), tried in zip(orders, spread(nth.every_call, orders), strict=True):
        kind = "reply lost" if after else "call fails"
        print(f"{path}, {kind}: {tried.calls} calls, {len(tried.wrong)} wrong", flush=True)
        rows.append((path, kind, tried.turns, tried.calls, len(tried.wrong)))
        wrong += [f"{path}, {kind}: {text}" for text in tried.wrong]
        count += tried.calls
    section.promise(
        "a fault at every n-th call of store, files, queue and KMS, before it and after it: the same table in the end",
        "every call; byte-equal with ids and times blanked; audit exactly once",
        f"{count:,} calls of {len(nth.PATHS)} paths, {len(wrong)} wrong",
        not wrong,
        "" if long or wrong else f"each {EVERY}th call; all of them, and 2,000 rows, with --long",
    )
    section.table(("path", "fault", "turns", "calls that failed", "wrong"), rows)
    section.texts.append(
        "Of attempts that came to nothing there may remain a preview that nobody ran, a request that no zone was "
        "sent, and the audit of an attempt to print. A batch that is ordered without a preview and whose answer is "
        "lost is a second batch when it is ordered again: preview and run are safe to repeat, as the command line "
        "does it.\n"
    )
    _list(section, wrong)


def _in_a_storm(section: Section, seed: int, *, long: bool) -> None:
    rows = storm.LONG_ROWS if long else storm.ROWS
    weather, more, fewer, calls = storm.survive(rows, seed)
    section.promise(
        "25 % of calls faulted nine ways: nothing acknowledged is lost",
        "50,000 rows",
        f"{rows:,} rows, {storm.LOADS} loads on DynamoDB Local, {sum(weather.met.values()):,} of {calls:,} calls "
        f"faulted; "
        f"{len(more)} lines too many, {len(fewer)} missing",
        not more and not fewer,
        "" if rows >= storm.LONG_ROWS or more or fewer else f"{rows:,} rows; 50,000 with --long",
    )
    never = [kind for kind in storm.KINDS if not weather.met[kind]]
    section.promise("each of the nine ways is met", "9", f"{9 - len(never)}", not never, ", ".join(never))
    section.table(("fault", "met"), ((kind, weather.met[kind]) for kind in storm.KINDS))
    section.texts.append(
        f"A stale read is one of the index, in which what the last {storm.BEHIND} writing calls wrote is missing "
        f"({weather.unseen} entries were not seen); everything else is read consistently. Events that come twice or "
        f"out of order are those of {storm.PARTS} sheets dropped at once, and of the orders behind them.\n"
    )
    _list(section, [*(f"too many: {line[:300]}" for line in more), *(f"missing: {line[:300]}" for line in fewer)])


def _under_kills(section: Section, seed: int, *, long: bool) -> None:
    kills = crash.LONG_KILLS if long else crash.KILLS
    students = crash.STUDENTS
    workers, loads, more, fewer = crash.survive(kills, seed, students)
    section.promise(
        "kill -9 of workers at random points: 0 lost, 0 double",
        "200 points of 2,000-row imports",
        f"{workers.killed} kills in {loads} imports of {2 * students:,} rows ({workers.done} pieces of work done), on "
        f"DynamoDB Local and disk; {len(more)} lines too many, {len(fewer)} missing",
        not more and not fewer,
        "" if workers.killed >= crash.LONG_KILLS or more or fewer else f"{workers.killed} kills; 200 with --long",
    )
    _list(section, [*(f"too many: {line[:300]}" for line in more), *(f"missing: {line[:300]}" for line in fewer)])


def _list(section: Section, wrong: list[str]) -> None:
    if wrong:
        section.texts.append("Not as promised:\n\n" + "\n".join(f"- `{text[:700]}`" for text in wrong[:40]) + "\n")

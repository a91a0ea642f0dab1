"""What makes a line of a digest.

| part    | code           | when                                                                      |
|---------|----------------|---------------------------------------------------------------------------|
| changed | load.done      | a load was done since the digest before                                   |
| changed | load.undone    | a load was taken back                                                     |
| changed | stage.open     | a stage of a school was opened                                            |
| held    | load.held      | a load waits for a decision                                               |
| held    | match.open     | people wait to be recognized                                              |
| held    | source.waits   | a zone or GG4L waits for an approval                                      |
| wrong   | load.failed    | a load failed on our side                                                 |
| wrong   | load.back      | what came was turned back                                                 |
| wrong   | source.silent  | a connection has not been pulled for 24 hours, or needs an administrator  |
| wrong   | pull.dead      | a pull was begun or ordered, and nothing has come of it for 6 hours       |
| wrong   | school.back    | a school missed nothing for a stage, and does now                         |
| wrong   | batch.failed   | a batch failed, or stands still                                           |
| wrong   | export.failed  | an export that was asked for was never made                               |
| wrong   | account.locked | accounts are locked after wrong tries                                     |
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any, Literal

from rostering.clock import moment
from rostering.model import COUNTED

Part = Literal["changed", "held", "wrong"]
PARTS: tuple[Part, ...] = ("changed", "held", "wrong")
MOST_LINES = 200
SILENT = timedelta(hours=24)
DEAD = timedelta(hours=6)
_STANDS_STILL = timedelta(hours=1)
_STOPPED = ("SUSPENDED", "EXPIRED", "FAILED")
_WHOSE = {"Teacher": "Teachers and staff", "Student": "Students", "Guardian": "Guardians"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its sentence, the command that says why, and the path of the API that does (below the site)."""

    part: Part
    code: str
    text: str
    command: str = ""
    path: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Connected:
    """One connection: `what` is zone or gg4l, `paused` a reason, `waits` what it waits for ("": nothing).

    `heard_at` is when it was last pulled with an answer; `pull` the state of the newest pull, moved at `pull_at`.
    """

    what: str
    name: str
    paused: str = ""
    waits: str = ""
    state: str = ""
    message: str = ""
    heard_at: str = ""
    added_at: str = ""
    pull: str = ""
    pull_at: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """A school: by stage what it misses, and since when it is open ("": it isn't)."""

    school: str
    name: str = ""
    missing: dict[str, list[str]] = field(default_factory=dict)
    opened: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a digest tells of: from `since` to `now`. `before` is how schools stood at the digest before.

    `loads` are the newest loads, `matches` the times since when open ones wait, `exports` the numbers of
    those that were never made, `locked` the number of locked accounts.
    """

    now: str
    since: str
    loads: list[dict[str, Any]] = field(default_factory=list)
    matches: list[str] = field(default_factory=list)
    connections: list[Connected] = field(default_factory=list)
    batches: list[dict[str, Any]] = field(default_factory=list)
    exports: list[str] = field(default_factory=list)
    schools: list[Standing] = field(default_factory=list)
    before: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    locked: int = 0


def lines(facts: Facts) -> list[dict[str, Any]]:
    """The lines of a digest, by part in order, as they are kept; at most 200."""
    found = [line for made in (_loads, _matches, _connections, _schools, _work, _accounts) for line in made(facts)]
    return [asdict(line) for line in sorted(found, key=lambda line: PARTS.index(line.part))[:MOST_LINES]]


def counts(told: list[dict[str, Any]]) -> dict[str, int]:
    """How many lines of each code, and of each part; matches and locked accounts by their own number."""
    found = dict.fromkeys(PARTS, 0)
    for line in told:
        found[line["part"]] += 1
        found[line["code"]] = found.get(line["code"], 0) + line["count"]
    return found


def _loads(facts: Facts) -> Iterator[Line]:
    for body in facts.loads:
        number, state, source = body["load"], body["state"], body.get("source") or "a file"
        where = {"command": f"rollbook show {number}", "path": f"loads/{number}"}
        if state == "held":
            yield Line("held", "load.held", f"Load {number} of {source} has waited for "
                       f"{_age(body.get('received_at', facts.now), facts.now)} for a decision.", **where)
        elif body.get("updated_at", "") <= facts.since:
            continue
        elif state == "done" and (moved := _moved(body)):
            yield Line("changed", "load.done", f"Load {number} of {source} brought records: {moved}.", **where)
        elif state == "undone":
            yield Line("changed", "load.undone", f"Load {number} of {source} was taken back.", **where)
        elif state == "failed":
            yield Line("wrong", "load.failed", f"Load {number} of {source} failed on our side. Nothing is lost: "
                       "hand the same in again, it goes on where it stopped.", **where)
        elif state == "turned_back":
            code = body.get("message", "").partition(":")[0]
            yield Line("wrong", "load.back", f"Load {number} of {source} was turned back ({code or 'see why'}): "
                       "nothing was loaded.", **where)


def _moved(body: dict[str, Any]) -> str:
    sums = {what: sum(body.get("counts", {}).get(kind, {}).get(what, 0) for kind in COUNTED)
            for what in ("new", "changed", "deactivated")}
    words = {"new": "new", "changed": "changed", "deactivated": "switched off"}
    return ", ".join(f"{count:,} {words[what]}" for what, count in sums.items() if count)


def _matches(facts: Facts) -> Iterator[Line]:
    if facts.matches:
        oldest = _age(min(facts.matches), facts.now)
        yield Line("held", "match.open", f"{_people(len(facts.matches))} to be recognized, the oldest for {oldest}.",
                   "rollbook matches", "matches", len(facts.matches))


def _connections(facts: Facts) -> Iterator[Line]:
    for one in facts.connections:
        name = f"Zone {one.name}" if one.what == "zone" else f"District {one.name} at GG4L" if one.name else "GG4L"
        where = ({"command": f"rollbook zone show {one.name}", "path": f"zones/{one.name}"} if one.what == "zone" else
                 {"command": f"rollbook gg4l show {one.name}", "path": f"gg4l/districts/{one.name}"} if one.name else
                 {"command": "rollbook gg4l connection", "path": "gg4l"})
        if one.paused:
            continue
        if one.waits:
            yield Line("held", "source.waits", f"{name} waits: {one.waits}", **where)
            continue
        silent = moment(facts.now) - moment(one.heard_at or one.added_at or facts.now) > SILENT
        if one.state in ("needs_administrator", *_STOPPED):
            yield Line("wrong", "source.silent", f"{name} needs somebody. {one.message}".strip(), **where)
        elif silent:
            since = f"since {one.heard_at[:16]}" if one.heard_at else "at all"
            yield Line("wrong", "source.silent", f"{name} has not answered {since}.", **where)
        if one.pull in ("waiting", "running") and moment(facts.now) - moment(one.pull_at) > DEAD:
            yield Line("wrong", "pull.dead", f"A pull of {name[:1].lower() + name[1:]} has stood still since "
                       f"{one.pull_at[:16]}.", **where)


def _schools(facts: Facts) -> Iterator[Line]:
    for one in facts.schools:
        about, where = one.name or one.school, f"schools/{one.school}"
        for stage, at in one.opened.items():
            if at > facts.since:
                yield Line("changed", "stage.open", f"{_WHOSE[stage]} of {about} can sign in now.",
                           f"rollbook hand-out show --school {one.school}", f"{where}/hand-out")
        known = facts.before.get(one.school, {})
        for stage, missing in one.missing.items():
            if missing and known.get(stage) == []:
                yield Line("wrong", "school.back", f"{about} was ready for {_WHOSE[stage].lower()}, and misses now: "
                           f"{', '.join(missing)}.", f"rollbook ready --school {one.school}", f"{where}/readiness")


def _work(facts: Facts) -> Iterator[Line]:
    for body in facts.batches:
        still = body["state"] == "running" and moment(facts.now) - moment(body["began_at"]) > _STANDS_STILL
        failed = body["state"] == "failed" and body.get("ended_at", "") > facts.since
        if still or failed:
            yield Line("wrong", "batch.failed", f"Batch {body['batch']} ({body['action']}) "
                       f"{'failed' if failed else 'stands still'}: {body['done']:,} of {body['total']:,} done.",
                       f"rollbook batch show {body['batch']}", f"batches/{body['batch']}")
    if facts.exports:
        yield Line("wrong", "export.failed", f"{len(facts.exports):,} exports were asked for and never made: "
                   "ask for them again.", "rollbook audit --action export.made", "audit", len(facts.exports))


def _accounts(facts: Facts) -> Iterator[Line]:
    if facts.locked:
        accounts = "1 account is" if facts.locked == 1 else f"{facts.locked:,} accounts are"
        yield Line("wrong", "account.locked", f"{accounts} locked after wrong tries.",
                   'rollbook batch unlock --dry-run --reason "…"', "accounts", facts.locked)


def _age(since: str, now: str) -> str:
    days = (moment(now) - moment(since)).days
    return "less than a day" if days < 1 else "1 day" if days == 1 else f"{days:,} days"


def _people(count: int) -> str:
    return "1 person waits" if count == 1 else f"{count:,} people wait"

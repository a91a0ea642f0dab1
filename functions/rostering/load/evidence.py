"""The evidence of a plan: what each shard counts for people to see and for the gate to judge, and its sum.

A sum may be about a million people: of those who come or go it keeps lines of some 30 characters.
"""

from __future__ import annotations

import hashlib
import string
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import orjson

from rostering import gate, snapshot
from rostering.diff import Outcome
from rostering.load.manifest import COUNTED_AS, FeedManifest
from rostering.model import COUNTED, GRADES, Counts, Entity
from rostering.names import fold_name

Pair = tuple[str, str]      # new key, old key
_PAIRED = ("student", "staff")
_STANDS = ("active", "pending")
# After 12 no grade is the last one of a school, and these say nothing of an age.
_GRADES = {grade: place for place, grade in enumerate(GRADES) if place <= GRADES.index("12")}
_WHO, _NAME = 16, 8         # hexadecimal digits of a line's fingerprints; the key follows
_ROWS_OF = {"student": "students", "staff": "staff", "guardian": "guardians", "section": "sections",
            "enrollment": "rosters"}


@dataclass(slots=True)
class Tally:
    """Per kind and school: what the gate judges.

    `absent` are those who stood active and are not mentioned where they should be; `said` counts
    rows of others than those who stood active.
    """

    new: int = 0
    changed: int = 0
    off: int = 0
    moved_names: int = 0
    moved_emails: int = 0
    absent: int = 0
    said: int = 0


@dataclass(slots=True)
class Stats:
    """What planning one shard found, compared with the snapshot that load `ground` made.

    `new_prints` and `going_prints` are lines about the people who come and go: who it is (name and
    birth date or email, as a fingerprint; zeros if neither is known), a fingerprint of the name, the
    key. An entry holds one line or several. `signs` are what changed rows of a kind have in common,
    `leavers` counts students who go by "grade|school", `tops` is each school's highest grade (their
    places in `GRADES`). `followers` are [guardian key, student key, whether the student is off] of
    links that bear on the guardian now. `erased` are [kind, key, row] of people whom nobody brings back.
    `crowded` are those (`kind/key`) that would have more pairs than there is room for (`rostering.crowds`).
    """

    ground: str = ""
    skipped: bool = False
    counts: dict[str, Counts] = field(default_factory=dict)
    tallies: dict[str, dict[str, Tally]] = field(default_factory=dict)
    new_prints: dict[str, list[str]] = field(default_factory=dict)
    going_prints: dict[str, list[str]] = field(default_factory=dict)
    next: snapshot.Shard = field(default_factory=snapshot.Shard)
    changes: int = 0
    followers: list[list[Any]] = field(default_factory=list)
    signs: dict[str, dict[str, int]] = field(default_factory=dict)
    leavers: dict[str, int] = field(default_factory=dict)
    tops: dict[str, int] = field(default_factory=dict)
    erased: list[list[Any]] = field(default_factory=list)
    crowded: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, data: bytes) -> Stats:
        stored = orjson.loads(data)
        leave = {at.partition("|")[2] for at in stored["leavers"]}
        # Where nobody was before, nobody is the same person under another id.
        new = stored["new_prints"] if stored["ground"] else {}
        return cls(stored["ground"], stored["skipped"],
                   {kind: Counts(**c) for kind, c in stored["counts"].items()},
                   {kind: {sys.intern(school): Tally(**t) for school, t in schools.items()}
                    for kind, schools in stored["tallies"].items()},
                   {kind: ["\n".join(lines)] for kind, lines in new.items()},
                   {kind: ["\n".join(lines)] for kind, lines in stored["going_prints"].items()},
                   snapshot.Shard(**stored["next"]), stored["changes"], stored["followers"], stored["signs"],
                   stored["leavers"],
                   {sys.intern(school): top for school, top in stored["tops"].items() if school in leave},
                   stored.get("erased", []), stored.get("crowded", []))


def count(stats: Stats, outcome: Outcome) -> None:
    """Add one outcome to the counts that people see and to the tallies that the gate judges."""
    entity, change = outcome.after, outcome.change
    counts = _counts(stats, entity.kind)
    if entity.kind == "student" and entity.fields:
        _grade(stats, entity, goes=change is not None and change.action == "deactivate")
    if outcome.said and entity.standing not in _STANDS and entity.fields:
        _tally(stats, entity.kind, entity.fields.get("school", "")).said += 1
    if change is None:
        counts.unchanged += outcome.said and bool(entity.standing)      # "" has no account: nothing to be unchanged
        counts.missing += _waits(outcome)
    else:
        tally = _tally(stats, entity.kind, change.school)
        tally.absent += change.rule in ("absent", "missing")
        if change.action in ("create", "reactivate"):
            counts.new += change.action == "create"
            counts.changed += change.action == "reactivate"
            tally.new += 1
            tally.said += outcome.said
            if change.action == "create":
                note(stats.new_prints, entity)
        elif change.action == "deactivate":
            counts.deactivated += 1
            counts.missing += change.rule == "absent"
            tally.off += 1
            note(stats.going_prints, entity)
        elif _waits(outcome):
            counts.missing += 1
        elif change.fields:
            counts.changed += 1
            tally.changed += 1
            tally.moved_names += "last_name" in change.fields
            tally.moved_emails += "email" in change.fields and None not in change.fields["email"]
            if entity.kind in _PAIRED:
                _look(stats, outcome)
        else:
            counts.unchanged += outcome.said
    if entity.kind in ("section", "group"):
        _count_pairs(stats, outcome)


def _waits(outcome: Outcome) -> bool:
    """Whether somebody is missing from a connection's pull, and not off yet."""
    return outcome.after.missed > 0 and not outcome.said and outcome.after.standing != "inactive"


def _counts(stats: Stats, kind: str) -> Counts:
    """What people see of a kind; groups are counted by their members."""
    counts = stats.counts.get(COUNTED_AS[kind]) if kind != "group" else Counts()
    if counts is None:
        counts = stats.counts[COUNTED_AS[kind]] = Counts()
    return counts


def _tally(stats: Stats, kind: str, school: str) -> Tally:
    schools = stats.tallies.get(kind)
    if schools is None:
        schools = stats.tallies[kind] = {}
    tally = schools.get(school)
    if tally is None:
        tally = schools[school] = Tally()
    return tally


def _look(stats: Stats, outcome: Outcome) -> None:
    """Count what a changed row may have in common with others."""
    fields, signs = outcome.change.fields, []
    if "grade" in fields:
        signs.append("grades")
    if "last_name" in fields:
        first, last = fields.get("first_name", (None, None)), fields["last_name"]
        if first[0] and last[0] and first[0] == last[1] and first[1] == last[0]:
            signs.append("swapped")
        if outcome.change.doubt:
            signs.append("others")
    if "email" in fields and None not in fields["email"]:
        before, after = (email.lower().partition("@") for email in fields["email"])
        if before[0] == after[0] and before[2] != after[2]:
            signs.append("domains")
    for sign in signs:
        _add(stats.signs.setdefault(outcome.after.kind, {}), sign, 1)


def _grade(stats: Stats, student: Entity, *, goes: bool) -> None:
    place, school = _GRADES.get(student.fields.get("grade"), -1), student.fields.get("school", "")
    if goes:
        _add(stats.leavers, f"{place}|{school}", 1)
    if place > stats.tops.get(school, -1) and (goes or student.standing in _STANDS):
        stats.tops[school] = place


def _count_pairs(stats: Stats, outcome: Outcome) -> None:
    name, kind = ("students", "rosters") if outcome.after.kind == "section" else ("members", "groups")
    counts = stats.counts.setdefault(kind, Counts())
    moved = outcome.change.members.get(name, {}) if outcome.change else {}
    school = outcome.after.fields.get("school", "") if outcome.after.fields else ""
    tally = stats.tallies.setdefault("enrollment", {}).setdefault(school, Tally()) if kind == "rosters" else Tally()
    for before, after in moved.values():
        ended = after.get("status") == "inactive"
        if before is None or before.get("status") == "inactive":
            counts.new += not ended
            tally.new += not ended
        elif ended:
            counts.deactivated += 1
            counts.missing += 1
            tally.off += 1
        else:
            counts.changed += 1
            tally.changed += 1
    counts.unchanged += outcome.same_pairs


def stand(active: dict[str, dict[str, int]], entity: Entity) -> None:
    if entity.standing in ("active", "pending"):
        fields = entity.fields or {}
        school = fields.get("school", "")
        if entity.kind == "guardian":
            school = next((p.get("school", "") for p in entity.members.get("students", {}).values()), "")
        kind = active.setdefault(entity.kind, {})
        kind[school] = kind.get(school, 0) + 1
        if entity.kind == "section":
            pairs = sum(p.get("status") == "active" for p in entity.members.get("students", {}).values())
            enrollments = active.setdefault("enrollment", {})
            enrollments[school] = enrollments.get(school, 0) + pairs


def note(lines: dict[str, list[str]], entity: Entity) -> None:
    """Note who comes or goes: the same person may be there under another id (H-ID-SWAP)."""
    if entity.kind in _PAIRED and entity.fields and "\n" not in entity.key:
        fields = entity.fields
        name = f"{fold_name(fields.get('first_name') or '')}|{fold_name(fields.get('last_name') or '')}".encode()
        second = fields.get("birth_date") or fields.get("email")
        who = "0" * _WHO
        if second:
            told = name + b"|" + second.lower().encode(errors="surrogatepass")
            who = hashlib.blake2b(told, digest_size=_WHO // 2).hexdigest()
        lines.setdefault(entity.kind, []).append(f"{who}{crc32(name):0{_NAME}x}{entity.key}")


def pairs_of(stats: Iterable[Stats]) -> dict[str, list[Pair]]:
    """Per kind, one to one: (new key, old key) of who seems to be the same person under another id.

    First by name and birth date or email; then, for whom neither is known on one side, by name and
    the id without prefix letters and zeros in front (S4512 is 004512). Whoever has a double on one
    side is left out. In the order of the new keys.
    """
    prints = _prints(stats)
    return {kind: pairs for kind in _PAIRED if (pairs := _pairs(prints, kind))}


@dataclass(frozen=True, slots=True)
class _Prints:
    """Of the stats of a shard, the lines about the people who come and go."""

    new_prints: dict[str, list[str]]
    going_prints: dict[str, list[str]]


def _prints(stats: Iterable[Stats]) -> list[_Prints]:
    return [_Prints(found.new_prints, found.going_prints) for found in stats
            if found.new_prints or found.going_prints]


def _pairs(stats: list[_Prints], kind: str) -> list[Pair]:
    pairs = [(_key(new), _key(old)) for new, old in
             _joined(stats, kind, lambda line: line[:_WHO] if _known(line) else "")]
    if any(not _known(line) for name in ("new_prints", "going_prints") for line in _lines(stats, name, kind)):
        pairs += _by_bare_id(stats, kind, {key for pair in pairs for key in pair})
    return sorted(pairs)


def _by_bare_id(stats: list[_Prints], kind: str, paired: set[str]) -> list[Pair]:
    """The pairs, of those who are in none yet, of whom too little is known on one side."""
    def mark(line: str) -> str:
        key = _key(line)
        core = key.lstrip(string.ascii_letters).lstrip("0")
        return f"{line[_WHO:_WHO + _NAME]}{core}" if core and key not in paired else ""

    return [(_key(new), _key(old)) for new, old in _joined(stats, kind, mark) if not (_known(new) and _known(old))]


def _joined(stats: list[_Prints], kind: str, mark: Callable[[str], str]) -> list[tuple[str, str]]:
    """(new line, going line) where just one of each has a mark; "" marks nobody."""
    going: dict[str, str] = {}
    for line in _lines(stats, "going_prints", kind):
        if who := mark(line):
            going[who] = "" if who in going else line
    fresh: dict[str, str] = {}
    for line in _lines(stats, "new_prints", kind) if going else ():
        if (who := mark(line)) in going:
            fresh[who] = "" if who in fresh else line
    return [(new, old) for who, new in fresh.items() if new and (old := going[who])]


def _lost_zeros(stats: list[_Prints], kind: str) -> int:
    """How many new keys are those of a going one without the zeros in front."""
    zeros = {key.lstrip("0") for line in _lines(stats, "going_prints", kind)
             if (key := _key(line)).startswith("0")}
    return sum(_key(line) in zeros for line in _lines(stats, "new_prints", kind)) if zeros else 0


def _lines(stats: list[_Prints], name: str, kind: str) -> Iterator[str]:
    for found in stats:
        for lines in getattr(found, name).get(kind, ()):
            yield from lines.split("\n")


def _key(line: str) -> str:
    return line[_WHO + _NAME:]


def _known(line: str) -> bool:
    return line[:_WHO] != "0" * _WHO


def counts_of(manifest: FeedManifest, stats: Mapping[Any, Stats]) -> dict[str, Counts]:
    counts = {kind: Counts(rows=manifest.counts.get(kind, {}).get("rows", 0),
                           problems=manifest.counts.get(kind, {}).get("problems", 0)) for kind in COUNTED}
    for found in stats.values():
        for kind, part in found.counts.items():
            for name in ("new", "changed", "unchanged", "missing", "deactivated"):
                setattr(counts[kind], name, getattr(counts[kind], name) + getattr(part, name))
    for kind, number in manifest.about.get("as_before", {}).items():
        counts[kind].unchanged += number
    return counts


def figures_of(manifest: FeedManifest, stats: Mapping[Any, Stats], known: snapshot.Snapshot) -> dict[str, gate.Figures]:
    figures = {kind: gate.Figures(active=active) for kind, active in known.active().items()}
    for found in stats.values():
        for kind, schools in found.tallies.items():
            figure = figures.setdefault(kind, gate.Figures())
            for school, tally in schools.items():
                for name in ("new", "changed", "off", "moved_names", "moved_emails", "absent", "said"):
                    if number := getattr(tally, name):
                        _add(getattr(figure, name), school, number)
        for kind, signs in found.signs.items():
            for sign, number in signs.items():
                _add(figures[kind].signs, sign, number)
    if "student" in figures:
        _grades(figures["student"], stats.values())
    prints = _prints(stats.values())
    for kind in figures.keys() & set(_PAIRED):
        figures[kind].pairs = len(_pairs(prints, kind))
        figures[kind].lost_zeros = _lost_zeros(prints, kind)
    for kind, counted in _ROWS_OF.items():
        if kind in figures:
            figures[kind].rows = manifest.counts.get(counted, {}).get("rows", 0)
    return figures


def forget(figures: dict[str, gate.Figures], pairs: dict[str, list[Pair]]) -> None:
    """Those `pairs` were re-keyed: they explain nothing any more."""
    for kind in pairs:
        figures[kind].pairs = figures[kind].lost_zeros = 0


def _grades(figure: gate.Figures, stats: Iterable[Stats]) -> None:
    for found in stats:
        for at, number in found.leavers.items():
            place, _, school = at.partition("|")
            _add(figure.leavers, (school, int(place)), number)
        for school, top in found.tops.items():
            figure.tops[school] = max(top, figure.tops.get(school, -1))


def _add(totals: dict[Any, int], at: Any, number: int) -> None:
    totals[at] = totals.get(at, 0) + number

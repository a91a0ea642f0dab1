"""Plan one shard: what the feed would change, with its cause, stored before the first write.

Reads the shard of the feed and the shard of the snapshot, writes the changes, the snapshot that
stands when they are applied, and the figures the gate judges. Reads no account.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from rostering import feed, snapshot
from rostering.diff import Change, Outcome, Scope, diff, due
from rostering.load import paths
from rostering.model import Counts, Entity
from rostering.people import fold_name
from rostering.snapshot import Files

# The kinds as counts name them, and the set whose pairs are counted (once, on its leading side).
COUNTED_AS = {"school": "schools", "term": "terms", "staff": "staff", "student": "students",
              "guardian": "guardians", "course": "courses", "section": "sections", "group": "groups"}
_NAMES = ("first_name", "last_name")


@dataclass(slots=True)
class Tally:
    """Per kind and school: what the gate judges."""

    new: int = 0
    changed: int = 0
    off: int = 0
    moved_names: int = 0
    moved_emails: int = 0


@dataclass(slots=True)
class Stats:
    """What planning one shard found, compared with the snapshot that load `ground` made.

    `new_prints` and `going_prints` are fingerprints of the people who come and go.
    """

    ground: str = ""
    skipped: bool = False
    counts: dict[str, Counts] = field(default_factory=dict)
    tallies: dict[str, dict[str, Tally]] = field(default_factory=dict)
    new_prints: dict[str, list[str]] = field(default_factory=dict)
    going_prints: dict[str, list[str]] = field(default_factory=dict)
    next: snapshot.Shard = field(default_factory=snapshot.Shard)
    changes: int = 0

    @classmethod
    def read(cls, data: bytes) -> Stats:
        stored = orjson.loads(data)
        return cls(stored["ground"], stored["skipped"],
                   {kind: Counts(**c) for kind, c in stored["counts"].items()},
                   {kind: {school: Tally(**t) for school, t in schools.items()}
                    for kind, schools in stored["tallies"].items()},
                   stored["new_prints"], stored["going_prints"],
                   snapshot.Shard(**stored["next"]), stored["changes"])


@dataclass(frozen=True, slots=True)
class FeedManifest:
    """A feed at a glance. `shards` lists per phase each shard's digest and entities per counted kind."""

    site: str
    load: str
    source: str
    load_type: str
    today: str
    scope: dict[str, Any]
    shards: dict[str, list[dict[str, Any]]]
    counts: dict[str, dict[str, int]]

    @classmethod
    def read(cls, files: Files, site: str, load: str) -> FeedManifest:
        return cls(**orjson.loads(files.read(paths.feed(site, load))))

    def write(self, files: Files) -> None:
        files.write(paths.feed(self.site, self.load), orjson.dumps(asdict(self)))

    @property
    def diff_scope(self) -> Scope:
        """Where absence means something in this feed."""
        return Scope(frozenset(self.scope["kinds"]), frozenset(self.scope["schools"]),
                     {kind: frozenset(tuple(k) if isinstance(k, list) else k for k in keys)
                      for kind, keys in self.scope["present"].items()})


    def digest(self, phase: str, shard: int) -> str:
        """What one shard says, absences included: the same rows say more in a complete list."""
        told = self.shards[phase][shard]["digest"]
        if not self.scope["kinds"]:
            return told
        scope = orjson.dumps(self.scope, option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(told.encode() + scope).hexdigest()


def plan(files: Files, site: str, load: str, phase: str, shard: int) -> Stats:
    """Plan one shard and store the plan. Running it again gives the same files."""
    manifest = FeedManifest.read(files, site, load)
    ground = snapshot.read(files, site, manifest.source)
    entry = manifest.shards[phase][shard]
    count = len(manifest.shards[phase])
    known, exact = ground.shard(phase, shard, count)
    digest = manifest.digest(phase, shard)
    silent = not entry["entities"] and not manifest.scope["kinds"]
    not_due = not known.due or manifest.today < known.due
    if exact and not_due and (silent or known.feed_digest == digest):
        stats = Stats(ground.load, skipped=True, next=known)
        for kind, number in entry["entities"].items():
            stats.counts[kind] = Counts(unchanged=number)
    else:
        seen = (feed.decode(files.read(paths.feed_shard(site, load, phase, shard)))
                if entry["entities"] else iter(()))
        before = snapshot.entities(files, known, shard, count, exact=exact)
        stats = _compare(files, before, seen, manifest, phase, shard)
        stats.ground = ground.load
        stats.next.feed_digest = digest
    files.write(paths.stats(site, load, phase, shard), orjson.dumps(asdict(stats)))
    return stats


def _compare(files: Files, known: Iterable[Entity], seen: Iterable[Entity], manifest: FeedManifest,
             phase: str, shard: int) -> Stats:
    stats, after, lines = Stats(), [], []
    active: dict[str, dict[str, int]] = {}
    dues = []
    for outcome in diff(known, seen, scope=manifest.diff_scope, today=manifest.today):
        entity = outcome.after
        after.append(entity)
        _count(stats, outcome)
        _stand(active, entity)
        if day := due(entity, manifest.today):
            dues.append(day)
        if outcome.change:
            lines.append(orjson.dumps(outcome.change))
    file = paths.snapshot(manifest.site, manifest.load, phase, shard)
    data, _ = feed.encode(after)
    files.write(file, data)
    files.write(paths.changes(manifest.site, manifest.load, phase, shard),
                gzip.compress(b"\n".join(lines), compresslevel=1, mtime=0))
    stats.next = snapshot.Shard(file=file, active=active, due=min(dues, default=""))
    stats.changes = len(lines)
    return stats


def read_changes(files: Files, site: str, load: str, phase: str, shard: int) -> Iterator[Change]:
    """The planned changes of one shard, sorted by kind and key; none if the shard was skipped."""
    key = paths.changes(site, load, phase, shard)
    if not files.exists(key):
        return
    for line in gzip.decompress(files.read(key)).split(b"\n"):
        if line:
            yield Change(**orjson.loads(line))


def _count(stats: Stats, outcome: Outcome) -> None:
    """Add one outcome to the counts that people see and to the tallies that the gate judges."""
    entity, change = outcome.after, outcome.change
    counts = stats.counts.setdefault(COUNTED_AS[entity.kind], Counts()) if entity.kind != "group" else Counts()
    if change is None:
        counts.unchanged += outcome.said and bool(entity.standing)      # "" has no account: nothing to be unchanged
    else:
        tally = stats.tallies.setdefault(entity.kind, {}).setdefault(change.school, Tally())
        if change.action in ("create", "reactivate"):
            counts.new += change.action == "create"
            counts.changed += change.action == "reactivate"
            tally.new += 1
            _fingerprint(stats.new_prints, entity)
        elif change.action == "deactivate":
            counts.deactivated += 1
            counts.missing += change.rule == "absent"
            tally.off += 1
            _fingerprint(stats.going_prints, entity)
        elif change.fields:
            counts.changed += 1
            tally.changed += 1
            tally.moved_names += "last_name" in change.fields
            tally.moved_emails += "email" in change.fields and None not in change.fields["email"]
        else:
            counts.unchanged += outcome.said
    if entity.kind in ("section", "group"):
        _count_pairs(stats, outcome)


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


def _stand(active: dict[str, dict[str, int]], entity: Entity) -> None:
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


def _fingerprint(prints: dict[str, list[str]], entity: Entity) -> None:
    """Note who this is by name and birth date or email: the same person under another id (H-ID-SWAP)."""
    fields = entity.fields or {}
    second = fields.get("birth_date") or fields.get("email")
    if entity.kind in ("student", "staff") and second:
        who = "|".join([*(fold_name(fields.get(name, "")) for name in _NAMES), second.lower()])
        prints.setdefault(entity.kind, []).append(hashlib.blake2b(who.encode(), digest_size=8).hexdigest())

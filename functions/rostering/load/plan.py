"""Plan one shard: what the feed would change, with its cause, stored before the first write.

Reads the shard of the feed and the shard of the snapshot, writes the changes, the snapshot that
stands when they are applied, and the figures the gate judges. Reads no account.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict

import orjson

from rostering import crowds, feed, snapshot
from rostering.diff import Change, diff, due
from rostering.load import evidence, paths, places
from rostering.load.evidence import Stats
from rostering.load.forgotten import without_erased
from rostering.load.ground import Ground
from rostering.load.manifest import FeedManifest
from rostering.model import Counts, Entity
from rostering.snapshot import Files


def plan(ground: Ground, phase: str, shard: int, off: Mapping[tuple[str, str], bool] | None = None) -> Stats:
    """Plan one shard and store the plan. Running it again gives the same files.

    `off` tells of links (guardian key, student key) whether the student is off (see `settle`): then
    the shard is compared even if the feed says of it what it said before.
    """
    files, site, load = ground.files, ground.site, ground.load
    manifest = FeedManifest.read(files, site, load)
    accepted = snapshot.read(files, site, manifest.source)
    entry = manifest.shards[phase][shard]
    count = len(manifest.shards[phase])
    known, exact = accepted.shard(phase, shard, count)
    # who was erased since is to go from the snapshot, also if the source says what it said before
    digest = manifest.digest(phase, shard) + ground.erased.suffix
    silent = not entry["digest"] and not manifest.scope["kinds"] and known.feed_digest.endswith(ground.erased.suffix)
    not_due = not known.due or manifest.today < known.due
    if off is None and not ground.recycled and exact and not_due and (silent or known.feed_digest == digest):
        stats = Stats(accepted.load, skipped=True, next=known)
        for kind, number in entry["entities"].items():
            stats.counts[kind] = Counts(unchanged=number)
    else:
        met: list[list] = []
        seen = without_erased(manifest.said(files, phase, shard), ground.erased, met)
        before = _known(ground, without_erased(snapshot.entities(files, known, shard, count, exact=exact),
                                               ground.erased, []))
        stats = _compare(files, before, seen, manifest, phase, shard, off or {})
        stats.ground = accepted.load
        stats.next.feed_digest = digest
        stats.erased = met
    files.write(paths.stats(site, load, phase, shard), orjson.dumps(asdict(stats)))
    return stats


def _known(ground: Ground, entities: Iterable[Entity]) -> Iterable[Entity]:
    """What is known, without keys that belong to somebody else now, and without their places anywhere."""
    if not ground.recycled:
        return entities
    return (places.forgetting(entity, ground.recycled) for entity in entities
            if f"{entity.kind}/{entity.key}" not in ground.recycled)


def _compare(files: Files, known: Iterable[Entity], seen: Iterable[Entity], manifest: FeedManifest,
             phase: str, shard: int, off: Mapping[tuple[str, str], bool]) -> Stats:
    stats, after, lines = Stats(), [], []
    active: dict[str, dict[str, int]] = {}
    dues = []
    for outcome in diff(known, seen, scope=manifest.diff_scope, today=manifest.today, off=off):
        entity = outcome.after
        after.append(entity)
        evidence.count(stats, outcome)
        evidence.stand(active, entity)
        if day := due(entity, manifest.today):
            dues.append(day)
        stats.followers += [[guardian, entity.key, off] for guardian, off in outcome.followers.items()]
        if outcome.change:
            lines.append(orjson.dumps(outcome.change))
            if crowds.overfull(entity, outcome.change.members):
                stats.crowded.append(f"{entity.kind}/{entity.key}")
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

"""Names of the files of a load in the work bucket (and of its reports next to the drop)."""

from __future__ import annotations


def feed(site: str, load: str) -> str:
    """The feed's manifest: source, load type, scope, shards with digest and counts."""
    return f"feeds/{site}/{load}/feed.json"


def feed_shard(site: str, load: str, phase: str, shard: int) -> str:
    return f"feeds/{site}/{load}/{phase}/{shard:03d}.gz"


def whole_shard(site: str, load: str, phase: str, shard: int) -> str:
    """All that a corrected report says, of which the feed holds only what is new."""
    return f"feeds/{site}/{load}/whole/{phase}/{shard:03d}.gz"


def reading(site: str, load: str) -> str:
    """What the reader had to say: counts and problems, with messages."""
    return f"feeds/{site}/{load}/reading.json.gz"


def turned(site: str, load: str) -> str:
    """The rows that the reader turned back, by the key of their record; without values of cells."""
    return f"plans/{site}/{load}/turned.gz"


def by_name(site: str, load: str, bucket: int) -> str:
    """Which people and classes the delivery names so: one of the buckets of folded names."""
    return f"plans/{site}/{load}/by-name/{bucket:03d}.gz"


def late(site: str, load: str) -> str:
    """What the gate and the applying had to say after the reader: problems, with messages."""
    return f"feeds/{site}/{load}/late.json.gz"


def quarantine(site: str, load: str) -> str:
    """The drop as it came."""
    return f"feeds/{site}/{load}/drop.xlsx"


def shards(site: str, load: str, phase: str = "") -> str:
    """The list of shards that a Map of the state machine goes through; "" lists every phase."""
    return f"plans/{site}/{load}/{phase or 'all'}.json"


def changes(site: str, load: str, phase: str, shard: int) -> str:
    return f"plans/{site}/{load}/{phase}/{shard:03d}.changes.gz"


def stats(site: str, load: str, phase: str, shard: int) -> str:
    return f"plans/{site}/{load}/{phase}/{shard:03d}.stats.json"


def names(site: str, load: str, shard: int) -> str:
    """What the gate answered to the new people of one shard: usernames, and whom it refused."""
    return f"plans/{site}/{load}/people/{shard:03d}.names.json"


def absent(site: str, load: str) -> str:
    """New people whom the load leaves out for now: what hangs on them waits with them."""
    return f"plans/{site}/{load}/absent.json"


def retired(site: str, load: str, shard: int) -> str:
    """People whom the load re-keyed, as the snapshot knew them under their old ids."""
    return f"plans/{site}/{load}/people/{shard:03d}.retired.gz"


def named(site: str, load: str) -> str:
    """The orgs and courses that the bundles of a source told of, up to this load, by sourcedId."""
    return f"plans/{site}/{load}/named.json.gz"


def settled(site: str, load: str) -> str:
    """The gate's answer."""
    return f"plans/{site}/{load}/settled.json"


def applied(site: str, load: str, phase: str, shard: int) -> str:
    """What applying a shard met: rows that could not be applied, and why."""
    return f"plans/{site}/{load}/{phase}/{shard:03d}.applied.json"


def kept(site: str, load: str, phase: str, shard: int) -> str:
    """What an undo leaves of one shard, because somebody changed it since."""
    return f"plans/{site}/{load}/{phase}/{shard:03d}.kept.json"


def snapshot(site: str, load: str, phase: str, shard: int) -> str:
    """A shard of the snapshot that this load makes."""
    return f"snapshots/{site}/shards/{load}/{phase}-{shard:03d}.gz"


def export(site: str, name: str) -> str:
    """A printed thing; `name` is a random id with an ending."""
    return f"exports/{site}/{name}"


def report(site: str, load: str, ending: str) -> str:
    """A report for the sender, in the inbox bucket."""
    return f"outbox/{site}/{load}/report.{ending}"


def archived(site: str, load: str) -> str:
    """report.json where it is kept for a year (no values of cells), in the inbox bucket."""
    return f"archive/{site}/{load}/report.json"

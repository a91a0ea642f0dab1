"""What a load is about, at a glance: the file that every task of it reads first."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from rostering import feed
from rostering.diff import Scope
from rostering.load import paths
from rostering.model import Entity
from rostering.snapshot import Files

# The kinds as counts name them.
COUNTED_AS = {"school": "schools", "term": "terms", "staff": "staff", "student": "students",
              "guardian": "guardians", "course": "courses", "section": "sections", "group": "groups"}


# Load types of lists that somebody handed in whole: what is missing from one is off at once, if a person approves.
COMPLETE_LIST, BULK_BUNDLE = "Complete list", "Bulk bundle"

# The scope of a delivery from which nothing is missing.
NOWHERE: dict[str, Any] = {"kinds": [], "schools": [], "present": {}}


@dataclass(frozen=True, slots=True)
class FeedManifest:
    """A load at a glance. `shards` lists per phase each shard's digest and entities per counted kind.

    `purpose` is what it does: "load" a feed, "undo" another load, "verify" the table against the
    snapshot; `about` says of which load, school or account, in the words of the purpose. A load that
    goes on with the delivery of another names it as `about["feed"]`; `about["unsaid"]` are kinds of which a
    list that is complete otherwise says nothing, since their files did not come with it; `about["sent"]` is how
    many of each kind a pull brought, 0 of those that it asked for in vain (`emptied`). `by_school` counts
    the students and staff that it says, by kind and home school; manifests before it have none.
    """

    site: str
    load: str
    source: str
    load_type: str
    today: str
    scope: dict[str, Any]
    shards: dict[str, list[dict[str, Any]]]
    counts: dict[str, dict[str, int]]
    purpose: str = "load"
    about: dict[str, Any] = field(default_factory=dict)
    by_school: dict[str, dict[str, int]] = field(default_factory=dict)

    @classmethod
    def read(cls, files: Files, site: str, load: str) -> FeedManifest:
        return cls(**orjson.loads(files.read(paths.feed(site, load))))

    def write(self, files: Files) -> None:
        """Store the manifest, and the list of shards that planning goes through."""
        files.write(paths.feed(self.site, self.load), orjson.dumps(asdict(self)))
        files.write(paths.shards(self.site, self.load), orjson.dumps(self.tasks))

    @property
    def tasks(self) -> list[dict[str, Any]]:
        """A task for every shard of every phase."""
        return [{"site": self.site, "load": self.load, "phase": phase, "shard": number}
                for phase in feed.PHASES for number in range(len(self.shards[phase]))]

    @property
    def is_complete(self) -> bool:
        return self.load_type in (COMPLETE_LIST, BULK_BUNDLE)

    @property
    def feed(self) -> str:
        """The load whose delivery this is: itself, or the one that it goes on with."""
        return self.about.get("feed", self.load)

    def said(self, files: Files, phase: str, shard: int) -> Iterator[Entity]:
        """What one shard of the delivery says, sorted by kind and key."""
        if not self.shards[phase][shard]["digest"]:
            return iter(())
        return feed.decode(files.read(paths.feed_shard(self.site, self.feed, phase, shard)))

    @property
    def diff_scope(self) -> Scope:
        """Where absence means something in this feed."""
        return Scope(frozenset(self.scope["kinds"]), frozenset(self.scope["schools"]),
                     {kind: frozenset(tuple(k) if isinstance(k, list) else k for k in keys)
                      for kind, keys in self.scope["present"].items()}, self.scope.get("pulled_at", ""))

    def digest(self, phase: str, shard: int) -> str:
        """What one shard says, absences included: the same rows say more in a complete list."""
        told = self.shards[phase][shard]["digest"]
        if not self.scope["kinds"]:
            return told
        scope = orjson.dumps(self.scope, option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(told.encode() + scope).hexdigest()

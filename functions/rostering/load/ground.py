"""What every task of a load stands on: the store, the files, the site's salt, who is who."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import orjson

from rostering import people
from rostering.erasure import NOBODY, Erased
from rostering.errors import SettingsError
from rostering.load import paths
from rostering.load.manifest import FeedManifest
from rostering.model import FAMILY_OF, Problem
from rostering.store import keys

_REMEMBERED = 50_000


@dataclass
class Ground:
    """The ground of one load. `now` is an ISO time in UTC; `store` and `files` are those of the site.

    `purpose` is what the load does (see `manifest.FeedManifest`). `links` says whether ids of the
    source may lead to accounts that something else made. `recycled` are keys (`kind/key`) of which a
    person said that they belong to somebody else now: what was known of them is forgotten. `erased` are
    people whom no load brings back.
    """

    store: Any
    files: Any
    site: str
    load: str
    source: str
    salt: bytes
    now: str
    purpose: str = "load"
    links: bool = False
    recycled: frozenset[str] = frozenset()
    settings: dict[str, Any] = field(default_factory=dict)
    erased: Erased = NOBODY
    _led: dict[tuple[str, str], str] = field(default_factory=dict)
    _accounts: dict[tuple[str, str], str] = field(default_factory=dict)
    _decided: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def open(cls, store: Any, files: Any, site: str, load: str, *, now: str) -> Ground:
        """Read what stays the same for the whole load."""
        manifest = FeedManifest.read(files, site, load)
        about = store.get_many([keys.settings(site), keys.source(site, manifest.source), keys.erased(site)])
        settings = about.get(keys.settings(site))
        if settings is None or "id_salt" not in settings.body:
            raise SettingsError(f"site {site} has no settings: create the site first")
        known = about.get(keys.source(site, manifest.source))
        return cls(store, files, site, load, manifest.source, settings.body["id_salt"], now, manifest.purpose,
                   bool(known and known.body["links"]), frozenset(known.body.get("recycled", ()) if known else ()),
                   settings.body, Erased(settings.body["id_salt"], manifest.source, frozenset(
                       about[keys.erased(site)].body["marks"] if keys.erased(site) in about else ())))

    def anew(self) -> Ground:
        """The same ground with nothing found out yet about who is who."""
        return replace(self, _accounts={}, _led={}, _decided=set())

    @property
    def leads(self) -> dict[str, dict[str, str]]:
        """Which source leads, by school and kind (see `rostering.leads`)."""
        return self.settings.get("leads", {})

    def account(self, kind: str, key: str) -> str:
        """The id of the account of the person whom the source calls `key`.

        It follows from the key, unless `look_up` found that the key leads elsewhere.
        """
        found = self._led.get((kind, key)) or self._accounts.get((kind, key))
        if found is None:
            if len(self._accounts) == _REMEMBERED:
                self._accounts.clear()     # a whole plan names more people than memory should hold
            found = self._accounts[kind, key] = people.account_id(self.salt, self.source, kind, key)
        return found

    def look_up(self, named: Iterable[tuple[str, str]]) -> None:
        """Find out which of the people `named` (kind, key) have an account that something else made."""
        if not self.links:
            return
        claims = {self.source_id(kind, key): (kind, key) for kind, key in named
                  if (kind, key) not in self._led and (kind, key) not in self._accounts}
        for claim, item in self.store.get_many(claims).items():
            self._led[claims[claim]] = item.body["account"]
            self._decided.add(claims[claim])

    def is_decided(self, kind: str, key: str) -> bool:
        """Whether `look_up` found it claimed, by a match or by a person, whose `key` is."""
        return (kind, key) in self._decided

    def lead_to(self, kind: str, key: str, account: str) -> None:
        """From now on, in this task, `key` leads to `account`."""
        self._led[kind, key] = account

    def source_id(self, kind: str, key: str) -> keys.Key:
        """Where it is claimed that a key of this source leads to another account than the one made of it."""
        return keys.identifier(self.site, FAMILY_OF[kind], self.source, "sourceId", key)

    def section(self, key: str) -> str:
        """The id of a section: the sheet's own, or the source's name before it."""
        return key if self.source == "sheet" else f"{self.source}/{key}"

    @cached_property
    def settled(self) -> dict[str, Any]:
        """What the gate answered (`settle`), with the part that a person approved."""
        return orjson.loads(self.files.read(paths.settled(self.site, self.load)))

    @cached_property
    def crowded(self) -> frozenset[str]:
        """Those (`kind/key`) whom the plan would give more pairs than there is room for: nothing of them is applied."""
        return frozenset(self.settled.get("crowded", ()))

    @cached_property
    def absent(self) -> frozenset[str]:
        """The new people, and those who are crowded (`kind/key`), whom this load leaves out for now."""
        key = paths.absent(self.site, self.load)
        return frozenset(orjson.loads(self.files.read(key))) if self.files.exists(key) else frozenset()

    def answers(self, shard: int) -> Answers:
        """What the gate answered to the people of one shard."""
        if shard not in self.settled["people"]:
            return Answers()           # an earlier plan of the load may have answered; this one did not
        stored = orjson.loads(self.files.read(paths.names(self.site, self.load, shard)))
        return Answers(stored["names"], {name: Problem(**told) for name, told in stored["refused"].items()},
                       stored["linked"], stored["retired"], stored["notes"])


@dataclass(slots=True)
class Answers:
    """What the gate answered to the people of one shard, by `kind/key`.

    `names` are usernames of the new, `refused` those who are left out and why, `linked` the account
    and the rule of those who have one already. `retired` maps keys that were taken over
    to the new key with its school and row.
    `notes` are problems that only tell.
    """

    names: dict[str, str] = field(default_factory=dict)
    refused: dict[str, Problem] = field(default_factory=dict)
    linked: dict[str, list[str]] = field(default_factory=dict)
    retired: dict[str, list[Any]] = field(default_factory=dict)
    notes: list[dict[str, Any]] = field(default_factory=list)

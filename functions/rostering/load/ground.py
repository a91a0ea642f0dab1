"""What every task of a load stands on: the store, the files, the site's salt, who is who."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

from rostering import people
from rostering.errors import SettingsError
from rostering.load import paths
from rostering.load.manifest import FeedManifest
from rostering.model import Problem
from rostering.store import keys

_REMEMBERED = 50_000


@dataclass(slots=True)
class Ground:
    """The ground of one load. `now` is an ISO time in UTC; `store` and `files` are those of the site.

    `purpose` is what the load does (see `manifest.FeedManifest`).
    """

    store: Any
    files: Any
    site: str
    load: str
    source: str
    salt: bytes
    now: str
    purpose: str = "load"
    _accounts: dict[tuple[str, str], str] = field(default_factory=dict)

    @classmethod
    def open(cls, store: Any, files: Any, site: str, load: str, *, now: str) -> Ground:
        """Read what stays the same for the whole load."""
        settings = store.get(keys.settings(site))
        if settings is None or "id_salt" not in settings.body:
            raise SettingsError(f"site {site} has no settings: create the site first")
        manifest = FeedManifest.read(files, site, load)
        return cls(store, files, site, load, manifest.source, settings.body["id_salt"], now,
                   manifest.purpose)

    def account(self, kind: str, key: str) -> str:
        """The id of the account of the person whom the source calls `key`."""
        found = self._accounts.get((kind, key))
        if found is None:
            if len(self._accounts) == _REMEMBERED:
                self._accounts.clear()     # a whole plan names more people than memory should hold
            found = self._accounts[kind, key] = people.account_id(self.salt, self.source, kind, key)
        return found

    def section(self, key: str) -> str:
        """The id of a section: the sheet's own, or the source's name before it."""
        return key if self.source == "sheet" else f"{self.source}/{key}"

    def names(self, shard: int) -> dict[str, str]:
        """The usernames that the gate gave to the new people of one shard, by `kind/key`."""
        return self._answers(shard)["names"]

    def refused(self, shard: int) -> dict[str, Problem]:
        """The new people of one shard whom the gate refused, by `kind/key`, with the reason."""
        return {key: Problem(**told) for key, told in self._answers(shard)["refused"].items()}

    def _answers(self, shard: int) -> dict[str, Any]:
        key = paths.names(self.site, self.load, shard)
        return orjson.loads(self.files.read(key)) if self.files.exists(key) else {"names": {}, "refused": {}}

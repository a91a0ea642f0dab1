"""Reading for one question: each item and file at most once, and counted; never a Scan, never a write."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from typing import Any

from rostering.store.keys import Item, Key


class Reads:
    """The store and the files of a question. `count` is how many requests it has cost so far."""

    def __init__(self, store: Any, files: Any) -> None:
        self._store, self._files = store, files
        self._items: dict[Key, Item | None] = {}
        self._queries: dict[tuple[Any, ...], list[Item]] = {}
        self._contents: dict[str, bytes | None] = {}
        self.count = 0

    @property
    def store(self) -> Any:
        """The store, for look-ups of the library that read by themselves."""
        self.count += 1
        return self._store

    @property
    def files(self) -> Any:
        """The files, for readers of the library; they are few and small."""
        self.count += 1
        return self._files

    def get(self, key: Key) -> Item | None:
        return self.get_many([key]).get(key)

    def get_many(self, keys: Iterable[Key]) -> dict[Key, Item]:
        wanted = list(dict.fromkeys(keys))
        if fresh := [key for key in wanted if key not in self._items]:
            self.count += 1
            found = self._store.get_many(fresh)
            self._items |= {key: found.get(key) for key in fresh}
        return {key: item for key in wanted if (item := self._items[key])}

    def query(self, pk: str, *, prefix: str = "", limit: int | None = None, backwards: bool = False) -> list[Item]:
        return self._page("query", pk, prefix, limit, backwards)

    def listing(self, pk: str, *, prefix: str = "", limit: int | None = None, backwards: bool = False) -> list[Item]:
        return self._page("listing", pk, prefix, limit, backwards)

    def _page(self, name: str, pk: str, prefix: str, limit: int | None, backwards: bool) -> list[Item]:
        asked = (name, pk, prefix, limit, backwards)
        if asked not in self._queries:
            self.count += 1
            page = getattr(self._store, name)(pk, prefix=prefix, limit=limit, backwards=backwards)
            self._queries[asked] = page.items
        return self._queries[asked]

    def unpacked(self, key: str) -> bytes | None:
        """A gzipped file's content; None if it isn't kept (any more)."""
        if key not in self._contents:
            self.count += 1
            self._contents[key] = gzip.decompress(self._files.read(key)) if self._files.exists(key) else None
        return self._contents[key]

    def plain(self, key: str) -> bytes | None:
        """A file's content as it is; None if it isn't kept (any more)."""
        if key not in self._contents:
            self.count += 1
            self._contents[key] = self._files.read(key) if self._files.exists(key) else None
        return self._contents[key]

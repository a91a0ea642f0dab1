"""The table and the files in memory: what DynamoStore and S3Files do, for tests and dry runs.

Both pass the very tests that the adapters pass on AWS's own engine and on an S3 server. Items go
in and out through `attributes.pack`, so nothing is shared with the caller and nothing is taken
that DynamoDB would refuse.
"""

from __future__ import annotations

import io
import shutil
import threading
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from rostering.errors import NotFound
from rostering.store.attributes import Attributes, check_key, check_partition, pack, unpack, weight
from rostering.store.filenames import check_file_key, check_link, content_disposition
from rostering.store.keys import Item, Key
from rostering.store.page import Page, check_limit, cursor, place
from rostering.store.writes import (
    Change,
    Check,
    Delete,
    Insert,
    Replace,
    Write,
    check_version,
    pack_apart,
    pack_together,
    read_and_write,
)

_ENTRY = ("pk", "sk", "list_pk", "list_sk")


class MemoryStore:
    """The methods of DynamoStore over dictionaries. Safe to use from several threads.

    `units` counts write units as DynamoDB does: one for each KB begun of the larger of the old and
    the new item (two in a transaction), one for each entry that enters or leaves the index. A
    refused write counts one. Items never expire by themselves.
    """

    def __init__(self) -> None:
        self.units = 0
        self._lock = threading.RLock()
        self._items: dict[Key, Attributes] = {}
        self._partitions: dict[str, set[str]] = {}
        self._lists: dict[str, set[tuple[str, str, str]]] = {}
        self._sorted: dict[tuple[str, str], list] = {}

    def get(self, key: Key) -> Item | None:
        check_key(key)
        with self._lock:
            stored = self._items.get(key)
            return unpack(stored) if stored else None

    def get_many(self, keys: Iterable[Key]) -> dict[Key, Item]:
        with self._lock:
            found = {key: self.get(key) for key in dict.fromkeys(keys)}
        return {key: item for key, item in found.items() if item}

    def query(self, pk: str, *, prefix: str = "", limit: int | None = None, after: str | None = None,
              backwards: bool = False) -> Page:
        check_partition(pk)
        check_limit(limit)
        start = tuple(place(after, 1, prefix)) if after else None
        with self._lock:
            places = self._in_order("partition", pk, ((sk,) for sk in self._partitions.get(pk, ())))
            chosen, more = _cut(places, prefix, start, limit, backwards)
            items = [unpack(self._items[Key(pk, sk)]) for sk, in chosen]
            return Page(items, cursor(*chosen[-1]) if more else None)

    def listing(self, list_pk: str, *, prefix: str = "", limit: int | None = 100, after: str | None = None,
                backwards: bool = False) -> Page:
        check_partition(list_pk)
        check_limit(limit)
        start = tuple(place(after, 3, prefix)) if after else None
        with self._lock:
            places = self._in_order("list", list_pk, self._lists.get(list_pk, ()))
            chosen, more = _cut(places, prefix, start, limit, backwards)
            items = [unpack(self._items[Key(pk, sk)]) for _, pk, sk in chosen]
            return Page(items, cursor(*chosen[-1]) if more else None)

    def insert(self, item: Item) -> bool:
        attributes = pack(item)
        with self._lock:
            return self._store(item.key, attributes, allowed=item.key not in self._items)

    def insert_many(self, items: Iterable[Item]) -> set[Key]:
        packed = pack_apart(list(items))
        with self._lock:
            return {key for key, each in packed.items()
                    if not self._store(key, each, allowed=key not in self._items)}

    def replace(self, item: Item, *, was: int) -> bool:
        check_version(item, was)
        attributes = pack(item)
        with self._lock:
            return self._store(item.key, attributes, allowed=self._version(item.key) == was)

    def replace_many(self, items: Iterable[Item]) -> set[Key]:
        items = list(items)
        for item in items:
            check_version(item, item.version - 1)
        packed = pack_apart(items)
        with self._lock:
            return {item.key for item in items
                    if not self._store(item.key, packed[item.key],
                                       allowed=self._version(item.key) == item.version - 1)}

    def put_many(self, items: Iterable[Item]) -> None:
        packed = {item.key: pack(item) for item in items}
        with self._lock:
            for key, attributes in packed.items():
                self._store(key, attributes)

    def delete_many(self, keys: Iterable[Key]) -> None:
        keys = dict.fromkeys(keys)
        for key in keys:
            check_key(key)
        with self._lock:
            for key in keys:
                self._store(key, None)

    def update(self, key: Key, change: Change, *, attempts: int = 8) -> Item | None:
        return read_and_write(self, key, change, attempts, pause=lambda attempt: None)

    def write_together(self, writes: Iterable[Write]) -> bool:
        writes = list(writes)
        packed = pack_together(writes)
        with self._lock:
            if not all(self._holds(write) for write in writes):
                self.units += 2 * len(writes)
                return False
            for write in writes:
                if isinstance(write, Check):
                    self.units += 2 * _units(self._items.get(write.key))
                else:
                    self._store(write.key, packed.get(write.key), times=2)
            return True

    def snapshot(self) -> dict[Key, Item]:
        """Everything there is, in the order of keys."""
        with self._lock:
            return {key: unpack(self._items[key]) for key in sorted(self._items)}

    def _holds(self, write: Write) -> bool:
        version = self._version(write.key)
        match write:
            case Insert():
                return version is None
            case Replace(item):
                return version == item.version - 1
            case Delete(_, was):
                return was is None or version == was
            case Check(_, wanted):
                return version == wanted

    def _version(self, key: Key) -> int | None:
        stored = self._items.get(key)
        return int(stored["version"]["N"]) if stored else None

    def _store(self, key: Key, new: Attributes | None, *, allowed: bool = True, times: int = 1) -> bool:
        """Puts `new` (None: nothing) in place if `allowed`, and counts what that costs."""
        old = self._items.get(key)
        if not allowed:
            self.units += 1
            return False
        self.units += times * max(_units(old), _units(new))
        left, entered = _entry(old), _entry(new)
        if left != entered:
            self.units += bool(left) * _units(left) + bool(entered) * _units(entered)
            self._relist(left, entered)
        if new is None:
            self._items.pop(key, None)
            self._partitions.get(key.pk, set()).discard(key.sk)
        else:
            self._items[key] = new
            self._partitions.setdefault(key.pk, set()).add(key.sk)
        if (old is None) != (new is None):
            self._sorted.pop(("partition", key.pk), None)
        return True

    def _relist(self, left: Attributes | None, entered: Attributes | None) -> None:
        if left:
            self._lists[left["list_pk"]["S"]].discard(_place(left))
            self._sorted.pop(("list", left["list_pk"]["S"]), None)
        if entered:
            self._lists.setdefault(entered["list_pk"]["S"], set()).add(_place(entered))
            self._sorted.pop(("list", entered["list_pk"]["S"]), None)

    def _in_order(self, kind: str, name: str, places: Iterable[tuple]) -> list[tuple]:
        """Sorted, and kept sorted until the next write there. Code points sort as UTF-8 does."""
        if (kind, name) not in self._sorted:
            self._sorted[kind, name] = sorted(places)
        return self._sorted[kind, name]


class MemoryFiles:
    """The methods of S3Files over a dictionary."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}
        self._written: dict[str, datetime] = {}

    def read(self, key: str) -> bytes:
        check_file_key(key)
        try:
            return self._files[key]
        except KeyError:
            raise NotFound(f"no file {key}") from None

    def open(self, key: str) -> BinaryIO:
        return io.BytesIO(self.read(key))

    def write(self, key: str, data: bytes, *, content_type: str = "application/octet-stream") -> None:
        check_file_key(key)
        self._files[key] = bytes(data)
        self._written[key] = datetime.now(UTC)

    def write_from(self, key: str, path: str | Path, *,
                   content_type: str = "application/octet-stream") -> None:
        self.write(key, Path(path).read_bytes())

    def download(self, key: str, path: str | Path) -> None:
        with self.open(key) as source, Path(path).open("wb") as target:
            shutil.copyfileobj(source, target)

    def exists(self, key: str) -> bool:
        return key in self._files

    def size(self, key: str) -> int:
        return len(self.read(key))

    def notes(self, key: str) -> dict[str, str]:
        self.read(key)
        return {}

    def list(self, prefix: str) -> Iterator[str]:
        return (key for key, _ in self.written(prefix))

    def written(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        return iter(sorted((key, at) for key, at in list(self._written.items())
                           if key.startswith(prefix) and key in self._files))

    def delete(self, key: str) -> None:
        self._files.pop(key, None)

    def copy(self, key: str, to: str) -> None:
        self.write(to, self.read(key))

    def link(self, key: str, seconds: int, filename: str) -> str:
        check_file_key(key)
        check_link(seconds)
        return f"memory:///{quote(key)}?seconds={seconds}&disposition={quote(content_disposition(filename))}"


def _cut(places: list[tuple], prefix: str, start: tuple | None, limit: int | None,
         backwards: bool) -> tuple[list[tuple], bool]:
    """Of the places in order: those to give, and whether more follow."""
    chosen = [place for place in places if place[0].startswith(prefix)
              and (start is None or (place < start if backwards else place > start))]
    if backwards:
        chosen.reverse()
    return (chosen, False) if limit is None else (chosen[:limit], len(chosen) > limit)


def _entry(attributes: Attributes | None) -> Attributes | None:
    """The entry of an item in the index `listing`, if it has one."""
    return {name: attributes[name] for name in _ENTRY} if attributes and "list_pk" in attributes else None


def _place(entry: Attributes) -> tuple[str, str, str]:
    return entry["list_sk"]["S"], entry["pk"]["S"], entry["sk"]["S"]


def _units(attributes: Attributes | None) -> int:
    """Write units of one attempt: one for each KB begun, at least one."""
    return max(1, -(-weight(attributes) // 1024)) if attributes else 1



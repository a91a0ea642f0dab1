"""Writes that happen together or not at all, and writing after reading.

`write_together` takes up to 100 of Insert, Replace, Delete and Check, each of another item.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from rostering.errors import Conflict, LocalProtocolError
from rostering.store.attributes import Attributes, check_key, pack, unpack, weight
from rostering.store.keys import Item, Key

MAX_TOGETHER = 100
MAX_TOGETHER_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Insert:
    """Write an item whose key is free."""

    item: Item

    @property
    def key(self) -> Key:
        return self.item.key


@dataclass(frozen=True, slots=True)
class Replace:
    """Write an item over its version `item.version - 1`."""

    item: Item

    @property
    def key(self) -> Key:
        return self.item.key


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove an item: the version `was`, or with None whatever there is, even nothing."""

    key: Key
    was: int | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """Write nothing, but let the others happen only if the item has this version; None: is absent."""

    key: Key
    version: int | None


Write = Insert | Replace | Delete | Check
Change = Callable[[dict[str, Any] | None], dict[str, Any] | None]


def pack_apart(items: list[Item]) -> dict[Key, Attributes]:
    """The attributes of items that are written each on its own condition.

    Raises LocalProtocolError if two are one item.
    """
    _refuse_repeated(item.key for item in items)
    return {item.key: pack(item) for item in items}


def pack_together(writes: list[Write]) -> dict[Key, Attributes]:
    """The attributes of what is to be inserted or replaced.

    Raises LocalProtocolError if DynamoDB would not take these writes as one transaction.
    """
    if not 1 <= len(writes) <= MAX_TOGETHER:
        raise LocalProtocolError(f"1 to {MAX_TOGETHER} writes go together, not {len(writes)}")
    _refuse_repeated(write.key for write in writes)
    for write in writes:
        check_key(write.key)
        if isinstance(write, Replace):
            check_version(write.item, write.item.version - 1)
    packed = {write.key: pack(write.item) for write in writes if isinstance(write, Insert | Replace)}
    if sum(map(weight, packed.values())) > MAX_TOGETHER_BYTES:
        raise LocalProtocolError(f"more than {MAX_TOGETHER_BYTES} bytes in one transaction")
    return packed


def check_version(item: Item, was: int) -> None:
    """Raises LocalProtocolError unless `item` is the version that follows `was`."""
    if was < 1 or item.version != was + 1:
        raise LocalProtocolError(f"version {item.version} doesn't follow version {was} ({item.key.sk})")


def read_and_write(store: Any, key: Key, change: Change, attempts: int,
                   pause: Callable[[int], None]) -> Item | None:
    """Reads, changes and writes one item until nobody wrote in between; gives the item as stored.

    `change` gets the body (None if absent; its own copy) and returns the new one, or None for
    "leave as is". `pause(n)` is called after the n-th lost race. `listed` and `expires` stay.

    Raises Conflict after `attempts` lost races.
    """
    for attempt in range(1, attempts + 1):
        stored = store.get(key)
        body = change(deepcopy(stored.body) if stored else None)
        if body is None:
            return stored
        if stored is None:
            wanted = Item(key, body)
            written = store.insert(wanted)
        else:
            wanted = replace(stored, body=body, version=stored.version + 1)
            written = store.replace(wanted, was=stored.version)
        if written:
            return unpack(pack(wanted))
        if attempt < attempts:
            pause(attempt)
    raise Conflict(f"{key.sk} changed under {attempts} attempts to update it")


def _refuse_repeated(keys: Iterable[Key]) -> None:
    seen: set[Key] = set()
    for key in keys:
        if key in seen:
            raise LocalProtocolError(f"two conditional writes of one item in one call: {key.sk}")
        seen.add(key)

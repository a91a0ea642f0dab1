"""Requests that may be sent twice: an Idempotency-Key, and the answer it got.

The answer is written in the transaction of what it tells of, so either both are there or neither.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from accounts.ports import Ports
from accounts.problems import Refusal
from rostering.access.roles import Actor
from rostering.store import keys
from rostering.store.keys import Item, Key
from rostering.store.writes import Insert, Replace, Write

HEADER = "idempotency-key"
KEPT_SECONDS = 3 * 86_400
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Once:
    """One request of one person: where its answer is kept, and what it asks for (`digest`)."""

    key: Key
    digest: str


def once_of(actor: Actor, sent: str | None, order: Any) -> Once | None:
    """The request that `sent`, the header's value, makes of `order`; None without a header.

    Raises Refusal (400) for a key that is no key.
    """
    if sent is None:
        return None
    if not 0 < len(sent) <= _LONGEST or not sent.isascii() or not sent.isprintable():
        raise Refusal(400, "IDEMPOTENCY_KEY", f"An Idempotency-Key is 1 to {_LONGEST} plain characters.")
    text = json.dumps(order, sort_keys=True, separators=(",", ":"))
    key = keys.once(actor.site, actor.account, hashlib.sha256(sent.encode()).hexdigest())
    return Once(key, hashlib.sha256(text.encode()).hexdigest())


def answered(ports: Ports, once: Once | None) -> tuple[dict[str, Any] | None, Item | None]:
    """The answer that was given before, if it still counts, and the item that is in its place.

    Raises Refusal (422) if the key came with another order.
    """
    item = ports.store.get(once.key) if once else None
    if once is None or item is None or item.body["expires_at"] <= ports.now():
        return None, item
    if item.body["order"] != once.digest:
        raise Refusal(422, "KEY_USED", "This Idempotency-Key came with another request before. Take a new one.")
    return item.body["answer"], item


def keeping(ports: Ports, once: Once | None, was: Item | None, answer: dict[str, Any]) -> list[Write]:
    """What keeps `answer`; it may be no secret."""
    if once is None:
        return []
    expires = int(ports.now()) + KEPT_SECONDS
    body = {"order": once.digest, "answer": answer, "expires_at": expires}
    item = Item(once.key, body, was.version + 1 if was else 1, expires=expires)
    return [Replace(item) if was else Insert(item)]

"""Audit events: who did or saw what, when and why. Append-only (identity specification, 10)."""

from __future__ import annotations

from typing import Any

from accounts.ports import Ports, iso
from rostering.store import keys
from rostering.store.keys import Item


def event(ports: Ports, site: str, what: str, *, by: str, **about: Any) -> Item:
    """The item of one event. `about` holds ids, codes, counts and reasons: no names, no secrets."""
    now = ports.now()
    at = iso(now)
    name = ports.random_bytes(8).hex()
    body = {"event": name, "what": what, "at": at, "by": by}
    body |= {key: value for key, value in about.items() if value not in ("", None, [], {})}
    return Item(keys.audit(site, at[:10], at, name), body)


def record(ports: Ports, site: str, what: str, *, by: str, **about: Any) -> None:
    """Write one event. It is called before what it tells of happens or leaves."""
    ports.store.insert(event(ports, site, what, by=by, **about))

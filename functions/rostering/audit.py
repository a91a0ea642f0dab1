"""Audit events: who did or saw what, when and why. Append-only (identity and credentials, section 10)."""

from __future__ import annotations

from typing import Any

from rostering.store import keys
from rostering.store.keys import Item


def event(site: str, what: str, *, by: str, at: str, name: str, **about: Any) -> Item:
    """The item of one event. `about` holds ids, codes, counts and reasons: no names, no secrets.

    `by` is an account, or the load that did it. `name` tells events of one moment apart. What is
    done to an account, its `target`, is listed in that account's own trail too.
    """
    body = {"event": name, "what": what, "at": at, "by": by}
    body |= {key: value for key, value in about.items() if value not in ("", None, [], {})}
    key = keys.audit(site, at[:10], at, name)
    target = body.get("target")
    return Item(key, body, listed=keys.Key(keys.audited(site, target), key.sk) if target else None)

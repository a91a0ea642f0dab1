"""The audit events of requests: one for each privileged read and each change (`rostering.audit`)."""

from __future__ import annotations

from typing import Any

from accounts.ports import Ports
from rostering import audit
from rostering.access.roles import Actor
from rostering.store.keys import Item


def event(ports: Ports, site: str, what: str, *, by: str | Actor, **about: Any) -> Item:
    """The item of one event. `about` holds ids, codes, counts and reasons: no names, no secrets.

    `by` an actor is the one who really acts: in a view-as the one who looks, `viewed_as` the other.
    """
    if isinstance(by, Actor):
        about |= {"viewed_as": by.account} if by.viewer else {}
        by = (by.viewer or by).account
    return audit.event(site, what, by=by, at=ports.time(), name=ports.random_bytes(8).hex(), **about)


def record(ports: Ports, site: str, what: str, *, by: str | Actor, **about: Any) -> None:
    """Write one event. It is called before what it tells of happens or leaves."""
    ports.store.insert(event(ports, site, what, by=by, **about))

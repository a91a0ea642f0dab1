"""Ordering an export: its item and its audit event, both or none; another function makes the file."""

from __future__ import annotations

from typing import Any

from accounts import audit
from accounts.identity import Signed, check_fresh
from accounts.ports import Ports
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.writes import Insert, Write

RECORD_KEPT_SECONDS = 30 * 86_400
_AUDITED = ("school", "section", "role", "format", "stage", "only_not_signed_in")


def order(ports: Ports, signed: Signed, asked: dict[str, Any]) -> str:
    """Order an export of what is `asked`, and start it; gives its id."""
    export, writes = ordered(ports, signed, asked)
    ports.store.write_together(writes)
    start(ports, signed.claims.site, export)
    return export


def ordered(ports: Ports, signed: Signed, asked: dict[str, Any]) -> tuple[str, list[Write]]:
    """An export's id, and what has to be written before `start`: for acts that order one on the way.

    Raises Refusal (403, STEP_UP) if it shows secrets and the sign-in is not fresh.
    """
    if asked.get("with_secrets"):
        check_fresh(ports, signed)
    site, by, export = signed.claims.site, signed.actor.account, ports.random_bytes(16).hex()
    body = asked | {"export": export, "site": site, "state": "asked", "by": by,
                    "by_username": signed.account.username, "at": ports.time()}
    about = {name: asked[name] for name in _AUDITED if asked.get(name)}
    if asked.get("account"):
        about["target"] = asked["account"]          # a single card stands in that person's own trail, too
    what = "password.exported" if asked.get("with_secrets") else "export.made"
    return export, [
        Insert(Item(keys.export(site, export), body, expires=int(ports.now()) + RECORD_KEPT_SECONDS)),
        Insert(audit.event(ports, site, what, by=by, export=export, reason=asked["reason"].strip(), **about))]


def start(ports: Ports, site: str, export: str) -> None:
    ports.export({"site": site, "export": export})

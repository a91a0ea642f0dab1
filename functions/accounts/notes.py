"""The records of what people do by hand, in the shape that loads write (`rostering.history`)."""

from __future__ import annotations

from typing import Any

from accounts.ports import Ports
from rostering import history
from rostering.model import Role
from rostering.store import keys
from rostering.store.keys import Item

KIND: dict[Role, str] = {"Student": "student", "Guardian": "guardian", "Teacher": "staff", "Staff": "staff"}


def name_of_act(ports: Ports) -> str:
    """A name for what is done now; names sort by time, behind those of loads."""
    return f"hand-{int(ports.now() * 1000):012x}{ports.random_bytes(5).hex()}"


def note(item: Item, was: Item | None, *, name: str, action: str, about: dict[str, Any]) -> Item:
    """The record beside an account of what an act changed in it; `about` is who, when and why."""
    moved = history.moved(was.body if was else {}, item.body)
    moved.pop("changed", None)
    role = (item.body or (was.body if was else {}))["role"]
    return Item(keys.change(item.key, name), {
        "load": name, "action": action, "kind": KIND[role], "row": 0, "rule": "hand", "moved": moved} | about)

"""Erasing a person: an act of two administrators."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class Stays(BaseModel):
    """Where copies lie that go by themselves: `days` from when they were written; None if something else ends them."""

    where: str
    what: str
    days: int | None = None


class Erasure(BaseModel):
    """An erasure that was asked for, or done. `gone` counts what was taken away, `stays` is what has yet to go."""

    account: str
    state: Literal["asked", "erasing", "erased", "cancelled"]
    by: str
    at: str
    until: str = ""
    approved_by: str = ""
    erased_at: str = ""
    placeholder: str = ""
    gone: dict[str, int] = {}
    stays: list[Stays] = []
    note: str = ""


class Erasures(BaseModel):
    erasures: list[Erasure]
    after: str | None = None

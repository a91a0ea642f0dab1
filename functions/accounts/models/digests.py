"""The nightly digest."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class DigestLine(BaseModel):
    """One line. `command` and `path` (below the site) say why."""

    model_config = ConfigDict(extra="ignore")
    part: Literal["changed", "held", "wrong"]
    code: str
    text: str
    command: str = ""
    path: str = ""
    count: int = 1


class Digest(BaseModel):
    """The digest of a day, from `since` to `at`. `letters` is how many got it by email."""

    model_config = ConfigDict(extra="ignore")
    day: str
    at: str = ""
    since: str = ""
    counts: dict[str, int] = {}
    lines: list[DigestLine] = []
    told: bool = False
    letters: int = 0


class DigestDay(BaseModel):
    model_config = ConfigDict(extra="ignore")
    day: str
    counts: dict[str, int] = {}


class Digests(BaseModel):
    digests: list[DigestDay]
    after: str | None = None

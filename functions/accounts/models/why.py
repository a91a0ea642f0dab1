"""Why somebody or something is missing: the answer with its trail."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

Who = Literal["sis", "gg4l", "helpdesk", "admin", "user", ""]


class Fact(BaseModel):
    """A piece of evidence: an id, a code, a number, a day; names and values only for who may see them."""

    name: str
    value: str


class WhyStep(BaseModel):
    """One question of the tree. `by` is who answered it: the machine, you, or nobody (`unknown` was followed)."""

    node: str
    ask: str
    check: str
    said: Literal["yes", "no", "unknown"]
    by: Literal["machine", "you", "nobody"]
    says: str
    evidence: list[Fact]


class WhyAsk(BaseModel):
    """A question that a person could answer: ask again with `answers=NODE:yes`."""

    node: str
    ask: str


class WhyNamed(BaseModel):
    """Who or what may be meant."""

    id: str
    role: str = ""
    school: str = ""
    status: str = ""
    name: str = ""


class Why(BaseModel):
    """`outcome` is "" where it is not clear which of `candidates` is meant. `who` has to act, `do` says what.

    `detail` is what was found and where; `commands` what may be typed next; `near` whom somebody may
    have meant, if nobody was found. `ticket` may be pasted anywhere: it has ids and codes only.
    """

    question: str
    outcome: str
    who: Who = ""
    who_is: str = ""
    title: str
    do: str = ""
    detail: str = ""
    trail: list[WhyStep] = []
    asks: list[WhyAsk] = []
    commands: list[str] = []
    candidates: list[WhyNamed] = []
    near: list[WhyNamed] = []
    notes: list[str] = []
    ticket: str = ""

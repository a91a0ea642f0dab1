"""What requests share."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_RATE = re.compile(r"rate\(([1-9][0-9]{0,3}) (minute|hour)s?\)")

Role = Literal["Staff", "Teacher", "Guardian", "Student"]


Right = Literal["admin", "accounts.manage", "loads.approve", "credentials.reset", "credentials.view",
                "credentials.export", "view_as"]


Status = Literal["pending", "active", "inactive"]


Secret = Annotated[str, Field(min_length=1, max_length=128)]


Reason = Annotated[str, Field(min_length=3, max_length=500, pattern=r"\S")]


Url = Annotated[str, Field(min_length=1, max_length=2_048)]


def plain(value: str) -> str:
    """A text of one line without spaces at its ends. Raises ValueError."""
    if not value.isprintable() or value != value.strip():
        raise ValueError("it has characters that don't belong there, or spaces at its ends")
    return value


def rate(what: str) -> Callable[[str], str]:
    """A check of how often `what` comes: `rate(N minutes)` or `rate(N hours)`, with the unit as N wants it."""
    def checked(value: str) -> str:
        found = _RATE.fullmatch(value)
        number, unit = (int(found[1]), found[2]) if found else (0, "")
        if not 1 <= number * (60 if unit == "hour" else 1) <= 1_440:
            raise ValueError(f"{what} come every minute to every 24 hours: rate(15 minutes), rate(2 hours)")
        return f"rate({number} {unit}{'' if number == 1 else 's'})"
    return checked


def one_of(what: str, *words: str) -> AfterValidator:
    """A check of a word; what is wrong is told with the words that may be."""
    def checked(value: str) -> str:
        if value not in words:
            raise ValueError(f"{what} is one of {', '.join(words)}")
        return value
    return AfterValidator(checked)


def between(what: str, least: float, most: float) -> AfterValidator:
    """A check of a number; what is wrong is told with the numbers that may be."""
    def checked(value: float) -> float:
        if not least <= value <= most:
            raise ValueError(f"{what} is {least:,} to {most:,}")
        return value
    return AfterValidator(checked)


def without_nulls(body: Any) -> Any:
    return {name: value for name, value in body.items() if value is not None} if isinstance(body, dict) else body


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Decision(Request):
    reason: Reason

"""JSON from outside: unique keys, finite numbers, text that can be stored, and not too much of it.

`json` takes duplicate keys, NaN and halves of surrogate pairs, and unfolds a few megabytes of brackets
into hundreds (threats, section 5).
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from rostering.errors import RemoteProtocolError

MIB = 1 << 20
MOST_BYTES = 32 * MIB
MOST_VALUES = 2_000_000     # counted as brackets and commas, also those in texts

_DOUBTFUL = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


class Unreadable(RemoteProtocolError):
    """A body that is not JSON as it should be; `code` is TOO_BIG or NOT_JSON. It quotes nothing of it."""


def parse(body: bytes, *, most_bytes: int = MOST_BYTES) -> Any:
    """The value of a JSON text in UTF-8, with or without a byte order mark. Raises Unreadable and nothing else."""
    if len(body) > most_bytes:
        raise Unreadable(f"the answer is bigger than {most_bytes // MIB} MB", code="TOO_BIG")
    if sum(body.count(mark) for mark in (b",", b"{", b"[")) > MOST_VALUES:
        raise Unreadable("the answer holds more values than any page has", code="TOO_BIG")
    try:
        text = body.decode("utf-8-sig")
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refused, parse_float=_finite)
        if _DOUBTFUL.search(text):
            plain = json.dumps(value, ensure_ascii=False)
            plain.encode("utf-8")
            if "\\u0000" in plain.replace("\\\\", ""):
                raise ValueError("NUL")
    except (ValueError, RecursionError):
        raise Unreadable("the answer is not JSON as it should be", code="NOT_JSON") from None
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("not finite")
    return number


def _refused(name: str) -> None:
    raise ValueError(f"{name} is not JSON")

"""The SIF versions a zone can be of, and which of them a requested version or wildcard means."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

VERSIONS = ("2.0", "2.0r1", "2.1", "2.2", "2.3")
LATER_VERSION = "2.5"  # one that no zone is of and that a parser of any 2.x reads


def supported(version: str) -> tuple[str, ...]:
    """What a zone of `version` understands: that version and the earlier ones.

    Raises ValueError for a version that is none.
    """
    if version not in VERSIONS:
        raise ValueError(f"There is no SIF version {version}. The versions are {', '.join(VERSIONS)}.")
    return VERSIONS[: VERSIONS.index(version) + 1]


def highest(wanted: Iterable[str], offered: tuple[str, ...]) -> str | None:
    """The highest of `offered` that one of `wanted` (`2.1`, `2.*`, `2.0r*`, `*`) means, if any."""
    wanted = list(wanted)
    return next((version for version in reversed(offered)
                 if any(fnmatchcase(version, pattern) for pattern in wanted)), None)


def is_wildcard(version: str) -> bool:
    return "*" in version


def has_cancel_requests(version: str) -> bool:
    """Whether SIF_CancelRequests, and SIF_Property of SIF_Protocol, exist: from 2.1."""
    return VERSIONS.index(version) >= VERSIONS.index("2.1")

"""The districts that a hub lists for us: what it says of each, and what is wrong with single entries.

The documented sample is not even JSON, a timestamp has two spellings and dates have odd ones, so the reader takes
whatever can be understood (handbook, section 2.2). A list that can't be read is an error, never an empty list: a
district that is not listed any more is suspended, not empty.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from rostering.errors import RemoteProtocolError
from rostering.oneroster import strict
from rostering.oneroster.rows import usable

MOST_TEXT = 4_096
_READY = ("lastDataProcessingCompletedTimestamp", "lastDataProcessingCompleteTimestamp")
_SPACED_DATE = re.compile(r"(\d{4})\s*-\s*(\d{2})\s*-\s*(\d{2})(?!\d)")


@dataclass(frozen=True, slots=True)
class District:
    """One entry. What it does not say is "" or None; `ready` is None before the first sync."""

    guid: str
    name: str
    client_id: str
    client_secret: str = field(repr=False)
    token_url: str
    api_url: str
    created: datetime | None
    ready: datetime | None
    expires: datetime | None


@dataclass(frozen=True, slots=True)
class Odd:
    """What is wrong with an entry: its position, from 1, and its guid as far as it is known.

    NO_GUID, TWICE and NO_RECORD keep the entry out; NO_CREDENTIALS and BAD_TIMESTAMP do not.
    """

    code: str
    position: int
    guid: str = ""


@dataclass(frozen=True, slots=True)
class Discovery:
    """`listed` are all guids that are there, also of entries that can't be used: none of them has vanished.

    If `whole` is false, an entry could not be told: whoever is not listed may be that one.
    """

    districts: tuple[District, ...]
    odd: tuple[Odd, ...]
    listed: frozenset[str]
    whole: bool


def discovery(body: bytes) -> Discovery:
    """The list in an answer: an array, or an object that holds exactly one. Raises RemoteProtocolError."""
    value = strict.parse(body)
    arrays = [value] if isinstance(value, list) else [each for each in value.values() if isinstance(each, list)] \
        if isinstance(value, dict) else []
    if len(arrays) != 1:
        raise RemoteProtocolError("the answer is no list of districts", code="ENVELOPE")
    guids = [_guid(entry) for entry in arrays[0]]
    times = Counter(guid for guid in guids if guid)
    districts: list[District] = []
    odd: list[Odd] = []
    for position, (entry, guid) in enumerate(zip(arrays[0], guids, strict=True), start=1):
        if not isinstance(entry, dict):
            odd.append(Odd("NO_RECORD", position))
        elif not guid:
            odd.append(Odd("NO_GUID", position))
        elif times[guid] > 1:
            odd.append(Odd("TWICE", position, guid))
        else:
            districts.append(_district(entry, guid, position, odd))
    return Discovery(tuple(districts), tuple(odd), frozenset(times), all(guids))


def _guid(entry: Any) -> str:
    guid = _text(entry, "districtGuid")
    return guid if guid and usable(guid) else ""


def _district(entry: dict[str, Any], guid: str, position: int, odd: list[Odd]) -> District:
    client_id, client_secret, token_url, api_url = (
        _text(entry, name) for name in ("clientId", "clientSecret", "tokenUrl", "apiUrl"))
    if not (client_id and client_secret and token_url and api_url):
        odd.append(Odd("NO_CREDENTIALS", position, guid))
    sent = [entry.get("createdTimestamp"), next((entry[name] for name in _READY if entry.get(name)), None),
            entry.get("expiryDate")]
    moments = [_moment(each) for each in sent]
    if any(each and moment is None for each, moment in zip(sent, moments, strict=True)):
        odd.append(Odd("BAD_TIMESTAMP", position, guid))
    return District(guid, _text(entry, "districtName"), client_id, client_secret, token_url, api_url, *moments)


def _text(entry: Any, name: str) -> str:
    value = entry.get(name) if isinstance(entry, dict) else None
    text = value.strip() if isinstance(value, str) else str(value) if type(value) is int else ""
    return text if len(text) <= MOST_TEXT and text.isprintable() else ""


def _moment(sent: Any) -> datetime | None:
    """An instant in UTC. A date alone is the beginning of that day in UTC, as the hub itself writes it."""
    if not isinstance(sent, str):
        return None
    try:
        moment = datetime.fromisoformat(_SPACED_DATE.sub(r"\1-\2-\3", sent.strip(), count=1))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None

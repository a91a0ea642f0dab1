"""A collection of a provider, page by page: what is asked for, and when the answer counts as complete.

Nothing here does any I/O: `get` is given. Our own offset advances by the rows that came; `Link` is never
followed, since providers write it with other offsets than they read. Only an empty page is the end:
pages may be shorter than was asked for, anywhere (handbook, section 2.3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rostering.errors import InputError, RemoteProtocolError, SourceUnavailable
from rostering.oneroster import strict

Get = Callable[[str, Mapping[str, str]], tuple[int, Mapping[str, str], bytes]]

# What the address of an API ends in, and what its scopes begin with (section 8.1).
BASES = {"1.1": "/ims/oneroster/v1p1", "1.2": "/ims/oneroster/rostering/v1p2"}
SCOPES = {"1.1": "https://purl.imsglobal.org/spec/or/v1p1/scope/", "1.2": "https://purl.imsglobal.org/spec/or/v1p2/scope/"}

PAGE_SIZE = 500
MOST_RECORDS = 2_000_000    # of one collection

# Paths of 1.1 and 1.2 alike, in the order of asking, and the key of their envelope (section 8.1).
ENVELOPES = {
    "orgs": "orgs", "academicSessions": "academicSessions", "courses": "courses", "classes": "classes",
    "users": "users", "enrollments": "enrollments", "demographics": "demographics",
    "schools": "orgs", "terms": "academicSessions", "gradingPeriods": "academicSessions", "students": "users",
    "teachers": "users",
}
MINOR_CODES = frozenset({
    "fullsuccess", "invalid_filter_field", "invalid_selection_field", "invalid_sort_field", "invaliddata",
    "unauthorisedrequest", "forbidden", "server_busy", "unknownobject", "internal_server_error", "deletefailure",
    "unsupported",
})
BUSY = frozenset({429, 502, 503, 504})     # the same again, later


@dataclass(frozen=True, slots=True)
class Page:
    """The records of a page that no earlier page had. `number` is 1-based; the next page begins at `next_offset`.

    `received` counts what came, with what was there before; `total` is X-Total-Count, if it was sent.
    `warnings` are code minors of a status that came along with the records, or "other".
    """

    number: int
    offset: int
    next_offset: int
    records: tuple[Any, ...]
    received: int
    total: int | None
    warnings: tuple[str, ...]


def collection(get: Get, path: str, key: str, *, page_size: int = PAGE_SIZE, start_offset: int = 0,
               first_page: int = 1, seen_ids: Iterable[str] = (), sort_field: str = "") -> Iterator[Page]:
    """Every record of a collection once, in the provider's order, without the empty page at the end.

    To go on with a pull, `start_offset` and `first_page` are those of the next page, and `seen_ids`
    what the pages before it held: without them, what has moved to a later page meanwhile comes twice. Of a
    record only a number is remembered, so memory is flat but for 60 bytes a record.

    Raises RemoteProtocolError if the provider repeats a page, sends fewer records than its total or an answer
    that is no collection; InputError, RemoteProtocolError or SourceUnavailable for other answers than 200, and
    what `get` raises.
    """
    seen = {hash(each) for each in seen_ids}
    whole = start_offset == 0 or bool(seen)
    offset, number, total = start_offset, first_page, None
    ordered = {"sort": sort_field, "orderBy": "asc"} if sort_field else {}
    while True:
        status, headers, body = get(path, {"limit": str(page_size), "offset": str(offset), **ordered})
        refuse(status, body, path)
        records, warnings = _records(body, path, key)
        total = _total(headers) if _total(headers) is not None else total
        if not records:
            break
        fresh = []
        for record in records:
            mark = _mark(record)
            if mark not in seen:
                seen.add(mark)
                fresh.append(record)
        if not fresh:
            raise RemoteProtocolError(f"a page of {path} repeats earlier records: the provider ignores the offset",
                                      code="REPEATED_PAGE")
        if len(seen) > MOST_RECORDS:
            raise RemoteProtocolError(f"{path} has more than {MOST_RECORDS:,} records", code="TOO_BIG")
        yield Page(number, offset, offset + len(records), tuple(fresh), len(records), total, warnings)
        offset, number = offset + len(records), number + 1
    if total is not None and (len(seen) if whole else offset) < total:
        raise RemoteProtocolError(f"{path} came with fewer records than the provider counts", code="INCOMPLETE")


def scope(version: str, *, demographics: str = "roster-demographics.readonly") -> str:
    """The scope of everything that is read, for providers that want one. A blank `demographics` asks for none."""
    return " ".join(SCOPES[version] + name for name in ("roster-core.readonly", demographics) if name)


def refuse(status: int, body: bytes, path: str) -> None:
    """Let a 200 pass. What else a status means stands here alone: a body never decides.

    Raises InputError (OR-401, OR-403, OR-404): somebody has to act. RemoteProtocolError: the provider does
    not take what we ask. SourceUnavailable: try again later. No sentence holds text of the body.
    """
    if status == 200:
        return
    if status == 401:
        raise InputError("OR-401", "The provider takes no token of this account. Check its client id and secret.")
    if status == 403:
        raise InputError("OR-403", f"The provider does not let this account read {path}. The district has to share it.")
    if status == 404:
        raise InputError("OR-404", f"The provider has no {path} at this address. Check the API URL.")
    if status in BUSY or status >= 500:
        raise SourceUnavailable(f"the provider answers {status}")
    if 300 <= status < 400:
        raise RemoteProtocolError("the provider sends us to another address, which is never followed", category="http",
                                  code=str(status))
    raise RemoteProtocolError(f"the provider answers {status} for {path} ({_minor(body) or 'without a known reason'})",
                              category="http", code=_minor(body) or str(status))


def _records(body: bytes, path: str, key: str) -> tuple[list[Any], tuple[str, ...]]:
    value = strict.parse(body)
    records = value.get(key) if isinstance(value, dict) else None
    if not isinstance(records, list):
        raise RemoteProtocolError(f"the answer for {path} is no collection of {key}", code="ENVELOPE")
    return records, _warnings(value.get("statusInfoSet"))


def _warnings(told: Any) -> tuple[str, ...]:
    """The statuses in a 200: they are warnings, whatever they call themselves."""
    each = told if isinstance(told, list) else [] if told is None else [told]
    return tuple(minor if isinstance(minor := one.get("imsx_codeMinor") if isinstance(one, dict) else None, str)
                 and minor in MINOR_CODES else "other" for one in each[:10])


def _minor(body: bytes) -> str:
    """The code minor of an error of any shape: a word of the list, or nothing."""
    head = body[:4096].decode("utf-8", "replace")
    return min((word for word in MINOR_CODES if f'"{word}"' in head), default="")


def _total(headers: Mapping[str, str]) -> int | None:
    sent = next((value for name, value in headers.items() if name.lower() == "x-total-count"), "").strip()
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) <= 9 else None


def _mark(record: Any) -> int:
    """What a record is known by: its id, or, without one, its plain values."""
    if not isinstance(record, dict):
        return hash(("", record if isinstance(record, str | int | float) else type(record).__name__))
    sourced_id = record.get("sourcedId")
    if isinstance(sourced_id, str | int) and str(sourced_id).strip():
        return hash(str(sourced_id).strip())
    return hash(tuple(each for each in record.items() if isinstance(each[1], str | int | float)))

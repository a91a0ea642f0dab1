"""OneRoster's paging: a page of a collection with its headers, and what the faults make of both."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from cli.oneroster import damage
from cli.oneroster.district import OneRosterDistrict
from cli.oneroster.faults import Faults
from cli.oneroster.objects import Record
from cli.oneroster.shapes import ENVELOPES, Shape, shape
from cli.oneroster.zone import chance

DEFAULT_LIMIT, MAX_LIMIT = 100, 500

_WARNING = {"imsx_codeMajor": "success", "imsx_severity": "warning", "imsx_codeMinor": "invalid_sort_field",
            "imsx_description": "sort ignored"}
_WRONG_BY = {"present": 0, "wrong": 3, "low": -3}


class Window(NamedTuple):
    """Which rows a request asks for."""

    limit: int
    offset: int


def asked(query: dict[str, str]) -> Window:
    """The window that `query` asks for; more than 500 rows are silently 500.

    Raises ValueError for a limit or an offset that is none.
    """
    limit, offset = query.get("limit", str(DEFAULT_LIMIT)), query.get("offset", "0")
    if not (limit.isascii() and limit.isdigit() and offset.isascii() and offset.isdigit()):
        raise ValueError("limit and offset are whole numbers")
    if int(limit) < 1:
        raise ValueError("limit is at least 1")
    return Window(min(int(limit), MAX_LIMIT), int(offset))


@dataclass(slots=True)
class Pages:
    """The pages of the collections of a district. Counts the pages of a pull for `shift_rows`."""

    faults: Faults
    seed: int
    _pages: dict[str, int] = field(default_factory=dict)
    _damaged: bool = field(init=False)

    def __post_init__(self) -> None:
        self._damaged = damage.needed(self.faults)

    def page(self, district: OneRosterDistrict, collection: str, window: Window, *, version: str, base: str,
             ) -> tuple[dict[str, str], bytes]:
        """The headers and the body of a page of the collection, whose URL is `{base}/{collection}`."""
        nothing = collection in self.faults.empty or self.faults.sharing == "expired"
        total = 0 if nothing else district.count(collection)
        served = self._served(collection, window, total)
        rows = district.page(collection, served.offset, served.limit) if served.limit else []
        headers = paging_headers(f"{base}/{collection}", window, len(rows), total, self.faults)
        key = ENVELOPES[collection][0]
        found = {key: [self.object(record, version, base) for record in rows]}
        if self.faults.warn_200 != "off":
            found = {key: [] if self.faults.warn_200 == "empty" else found[key], "statusInfoSet": [_WARNING]}
        body = written(found)
        return headers, body[:self.faults.truncate] if self.faults.truncate else body

    def object(self, record: Record, version: str, base: str) -> Shape:
        """The shape of one object, with what the faults do to it."""
        made = shape(record, version, base)
        if self._damaged:
            damage.damage(made, record, version, self.faults, self.seed)
        return made

    def _served(self, collection: str, window: Window, total: int) -> Window:
        """The rows that are sent instead of those of `window`."""
        limit, offset = window
        if self.faults.ignore_offset:
            offset = 0
        if self.faults.limit_clamp:
            limit = min(limit, self.faults.limit_clamp)
        limit = max(0, min(limit, total - offset))
        if self.faults.short_pages and 0 < offset < total - limit:
            drawn = chance(f"{self.seed}/{collection}/{offset}")
            if drawn < 0.34:
                limit = max(1, round(limit * drawn * 2))
        if self.faults.shift_rows:
            moved = self._pages[collection] = self._pages.get(collection, 0) + 1 if offset else 0
            offset = max(0, offset - moved)
        return Window(limit, offset)


def paging_headers(url: str, window: Window, received: int, total: int, faults: Faults) -> dict[str, str]:
    """X-Total-Count and Link as the faults want them."""
    headers = {}
    if faults.total_count != "absent":
        headers["X-Total-Count"] = str(max(0, total + _WRONG_BY[faults.total_count]))
    if faults.link != "none":
        headers["Link"] = _link(url, window, received, total, faults.link)
    return headers


def _link(url: str, window: Window, received: int, total: int, form: str) -> str:
    limit, offset = window
    step = 1 if form == "off-by-one" else 0
    offsets = {}
    if offset + received < total:
        offsets["next"] = offset + (received or limit) + step
    if offset:
        offsets["prev"] = max(0, offset - limit)
    offsets["first"], offsets["last"] = 0, max(0, total - 1) // limit * limit
    if form == "relative":
        url = "/" + url.split("/", 3)[3]
    write: Callable[[str], str] = "{}".format if form == "unbracketed" else "<{}>".format
    return ", ".join(f'{write(f"{url}?limit={limit}&offset={to}")}; rel="{rel}"' for rel, to in offsets.items())


def written(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

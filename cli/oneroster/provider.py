"""GG4L and its OneRoster provider without a socket: a request's parts in, an answer's parts out."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from threading import RLock
from urllib.parse import parse_qsl, unquote

from cli.oneroster import discovery, events, webhooks
from cli.oneroster.days import DAYS
from cli.oneroster.district import COLLECTIONS, OneRosterDistrict
from cli.oneroster.faults import parse
from cli.oneroster.pages import Pages, Window, asked, paging_headers, written
from cli.oneroster.refusals import JSON, Answer, Refused, server_error, too_many
from cli.oneroster.shapes import ENVELOPES, VERSIONS
from cli.oneroster.tokens import Credentials, Tokens, made_up

TOKEN = "/datahub/oauth/token"  # noqa: S105 - a path
DISCOVERY = "/datahub/services/vendor/onboarding/credentials"
DATA = {"1.1": "/datahub/services/ims/oneroster/v1p1", "1.2": "/ims/oneroster/rostering/v1p2"}
SIMULATOR = "/simulator"


@dataclass(frozen=True, slots=True)
class Request:
    """A request for data; header names are in lower case."""

    version: str
    parts: list[str]
    query: dict[str, str]
    headers: dict[str, str]


class Provider:
    """One district of GG4L, with its vendor.

    `clock` gives seconds since 1970 and `sleep` waits. `base_url` is what the answers call this
    provider. `calls` counts the requests by what they ask for ("token", "discovery", "oneroster"
    for all data, and each collection by its name), whatever became of them.
    """

    def __init__(self, district: OneRosterDistrict, *, oneroster: str = "1.1",
                 clock: Callable[[], float] = time.time, sleep: Callable[[float], None] = time.sleep,
                 base_url: str = "https://connect.example", webhook_secret: str | None = None) -> None:
        if oneroster not in VERSIONS:
            raise ValueError(f"unknown OneRoster version {oneroster!r}; one of: {', '.join(VERSIONS)}")
        self.district, self.faults, self.oneroster = district, district.faults, oneroster
        self.base_url, self.webhook_secret = base_url, webhook_secret
        self.vendor, self.credentials = (
            Credentials(f"{level}-{made_up(f'{district.seed}/{level}/id', 6)}",
                        made_up(f"{district.seed}/{level}/secret", 20), level)
            for level in ("vendor", "district"))
        self.district_guid = f"d-{made_up(f'{district.seed}/guid', 6)}"
        self.district_name = "Example Unified School District"
        self.calls: Counter[str] = Counter()
        self.tokens = Tokens((self.vendor, self.credentials), self.faults.scope == "required")
        self._clock, self._sleep = clock, sleep
        self._pages = Pages(self.faults, district.seed)
        self._events: dict[str, list] = {}
        self._refreshes = 0
        self._lock = RLock()

    @property
    def discovery_url(self) -> str:
        return self.base_url + DISCOVERY

    @property
    def token_url(self) -> str:
        return self.base_url + TOKEN

    @property
    def api_url(self) -> str:
        return self.base_url + DATA[self.oneroster]

    @property
    def processed(self) -> datetime:
        """Discovery's ready timestamp."""
        return discovery.ready(self.district.day, self.district.today, self._refreshes)

    def advance(self) -> str:
        """Go on to the next day, if there is one (the third only with `resurrect`); the day it is now."""
        with self._lock:
            days = list(DAYS)[:3 if self.faults.resurrect else 2]
            place = days.index(self.district.day) if self.district.day in days else len(days)
            if place + 1 < len(days):
                self.district = self.district.on(days[place + 1])
            return self.district.day

    def handle(self, method: str, path: str, query: str | Mapping[str, str] = "",
               headers: Mapping[str, str] | None = None, body: bytes = b"") -> Answer:
        """Status, headers and body of the answer.

        Raises ConnectionResetError if the connection is to be cut.
        """
        lower = {name.lower(): value for name, value in (headers or {}).items()}
        asked_for = dict(parse_qsl(query, keep_blank_values=True) if isinstance(query, str) else query)
        if path == TOKEN:
            with self._lock:
                self.calls["token"] += 1
                return self.tokens.answer(method, lower, body, self._clock())
        if path == DISCOVERY:
            with self._lock:
                return self._discover(method, lower)
        for version, base in DATA.items():
            if path.startswith(base + "/"):
                parts = [unquote(part) for part in path[len(base) + 1:].split("/")]
                return self._data(method, Request(version, parts, asked_for, lower))
        if path == SIMULATOR or path.startswith(SIMULATOR + "/"):
            return self._simulator(method, path[len(SIMULATOR):])
        return 404, {"Content-Type": "text/plain"}, b"not found\n"

    def _discover(self, method: str, headers: dict[str, str]) -> Answer:
        self.calls["discovery"] += 1
        token = self.tokens.of(headers.get("authorization", ""), self._clock())
        if method != "GET":
            return 405, {**JSON, "Allow": "GET"}, written({"error": "method_not_allowed"})
        if token is None:
            return 401, {**JSON, "WWW-Authenticate": "Bearer"}, written({"error": "invalid_token"})
        if token.level != "vendor":
            return 403, JSON, written({"error": "insufficient_scope"})
        return 200, JSON, discovery.answer(
            form=self.faults.discovery, sharing=self.faults.sharing, guid=self.district_guid,
            name=self.district_name, credentials=self.credentials, token_url=self.token_url,
            api_url=self.api_url, processed=self.processed, today=self.district.today)

    def _data(self, method: str, request: Request) -> Answer:
        if self.faults.slow.seconds and not self.faults.slow.trickled:
            self._sleep(self.faults.slow.seconds)
        with self._lock:
            self.calls["oneroster"] += 1
            self.calls[request.parts[0]] += 1
            failure = self._failure(self.calls["oneroster"], request.version)
            if failure:
                return failure
            try:
                if method != "GET":
                    raise Refused(405, "unsupported", "read only")
                self._authorize(request)
                answer = self._read(request)
            except Refused as refused:
                return refused.answer(request.version)
            self._refresh()
            return answer

    def _failure(self, call: int, version: str) -> Answer | None:
        """The answer to a call that fails whatever it asks for."""
        for at, kind in self.faults.server_errors:
            if at == call:
                return server_error(kind, version)
        every = self.faults.throttle.every
        if every and call % every == 0:
            return too_many(self._clock() if self.faults.throttle.as_date else None)
        return None

    def _authorize(self, request: Request) -> None:
        """Count the call against its token. Raises Refused if that opens nothing."""
        token = self.tokens.of(request.headers.get("authorization", ""), self._clock())
        if token is None or self.faults.token_expiry and token.calls >= self.faults.token_expiry:
            raise Refused(401, "unauthorisedrequest", "the token is missing, unknown or expired")
        token.calls += 1
        if token.level != "district" or self.faults.sharing == "suspended":
            raise Refused(403, "forbidden", "the token does not open this district")
        if not self.tokens.allows(token, request.parts[0], request.version):
            raise Refused(403, "forbidden", "the token lacks the scope of this path")

    def _read(self, request: Request) -> Answer:
        base = self.base_url + DATA[request.version]
        match request.parts:
            case ["events"]:
                return self._feed(request, base)
            case [collection] if collection in COLLECTIONS:
                headers, body = self._pages.page(
                    self.district, collection, _window(request.query), version=request.version, base=base)
                return 200, {**JSON, **headers}, body
            case [collection, id] if collection in COLLECTIONS:
                gone = self.faults.sharing == "expired" or collection in self.faults.empty
                record = None if gone else self.district.find(collection, id)
                if record is None:
                    raise Refused(404, "unknownobject", "unknown object")
                made = self._pages.object(record, request.version, base)
                return 200, JSON, written({ENVELOPES[collection][1]: made})
        raise Refused(404, "unknownobject", "unknown path")

    def _feed(self, request: Request, base: str) -> Answer:
        window = _window(request.query)
        day = self.district.day
        if day not in self._events:
            self._events[day] = events.events(self.district, base)
        try:
            found = events.between(self._events[day], request.query)
        except (ValueError, OverflowError, OSError):
            raise Refused(400, "invaliddata", "after and before are seconds since 1970") from None
        rows = found[window.offset:window.offset + window.limit]
        headers = paging_headers(f"{base}/events", window, len(rows), len(found), self.faults)
        return 200, {**JSON, **headers}, written({"events": rows})

    def _refresh(self) -> None:
        after = self.faults.refresh_during_pull
        if after == -1:
            self._refreshes += 1
        elif after and self.calls["oneroster"] == after:
            self._refreshes += 60

    def _simulator(self, method: str, path: str) -> Answer:
        """What a real provider lacks: its counters, its next day and its webhook messages."""
        match method, path:
            case "GET", "":
                return 200, JSON, written({"day": self.district.day, "calls": dict(sorted(self.calls.items())),
                                            "tokens": len(self.tokens.issued)})
            case "POST", "/next-day":
                return 200, JSON, written({"day": self.advance()})
            case "GET", "/webhooks":
                return 200, JSON, written([
                    {"headers": message.headers, "body": message.body.decode()} for message in self.messages()])
        return 404, JSON, written({"error": "GET /simulator, GET /simulator/webhooks, POST /simulator/next-day"})

    def messages(self) -> list[webhooks.Message]:
        """The webhook messages that the switch `webhook` offers now; none without a secret."""
        if self.webhook_secret is None:
            return []
        return webhooks.messages(
            self.faults.webhook, secret=self.webhook_secret, now=self._clock(), guid=self.district_guid,
            name=self.district_name, processed=discovery.written(self.processed))


def simulated_provider(students: int, seed: int = 1, *, today: date, day: str = "today",
                       faults: Iterable[str] = (), oneroster: str = "1.1",
                       clock: Callable[[], float] = time.time, sleep: Callable[[float], None] = time.sleep,
                       base_url: str = "https://connect.example", webhook_secret: str | None = None) -> Provider:
    """The provider of a made-up district, with `faults` as a user writes them (`link=none`).

    Raises ValueError for less than 1 student, or an unknown day, fault, value or version.
    """
    made = OneRosterDistrict(students, seed, today, day=day, faults=parse(faults))
    return Provider(made, oneroster=oneroster, clock=clock, sleep=sleep, base_url=base_url,
                    webhook_secret=webhook_secret)


def _window(query: dict[str, str]) -> Window:
    try:
        return asked(query)
    except ValueError as error:
        raise Refused(400, "invaliddata", str(error)) from None

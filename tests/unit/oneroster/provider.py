"""A provider in memory, with the whims of real ones as switches, and bundles of CSV files."""

from __future__ import annotations

import base64
import csv
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs, urlsplit

from rostering.errors import SourceUnavailable
from rostering.oneroster.session import Client, Session

API = "https://data.example/ims/oneroster/v1p1"
TOKENS = "https://connect.example/datahub/oauth/token"
SECRET = "s3cr3t-of-the-district"
MORNING = 1_790_000_000.0


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Clock:
    """Time that passes only while somebody sleeps."""

    at: float = MORNING
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds


@dataclass
class Provider:
    """Answers as `Transport.send` does. `faults` holds what is answered to a call (from 1) instead of a page."""

    records: dict[str, list[Any]]
    clamp: int | None = None
    short: Callable[[int], int] | None = None       # how many rows the page of a call has
    ignore_offset: bool = False
    total: int | str | None = None                  # "true" tells the true one
    link: str | None = None
    shift: Callable[[int, list[Any]], list[Any]] | None = None
    envelope: dict[str, Any] = field(default_factory=dict)
    token_calls: int | None = None                  # a token is good for so many
    expires_in: Any = 7199
    scope: str = ""
    faults: dict[int, Any] = field(default_factory=dict)
    token_faults: dict[int, Any] = field(default_factory=dict)
    calls: list[dict[str, str]] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str], bytes | None]] = field(default_factory=list)
    given: int = 0
    left: int = 0

    def send(self, method: str, url: str, *, headers: Mapping[str, str], most_bytes: int,
             body: bytes | None = None) -> Answer:
        self.asked.append((method, url, dict(headers), body))
        return self._token(headers, body) if url == TOKENS else self._page(url, headers)

    def _token(self, headers: Mapping[str, str], body: bytes | None) -> Answer:
        self.given += 1
        if self.given in self.token_faults:
            return fault(self.token_faults[self.given])
        form = parse_qs((body or b"").decode())
        pair = base64.b64decode(headers.get("Authorization", "Basic ")[6:]).decode() or ":".join(
            form.get(name, [""])[0] for name in ("client_id", "client_secret"))
        if pair != f"c1:{SECRET}" or form.get("scope", [""]) != [self.scope]:
            return Answer(401, {}, b'{"error": "invalid_client"}')
        self.left = self.token_calls if self.token_calls is not None else 1 << 30
        said = {"access_token": f"token-{self.given}", "token_type": "bearer", "expires_in": self.expires_in}
        return Answer(200, {}, json.dumps(said).encode())

    def _page(self, url: str, headers: Mapping[str, str]) -> Answer:
        parts = urlsplit(url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.calls.append(query)
        call = len(self.calls)
        if call in self.faults:
            return fault(self.faults[call])
        if headers.get("Authorization") != f"Bearer token-{self.given}" or not self.left:
            return Answer(401, {}, b"unauthorized")
        self.left -= 1
        name = parts.path.rsplit("/", 1)[1]
        kept = self.records[name] if self.shift is None else self.shift(call, self.records[name])
        offset, limit = int(query.get("offset", 0)), int(query.get("limit", 100))
        limit = min(limit, self.clamp or limit)
        limit = limit if self.short is None else max(1, min(limit, self.short(call)))
        page = kept[:limit] if self.ignore_offset else kept[offset:offset + limit]
        total = len(kept) if self.total == "true" else self.total
        sent = {"x-total-count": str(total)} if total is not None else {}
        sent |= {"link": self.link} if self.link else {}
        return Answer(200, sent, json.dumps({name: page} | self.envelope).encode())


def fault(what: Any) -> Answer:
    if isinstance(what, Exception):
        raise what
    return what


def busy(status: int = 429, *, after_seconds: int | None = None, at: float | None = None) -> Answer:
    """Too many requests, in plain text; until when as a number or as a date."""
    headers = {"retry-after": formatdate(at, usegmt=True) if at is not None else str(after_seconds)}
    return Answer(status, headers if at is not None or after_seconds is not None else {}, b"slow down")


def reset() -> SourceUnavailable:
    return SourceUnavailable("no answer: ConnectionError")


def client(**parts: Any) -> Client:
    return Client(**({"api_url": API, "token_url": TOKENS, "client_id": "c1", "client_secret": SECRET,
                      "requests_per_second": 0} | parts))


def session(provider: Provider, clock: Clock | None = None, *, drawn: float = 1.0, **parts: Any) -> Session:
    clock = clock or Clock()
    return Session(client(**parts), provider.send, now=clock.now, sleep=clock.sleep, random=lambda: drawn)


def users(count: int) -> list[dict[str, Any]]:
    return [{"sourcedId": f"u-{at}", "givenName": "Ada", "familyName": "Lowe"} for at in range(count)]


# ---------------------------------------------------------------------- CSV

USERS_1_1 = ("sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,"
             "middleName,identifier,email,sms,phone,agentSourcedIds,grades,password")
USERS_1_2 = ("sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,"
             "identifier,email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,preferredGivenName,"
             "preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns")
ROLES = ("sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,"
         "userProfileSourcedId")
ORGS = "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId"
ENROLLMENTS = ("sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,"
               "endDate")
DEMOGRAPHICS = ("sourcedId,status,dateLastModified,birthDate,sex,americanIndianOrAlaskaNative,asian,"
                "blackOrAfricanAmerican,nativeHawaiianOrOtherPacificIslander,white,demographicRaceTwoOrMoreRaces,"
                "hispanicOrLatinoEthnicity,countryOfBirthCode,stateOfBirthAbbreviation,cityOfBirth,"
                "publicSchoolResidenceStatus")


def manifest(version: str = "1.1", **modes: str) -> bytes:
    lines = ["propertyName,value", "manifest.version,1.0", f"oneroster.version,{version}"]
    return "\r\n".join([*lines, *(f"file.{name},{mode}" for name, mode in modes.items()), ""]).encode()


def table(header: str, *rows: str) -> bytes:
    return "\r\n".join([header, *rows, ""]).encode()


def quoted(header: str, rows: list[list[str]], *, quoting: int = csv.QUOTE_MINIMAL, ends: str = "\r\n") -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, quoting=quoting, lineterminator=ends)
    writer.writerows([header.split(","), *rows])
    return text.getvalue().encode()


def zipped(files: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    packed.seek(0)
    return packed

"""The entries of the product, each with a district behind it: what goes in, how it ended, whether anything moved.

Every door is made once, with accounts that stand; `enter` then lets one input in as the world does (a drop, an
answer of a zone, a message to the webhook, a request with a token, …) and tells an `Ending`. Where the input becomes
a load, the load goes on as the workflow would: plan, gate, and, if the gate lets it, to its end.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from import_sheet.job import Drop, run
from rostering import addresses, gate
from rostering.errors import SourceUnavailable
from rostering.load import part, paths, settle
from rostering.load.ground import Ground
from rostering.load.manifest import FeedManifest
from rostering.oneroster import problems as oneroster_problems
from rostering.sheet import problems as sheet_problems
from rostering.sif import codes as sif_codes
from rostering.sif import parse as sif_parse
from rostering.sif import problems as sif_problems
from rostering.sif.parse import Reject
from rostering.xlsx import refusal
from tests import loads
from tests.integration.gg4l_hook.office import Office as Gg4lOffice
from tests.integration.sif_pull.office import Office as ZoneOffice
from tests.integration.sif_pull.office import Wire
from tests.unit.gg4l import door as hooks
from tests.unit.import_sheet import bundles
from tests.unit.import_sheet import office as sheets

FUNCTIONS = Path(__file__).parents[2] / "functions"
_PASSING = re.compile(r"LOAD|DROP|LEASE|RECEIVED#.*|NEWEST#.*|REQUEST#.*|MESSAGE#.*|PULL#.*|SESSION|HOOK|SOURCE#.*")
STUDENTS = 40


@dataclass(frozen=True)
class Ending:
    """How an input ended: `kind` is ok, refused, rows (some were left out or noted), held, or waits (nothing of it
    was looked at yet); `codes` say why. `changed`: accounts, classes or settings are not as before.
    """

    kind: str
    codes: tuple[str, ...] = ()
    changed: bool = False


def standing(store: Any, *, but: str = "-") -> str:
    """A digest of everything that stands: all but the life of loads, pulls and messages, and the audit trail (and
    `but`, the beginning of a sort key).
    """
    said = hashlib.sha256()
    for key, item in store.snapshot().items():
        if not _PASSING.fullmatch(key.sk) and "#AUDIT#" not in key.pk and not key.sk.startswith(but):
            said.update(repr((key, item.version, item.body)).encode())
    return said.hexdigest()


@cache
def listed() -> frozenset[str]:
    """Every code that the product knows beforehand: of its catalogs, and those written out in its source."""
    written = {
        code
        for path in FUNCTIONS.rglob("*.py")
        for code in re.findall(r"\"((?:[FTRWIH]|OR)-[A-Z0-9][A-Z0-9-]*)\"", path.read_text())
    }
    words = {
        word
        for path in (
            *(FUNCTIONS / "gg4l_hook").glob("*.py"),
            *(FUNCTIONS / "sif_pull").glob("*.py"),
            *(FUNCTIONS / "rostering/oneroster").glob("*.py"),
            FUNCTIONS / "rostering/access/claims.py",
            FUNCTIONS / "accounts/problems.py",
            FUNCTIONS / "accounts/identity.py",
        )
        for word in re.findall(r"\"([A-Z][A-Z_]{2,})\"", path.read_text())
    }
    return frozenset(
        written
        | words
        | sheet_problems.MESSAGES.keys()
        | sheet_problems.MORE_MESSAGES.keys()
        | oneroster_problems.MESSAGES.keys()
        | sif_problems.MESSAGES.keys()
        | refusal.CODES.keys()
        | sif_parse._REASONS.keys()
        | {f"{category}/{code}" for category, names in sif_codes._NAMES.items() for code in names}
        | {"ADDRESS", "202", "400", "401", "403", "404", "413", "unrouted"}
    )


def go_on(store: Any, files: Any, load: str, now: Callable[[], str]) -> tuple[str, tuple[str, ...]]:
    """Plan, judge and, if it is approved, write a load that was read; its outcome, and the rules that hold it.

    Bad rows alone don't hold it here: the others are to be seen loading.
    """
    site = loads.SITE
    ground = loads.planned(store, files, load, now=now(), shards=FeedManifest.read(files, site, load).shards)
    settle.settle(ground, limits=gate.Limits(row_error_percent=50))
    settled = orjson.loads(files.read(paths.settled(site, load)))
    if settled["outcome"] == "approved":
        part.choose(ground, {})
        loads.write(Ground.open(store, files, site, load, now=now()))
    return settled["outcome"], tuple(sorted({hold["rule"] for hold in settled["holds"]}))


class Sheets:
    """The inbox, where workbooks are dropped."""

    name = "job of a drop (sheet)"

    def __init__(self, students: int = STUDENTS) -> None:
        self.students = students
        self._drops = 0
        self.office = self._office()
        self.office.load(self.first())

    def _office(self) -> Any:
        return sheets.Office()

    def first(self, **how: Any) -> bytes:
        """The workbook that was loaded."""
        return sheets.workbook([sheets.student(n) for n in range(1, self.students + 1)], **how)

    def enter(self, data: bytes, *, name: str = "sheet.xlsx", key: str = "") -> Ending:
        office = self.office
        before = standing(office.store)
        key = key or f"inbox/demo/ticket/{name}"
        office.inbox.write(key, data)
        self._drops += 1
        answer = run(office.desk, Drop(key, f"v{self._drops}", len(data)))
        if answer.outcome in ("unrouted", "waiting", "again"):
            return Ending(
                "refused" if answer.outcome == "unrouted" else "waits",
                (answer.outcome,),
                standing(office.store) != before,
            )
        body = office.body(answer.load)
        codes = tuple(sorted(code for code in body.get("problem_counts", {}) if not code.startswith("I-")))
        if answer.outcome == "turned_back":
            return Ending("refused", codes, standing(office.store) != before)
        outcome, rules = go_on(office.store, office.work, answer.load, office.now)
        kind = "held" if outcome == "held" else "rows" if codes else "ok"
        return Ending(kind, (*rules, *codes), standing(office.store) != before)


class Bundles(Sheets):
    """The inbox, where OneRoster bundles are dropped."""

    name = "job of a drop (bundle)"

    def _office(self) -> Any:
        return bundles.Bundles()

    def rows(self) -> dict[str, list[str]]:
        """The rows of a school of `students`, by collection."""
        there = range(1, self.students + 1)
        users = [row for row in bundles.SCHOOL["users"] if row.startswith("t-")]
        return bundles.SCHOOL | {
            "users": users + [f"s-{n},,,true,o-1,student,u{n},,Ana,Ruiz{n},s{n},,,04," for n in there],
            "enrollments": [bundles.SCHOOL["enrollments"][0], *(f"e-{n},,,c-1,o-1,s-{n},student," for n in there)],
        }

    def first(self, **rows: Any) -> bytes:
        return bundles.bulk(**(self.rows() | rows))

    def files(self, **changed: Any) -> dict[str, bytes]:
        return bundles.files(dict.fromkeys(bundles.HEADERS, "bulk"), self.rows() | changed)

    def enter(self, data: bytes, *, name: str = "roster.zip", key: str = "") -> Ending:
        return super().enter(data, name=name, key=key)

    def enter_loose(self, files: dict[str, bytes]) -> Ending:
        """Drop the files one by one into a folder, the manifest first; how the last one ended."""
        for name in sorted(files, key=lambda name: name != "manifest.csv"):
            ending = self.enter(files[name], key=f"inbox/demo/loose/{name}")
        return ending


class _Instead(Wire):
    """A zone's wire where some answers to SIF_GetMessage are others: `instead`, one after the other."""

    def __init__(self, zone: Any) -> None:
        super().__init__(zone)
        self.instead: list[bytes] = []

    def post(self, body: bytes, *, gzip: bool = True) -> bytes:
        if self.instead and b"SIF_GetMessage" in body:
            return self.instead.pop(0)
        return super().post(body, gzip=gzip)


class Zones:
    """A SIF zone, whose answers are what they are told to be."""

    name = "pull of a zone (SIF)"

    def __init__(self, students: int = STUDENTS, **how: Any) -> None:
        self.office = ZoneOffice(students=students, request_hours=0.01, **how)
        self.office.wire = _Instead(self.office.zone)
        first = self.office.order()
        go_on(self.office.store, self.office.work, first["load"], self.office.now)

    def enter(self, body: bytes, *, times: int = 1) -> Ending:
        """Let the zone answer `body` so many times while everything is asked for anew."""
        self.office.wire.instead = [body] * times
        try:
            reason = ""
            sif_parse.parse(body)
        except Reject as reject:
            reason = reject.reason
        return self.ask("full", reason)

    def enter_none(self, of: str) -> Ending:
        """Let the zone answer an empty SIF_ObjectData where it is asked for the objects `of`."""
        self.office.zone.faults = type(self.office.zone.faults)((f"empty-set={of}",))
        return self.ask()

    def ask(self, kind: str = "full", reason: str = "") -> Ending:
        """Visit the zone, and load what came of it."""
        office = self.office
        before = standing(office.store)
        pulled = office.order(kind, most=2_000)
        codes = tuple(code for code in (reason, pulled.get("code", "")) if code)
        if pulled["state"] not in ("pulled", "nothing"):
            return Ending("refused", codes or (pulled["state"],), standing(office.store) != before)
        if not pulled.get("load"):
            return Ending("refused" if reason else "ok", codes, standing(office.store) != before)
        told = tuple(
            sorted(
                code for code in office.load(pulled["load"]).get("problem_counts", {}) if not code.startswith("I-")
            )
        )
        outcome, rules = go_on(office.store, office.work, pulled["load"], office.now)
        kind = "held" if outcome == "held" else "refused" if reason else "rows" if told else "ok"
        return Ending(kind, (*codes, *rules, *told), standing(office.store) != before)


class Districts:
    """A district at GG4L, whose pages are what they are told to be."""

    name = "pull of a district (OneRoster)"

    def __init__(self, students: int = STUDENTS) -> None:
        self.office = Gg4lOffice(students=students)
        self.instead: Callable[[str, bytes], bytes | None] = lambda path, answer: None
        honest = self.office.provider.handle

        def handle(method: str, path: str, query: Any = "", headers: Any = None, body: bytes = b"") -> Any:
            status, told, answer = honest(method, path, query, headers, body)
            other = self.instead(path, answer) if status == 200 else None
            return (status, told, answer) if other is None else (200, {}, other)

        self.office.provider.handle = handle
        self.office.poll()
        first = self.office.pull(by="admin")
        go_on(self.office.store, self.office.work, first["load"], self.office.now)

    def enter(self, body: bytes, *, path: str = "/users") -> Ending:
        """Let every page of a collection be `body` in a pull."""
        return self.ask(lambda asked, answer: body if asked.endswith(path) else None)

    def enter_record(self, record: Any) -> Ending:
        """Let a record stand in the place of the last user of the first page (one more would shift the pages)."""
        left = [record]

        def other(path: str, answer: bytes) -> bytes | None:
            page = orjson.loads(answer) if left and path.endswith("/users") else {}
            return orjson.dumps({"users": [*page["users"][:-1], left.pop()]}) if page.get("users") else None

        return self.ask(other)

    def ask(self, instead: Callable[[str, bytes], bytes | None]) -> Ending:
        office = self.office
        before = standing(office.store, but="DISTRICT#")
        self.instead = instead
        pulled = office.pull(by="admin", most=300)
        codes = (pulled["code"],) if pulled.get("code") else ()
        if pulled["state"] != "pulled":
            return Ending("refused", codes or (pulled["state"],), self._moved(before))
        told = tuple(
            sorted(
                code for code in office.load(pulled["load"]).get("problem_counts", {}) if not code.startswith("I-")
            )
        )
        outcome, rules = go_on(office.store, office.work, pulled["load"], office.now)
        kind = "held" if outcome == "held" else "rows" if told else "ok"
        return Ending(kind, (*codes, *rules, *told), self._moved(before))

    def _moved(self, before: str) -> bool:
        """Where the district stands is told in its item, which is meant to change."""
        return standing(self.office.store, but="DISTRICT#") != before


class Hooks:
    """The webhook of a site."""

    name = "webhook"

    def __init__(self) -> None:
        self.door = hooks.Door()

    def enter(self, raw: bytes, headers: dict[str, str] | None = None, **event: Any) -> Ending:
        """Send a message; as the gateway hands it on, if `event` says how."""
        from gg4l_hook.webhook import Request, receive

        before, ordered = standing(self.door.store), len(self.door.orders)
        answer = receive(self.door, Request.of(event)) if event else self.door.post(raw, headers)
        return Ending(
            "ok" if answer.status == 202 else "refused",
            (str(answer.status),),
            standing(self.door.store) != before or (answer.status != 202 and len(self.door.orders) > ordered),
        )


class Tokens:
    """The HTTP API, asked with a token."""

    name = "API (token)"

    def __init__(self) -> None:
        from tests.integration.accounts.office import Office, account

        self.office = Office()
        self.office.put(account("ana"))
        self.good = self.office.token()

    def enter(self, token: str, path: str = "/sites/lakeview/accounts/ana") -> Ending:
        before = standing(self.office.store)
        answer = self.office.ask("GET", path, token=token)
        return Ending(
            "ok" if answer.status == 200 else "refused", (str(answer.status),), standing(self.office.store) != before
        )


class Keys(Sheets):
    """The inbox, where a good workbook is dropped under any key."""

    name = "key of a drop"

    def enter_key(self, key: str) -> Ending:
        rows = [sheets.student(n) for n in range(1, self.students + 2)]
        return self.enter(sheets.workbook(rows), key=key)


class Addresses:
    """Addresses that somebody saves and that we then connect to."""

    name = "address check and connection"

    def enter(self, url: str, answers: Iterable[str] = ("93.184.216.34",)) -> Ending:
        """Save `url`, and connect where a resolver says that it leads: the socket is never reached."""
        from rostering.transport import Refused, Transport

        try:
            addresses.check(url, ports=addresses.ZONE_PORTS)
        except addresses.BadAddress as error:
            saved = error.code
        else:
            saved = ""
        answers = list(answers)

        def resolve(host: str, port: int, **how: Any) -> list[tuple]:
            return [(0, 0, 0, "", (answer, port)) for answer in answers]

        with Transport(ports=addresses.ZONE_PORTS, resolve=resolve) as transport:
            try:
                transport.send("GET", url, headers={}, most_bytes=1_000)
            except Refused as error:
                return Ending("refused", (error.code,))
            except SourceUnavailable:
                return Ending("refused", (saved,)) if saved else Ending("ok", ("connects",))
        return Ending("ok")


class Bodies:
    """What a transport makes of an answer's bytes, compressed or not."""

    name = "body of an answer"

    def enter(self, data: bytes, encoding: str, most_bytes: int) -> Ending:
        import io
        import time
        from types import SimpleNamespace

        from rostering import transport

        source = io.BytesIO(data)
        answer = SimpleNamespace(
            headers={"Content-Encoding": encoding},
            raw=SimpleNamespace(read=lambda size, decode_content: source.read(size)),
        )
        try:
            transport._read(answer, most_bytes, time.monotonic() + 30)
        except transport.BodyTooBig:
            return Ending("refused", ("TOO_BIG",))
        except SourceUnavailable:
            return Ending("refused", ("NO_ANSWER",))
        return Ending("ok")

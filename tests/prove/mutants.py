"""Damaged deliveries by the thousand: no exception that is not listed, no hang, and nobody switched off by damage.

Each family has readers, which every mutant goes through in this process, and a door, which some go through in a
process of their own, to the end of the load. Then whole deliveries are truncated, thinned out, shuffled and doubled:
whatever comes of that without anybody's approval must stay within the limits (threats, section 8).
"""

from __future__ import annotations

import contextlib
import io
import json
import random
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any

import jwt

from rostering import people
from rostering.errors import InputError, RemoteProtocolError
from rostering.gate import Limits
from rostering.oneroster.bundle import open_zip
from rostering.oneroster.discovery import discovery
from rostering.oneroster.rest import collection
from rostering.oneroster.roster import Roster
from rostering.sheet.reading import read_sheet
from rostering.sheet.references import NothingKnown
from rostering.sif.parse import parse
from rostering.sif.salvage import redacted, salvage
from rostering.xlsx.workbook import open_workbook
from tests.prove import child, damage, doors
from tests.prove.hostile import spreadsheets
from tests.prove.results import Section
from tests.prove.spread import chunks, spread
from tests.unit.gg4l import door as hooks

SECONDS = 2.0
TODAY = date(2026, 11, 23)
SHORT = {"mutants": 2_000, "deep": 50, "truncations": 50}
LONG = {"mutants": 10_000, "deep": 500, "truncations": 500}


_MESSAGE_ID = re.compile(rb"(?<=MsgId>)[0-9A-F]{32}(?=<)")
_MOMENT = re.compile(rb"(?<=<SIF_Timestamp>)[^<]+")


class Hung(BaseException):
    """More than two seconds of processor time."""


@dataclass
class Found:
    """What became of the mutants of one family."""

    endings: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    worst: float = 0.0

    def add(self, other: Found) -> None:
        self.endings.update(other.endings)
        self.wrong += other.wrong
        self.worst = max(self.worst, other.worst)


@contextlib.contextmanager
def bounded() -> Iterator[None]:
    def hung(*_: object) -> None:
        raise Hung

    before = signal.signal(signal.SIGVTALRM, hung)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


# ------------------------------------------------------------------ one mutant, and what reads it


def sheet(rng: random.Random) -> bytes:
    return damage.of_zip(
        rng, spreadsheets.good(), lambda rng, data: rng.choice((damage.of_bytes, damage.of_tokens))(rng, data)
    )


def read_workbook(data: bytes) -> str:
    with (
        open_workbook(io.BytesIO(data), name="sheet.xlsx") as book,
        read_sheet(book, site="demo", known=NothingKnown(), today=TODAY) as reading,
    ):
        rows = sum(1 for _ in reading.records())
        return "read" if rows else "read nothing"


def bundle(rng: random.Random) -> bytes:
    return damage.of_zip(rng, _bundle(), lambda rng, data: rng.choice((damage.of_bytes, damage.of_rows))(rng, data))


@cache
def _bundle() -> dict[str, bytes]:
    return doors.Bundles().files()


def read_bundle(data: bytes) -> str:
    with open_zip(io.BytesIO(data)) as opened:
        sent = {
            name: (lambda name=name: opened.rows(name)) for name, mode in opened.modes.items() if mode != "absent"
        }
        roster = Roster(
            sent,
            today="2026-11-23",
            complete=frozenset(
                name for name, mode in opened.modes.items() if mode == "bulk" and opened.counts.get(name)
            ),
        )
        rows = sum(1 for _ in roster.records())
        roster.scope()
        return "read" if rows else "read nothing"


@cache
def pages() -> list[tuple[str, bytes]]:
    """What a provider answers to a pull: path and body."""
    district, seen = doors.Districts(), []

    def note(path: str, answer: bytes) -> None:
        if len(answer) < 60_000:
            seen.append((path, answer))

    district.ask(note)
    return seen


def page(rng: random.Random) -> tuple[str, bytes]:
    path, body = rng.choice(pages())
    return path, damage.of_json(rng, body)


def read_page(asked: tuple[str, bytes]) -> str:
    path, body = asked
    name = path.rsplit("/", 1)[-1]
    told = [body, json.dumps({name: []}).encode()]
    records = 0
    if name in ("orgs", "academicSessions", "courses", "classes", "users", "enrollments", "demographics"):
        for each in collection(lambda path, params: (200, {}, told.pop(0) if told else b"{}"), name, name):
            records += len(each.records)
    else:
        discovery(body)
    return "read" if records else "read nothing"


@cache
def messages() -> list[bytes]:
    """What a zone answers in a full pull; with the same ids and times in each run, so that a seed is a seed."""
    zone, drawn = doors.Zones(buffer_bytes=16_384), dict[bytes, bytes]()

    def steady(match: re.Match[bytes]) -> bytes:
        return drawn.setdefault(match[0], b"%032X" % (0xA5EED << 64 | len(drawn)))

    received = [body for body in zone.office.wire.received if len(body) < 60_000]
    told = (_MESSAGE_ID.sub(steady, _MOMENT.sub(b"2026-11-23T07:40:00Z", body)) for body in received)
    return list(dict.fromkeys(told))


def message(rng: random.Random) -> bytes:
    body = rng.choice(messages())
    return rng.choice((damage.of_bytes, damage.of_tokens, damage.of_tokens))(rng, body)


def read_message(body: bytes) -> str:
    salvage(body)
    redacted(body)
    return "read" if parse(body).message else "read nothing"


def hook(rng: random.Random) -> bytes:
    kind = rng.choice((hooks.STATUS, hooks.READY, hooks.CHANGED))
    return damage.of_json(
        rng,
        hooks.message(
            kind,
            projectManager={"name": "Bo", "email": "bo@x.org"},
            callAt="2026-11-24",
            url="https://gg4l.example.org/x",
            note="é",
        ),
    )


def receive(raw: bytes) -> str:
    answer = _hooks().door.post(raw)
    if answer.status not in (202, 400, 403, 413):
        raise AssertionError(f"status {answer.status} {answer.outcome}")
    return str(answer.status)


@cache
def _hooks() -> Any:
    return doors.Hooks()


@cache
def _tokens() -> Any:
    return doors.Tokens()


def token(rng: random.Random) -> str:
    from tests.integration.accounts.office import KEY

    good = _tokens().good
    if rng.random() < 0.5:
        text = damage.of_bytes(rng, good.encode()).decode("latin-1")
        return text if text != good else text + "A"
    claims = damage.of_value(rng, jwt.decode(good, options={"verify_signature": False}))
    try:
        return jwt.encode(claims, KEY, algorithm="RS256", headers={"kid": _tokens().office.ports.signer.kid})
    except (TypeError, ValueError, UnicodeError):
        return f"{good}."


def ask(said: str) -> str:
    """A token that was changed may only count if it says what the good one says, in effect."""
    from tests.integration.accounts.office import KEY

    status = _tokens().enter(said).codes[0]
    if status == "200":
        claims = jwt.decode(
            said,
            KEY.public_key(),
            algorithms=["RS256"],
            audience="rollbook",
            options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
        good = jwt.decode(_tokens().good, options={"verify_signature": False})
        if any(claims.get(name) != good[name] for name in ("sub", "site", "sid", "iss", "aud")):
            raise AssertionError("a token that says something else counts")
    elif status not in ("401", "403", "404"):
        raise AssertionError(f"status {status}")
    return status


FAMILIES: dict[str, tuple[Callable[[random.Random], Any], Callable[[Any], str]]] = {
    "workbooks": (sheet, read_workbook),
    "OneRoster bundles": (bundle, read_bundle),
    "OneRoster pages": (page, read_page),
    "SIF messages": (message, read_message),
    "webhook messages": (hook, receive),
    "tokens": (token, ask),
}
# Families with a door of their own, to the end of a load.
DEEP: dict[str, tuple[Callable[[], Any], Callable[[Any, Any], doors.Ending]]] = {
    "workbooks": (doors.Sheets, lambda door, data: door.enter(data)),
    "OneRoster bundles": (doors.Bundles, lambda door, data: door.enter(data)),
    "OneRoster pages": (
        doors.Districts,
        lambda door, asked: door.ask(lambda path, answer: asked[1] if path == asked[0] else None),
    ),
    "SIF messages": (doors.Zones, lambda door, body: door.enter(body)),
}


def mutate(name: str, numbers: range, seed: int) -> Found:
    """Let these mutants of a family be read."""
    make, read = FAMILIES[name]
    found = Found()
    for number in numbers:
        mutant = make(random.Random(f"{seed}/{name}/{number}"))
        began = time.process_time()
        try:
            with bounded():
                ended = read(mutant)
        except (InputError, RemoteProtocolError) as error:
            ended = error.code or type(error).__name__
            if ended not in doors.listed() | {"REPEATED_PAGE", "INCOMPLETE", "ENVELOPE"}:
                found.wrong.append(f"mutant {number}: code {ended} is not listed")
        except Hung:
            ended = "hung"
            found.wrong.append(f"mutant {number}: more than {SECONDS} s")
        except Exception as error:
            ended = type(error).__name__
            found.wrong.append(f"mutant {number}: {ended}: {str(error)[:150]}")
        found.endings[ended] += 1
        found.worst = max(found.worst, time.process_time() - began)
    return found


def load(name: str, numbers: range, seed: int) -> Found:
    """Let these mutants of a family in at its door, each in a process of its own."""
    make, _ = FAMILIES[name]
    build, enter = DEEP[name]
    door, found = build(), Found()
    for number in numbers:
        mutant = make(random.Random(f"{seed}/{name}/deep/{number}"))
        before = active(door.office.store)

        def through(mutant: Any = mutant, before: Any = before) -> dict[str, Any]:
            ended = enter(door, mutant)
            return asdict(ended) | {"gone": too_many_gone(before, door.office.store)}

        measured = child.alone(through, hang_seconds=120)
        if measured.error:
            found.wrong.append(f"mutant {number}: {measured.error}")
            found.endings["broken"] += 1
            continue
        found.worst = max(found.worst, measured.seconds)
        ended = measured.result
        found.endings[ended["kind"]] += 1
        unlisted = set(ended["codes"]) - doors.listed() - {"REPEATED_PAGE", "INCOMPLETE", "ENVELOPE"}
        wrong = [
            *(f"code {code} is not listed" for code in sorted(unlisted)),
            *ended["gone"],
            *(["wanted out"] if measured.ways_out else []),
        ]
        found.wrong += [f"mutant {number}: {text}" for text in wrong]
    return found


# ------------------------------------------------------------------ whole deliveries, truncated


def active(store: Any) -> dict[str, tuple[str, str]]:
    """Who is active: account to school and role."""
    found = {}
    for item in store.snapshot().values():
        if item.key.sk == "ACCOUNT" and item.body["status"] == "active":
            account = people.account_of(item)
            found[account.id] = (account.fields.get("school") or "", account.role)
    return found


def too_many_gone(before: dict[str, tuple[str, str]], store: Any) -> list[str]:
    """Where more were switched off, without anybody's approval, than the limits allow."""
    limits, now = Limits(), active(store)
    had, gone = Counter(before.values()), Counter(told for account, told in before.items() if account not in now)
    return [
        f"{count} of {had[of]} {of[1]} accounts of school {of[0]} were switched off unasked"
        for of, count in gone.items()
        if count > limits.school_off
        or (count > limits.school_off_some and count * 100 > had[of] * limits.school_off_percent)
    ]


Deliveries = list[Callable[[Any], Any]]  # each is judged alone


def thinned_sheet(rng: random.Random) -> tuple[Any, Deliveries]:
    """A complete list with rows of people and rosters missing, shuffled or doubled."""
    door = _door("sheet")
    rows = list(range(1, door.students + 1))
    kept = _thinned(rng, rows)
    book = doors.sheets.workbook([doors.sheets.student(n) for n in kept], complete=True)
    return door, [lambda door: door.enter(book)]


def thinned_bundle(rng: random.Random) -> tuple[Any, Deliveries]:
    door = _door("bundle")
    rows = dict(door.rows())
    for name in rng.sample(sorted(rows), rng.choice((1, 1, 2, 6))):
        rows[name] = _thinned(rng, rows[name])
    return door, [lambda door: door.enter(doors.bundles.bulk(**rows))]


def thinned_pages(rng: random.Random) -> tuple[Any, Deliveries]:
    """A district whose pages have records missing, or are cut, in two pulls 49 hours apart."""
    seed, share, cut = rng.random(), rng.choice((0.02, 0.1, 0.5, 0.9, 1.0)), rng.random() < 0.2

    def thin(path: str, answer: bytes) -> bytes | None:
        again = random.Random(f"{seed}{path}")
        name = path.rsplit("/", 1)[-1]
        if cut and again.random() < 0.3:
            return answer[: again.randrange(len(answer))]
        try:
            body = json.loads(answer)
        except ValueError:
            return None
        if not isinstance(body, dict) or not isinstance(body.get(name), list):
            return None
        kept = [one for one in body[name] if again.random() >= share] if again.random() < 0.6 else body[name]
        again.shuffle(kept)
        return json.dumps(body | {name: kept}).encode()

    def pull(door: Any) -> None:
        door.ask(thin)
        door.office.at += timedelta(hours=49)
        door.office.poll()

    return _door("pages"), [pull, pull]


_OBJECT = re.compile(
    rb"<(StudentPersonal|StaffPersonal|StudentContact|StudentSchoolEnrollment|StudentSectionEnrollment|SectionInfo|"
    rb"SchoolInfo) .*?</\1>",
    re.DOTALL,
)


def thinned_zone(rng: random.Random) -> tuple[Any, Deliveries]:
    """A zone whose answers have objects missing, or are cut, in two full pulls 49 hours apart."""
    seed, share, cut = rng.random(), rng.choice((0.02, 0.1, 0.5, 0.9, 1.0)), rng.random() < 0.2
    of = rng.choice((b"StudentPersonal", b"StaffPersonal", b"StudentSchoolEnrollment", b"SectionInfo", b""))

    def thin(body: bytes) -> bytes:
        if cut and rng.random() < 0.1:
            return body[: rng.randrange(len(body))]

        def keep(match: re.Match[bytes]) -> bytes:
            if of and match[1] != of:
                return match[0]
            return b"" if random.Random(f"{seed}{match[0][:90]}").random() < share else match[0]

        return _OBJECT.sub(keep, body)

    def first(door: Any) -> None:
        honest = door.office.wire.zone.handle

        def handle(body: bytes) -> Any:
            answer = honest(body)
            return (
                answer._replace(body=thin(answer.body))
                if hasattr(answer, "_replace")
                else _with_body(answer, thin(answer.body))
            )

        door.office.wire.zone.handle = handle
        pull(door)

    def pull(door: Any) -> None:
        door.ask("full")
        door.office.at += timedelta(hours=49)

    return _door("zone"), [first, pull]


def _with_body(answer: Any, body: bytes) -> Any:
    from dataclasses import replace

    return replace(answer, body=body)


def _thinned(rng: random.Random, rows: list[Any]) -> list[Any]:
    turn = rng.randrange(4)
    if turn == 0:
        return rows[: rng.randrange(len(rows) + 1)]
    if turn == 1:
        return rows[rng.randrange(len(rows)) :]
    kept = [row for row in rows if rng.random() < rng.choice((0.1, 0.5, 0.9, 0.98))] if turn == 2 else list(rows)
    rng.shuffle(kept)
    return kept


@cache
def _door(name: str) -> Any:
    return {"sheet": doors.Sheets, "bundle": doors.Bundles, "pages": doors.Districts, "zone": doors.Zones}[name](60)


TRUNCATED = {
    "sheet": thinned_sheet,
    "OneRoster bundle": thinned_bundle,
    "OneRoster pages": thinned_pages,
    "SIF zone": thinned_zone,
}


def truncate(name: str, numbers: range, seed: int) -> Found:
    """Let these truncated deliveries in; nobody approves anything."""
    found = Found()
    for number in numbers:
        door, deliveries = TRUNCATED[name](random.Random(f"{seed}/{name}/truncated/{number}"))

        def through(door: Any = door, deliveries: Deliveries = deliveries) -> list[Any]:
            wrong, off = [], 0
            for deliver in deliveries:
                before = active(door.office.store)
                deliver(door)
                wrong += too_many_gone(before, door.office.store)
                off += len(before.keys() - active(door.office.store).keys())
            return [wrong, off]

        measured = child.alone(through, hang_seconds=180)
        if measured.error:
            found.wrong.append(f"delivery {number}: {measured.error}")
            continue
        gone, off = measured.result
        found.endings["switched somebody off, within the limits" if off else "switched nobody off"] += 1
        found.wrong += [f"delivery {number}: {text}" for text in gone]
        found.worst = max(found.worst, measured.seconds)
    return found


def _all(work: Callable[..., Found], names: Iterable[str], pieces: list[range], seed: int) -> dict[str, Found]:
    found = {name: Found() for name in names}
    orders = [(name, piece, seed) for name in found for piece in pieces]
    for (name, piece, _), part in zip(orders, spread(work, orders), strict=True):
        found[name].add(part)
        if piece == pieces[-1]:
            print(f"{work.__name__} {name}: {len(found[name].wrong)} wrong", flush=True)
    return found


def run(*, command: str, seed: int = 1, long: bool = False, mutants: int | None = None) -> Section:
    """All families; `mutants` of each instead of those of a short or long run."""
    size = LONG if long else SHORT
    if mutants:
        size = {"mutants": mutants, "deep": mutants // 40, "truncations": mutants // 40}
    read = _all(mutate, FAMILIES, chunks(size["mutants"], 500), seed)
    loaded = _all(load, DEEP, chunks(size["deep"], 25), seed)
    truncated = _all(truncate, TRUNCATED, chunks(size["truncations"], 25), seed)
    section = Section("mutants", "Mutants and truncations", command)
    wrong = [
        f"{name}: {text}"
        for each in (read, loaded, truncated)
        for name, found in each.items()
        for text in found.wrong
    ]
    worst = max(found.worst for each in (read, loaded) for found in each.values())
    section.promise(
        "mutants of each family end in a listed code",
        "10,000, 100 %",
        f"{size['mutants']:,} of each of {len(read)} families read, "
        f"{size['deep']:,} of {len(loaded)} loaded to the end; "
        f"{sum(len(found.wrong) for found in (*read.values(), *loaded.values()))} wrong",
        not any(found.wrong for found in (*read.values(), *loaded.values())),
        "" if size["mutants"] >= 10_000 else f"{size['mutants']:,} each; 10,000 with --long",
    )
    section.promise("processor time of each", "< 2 s", f"worst {worst:.2f} s", worst < SECONDS)
    section.promise(
        "truncated, thinned or shuffled deliveries switch off no more than the limits unasked",
        "2,000",
        f"{size['truncations']:,} each of {', '.join(truncated)}; "
        f"{sum(len(found.wrong) for found in truncated.values())} wrong",
        not any(found.wrong for found in truncated.values()),
        ""
        if size["truncations"] >= LONG["truncations"]
        else f"{size['truncations']:,} each; {LONG['truncations']:,} with --long",
    )
    section.table(
        ("family", "how", "worst s", "ended as"),
        (
            (
                name,
                how,
                f"{found.worst:.2f}",
                ", ".join(f"{code} {number:,}" for code, number in found.endings.most_common(14)),
            )
            for how, each in (("read", read), ("loaded", loaded), ("truncated", truncated))
            for name, found in each.items()
        ),
    )
    if wrong:
        section.texts.append("Not as promised:\n\n" + "\n".join(f"- {text}" for text in wrong[:100]) + "\n")
    return section

"""Requests to a site's webhook: messages that are GG4L's, and forged ones of every kind, as API Gateway hands them on.

A forgery is made of a genuine message, sent already or still to come, so that one that got through would be found
under that message's id. Signatures are of the moment of sending: what is refused is refused for what is wrong with it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from rostering.clock import iso
from tests.unit.gg4l.door import CHANGED, READY, SECRET, STATUS, event, message, signature

NEIGHBOUR, CLOSED = "hillside", "closed"  # another site; one that takes no webhooks
NEIGHBOURS_SECRET = "whsec_SGlsbHNpZGUncyBvd24gc2VjcmV0LCBub3Qgb3Vycw=="
NEIGHBOURS_DISTRICT = "d-9001"
DISTRICTS = tuple(f"d-{n:04}" for n in range(1, 21))
MOST = 1 << 20
_SIZES = (*[MOST + 1] * 8, 3 * MOST // 2, 4 * MOST)  # as much as an event of Lambda holds
CANARY = "CANARY-NOTE"
_STATES = ("SURVEY_SUBMITTED", "DPA_PENDING", "DATA_SYNC", "VALIDATING")
_ROSTER_SHARE, _TWICE_SHARE = 0.3, 0.2


@dataclass(frozen=True, slots=True)
class Message:
    """A genuine one. `is_news`: it tells of an onboarding, else of a roster."""

    id: str
    raw: bytes
    district: str
    is_news: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """One request: `due` in seconds from the beginning, `kind` a forgery's, or "" for a genuine `message`."""

    due: float
    kind: str
    message: Message


def messages(count: int, seed: int) -> list[Message]:
    """So many different ones, of the last hour, each of a time of its own."""
    rng, since, made = random.Random(seed), datetime.now(UTC) - timedelta(hours=1), []
    for n in range(count):
        at, district = iso(since + timedelta(milliseconds=n)), rng.choice(DISTRICTS)
        is_news = rng.random() >= _ROSTER_SHARE
        raw = (
            message(STATUS, at, district=district, status=rng.choice(_STATES), note=f"{CANARY} {n}")
            if is_news
            else message(rng.choice((READY, CHANGED)), at, district=district)
        )
        made.append(Message(f"msg_{seed}_{n}", raw, district, is_news))
    return made


def plan(seconds: float, rate: float, share: float, seed: int) -> list[Sent]:
    """`seconds` x `rate` requests at the times of a Poisson process (given their number, these are uniform), `share`
    of them forged. Some genuine messages are sent again: at once, or at any time after.
    """
    rng, count = random.Random(seed), round(seconds * rate)
    genuine = round(count * (1 - share))
    kinds = [rng.choice(list(FORGERIES)) for _ in range(count - genuine)] + [""] * genuine
    rng.shuffle(kinds)
    known = messages(genuine or 1, seed)
    sent, planned = 0, []
    for due, kind in zip(sorted(rng.uniform(0, seconds) for _ in range(count)), kinds, strict=True):
        if kind:
            one = rng.choice(known[: max(1, genuine)])
        elif sent and rng.random() < _TWICE_SHARE:
            one = rng.choice((known[sent - 1], rng.choice(known[:sent])))
        else:
            one, sent = known[sent], sent + 1
        planned.append(Sent(due, kind, one))
    return planned


def events(planned: list[Sent], wall: float, seed: int) -> Iterator[dict[str, Any]]:
    """The events of a plan that begins at `wall` (epoch seconds), each made when it is asked for."""
    rng = random.Random(seed)
    for sent in planned:
        now = int(wall + sent.due)
        if sent.kind:
            yield FORGERIES[sent.kind](sent.message, now, rng)
        else:
            yield event(sent.message.raw, signed(sent.message, now), is_base64=rng.random() < 0.5)


def signed(one: Message, now: int, *, raw: bytes | None = None, secret: str = SECRET) -> dict[str, str]:
    said = signature(one.id, str(now), one.raw if raw is None else raw, secret)
    return {"webhook-id": one.id, "webhook-timestamp": str(now), "webhook-signature": said}


def flipped(text: bytes, rng: random.Random) -> bytes:
    bit, changed = rng.randrange(len(text) * 8), bytearray(text)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def _bad_signature(one: Message, now: int, rng: random.Random) -> dict[str, Any]:
    return event(one.raw, signed(one, now, raw=rng.randbytes(32)))


def _bit_of_header(one: Message, now: int, rng: random.Random) -> dict[str, Any]:
    headers = signed(one, now)
    name = rng.choice(list(headers))
    return event(one.raw, headers | {name: flipped(headers[name].encode(), rng).decode("latin-1")})


def _bit_of_body(one: Message, now: int, rng: random.Random) -> dict[str, Any]:
    return event(flipped(one.raw, rng), signed(one, now), is_base64=True)


def _stale(one: Message, now: int, rng: random.Random) -> dict[str, Any]:
    return event(one.raw, signed(one, now - rng.randint(301, 86_400)))


def _ahead(one: Message, now: int, rng: random.Random) -> dict[str, Any]:
    return event(one.raw, signed(one, now + rng.randint(600, 86_400)))  # still ahead if it has to wait


def _wrong_id(one: Message, now: int, rng: random.Random) -> dict[str, Any]:
    return event(one.raw, signed(one, now) | {"webhook-id": rng.choice((f"{one.id}0", "msg.1", "", "x" * 10_000))})


def _version(one: Message, now: int, rng: random.Random) -> dict[str, Any]:
    headers = signed(one, now)
    value = headers["webhook-signature"].removeprefix("v1,")
    said = rng.choice((f"v1a,{value}", f"v2,{value}", f",{value}", value, "v1,", "none", "v1a,"))
    return event(one.raw, headers | {"webhook-signature": said})


def _headers_missing(one: Message, now: int, rng: random.Random) -> dict[str, Any]:
    headers = signed(one, now)
    gone = rng.sample(list(headers), rng.randint(1, 3))
    return event(one.raw, {name: value for name, value in headers.items() if name not in gone})


def _neighbours_secret(one: Message, now: int, rng: random.Random) -> dict[str, Any]:
    return event(one.raw, signed(one, now, secret=NEIGHBOURS_SECRET))


def _neighbours_district(one: Message, now: int, rng: random.Random) -> dict[str, Any]:
    """Signed as it should be, by a sender who speaks for a district that is not the site's."""
    raw = one.raw.replace(one.district.encode(), NEIGHBOURS_DISTRICT.encode())
    return event(raw, signed(one, now, raw=raw))


def _no_such_site(one: Message, now: int, rng: random.Random) -> dict[str, Any]:
    site = rng.choice((CLOSED, f"site-{rng.randrange(10**6)}", "Lakeview", "lakeview#SITE", "../lakeview", "l" * 5_000))
    return event(one.raw, signed(one, now), site=site)


def _compressed(one: Message, now: int, rng: random.Random) -> dict[str, Any]:
    return event(one.raw, signed(one, now) | {"content-encoding": rng.choice(("gzip", "deflate", "br", "identity"))})


@cache
def _big(size: int, is_base64: bool) -> dict[str, Any]:
    return event(b" " * size, {}, is_base64=is_base64)


def _oversize(one: Message, now: int, rng: random.Random) -> dict[str, Any]:
    made = _big(rng.choice(_SIZES), rng.random() < 0.5)
    return made | {"headers": made["headers"] | signed(one, now)}


Forge = Callable[[Message, int, random.Random], dict[str, Any]]
FORGERIES: dict[str, Forge] = {
    "bad signature": _bad_signature,
    "bit of a header flipped": _bit_of_header,
    "bit of the body flipped": _bit_of_body,
    "stale": _stale,
    "ahead of its time": _ahead,
    "id of another message": _wrong_id,
    "version v1a, v2, none": _version,
    "headers missing": _headers_missing,
    "another site's secret": _neighbours_secret,
    "another site's district": _neighbours_district,
    "no such site": _no_such_site,
    "compressed": _compressed,
    "more than 1 MiB": _oversize,
}
STATUSES = dict.fromkeys(FORGERIES, 401) | {
    "": 202,
    "another site's district": 403,
    "no such site": 404,
    "compressed": 413,
    "more than 1 MiB": 413,
}

"""What is kept of a zone: where we stand, which requests are out, and every message that came.

| what                    | where                                                             | until              |
|-------------------------|-------------------------------------------------------------------|--------------------|
| session: where we stand | table, SESSION                                                    | the zone goes      |
| a request and its packets | table, REQUEST#{msg id}                                         | 90 days            |
| an event that was taken | table, MESSAGE#{msg id}                                           | 90 days            |
| a packet's objects      | zones/{site}/{zone}/packets/{object}/{request}/{number}.gz        | a newer set stands |
| an event's object       | zones/{site}/{zone}/events/{time}-{msg id}.gz                     | a newer set stands |
| what can't be read      | zones/{site}/{zone}/quarantine/{msg id}.gz, redacted              | 30 days            |

Objects are stored as the parser keeps them: without what we have no use for (`rostering.sif.objects`).
A packet's key follows from its request and number, so the same packet twice is one file.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

import orjson

from rostering.clock import moment
from rostering.sif.agent import Session
from rostering.sif.messages import Event, Response
from rostering.sif.salvage import redacted
from rostering.sif.sets import Packets, Told
from rostering.store import keys
from rostering.store.keys import Item

KEPT_DAYS = 90


@dataclass(slots=True)
class Request:
    """A SIF_Request of ours: `state` is sending, sent, ended or abandoned; `count` the objects that came."""

    object_name: str
    sent_at: str
    state: str = "sending"
    count: int = 0
    flaws: dict[str, int] = field(default_factory=dict)
    packets: Packets = field(default_factory=Packets)
    moved_at: str = ""


class Ledger:
    """The books of one zone. Only who holds the zone's lease writes them."""

    def __init__(self, store: Any, files: Any, site: str, zone: str, *, now: str) -> None:
        self._store, self._files, self._site, self._zone = store, files, site, zone
        self._requests: dict[str, Request | None] = {}
        self.body = self._session(now)
        self.agent = Session(**self.body["agent"])

    # ------------------------------------------------------------------ where we stand

    def _session(self, now: str) -> dict[str, Any]:
        item = self._store.get(keys.zone_session(self._site, self._zone))
        empty = {"agent": asdict(Session()), "state": "new", "code": "", "message": "", "since": now, "missing": {},
                 "objects": {}, "sets": {}, "full": None, "quarantined": 0, "failures": 0, "back_off_until": "",
                 "last_pull_at": "", "last_full_at": "", "last_load": "", "newest_event": "", "zone_says": {},
                 "lost_events": 0}
        return empty | (item.body if item else {})

    def enter(self, state: str, *, now: str, code: str = "", message: str = "") -> None:
        """Where we stand with the zone, in words; `since` is kept while it stays the same."""
        if (self.body["state"], self.body["code"]) != (state, code):
            self.body["since"] = now
        self.body |= {"state": state, "code": code, "message": message}

    def save(self) -> None:
        self.body["agent"] = asdict(self.agent)
        self.body["missing"] = dict(self.agent.missing)
        self._store.update(keys.zone_session(self._site, self._zone), lambda _: self.body)

    # ------------------------------------------------------------------ requests and their packets

    def open_request(self, msg_id: str, object_name: str, *, now: str) -> None:
        """Note a request before it is sent: its answer may be faster than the zone's receipt."""
        self._keep_request(msg_id, Request(object_name, now, moved_at=now))

    def request(self, msg_id: str) -> Request | None:
        """What is known of a request; None if we never sent it to this zone."""
        if msg_id not in self._requests:
            item = self._store.get(keys.zone_request(self._site, self._zone, msg_id)) if msg_id else None
            self._requests[msg_id] = _request(item.body) if item else None
        return self._requests[msg_id]

    def note(self, msg_id: str, **changes: Any) -> None:
        """Change what is known of a request."""
        request = self.request(msg_id)
        if request is not None:
            for name, value in changes.items():
                setattr(request, name, value)
            self._keep_request(msg_id, request)

    def _keep_request(self, msg_id: str, request: Request) -> None:
        self._requests[msg_id] = request
        body = asdict(request)
        expires = int((moment(request.sent_at) + timedelta(days=KEPT_DAYS)).timestamp())
        key = keys.zone_request(self._site, self._zone, msg_id)
        self._store.put_many([Item(key, body, expires=expires)])

    def keep_packet(self, response: Response, *, now: str) -> bool:
        """Make one packet durable; False if it is of no request that waits, or was here already."""
        request = self.request(response.request_msg_id)
        if request is None or request.state in ("abandoned", "ended"):
            return False
        if response.error is not None:
            request.packets.error = f"{response.error.category}/{response.error.code}"
        else:
            number = response.packet_number
            if number in request.packets:
                return False
            lines = [[one.ref_id, one.fields] for one in response.objects]
            self._files.write(self._packet(request.object_name, response.request_msg_id, number), _packed(lines))
            request.packets.add(number, more=response.more)
            request.count += len(lines)
            for flaw in response.flaws:
                request.flaws[flaw.code] = request.flaws.get(flaw.code, 0) + 1
        request.moved_at = now
        request.state = "ended" if request.packets.ended else "sent"
        self._keep_request(response.request_msg_id, request)
        return True

    def packets(self, object_name: str, msg_id: str) -> Iterator[Told]:
        """The objects of a set, packet by packet."""
        request = self.request(msg_id)
        for number in request.packets.numbers() if request else ():
            for ref_id, fields in _unpacked(self._files.read(self._packet(object_name, msg_id, number))):
                yield ref_id, fields, number

    def drop_sets(self, standing: set[str]) -> None:
        """Delete the packets of requests that no set stands on any more."""
        for key in self._files.list(f"{self._prefix}/packets/"):
            if key.split("/")[-2] not in standing:
                self._files.delete(key)

    # ------------------------------------------------------------------ events

    def keep_event(self, event: Event, *, now: str) -> bool:
        """Make an event durable; False if it was taken before."""
        key = keys.zone_message(self._site, self._zone, event.header.msg_id)
        if self._store.get(key) is not None:
            return False
        if event.object is not None:
            line = [[event.object_name, event.action, event.object.ref_id, event.object.fields]]
            self._files.write(f"{self._prefix}/events/{now}-{event.header.msg_id}.gz", _packed(line))
            self.body["newest_event"] = now
        self._take(key, {"object": event.object_name, "at": now}, now)
        return True

    def events(self) -> list[tuple[str, str, str, str, dict[str, Any]]]:
        """(time, object, action, RefId, fields) of every event that is kept, in the order of arrival."""
        found = []
        for key in self._files.list(f"{self._prefix}/events/"):
            at = key.rpartition("/")[2].rpartition("-")[0]
            found += [(at, *line) for line in _unpacked(self._files.read(key))]
        return found

    def drop_events(self, before: str) -> None:
        """Delete events that came before `before`: every set is younger."""
        for key in self._files.list(f"{self._prefix}/events/"):
            if key.rpartition("/")[2] < before:
                self._files.delete(key)

    # ------------------------------------------------------------------ messages that can't be taken

    def delivered_again(self, msg_id: str, *, now: str) -> int:
        """How often a message that can't be taken was delivered, this time included."""
        key = keys.zone_message(self._site, self._zone, msg_id)
        item = self._store.get(key)
        times = (item.body.get("times", 0) if item else 0) + 1
        self._take(key, {"times": times, "at": now}, now)
        return times

    def quarantine(self, msg_id: str, raw: bytes) -> None:
        """Set a message aside as it came, without what looks like a Social Security number or an alert."""
        self._files.write(f"{self._prefix}/quarantine/{msg_id}.gz", gzip.compress(redacted(raw), mtime=0))
        self.body["quarantined"] += 1

    def _take(self, key: keys.Key, body: dict[str, Any], now: str) -> None:
        expires = int((moment(now) + timedelta(days=KEPT_DAYS)).timestamp())
        self._store.put_many([Item(key, body, expires=expires)])

    @property
    def _prefix(self) -> str:
        return f"zones/{self._site}/{self._zone}"

    def _packet(self, object_name: str, msg_id: str, number: int) -> str:
        return f"{self._prefix}/packets/{object_name}/{msg_id}/{number:07d}.gz"


def _request(body: dict[str, Any]) -> Request:
    return Request(**body | {"packets": Packets(**body["packets"])})


def _packed(lines: Sequence[Any]) -> bytes:
    return gzip.compress(b"\n".join(orjson.dumps(line) for line in lines), compresslevel=1, mtime=0)


def _unpacked(data: bytes) -> Iterator[Any]:
    return (orjson.loads(line) for line in gzip.decompress(data).split(b"\n") if line)

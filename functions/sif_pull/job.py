"""One order of a zone: pull what is in the queue, or ask for everything anew, or only look whether all is well.

Orders come from the zone's schedules and from people (`rostering.zones`). An order that is not at
its end when its time is over, or waits for a provider's answers, is put into the queue again with a
delay: `Answer.again`. Running the same order twice is safe, also at the same time: one lease a zone.

A full request (`full` in the session) is open until every object was answered, refused, or given up:

| object's state | what it means                                                      |
|----------------|--------------------------------------------------------------------|
| due            | to be asked for                                                    |
| waiting        | asked for (`request`); its packets come through the queue          |
| complete       | packets 1..n arrived, and none was an error                        |
| refused        | the zone would not queue the request, or an answer said SIF_Error  |
| incomplete     | packets are missing for good                                       |
| not_offered    | the zone does not let us ask                                       |
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rostering import pulls
from rostering.clock import iso, moment
from rostering.load import progress
from rostering.sif import codes
from rostering.sif.agent import Agent
from rostering.sif.messages import SifError
from rostering.store import keys
from rostering.store.keys import Key
from rostering.zones import ZoneSettings
from sif_pull import feed
from sif_pull.ledger import Ledger
from sif_pull.pump import End, Pump, Zis

TRIES = 2                       # a request that is lost is sent once more, with a new id
MOST_BACK_OFFS = 3              # attempts of one order at a zone that does not answer
LEASE_MARGIN_SECONDS = 90
BUSY_SECONDS = 5
LONGEST_WAIT_SECONDS = 300
_LEFT = frozenset({"complete", "refused", "incomplete", "not_offered"})


@dataclass(frozen=True, slots=True)
class Order:
    """What a schedule or a person asked for: kind is pull, full or check."""

    site: str
    zone: str
    kind: str
    pull: str
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an order: `again` is after how many seconds it goes on (None: it is over)."""

    outcome: str
    again: float | None = None
    load: str = ""
    attempt: int = 0
    messages: int = 0
    objects: int = 0


@dataclass(frozen=True, slots=True)
class Desk:
    """What a job works with.

    `connect` opens a zone's HTTP; `start` starts a load's workflow. `back_off_seconds` is the first
    wait after an error; the next ones double it.
    """

    store: Any
    work: Any
    now: Callable[[], str]
    new_load: Callable[[], str]
    connect: Callable[[ZoneSettings, str], Any]
    start: Callable[[str, str], None]
    back_off_seconds: float = 180.0

    def new_id(self) -> str:
        """An id of SIF: 32 uppercase hexadecimal digits."""
        return uuid.uuid4().hex.upper()


def run(desk: Desk, order: Order, *, seconds_left: Callable[[], float]) -> Answer:
    """Run an order as far as its time goes."""
    item = desk.store.get(keys.zone(order.site, order.zone))
    if item is None:
        return Answer("removed")
    zone = ZoneSettings.of(item.body)
    if _pull(desk, order)["state"] in pulls.OVER:
        return Answer("over")
    if zone.waits_for:
        _tell(desk, order, state="refused", code="WAITS", message=zone.waits_for)
        return Answer("refused")
    lease = keys.zone_lease(order.site, order.zone)
    if not pulls.take_lease(desk.store, lease, order.pull, now=desk.now(),
                            seconds=seconds_left() + LEASE_MARGIN_SECONDS):
        return Answer("busy", again=BUSY_SECONDS, attempt=order.attempt)
    try:
        return _Visit(desk, order, zone, seconds_left).run()
    finally:
        pulls.free_lease(desk.store, lease, order.pull)


class _Visit:
    """One invocation's visit at a zone."""

    def __init__(self, desk: Desk, order: Order, zone: ZoneSettings, seconds_left: Callable[[], float]) -> None:
        self._desk, self._order, self._zone, self._seconds_left = desk, order, zone, seconds_left
        self._ledger = Ledger(desk.store, desk.work, order.site, order.zone, now=desk.now())
        self._agent = Agent(zone, self._ledger.agent, now=desk.now, new_id=desk.new_id)

    @property
    def _full(self) -> dict[str, Any] | None:
        return self._ledger.body["full"]

    def run(self) -> Answer:
        body, desk, order = self._ledger.body, self._desk, self._order
        if order.kind == "pull" and order.attempt == 0 and body["back_off_until"] > desk.now() and _by_schedule(order):
            _tell(desk, order, state="unavailable", code=body["code"], message=body["message"])
            return Answer("backing off")
        made = _pull(desk, order)["load"]
        if made and made == body["last_load"]:      # an earlier visit fell over before it could say so
            return self._over("pulled", load=made)
        _tell(desk, order, state="running", message="Talking with the zone.")
        if order.kind == "full" or (order.kind == "pull" and not body["sets"]):
            self._open_full()
        elif order.kind == "check":
            self._agent.renew()
            self._agent.look_around()
        with desk.connect(self._zone, order.site) as zis:
            pump, end = self._drain(zis)
        self._note_refused(pump)
        answer = self._after(pump, end)
        self._ledger.save()
        return Answer(answer.outcome, answer.again, answer.load, answer.attempt, pump.messages, pump.objects)

    def _drain(self, zis: Zis) -> tuple[Pump, End]:
        """Send the due requests and drain the queue; once more, if that showed that answers are lost."""
        pump = Pump(self._agent, self._ledger, zis, self._zone, now=self._desk.now,
                    time_is_over=lambda: self._seconds_left() <= 0)
        while True:
            self._ask()
            end = pump.run()
            self._ledger.save()
            if end.why != "drained" or not self._retry(pump):
                return pump, end

    # ------------------------------------------------------------------ the full request

    def _open_full(self) -> None:
        """Begin a full request, unless this order's is open already; an older one is given up for it."""
        full = self._full
        if full and full["pull"] == self._order.pull:
            return
        if full:
            self._give_up([one["request"] for one in full["objects"].values() if one["state"] == "waiting"])
            _tell(self._desk, self._order, pull=full["pull"], state="nothing", code="SUPERSEDED",
                  message=f"A newer full request took its place: {self._order.pull}")
        self._ledger.body["full"] = {
            "pull": self._order.pull, "started_at": self._desk.now(),
            "objects": {one: {"state": "due", "request": "", "tries": 0} for one in codes.OBJECTS}}
        self._agent.renew()

    def _give_up(self, msg_ids: list[str]) -> None:
        for msg_id in msg_ids:
            self._ledger.note(msg_id, state="abandoned")
        self._agent.cancel(msg_ids)

    def _ask(self) -> None:
        """Prepare the requests that are due; a request whose sending was interrupted keeps its id."""
        due = []
        for name, one in (self._full or {"objects": {}})["objects"].items():
            sending = self._ledger.request(one["request"])
            if one["state"] == "due":
                one |= {"state": "waiting", "request": self._desk.new_id(), "tries": one["tries"] + 1}
                self._ledger.open_request(one["request"], name, now=self._desk.now())
                due.append((name, one["request"]))
            elif one["state"] == "waiting" and sending is not None and sending.state == "sending":
                due.append((name, one["request"]))
        self._ledger.save()
        self._agent.ask(due)

    def _note_refused(self, pump: Pump) -> None:
        for name, one in (self._full or {"objects": {}})["objects"].items():
            if name in pump.refused and one["state"] in ("due", "waiting"):
                code, sentence = pump.refused[name]
                one |= {"state": "not_offered" if code in ("4/5", "8/4", "8/3") else "refused", "code": code,
                        "message": sentence}

    def _retry(self, pump: Pump) -> bool:
        """Settle what ended; ask again, once, for what was lost. Whether there is something to ask for now."""
        self._note_refused(pump)
        due = False
        for name, one in (self._full or {"objects": {}})["objects"].items():
            if one["state"] != "waiting":
                continue
            request = self._ledger.request(one["request"])
            if request is None:
                continue
            lost, again = self._lost(request, pump)
            if request.packets.complete:
                one |= {"state": "complete", "count": request.count}
                self._ledger.body["sets"][name] = {
                    "request": one["request"], "complete": True, "sent_at": request.sent_at,
                    "count": request.count, "flaws": request.flaws}
            elif lost:
                self._give_up([one["request"]])
                if again and one["tries"] < TRIES:
                    one["state"] = due = "due"
                else:
                    one |= {"state": "incomplete" if not request.packets.error else "refused", "message": lost,
                            "code": request.packets.error or "INCOMPLETE"}
                    self._keep_half(name, one["request"])
        return bool(due)

    def _lost(self, request: Any, pump: Pump) -> tuple[str, bool]:
        """Why an answer will not be complete any more ("": it may be), and whether asking again may help."""
        error = request.packets.error
        if error:
            category, _, code = error.partition("/")
            known = SifError(int(category), int(code))
            return codes.sentence(known, "response"), codes.reaction(known, "response") == "again"
        waited = moment(self._desk.now()) - moment(request.sent_at)
        quiet = moment(self._desk.now()) - moment(request.moved_at or request.sent_at)
        if pump.poisoned:
            return "A packet could not be read; it lies in quarantine.", True
        if waited > timedelta(hours=self._zone.request_hours) and quiet > timedelta(hours=self._zone.request_hours / 2):
            return ("Packets are missing: the answer did not come to its end." if request.packets.runs
                    else "Nobody answered the request."), True
        return "", False

    def _keep_half(self, name: str, msg_id: str) -> None:
        """What came of an answer that broke off stands only where nothing else does; it tells of no absence."""
        request = self._ledger.request(msg_id)
        if name not in self._ledger.body["sets"] and request is not None and request.packets.runs:
            self._ledger.body["sets"][name] = {"request": msg_id, "complete": False, "sent_at": request.sent_at,
                                               "count": request.count, "flaws": request.flaws}

    # ------------------------------------------------------------------ after the run

    def _after(self, pump: Pump, end: End) -> Answer:
        ledger, desk, order = self._ledger, self._desk, self._order
        now = desk.now()
        if end.why == "stopped":
            ledger.enter("needs_administrator", now=now, code=end.code, message=end.message)
            return self._over("refused", code=end.code, message=end.message)
        if end.why == "later":
            return self._back_off(end)
        ledger.body |= {"failures": 0, "back_off_until": "", "last_pull_at": now}
        if end.why == "time":
            _tell(desk, order, state="running", message=f"{pump.objects:,} objects came; more are to come.")
            return Answer("more", again=0)
        ledger.enter("ready", now=now)
        if order.kind == "check":
            facts = ledger.body["zone_says"] | {"missing": dict(self._agent.session.missing)}
            return self._over("checked", facts=facts)
        if self._full:
            waiting = [name for name, one in self._full["objects"].items() if one["state"] not in _LEFT]
            if waiting and self._full["pull"] != order.pull:
                return self._over("nothing", message=f"Answers that pull {self._full['pull']} asked for are to come.")
            if waiting:
                return self._wait(waiting)
            return self._load_full()
        return self._load_events()

    def _back_off(self, end: End) -> Answer:
        ledger, desk, order = self._ledger, self._desk, self._order
        now, failures = desk.now(), ledger.body["failures"] + 1
        wait = min(desk.back_off_seconds * 2 ** (failures - 1), 20 * desk.back_off_seconds)
        ledger.body |= {"failures": failures, "back_off_until": iso(moment(now) + timedelta(seconds=wait))}
        ledger.enter("asleep" if end.code == "ASLEEP" else "unavailable", now=now, code=end.code, message=end.message)
        attempt = order.attempt + 1
        if attempt > MOST_BACK_OFFS or order.kind == "check":
            return self._over("unavailable", code=end.code, message=end.message)
        _tell(desk, order, state="running", code=end.code,
              message=f"{end.message} It is tried again in {wait:.0f} seconds.")
        return Answer("later", again=wait, attempt=attempt)

    def _wait(self, waiting: list[str]) -> Answer:
        """The queue is empty and answers are out: look again, less and less often."""
        _tell(self._desk, self._order, state="running",
              message=f"Waiting for the zone's answers: {', '.join(waiting)}.")
        since = (moment(self._desk.now()) - moment(self._full["started_at"])).total_seconds()
        step = self._desk.back_off_seconds / 180
        return Answer("waiting", again=min(max(1.0, since / 4) * max(step, 0.1), LONGEST_WAIT_SECONDS))

    def _load_full(self) -> Answer:
        """Every object of the full request is settled: make a load of it."""
        full, body = self._full, self._ledger.body
        body["objects"] = {name: {"count": one.get("count", 0), "at": self._desk.now(), "state": one["state"],
                                  "code": one.get("code", ""), "message": one.get("message", "")}
                           for name, one in full["objects"].items()}
        if not body["sets"]:
            body["full"] = None
            first = next((one for one in full["objects"].values() if one.get("message")), {})
            message = first.get("message") or "The zone lets us ask for nothing. See: rollbook zone show"
            self._ledger.enter("needs_administrator", now=self._desk.now(), code=first.get("code", "NOTHING"),
                               message=message)
            return self._over("refused", code=first.get("code", "NOTHING"), message=message, pull=full["pull"])
        return self._make_load(full["pull"], full=full)

    def _load_events(self) -> Answer:
        """Make a load of the events since the last one, unless one that waits for a person would be replaced by it."""
        body = self._ledger.body
        if not body["newest_event"] or body["newest_event"] <= body.get("loaded_event", ""):
            return self._over("nothing", message="The zone has nothing new.")
        held = progress.read(self._desk.store, self._order.site, body["last_load"]) if body["last_load"] else None
        if held and held["state"] == "held" and _by_schedule(self._order):
            return self._over("nothing", code="HELD",
                              message=f"Changes came, and wait until load {body['last_load']} is decided.")
        return self._make_load(self._order.pull, full=None)

    def _make_load(self, pull: str, *, full: dict[str, Any] | None) -> Answer:
        desk, order, body = self._desk, self._order, self._ledger.body
        asked = _pull(desk, order, pull)
        load = asked["load"] or desk.new_load()
        _tell(desk, order, pull=pull, state="running", load="", message="Making a load of what came.")
        desk.store.update(_key(order, pull), lambda was: was | {"load": load})
        newest = body["newest_event"]
        feed.make(desk, self._zone, order.site, load, self._ledger, full=full, by=asked["by"])
        desk.start(order.site, load)
        body |= {"last_load": load, "loaded_event": newest} | (
            {"full": None, "last_full_at": full["started_at"]} if full else {})
        self._ledger.save()         # before the pull is told as over: nobody comes back to an order that is
        return self._over("pulled", load=load, pull=pull)

    def _over(self, state: str, *, pull: str = "", load: str = "", **told: Any) -> Answer:
        _tell(self._desk, self._order, state=state, pull=pull, **told, **({"load": load} if load else {}))
        if pull and pull != self._order.pull:       # this order drained the answers that another one waits for
            _tell(self._desk, self._order, state="nothing", message=f"What came belongs to pull {pull}.")
        return Answer(state, load=load)


def _by_schedule(order: Order) -> bool:
    return order.pull.startswith("schedule-")


def _pull(desk: Desk, order: Order, pull: str = "") -> dict[str, Any]:
    """The item of a pull."""
    return pulls.read(desk.store, _key(order, pull), now=desk.now(), pull=pull or order.pull, zone=order.zone,
                      kind=order.kind)


def _tell(desk: Desk, order: Order, *, state: str, pull: str = "", **told: Any) -> None:
    """Write where a pull stands, for whoever follows it."""
    pulls.tell(desk.store, _key(order, pull), now=desk.now(), state=state, **told)


def _key(order: Order, pull: str = "") -> Key:
    return keys.zone_pull(order.site, order.zone, pull or order.pull)

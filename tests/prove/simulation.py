"""Everything in any order: a seeded simulator of a site's life, single-threaded, with duplicates and crashes.

Events are drawn by seed: drops (sheets, lists, bundles, rubbish), pulls of a zone and of a district, news by webhook,
decisions, undos, edits, accounts by hand; whatever waits goes on in any order, comes twice, or meets a call that fails
before or after it happened. After each step the invariants are looked at; a seed that breaks one is a test from then on
(`tests/unit/prove/test_seeds.py`).
"""

from __future__ import annotations

import random
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from rostering.model import Account
from rostering.store import keys
from tests.prove import child, damage
from tests.prove.cloud import SITE, Cloud, held
from tests.prove.hostile import spreadsheets
from tests.prove.results import Section
from tests.prove.sources import District, Zone
from tests.prove.spread import spread
from tests.unit.gg4l import door as hooks
from tests.unit.import_sheet import bundles
from tests.unit.import_sheet import office as sheets
from tests.unit.xlsx.workbooks import inline, row

SEEDS, LONG_SEEDS = 200, 10_000
EVENTS = 500
STUDENTS = 30
CRASHES = 5
_OVER = frozenset({"done", "turned_back", "rejected", "expired", "replaced", "previewed", "undone"})
# The states of the workflow in which accounts may be written.
_WRITES = frozenset({"Apply structure", "Apply people", "Apply rosters", "Deactivate", "Credentials"})


class Broken(AssertionError):
    """An invariant does not hold."""


@dataclass
class Site:
    """One site and what was acknowledged to the people who use it."""

    seed: int
    random: random.Random = field(init=False)
    cloud: Cloud = field(init=False)
    edited: dict[tuple[str, str], str] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    switched_off: set[str] = field(default_factory=set)
    approved: set[str] = field(default_factory=set)
    hooks: set[str] = field(default_factory=set)
    edits: Counter[str] = field(default_factory=Counter)
    off_unasked: Counter[str] = field(default_factory=Counter)
    happened: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.cloud = Cloud()
        self.zone = Zone(self.cloud, 6) if self.random.random() < 0.3 else None
        self.district = District(self.cloud, 6) if self.random.random() < 0.3 else None
        self.cloud.drop(self.sheet())
        self.cloud.settle()
        self.before: dict[str, Account] = self.cloud.accounts()
        self.units = -1

    # ------------------------------------------------------------------ what may happen

    def sheet(self, *, complete: bool = False, share: float = 1.0) -> bytes:
        grade = f"{self.random.randrange(1, 9):02d}"
        people = [
            sheets.student(
                n,
                grade=grade if self.random.random() < 0.2 else "04",
                email=f"s{n}@d.org" if self.random.random() < 0.2 else "",
            )
            for n in range(1, STUDENTS + 1)
            if self.random.random() < share
        ]
        return _workbook(people or [sheets.student(1)], complete=complete)

    def drop(self) -> None:
        kind = self.random.randrange(10)
        if kind < 5:
            self.cloud.drop(self.sheet(share=self.random.choice((1.0, 0.9, 0.3))))
        elif kind < 8:
            self.cloud.drop(self.sheet(complete=True, share=self.random.choice((1.0, 0.95, 0.5, 0.05))))
        elif kind < 9:
            users = [row for row in bundles.SCHOOL["users"] if self.random.random() < 0.8]
            self.cloud.drop(bundles.bulk(users=users), name="roster.zip")
        else:
            data = bytearray(self.sheet())
            del data[self.random.randrange(len(data)) :]
            self.cloud.drop(bytes(data))

    def again(self) -> None:
        """An order that waits comes twice."""
        if self.cloud.queue:
            self.cloud.queue.append(self.random.choice(list(self.cloud.queue)))

    def pull(self) -> None:
        if self.zone:
            self.zone.order(self.random.choice(("pull", "full")))
        if self.district and self.random.random() < 0.5:
            self.district.ask(self.random.choice(("poll", "pull")))

    def news(self) -> None:
        if self.district:
            name = f"msg_{self.random.randrange(1_000)}"
            raw = hooks.message(self.random.choice((hooks.STATUS, hooks.READY)), district=self.district.office.guid)
            from gg4l_hook import hint

            said = hint.read(raw, "2026-12-31T00:00:00.000Z")
            for _ in range(self.random.choice((1, 1, 3))):
                self._acknowledged(lambda: self.district.news(name, said, raw), lambda _: self.hooks.add(name))

    def decide(self) -> None:
        waiting = held(self.cloud)
        if waiting:
            load = self.random.choice(waiting)
            what = self.random.choice(("approve", "approve", "reject"))
            answer = self.cloud.ask("POST", f"/loads/{load}/{what}", body={"reason": "as it is"})
            if answer.status < 300 and what == "approve":
                self.approved.add(load)

    def undo(self) -> None:
        done = sorted(
            load for load, body in self.cloud.loads().items() if body["state"] == "done" and not body.get("undoes")
        )
        if done:
            answer = self.cloud.ask(
                "POST", f"/loads/{self.random.choice(done[-3:])}/undo", body={"reason": "a wrong sheet"}
            )
            if answer.status < 300:
                self.approved.add(answer.body["load"])
                self.undone = True

    def edit(self) -> None:
        students = sorted(account.id for account in self.cloud.accounts().values() if account.role == "Student")
        if students:
            who, name = self.random.choice(students), self.random.choice(("preferred_name", "middle_name"))
            value = f"V{self.random.randrange(10_000)}"
            answer = self.cloud.ask(
                "PATCH", f"/accounts/{who}", body={"fields": {name: value}, "reason": "asked for"}
            )
            if answer.status < 300:
                self.edited[who, name] = value
                self.edits[who] += 1

    def make(self) -> None:
        number = self.random.randrange(40)
        body = {
            "role": "Student",
            "school": "0012",
            "reason": "late",
            "anyway": True,
            "fields": {"first_name": f"Mia{number}", "last_name": "Moss", "grade": "04"},
        }
        answer = self.cloud.ask("POST", "/accounts", body=body, headers={"Idempotency-Key": f"make-{number}"})
        if answer.status < 300:
            self.made.add(answer.body["account"] if "account" in answer.body else answer.body["id"])

    def switch_off(self) -> None:
        on = sorted(
            account.id
            for account in self.cloud.accounts().values()
            if account.role == "Student" and account.status == "active"
        )
        if on and self.random.random() < 0.3:
            who = self.random.choice(on)
            if self.cloud.ask("POST", f"/accounts/{who}/deactivate", body={"reason": "left"}).status < 300:
                self.switched_off.add(who)

    def later(self) -> None:
        """Time passes; hours only while nobody writes: a load left alone for them loses its lease, and fails."""
        writing = any(body["state"] == "applying" for body in self.cloud.loads().values())
        self.cloud.office.clock.at += 60.0 if writing else self.random.choice((60.0, 3_600.0, 90_000.0))
        self.cloud.office._tokens.clear()
        if self.district:
            self.district.office.at += _hours(self.random.choice((1, 25)))
        if self.zone:
            self.zone.office.at += _hours(1)

    def _acknowledged(self, work: Callable[[], Any], then: Callable[[Any], Any]) -> None:
        """A request that may fail; only what was answered counts."""
        try:
            answer = work()
        except Exception as error:
            if type(error).__name__ not in ("StoreError", "Conflict"):
                raise
            return
        then(answer)

    # ------------------------------------------------------------------ one step

    def step(self) -> None:
        events = (
            (self.go_on, 70),
            (self.drop, 6),
            (self.again, 5),
            (self.pull, 2),
            (self.news, 2),
            (self.decide, 6),
            (self.undo, 1),
            (self.edit, 4),
            (self.make, 2),
            (self.switch_off, 1),
            (self.later, 1),
        )
        (event,) = self.random.choices([one for one, _ in events], [weight for _, weight in events])
        self.happened[event.__name__] += 1
        self.writer, self.load = ("" if event == self.go_on else event.__name__), ""
        event()
        self.look()

    def crash(self) -> None:
        """One of the next calls fails: before it happens, or after."""
        calls = self.cloud.calls
        calls.fail, calls.after = calls.made + self.random.randrange(1, 30), self.random.random() < 0.5

    def go_on(self) -> None:
        """Some order, or some execution, whichever; the order of both is anybody's."""
        cloud = self.cloud
        busy = [one for one in cloud.running.values() if not one.over and not one.token]
        if cloud.queue and (not busy or self.random.random() < 0.4):
            cloud.queue.rotate(self.random.randrange(len(cloud.queue)))
            self.writer = "order"
            cloud.deliver()
        elif busy:
            one = self.random.choice(busy)
            self.writer, self.load = one.at, one.load
            one.step()

    # ------------------------------------------------------------------ what must hold

    def look(self) -> None:
        if self.cloud.store.units == self.units:
            return  # nothing was written
        self.units = self.cloud.store.units
        now = self.cloud.accounts()
        self._unique(now)
        self._gate(now)
        self._acknowledged_stands(now)
        self.before = now

    def _unique(self, now: dict[str, Account]) -> None:
        names = Counter(account.username for account in now.values() if account.username)
        emails = Counter(
            (account.role == "Student", account.fields["email"])
            for account in now.values()
            if account.fields.get("email") and account.role != "Guardian" and account.status == "active"
        )
        ids = Counter((account.source, account.role == "Student", account.source_key) for account in now.values())
        for what, found in (("username", names), ("email", emails), ("id", ids)):
            twice = [value for value, count in found.items() if count > 1]
            if twice:
                raise Broken(f"a {what} belongs to two: {len(twice)}")

    def _gate(self, now: dict[str, Account]) -> None:
        if now == self.before:
            return
        if self.load:
            body = self.cloud.loads()[self.load]
            if self.writer not in _WRITES:
                raise Broken(f"accounts were written in {self.writer}")
            if body["state"] not in ("applying", "approved"):
                raise Broken(f"accounts were written by a load that is {body['state']}")
            off = [
                one
                for one, account in self.before.items()
                if account.status == "active" and now[one].status != "active"
            ]
            if (
                self.load not in self.approved
                and not (body.get("decision") or {}).get("what")
                and not body.get("undoes")
            ):
                self.off_unasked[self.load] += len(off)
                if self.off_unasked[self.load] > 10:
                    raise Broken(f"{self.off_unasked[self.load]} were switched off unasked")
        elif self.writer not in ("edit", "make", "switch_off", "order"):
            raise Broken(f"accounts were written by {self.writer}")
        if self.before.keys() - now.keys():
            raise Broken("an account is gone")

    def _acknowledged_stands(self, now: dict[str, Account]) -> None:
        for (who, name), value in self.edited.items():
            if now[who].fields.get(name) != value:
                raise Broken(f"an edit that was acknowledged is not there ({name}), after {self.writer}")
        for who in self.made:
            if who not in now:
                raise Broken("an account that was acknowledged is not there")
        for who in self.switched_off:
            if now[who].status == "active":
                raise Broken(f"somebody whom a person switched off is on, after {self.writer}")

    def end(self) -> None:
        """Everything is let go on, in calm, and the last word is looked at."""
        self.cloud.calls.fail = 0
        self.load, self.writer = "", "order"
        for _ in range(50):
            for _ in range(5_000):
                self.writer, self.load = "order", ""
                busy = [one for one in self.cloud.running.values() if not one.over and not one.token]
                if not self.cloud.queue and not busy:
                    break
                self.go_on()
                self.look()
            waiting = held(self.cloud)
            if not waiting:
                break
            self.cloud.ask("POST", f"/loads/{waiting[0]}/reject", body={"reason": "the end"})
        for load, body in self.cloud.loads().items():
            if body["state"] not in _OVER and load in self.cloud.running:
                raise Broken(f"a load stays {body['state']}, its workflow ended at {self.cloud.running[load].at}")
        self._audited()
        for name in self.hooks:
            if self.cloud.store.get(keys.gg4l_hook(SITE, name)) is None:
                raise Broken("a message that was acknowledged is not there")

    def _audited(self) -> None:
        """Each load begins and ends once in the audit trail; each edit of a person is there once."""
        events = [
            item.body for key, item in self.cloud.store.snapshot().items() if key.pk.startswith(f"{SITE}#AUDIT#")
        ]
        told = Counter(
            (event["load"], event["what"])
            for event in events
            if event["what"] in ("load.received", "load.applied", "load.turned_back")
        )
        if any(count > 1 for count in told.values()):
            raise Broken("a load is told twice in the audit trail")
        for load, body in self.cloud.loads().items():
            if (
                not told[load, "load.received"]
                or (body["state"] == "done") != bool(told[load, "load.applied"])
                and body["state"] not in ("undone",)
            ):
                raise Broken(f"a load that is {body['state']} is not told in the audit trail")
        edits = Counter(event["target"] for event in events if event["what"] == "account.updated")
        for who, count in self.edits.items():
            if edits[who] < count:
                raise Broken("an edit is not in the audit trail")


@cache
def _parts(complete: bool) -> dict[str, bytes]:
    return damage.unzipped(sheets.workbook([sheets.student(1)], complete=complete))


def _workbook(people: list[list[Any]], *, complete: bool) -> bytes:
    """`sheets.workbook` without drawing the sheet anew."""
    parts = dict(_parts(complete))
    for name, listed in (
        (spreadsheets.STUDENTS, people),
        ("xl/worksheets/sheet9.xml", [["709", one[0]] for one in people]),
    ):
        text = parts[name].decode()
        rows = "".join(
            row(n, *(inline(f"{chr(65 + at)}{n}", str(value)) for at, value in enumerate(cells) if value))
            for n, cells in enumerate(listed, start=2)
        )
        parts[name] = (text[: text.index('<row r="2"')] + rows + text[text.index("</sheetData>") :]).encode()
    return damage.zipped(parts)


def _hours(number: int) -> Any:
    from datetime import timedelta

    return timedelta(hours=number)


def live(seed: int, events: int = EVENTS) -> dict[str, Any]:
    """A site's life: what happened, and what broke ("" if nothing)."""
    site = Site(seed)
    crashes = set(site.random.sample(range(events), CRASHES))
    number, broken = 0, ""
    try:
        for number in range(events):
            if number in crashes:
                site.crash()
            site.step()
        site.end()
    except Broken as error:
        broken = f"seed {seed}, event {number}: {error}"
    except Exception:
        broken = f"seed {seed}, event {number}: {traceback.format_exc()[-600:]}"
    return {
        "broken": broken,
        "happened": dict(site.happened),
        "loads": dict(Counter(body["state"] for body in site.cloud.loads().values())),
        "accounts": len(site.cloud.accounts()),
    }


def _alone(seed: int) -> child.Measured:
    return child.alone(lambda: live(seed), hang_seconds=900)


def run(*, command: str, seed: int = 1, long: bool = False, seeds: int | None = None) -> Section:
    count = seeds or (LONG_SEEDS if long else SEEDS)
    section = Section("simulation", "Simulation", command)
    broken, happened, loads = [], Counter[str](), Counter[str]()
    numbers = range(seed, seed + count)
    for number, found in zip(numbers, spread(_alone, [(number,) for number in numbers]), strict=True):
        if found.error:
            broken.append(f"seed {number}: {found.error}")
            continue
        happened.update(found.result["happened"])
        loads.update(found.result["loads"])
        if found.result["broken"]:
            broken.append(found.result["broken"])
            print(broken[-1], flush=True)
        if number % 10 == 0:
            print(f"{number - seed + 1} seeds, {len(broken)} broken", flush=True)
    section.promise(
        "a site's life in any order, with duplicates and crashes, keeps the invariants after every step",
        "200 seeds in CI, 10,000 a night; 500 events each, 5 crashes",
        f"{count:,} seeds ({seed} to {seed + count - 1}), {EVENTS} events and {CRASHES} crashes each, "
        f"{len(broken)} broken",
        not broken,
        "" if count >= LONG_SEEDS or broken else f"{count:,} seeds; 10,000 with --long",
    )
    section.texts.append(
        "After every step: no username, email or id twice; no account written before the gate, nor by anything but "
        "the steps that may; no more than the limits switched off unasked; every edit, account and switching off "
        "that was acknowledged is there. In the end: no load stays on its way, each is told once in the audit "
        "trail, each edit is.\n"
    )
    section.table(("what happened", "times"), happened.most_common())
    section.table(("loads ended as", "times"), loads.most_common())
    if broken:
        section.texts.append("Not as promised:\n\n" + "\n".join(f"- `{text[:700]}`" for text in broken[:40]) + "\n")
    return section

"""A small district that came by real sheets and pulls, bent as things go wrong, and questions about it."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

from rostering import people, pulls
from rostering.access.lockout import digest_of
from rostering.access.roles import WHOLE_SITE, Actor
from rostering.credentials.envelope import SiteSecrets
from rostering.gate import Limits
from rostering.load import issue, plan, progress, settle
from rostering.load.ground import Ground
from rostering.model import Account
from rostering.sheet import template
from rostering.store import keys
from rostering.store.keys import Item, Key
from rostering.why.answer import Answer, ask
from rostering.why.question import Question
from rostering.zones import ZoneSettings
from tests import loads
from tests.unit.import_sheet.office import SALT, Office, row

SITE, ZONE = "demo", "Z1"
NOW = "2026-11-23T20:00:00.000Z"
SECRETS = SiteSecrets(pepper=b"p" * 32, data_key=b"d" * 32)
ADMIN = Actor(SITE, "admin", "Staff", {"admin": frozenset({WHOLE_SITE})})


def student(key: str, **cells: Any) -> list[Any]:
    """A row of Students with a name of its own."""
    last = {"s1": "Oak", "s2": "Elm", "s3": "Ash", "s4": "Fir", "s9": "Yew"}.get(key, "Box")
    return row("Students", {"id": key, "school": "0012", "first_name": "Ana", "last_name": last, "grade": "07"} | cells)


def staff(key: str, **cells: Any) -> list[Any]:
    return row("Staff", {"id": key, "school": "0012", "role": "Teacher", "first_name": "Bo",
                         "last_name": f"Ly{key[1:]}", "email": f"{key}@d.org"} | cells)


def guardian(key: str, student: str, **cells: Any) -> list[Any]:
    return row("Guardians", {"id": key, "student": student, "first_name": "Mo", "last_name": f"Guard{key}",
                             "relationship": "Mother"} | cells)


def section(key: str, **cells: Any) -> list[Any]:
    return row("Classes", {"id": key, "school": "0012", "course": "M", "name": f"Math {key}", "terms": "SY",
                           "teacher": "t1"} | cells)


def enrollment(section: str, student: str, **cells: Any) -> list[Any]:
    return row("Class Rosters", {"section": section, "student": student} | cells)


STUDENTS = [student("s1", birth_date="5/3/2013", email="s1@d.org"), student("s2", birth_date="6/3/2013"),
            student("s3"), student("s4", birth_date="7/3/2013")]


def sheet(*, complete: bool = False, **tabs: Sequence[Sequence[Any]]) -> bytes:
    """The district's workbook; tabs that are given take the place of its own (Class_Rosters for Class Rosters)."""
    rows: dict[str, Any] = {
        "Schools": [["0012", "Pine"], ["0013", "Cedar"]],
        "Terms": [row("Terms", {"id": "SY", "name": "Year", "year": "2027", "start_date": "8/1/2026",
                                "end_date": "6/30/2027"})],
        "Staff": [staff("t1"), staff("t2")], "Students": STUDENTS,
        "Guardians": [guardian("g1", "s1"), guardian("g2", "s2")],
        "Courses": [row("Courses", {"id": "M", "name": "Math"})], "Classes": [section("709")],
        "Class Rosters": [enrollment("709", key) for key in ("s1", "s2", "s3")]}
    file = io.BytesIO()
    template.write(file, site_name="", school_year="2026-27",
                   load_type="Complete list" if complete else "Add and update",
                   rows=rows | {name.replace("_", " "): given for name, given in tabs.items()})
    return file.getvalue()


class World:
    """A site. `first` is the load of the district's first sheet."""

    def __init__(self, *, loaded: bool = True, **tabs: Sequence[Sequence[Any]]) -> None:
        self.office = Office()
        self.store, self.files = self.office.store, self.office.work
        self.first = self.load(sheet(**tabs)) if loaded else ""

    def load(self, data: bytes) -> str:
        return self.office.load(data)

    def ask(self, entry: str, *, actor: Actor = ADMIN, now: str = NOW, **asked: Any) -> Answer:
        return ask(self.store, self.files, actor, Question(entry, **asked), now=now)

    def id(self, key: str, kind: str = "student", source: str = "sheet") -> str:
        return people.account_id(SALT, source, kind, key)

    def account(self, key: str, kind: str = "student") -> Account:
        return people.account_of(self.store.get(keys.account(SITE, self.id(key, kind))))

    def alter(self, key: str, change: Callable[[Account], Account], kind: str = "student") -> None:
        """Change an account as a person's act does, by a function of the library."""
        item = self.store.get(keys.account(SITE, self.id(key, kind)))
        self.store.put_many([people.item_of(SITE, change(people.account_of(item)), item.version + 1)])

    def put(self, key: Key, body: dict[str, Any]) -> None:
        self.store.put_many([Item(key, body)])

    def settings(self, **settings: Any) -> None:
        self.store.update(keys.settings(SITE), lambda body: body | settings)

    def by_hand(self, account: str, **fields: Any) -> Account:
        """An account that a person made."""
        one = Account(account, "Student", "active", f"{account}.m", {"school": "0012"} | fields,
                      created={"by": "admin", "reason": "new", "at": NOW})
        self.store.put_many([people.item_of(SITE, one)])
        return one

    def issue(self) -> None:
        """Issue the first secrets of the first load."""
        ground = Ground.open(self.store, self.files, SITE, self.first, now=self.office.now())
        for shard in ground.settled["people"]:
            issue.issue(ground, shard, secrets=SECRETS)

    def login(self, key: str, kind: str = "student", **values: Any) -> None:
        """Change what the sign-in item of an account says; {} makes it as the first load issued it."""
        self.issue()
        self.store.update(keys.username(SITE, self.account(key, kind).username), lambda body: body | values)

    def tries(self, username: str, tries: dict[str, Any]) -> None:
        self.put(keys.tries(SITE, digest_of(SITE, username)), tries)

    def hold(self, data: bytes) -> str:
        """Read and plan a workbook, and let its load wait for a person."""
        load = self.office.drop(data)
        self.planned(load)
        progress.wait(self.store, SITE, load, task_token="t", now=self.office.now())
        return load

    def planned(self, load: str) -> None:
        ground = Ground.open(self.store, self.files, SITE, load, now=self.office.now())
        shards = plan.FeedManifest.read(self.files, SITE, load).shards
        for phase in ("structure", "people", "rosters"):
            for number in range(len(shards[phase])):
                plan.plan(ground, phase, number)
        settle.settle(ground, limits=Limits())

    def zone(self, records: Sequence[Any], *, load: str = "01Z", at: str = "2026-11-23T07:40:00.000Z",
             complete: bool = False, **settings: Any) -> None:
        """A SIF zone that sent `records` at a time."""
        told = ZoneSettings(ZONE, "https://zis.example.org", ZONE, "2.3")
        body = asdict(replace(told, **settings))
        self.put(keys.zone(SITE, ZONE), {name: list(value) if isinstance(value, tuple) else value
                                         for name, value in body.items()})
        loads.run(self.store, self.files, load, records, source=told.source, now=at, today=at[:10], complete=complete,
                  pulled_at=at if complete else "")

    def pull(self, pull: str, state: str, *, at: str, **told: Any) -> None:
        """How a pull of the zone ended."""
        key = keys.zone_pull(SITE, ZONE, pull)
        pulls.read(self.store, key, now=at, pull=pull)
        pulls.tell(self.store, key, now=at, state=state, **told)


def evidence(answer: Answer) -> dict[str, str]:
    """What the trail found, the newest word first."""
    found: dict[str, str] = {}
    for step in reversed(answer.trail):
        for fact in step.finding.facts:
            found.setdefault(fact.name, fact.value)
    return found



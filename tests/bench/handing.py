"""What handing out a school costs: its cards as one PDF, and its readiness, in memory and on DynamoDB Local."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.disk import DiskFiles
from tests.bench.measures import peak_mb, timed

SITE, SCHOOL, NOW = "demo", "0012", "2026-11-23T07:40:00.000Z"
CLASS_OF = 25
_SECRETS = {"pepper": b"p" * 32, "data_key": b"d" * 32}


def cards(students: int, folder: Path) -> dict[str, Any]:
    """The cards and class lists of a school's students with first secrets, from the table to the file."""
    from rostering.credentials.envelope import SiteSecrets
    from rostering.load import printing
    from rostering.load.handout import Office, Wanted
    from rostering.store.memory import MemoryStore

    store, files = MemoryStore(), DiskFiles(folder)
    store.put_many(school(students))
    before = peak_mb()

    def print_all() -> tuple[int, str]:
        office = Office(store, SITE, secrets=SiteSecrets(**_SECRETS))
        accounts = list(office.accounts(Wanted(school=SCHOOL, stage="Student")))
        look = printing.look_of(SITE, {"name": "Demo District", "address": "https://demo.rollbook.example"})
        return len(accounts), printing.print_sheet(files, SITE, "pdf", office, accounts, look=look, name="cards",
                                                   printed_by="admin", printed_on="November 23, 2026", school=SCHOOL)
    seconds, (count, key) = timed(print_all)
    return {"seconds": seconds, "cards": count, "bytes": len(files.read(key)), "mb": peak_mb(), "before_mb": before}


def readiness(students: int, *, engine: bool = False) -> dict[str, Any]:
    """Gathering and judging the facts of a school of `students`, their guardians and their teachers."""
    from rostering.readiness import gather, stages
    from rostering.readiness.facts import STAGES
    from rostering.store.memory import MemoryFiles, MemoryStore

    def judge(store: Any) -> int:
        facts = gather.gather(store, MemoryFiles(), SITE, SCHOOL, now=NOW)
        return sum(len(stages.state(facts, stage)[1]) for stage in STAGES)
    items = list(school(students))
    if not engine:
        store = MemoryStore()
        store.put_many(items)
        seconds, rules = timed(lambda: judge(store))
        return {"seconds": seconds, "items": len(items), "rules": rules, "mb": peak_mb()}
    from infra.local import dynamodb_local
    from rostering.store import dynamo

    with dynamodb_local.running() as local:
        client = local.client(dynamo.client_settings())
        client.create_table(**dynamo.table_definition("bench"))
        at_rest = dynamo.DynamoStore(client, "bench")
        at_rest.put_many(items)
        at_rest.get_many(item.key for item in items)        # the engine is slow at first
        bare, _ = timed(lambda: at_rest.get_many(item.key for item in items))
        seconds, rules = timed(lambda: judge(at_rest))
        return {"seconds": seconds, "items": len(items), "rules": rules, "mb": peak_mb(), "ratio": seconds / bare}


def school(students: int) -> Iterator[Any]:
    """The items of one school: classes of 25, a teacher and a guardian for each, first secrets sealed."""
    from rostering import people
    from rostering.credentials import first_secrets
    from rostering.credentials.envelope import SiteSecrets
    from rostering.load.issue import signin_body
    from rostering.model import Account
    from rostering.store import keys
    from rostering.store.keys import Item

    drawn, secrets = random.Random(7), SiteSecrets(**_SECRETS)

    def account(name: str, role: str, **more: Any) -> Iterator[Item]:
        fields = {"id": name, "first_name": "Zoë", "last_name": f"Jönsson-{name}", "school": SCHOOL, "grade": "04",
                  "email": f"{name}@district.example"}
        one = Account(name, role, "active", f"zoe.{name}", fields, source="sheet", source_key=name, **more)
        yield people.item_of(SITE, one)
        band = first_secrets.band_of(role, "04")
        yield Item(keys.username(SITE, one.username), signin_body(
            first_secrets.draw(band, drawn), band=band, site=SITE, account=name, version=1, secrets=secrets, now=NOW))

    yield Item(keys.settings(SITE), {"site": SITE, "name": "Demo District", "id_salt": b"s"})
    yield Item(keys.school(SITE, SCHOOL), {"key": SCHOOL, "status": "active", "fields": {"name": "Pine School"}})
    yield Item(keys.course(SITE, "", "math"), {"key": "|math", "status": "active", "fields": {}})
    for start in range(0, students, CLASS_OF):
        section, teacher = f"s{start:05d}", f"t{start:05d}"
        members = [f"p{number:05d}" for number in range(start, min(start + CLASS_OF, students))]
        yield from account(teacher, "Teacher")
        yield Item(keys.section(SITE, section), {
            "id": section, "key": section, "kind": "section", "status": "active", "teachers": {teacher: "lead"},
            "members": {name: [] for name in members},
            "fields": {"school": SCHOOL, "name": f"Class {section}", "course": "|math", "period": "1"}},
            listed=keys.listed_section(SITE, SCHOOL, f"class{section}", section))
        for name in members:
            link = ["Mother", "Mother", True, "active"]
            yield from account(name, "Student", classes={section: ["", "", "active"]}, guardians={f"g{name}": link})
            yield from account(f"g{name}", "Guardian", students={name: link})

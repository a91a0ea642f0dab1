"""Check Data on DynamoDB Local: the first page of a school of 2,000, and the gaps of a school of 5,000 people."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from infra.local import dynamodb_local
from rostering.checks import gaps, view
from rostering.checks.facts import Moment
from rostering.checks.filters import Filter
from rostering.checks.view import Looking
from rostering.model import Account
from rostering.people import item_of
from rostering.store import keys
from rostering.store.dynamo import DynamoStore, client_settings, table_definition
from rostering.store.keys import Item
from tests.bench.measures import peak_mb

SITE, SCHOOL, TABLE = "demo", "0012", "rollbook-checks"
AT = Moment("2026-11-23T07:40:00.000Z", "2026-11-23")
RUNS = 3


class Recording:
    """A client of DynamoDB that notes its requests, and can make the very same again."""

    def __init__(self, client: Any) -> None:
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self._client = client

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            self.requests.append((operation, arguments))
            return getattr(self._client, operation)(**arguments)
        return call

    def again(self) -> None:
        """The same requests, one after another, and nothing done with what comes."""
        for operation, arguments in self.requests:
            getattr(self._client, operation)(**arguments)


def looking(people: int) -> dict[str, Any]:
    """Seconds and requests of a first page, of a page of teachers and of the gaps, in a school of so many people."""
    with dynamodb_local.running() as engine:
        client = Recording(engine.client(client_settings()))
        client.create_table(**table_definition(TABLE))
        store = DynamoStore(client, TABLE)
        store.put_many(item for item in _school(people))
        told = Looking(store, SITE, AT, {})
        return {"first": _timed(client, lambda: view.page(told, Filter(school=SCHOOL, role="Student"))),
                "teachers": _timed(client, lambda: view.page(told, Filter(school=SCHOOL, role="Teacher"))),
                "gaps": _timed(client, lambda: gaps.survey(told, SCHOOL)), "mb": peak_mb()}


def _timed(client: Recording, do: Callable[[], Any]) -> dict[str, Any]:
    """The best of some runs, and of the same requests alone; the requests are those of one run."""
    ours, anchor, cpu = [], [], []
    for _ in range(RUNS):
        client.requests = []
        began, computed = time.perf_counter(), time.process_time()
        do()
        ours.append(time.perf_counter() - began)
        cpu.append(time.process_time() - computed)
        began = time.perf_counter()
        client.again()
        anchor.append(time.perf_counter() - began)
    return {"seconds": min(ours), "anchor": min(anchor), "cpu": min(cpu),
            "requests": dict(Counter(operation for operation, _ in client.requests))}


def _school(people: int) -> list[Item]:
    """A school: of 20 people 9 students, 10 guardians and a teacher; a class for 5 students, everybody in six."""
    teachers = [f"t{number:05}" for number in range(people // 20)]
    students = [f"s{number:05}" for number in range(people * 9 // 20)]
    sections: dict[str, list[str]] = {f"c{number:04}": [] for number in range(len(students) // 5)}
    items = [Item(keys.school(SITE, SCHOOL), {"key": SCHOOL, "fields": {}}),
             Item(keys.term(SITE, "", "y"), {"key": "|y", "fields": {
                 "name": "Year", "start_date": "2026-08-24", "end_date": "2027-06-11"}}),
             Item(keys.course(SITE, "", "m"), {"key": "|m", "fields": {"name": "Mathematics"}})]
    for number, name in enumerate(students):
        mine = [f"c{(number * 7 + each) % len(sections):04}" for each in range(6)]
        for section in mine:
            sections[section].append(name)
        guardian = f"g{number:05}"
        items += [
            item_of(SITE, _person(name, "Student", classes={one: ["2026-08-24", "", "active"] for one in mine},
                                  guardians={guardian: ["Mother", "", True, "active"]})),
            item_of(SITE, _person(guardian, "Guardian", students={name: ["Mother", "", True, "active"]}))]
    for section, members in sections.items():
        lead = teachers[int(section[1:]) % len(teachers)]
        items += [Item(keys.teaches(SITE, lead, section), {"section": section, "part": "lead"}),
                  Item(keys.section(SITE, section), {
                      "id": section, "status": "active", "teachers": {lead: "lead"},
                      "members": {name: [] for name in members},
                      "fields": {"name": section, "school": SCHOOL, "terms": ["|y"], "course": "|m"}},
                      listed=keys.listed_section(SITE, SCHOOL, section, section))]
    items += [item_of(SITE, _person(name, "Teacher")) for name in teachers]
    items += [item_of(SITE, _person(f"h{number:05}", "Guardian", students={}))
              for number in range(people - len(teachers) - 2 * len(students))]
    items += [Item(keys.username(SITE, item.body["username"]), {
        "account": item.body["id"], "state": "first_secret", "mac": "0" * 64, "envelope": b"e" * 80,
        "issued_at": "2026-08-01T00:00:00.000Z"}) for item in items if item.key.sk == "ACCOUNT"]
    return items


def _person(name: str, role: Any, **more: Any) -> Account:
    letters = name.translate(str.maketrans("0123456789", "abcdefghij"))      # names are compared by their letters
    fields = {"id": name, "first_name": letters.title(), "last_name": f"Last{letters}", "school": SCHOOL,
              "email": f"{name}@d.org", "birth_date": "2014-01-01", **({"grade": "04"} if role == "Student" else {})}
    return Account(id=name, role=role, status="active", username=f"{name}.u", fields=fields, source="sheet",
                   source_key=name, created={"load": "01A", "row": 7}, **more)

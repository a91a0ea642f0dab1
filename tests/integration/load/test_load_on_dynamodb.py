"""A load on AWS's own engine: write units, real conditions, and tasks stopped in the middle."""

from __future__ import annotations

import itertools

import pytest

from rostering.store import keys
from rostering.store.dynamo import DynamoStore
from rostering.store.memory import MemoryFiles
from tests import loads
from tests.faults import Calls, Failing
from tests.unit.load import district as d

NEXT = [d.school(), *(d.student(str(n), n, grade="05") for n in (1, 3, 4)), d.guardian("id:g4"),
        d.link("id:g4", "4"), d.staff("t1", first_name="Anna"), d.section(), d.course(), d.term(),
        *(d.enrollment("709", str(n)) for n in (1, 3, 4))]


def known_student(n: int) -> list:
    """Everything a sheet can say of a student that costs a write: email, state id, guardian, class."""
    return [d.student(str(n), n, email=f"{n}@students.district.org", state_id=f"1143{n:05}", middle_name="Luis",
                      preferred_name="Pepe", birth_date="2015-05-03", start_date="2026-08-24"),
            d.guardian(f"id:g{n}", email=f"g{n}@example.com", phone="(718) 555-1212"), d.link(f"id:g{n}", str(n), n),
            *(d.enrollment(section, str(n), n) for section in ("701", "702", "703", "704", "705", "706"))]


def district(students: int) -> list:
    people = [record for n in range(1, students + 1) for record in known_student(n)]
    people.sort(key=lambda record: ["student", "guardian", "guardian_link", "enrollment"].index(record.kind))
    return [d.school(), d.term(), d.staff(), d.course(), *(d.section(str(n)) for n in range(701, 707)), *people]


@pytest.fixture
def counting(dynamodb_client, table) -> DynamoStore:
    store = DynamoStore(dynamodb_client, table, count_units=True)
    loads.site(store)
    return store


def spent(store: DynamoStore, work) -> float:
    before = store.units
    work()
    return store.units - before


def test_a_new_student_and_guardian_cost_no_more_than_six_units_each(counting):
    files = MemoryFiles()
    loads.run(counting, files, "01A", district(20))
    ground = loads.read(counting, files, "01B", district(40))
    loads.settle.settle(ground, limits=loads.gate.Limits())
    units = spent(counting, lambda: loads.apply.apply(ground, "people", 0))
    assert units / 40 <= 5            # the username with the first secret is the sixth, in the next stage


def test_a_changed_person_costs_two_units_and_an_unchanged_one_none(counting):
    files = MemoryFiles()
    loads.run(counting, files, "01A", district(20))
    changed = [d.student(str(n), n, grade="05") for n in range(1, 11)]
    ground = loads.read(counting, files, "01B", [d.school(), *changed])
    loads.settle.settle(ground, limits=loads.gate.Limits())
    assert spent(counting, lambda: loads.apply.apply(ground, "people", 0)) / 10 <= 2
    again = loads.read(counting, files, "01C", district(20))
    loads.settle.settle(again, limits=loads.gate.Limits())
    loads.write(again)
    assert counting.get(keys.change(keys.section(loads.SITE, "701"), "01C")) is None


def state(client, table: str) -> dict:
    """Everything in the table but the lease, and how often an item was written."""
    pages = client.get_paginator("scan").paginate(TableName=table)
    return {(item["pk"]["S"], item["sk"]["S"]): item["body"] for page in pages for item in page["Items"]
            if item["sk"]["S"] != "LEASE"}


@pytest.mark.parametrize("after", [False, True], ids=["the call fails", "the reply is lost"])
def test_a_load_stopped_at_many_calls_and_run_again_ends_the_same(dynamodb_client, make_table, after):
    def run(fail: int) -> tuple[dict, int]:
        name = make_table()
        store, files = DynamoStore(dynamodb_client, name), MemoryFiles()
        loads.site(store)
        loads.run(store, files, "01A", d.small())
        calls = Calls(fail=fail, after=after)
        loads.run(Failing(store, calls), Failing(files, calls), "01B", NEXT, complete=True)
        return state(dynamodb_client, name), calls.made
    expected, made = run(0)
    for fail in itertools.takewhile(lambda n: n <= made, itertools.count(1, 6)):
        assert run(fail)[0] == expected, f"call {fail}"
    assert made > 50

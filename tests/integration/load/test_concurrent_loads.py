"""Loads of two sources at once on AWS's own engine, tasks run twice: no name and no id ever belongs to two.

Each step of the machine delivers a sheet and a pull of one site at the same time; workers wait for
the lease, plan again where the ground moved, and every task of one of them is run by two workers.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from typing import Any

import orjson
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from accounts import matches
from accounts.ports import Ports
from rostering import feed, gate, people
from rostering.access.roles import Actor
from rostering.load import apply, finish, issue, lease, paths, plan, settle
from rostering.load.ground import Ground
from rostering.model import Account
from rostering.store import keys
from rostering.store.dynamo import DynamoStore
from rostering.store.memory import MemoryFiles
from tests import loads
from tests.unit.load import district as d

SIF = "sif:z1"
SECRETS = issue.SiteSecrets(pepper=b"p" * 32, data_key=b"k" * 32)
FIRST = ["Ana", "José", "Li", "Maria"]
LAST = ["García", "Ruiz"]

# Number of a child to what is said of it. Names depend on the number: the same child in both sources.
said = st.dictionaries(st.integers(1, 8), st.tuples(
    st.sampled_from(["03", "04", "05"]), st.sampled_from(["numbers", "email", "name only"])), min_size=1)


def sheet(roster: dict) -> list:
    return [d.school(), d.staff(), d.section(), *(_child(n, str(n), *told) for n, told in sorted(roster.items())),
            *(d.enrollment("709", str(n)) for n in sorted(roster))]


def pull(roster: dict) -> list:
    return [d.school(), *(_child(n, f"REF-{n}", *told) for n, told in sorted(roster.items()))]


def _child(n: int, key: str, grade: str, known_by: str) -> Any:
    more = {"numbers": {"id": str(n), "state_id": f"7{n}"}, "email": {"email": f"c{n}@d.org"}, "name only": {}}
    return d.student(key, n + 1, first_name=FIRST[n % 4], last_name=LAST[n % 2], birth_date=f"2016-05-0{n}",
                     grade=grade, **{"id": ""} | more[known_by])


class Districts(RuleBasedStateMachine):
    """One site, two sources. `counter` numbers loads."""

    def __init__(self, store: DynamoStore) -> None:
        super().__init__()
        self.store, self.files, self.counter = store, MemoryFiles(), 0
        self.failed: list[BaseException] = []
        self.ports = Ports(store, MemoryFiles(), self.files, None, None, None, print, "", "", time.time, os.urandom)
        loads.site(store)

    @rule(one=said, other=said, complete=st.booleans())
    def deliver_at_once(self, one: dict, other: dict, complete: bool) -> None:
        self.counter += 1
        work = [(f"{self.counter:02}A", sheet(one), "sheet"), (f"{self.counter:02}B", pull(other), SIF)]
        workers = [threading.Thread(target=self._run, args=(*each, complete)) for each in work]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(120)
        assert not self.failed, self.failed

    @rule(which=st.integers(0, 9), same=st.booleans(), told=said)
    def decide_while_a_sheet_loads(self, which: int, same: bool, told: dict) -> None:
        self.counter += 1
        worker = threading.Thread(target=self._run, args=(f"{self.counter:02}A", sheet(told), "sheet", False))
        worker.start()
        asked = [item.body for item in self.store.query(keys.match(loads.SITE, "").pk).items
                 if item.body["state"] == "open" and item.body["candidates"]]
        if asked:
            match = asked[which % len(asked)]
            answer = matches.Answer("checked", match["candidates"][0]["account"] if same else "", goes_on=False)
            matches.decide(self.ports, Actor(loads.SITE, "admin", "Staff"), match["match"], answer)
        worker.join(120)
        assert not self.failed, self.failed

    @invariant()
    def nothing_belongs_to_two(self) -> None:
        accounts = self._accounts()
        for of in (lambda a: a.username, lambda a: f"{a.source}/{a.source_key}",
                   lambda a: a.fields.get("email"), lambda a: a.fields.get("state_id")):
            taken = Counter(filter(None, map(of, accounts)))
            assert not [name for name, count in taken.items() if count > 1], taken
        assert all(account.username for account in accounts)

    @invariant()
    def nobody_holds_the_lease_between_loads(self) -> None:
        held = self.store.get(keys.lease(loads.SITE))
        assert held is None or not held.body["load"]

    def _accounts(self) -> list[Account]:
        found = self.store.listing(keys.people(loads.SITE, "0012"), limit=None).items
        return [people.account_of(item) for item in found if item.key.sk == "ACCOUNT"]

    def _run(self, load: str, records: list, source: str, complete: bool) -> None:
        try:
            ground = loads.read(self.store, self.files, load, records, source=source, complete=complete)
            while not self._begun(ground):
                _plan(ground)
            self._apply(ground)
        except BaseException as error:
            self.failed.append(error)

    def _begun(self, ground: Ground) -> bool:
        if settle.settle(self._open(ground), limits=gate.Limits())["outcome"] == "moved":
            return False
        ground = self._open(ground)
        while True:
            answer = lease.begin(ground, planned_on=ground.settled["ground"], moves=ground.settled["moves"])
            if answer["outcome"] != "busy":
                return answer["outcome"] == "started"
            time.sleep(0.01)

    def _apply(self, ground: Ground) -> None:
        for name in (*feed.PHASES, "going"):
            for task in orjson.loads(self.files.read(paths.shards(ground.site, ground.load, name))):
                twins = [threading.Thread(target=self._task, args=(ground, task)) for _ in range(2)]
                for twin in twins:
                    twin.start()
                for twin in twins:
                    twin.join(60)
        for task in orjson.loads(self.files.read(paths.shards(ground.site, ground.load, "people"))):
            issue.issue(self._open(ground), task["shard"], secrets=SECRETS)
        finish.finish(self._open(ground))

    def _task(self, ground: Ground, task: dict[str, Any]) -> None:
        try:
            ground = self._open(ground)
            lease.keep(ground)
            {"link": apply.link, "apply": apply.apply, "deactivate": apply.deactivate}[task["task"]](
                ground, task["phase"], task["shard"])
        except BaseException as error:
            self.failed.append(error)

    def _open(self, ground: Ground) -> Ground:
        return Ground.open(self.store, self.files, ground.site, ground.load, now=ground.now)


def _plan(ground: Ground) -> None:
    for phase in feed.PHASES:
        for task in orjson.loads(ground.files.read(paths.shards(ground.site, ground.load))):
            if task["phase"] == phase:
                plan.plan(ground, phase, task["shard"])


def test_whatever_runs_at_once_no_name_and_no_id_belongs_to_two(dynamodb_client, make_table):
    def machine() -> Districts:
        return Districts(DynamoStore(dynamodb_client, make_table(), sleep=lambda seconds: None))
    run_state_machine_as_test(machine, settings=settings(
        max_examples=8, stateful_step_count=4, deadline=None, suppress_health_check=list(HealthCheck)))

"""What the schedules call: the weekly look and the sweep of exports, over memory."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rostering.clock import iso
from rostering.load import paths
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.memory import MemoryFiles, MemoryStore
from sync import sweep, weekly, wiring
from tests.unit.import_sheet import office as sheets

EVENT = {"id": "e-1", "time": "2026-11-29T08:00:00Z"}


class States:
    """Step Functions: an execution's name is taken once."""

    class exceptions:
        class ExecutionAlreadyExists(Exception):
            pass

    def __init__(self) -> None:
        self.started: dict[str, dict[str, str]] = {}

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> None:
        if name in self.started:
            raise self.exceptions.ExecutionAlreadyExists
        self.started[name] = json.loads(input)


class Week:
    """A site that loaded a sheet, and a site that loaded nothing."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.office, self.states, self.days = sheets.Office(), States(), 0
        for name in ("demo", "empty"):
            self.store.put_many([Item(keys.listed_site(name), {"site": name})])
        self.store.insert(Item(keys.settings("empty"), {"site": "empty", "timezone": "UTC"}))
        self.office.load(sheets.workbook([sheets.student(1)]))
        monkeypatch.setenv("SYNC_ARN", "arn:sync")
        for name, part in (("store", self.store), ("work", self.work), ("workflow", self.states)):
            monkeypatch.setattr(wiring, name, lambda part=part: part)
        monkeypatch.setattr(wiring, "now", lambda: iso(datetime.now(UTC) + timedelta(days=self.days)))

    @property
    def store(self) -> MemoryStore:
        return self.office.store

    @property
    def work(self) -> MemoryFiles:
        return self.office.work


@pytest.fixture
def week(monkeypatch: pytest.MonkeyPatch) -> Week:
    return Week(monkeypatch)


def call(event: dict[str, Any]) -> tuple[int, int]:
    told = weekly.handler(event, None)
    return told["started"], told["gone"]


def test_every_source_that_loaded_something_is_verified_once_for_an_event(week: Week) -> None:
    assert call(EVENT) == (1, 0) and call(EVENT) == (0, 0)
    ((load, given),) = week.states.started.items()
    assert given == {"site": "demo", "load": load} and len(load) == 26
    body = week.office.body(load)
    assert (body["purpose"], body["source"], body["state"], body["sent_by"]) == ("verify", "sheet", "read", "schedule")
    assert call(EVENT | {"id": "e-2"}) == (1, 0)


def test_what_an_older_snapshot_left_goes_in_the_week_after_its_thirty_days(week: Week) -> None:
    week.office.load(sheets.workbook([sheets.student(1, grade="05")]))
    before = set(week.work.list("snapshots/"))
    assert call(EVENT)[1] == 0
    week.days = 31
    assert call(EVENT | {"id": "e-2"})[1] > 0
    assert set(week.work.list("snapshots/")) < before
    assert week.office.load(sheets.workbook([sheets.student(1, grade="06")]))
    assert week.office.account("s1").fields["grade"] == "06"


def test_exports_older_than_an_hour_are_swept_and_nothing_else(week: Week) -> None:
    week.work.write(paths.export("demo", "cards.pdf"), b"%PDF")
    assert sweep.handler({}, None) == {"gone": 0}
    week.days = 1
    before = set(week.work.list(""))
    assert sweep.handler({}, None) == {"gone": 1}
    assert before - set(week.work.list("")) == {paths.export("demo", "cards.pdf")}

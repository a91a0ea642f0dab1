"""Pulls of a connection that are judged, and approved or rejected by a person, in memory."""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson

from rostering import gate
from rostering.load import finish, hold, paths, settle
from rostering.load.ground import Ground
from rostering.load.manifest import FeedManifest
from rostering.model import Hold
from tests import loads

# Limits of which none holds anything.
NONE = gate.Limits(
    school_off=9_999, school_off_some=9_999, site_off=9_999, enrollments_off=9_999, changed_percent=100,
    new_percent=9_999, id_swap_percent=100, shifted_percent=100, row_error_percent=100)


class Judged:
    """What becomes of the loads of an `office`, one after the other. `warning` is the code that tells of emptiness."""

    def __init__(self, office: Any, warning: str) -> None:
        self.office, self._warning = office, warning
        self.load = ""
        self.ground: Ground | None = None

    def judge(self, load: str) -> list[Hold]:
        """Plan and judge; the holds. The load waits, or is there to be written: `approve`."""
        self.load = load
        store, work, now = self.office.store, self.office.work, self.office.now
        shards = FeedManifest.read(work, loads.SITE, load).shards
        self.ground = loads.planned(store, work, load, now=now(), shards=shards)
        outcome = settle.settle(self.ground, limits=NONE)["outcome"]
        holds = [Hold(**hold) for hold in orjson.loads(work.read(paths.settled(loads.SITE, load)))["holds"]]
        assert (outcome == "held") == bool(holds)
        if hold.outdates(self.ground, outcome):
            hold.replace_older(self.ground)
        if holds:
            hold.hold(self.ground, task_token=f"token of {load}")
        return holds

    def approve(self) -> None:
        loads.write(Ground.open(self.office.store, self.office.work, loads.SITE, self.load, now=self.office.now()))

    def reject(self) -> None:
        finish.end(self.ground, "rejected", finish=finish.finish)

    def undo(self) -> None:
        office = self.office
        loads.undo(office.store, office.work, office.desk.new_load(), self.load, now=office.now())

    def states(self) -> list[str]:
        """The states of all loads but the first, in their order."""
        return [self.office.load(load)["state"] for load in self.office.started[1:]]

    @property
    def counts(self) -> dict[str, Any]:
        return orjson.loads(self.office.work.read(paths.settled(loads.SITE, self.load)))["counts"]

    def accounts(self) -> dict[str, tuple[str, Any]]:
        """Everybody's status and birth date."""
        return {key.pk: (item.body["status"], item.body["fields"].get("birth_date"))
                for key, item in self.office.store.snapshot().items() if key.sk == "ACCOUNT"}

    def standing(self) -> Counter[tuple[str, str]]:
        """How many accounts there are, by role and status."""
        return Counter((item.body["role"], item.body["status"])
                       for key, item in self.office.store.snapshot().items() if key.sk == "ACCOUNT")

    def warned(self) -> int:
        return self.office.load(self.load)["problem_counts"].get(self._warning, 0)

"""A load that failed and goes on under its own number ends as if nothing had happened."""

from __future__ import annotations

import pytest

from rostering import gate
from rostering.load import apply, finish, lease, part, progress, settle
from rostering.load.manifest import FeedManifest
from rostering.store.memory import MemoryFiles, MemoryStore
from tests import loads
from tests.unit.load import district as d
from tests.unit.load.test_faults import NEXT, prepared

LATER = "2026-11-23T09:00:00.000Z"


def state(store: MemoryStore) -> dict:
    """What people see of the table: times and loads' own items aside."""
    return {key: item.body for key, item in store.snapshot().items()
            if key.sk not in ("LEASE", "LOAD") and "#AUDIT#" not in key.pk and "#CHANGE#" not in key.sk}


def until_it_fails(store: MemoryStore, files: MemoryFiles, *, written: int) -> None:
    """Load 01B up to a defect after `written` of its shards."""
    ground = loads.read(store, files, "01B", NEXT, complete=True)
    answer = settle.settle(ground, limits=gate.Limits())
    assert lease.begin(ground, planned_on=answer.get("ground", ground.settled["ground"]),
                       moves=ground.settled["moves"]) == {"outcome": "started"}
    part.choose(ground, {})
    for phase in ("structure", "people", "rosters")[:written]:
        apply.apply(ground, phase, 0)
    finish.fail(ground)


@pytest.mark.parametrize("written", range(4))
def test_a_load_goes_on_wherever_it_failed(written):
    store, files = prepared()
    loads.run(store, files, "01B", NEXT, complete=True)
    expected = state(store)

    store, files = prepared()
    until_it_fails(store, files, written=written)
    assert progress.read(store, loads.SITE, "01B")["state"] == "failed"
    assert progress.resume(store, loads.SITE, "01B", by="operator", reason="repaired", now=LATER) == 1
    shards = FeedManifest.read(files, loads.SITE, "01B").shards
    ground = loads.planned(store, files, "01B", shards=shards)
    settle.settle(ground, limits=gate.Limits())
    loads.write(ground)

    assert state(store) == expected
    body = progress.read(store, loads.SITE, "01B")
    assert (body["state"], body["resumed"]) == ("done", 1) and "message" not in body


@pytest.mark.parametrize("end", ["done", "rejected", "turned_back"])
def test_a_load_that_is_over_does_not_go_on(end):
    store = MemoryStore()
    loads.site(store)
    progress.create(store, loads.SITE, "01A", {"source": "sheet"}, now=loads.NOW)
    progress.close(store, loads.SITE, "01A", end, now=loads.NOW)
    assert progress.resume(store, loads.SITE, "01A", by="operator", reason="why not", now=LATER) == 0
    assert progress.read(store, loads.SITE, "01A")["state"] == end


def test_the_seconds_of_a_load_leave_out_the_wait_for_a_person_and_the_time_it_lay_failed():
    store, files = MemoryStore(), MemoryFiles()
    loads.site(store)
    loads.read(store, files, "01A", d.small())
    for stage, at in (("plan", "07:40:02"), ("hold", "07:40:03"), ("apply", "08:40:03")):
        progress.enter(store, loads.SITE, "01A", stage, 1, now=f"2026-11-23T{at}.000Z")
    progress.close(store, loads.SITE, "01A", "failed", now="2026-11-23T08:40:08.000Z")
    assert progress.worked(store, loads.SITE, "01A") == 8.0
    progress.resume(store, loads.SITE, "01A", by="operator", reason="repaired", now="2026-11-23T11:00:00.000Z")
    progress.enter(store, loads.SITE, "01A", "apply", 1, now="2026-11-23T11:00:01.000Z")
    assert progress.worked(store, loads.SITE, "01A") == 9.0

"""Stats of a whole plan are packed and come back as they were."""

from __future__ import annotations

from rostering.load.evidence import Stats, Tally
from rostering.load.shards import Shards
from rostering.model import Counts


def test_stats_come_back_as_they_were_put_in_and_can_be_changed():
    shards = Shards()
    one = Stats("01A", counts={"students": Counts(new=3)}, tallies={"student": {"0012": Tally(new=3)}}, changes=3,
                followers=[["id:g1", "1", True]])
    shards["people", 0] = one
    shards["people", 1] = Stats("01A", skipped=True)
    assert shards["people", 0] == one and list(shards) == [("people", 0), ("people", 1)]
    shards["people", 0] = Stats("01A")
    assert [found.changes for found in shards.values()] == [0, 0] and len(shards) == 2
    del shards["people", 1]
    assert list(shards) == [("people", 0)]

"""A delivery that tells of pairs only, and nothing of their ends."""

from __future__ import annotations

import pytest

from rostering import feed
from rostering.load import paths
from rostering.load.ground import Ground
from rostering.load.plan import read_changes
from rostering.store import keys
from rostering.store.memory import MemoryFiles, MemoryStore
from tests import loads
from tests.unit.load import district as d


@pytest.fixture
def ground() -> Ground:
    """A site with a first load behind it."""
    store, files = MemoryStore(), MemoryFiles()
    loads.site(store)
    loads.run(store, files, "01A", [*d.small(), d.section("710")])
    return Ground.open(store, files, loads.SITE, "01A", now=loads.NOW)


def test_an_enrollment_alone_reaches_the_class_and_the_student(ground):
    loads.run(ground.store, ground.files, "01B", [d.enrollment("710", "1")])
    student = ground.account("student", "1")
    assert ground.store.get(keys.section(loads.SITE, "710")).body["members"].keys() == {student}
    assert ground.store.get(keys.account(loads.SITE, student)).body["classes"].keys() == {"709", "710"}


def test_an_enrollment_told_again_alone_changes_nothing(ground):
    loads.read(ground.store, ground.files, "01B", [d.enrollment("709", "1")])
    assert [change for phase in feed.PHASES
            for change in read_changes(ground.files, loads.SITE, "01B", phase, 0)] == []


def test_a_pair_told_alone_keeps_its_school_and_ends_with_the_next_complete_list(ground):
    loads.run(ground.store, ground.files, "01B", [d.enrollment("709", "1")])
    left = [record for record in [*d.small(), d.section("710")]
            if record.key not in {("709", "1"), ("rti", "student:1")}]
    loads.run(ground.store, ground.files, "01C", left, complete=True)
    members = ground.store.get(keys.section(loads.SITE, "709")).body["members"]
    assert members.keys() == {ground.account("student", "2"), ground.account("student", "3")}


def test_a_shard_of_other_ends_of_pairs_does_not_count_as_silent(ground):
    loads.read(ground.store, ground.files, "01B", [d.enrollment("710", "1")])
    assert ground.files.exists(paths.changes(loads.SITE, "01B", "people", 0))

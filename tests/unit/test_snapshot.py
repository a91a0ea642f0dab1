"""The ground of the next feed: small to read for every task, with the gate's totals kept right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rostering import snapshot
from rostering.clock import iso
from rostering.load import paths
from rostering.snapshot import Shard, Snapshot
from rostering.store.memory import MemoryFiles


def shard(file: str, **active: dict[str, int]) -> Shard:
    return Shard(file, f"digest of {file}", active)


def store(files: MemoryFiles, load: str, *people: Shard) -> Snapshot:
    snapshot.write(files, "demo", "sheet", Snapshot(load, {"structure": [], "people": list(people), "rosters": []}))
    return snapshot.read(files, "demo", "sheet")


def test_the_totals_are_the_sum_of_all_shards():
    kept = store(MemoryFiles(), "01A", shard("a", student={"1": 2, "2": 3}),
                 shard("b", student={"2": 4}, staff={"1": 1}))
    assert kept.active() == {"student": {"1": 2, "2": 7}, "staff": {"1": 1}}


def test_a_shard_that_stays_keeps_its_counts_and_its_digest():
    files = MemoryFiles()
    first = store(files, "01A", shard("a", student={"1": 2}), shard("b", student={"1": 3}))
    second = store(files, "01B", first.shards["people"][0], shard("c", student={"1": 5}))
    third = store(files, "01C", *second.shards["people"])
    assert third.active() == {"student": {"1": 7}}
    assert [(one.file, one.feed_digest) for one in third.shards["people"]] == [
        ("a", "digest of a"), ("c", "digest of c")]


def test_a_shard_without_a_file_counts_nothing():
    assert store(MemoryFiles(), "01A", Shard()).active() == {}


def test_what_every_task_reads_names_each_school_once_however_many_shards_have_it():
    files = MemoryFiles()
    store(files, "01A", *(shard(f"file {n}", student={"school 0012": n + 1}) for n in range(100)))
    assert files.read(snapshot.manifest_key("demo", "sheet")).count(b"school 0012") == 1


def test_what_a_pull_sent_is_kept_and_where_nobody_noted_it_who_stands_active_was_had():
    files = MemoryFiles()
    kept = store(files, "01A", shard("a", student={"1": 2, "2": 3}, staff={"1": 1}))
    assert (kept.sent, kept.had("student"), kept.had("course")) == ({}, 5, 0)
    snapshot.write(files, "demo", "sheet", Snapshot("01B", kept.shards, sent={"student": 0, "course": 7}))
    kept = snapshot.read(files, "demo", "sheet")
    assert [kept.had(kind) for kind in ("student", "staff", "course")] == [0, 1, 7]


def test_what_older_snapshots_left_goes_after_thirty_days_and_nothing_that_is_named():
    files = MemoryFiles()
    first = store(files, "01A", *(_filed(files, "01A", n) for n in range(2)))
    store(files, "01B", first.shards["people"][0], _filed(files, "01B", 1))
    files.write("snapshots/demo2/shards/01A/people-000.gz", b"another site's")
    everything = set(files.list("snapshots/"))
    assert snapshot.sweep(files, "demo", now=_in(days=29)) == 0
    assert set(files.list("snapshots/")) == everything
    assert snapshot.sweep(files, "demo", now=_in(days=31)) == 2
    assert everything - set(files.list("snapshots/")) == {
        "snapshots/demo/shards/01A/people-001.gz", "snapshots/demo/sheet/active/01A.gz"}
    assert snapshot.read(files, "demo", "sheet").active() == {"student": {"1": 2}}


def test_snapshots_of_all_sources_keep_their_shards():
    files = MemoryFiles()
    snapshot.write(files, "demo", "sif:zone", Snapshot("01Z", {"people": [_filed(files, "01Z", 0)]}))
    store(files, "01A", _filed(files, "01A", 0))
    assert snapshot.sweep(files, "demo", now=_in(days=400)) == 0


def _filed(files: MemoryFiles, load: str, number: int) -> Shard:
    file = paths.snapshot("demo", load, "people", number)
    files.write(file, b"")
    return shard(file, student={"1": 1})


def _in(*, days: int) -> str:
    return iso(datetime.now(UTC) + timedelta(days=days))


def test_a_source_that_never_said_anything_has_no_shards():
    assert snapshot.read(MemoryFiles(), "demo", "sif:zone") == Snapshot()

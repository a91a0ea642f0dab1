"""The district that the bench makes up: the same every time, and what it says of itself is so."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.bench import growth
from tests.bench.made_up import COUNTED, District


@pytest.mark.parametrize("district", [District(40), District(1_000), District(1_000, 1)])
def test_a_district_counts_its_rows_right(district):
    found = Counter(COUNTED[record.kind] for record in district.records() if record.kind in COUNTED)
    assert {kind: count["rows"] for kind, count in district.counts().items()} == found


def test_nobody_and_nothing_is_told_twice_and_owners_come_before_their_pairs():
    seen: set[tuple] = set()
    for record in District(1_000, 1).records():
        assert (record.kind, record.key) not in seen
        seen.add((record.kind, record.key))
        if record.kind == "enrollment":
            assert {("section", record.key[0]), ("student", record.key[1])} <= seen
        if record.kind == "guardian_link":
            assert {("guardian", record.key[0]), ("student", record.key[1])} <= seen


def test_in_a_week_two_of_a_hundred_students_differ():
    weeks = [{(r.kind, r.key): r.fields for r in District(1_000, week).records()} for week in (0, 1)]
    changed = [at for at, fields in weeks[1].items() if at in weeks[0] and weeks[0][at] != fields]
    new = weeks[1].keys() - weeks[0].keys()
    assert Counter(kind for kind, _ in changed) == {"student": 10, "enrollment": 5}
    assert sum(kind == "student" for kind, _ in new) == 5


def test_the_bench_tells_of_every_task_and_finds_the_second_load_unchanged(tmp_path):
    lines = list(growth.measure(60, tmp_path / "work", lambda measure, *given: measure(*given)))
    told = {(line["load"], line["task"]): line for line in lines}
    assert len(told) == len(lines) == 3 * len(growth.TASKS) - 2
    again = told["the same again", "plan"]
    assert again["skipped"] == again["shards"] > 0
    assert told["the same again", "settle"]["outcome"] == "unchanged"
    assert told["a week later", "plan"]["skipped"] < again["shards"]
    growth.write(lines, tmp_path / "scale.csv")
    assert (tmp_path / "scale.csv").read_text().count("\n") == len(lines) + 1

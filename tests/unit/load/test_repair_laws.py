"""The law of a corrected report: what was corrected stands, all else is as the newest loads left it."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rostering import feed, people
from rostering.load import deliver, paths, plan, progress, settle
from rostering.load.ground import Ground
from rostering.load.repair import Repair
from rostering.store import keys
from rostering.store.memory import MemoryFiles, MemoryStore
from tests import loads
from tests.unit.load import district as d

KEYS = ("1", "2", "3")
VALUES = {"grade": ["04", "05", "06"], "middle_name": ["A", "B", "C"]}
STUDENT = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in VALUES.items()})
SITE_OF = st.dictionaries(st.sampled_from(KEYS), STUDENT, max_size=3)
CLASSES = st.sets(st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(KEYS)), max_size=4)


def records(students: dict[str, dict[str, str]], classes: set[tuple[str, str]]) -> list[Any]:
    rows = [d.student(key, int(key) + 1, **fields) for key, fields in sorted(students.items())]
    pairs = [d.enrollment(section, key, row, status="active") for row, (section, key) in enumerate(sorted(classes), 2)
             if key in students]
    return [d.school(), d.term(), d.course(), d.staff(), d.section("a"), d.section("b", 3), *rows, *pairs]


def repair(store: MemoryStore, files: MemoryFiles, load: str, of: str, said: list[Any]) -> Repair:
    """Deliver what a corrected report says, and load it."""
    progress.create(store, loads.SITE, load, {"source": "sheet"}, now=loads.NOW)
    found = Repair(store, files, loads.SITE, load, of, now=loads.NOW)
    counts = {"students": {"rows": 3, "problems": 0}}
    manifest = deliver.deliver(files, loads.SITE, load, source="sheet", load_type="Add and update", today="2026-11-23",
                               records=said, counts=counts, sift=found.sift, about=found.about)
    ground = Ground.open(store, files, loads.SITE, load, now=loads.NOW)
    for phase in feed.PHASES:
        for shard in range(len(manifest.shards[phase])):
            plan.plan(ground, phase, shard)
    settle.settle(ground, limits=loads.gate.Limits())
    loads.write(ground)
    return found


def students_of(store: MemoryStore) -> dict[str, dict[str, str]]:
    found = {}
    for key in KEYS:
        item = store.get(keys.account(loads.SITE, people.account_id(b"salt of the demo site", "sheet", "student", key)))
        if item:
            found[key] = {name: item.body["fields"][name] for name in VALUES}
    return found


@given(first=SITE_OF, newer=SITE_OF, report=SITE_OF, classes=CLASSES, more=CLASSES)
@settings(max_examples=60, deadline=None)
def test_corrected_cells_and_rows_stand_and_all_else_is_as_newer_loads_left_it(first, newer, report, classes, more):
    store, files = MemoryStore(), MemoryFiles()
    loads.site(store)
    loads.run(store, files, "01A", records(first, classes))
    loads.run(store, files, "01B", records(newer, set()))
    report = first | report
    repair(store, files, "01C", "01A", records(report, classes | more))
    expected = first | newer
    for key, fields in report.items():
        if key not in first:
            expected[key] = fields                 # it did not load then: taken whole
        else:
            expected[key] = expected[key] | {name: value for name, value in fields.items()
                                             if first[key][name] != value}
    assert students_of(store) == expected
    for section in ("a", "b"):
        members = store.get(keys.section(loads.SITE, section)).body["members"]
        assert len(members) == len({key for name, key in classes | more if name == section and key in report})


@given(first=SITE_OF, newer=SITE_OF, classes=CLASSES)
@settings(max_examples=30, deadline=None)
def test_a_report_as_it_is_changes_nothing_but_its_load(first, newer, classes):
    store, files = MemoryStore(), MemoryFiles()
    loads.site(store)
    loads.run(store, files, "01A", records(first, classes))
    loads.run(store, files, "01B", records(newer, classes))
    before = {key: item for key, item in store.snapshot().items() if key.pk.split("#")[1] in ("ACCOUNT", "SECTION")}
    found = repair(store, files, "01C", "01A", records(first, classes))
    assert found.rows == 0 and all(not shard["digest"] for phase in plan.FeedManifest.read(
        files, loads.SITE, "01C").shards.values() for shard in phase)
    assert {key: store.get(key) for key in before} == before
    assert files.exists(paths.whole_shard(loads.SITE, "01C", "people", 0))

"""A short version of `make prove`: some of each part, drawn by a seed, and what ever broke something."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rostering.store.keys import Item, Key
from tests.prove import child, cloud, faults, flood, fuzz, gateway, mutants, nth, results, simulation
from tests.prove.hostile import run as hostile
from tests.prove.scale import month

# Seeds of the simulation that once broke an invariant.
SEEDS: list[int] = []
FINDINGS = sorted(fuzz.FINDINGS.iterdir())
UNITS = {"new person, username and first secret with it": 5.5, "new class of 25": 4.0, "changed person": 2.0,
         "roster change, for each person or class it touches": 2.0}

pytestmark = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="children are measured by /proc")


@pytest.fixture(autouse=True, scope="module")
def silent() -> Iterator[None]:
    """No log lines; and what these tests put into the modules of `sync` is gone after them."""
    kept = {module: dict(vars(module)) for module in cloud.WIRED}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POWERTOOLS_LOG_LEVEL", "CRITICAL")
        yield
    for module, values in kept.items():
        vars(module).update(values)


@pytest.mark.parametrize(("family", "count"), [
    ("spreadsheet", 6), ("SIF", 4), ("OneRoster bundle", 4), ("OneRoster JSON", 3), ("webhook", 8), ("token", 8),
    ("key of a drop", 4), ("address", 20)])
def test_hostile_inputs_end_as_the_table_of_threats_says(family: str, count: int) -> None:
    section = hostile.run(command="", short=count, families=frozenset([family]))
    kept = [promise for promise in section.promises if not promise.what.startswith("processor time")]
    assert all(promise.held for promise in kept), section.write()


@pytest.mark.parametrize("family", mutants.FAMILIES)
def test_mutants_end_in_a_listed_code(family: str) -> None:
    assert mutants.mutate(family, range(200), 2).wrong == []


@pytest.mark.parametrize("delivery", mutants.TRUNCATED)
def test_truncated_deliveries_switch_nobody_off_unasked(delivery: str) -> None:
    found = mutants.truncate(delivery, range(5), 2)
    assert found.wrong == [] and found.endings


@pytest.mark.parametrize("after", [False, True], ids=["the call fails", "the reply is lost"])
@pytest.mark.parametrize("path", nth.PATHS)
def test_a_fault_at_some_calls_of_a_path_changes_nothing_in_the_end(path: str, after: bool) -> None:
    tried = nth.every_call(path, 2, after, every=37)
    assert tried.calls and tried.wrong == []


@pytest.mark.parametrize("seed", [*SEEDS, *range(1, 6)])
def test_a_site_s_life_in_any_order_keeps_the_invariants(seed: int) -> None:
    lived = simulation.live(seed)
    assert lived["broken"] == "" and lived["accounts"] >= simulation.STUDENTS


def test_the_simulation_sees_a_gate_that_lets_everything_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """What can't fail shows nothing: with limits that nobody set, lists switch off whom they lack."""
    from rostering import gate

    monkeypatch.setattr(gate, "judge", lambda *args, **kwargs: [])
    assert any("unasked" in simulation.live(seed, 300)["broken"] for seed in (1, 2, 3))


def test_a_flood_of_forged_webhooks_leaves_nothing_and_loses_nothing(dynamodb: Any) -> None:
    found = flood.survive(dynamodb, 20261129, 1.5, rate=60, count=2)
    assert (found.let_in, found.lost) == ([], [])
    statuses = Counter(one.status for one in found.flood.answers)
    assert statuses[202] == 9 and statuses.total() == 90 and max(statuses) < 500
    assert {one.environment for one in found.flood.answers} == {0, 1} and found.orders
    _sees_what_is_wrong(found)


def _sees_what_is_wrong(found: flood.Found) -> None:
    """What can't fail shows nothing: one message lost, one order lost, one forgery that stands, one that was taken."""
    hook = next(key for key in found.items if "#msg_" in key.pk)
    answers = found.flood.answers
    forged = next(one for one in answers if found.planned[one.number].kind)
    taken = [replace(one, status=202) if one is forged else one for one in answers]
    stranger = Key("lakeview#HOOK#msg_forged", "HOOK")
    for wrong in (replace(found, items={key: item for key, item in found.items.items() if key != hook}),
                  replace(found, orders=[order for order in found.orders if order != found.orders[0]]),
                  replace(found, items=found.items | {stranger: Item(stranger, {})}),
                  replace(found, flood=gateway.Flood(taken)),
                  replace(found, flood=gateway.Flood(answers[1:]))):
        wrong.judge()
        assert len(wrong.let_in) + len(wrong.lost) >= 1


def test_requests_arrive_when_they_are_due_and_waiting_counts() -> None:
    class Slow:
        number = 0

        def answer(self, event: bytes) -> dict[str, Any]:
            time.sleep(0.1)
            return {"status": 202, "processor": 0.0, "memory": 0, "blocks": 0, "calls": []}

    poured = gateway.pour([Slow()], [0.0] * 6, ({} for _ in range(6)), time.monotonic())  # type: ignore[list-item]
    assert [one.number for one in poured.answers] == list(range(6)) and poured.took >= 0.6
    assert poured.answers[-1].waited >= 0.5 and poured.late < 0.5
    assert all(one.seconds >= 0.1 * (one.number + 1) for one in poured.answers)


@pytest.mark.parametrize("file", FINDINGS, ids=lambda file: file.name)
def test_what_fuzzing_once_found_is_no_finding_any_more(file: Path) -> None:
    name = next(name for name in fuzz.TARGETS if file.name.startswith(f"{name}-"))
    assert fuzz.replay(name, file) == ""


@pytest.mark.parametrize("name", fuzz.TARGETS)
def test_some_seconds_of_fuzzing_find_nothing(name: str) -> None:
    pytest.importorskip("atheris", reason="no atheris for this Python")
    runs, found = fuzz.fuzz(name, 5, 20261130)
    assert found == "" and runs > 20


def test_a_child_can_neither_connect_nor_resolve_nor_start_anything() -> None:
    import socket
    import subprocess

    for way in (lambda: socket.create_connection(("127.0.0.1", 9)), lambda: socket.getaddrinfo("example.org", 443),
                lambda: subprocess.run(["true"], check=False)):
        measured = child.alone(way)
        assert measured.ways_out and measured.error.startswith("PermissionError")


def test_time_and_memory_are_the_child_s_own() -> None:
    measured = child.alone(lambda: len(b"x" * (64 << 20)))
    assert 60 < measured.mb < 80 and measured.result == 64 << 20
    assert child.alone(lambda: 1).mb < 10
    assert child.alone(lambda: __import__("time").sleep(60), hang_seconds=0.2).error == "hung for 0 s"


def test_results_keep_the_sections_of_other_parts_and_name_what_falls_short(tmp_path: Path) -> None:
    file = tmp_path / "RESULTS.md"
    for part, held in (("hostile", True), ("faults", False)):
        section = results.Section(part, part.title(), f"python -m tests.prove --only {part}")
        section.promise("nothing is lost", "all", "some", held)
        results.record(section, ("hostile", "mutants", "faults"), file)
    text = file.read_text()
    assert "## Hostile" in text and "## Faults" in text
    short = text.partition("What falls short")[2].partition("<!--")[0]
    assert "faults: nothing is lost: NO" in short and "mutants: not run yet" in short and "hostile" not in short


def test_a_bigger_district_costs_more_but_not_for_each_student() -> None:
    small, large = (month(students, UNITS, 20_000.0) for students in (1_000, 100_000))
    assert sum(large.values()) > sum(small.values())
    assert sum(large.values()) / 100_000 < sum(small.values()) / 1_000
    assert faults.EVERY > 1, "the short run is short"

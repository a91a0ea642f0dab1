"""What a whole load is held for, and how the report says it; the pairs of changed IDs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rostering import feed, gate
from rostering.load import evidence, paths, plan, progress
from rostering.load.evidence import Stats
from rostering.model import Entity, Hold, Record
from rostering.report import words
from rostering.store.memory import MemoryFiles, MemoryStore
from tests import loads
from tests.unit.load import district as d

SCHOOLS = [d.school(), d.school("0014")]


def student(n: int, school: str = "0012", **fields: Any) -> Record:
    letters = f"{chr(97 + n % 26)}{chr(97 + n // 26)}"
    return d.student(f"{n:06d}", n + 1, **{"school": school, "first_name": f"F{letters}", "last_name": f"L{letters}",
                                           "birth_date": f"2012-01-{n % 28 + 1:02d}",
                                           "grade": ("09", "10", "11", "12")[n % 4]} | fields)


def renamed(record: Record, key: str) -> Record:
    return record._replace(key=key.lower(), fields=record.fields | {"id": key})


STUDENTS = [*(student(n) for n in range(100, 150)), *(student(n, "0014") for n in range(150, 200))]


def planned(first: Iterable[Record], second: Iterable[Record]) -> tuple[list[Hold], list[Stats]]:
    """The holds of the `second` list after the `first`, and what its shards found."""
    store, files = MemoryStore(), MemoryFiles()
    loads.site(store)
    loads.run(store, files, "01A", first)
    ground = loads.read(store, files, "01B", second, complete=True)
    loads.settle.settle(ground, limits=gate.Limits())
    stats = [Stats.read(files.read(paths.stats(loads.SITE, "01B", phase, 0))) for phase in feed.PHASES]
    holds = orjson.loads(files.read(paths.settled(loads.SITE, "01B")))["holds"]
    return [Hold(**hold) for hold in holds], stats


def causes(second: Iterable[Record]) -> dict[str, str]:
    """Cause to message of the holds of a list after `STUDENTS`."""
    holds, _ = planned(SCHOOLS + STUDENTS, SCHOOLS + list(second))
    return {hold.cause: hold.message for hold in holds if hold.cause}


def test_a_school_that_sent_no_students_is_named():
    found = causes(STUDENTS[:50])
    assert list(found) == ["school_sent_nothing"]
    assert found["school_sent_nothing"].endswith("School 0014 sent no students, but 50 are active")


def test_students_who_all_changed_their_school_were_sent():
    assert "school_sent_nothing" not in causes(
        r._replace(fields=r.fields | {"school": "0012"}) for r in STUDENTS)


def test_ids_of_a_new_school_system_are_named_with_the_pairs():
    found = causes(renamed(r, f"S{r.key.lstrip('0')}") for r in STUDENTS)
    assert found["ids_changed"].endswith("the IDs changed: 100 pairs of students match by name and birth date")
    assert set(found) == {"ids_changed"}


def test_ids_without_their_zeros_are_named():
    found = causes(renamed(r, r.key.lstrip("0")) for r in STUDENTS)
    assert found["ids_lost_zeros"].endswith("the IDs seem to have lost their zeros: 100 of 100 new students have "
                                            "the ID of a missing one without the zeros in front")


def test_swapped_names_are_named():
    found = causes(r._replace(fields=r.fields | {"first_name": r.fields["last_name"],
                                                 "last_name": r.fields["first_name"]}) for r in STUDENTS)
    assert found["names_swapped"].endswith("first and last names look swapped for 100 of 100 changed students")


def test_names_of_others_are_named():
    names = [{name: r.fields[name] for name in ("first_name", "last_name", "birth_date")} for r in STUDENTS]
    found = causes(r._replace(fields=r.fields | name) for r, name in zip(STUDENTS, names[1:] + names[:1], strict=True))
    assert "rows_mixed" in found


def test_the_end_of_a_year_is_named():
    found = causes(r for r in STUDENTS if r.fields["grade"] != "12")
    assert found == {"year_end": "this looks like the end of the school year: 25 of the 25 students who go are in "
                                 "the highest grade of their school"}


def test_the_end_of_a_year_is_named_also_where_the_others_are_a_grade_higher_already():
    upper = {"09": "10", "10": "11", "11": "12"}
    found = causes(r._replace(fields=r.fields | {"grade": upper[r.fields["grade"]]})
                   for r in STUDENTS if r.fields["grade"] in upper)
    assert {"year_end", "year_start"} <= set(found)


def test_a_list_that_ends_in_the_middle_is_named():
    found = causes(STUDENTS[:70])
    assert found["half_a_file"].endswith("the list seems to be cut short: 30 of 100 students are not in it")


@pytest.mark.parametrize("second", [STUDENTS[:50], STUDENTS[:70], [renamed(r, f"S{r.key}") for r in STUDENTS]])
def test_every_hold_is_told_in_a_whole_sentence_with_what_to_do(second):
    for hold in planned(SCHOOLS + STUDENTS, SCHOOLS + second)[0]:
        says, advice = words.explain(hold)
        assert not says[0].islower() and says.endswith(".") and advice.endswith(".")
        assert not hold.cause or says == f"{hold.message[0].upper()}{hold.message[1:]}."


def test_pairs_are_the_same_people_under_new_ids():
    new = [renamed(r, f"S{r.key.lstrip('0')}") for r in STUDENTS]
    _, stats = planned(SCHOOLS + STUDENTS, SCHOOLS + new)
    assert evidence.pairs_of(stats) == {"student": [(f"s{r.key.lstrip('0')}", r.key) for r in STUDENTS]}


def test_people_without_birth_date_and_email_are_paired_by_name_and_bare_id():
    before = [r._replace(fields={k: v for k, v in r.fields.items() if k != "birth_date"}) for r in STUDENTS]
    new = [renamed(r, f"S{r.key.lstrip('0')}") for r in before[:-1]] + [renamed(before[-1], "S777")]
    _, stats = planned(SCHOOLS + before, SCHOOLS + new)
    assert len(evidence.pairs_of(stats)["student"]) == len(STUDENTS) - 1


def test_employees_are_paired_by_name_and_email():
    before = [d.staff(f"00{n}", email=f"t{n}@d.org", first_name=f"T{chr(97 + n)}") for n in range(10, 20)]
    new = [renamed(r, f"E{r.key}") for r in before]
    _, stats = planned(SCHOOLS + before, SCHOOLS + new)
    assert evidence.pairs_of(stats) == {"staff": [(f"e{r.key}", r.key) for r in before]}


def test_twins_of_one_name_and_birth_date_are_left_out():
    one, two = student(100), renamed(student(100), "000999")
    _, stats = planned([*SCHOOLS, one, two, student(101)], [*SCHOOLS, renamed(one, "S1"), renamed(student(101), "S2")])
    assert evidence.pairs_of(stats) == {"student": [("s2", "000101")]}


def test_the_first_load_of_a_source_keeps_nobody_to_be_paired():
    store, files = MemoryStore(), MemoryFiles()
    loads.site(store)
    loads.read(store, files, "01A", SCHOOLS + STUDENTS)
    read = Stats.read(files.read(paths.stats(loads.SITE, "01A", "people", 0)))
    assert read.new_prints == {} and read.tallies["student"]["0014"].new == 50


def test_pairs_that_were_rekeyed_hold_nothing_and_switch_nobody_off():
    store, files = MemoryStore(), MemoryFiles()
    loads.site(store)
    loads.run(store, files, "01A", SCHOOLS + STUDENTS)
    new = [renamed(r, f"S{r.key.lstrip('0')}") for r in STUDENTS]
    ground = loads.read(store, files, "01B", SCHOOLS + new, complete=True)
    assert loads.settle.settle(ground, limits=gate.Limits())["outcome"] == "held"
    loads.progress.change(store, loads.SITE, "01B", now=loads.NOW, state="planned", rekey=True)
    assert loads.settle.settle(ground, limits=gate.Limits())["outcome"] == "approved"
    settled = orjson.loads(files.read(paths.settled(loads.SITE, "01B")))
    assert (settled["holds"], settled["counts"]["students"]["deactivated"]) == ([], 0)
    assert settled["counts"]["students"]["changed"] == len(STUDENTS)


def test_who_really_goes_beside_rekeyed_pairs_is_told_without_them():
    store, files = MemoryStore(), MemoryFiles()
    loads.site(store)
    loads.run(store, files, "01A", SCHOOLS + STUDENTS)
    new = [renamed(r, f"S{r.key.lstrip('0')}") for r in STUDENTS[:50]]
    ground = loads.read(store, files, "01B", SCHOOLS + new, complete=True)
    loads.progress.change(store, loads.SITE, "01B", now=loads.NOW, state="planned", rekey=True)
    loads.settle.settle(ground, limits=gate.Limits())
    holds = orjson.loads(files.read(paths.settled(loads.SITE, "01B")))["holds"]
    assert [(hold["rule"], hold["school"]) for hold in holds] == [
        ("H-COMPLETE-LIST", ""), ("H-EMPTY-TYPE", "0014"), ("H-DEACTIVATIONS", "")]
    assert {hold["action"] for hold in holds} == {"approve_school"}


births = st.sampled_from(["2012-01-01", "2012-01-02", ""])
people = st.lists(st.tuples(st.integers(0, 30), st.sampled_from("abc"), births), max_size=12,
                  unique_by=lambda one: one[0])


@settings(max_examples=60, deadline=None)
@given(people, people)
def test_pairs_are_one_to_one_and_of_one_name(new, old):
    def lines(said: list, key: str) -> Stats:
        stats, found = Stats(ground="01"), {}
        for n, name, born in said:
            evidence.note(found, Entity("student", f"{key}{n}", {"first_name": name, "birth_date": born}))
        setattr(stats, "new_prints" if key else "going_prints", found)
        return stats

    pairs = evidence.pairs_of([lines(new, "s"), lines(old, "")]).get("student", [])
    assert len({a for a, _ in pairs}) == len({b for _, b in pairs}) == len(pairs)
    who = {f"s{n}": (name, born) for n, name, born in new} | {str(n): (name, born) for n, name, born in old}
    for a, b in pairs:
        assert who[a][0] == who[b][0]
        assert who[a][1] == who[b][1] or (a == f"s{b}" and not (who[a][1] and who[b][1]))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["0012", "0014", "0016"]), st.booleans()), min_size=30, max_size=150),
       st.randoms(use_true_random=False))
def test_any_truncation_of_a_list_loses_no_more_than_the_limits_or_is_held(said, random):
    people = [d.staff(f"t{n}", email=f"t{n}@d.org", school=school) if teaches else
              student(n, school) for n, (school, teaches) in enumerate(said)]
    schools = [d.school(key) for key in ("0012", "0014", "0016")]
    kept = [*schools, *people][:random.randint(1, len(people) + 3)]
    files, store = MemoryFiles(), MemoryStore()
    loads.site(store)
    loads.run(store, files, "01A", schools + people)
    ground = loads.read(store, files, "01B", kept, complete=True)
    loads.settle.settle(ground, limits=gate.Limits())
    holds = [Hold(**hold) for hold in orjson.loads(files.read(paths.settled(loads.SITE, "01B")))["holds"]]
    lost = Counter((change.kind, change.school) for change in plan.read_changes(files, loads.SITE, "01B", "people", 0)
                   if change.action == "deactivate")
    had = Counter((r.kind, r.fields["school"]) for r in people)
    assert not lost or holds[0].rule == "H-COMPLETE-LIST"
    told = {(hold.kind, hold.school) for hold in holds if hold.rule in ("H-DEACTIVATIONS", "H-EMPTY-TYPE")}
    for (kind, school), number in lost.items():
        assert number <= 10 or (number <= 20 and number * 20 <= had[kind, school]) or (gate.WORDS[kind], school) in told
    for kind in ("student", "staff"):
        gone, before = (sum(n for (k, _), n in of.items() if k == kind) for of in (lost, had))
        assert gone <= 10 or gone * 100 <= before * 3 or (gate.WORDS[kind], "") in told


def test_a_load_that_is_held_again_by_a_task_that_ran_twice_waits_with_the_new_token_and_is_told_once():
    store = MemoryStore()
    loads.site(store)
    progress.create(store, loads.SITE, "01A", {"source": "sheet"}, now=loads.NOW)
    for token, at in (("first", loads.NOW), ("second", "2026-11-23T07:40:09.000Z")):
        progress.wait(store, loads.SITE, "01A", task_token=token, now=at)
    assert progress.read(store, loads.SITE, "01A")["task_token"] == "second"
    told = [item for item in store.snapshot().values() if item.body.get("what") == "load.held"]
    assert len(told) == 1

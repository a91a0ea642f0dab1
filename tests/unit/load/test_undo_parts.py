"""Undoing a part of a load, while others write, of what another source knows; and what is told of it."""

from __future__ import annotations

from typing import Any

import orjson

from rostering import people, snapshot
from rostering.load import progress
from rostering.store import keys
from tests import loads
from tests.unit.load import district as d
from tests.unit.load.undone import NEXT, account, by_hand, entities, shells, things, without_loads


def test_what_a_later_feed_said_of_a_value_that_the_table_does_not_hold_stays_in_the_snapshot(store, files):
    loads.run(store, files, "01A", d.small())
    loads.run(store, files, "01B", [d.school(), d.student("1", grade="05", username="first.wish")])
    later = [d.school(), d.student("1", grade="05", username="second.wish")]
    loads.run(store, files, "01C", later)
    loads.undo(store, files, "01D", "01B")
    (known,) = [entity for entity in entities(files) if (entity.kind, entity.key) == ("student", "1")]
    assert (known.fields["grade"], known.fields["username"]) == ("04", "second.wish")


def test_an_undo_that_failed_is_gone_on_with_by_the_next_one(store, files):
    loads.run(store, files, "01A", d.small())
    before = things(store)
    loads.run(store, files, "01B", NEXT, complete=True)
    after = things(store)
    ground = loads.plan_undo(store, files, "01C", "01B")
    settled = orjson.loads(files.read(loads.paths.settled(loads.SITE, "01C")))
    loads.lease.begin(ground, planned_on=settled["ground"], moves=settled["moves"])
    loads.undoing.apply(ground, "people", 0)
    loads.finish.fail(ground)
    assert "order it again" in progress.read(store, loads.SITE, "01C")["message"]
    loads.undo(store, files, "01D", "01B")
    assert {key: things(store)[key] for key in before} == before
    loads.undo(store, files, "01E", "01D")
    assert without_loads(things(store)) == without_loads(after)
    assert loads.run(store, files, "01F", NEXT, complete=True)["outcome"] == "unchanged"


def test_a_load_that_two_undid_at_once_is_undone_by_the_first(store, files):
    loads.run(store, files, "01A", d.small())
    first, second = (loads.plan_undo(store, files, load, "01A") for load in ("01B", "01C"))
    loads.write_undo(first)
    assert loads.undoing.settle(second, limits=loads.gate.Limits()) == {"outcome": "moved"}
    for phase, number in (("structure", 0), ("people", 0), ("rosters", 0)):
        loads.undoing.plan(second, phase, number)
    assert loads.undoing.settle(second, limits=loads.gate.Limits())["outcome"] == "unchanged"
    loads.rewind.finish(loads.Ground.open(store, files, loads.SITE, "01C", now=loads.NOW))
    assert progress.read(store, loads.SITE, "01A")["undone_by"] == "01B"


def test_a_dry_run_plans_and_writes_nothing(store, files):
    loads.run(store, files, "01A", d.small())
    loads.run(store, files, "01B", NEXT)
    before, ground = things(store), snapshot.read(files, loads.SITE, "sheet")
    told = loads.undo(store, files, "01C", "01B", dry_run=True)
    assert told["state"] == "previewed" and told["counts"]["students"]["deactivated"] == 1
    assert things(store) == before and snapshot.read(files, loads.SITE, "sheet") == ground
    assert progress.read(store, loads.SITE, "01B")["state"] == "done"
    wet = loads.undo(store, files, "01D", "01B")
    assert wet["counts"] == told["counts"]


def test_only_one_school_goes_back(store, files):
    two = [d.school(), d.school("0014"), d.student("1"), d.student("2", school="0014"), d.term(), d.course(),
           d.staff(), d.section("709"), d.section("809", school="0014")]
    loads.run(store, files, "01A", two)
    loads.run(store, files, "01B", [d.student("1", grade="05"), d.student("2", school="0014", grade="05"),
                                    d.section("709"), d.section("809", school="0014"),
                                    d.enrollment("709", "1"), d.enrollment("809", "2"), d.enrollment("809", "1")])
    loads.undo(store, files, "01C", "01B", school="0014")
    one, two = account(store, "student", "1"), account(store, "student", "2")
    assert (one.fields["grade"], two.fields["grade"]) == ("05", "04")
    assert (set(one.classes), set(two.classes)) == ({"709"}, set())
    assert set(store.get(keys.section(loads.SITE, "709")).body["members"]) == {one.id}
    assert store.get(keys.section(loads.SITE, "809")).body["members"] == {}
    body = progress.read(store, loads.SITE, "01B")
    assert body["state"] == "done" and body["undone_parts"] == [{"load": "01C", "school": "0014", "account": ""}]


def test_only_one_account_goes_back_with_the_other_ends_of_its_pairs(store, files):
    loads.run(store, files, "01A", d.small())
    before = things(store)
    loads.run(store, files, "01B", NEXT, complete=True)
    one = account(store, "student", "1")
    loads.undo(store, files, "01C", "01B", account=one.id)
    at = keys.account(loads.SITE, one.id)
    assert things(store)[at] == before[at]
    assert one.id not in store.get(keys.section(loads.SITE, "710")).body["members"]
    assert account(store, "student", "3").fields["grade"] == "05"
    loads.undo(store, files, "01D", "01B")
    assert {key: things(store)[key] for key in before} == before


def test_an_undo_of_a_part_is_undone_too(store, files):
    loads.run(store, files, "01A", d.small())
    loads.run(store, files, "01B", NEXT)
    after = things(store)
    loads.undo(store, files, "01C", "01B", account=account(store, "student", "1").id)
    loads.undo(store, files, "01D", "01C")
    assert things(store) == after
    assert progress.read(store, loads.SITE, "01B")["undone_parts"] == []


def test_what_a_person_changes_while_an_undo_is_applied_is_kept(store, files):
    loads.run(store, files, "01A", d.small())
    loads.run(store, files, "01B", [d.school(), d.student("1", grade="05", preferred_name="Pepe")])

    class Busy:
        """A store in which a person sets a field just before the first replacing."""

        def __init__(self) -> None:
            self.left = 1

        def __getattr__(self, name: str) -> Any:
            return getattr(store, name)

        def replace_many(self, items: Any) -> Any:
            items = list(items)
            if self.left and items:
                self.left -= 1
                by_hand(store, account(store, "student", "1"), "grade", "06")
            return store.replace_many(items)

    undo = loads.undo(Busy(), files, "01C", "01B")
    one = account(store, "student", "1")
    assert one.fields["grade"] == "06" and "preferred_name" not in one.fields
    assert undo["kept_total"] == 1


def test_an_undo_is_audited_once_with_who_and_why(store, files):
    loads.run(store, files, "01A", d.small())
    ground = loads.plan_undo(store, files, "01B", "01A")
    loads.write_undo(ground)
    loads.rewind.finish(ground)
    events = [item.body for key, item in store.snapshot().items()
              if "#AUDIT#" in key.pk and item.body["what"] == "load.undone"]
    assert [(one["by"], one["load"], one["undone_by"], one["reason"]) for one in events] == [
        ("admin", "01A", "01B", "a wrong sheet")]


def test_an_undo_planned_on_a_ground_that_moved_is_planned_again(store, files):
    loads.run(store, files, "01A", d.small())
    ground = loads.plan_undo(store, files, "01B", "01A")
    loads.run(store, files, "01C", [d.school(), d.student("1", grade="06")])
    assert loads.undoing.settle(ground, limits=loads.gate.Limits()) == {"outcome": "moved"}


def test_another_sources_snapshot_is_untouched(store, files):
    loads.run(store, files, "01A", d.small(), source="sif:z")
    loads.run(store, files, "01B", d.small())
    other = snapshot.read(files, loads.SITE, "sif:z")
    loads.undo(store, files, "01C", "01B")
    assert snapshot.read(files, loads.SITE, "sif:z") == other


def test_who_was_matched_with_another_sources_account_is_that_sources_alone_again(store, files):
    loads.run(store, files, "01A", d.small(), source="sif:z")
    before = things(store)
    loads.run(store, files, "01B", [*d.small(), d.student("1", grade="05", preferred_name="Pepe")])
    after = things(store)
    one = next(people.account_of(item) for item in store.snapshot().values()
               if item.key.sk == "ACCOUNT" and item.body["source_key"] == "1")
    assert one.links == {"sheet": "1"} and one.fields["preferred_name"] == "Pepe"
    loads.undo(store, files, "01C", "01B")
    found = things(store)
    assert {key: found[key] for key in before if key.sk != "CLAIM"} == {
        key: before[key] for key in before if key.sk != "CLAIM"}
    shells(store, before, "01C")
    loads.undo(store, files, "01D", "01C")
    assert things(store) == after
    loads.undo(store, files, "01E", "01B")
    loads.run(store, files, "01F", [*d.small(), d.student("1", grade="05", preferred_name="Pepe")])
    assert without_loads(things(store)) == without_loads(after)


def test_of_a_load_approved_in_part_only_that_part_is_undone(store, files):
    two = [d.school("a"), d.school("b"), d.student("1", school="a"), d.student("2", school="b")]
    loads.run(store, files, "01A", two)
    loads.read(store, files, "01B", [d.school("a"), d.school("b"), d.student("1", school="a", grade="05"),
                                     d.student("2", school="b", grade="05")])
    ground = loads.Ground.open(store, files, loads.SITE, "01B", now=loads.NOW)
    loads.settle.settle(ground, limits=loads.gate.Limits())
    loads.write(ground, schools=["a"])
    loads.run(store, files, "02A", [d.student("2", school="b", grade="05")])
    loads.undo(store, files, "02B", "01B")
    assert [account(store, "student", key).fields["grade"] for key in "12"] == ["04", "05"]
    known = {entity.key: entity.fields["grade"] for entity in entities(files) if entity.kind == "student"}
    assert known == {"1": "04", "2": "05"}


def test_ids_that_were_re_keyed_are_known_again_after_an_undo(store, files):
    def feed(*students):
        return [d.school(), *(d.student(key, first_name=first, state_id=state, birth_date="2016-05-03")
                              for key, first, state in students)]
    old = feed(("0001", "Ana", "71"), ("0002", "Li", "72"))
    loads.run(store, files, "01A", old)
    loads.run(store, files, "01B", feed(("S1", "Ana", "71"), ("S2", "Li", "72")), complete=True)
    loads.undo(store, files, "01C", "01B")
    settled = loads.run(store, files, "01D", old[:2], complete=True)
    assert settled["counts"]["students"]["missing"] == 1 and settled["counts"]["students"]["new"] == 0

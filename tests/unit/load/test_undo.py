"""Undoing a load: what goes back, what stays, and that the next feed finds the ground as it stands."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rostering import history, people, snapshot
from rostering.load import progress
from rostering.model import Account
from rostering.store import keys
from rostering.store.keys import Item
from rostering.store.memory import MemoryFiles, MemoryStore
from tests import loads
from tests.faults import Calls, Failing
from tests.unit.load import district as d
from tests.unit.load.test_laws import fresh, records, roster

_CAUSES = ("created", "changed")
NEXT = [d.school(), *(d.student(str(n), n, grade="05") for n in (1, 3, 4)), d.guardian("id:g4"),
        d.link("id:g4", "4"), d.staff("t1", first_name="Anna", other_schools=["0014"]), d.staff("t2"), d.course(),
        d.term(), d.section("710", teacher="t2"), d.section("709", teacher="t2"),
        *(d.enrollment("709", str(n)) for n in (1, 3, 4)), d.enrollment("710", "1"),
        *d.group_member("rti", "student:4")]


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    loads.site(store)
    return store


@pytest.fixture
def files() -> MemoryFiles:
    return MemoryFiles()


def account(store: MemoryStore, kind: str, key: str) -> Account:
    name = people.account_id(b"salt of the demo site", "sheet", kind, key)
    return people.account_of(store.get(keys.account(loads.SITE, name)))


def by_hand(store: MemoryStore, one: Account, name: str, value: Any) -> None:
    """A person sets a field of an account."""
    one.by_hand = one.by_hand | {name: {"source": one.fields.get(name), "at": loads.NOW, "by": "admin"}}
    one.fields = one.fields | {name: value}
    put(store, one)


def put(store: MemoryStore, one: Account) -> None:
    at = keys.account(loads.SITE, one.id)
    assert store.replace(people.item_of(loads.SITE, one, store.get(at).version + 1), was=store.get(at).version)


def things(store: MemoryStore) -> dict:
    """Accounts, sections and all else that loads write, without the causes; empty maps are none."""
    found = {}
    for key, item in store.snapshot().items():
        kind = key.pk.split("#")[1]
        if kind in ("LOAD", "AUDIT") or key.sk.startswith(("CHANGE#", "LEASE", "NEWEST", "SOURCE#")):
            continue
        body = {name: value for name, value in item.body.items() if name not in _CAUSES and value != {}}
        found[key] = (body, item.listed)
    return found


def shells(store: MemoryStore, before: dict, undo: str) -> None:
    """Check that what is there and was not there before is an inactive shell of what `undo` took back, or a claim."""
    for key, (body, _) in things(store).items():
        if key in before or key.sk in ("CLAIM", "SIGNIN") or key.sk.startswith("SCHOOL#") and "ACCOUNT" in key.pk:
            continue
        assert body["status"] == "inactive", key
        assert not any(body.get(name) for name in ("classes", "guardians", "students", "members", "teachers"))
        if "role" in body:
            assert body["deactivated"] == {"load": undo, "rule": "undo"} and body["username"]


def test_a_load_that_is_undone_leaves_what_was_before_and_inactive_shells(store, files):
    loads.run(store, files, "01A", d.small())
    before = things(store)
    loads.run(store, files, "01B", NEXT, complete=True)
    undo = loads.undo(store, files, "01C", "01B")
    assert {key: things(store)[key] for key in before} == before
    shells(store, before, "01C")
    assert (undo["state"], undo["kept_total"]) == ("done", 0)
    assert progress.read(store, loads.SITE, "01B")["state"] == "undone"


def test_undoing_the_undo_gives_the_loads_state_again(store, files):
    loads.run(store, files, "01A", d.small())
    loads.run(store, files, "01B", NEXT, complete=True)
    after = things(store)
    loads.undo(store, files, "01C", "01B")
    loads.undo(store, files, "01D", "01C")
    assert things(store) == after
    assert progress.read(store, loads.SITE, "01B")["state"] == "done"
    assert progress.read(store, loads.SITE, "01C")["state"] == "undone"


def test_the_same_feed_after_an_undo_makes_the_same_state_again(store, files):
    loads.run(store, files, "01A", d.small())
    first = loads.run(store, files, "01B", NEXT, complete=True)
    after = things(store)
    loads.undo(store, files, "01C", "01B")
    again = loads.run(store, files, "01D", NEXT, complete=True)
    assert _gone(things(store)) == _gone(after)
    for kind, counts in first["counts"].items():
        told = again["counts"][kind]
        assert told["new"] + told["changed"] == counts["new"] + counts["changed"], kind
        assert (told["deactivated"], told["unchanged"]) == (counts["deactivated"], counts["unchanged"]), kind
    assert loads.run(store, files, "01E", NEXT, complete=True)["outcome"] == "unchanged"


def _gone(found: dict) -> dict:
    """`things` with causes of being off named by their rule alone: the load is another."""
    return {key: (body | ({"deactivated": body["deactivated"]["rule"]} if "deactivated" in body else {}), listed)
            for key, (body, listed) in found.items()}


def test_the_feed_before_plans_nothing_for_who_was_known_before(store, files):
    loads.run(store, files, "01A", d.small())
    loads.run(store, files, "01B", NEXT)
    loads.undo(store, files, "01C", "01B")
    assert loads.run(store, files, "01D", d.small())["outcome"] == "unchanged"


def test_a_first_load_can_be_undone_and_loaded_again(store, files):
    loads.run(store, files, "01A", d.small())
    after = things(store)
    loads.undo(store, files, "01B", "01A")
    assert account(store, "student", "1").status == "inactive"
    settled = loads.run(store, files, "01C", d.small())
    assert settled["counts"]["students"]["changed"] == 3
    assert things(store) == after


def test_a_field_set_by_hand_since_is_kept_and_listed(store, files):
    loads.run(store, files, "01A", d.small())
    loads.run(store, files, "01B", [d.school(), d.student("1", grade="05", preferred_name="Pepe")])
    one = account(store, "student", "1")
    by_hand(store, one, "grade", "06")
    undo = loads.undo(store, files, "01C", "01B")
    one = account(store, "student", "1")
    assert one.fields["grade"] == "06" and "preferred_name" not in one.fields
    assert undo["kept"] == [{"account": one.id, "kind": "student", "id": "", "attribute": "fields",
                             "field": "grade", "why": "changed_since"}]


def test_a_field_set_by_hand_to_what_the_load_said_is_kept(store, files):
    loads.run(store, files, "01A", d.small())
    loads.run(store, files, "01B", [d.school(), d.student("1", grade="05")])
    by_hand(store, account(store, "student", "1"), "grade", "05")
    undo = loads.undo(store, files, "01C", "01B")
    assert account(store, "student", "1").fields["grade"] == "05"
    assert undo["kept_total"] == 1


def test_what_the_source_says_beside_a_hand_set_field_goes_back(store, files):
    loads.run(store, files, "01A", d.small())
    by_hand(store, account(store, "student", "1"), "grade", "06")
    loads.run(store, files, "01B", [d.school(), d.student("1", grade="05")])
    assert account(store, "student", "1").by_hand["grade"]["source"] == "05"
    loads.undo(store, files, "01C", "01B")
    one = account(store, "student", "1")
    assert (one.fields["grade"], one.by_hand["grade"]["source"]) == ("06", "04")
    assert loads.run(store, files, "01D", d.small())["outcome"] == "unchanged"


def test_what_a_later_load_changed_is_kept_and_listed(store, files):
    loads.run(store, files, "01A", d.small())
    loads.run(store, files, "01B", [d.school(), d.student("1", grade="05"), d.student("2", grade="05")])
    loads.run(store, files, "01C", [d.school(), d.student("1", grade="06")])
    undo = loads.undo(store, files, "01D", "01B")
    assert account(store, "student", "1").fields["grade"] == "06"
    assert account(store, "student", "2").fields["grade"] == "04"
    assert [(one["field"], one["why"]) for one in undo["kept"]] == [("grade", "changed_since")]
    assert loads.run(store, files, "01E", [d.school(), d.student("1", grade="06")])["outcome"] == "unchanged"


def test_what_a_later_feed_said_of_a_value_that_the_table_does_not_hold_stays_in_the_snapshot(store, files):
    loads.run(store, files, "01A", d.small())
    loads.run(store, files, "01B", [d.school(), d.student("1", grade="05", username="first.wish")])
    later = [d.school(), d.student("1", grade="05", username="second.wish")]
    loads.run(store, files, "01C", later)
    loads.undo(store, files, "01D", "01B")
    (known,) = [entity for entity in entities(files) if (entity.kind, entity.key) == ("student", "1")]
    assert (known.fields["grade"], known.fields["username"]) == ("04", "second.wish")


def test_who_was_switched_off_by_a_person_since_stays_off(store, files):
    loads.run(store, files, "01A", d.small())
    loads.run(store, files, "01B", [d.school(), d.student("1", status="inactive")])
    one = account(store, "student", "1")
    one.deactivated = {"by": "admin", "reason": "moved", "at": loads.NOW}
    put(store, one)
    undo = loads.undo(store, files, "01C", "01B")
    assert account(store, "student", "1").status == "inactive"
    assert ("status", "switched_off_by_a_person") in [(one["attribute"], one["why"]) for one in undo["kept"]]


def test_who_was_switched_off_by_the_load_is_on_again_without_a_cause_of_being_off(store, files):
    loads.run(store, files, "01A", d.small())
    loads.run(store, files, "01B", [d.school(), d.student("1", status="inactive")])
    undo = loads.undo(store, files, "01C", "01B")
    one = account(store, "student", "1")
    assert (one.status, one.deactivated) == ("active", {})
    assert undo["counts"]["students"]["changed"] == 1


def test_who_was_switched_on_by_the_load_and_off_by_a_person_keeps_that_persons_cause(store, files):
    loads.run(store, files, "01A", d.small())
    loads.run(store, files, "01B", [d.school(), d.student("1", status="inactive")])
    loads.run(store, files, "01C", [d.school(), d.student("1")])
    one, cause = account(store, "student", "1"), {"by": "admin", "reason": "moved", "at": loads.NOW}
    one.status, one.deactivated = "inactive", cause
    put(store, one)
    loads.undo(store, files, "01D", "01C")
    assert account(store, "student", "1").deactivated == cause


def test_a_guardian_who_lost_portal_access_by_the_load_stays_without(store, files):
    loads.run(store, files, "01A", d.small())
    loads.run(store, files, "01B", [d.school(), d.student("1", grade="05"), d.guardian("id:g1"),
                                    d.link("id:g1", "1", access=False)])
    before = account(store, "guardian", "id:g1"), account(store, "student", "1").guardians
    assert before[0].status == "inactive"
    undo = loads.undo(store, files, "01C", "01B")
    after = account(store, "guardian", "id:g1"), account(store, "student", "1").guardians
    assert (after[0].status, after[0].students, after[1]) == ("inactive", before[0].students, before[1])
    assert account(store, "student", "1").fields["grade"] == "04"
    assert {one["why"] for one in undo["kept"]} == {"no_portal_access", "no_active_student"}


def test_an_undo_that_failed_is_gone_on_with_by_the_next_one(store, files):
    loads.run(store, files, "01A", d.small())
    before = things(store)
    loads.run(store, files, "01B", NEXT, complete=True)
    after = things(store)
    ground = loads.plan_undo(store, files, "01C", "01B")
    settled = loads.orjson.loads(files.read(loads.paths.settled(loads.SITE, "01C")))
    loads.lease.begin(ground, planned_on=settled["ground"], moves=settled["moves"])
    loads.undoing.apply(ground, "people", 0)
    loads.finish.fail(ground)
    assert "order it again" in progress.read(store, loads.SITE, "01C")["message"]
    loads.undo(store, files, "01D", "01B")
    assert {key: things(store)[key] for key in before} == before
    loads.undo(store, files, "01E", "01D")
    assert _gone(things(store)) == _gone(after)
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


def test_an_administrator_whom_the_load_made_is_kept_on(store, files):
    loads.run(store, files, "01A", d.small())
    loads.run(store, files, "01B", [d.school(), d.staff("t9")])
    one = account(store, "staff", "t9")
    one.rights = {"admin": ["*"]}
    put(store, one)
    undo = loads.undo(store, files, "01C", "01B")
    assert account(store, "staff", "t9").status == "active"
    assert [one["why"] for one in undo["kept"]] == ["administrator"]


def test_an_account_that_was_merged_since_is_left_alone(store, files):
    loads.run(store, files, "01A", d.small())
    loads.run(store, files, "01B", [d.school(), d.student("1", grade="05")])
    one = account(store, "student", "1")
    one.merged_into = "another"
    put(store, one)
    undo = loads.undo(store, files, "01C", "01B")
    assert account(store, "student", "1").fields["grade"] == "05"
    assert [one["why"] for one in undo["kept"]] == ["merged"]


def test_usernames_and_claims_stay_with_who_was_made(store, files):
    loads.run(store, files, "01A", [d.school()])
    loads.run(store, files, "01B", [d.school(), d.student("1", email="a@d.org", state_id="7")])
    claims = {key: item for key, item in store.snapshot().items() if key.sk == "CLAIM"}
    username = account(store, "student", "1").username
    loads.undo(store, files, "01C", "01B")
    assert {key: item for key, item in store.snapshot().items() if key.sk == "CLAIM"} == claims and len(claims) == 2
    assert account(store, "student", "1").username == username


def test_a_class_gets_its_teacher_back_and_the_teacher_the_class(store, files):
    loads.run(store, files, "01A", d.small())
    loads.run(store, files, "01B", [d.staff("t2"), d.section("709", teacher="t2")])
    first, second = account(store, "staff", "t1").id, account(store, "staff", "t2").id
    assert store.get(keys.teaches(loads.SITE, second, "709"))
    loads.undo(store, files, "01C", "01B")
    assert store.get(keys.section(loads.SITE, "709")).body["teachers"] == {first: "lead"}
    assert store.get(keys.teaches(loads.SITE, first, "709")) and not store.get(keys.teaches(loads.SITE, second, "709"))


def test_the_teachers_of_a_class_go_back_together_or_not_at_all(store, files):
    loads.run(store, files, "01A", [*d.small(), d.staff("t2"), d.staff("t3"), d.staff("t4")])
    loads.run(store, files, "01B", [d.section("709", teacher="t2", co_teachers=["t3"])])
    loads.run(store, files, "01C", [d.section("709", teacher="t4", co_teachers=["t3"])])
    undo = loads.undo(store, files, "01D", "01B")
    body = store.get(keys.section(loads.SITE, "709")).body
    assert body["fields"]["co_teachers"] == ["t3"] and len(body["teachers"]) == 2
    assert {(one["id"], one["attribute"]) for one in undo["kept"]} == {("709", "fields"), ("709", "teachers")}


def test_other_schools_and_their_lists_go_back(store, files):
    loads.run(store, files, "01A", [d.school(), d.school("0014"), d.student("1")])
    loads.run(store, files, "01B", [d.student("1", other_schools=["0014"])])
    one = account(store, "student", "1")
    assert store.get(keys.member_of(loads.SITE, one.id, "0014"))
    loads.undo(store, files, "01C", "01B")
    assert not store.get(keys.member_of(loads.SITE, one.id, "0014"))


def test_a_person_is_listed_in_the_school_they_go_back_to(store, files):
    loads.run(store, files, "01A", [d.school(), d.school("0014"), d.student("1")])
    loads.run(store, files, "01B", [d.student("1", school="0014", last_name="Zola")])
    loads.undo(store, files, "01C", "01B")
    listed = store.listing(keys.people(loads.SITE, "0012")).items
    assert [item.body["fields"]["last_name"] for item in listed] == ["García"]
    assert store.listing(keys.people(loads.SITE, "0014")).items == []


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
    assert _gone(things(store)) == _gone(after)


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


def prepared() -> tuple[MemoryStore, MemoryFiles]:
    store, files = fresh()
    loads.run(store, files, "01A", d.small())
    loads.run(store, files, "01B", NEXT, complete=True)
    return store, files


@pytest.mark.parametrize("after", [False, True], ids=["the call fails", "the reply is lost"])
def test_an_undo_whose_tasks_are_stopped_at_any_call_and_run_again_ends_the_same(after):
    store, files = prepared()
    loads.undo(store, files, "01C", "01B")
    expected = state(store), list(entities(files))
    for n in itertools.count(1):
        store, files = prepared()
        calls = Calls(fail=n, after=after)
        loads.undo(Failing(store, calls), Failing(files, calls), "01C", "01B")
        assert (state(store), list(entities(files))) == expected, f"call {n}"
        if calls.made < n:
            break
    assert n > 40


def state(store: MemoryStore) -> dict:
    return {key: item.body for key, item in store.snapshot().items() if key.sk != "LEASE"}


def entities(files: MemoryFiles) -> Any:
    for shards in snapshot.read(files, loads.SITE, "sheet").shards.values():
        for number, shard in enumerate(shards):
            yield from snapshot.entities(files, shard, number, len(shards), exact=True)


@settings(max_examples=40, deadline=None)
@given(st.lists(roster, min_size=1, max_size=3), st.booleans())
def test_undo_after_load_is_the_identity_on_everything_nobody_touched_since(feeds, complete):
    store, files = fresh()
    for n, said in enumerate(feeds[:-1]):
        loads.run(store, files, f"0{n}", records(said), complete=True)
    before = things(store)
    loads.run(store, files, "08", records(feeds[-1]), complete=complete)
    after = things(store)
    undo = loads.undo(store, files, "09", "08")
    found = things(store)
    assert {key: found[key] for key in before} == before and undo["kept_total"] == 0
    shells(store, before, "09")
    loads.undo(store, files, "10", "09")
    assert things(store) == after


@settings(max_examples=40, deadline=None)
@given(roster, roster, st.booleans())
def test_after_an_undo_the_same_feed_makes_the_same_state_again(first, second, complete):
    store, files = fresh()
    loads.run(store, files, "01", records(first), complete=True)
    loads.run(store, files, "02", records(second), complete=complete)
    after = things(store)
    loads.undo(store, files, "03", "02")
    loads.run(store, files, "04", records(second), complete=complete)
    assert _gone(things(store)) == _gone(after)


@settings(max_examples=40, deadline=None)
@given(roster, roster, roster)
def test_a_value_that_a_later_load_changed_is_never_undone(first, second, third):
    store, files = fresh()
    loads.run(store, files, "01", records(first), complete=True)
    loads.run(store, files, "02", records(second), complete=True)
    loads.run(store, files, "03", records(third), complete=True)
    then = store.snapshot()
    loads.undo(store, files, "04", "02")
    for key, item in store.snapshot().items():
        record = then.get(keys.change(key, "03")) if key.sk in ("ACCOUNT", "SECTION") else None
        if record:
            moved = {name: what for name, what in record.body["moved"].items() if name == "fields"}
            assert _values(item, moved) == _values(then[key], moved)


def _values(item: Item, moved: history.Moved) -> dict:
    return {name: {each: item.body[name].get(each) for each in what} for name, what in moved.items()}

"""Undoing a load: what goes back, what stays and why."""

from __future__ import annotations

import pytest

from rostering.load import progress
from rostering.store import keys
from rostering.store.keys import Item
from tests import loads
from tests.unit.load import district as d
from tests.unit.load.undone import NEXT, account, by_hand, put, shells, things, without_loads


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
    assert without_loads(things(store)) == without_loads(after)
    for kind, counts in first["counts"].items():
        told = again["counts"][kind]
        assert told["new"] + told["changed"] == counts["new"] + counts["changed"], kind
        assert (told["deactivated"], told["unchanged"]) == (counts["deactivated"], counts["unchanged"]), kind
    assert loads.run(store, files, "01E", NEXT, complete=True)["outcome"] == "unchanged"


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


@pytest.mark.parametrize(("state", "standing", "why"), [("merged", "active", ["merged"]), ("unmerged", "inactive", [])])
def test_an_account_that_another_was_merged_into_is_not_switched_off(store, files, state, standing, why):
    loads.run(store, files, "01A", d.small())
    loads.run(store, files, "01B", [d.school(), d.student("9")])
    one = account(store, "student", "9")
    store.insert(Item(keys.merge(loads.SITE, "m1"), {"kept": one.id, "gone": "another", "state": state}))
    undo = loads.undo(store, files, "01C", "01B")
    assert account(store, "student", "9").status == standing
    assert [one["why"] for one in undo["kept"]] == why


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

"""Two accounts of one person become one: what the kept one gets, and what never changes hands."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rostering import merging
from rostering.merging import Cause
from rostering.model import Account

CAUSE = Cause("boss", "the same child", "2026-11-24T08:00:00.000Z")
OFF = {"by": "boss", "reason": "left", "at": "2026-11-01T08:00:00.000Z"}


def pupil(name: str, *, source: str = "sheet", status: str = "active", **more: Any) -> Account:
    fields = {"first_name": "Zoë", "last_name": "Ito", "school": "0012"} | more.pop("fields", {})
    return Account(name, more.pop("role", "Student"), status, f"{name}.ito", fields, source=source,
                   source_key=more.pop("source_key", name), **more)


def kept(ours: Account, theirs: Account) -> Account:
    return merging.united(ours, theirs, CAUSE).kept


def test_the_kept_account_keeps_its_id_its_username_its_source_and_its_values():
    after = kept(pupil("a"), pupil("b", source="sif:z", fields={"last_name": "Itoh"}))
    assert (after.id, after.username, after.source, after.source_key) == ("a", "a.ito", "sheet", "a")
    assert after.fields["last_name"] == "Ito"


def test_an_empty_field_is_filled_and_its_source_is_noted():
    done = merging.united(pupil("a", fields={"email": ""}), pupil("b", source="sif:z", fields={
        "email": "zoe@x.example", "grade": "04"}, origins={"grade": "gg4l:d"}), CAUSE)
    assert done.filled == ["email", "grade"]
    assert done.kept.fields["email"] == "zoe@x.example"
    assert done.kept.origins == {"email": "sif:z", "grade": "gg4l:d"}


def test_a_field_filled_from_the_same_source_has_no_other_origin():
    assert kept(pupil("a"), pupil("b", fields={"grade": "04"})).origins == {}


def test_a_value_that_stays_behind_is_named():
    done = merging.united(pupil("a"), pupil("b", fields={"last_name": "Itoh"}), CAUSE)
    assert (done.filled, done.differing) == ([], ["last_name"])


@pytest.mark.parametrize(("ours", "theirs", "value", "by_hand"), [
    ({"source": "05", "by": "x"}, {"source": "06", "by": "y"}, "A", {"source": "05", "by": "x"}),
    ({"source": "05", "by": "x"}, None, "A", {"source": "05", "by": "x"}),
    (None, {"source": "06", "by": "y"}, "B", {"source": "A", "by": "y"}),
    (None, None, "A", None),
], ids=["of both", "of the kept one", "of the gone one", "of none"])
def test_a_hand_value_of_the_kept_one_wins_then_one_of_the_gone_one(ours, theirs, value, by_hand):
    def one(name: str, grade: str, hand: dict | None) -> Account:
        return pupil(name, fields={"grade": grade}, by_hand={"grade": hand} if hand else {})
    after = kept(one("a", "A", ours), one("b", "B", theirs))
    assert after.fields["grade"] == value
    assert after.by_hand.get("grade") == by_hand


def test_a_hand_value_in_an_empty_field_remembers_what_its_own_source_says():
    gone = pupil("b", source="sif:z", fields={"email": "z@x.example"}, by_hand={"email": {"source": "y@x.example"}})
    after = kept(pupil("a"), gone)
    assert after.by_hand["email"] == {"source": "y@x.example"}
    assert after.origins["email"] == "sif:z"


def test_a_field_that_a_person_emptied_stays_empty():
    after = kept(pupil("a", by_hand={"grade": {"source": "04"}}), pupil("b", fields={"grade": "05"}))
    assert "grade" not in after.fields


def test_links_come_over_for_sources_that_the_kept_one_had_none_for():
    ours = pupil("a", links={"gg4l:d": "g-a"})
    theirs = pupil("b", source="sif:z", links={"gg4l:d": "g-b", "sheet": "s-b", "sif:y": "y-b"})
    assert kept(ours, theirs).links == {"gg4l:d": "g-a", "sif:z": "b", "sif:y": "y-b"}


def test_other_schools_are_united_without_the_home_school():
    after = kept(pupil("a", fields={"other_schools": ["7"]}), pupil("b", fields={"other_schools": ["0012", "8", "7"]}))
    assert after.fields["other_schools"] == ["7", "8"]


@pytest.mark.parametrize(("ours", "theirs", "expected"), [
    (["2026-09-01", "", "inactive"], ["2026-10-01", "", "active"], ["2026-10-01", "", "active"]),
    (["2026-09-01", "", "active"], ["2026-08-01", "2026-09-01", "inactive"], ["2026-09-01", "", "active"]),
    (["2026-09-01", "2026-12-01", "active"], ["2026-08-01", "2027-01-01", "active"],
     ["2026-08-01", "2027-01-01", "active"]),
    (["", "2026-12-01", "active"], ["2026-08-01", "", "active"], ["", "", "active"]),
])
def test_an_active_place_wins_over_an_ended_one_else_the_longer_span_stays(ours, theirs, expected):
    assert merging.classes({"709": ours}, {"709": theirs}) == {"709": expected}


def test_guardians_are_united_and_a_pair_of_another_source_says_so():
    ours = pupil("a", guardians={"m": ["Mother", "", True, "inactive"], "f": ["Father", "", False, "active"]})
    theirs = pupil("b", source="sif:z", guardians={"m": ["Mom", "", True, "active"], "f": ["Dad", "", True, "active"],
                                                   "g": ["Aunt", "", False, "active", "sheet"]})
    assert kept(ours, theirs).guardians == {
        "m": ["Mom", "", True, "active", "sif:z"],
        "f": ["Father", "", False, "active"],
        "g": ["Aunt", "", False, "active"],
    }


@pytest.mark.parametrize(("ours", "theirs"), [("no_access", "active"), ("active", "no_access")])
def test_a_guardian_without_access_to_one_of_the_two_has_none_to_the_one_child(ours, theirs):
    def pair(status: str) -> list:
        return ["Father", "", False, status]
    child = kept(pupil("a", guardians={"f": pair(ours)}), pupil("b", guardians={"f": pair(theirs)}))
    father = pupil("f", role="Guardian", students={"a": pair(ours), "b": pair(theirs)})
    assert child.guardians == {"f": pair("no_access")}
    assert merging.in_relative(father, "a", "b").students == {"a": pair("no_access")}


@pytest.mark.parametrize(("ours", "theirs", "expected"), [
    (pupil("a"), pupil("b", status="inactive", deactivated=OFF), "active"),
    (pupil("a", status="inactive", deactivated={"load": "01A"}), pupil("b"), "active"),
    (pupil("a", status="pending"), pupil("b"), "active"),
    (pupil("a", status="inactive", deactivated=OFF), pupil("b"), "inactive"),
    (pupil("a", status="inactive"), pupil("b", status="inactive"), "inactive"),
    (pupil("a", status="pending"), pupil("b", status="pending"), "pending"),
])
def test_the_kept_one_is_active_if_either_was_unless_a_person_switched_it_off(ours, theirs, expected):
    after = kept(ours, theirs)
    assert after.status == expected
    assert bool(after.deactivated) == (expected == "inactive" and bool(ours.deactivated))


def test_rights_are_named_and_never_added_up():
    done = merging.united(pupil("a", role="Staff", rights={"view_as": ["0012"]}),
                          pupil("b", role="Teacher", rights={"admin": ["*"], "view_as": ["0012"]}), CAUSE)
    assert done.kept.rights == {"view_as": ["0012"]}
    assert done.rights == ["admin"]


def test_the_gone_account_is_off_says_why_and_keeps_its_own_values():
    gone = pupil("b", classes={"709": ["", "", "active"]}, fields={"grade": "04"})
    off = merging.united(pupil("a"), gone, CAUSE).gone
    assert (off.status, off.merged_into, off.username) == ("inactive", "a", "b.ito")
    assert off.deactivated == {"by": "boss", "reason": "the same child", "at": CAUSE.at, "rule": "merged"}
    assert (off.fields, off.classes) == (gone.fields, gone.classes)


def test_the_later_signing_in_counts():
    assert kept(pupil("a", signed_in_at="2026-10"), pupil("b", signed_in_at="2026-11")).signed_in_at == "2026-11"


@pytest.mark.parametrize(("ours", "theirs", "code"), [
    (pupil("a"), pupil("a"), "SAME_ACCOUNT"),
    (pupil("a"), pupil("b", role="Guardian"), "ROLE_FAMILIES"),
    (pupil("a", role="Teacher"), pupil("b"), "ROLE_FAMILIES"),
    (pupil("a"), pupil("b", merged_into="c"), "ALREADY_MERGED"),
    (pupil("a", merged_into="c"), pupil("b"), "ALREADY_MERGED"),
])
def test_what_can_not_be_merged(ours, theirs, code):
    assert merging.objection(ours, theirs)[0] == code


def test_a_teacher_and_other_staff_are_one_family():
    assert merging.objection(pupil("a", role="Teacher"), pupil("b", role="Staff")) is None


@pytest.mark.parametrize(("body", "expected"), [
    ({"members": {"b": ["1", "2"]}}, {"members": {"a": ["1", "2"]}}),
    ({"members": {"a": [], "b": ["1", "2"]}}, {"members": {"a": []}}),
    ({"members": {"b": []}, "past": {"a": ["1", "2"]}}, {"members": {"a": []}}),
    ({"members": {"a": []}, "past": {"b": ["1", "2"]}}, {"members": {"a": []}}),
    ({"members": {}, "past": {"a": ["2", "3"], "b": ["1", "2"]}}, {"members": {}, "past": {"a": ["1", "3"]}}),
    ({"teachers": {"a": "co", "b": "lead"}}, {"teachers": {"a": "lead"}}),
    ({"teachers": {"a": "lead", "b": "lead"}}, {"teachers": {"a": "lead"}}),
    ({"teachers": {"c": "lead"}}, {"teachers": {"c": "lead"}}),
])
def test_a_section_has_the_kept_account_in_the_place_of_the_gone_one(body, expected):
    assert merging.in_section(body, "a", "b") == expected


def test_a_group_has_the_kept_account_as_member_and_owner():
    body = {"members": {"b": "staff", "c": "student"}, "owner": "b"}
    assert merging.in_group(body, "a", "b") == {"members": {"a": "staff", "c": "student"}, "owner": "a"}


def test_a_guardian_has_the_kept_student_once():
    mother = pupil("m", role="Guardian", students={"a": ["Mother", "", True, "inactive"],
                                                   "b": ["Mom", "", True, "active"]})
    assert merging.in_relative(mother, "a", "b").students == {"a": ["Mom", "", True, "active"]}


days = st.sampled_from(["", "2026-08-01", "2026-09-01", "2026-10-01"])
spans = st.tuples(days, days, st.sampled_from(["active", "inactive"])).map(list)
places = st.dictionaries(st.sampled_from("xyz"), spans)


@given(places, places, places)
def test_uniting_classes_knows_no_order_and_nothing_twice(one, two, three):
    assert merging.classes(one, two) == merging.classes(two, one)
    assert merging.classes(one, one) == one
    assert merging.classes(merging.classes(one, two), three) == merging.classes(one, merging.classes(two, three))


values = st.dictionaries(st.sampled_from(["email", "grade", "state_id"]), st.sampled_from(["", "1", "2"]))
hands = st.dictionaries(st.sampled_from(["email", "grade"]), st.fixed_dictionaries({"source": st.just("0")}))


@given(values, hands, values, hands)
def test_no_value_of_the_kept_one_is_lost_but_to_a_hand_and_none_of_the_gone_one_to_nothing(ours, hand, theirs, other):
    one = pupil("a", fields=ours, by_hand=hand)
    two = pupil("b", fields=theirs, by_hand=other)
    after = kept(one, two)
    for name in ("email", "grade", "state_id"):
        own, their, now = ours.get(name), theirs.get(name), after.fields.get(name)
        if name in hand or (own and not (name in other and their)):
            assert now == own
        elif their:
            assert now == their
            assert (name in after.by_hand) == (name in other)

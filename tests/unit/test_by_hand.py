"""Values kept by hand, as rules on an account."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rostering import by_hand
from rostering.model import Account

AT = "2026-11-23T08:00:00.000Z"
FIELDS = by_hand.EDITABLE["student"]


def student(**more) -> Account:
    fields = {"id": "1", "first_name": "Ana", "last_name": "Ruiz", "grade": "04", "school": "0012"}
    return Account("a1", "Student", "active", "ana.r35", fields | more.pop("fields", {}), source="sheet",
                   source_key="1", **more)


def test_a_field_set_by_hand_shows_what_the_source_says():
    found = by_hand.field_of(by_hand.set_fields(student(), {"grade": "05"}, by="boss", at=AT), "grade")
    assert (found.value, found.origin, found.source_value, found.differs, found.by, found.at) == (
        "05", "hand", "04", True, "boss", AT)


def test_editing_again_keeps_what_the_source_says():
    once = by_hand.set_fields(student(), {"grade": "05"}, by="boss", at=AT)
    twice = by_hand.set_fields(once, {"grade": "06"}, by="boss", at=AT)
    assert by_hand.field_of(twice, "grade").source_value == "04"


def test_the_source_s_own_value_set_by_hand_is_kept_by_hand_and_does_not_differ():
    found = by_hand.field_of(by_hand.set_fields(student(), {"grade": "04"}, by="boss", at=AT), "grade")
    assert (found.origin, found.differs) == ("hand", False)


def test_an_emptied_field_is_kept_empty_by_hand():
    edited = by_hand.set_fields(student(fields={"middle_name": "B"}), {"middle_name": None}, by="boss", at=AT)
    assert "middle_name" not in edited.fields
    assert by_hand.fields_of(edited)["middle_name"].source_value == "B"


def test_an_account_that_no_source_speaks_for_gets_no_marks():
    manual = Account("m1", "Staff", "active", "m", {"title": "Head"}, source="manual")
    edited = by_hand.set_fields(manual, {"title": "Principal"}, by="boss", at=AT)
    assert edited.by_hand == {} and by_hand.field_of(edited, "title").origin == "hand"


def test_a_manual_account_that_a_source_knows_too_keeps_its_values_by_hand():
    adopted = Account("m1", "Staff", "active", "m", {"title": "Head"}, source="manual", links={"sheet": "t1"})
    assert by_hand.set_fields(adopted, {"title": "Boss"}, by="boss", at=AT).by_hand["title"]["source"] == "Head"


def test_one_field_takes_the_source_s_value_and_the_others_stay_by_hand():
    edited = by_hand.set_fields(student(), {"grade": "05", "last_name": "Roa"}, by="boss", at=AT)
    back = by_hand.use_source(edited, ["grade"])
    assert (back.fields["grade"], back.fields["last_name"], sorted(back.by_hand)) == ("04", "Roa", ["last_name"])


def test_a_field_that_the_source_does_not_say_goes_away_with_the_hand_s_value():
    edited = by_hand.set_fields(student(), {"preferred_name": "Nita"}, by="boss", at=AT)
    assert by_hand.use_source(edited) == student()


def test_using_the_source_where_nothing_is_by_hand_gives_the_very_account():
    account = student()
    assert by_hand.use_source(account) is account and by_hand.use_source(account, ["grade"]) is account


def test_a_field_of_another_source_names_that_one():
    assert by_hand.field_of(student(origins={"grade": "sif:z1"}), "grade").origin == "sif:z1"


def test_who_was_switched_off_by_a_load_may_be_kept_off_by_a_person():
    off = student(deactivated={"load": "01A", "row": 3, "rule": "status"})
    off.status = "inactive"
    kept = by_hand.switch_off(off, by="boss", reason="left", at=AT)
    assert kept.deactivated == {"by": "boss", "reason": "left", "at": AT}
    assert by_hand.switch_off(kept, by="other", reason="again", at=AT) is kept


@pytest.mark.parametrize(("start", "status"), [("2026-11-24", "pending"), ("2026-11-23", "active"), ("", "active")])
def test_switched_on_before_the_first_day_is_pending(start, status):
    off = by_hand.switch_off(student(fields={"start_date": start}), by="boss", reason="r", at=AT)
    on = by_hand.switch_on(off, today="2026-11-23")
    assert (on.status, on.deactivated) == (status, {})


@pytest.mark.parametrize(("account", "refused", "told"), [
    (student(fields={"email": "a@d.org"}), "", "Yes"),
    (student(), "", "Not sent"),
    (student(by_hand={"email": {"source": None}}), "", "Kept by hand"),
    (student(fields={"email": "a@d.org"}), "R-EMAIL-TAKEN", "Error R-EMAIL-TAKEN"),
])
def test_email_synced(account, refused, told):
    assert by_hand.email_synced(account, refused) == told


VALUES = st.dictionaries(st.sampled_from(FIELDS), st.sampled_from([None, "x", "y"]), max_size=4)


@given(said=VALUES, edits=st.lists(VALUES, max_size=4))
def test_any_edits_and_then_the_source_again_is_as_if_nobody_had_edited(said, edits):
    account = before = student(fields={name: value for name, value in said.items() if value})
    for edit in edits:
        account = by_hand.set_fields(account, edit, by="boss", at=AT)
    assert by_hand.use_source(account) == before

"""The steps by which a person is found: each as a rule, without a table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rostering.matching import STEPS, Person, decide, name_print
from rostering.model import Account

JOSE = Person("student", "R1", "José", "García", birth_date="2016-05-03", school="0012", email="j@d.org",
              local_id="4512", state_id="777")


def account(name: str = "one", **given) -> Account:
    fields = {"first_name": "Jose", "last_name": "GARCIA", "birth_date": "2016-05-03", "school": "0012", "id": "4512"}
    about = {"source": "sheet", "source_key": "4512", "status": "active"} | given.pop("about", {})
    return Account(name, "Student", about.pop("status"), "jose.g35", fields | given, **about)


@pytest.mark.parametrize("step", ["local_id", "state_id", "email", "guardian"])
def test_one_hit_with_the_same_last_name_links(step):
    verdict = decide(JOSE, {step: [account()]}, source="sif:z1")
    assert (verdict.action, verdict.rule, verdict.account) == ("link", step, "one")


@pytest.mark.parametrize(("step", "found", "rule"), [
    ("local_id", [account(), account("two")], "several_accounts"),
    ("local_id", [account(last_name="Ruiz")], "other_last_name"),
    ("state_id", [account(last_name="Ruiz", birth_date="2015-01-01")], "other_last_name"),
    ("email", [account(last_name="Ruiz")], "other_last_name"),
    ("email", [account(about={"source": "sif:z1", "source_key": "R0"})], "id_changed"),
    ("email", [account(about={"links": {"sif:z1": "R0"}})], "id_changed"),
    ("guardian", [account(first_name="Ana")], "other_first_name"),
    ("local_id", [account(about={"source": "manual"})], "manual_account"),
    ("name", [account()], "possible_duplicate"),
])
def test_a_hit_that_is_not_certain_holds(step, found, rule):
    verdict = decide(JOSE, {step: found}, source="sif:z1")
    assert (verdict.action, verdict.rule) == ("hold", rule)
    assert {one.account for one in verdict.candidates} == {one.id for one in found}


def test_the_birth_date_stands_in_for_a_last_name_at_the_state_id():
    assert decide(JOSE, {"state_id": [account(last_name="Ruiz")]}, source="sif:z1").action == "link"


def test_an_account_whose_own_row_is_in_the_delivery_is_not_taken_over():
    verdict = decide(JOSE, {"state_id": [account()]}, source="sheet", present={"one"})
    assert (verdict.action, verdict.rule) == ("hold", "same_delivery")


def test_two_guardians_of_one_name_who_are_both_in_the_delivery_stay_two():
    assert decide(JOSE, {"guardian": [account()]}, source="sheet", present={"one"}).action == "create"


def test_an_account_that_was_merged_into_another_is_nobody():
    gone = account()
    gone.merged_into = "two"
    assert decide(JOSE, {"local_id": [gone]}, source="sif:z1").action == "create"


def test_the_likeliest_account_comes_first_and_says_why():
    near, far = account("near"), account("far", first_name="Ana", birth_date="2010-01-01")
    best, other = decide(JOSE, {"local_id": [far, near]}, source="sif:z1").candidates
    assert (best.account, other.account) == ("near", "far") and best.score > other.score
    assert {"same_last_name", "same_birth_date"} <= set(best.reasons) and "other_birth_date" in other.reasons


hits = st.dictionaries(st.sampled_from(STEPS), st.lists(st.builds(
    account, st.sampled_from(["one", "two", "three"]), last_name=st.sampled_from(["García", "Ruiz"]),
    first_name=st.sampled_from(["José", "Ana"]),
    about=st.sampled_from([{}, {"source": "manual"}, {"links": {"sif:z1": "R0"}}])), max_size=3))


@given(hits, st.sets(st.sampled_from(["one", "two"])))
def test_the_first_step_that_hits_decides_and_nobody_is_linked_who_is_not_certain(found, present):
    verdict = decide(JOSE, found, source="sif:z1", present=present)
    first = next((step for step in STEPS if [a for a in found.get(step, ())
                                             if step != "guardian" or a.id not in present]), None)
    assert (verdict.action == "create") == (first is None)
    if verdict.action == "link":
        linked = [one for one in found[first] if one.id == verdict.account]
        assert verdict.rule == first != "name"
        assert linked and linked[-1].source != "manual"
    for one in verdict.candidates:
        assert 0 <= one.score <= 100


@given(st.text(), st.text())
def test_a_print_of_names_ignores_marks_and_case(first, last):
    said = {"first_name": first, "last_name": last}
    assert name_print(said) == name_print({"first_name": first.casefold(), "last_name": last})

"""A cause is named only where the figures tell it, and in a sentence that people can check."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rostering import causes
from rostering.causes import WORDS, Cause, Figures
from rostering.model import GRADES

FIFTH, EIGHTH, TWELFTH = (GRADES.index(grade) for grade in ("05", "08", "12"))


def gone(off: dict[str, int], **figures) -> Figures:
    return Figures(**{"active": {"0012": 1_000, "0014": 1_000}, "off": off} | figures)


def test_few_who_go_without_anything_in_common_have_no_cause():
    assert causes.of_departures("student", "", gone({"0012": 30})) == Cause()


@pytest.mark.parametrize(("leavers", "named"), [
    ({("0012", TWELFTH): 100}, True),
    ({("0012", FIFTH): 90, ("0012", 3): 10}, True),
    ({("0012", FIFTH): 89, ("0012", 3): 11}, False),
    ({("0014", EIGHTH): 100}, True),
    ({("0012", FIFTH): 50, ("0014", FIFTH): 50}, False),
    ({("0012", TWELFTH): 9}, False),
])
def test_the_end_of_a_year_is_when_nearly_all_leave_from_the_highest_grade_of_their_school(leavers, named):
    figure = gone({"0012": 100}, leavers=leavers, tops={"0012": FIFTH, "0014": EIGHTH})
    assert (causes.of_departures("student", "", figure).code == "year_end") == named


def test_the_end_of_a_year_is_told_with_its_numbers():
    figure = gone({"0012": 214}, leavers={("0012", TWELFTH): 212, ("0012", 4): 2})
    assert causes.of_departures("student", "", figure) == Cause("year_end", "approve", (
        "this looks like the end of the school year: 212 of the 214 students who go are in the highest grade of "
        "their school"))


def test_the_end_of_a_year_may_be_that_of_one_school():
    figure = gone({"0012": 50, "0014": 50}, leavers={("0012", FIFTH): 50, ("0014", 3): 50},
                  tops={"0012": FIFTH, "0014": EIGHTH})
    assert [causes.of_departures("student", school, figure).code for school in ("", "0012", "0014")] == [
        "", "year_end", ""]


def test_employees_do_not_leave_by_grade():
    assert causes.of_departures("staff", "", gone({"0012": 50}, leavers={("0012", TWELFTH): 50})).code == ""


def test_a_fifth_of_a_kind_in_no_row_is_a_file_that_was_cut_short():
    assert causes.of_departures("student", "", gone({"0012": 399}, absent={"0012": 399})).code == ""
    found = causes.of_departures("student", "", gone({"0012": 400}, absent={"0012": 400}))
    assert found == Cause("half_a_file", "send_again",
                          "the list seems to be cut short: 400 of 2,000 students are not in it")


def test_who_is_switched_off_by_a_row_is_in_the_file():
    assert causes.of_departures("student", "", gone({"0012": 400}, absent={"0012": 300})).code == ""


def test_changed_ids_explain_who_goes():
    figure = gone({"0012": 412}, new={"0012": 500}, absent={"0012": 412}, pairs=412)
    assert causes.of_departures("student", "0012", figure) == Cause(
        "ids_changed", "rekey", "the IDs changed: 412 pairs of students match by name and birth date")
    assert causes.of_arrivals("student", figure).code == "ids_changed"


def test_a_single_pair_does_not_explain_hundreds():
    assert causes.of_departures("student", "", gone({"0012": 390}, new={"0012": 9}, pairs=1)).code == ""
    assert causes.of_arrivals("student", Figures(new={"0012": 90}, pairs=1)).code == ""


def test_lost_zeros_are_told_from_other_changes_of_ids():
    found = causes.of_ids("student", Figures(new={"0012": 40}, pairs=40, lost_zeros=38))
    assert found == Cause("ids_lost_zeros", "send_again", (
        "the IDs seem to have lost their zeros: 38 of 40 new students have the ID of a missing one without the "
        "zeros in front"))
    assert causes.of_ids("student", Figures(new={"0012": 40}, pairs=40, lost_zeros=19)).code == "ids_changed"


def test_the_pairs_of_employees_match_by_email():
    found = causes.of_ids("staff", Figures(pairs=2))
    assert found.message == "the IDs changed: 2 pairs of employees match by name and email"


@pytest.mark.parametrize(("signs", "code"), [
    ({"swapped": 96}, "names_swapped"), ({"others": 96}, "rows_mixed"),
    ({"swapped": 40, "others": 40}, "column_shifted"), ({}, "column_shifted")])
def test_last_names_that_change_have_a_cause(signs, code):
    figure = Figures(active={"0012": 200}, changed={"0012": 100}, moved_names={"0012": 100}, signs=signs)
    found = causes.of_moved("student", "last names", 100, figure)
    assert (found.code, found.action) == (code, "reject")
    if code == "names_swapped":
        assert found.message == "first and last names look swapped for 96 of 100 changed students"


def test_emails_that_only_change_their_domain_are_no_slip_of_columns():
    figure = Figures(changed={"0012": 100}, moved_emails={"0012": 100}, signs={"domains": 95})
    assert causes.of_moved("staff", "emails", 100, figure).code == "email_domain"


def test_a_new_year_is_when_nearly_all_who_change_have_another_grade():
    assert causes.of_changes("student", Figures(changed={"": 100}, signs={"grades": 95})).code == "year_start"
    assert causes.of_changes("student", Figures(changed={"": 100}, signs={"grades": 80})).code == ""


def test_a_school_is_silent_if_everybody_is_absent_and_nobody_else_is_said():
    def silent(**figures) -> list[str]:
        return causes.silent_schools("student", Figures(**{"active": {"0012": 5, "0014": 7}} | figures))

    assert silent(absent={"0012": 5}) == ["0012"]
    assert silent(absent={"0012": 4}) == []
    assert silent(absent={"0012": 5}, said={"0012": 1}) == []
    assert silent(absent={"0099": 5}) == []


def test_few_classes_of_a_school_may_end_without_being_a_silence():
    assert causes.silent_schools("section", Figures(active={"0012": 9}, absent={"0012": 9})) == []
    assert causes.silent_schools("section", Figures(active={"0012": 10}, absent={"0012": 10})) == ["0012"]


def test_many_silent_schools_are_told_in_one_sentence():
    schools = {f"{n:04d}": 100 for n in range(7)}
    found = causes.of_departures("student", "", Figures(active=schools, absent=schools, off=schools))
    assert found.message == "7 schools sent no students: 0000, 0001, 0002, 0003, 0004 and 2 more"


by_school = st.dictionaries(st.sampled_from(["0012", "0014"]), st.integers(0, 50))
figures = st.builds(Figures, active=by_school, new=by_school, changed=by_school, off=by_school, absent=by_school,
                    said=by_school, moved_names=by_school, moved_emails=by_school, pairs=st.integers(0, 60),
                    lost_zeros=st.integers(0, 60), signs=st.dictionaries(
                        st.sampled_from(["swapped", "others", "domains", "grades"]), st.integers(0, 100)),
                    leavers=st.dictionaries(st.tuples(st.sampled_from(["0012", "0014"]), st.integers(-1, 15)),
                                            st.integers(0, 50)))


@given(st.sampled_from(list(WORDS)), st.sampled_from(["", "0012", "0014"]), figures)
def test_a_cause_always_has_a_sentence_and_an_action_or_is_none(kind, school, figure):
    for found in (causes.of_departures(kind, school, figure), causes.of_arrivals(kind, figure),
                  causes.of_changes(kind, figure), causes.of_ids(kind, figure),
                  causes.of_moved(kind, "emails", 3, figure)):
        assert bool(found.code) == bool(found.message) == bool(found.action)


@given(st.sampled_from(list(WORDS)), figures)
def test_a_silent_school_has_people_and_all_of_them_go_or_are_absent(kind, figure):
    for school in causes.silent_schools(kind, figure):
        active = figure.active[school]
        assert 0 < active <= max(figure.absent.get(school, 0), figure.off.get(school, 0))
        assert not figure.said.get(school)

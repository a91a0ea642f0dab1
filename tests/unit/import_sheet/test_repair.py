"""A report that is corrected and handed in again: only what was corrected loads."""

from __future__ import annotations

from typing import Any

import pytest

from rostering.load import paths, progress
from rostering.sheet.columns import REPORT_PROPERTY
from rostering.store import keys
from rostering.store.keys import Item
from tests.unit.import_sheet.office import Office, corrected, student, workbook


def fixed_and_old(office: Office) -> str:
    """A first load with a bad grade in row 3, after which a newer one changed student 1; gives the first."""
    first = office.load(workbook([student(1), student(2, grade="Zaphod"), student(3)]))
    office.load(workbook([student(1, grade="05", last_name="New")]))
    return first


def without_property(book: Any) -> None:
    del book.custom_doc_props[REPORT_PROPERTY]


@pytest.mark.parametrize("touch", [lambda book: None, without_property])
def test_only_the_corrected_row_loads_and_a_newer_load_is_not_turned_back(touch):
    office = Office()
    first = fixed_and_old(office)
    assert office.account("s2") is None
    again = office.load(corrected(office.report(first), "Students", {(3, "grade"): "04"}, touch=touch))
    assert office.account("s2").fields["grade"] == "04"
    assert (office.account("s1").fields["grade"], office.account("s1").fields["last_name"]) == ("05", "New")
    assert office.manifest(again).about["repairs"] == office.body(again)["repairs"] == first


def test_how_many_rows_were_taken_is_told():
    office = Office()
    first = fixed_and_old(office)
    again = office.load(corrected(office.report(first), "Students", {(3, "grade"): "04", (4, "grade"): "06"}))
    # two rows of Students, and the row of Class Rosters that depended on the one with the error
    assert office.body(again)["message"] == f"3 corrected rows of load {first}"
    assert office.body(again)["problem_counts"]["I-REPAIRED"] == 1
    counts = office.settled(again)["counts"]["students"]
    assert (counts["rows"], counts["new"], counts["changed"], counts["unchanged"]) == (3, 1, 1, 1)


def test_a_report_that_nobody_corrected_changes_nothing():
    office = Office()
    first = fixed_and_old(office)
    again = office.load(corrected(office.report(first)))
    assert all(counts["new"] == counts["changed"] == 0 for counts in office.settled(again)["counts"].values())
    assert office.body(again)["message"] == f"0 corrected rows of load {first}"
    assert office.account("s1").fields["grade"] == "05"


def test_of_a_row_that_was_loaded_only_the_corrected_cells_are_taken():
    office = Office()
    first = fixed_and_old(office)
    office.load(corrected(office.report(first), "Students", {(2, "first_name"): "Anna"}))
    found = office.account("s1").fields
    assert (found["first_name"], found["grade"], found["last_name"]) == ("Anna", "05", "New")


def test_nothing_is_missing_from_the_corrected_report_of_a_complete_list():
    office = Office()
    first = office.load(workbook([student(1), student(2)], complete=True))
    office.load(workbook([student(3)]))
    again = office.load(corrected(office.report(first), "Students", {(2, "grade"): "06"},
                                  touch=lambda book: book["Students"].delete_rows(3)))
    assert {key: office.account(key).status for key in ("s1", "s2", "s3")} == dict.fromkeys(
        ("s1", "s2", "s3"), "active")
    assert office.account("s1").fields["grade"] == "06" and not office.settled(again)["holds"]


def test_the_report_of_a_repair_can_be_corrected_too():
    office = Office()
    first = fixed_and_old(office)
    second = office.load(corrected(office.report(first), "Students", {(3, "grade"): "04"}))
    office.load(workbook([student(3, grade="07")]))
    third = office.load(corrected(office.report(second), "Students", {(3, "last_name"): "Again"}))
    assert office.body(third)["message"] == f"1 corrected row of load {second}"
    assert office.account("s2").fields["last_name"] == "Again"
    assert (office.account("s1").fields["grade"], office.account("s3").fields["grade"]) == ("05", "07")


def test_a_row_that_the_gate_refused_is_taken_whole_when_it_is_corrected():
    office = Office()
    office.store.insert(Item(keys.username("demo", "taken.name"), {"account": "somebody"}))
    first = office.load(workbook([student(1), student(2, username="taken.name")]))
    assert office.account("s2") is None
    office.load(corrected(office.report(first), "Students", {(3, "username"): "free.name"}))
    assert (office.account("s2").username, office.account("s2").fields["grade"]) == ("free.name", "04")


def test_a_row_whose_email_was_taken_counts_as_not_loaded():
    office = Office()
    first = office.load(workbook([student(1), student(2)]))
    second = office.load(workbook([student(1, email="a@d.org")]))
    third = office.load(workbook([student(2, email="a@d.org", grade="05"), student(3)]))
    assert office.account("s2").fields["grade"] == "04"
    office.load(corrected(office.report(third), "Students", {(2, "email"): "b@d.org"}))
    assert (office.account("s2").fields["grade"], office.account("s2").fields["email"]) == ("05", "b@d.org")
    assert len({first, second, third}) == 3


def test_rows_that_were_not_approved_count_as_not_loaded():
    office = Office()
    office.load(workbook([student(1), student(2)]))
    part = office.load(workbook([student(1, grade="05"), student(2, grade="05"), student(3)]), rows=["student/s1"])
    assert office.account("s2").fields["grade"] == "04" and office.account("s3") is None
    office.load(workbook([student(1, grade="06")]))
    office.load(corrected(office.report(part), "Students", {(4, "last_name"): "Fixed"}))
    assert [office.account(key).fields["grade"] for key in ("s1", "s2", "s3")] == ["06", "05", "04"]
    assert office.account("s3").classes == {"709": ["", "", "active"]}
    section = office.store.get(keys.section("demo", "709")).body
    assert office.account("s3").id in section["members"]


def test_rows_that_were_approved_later_count_as_loaded():
    office = Office()
    office.load(workbook([student(1), student(2)]))
    part = office.load(workbook([student(1, grade="05"), student(2, grade="05")]), rows=["student/s1"])
    office.go_on(office.body(part)["rest"])
    assert office.account("s2").fields["grade"] == "05"
    office.load(workbook([student(2, grade="06")]))
    office.load(corrected(office.report(part), "Students", {(2, "last_name"): "Fixed"}))
    assert (office.account("s1").fields["last_name"], office.account("s2").fields["grade"]) == ("Fixed", "06")


def test_references_are_looked_up_in_all_rows_of_the_workbook():
    office = Office()
    first = office.load(workbook([student(1), student(2, school="Zaphod")]))
    again = office.load(corrected(office.report(first), "Students", {(3, "school"): "0012"}))
    assert office.account("s2").classes == {"709": ["", "", "active"]}
    assert not any(code[0] == "R" for code in office.body(again)["problem_counts"])


def test_a_section_row_and_an_enrollment_that_were_corrected_load():
    office = Office()
    first = office.load(workbook([student(1)]))
    again = office.load(corrected(office.report(first), "Classes", {(2, "room"): "12B"}))
    third = office.load(corrected(office.report(again), "Class Rosters", {(2, "start_date"): "9/1/2026"}))
    assert office.store.get(keys.section("demo", "709")).body["fields"]["room"] == "12B"
    assert office.account("s1").classes == {"709": ["2026-09-01", "", "active"]}
    assert office.body(third)["message"].startswith("1 corrected row ")


@pytest.mark.parametrize("state", ["turned_back", "rejected", "expired", "replaced", "failed", "undone", "held"])
def test_the_report_of_a_load_that_does_not_stand_is_a_sheet_like_any(state):
    office = Office()
    first = fixed_and_old(office)
    progress.change(office.store, "demo", first, now=office.now(), state=state)
    again = office.load(corrected(office.report(first), "Students", {(3, "grade"): "04"}))
    assert "repairs" not in office.manifest(again).about and office.account("s1").fields["grade"] == "04"


@pytest.mark.parametrize("number", ["01NOBODY", "", "../../x", "Zaphod#LOAD", "1" * 99])
def test_a_made_up_number_is_a_sheet_like_any(number):
    office = Office()
    first = fixed_and_old(office)

    def rename(book: Any) -> None:
        book.custom_doc_props[REPORT_PROPERTY].value = number or "-"
        book["Summary"]["B3"].value = number
    again = office.load(corrected(office.report(first), "Students", {(3, "grade"): "04"}, touch=rename))
    assert "repairs" not in office.manifest(again).about and office.account("s1").fields["grade"] == "04"


def test_the_report_of_another_site_is_a_sheet_like_any():
    other, office = Office(), Office()
    report = other.report(other.load(workbook([student(1), student(2)])))
    again = office.load(corrected(report, "Students", {(3, "grade"): "06"}))
    assert "repairs" not in office.manifest(again).about
    assert (office.account("s1").fields["grade"], office.account("s2").fields["grade"]) == ("04", "06")


@pytest.mark.parametrize("gone", ["feed.json", "people/000.gz"])
def test_a_report_whose_load_is_no_longer_kept_is_read_whole_and_says_so(gone):
    office = Office()
    first = fixed_and_old(office)
    office.work.delete(paths.feed("demo", first).replace("feed.json", gone))
    again = office.load(corrected(office.report(first), "Students", {(3, "grade"): "04"}))
    assert office.body(again)["problem_counts"]["W-REPORT-OLD"] == 1
    assert office.account("s2") and office.account("s1").fields["grade"] == "04"


def test_a_repair_whose_snapshot_has_more_shards_by_now_is_compared_all_the_same(monkeypatch):
    monkeypatch.setattr("rostering.feed.ENTITIES_PER_SHARD", 4)
    office = Office()
    some = [student(number) for number in range(1, 6)]
    first = office.load(workbook([*some, student(6, grade="Zaphod")]))
    office.load(workbook([student(number, grade="05") for number in range(1, 40)]))
    assert len(office.manifest(first).shards["people"]) < 8
    again = office.load(corrected(office.report(first), "Students", {(7, "grade"): "08"}))
    assert len(office.manifest(again).shards["people"]) >= 8
    assert office.account("s6").fields["grade"] == "08"
    assert {office.account(f"s{number}").fields["grade"] for number in range(1, 6)} == {"05"}


def test_a_repair_read_again_after_a_stop_gives_the_same_feed():
    office = Office()
    first = fixed_and_old(office)
    data = corrected(office.report(first), "Students", {(3, "grade"): "04"})
    one, two = office.drop(data), Office()
    fixed_and_old(two)
    other = two.drop(data)
    assert office.manifest(one).shards == two.manifest(other).shards

"""Corrections from a drop to the end of its load: applied, noted, and gone when the source agrees."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rostering.corrections import Correction
from rostering.load import corrected
from rostering.load.ground import Ground
from rostering.store.keys import Item
from tests.unit.import_sheet.office import Office, student, workbook

BEFORE, LATER = "2026-11-23T00:00:00.000Z", "2026-11-23T23:59:00.000Z"
GRADE = Correction("sheet", "student", "s2", "grade", "05", "05", by="boss", at=BEFORE, reason="typo")


def office_with(*corrections: Correction) -> Office:
    office = Office()
    for each in corrections:
        put(office, each)
    return office


def put(office: Office, each: Correction) -> None:
    office.store.put_many([Item(corrected.at("demo", each), each.as_body())])


def kept(office: Office) -> Correction:
    [found] = corrected.read(office.store, "demo", "sheet")
    return found


def events(office: Office) -> list[str]:
    return [item.body["what"] for key, item in office.store.snapshot().items() if "#AUDIT#" in key.pk]


def test_a_row_that_would_be_turned_back_loads_as_corrected():
    office = office_with(GRADE)
    load = office.load(workbook([student(1), student(2, grade="Zaphod")]))
    assert office.account("s2").fields["grade"] == "05"
    assert office.body(load)["problem_counts"] == {"I-CORRECTED": 1}
    assert (kept(office).said, kept(office).ended) == ("Zaphod", {})
    assert "correction.ended" not in events(office)


def test_it_vanishes_when_a_load_in_which_the_source_agrees_is_done():
    office = office_with(GRADE)
    load = office.load(workbook([student(1), student(2, grade="5th")]))
    assert kept(office).ended == {"at": kept(office).ended["at"], "load": load}
    assert events(office).count("correction.ended") == 1
    assert office.store.get(corrected.at("demo", GRADE)).expires
    office.load(workbook([student(1), student(2, grade="07")]))
    assert office.account("s2").fields["grade"] == "07"


def test_it_stays_while_the_load_that_agrees_is_not_done():
    office = office_with(GRADE)
    office.drop(workbook([student(1), student(2, grade="05")]))
    assert kept(office).ended == {}


def test_one_that_a_person_made_anew_meanwhile_is_left_alone():
    office = office_with(GRADE)
    load = office.drop(workbook([student(1), student(2, grade="05")]))
    put(office, replace(GRADE, value="06", stored="06", at=LATER))
    corrected.settle(Ground.open(office.store, office.work, "demo", load, now=LATER), office.manifest(load))
    assert (kept(office).value, kept(office).ended) == ("06", {})


def test_ending_it_twice_is_once():
    office = office_with(GRADE)
    load = office.load(workbook([student(1), student(2, grade="05")]))
    ground = Ground.open(office.store, office.work, "demo", load, now=LATER)
    corrected.settle(ground, office.manifest(load))
    assert events(office).count("correction.ended") == 1 and kept(office).ended["at"] < LATER


def test_a_sheet_without_the_record_says_nothing_of_it():
    office = office_with(GRADE)
    office.load(workbook([student(1)]))
    assert (kept(office).said, kept(office).ended) == ("", {})


@pytest.mark.parametrize("change", [
    replace(GRADE, at=LATER), replace(GRADE, ended={"at": LATER, "by": "boss"})])
def test_a_file_from_before_a_change_of_corrections_may_come_again(change):
    office = Office()
    data = workbook([student(1), student(2)])
    office.load(data)
    assert office.body(office.drop(data))["message"].startswith("F-SAME-FILE")
    put(office, change)
    again = office.load(data)
    assert office.account("s2").fields["grade"] == ("04" if change.ended else "05")
    assert office.body(again)["state"] == "done"


def test_a_correction_that_a_load_ended_does_not_let_the_same_file_in_again():
    office = office_with(replace(GRADE, ended={"at": LATER, "load": "01A"}))
    data = workbook([student(1), student(2)])
    office.load(data)
    assert office.body(office.drop(data))["message"].startswith("F-SAME-FILE")

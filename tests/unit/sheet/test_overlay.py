"""Corrections on a sheet: what is read instead, what is said about it, and what the sender gets back."""

from __future__ import annotations

import io
from datetime import date

import pytest

from rostering.corrections import Correction
from rostering.report.summary import Summary
from rostering.report.workbook import write_report
from rostering.sheet.columns import TAB
from rostering.sheet.overlay import correctable, key_of
from rostering.sheet.reading import NothingKnown, read_sheet
from rostering.xlsx.batch import Cell
from rostering.xlsx.workbook import open_workbook
from tests.unit.sheet import made_up as m


def correction(kind: str, key: str, field: str, value: str) -> Correction:
    return Correction("sheet", kind, key, field, value, None, by="boss", at="2026-09-01", reason="typo")


def read(book, *corrections: Correction):
    return read_sheet(book, site="pineapple", known=NothingKnown(), today=m.TODAY, expected=m.EXPECTED,
                      corrections=corrections)


GRADE = correction("student", "004512", "grade", "05")


def test_a_row_that_would_be_turned_back_loads_with_the_corrected_value():
    reading = read(m.district(Students=[m.row("Students", Grade="Zaphod")]), GRADE)
    assert m.made(reading, "student")["004512"]["grade"] == "05"
    assert m.said(reading, "R") == []
    assert "I-CORRECTED Students H2 (Grade): 'Zaphod' was read as '05': corrected by hand in Rollbook." in (
        m.said(reading, "I"))


@pytest.mark.parametrize("grade", ["05", "5th", "Grade 5"])
def test_a_source_that_means_the_same_agrees_and_nothing_is_said(grade):
    reading = read(m.district(Students=[m.row("Students", Grade=grade)]), GRADE)
    assert reading.met.as_body() == {"agreed": [["student", "004512", "grade", "2026-09-01"]], "said": []}
    assert not any(code == "I-CORRECTED" for _, code in reading.problems.counts_by_tab_and_code)


def test_the_sender_s_own_text_stays_in_what_is_given_back():
    reading = read(m.district(Students=[m.row("Students", Grade="04"), m.row("Students", Student_ID="7")]), GRADE)
    grade = TAB["Students"].index("grade")
    assert [cells[grade] for _, cells in reading.rows("Students")] == ["04", "04"]
    assert [fields["grade"] for fields in m.made(reading, "student").values()] == ["05", "04"]


def test_a_report_of_a_corrected_row_handed_in_again_does_not_agree():
    reading = read(m.district(Students=[m.row("Students", Grade="04")]), GRADE)
    file = io.BytesIO()
    write_report(file, reading=reading, summary=Summary("01LOAD", "demo", "a.xlsx", "read"))
    with open_workbook(file, name="report.xlsx") as book:
        again = read(book, GRADE)
    assert not again.met.agreed and again.met.said
    assert m.made(again, "student")["004512"]["grade"] == "05"


def test_an_id_is_found_whatever_its_case_and_as_excel_shows_its_number():
    rows = [m.row("Students", Student_ID="ab1"),
            m.row("Students", Student_ID=Cell("number", "12", "0012", True, 12.0))]
    reading = read(m.district(Students=rows, Guardians=[], Class_Rosters=[], Groups=[]),
                   correction("student", key_of("student", "AB1"), "grade", "01"),
                   correction("student", key_of("student", "0012"), "grade", "02"))
    assert [fields["grade"] for fields in m.made(reading, "student").values()] == ["01", "02"]


def test_a_blank_cell_is_given_a_value_and_a_value_is_cleared():
    reading = read(m.district(Students=[m.row("Students", Middle_Name="B")]),
                   correction("student", "004512", "email", "new@district.org"),
                   correction("student", "004512", "middle_name", "(clear)"))
    fields = m.made(reading, "student")["004512"]
    assert (fields["email"], fields["middle_name"]) == ("new@district.org", None)


def test_dates_of_cells_are_compared_as_days():
    cell = Cell("date", "42127", "5/3/2015", date=date(2015, 5, 3))
    day = correction("student", "004512", "birth_date", "5/3/2015")
    assert read(m.district(Students=[m.row("Students", Birth_Date=cell)]), day).met.agreed
    assert read(m.district(Students=[m.row("Students", Birth_Date="5/4/2015")]), day).met.said


def test_terms_and_guardians_are_found_by_their_keys_on_every_row():
    twice = [m.row("Guardians", Email="old@example.com"),
             m.row("Guardians", Email="old@example.com", Student_ID="7")]
    reading = read(m.district(Students=[m.row("Students"), m.row("Students", Student_ID="7")], Guardians=twice),
                   correction("guardian", key_of("guardian", "g1"), "email", "new@example.com"),
                   correction("term", key_of("term", "fy"), "name", "Full year"))
    assert m.made(reading, "guardian")["id:g1"]["email"] == "new@example.com"
    assert m.made(reading, "term")["|fy"]["name"] == "Full year"
    assert m.told(m.district(), "I-CORRECTED") == []


def test_a_corrected_reference_is_looked_up():
    reading = read(m.district(), correction("student", "004512", "school", "9999"))
    assert any(said.startswith("R-REF Students B2 (School ID): '9999' is not in") for said in m.said(reading, "R"))


def test_no_key_can_be_corrected():
    assert "id" not in correctable("student") and "school" not in correctable("term")
    assert set(correctable("guardian")) == {"first_name", "last_name", "email", "phone"}
    with pytest.raises(KeyError):
        correctable("enrollment")

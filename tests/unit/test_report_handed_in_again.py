"""Template, generator, reader and report go round: what one writes, the next one reads."""

from __future__ import annotations

import io
from datetime import date

import pytest

from cli.generate import VARIANTS, district, variant
from cli.generator.sheet import rows as rows_of
from rostering.report.summary import Summary
from rostering.report.workbook import write_report
from rostering.sheet import template
from rostering.sheet.columns import TAB, TABS
from rostering.sheet.reading import Expectations, NothingKnown, Reading, TurnedBack, read_sheet
from rostering.xlsx.workbook import open_workbook

TODAY = date(2026, 11, 23)
SUMMARY = Summary("01LOAD", "demo", "fall.xlsx", "read", site_name="Demo District")
EXPECTED = Expectations(site_names=frozenset({"demo", "Demo District"}))


def read(file: io.BytesIO) -> Reading:
    with open_workbook(file, name="sheet.xlsx") as workbook:
        return read_sheet(workbook, site="demo", known=NothingKnown(), today=TODAY, expected=EXPECTED)


def sheet(rows, load_type="Add and update") -> io.BytesIO:
    file = io.BytesIO()
    template.write(file, site_name="Demo District", school_year="2026-27", load_type=load_type, rows=rows)
    return file


def report(reading: Reading) -> io.BytesIO:
    file = io.BytesIO()
    write_report(file, reading=reading, summary=SUMMARY)
    return file


def generated(students=150, name=None) -> dict[str, list]:
    made = district(students, 3, TODAY)
    if name:
        made = variant(made, name)
    return {tab: [list(row) for row in rows] for tab, rows in rows_of(made.zones(), made.year).items()}


def broken() -> dict[str, list]:
    """A district with one bad grade, one bad email, and cells that look like formulas."""
    rows = generated()
    headers = TAB["Students"].headers
    rows["Students"][3][headers.index("Grade")] = "XX"
    rows["Students"][5][headers.index("Last Name")] = "=1+1"
    rows["Students"][6][headers.index("Last Name")] = "_x0041_ \x07"
    rows["Guardians"][0][TAB["Guardians"].headers.index("Email")] = "no mail"
    return rows


def test_an_empty_template_has_no_data():
    with pytest.raises(TurnedBack) as refused:
        read(sheet({}))
    assert refused.value.code == "T-NO-DATA"


@pytest.mark.parametrize("name", [None, *VARIANTS])
@pytest.mark.parametrize("students", [40, 700])
def test_a_generated_district_loads_without_an_error(students, name):
    with read(sheet(generated(students, name))) as reading:
        codes = {code for _, code in reading.problems.counts_by_tab_and_code}
        assert {tab: counts.turned_back for tab, counts in reading.counts.items() if counts.turned_back} == {}
    assert codes <= {"W-GUARDIAN-NO-EMAIL", "W-STUDENT-NO-GUARDIAN", "W-EMAIL-SHARED", "I-EMAIL-LINKS",
                     "W-CLASS-NO-STUDENT"}


def test_every_generated_row_becomes_a_record():
    rows = generated()
    with read(sheet(rows)) as reading:
        kinds = [record.kind for record in reading.records()]
    for tab, kind in (("Schools", "school"), ("Staff", "staff"), ("Students", "student"),
                      ("Guardians", "guardian_link"), ("Classes", "section"),
                      ("Class Rosters", "enrollment"), ("Groups", "group_member")):
        if tab != "Guardians":
            assert kinds.count(kind) == len(rows[tab])
        else:  # Portal Access = No makes no link
            assert 0 < kinds.count(kind) <= len(rows[tab])


@pytest.mark.parametrize("load_type", ["Add and update", "Complete list"])
def test_a_report_handed_in_again_reads_as_the_sheet_did(load_type):
    with read(sheet(broken(), load_type)) as first, read(report(first)) as second:
        assert second.load_type == load_type
        assert list(second.records()) == list(first.records())
        assert [(p.code, p.tab, p.row, p.column) for p in second.problems] == [
            (p.code, p.tab, p.row, p.column) for p in first.problems]
        for tab in TABS:
            assert list(second.rows(tab.name)) == list(first.rows(tab.name))


def test_an_error_turns_the_same_row_back_after_the_round():
    with read(sheet(broken())) as first, read(report(first)) as second:
        found = {(p.code, p.row) for p in second.problems if p.tab == "Students" and p.severity == "R"}
    assert {("R-GRADE", 5), ("R-BAD-CHARS", 8)} <= found

"""One CSV file: its rows and their numbers, however it was written."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rostering.errors import InputError
from rostering.oneroster import columns
from rostering.oneroster.csvfile import CsvFile
from tests.unit.oneroster.provider import ORGS, quoted, table


def read(data: bytes, name: str = "orgs.csv") -> list[tuple[int, list[str], str]]:
    return list(CsvFile(io.BytesIO(data), name))


def refused(data: bytes, name: str = "orgs.csv") -> str:
    with pytest.raises(InputError) as error:
        read(data, name)
    return error.value.code


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@given(st.lists(st.lists(CELLS, min_size=7, max_size=7), max_size=6),
       st.sampled_from([(csv.QUOTE_ALL, "\n"), (csv.QUOTE_ALL, "\r\n"), (csv.QUOTE_MINIMAL, "\r\n"),
                        (csv.QUOTE_NONNUMERIC, "\n")]), st.booleans())
def test_any_quoting_gives_the_same_rows(rows, written, marked):
    data = quoted(ORGS, rows, quoting=written[0], ends=written[1])
    assert read((b"\xef\xbb\xbf" if marked else b"") + data) == [(at, row, "") for at, row in enumerate(rows, start=2)]


def test_a_byte_order_mark_is_no_part_of_the_first_header():
    assert CsvFile(io.BytesIO(b"\xef\xbb\xbf" + ORGS.encode()), "orgs.csv").places["sourcedId"] == 0


@pytest.mark.parametrize("ends", ["\r\n", "\n", "\r"])
def test_line_ends_of_every_system(ends):
    data = ends.join(["sourcedId,name", "o-1,A", "o-2,B"]).encode()
    assert read(data) == [(2, ["o-1", "A"], ""), (3, ["o-2", "B"], "")]


def test_newlines_in_quotation_marks_and_blank_lines_keep_the_numbers_of_a_spreadsheet():
    data = b'sourcedId,name\n\no-1,"A\r\nB"\n\no-2,C\n'
    assert read(data) == [(3, ["o-1", "A\r\nB"], ""), (5, ["o-2", "C"], "")]


def test_a_ragged_row_is_a_problem_of_that_row():
    data = table("sourcedId,name", "o-1,A", "o-2,B,stray", "o-3", "o-4,D")
    assert [(row, code) for row, _, code in read(data)] == [(2, ""), (3, "R-OR-RAGGED"), (4, "R-OR-RAGGED"), (5, "")]


def test_wrong_quotation_marks_are_a_problem_of_that_row():
    data = table("sourcedId,name", 'o-1,"A" B', 'o-2,O"Neil', 'o-3,"""C"""', 'o-4,"D" E')
    assert [(row, cells[1:], code) for row, cells, code in read(data)] == [
        (2, [], "R-OR-QUOTES"), (3, ['O"Neil'], ""), (4, ['"C"'], ""), (5, [], "R-OR-QUOTES")]


@pytest.mark.parametrize("rest", [b"", b"\no-2,B" * 10, b"\no-2,B" * 40_000])
def test_a_quotation_mark_that_is_never_closed_turns_the_file_back(rest):
    assert refused(b'sourcedId,name\no-1,"A' + rest) in ("F-OR-QUOTES", "F-OR-LONG")


@pytest.mark.parametrize("data", [
    "sourcedId,name\no-1,Peña\n".encode("cp1252"), "sourcedId,name\no-1,A\n".encode("utf-16"),
    "sourcedId,name\no-1,A\n".encode("utf-16-be"), b"sourcedId,name\no-1,\xed\xa0\x80\n", b"sourcedId,name\no-1,A\0B\n",
    b"PK\x03\x04\x14\0\0\0", b"sourcedId,name\n" + b"o-1,A\n" * 9_000 + b"o-2,\xff\n"])
def test_what_is_not_utf_8_is_turned_back_and_not_guessed(data):
    assert refused(data) == "F-OR-ENCODING"


def test_an_encoding_error_quotes_no_cell():
    with pytest.raises(InputError) as error:
        read("sourcedId,name\no-1,Peña\n".encode("cp1252"))
    assert error.value.__cause__ is None and "Pe" not in error.value.message


@pytest.mark.parametrize("header", [
    "sourcedId,name,name", "sourcedId,name,NAME", "sourcedId,SOURCEDID", "sourcedId,x,x"])
def test_a_column_that_is_there_twice_turns_the_file_back(header):
    assert refused(table(header)) == "F-OR-HEADER"


def test_a_column_under_two_of_its_names_turns_the_file_back():
    assert refused(table("sourcedId,grade,grades"), "courses.csv") == "F-OR-HEADER"


@pytest.mark.parametrize(("file", "header", "column"), [
    ("courses.csv", "grade", "grades"), ("classes.csv", "termSourcedId", "termSourcedIds"),
    ("users.csv", "orgs", "orgSourcedIds"), ("users.csv", "agents", "agentSourcedIds"),
    ("demographics.csv", "birthdate", "birthDate"), ("users.csv", "prefferedGivenName", "preferredGivenName"),
    ("users.csv", " GivenName ", "givenName")])
def test_headers_are_known_by_their_other_names(file, header, column):
    assert CsvFile(io.BytesIO(table(f"{header},SourcedID")), file).places == {column: 0, "sourcedId": 1}


def test_unknown_columns_have_no_place_and_extensions_have_theirs():
    it = CsvFile(io.BytesIO(table("lunch,metadata.gg4l.primaryGrade,sourcedId,,")), "users.csv")
    assert (it.places, it.metadata, it.width) == ({"sourcedId": 2}, {"gg4l.primaryGrade": 1}, 5)


@pytest.mark.parametrize(("data", "code"), [
    (b"", "F-OR-EMPTY"), (b"\n\n", "F-OR-EMPTY"), (b",,\n", "F-OR-EMPTY"), (b"id,name\n", "F-OR-HEADER"),
    (b'"a"b,c\n', "F-OR-HEADER"), (b"a," * 600, "F-OR-HEADER"), (b"x" * (2 << 20), "F-OR-LONG")])
def test_a_file_without_a_usable_header_is_turned_back(data, code):
    assert refused(data) == code


def test_a_header_with_semicolons_says_what_is_wrong():
    with pytest.raises(InputError, match="separated by commas"):
        read(b"sourcedId;name\no-1;A\n")


def test_the_shipped_columns_are_those_of_both_versions():
    assert len(columns.columns("1.1", "users.csv")) == 18 and len(columns.columns("1.2", "users.csv")) == 22
    assert "roles.csv" in columns.rostering_files("1.2") and "roles.csv" not in columns.rostering_files("1.1")
    assert {"lineItems", "resources", "userProfiles", "orgs"} <= columns.manifest_files()
    by_name = {one.name: one for one in columns.columns("1.2", "roles.csv")}
    assert (by_name["userSourcedId"].ref, by_name["role"].extensible) == ("users", True)

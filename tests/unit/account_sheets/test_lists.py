"""The list, as XLSX and CSV: identity and credentials, section 6; threats, sections 2 and 9."""

import csv
import io
import re
import zipfile

import openpyxl
import pytest

from rostering.account_sheets.lists import COLUMNS, COLUMNS_WITH_SECRETS, write_csv, write_xlsx
from rostering.account_sheets.people import SheetPerson

HEADINGS = ["School", "Role", "Last Name", "First Name", "Grade", "Person ID", "Username", "Email",
            "Email synced", "Status", "Origin", "Classes", "Guardians", "Last login", "Last load"]
HOSTILE = ["=1+1", "+1 555 0100", "-Smith", "@name", "\tTab", "\rReturn", "\nLine", "＝1",
           "=HYPERLINK(\"http://x\")", "http://x.example.org", "007", "1E5", "{=A1}", "a,b;\"c\"", "D'Angelo"]


def person(last="Ruiz", first="Ana", **more) -> SheetPerson:
    told = {"secret": "blue-fish-sun42", "classes": 6} | more
    return SheetPerson(last, first, "Student", "ana.r38", **told)


def xlsx(people, *columns) -> io.BytesIO:
    file = io.BytesIO()
    assert write_xlsx(file, iter(people), *columns) == len(people)
    file.seek(0)
    return file


def csv_of(people, *columns) -> bytes:
    file = io.BytesIO()
    assert write_csv(file, iter(people), *columns) == len(people)
    return file.getvalue()


def rows_of(people, *columns) -> list[list[str]]:
    return list(csv.reader(io.StringIO(csv_of(people, *columns).decode("utf-8-sig"), newline="")))


def sheet_of(people, *columns) -> list[list]:
    book = openpyxl.load_workbook(xlsx(people, *columns))
    return [[cell.value for cell in row] for row in book["Accounts"].iter_rows()]


FULL = person(school="North", grade="01", person_id="004512", email="ana@x.org", email_synced="Yes",
              status="active", origin="SIS", guardians=2, last_login="2026-08-24 09:00", last_load="load 7")


def test_the_columns_are_those_of_the_list():
    row = ["North", "Student", "Ruiz", "Ana", "01", "004512", "ana.r38", "ana@x.org", "Yes", "active", "SIS",
        6, 2,
           "2026-08-24 09:00", "load 7"]
    assert sheet_of([FULL]) == [HEADINGS, row]
    assert rows_of([FULL]) == [HEADINGS, [str(value) for value in row]]


def test_a_list_has_no_secret_unless_it_is_asked_for():
    assert b"blue-fish" not in csv_of([FULL])
    assert "blue-fish-sun42" not in str(sheet_of([FULL]))
    assert rows_of([FULL, person(secret=None)], COLUMNS_WITH_SECRETS)[0][-1] == "First secret"
    assert [row[-1] for row in rows_of([FULL, person(secret=None)],
        COLUMNS_WITH_SECRETS)[1:]] == ["blue-fish-sun42", ""]
    assert sheet_of([FULL], COLUMNS_WITH_SECRETS)[1][-1] == "blue-fish-sun42"


@pytest.mark.parametrize("value", HOSTILE)
def test_a_workbook_holds_text_as_text_and_no_formula_and_no_link(value):
    file = xlsx([person(value, value)])
    parts = zipfile.ZipFile(file)
    assert not [name for name in parts.namelist() if re.search(rb"<f>|<f |<hyperlink", parts.read(name))]
    cell = openpyxl.load_workbook(file)["Accounts"]["C2"]
    # XML folds a carriage return; everything else is byte-equal.
    assert cell.value.replace("_x000D_", "\r") == value and cell.data_type in ("s", "inlineStr")


@pytest.mark.parametrize("value", HOSTILE)
def test_csv_puts_an_apostrophe_before_what_begins_like_a_formula(value):
    found = rows_of([person(value)])[1][2]
    assert found == (f"'{value}" if value[0] in "=+-@\t\r\n＝" else value)


def test_csv_is_utf_8_with_a_byte_order_mark_and_every_field_quoted():
    text = csv_of([person("Đặng", "李")])
    assert text.startswith(b"\xef\xbb\xbf\"School\",\"Role\"")
    lines = text.decode("utf-8-sig").split("\r\n")
    assert all(re.fullmatch(r'"[^"]*"(,"[^"]*"){14}', line) for line in lines[:-1]) and lines[-1] == ""
    assert "Đặng" in text.decode() and "李" in text.decode()


@pytest.mark.parametrize("value", ["\ud800", "a\uffffb", "\x00\x01\x1b", "x" * 40_000, "_x000D_",
    "\u202egnp.exe"])
def test_text_that_no_file_can_hold_does_not_stop_the_list(value):
    assert len(rows_of([person(value)])) == 2
    sheet = sheet_of([person(value), FULL])
    assert sheet[2][2] == "Ruiz" and len(sheet[1][2]) <= 32_767


def test_a_list_of_nobody_has_its_headings():
    assert rows_of([]) == [HEADINGS] and sheet_of([]) == [HEADINGS]


def test_writing_leaves_the_file_open():
    file = io.BytesIO()
    write_csv(file, [FULL])
    write_xlsx(io.BytesIO(), [FULL])
    assert not file.closed


def test_no_column_tells_a_birth_date_or_a_state_id():
    assert not re.search("birth|state id|ssn",
        " ".join(column.heading for column in COLUMNS_WITH_SECRETS).lower())
    assert len(COLUMNS) == 15

"""What is stored of a cell, and what is said of it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rostering.model import GRADES
from rostering.sheet.cells import CLEARED, from_cell, from_text, grade_of, label_of
from rostering.sheet.columns import TAB, TABS
from rostering.sheet.problems import problem
from rostering.xlsx.batch import Cell


def column(tab, header):
    return next(each for each in TAB[tab].columns if each.header == header)


ID = column("Students", "Student ID")
SCHOOL = column("Students", "School ID")
OTHERS = column("Students", "Other School IDs")
NAME = column("Students", "First Name")
BORN = column("Students", "Birth Date")
GRADE = column("Students", "Grade")
EMAIL = column("Students", "Email")
USERNAME = column("Students", "Username")
STATUS = column("Students", "Status")
STATE_ID = column("Students", "State Student ID")
NCES = column("Schools", "NCES School ID")
YEAR = column("Terms", "School Year")
TERM_TYPE = column("Terms", "Term Type")
TITLE = column("Staff", "Title")
PHONE = column("Guardians", "Phone")
RELATIONSHIP = column("Guardians", "Relationship")
ACCESS = column("Guardians", "Portal Access")
GRADES_OF = column("Courses", "Grades")
TERMS = column("Classes", "Term ID")


def notes(read):
    """Problems as `code message`."""
    return [f"{code} {problem(code, 'Students', 2, 'x', **values).message}" for code, values in read.notes]


@pytest.mark.parametrize(("of", "text", "value"), [
    (ID, "004512", "004512"), (ID, "A.b_c-d/e:f", "A.b_c-d/e:f"), (ID, "1E5", "1E5"), (SCHOOL, "0012", "0012"),
    (OTHERS, "0014; 0020 ;", ["0014", "0020"]), (OTHERS, "0014;0014", ["0014"]), (OTHERS, ";", None),
    (NAME, "O'Hara-Ruiz", "O'Hara-Ruiz"), (NAME, "-Smith", "-Smith"), (NAME, "=Smith", "=Smith"),
    (NAME, "Nguyễn", "Nguyễn"), (NAME, "JOÃO", "JOÃO"), (NAME, "李", "李"),
    (BORN, "5/3/2015", "2015-05-03"), (BORN, "05-03-2015", "2015-05-03"), (BORN, "2015-5-3", "2015-05-03"),
    (GRADE, "Kindergarten", "KG"), (YEAR, "2027", "2027"), (YEAR, "2026-27", "2027"),
    (YEAR, "2026-2027", "2027"), (YEAR, "1999-2000", "2000"), (YEAR, "2099-00", "2100"),
    (EMAIL, "Ana.O'Hara@District.org", "Ana.O'Hara@District.org"), (EMAIL, "a+b@x-y.co.uk", "a+b@x-y.co.uk"),
    (USERNAME, "Ana.R38", "ana.r38"), (USERNAME, "Ana@District.org", "ana@district.org"),
    (PHONE, "(718) 555-1212", "(718) 555-1212"), (PHONE, "+1 718.555.1212 ext. 12", "+1 718.555.1212 ext. 12"),
    (STATUS, "INACTIVE", "inactive"), (ACCESS, "no", False), (ACCESS, "Yes", True),
    (TERM_TYPE, "school year", "School Year"), (RELATIONSHIP, "foster parent", "Foster Parent"),
    (GRADES_OF, "3;04;K", ["03", "04", "KG"]), (NCES, "360008103323", "360008103323"),
    (TITLE, "(clear)", CLEARED), (BORN, "(CLEAR)", CLEARED),
])
def test_a_good_text_is_stored(of, text, value):
    read = from_text(of, text)
    assert (read.value, read.notes) == (value, ())


@pytest.mark.parametrize(("of", "text", "message"), [
    (ID, "(clear)", "R-REQUIRED is empty. Student ID is required. Fill it in, or clear the whole row."),
    (TERMS, ";;", "R-REQUIRED is empty. Term ID is required. Fill it in, or clear the whole row."),
    (ID, "45 12", "R-ID-CHARS '45 12' is not an ID. Letters, digits and . _ - / : only."),
    (ID, "-12", "R-ID-CHARS '-12' is not an ID. Letters, digits and . _ - / : only."),
    (ID, "٣٤", "R-ID-CHARS '٣٤' is not an ID. Letters, digits and . _ - / : only."),
    (OTHERS, "0014,0020", "R-ID-CHARS '0014,0020' is not an ID. Letters, digits and . _ - / : only."),
    (ID, "1.23E+09",
     "R-ID-ROUNDED Excel has rounded this ID. Format the column as Text and type or paste the ID again."),
    (TITLE, "4e+12",
     "R-ID-ROUNDED Excel has rounded this ID. Format the column as Text and type or paste the ID again."),
    (ID, "7" * 65, "R-TOO-LONG is too long (65 letters, most is 64)."),
    (STATE_ID, "7" * 33, "R-TOO-LONG is too long (33 letters, most is 32)."),
    (NAME, "x" * 65, "R-TOO-LONG is too long (65 letters, most is 64)."),
    (STATUS, "x" * 1001, "R-TOO-LONG is too long (1001 letters, most is 8)."),
    (NAME, "<b>Ana", "R-BAD-CHARS has letters that are not allowed: <, >."),
    (NAME, "#N/A", "R-CELL-ERROR shows '#N/A'. Replace it by the value."),
    (GRADE, "14", "R-GRADE '14' is not a grade. Use KG, 01 ... 12."),
    (GRADES_OF, "3;ninteen", "R-GRADE 'ninteen' is not a grade. Use KG, 01 ... 12."),
    (YEAR, "2026-28", "R-YEAR '2026-28' is not a school year. Type the year it ends in, for example 2027."),
    (YEAR, "1999", "R-YEAR '1999' is not a school year. Type the year it ends in, for example 2027."),
    (YEAR, "27", "R-YEAR '27' is not a school year. Type the year it ends in, for example 2027."),
    (BORN, "May 3", "R-DATE 'May 3' is not a date. Type it as month/day/year, for example 8/24/2026."),
    (BORN, "2/30/2015", "R-DATE '2/30/2015' is not a date. Type it as month/day/year, for example 8/24/2026."),
    (BORN, "13/13/2015", "R-DATE '13/13/2015' is not a date. Type it as month/day/year, for example 8/24/2026."),
    (BORN, "5/3-2015", "R-DATE '5/3-2015' is not a date. Type it as month/day/year, for example 8/24/2026."),
    (BORN, "0/3/2015", "R-DATE '0/3/2015' is not a date. Type it as month/day/year, for example 8/24/2026."),
    (BORN, "24/8/2015", "R-DATE-ORDER '24/8/2015' has a month above 12. Type month/day/year."),
    (BORN, "5/3/1815", "R-DATE-RANGE Birth Date 5/3/1815 and the years 1900 to 2100 do not fit together: "
                       "the date is outside of them."),
    (EMAIL, "ana@", "R-EMAIL 'ana@' is not one email address."),
    (EMAIL, "a@x.org;b@x.org", "R-EMAIL 'a@x.org;b@x.org' is not one email address."),
    (EMAIL, "Ana <a@x.org>", "R-EMAIL 'Ana <a@x.org>' is not one email address."),
    (EMAIL, "a..b@x.org", "R-EMAIL 'a..b@x.org' is not one email address."),
    (EMAIL, "a@localhost", "R-EMAIL 'a@localhost' is not one email address."),
    (EMAIL, "a@-x.org", "R-EMAIL 'a@-x.org' is not one email address."),
    (USERNAME, "ab", "R-USERNAME 'ab' is not a username. Use 3 to 32 of a-z 0-9 . _ - , or the email, "
                     "or leave it blank."),
    (STATUS, "Gone", "R-NOT-ON-LIST 'Gone' is not one of: Active, Inactive."),
    (ACCESS, "maybe", "R-NOT-ON-LIST 'maybe' is not one of: Yes, No."),
])
def test_a_bad_text_keeps_the_row_out(of, text, message):
    read = from_text(of, text)
    assert read.refused and read.value is None
    assert notes(read) == [message]


@pytest.mark.parametrize(("of", "text", "value", "message"), [
    (BORN, "5/3/15", "2015-05-03", "W-DATE-2DIGIT '5/3/15' was read as 2015. Type four digits."),
    (BORN, "5/3/29", "2029-05-03", "W-DATE-2DIGIT '5/3/29' was read as 2029. Type four digits."),
    (BORN, "5/3/30", "1930-05-03", "W-DATE-2DIGIT '5/3/30' was read as 1930. Type four digits."),
    (BORN, "42127", "2015-05-03", "W-DATE-SERIAL 42127 looked like an Excel date; we read 5/3/2015."),
    (NAME, "JosÃ©", "JosÃ©", "W-GARBLED looks garbled ('JosÃ©'). Accents may be broken; check the export."),
    (TITLE, "Donâ€™t", "Donâ€™t",
     "W-GARBLED looks garbled ('Donâ€™t'). Accents may be broken; check the export."),
    (NAME, "Jos\ufffd", "Jos\ufffd",
     "W-GARBLED looks garbled ('Jos\ufffd'). Accents may be broken; check the export."),
    (NCES, "36000810", None, "W-NCES '36000810' is not a 12-digit NCES School ID. It was not stored."),
    (NCES, "360008000000", "360008000000", "W-ID-ROUNDED ends with many zeros; Excel may have rounded it."),
    (PHONE, "call me", "call me", "W-PHONE 'call me' does not look like a phone number. It was kept as typed."),
    (PHONE, "555-12", "555-12", "W-PHONE '555-12' does not look like a phone number. It was kept as typed."),
    (RELATIONSHIP, "Nanny", "Nanny", "W-RELATIONSHIP 'Nanny' was kept as text and counted as Other."),
])
def test_an_odd_text_is_stored_with_a_warning(of, text, value, message):
    read = from_text(of, text)
    assert (read.value, notes(read), read.refused) == (value, [message], False)


@pytest.mark.parametrize(("typed", "stored"), [
    ("K", "KG"), ("0", "KG"), ("00", "KG"), ("Kinder", "KG"), ("kindergarten", "KG"), ("-1", "PK"),
    ("PreK", "PK"), ("Pre-K", "PK"), ("pre k", "PK"), ("P", "PK"), ("1", "01"), ("1st", "01"), ("First", "01"),
    ("Grade 1", "01"), ("G1", "01"), ("1.0", "01"), ("grade 12", "12"), ("12th grade", "12"), ("13", "13"),
    ("tenth", "10"), ("IT", "IT"), ("tk", "TK"), ("ug", "UG"), ("14", None), ("-2", None), ("1.5", None),
    ("grade", None), ("", None), ("KK", None), ("٣", None),
])
def test_a_grade_is_read_as_schools_write_it(typed, stored):
    assert grade_of(typed) == stored


@given(st.text(max_size=12))
def test_a_grade_is_on_the_list_or_none(text):
    assert grade_of(text) in {None, *GRADES}


@given(st.sampled_from([each for tab in TABS for each in tab.columns]), st.text(min_size=1, max_size=80))
def test_a_stored_text_reads_the_same_again(of, text):
    read = from_text(of, text)
    if isinstance(read.value, str) and not read.refused and of.type != "nces":
        assert from_text(of, read.value).value == read.value


def test_a_relationship_off_the_list_is_other_with_its_word_as_label():
    assert label_of("Mother") == ("Mother", "Mother")
    assert label_of("Nanny") == ("Other", "Nanny")


DAY = Cell("date", "42127", shown="5/3/2015", number=42127.0, date=date(2015, 5, 3))
NUMBER = Cell("number", "4512.0", shown="4512", number=4512.0)


@pytest.mark.parametrize(("of", "cell", "value", "shown", "messages"), [
    (BORN, DAY, "2015-05-03", "5/3/2015", []),
    (ID, DAY, None, "May 3, 2015",
     ["R-ID-DATE Excel has turned this ID into a date. Format the column as Text and type it again."]),
    (OTHERS, DAY, None, "May 3, 2015",
     ["R-ID-DATE Excel has turned this ID into a date. Format the column as Text and type it again."]),
    (TITLE, DAY, "5/3/2015", "5/3/2015", []),
    (BORN, Cell("date", "60", number=60.0), None, "60",
     ["R-DATE '60' is not a date. Type it as month/day/year, for example 8/24/2026."]),
    (BORN, Cell("date", "2", number=2.0, date=date(1900, 1, 2)), "1900-01-02", "1/2/1900", []),
    (ID, NUMBER, "4512", "4512", []),
    (GRADE, Cell("number", "4", shown="4", number=4.0), "04", "4", []),
    (YEAR, Cell("number", "2027", shown="2027", number=2027.0), "2027", "2027", []),
    (PHONE, Cell("number", "7185551212", shown="7185551212", number=7185551212.0), "7185551212",
     "7185551212", []),
    (ID, Cell("number", "123", shown="000123", zeros_kept=True, number=123.0), "000123", "000123",
     ["I-ZEROS-KEPT we read 123 as shown: '000123'."]),
    (ID, Cell("number", "1E+15", shown="1E+15", number=1e15), None, "1.00000E+15",
     ["R-ID-ROUNDED Excel has rounded this ID. Format the column as Text and type or paste the ID again."]),
    (TITLE, Cell("number", "1E+15", shown="1E+15", number=1e15), None, "1.00000E+15",
     ["R-ID-ROUNDED Excel has rounded this ID. Format the column as Text and type or paste the ID again."]),
    (BORN, Cell("number", "42127", shown="42127", number=42127.0), "2015-05-03", "42127",
     ["W-DATE-SERIAL 42127 looked like an Excel date; we read 5/3/2015."]),
    (BORN, Cell("number", "19999", shown="19999", number=19999.0), None, "19999",
     ["R-DATE '19999' is not a date. Type it as month/day/year, for example 8/24/2026."]),
    (NAME, Cell("error", "#REF!"), None, "#REF!", ["R-CELL-ERROR shows '#REF!'. Replace it by the value."]),
    (ID, Cell("error", "1_000"), None, "1_000", ["R-CELL-ERROR shows '1_000'. Replace it by the value."]),
    (NAME, Cell("bad_chars", "A\u202ena", bad="\u202e"), None, "A\ufffdna",
     ["R-BAD-CHARS has letters that are not allowed: U+202E."]),
    (NAME, Cell("formula_no_value", formula=True), None, "",
     ["R-FORMULA-NO-VALUE has a formula without a result. Copy the column, then Paste Special > Values."]),
    (NAME, Cell("text", "Ana", shown="Ana", formula=True), "Ana", "Ana",
     ["W-FORMULA has a formula; we took its result 'Ana'."]),
    (ID, Cell("number", "7", shown="7", number=7.0, formula=True), "7", "7",
     ["W-FORMULA has a formula; we took its result '7'."]),
    (ACCESS, Cell("bool", "TRUE", shown="TRUE"), None, "TRUE",
     ["R-NOT-ON-LIST 'TRUE' is not one of: Yes, No."]),
])
def test_a_cell_that_is_no_text(of, cell, value, shown, messages):
    read, text = from_cell(of, cell)
    assert (read.value, text, notes(read)) == (value, shown, messages)


@pytest.mark.parametrize("cell", [
    DAY, NUMBER, Cell("number", "1234567890123456", shown="1234567890123456", number=1234567890123456.0),
    Cell("date", "60", shown="60", number=60.0), Cell("error", "#REF!"), Cell("bool", "TRUE", shown="TRUE"),
    Cell("number", "42127", shown="42127", number=42127.0), Cell("number", "0.5", shown="0.5", number=0.5),
], ids=lambda cell: f"{cell.kind} {cell.text}")
@pytest.mark.parametrize("of", [ID, OTHERS, NAME, BORN, GRADE, STATUS, YEAR, TITLE, PHONE],
                         ids=lambda column: column.header)
def test_what_was_refused_is_refused_again_when_the_report_comes_back(of, cell):
    read, shown = from_cell(of, cell)
    again = from_text(of, shown)
    assert again.refused == read.refused
    assert again.value == read.value


def test_a_serial_number_of_a_1904_workbook_is_four_years_on_and_shown_as_a_date():
    read, shown = from_cell(BORN, Cell("number", "40665", shown="40665", number=40665.0), date1904=True)
    assert (read.value, shown) == ("2015-05-03", "5/3/2015")

"""Steps B to D and the end of G: what is said of the whole workbook or of a whole tab."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rostering.errors import InputError
from rostering.sheet.columns import MAX_ROWS, TAB, TABS
from rostering.sheet.reading import TurnedBack
from rostering.sheet.stamp import find_tabs
from rostering.xlsx.batch import Cell
from tests.unit.sheet.made_up import (
    EXPECTED,
    MadeUpSheet,
    MadeUpWorkbook,
    district,
    made,
    read,
    row,
    said,
    sheet,
    stamp,
    told,
    turned_back,
    workbook,
)

ALL = ["Read Me First", *(tab.name for tab in TABS)]
HELLO = MadeUpSheet([], ["Hello"])


def renamed(book: MadeUpWorkbook, **names: str) -> MadeUpWorkbook:
    """The workbook with tabs renamed; "" deletes one."""
    names = {old.replace("_", " "): new for old, new in names.items()}
    return MadeUpWorkbook({names.get(name, name): tab for name, tab in book.tabs.items()
                           if names.get(name, name)}, book.hidden)


def with_tab(book: MadeUpWorkbook, name: str, tab: MadeUpSheet = HELLO) -> MadeUpWorkbook:
    return MadeUpWorkbook(book.tabs | {name: tab}, book.hidden)


def test_a_good_workbook_loads_without_a_word():
    reading = read(district())
    assert said(reading) == []
    assert {tab: (count.rows, count.loaded, count.turned_back, count.warnings)
            for tab, count in reading.counts.items()} == {tab.name: (1, 1, 0, 0) for tab in TABS}
    assert (reading.load_type, len(list(reading.records()))) == ("Add and update", 11)


def test_the_order_of_the_tabs_does_not_matter():
    book = district()
    book.sheet_names = list(reversed(book.sheet_names))
    assert said(read(book)) == []


def test_tab_names_are_found_whatever_their_case_and_spaces():
    assert said(read(renamed(district(), Students=" STUDENTS ", Class_Rosters="class  rosters"))) == []


def test_a_workbook_without_our_tabs_is_another_workbook():
    assert turned_back(MadeUpWorkbook({"Sheet1": HELLO})) == [
        "F-WRONG-WORKBOOK This is not the SIS Import Sheet. Download it from https://example.org/sheet. "
        "Nothing was loaded."]


@pytest.mark.parametrize(("version", "current", "message"), [
    ("1", 3, "F-OLD-VERSION This is version 1 of the sheet. Please use version 3. Nothing was loaded."),
    ("2", 3, None), ("1", 2, None), ("1", 1, None), ("2", 1, None),
])
def test_a_sheet_may_be_one_version_old(version, current, message):
    book = district(first=stamp(Template_version=version))
    expected = replace(EXPECTED, template_version=current)
    if message:
        assert turned_back(book, expected=expected) == [message]
    else:
        assert said(read(book, expected=expected)) == []


@pytest.mark.parametrize(("named", "names", "ok"), [
    ("Mango Schools", ("Pineapple Schools",), False), ("PINEAPPLE  schools", ("Pineapple Schools",), True),
    ("", ("Pineapple Schools",), True), ("Mango Schools", (), True),
    ("pineapple", ("Pineapple Schools", "pineapple"), True),
])
def test_the_stamp_can_only_contradict_the_site(named, names, ok):
    book, expected = district(first=stamp(District=named)), replace(EXPECTED, site_names=names)
    if ok:
        assert said(read(book, expected=expected)) == []
    else:
        assert turned_back(book, expected=expected) == [
            "F-WRONG-SITE The sheet says 'Mango Schools' but was sent for 'pineapple'. Nothing was loaded."]


@pytest.mark.parametrize("book", [
    renamed(district(), Read_Me_First=""), district(first=stamp(Template="My sheet")),
    district(first=stamp(Template_version="one")), district(first=stamp(Load_type="Everything")),
    district(first=stamp(Load_type="Complete list", Template="")), district(first=MadeUpSheet([], [])),
], ids=["no tab", "other template", "no version", "other load type", "label only", "empty"])
def test_without_a_whole_stamp_the_load_adds_and_updates(book):
    reading = read(book)
    assert said(reading) == ["W-NO-STAMP The first tab was changed. The load type was taken as Add and update."]
    assert reading.load_type == "Add and update"


def test_a_complete_list_says_so():
    number = Cell("number", "1", shown="1", number=1.0)
    first = stamp(Load_type=" complete LIST ")
    first.rows[1] = ("Template version", number)
    assert read(district(first=first)).load_type == "Complete list"


def test_a_missing_tab_turns_the_workbook_back_with_all_other_slips():
    book = renamed(district(Staff=MadeUpSheet([], ["x"])), Terms="")
    assert turned_back(book) == [
        "T-TAB-MISSING The tab 'Terms' is missing. Tabs must not be deleted; leave a tab empty if you have "
        "nothing for it. Nothing was loaded.",
        "T-NO-HEADER `Staff` tab: row 1 is not the header row. Row 1 must hold the column names. Start from a "
        "fresh sheet and paste your data from row 2 on. Nothing was loaded."]


@pytest.mark.parametrize("copy", ["Students (2)", "students(3)", "Students_2", "Copy of Students", " STUDENTS"])
def test_a_tab_and_its_copy_turn_the_workbook_back(copy):
    assert turned_back(with_tab(district(), copy)) == [
        f"T-TAB-TWICE The tab 'Students' is there twice ('{copy}'). Keep one. Nothing was loaded."]


@pytest.mark.parametrize(("names", "codes"), [
    ([*ALL, "Summary"], []), ([*ALL, "Notes"], ["W-EXTRA-TAB"]), ([*ALL, "Notes", "Notes (2)"], ["W-EXTRA-TAB"] * 2),
    (["Students (2)" if name == "Students" else name for name in ALL], ["T-TAB-MISSING", "W-EXTRA-TAB"]),
])
def test_other_tabs_are_not_read(names, codes):
    found = find_tabs(names)
    assert [code for code, _, _ in found.slips] + ["W-EXTRA-TAB"] * len(found.extra) == codes


def test_an_extra_tab_is_told():
    assert said(read(with_tab(district(), "Notes"))) == [
        "W-EXTRA-TAB The tab 'Notes' is not part of the sheet and was not read."]


def test_a_hidden_tab_with_data_turns_the_workbook_back():
    assert turned_back(district(hidden={"Students": "veryHidden"})) == [
        "T-HIDDEN-TAB The tab 'Students' is hidden but has data. Right-click any tab > Unhide, look at it, and "
        "send the file again. Nothing was loaded."]


def test_a_hidden_tab_without_data_is_an_empty_tab():
    assert said(read(district(Groups=[], hidden={"Groups": "hidden", "Read Me First": "hidden"}))) == []


def test_a_workbook_without_data_is_turned_back():
    assert turned_back(workbook()) == ["T-NO-DATA The sheet has no data rows. Nothing was loaded."]


def test_slips_of_all_tabs_are_told_together():
    students, staff = list(TAB["Students"].headers), list(TAB["Staff"].headers)
    students[3], students[5] = students[5], students[3]
    staff[9] = "Password"
    messages = turned_back(district(Students=MadeUpSheet([], students), Staff=MadeUpSheet([], staff)))
    assert [message.split()[0] for message in messages] == [
        "T-COLUMN-FORBIDDEN", "T-COLUMN-DELETED", "T-COLUMN-MOVED", "T-COLUMN-MOVED"]
    assert messages[0] == (
        "T-COLUMN-FORBIDDEN `Staff` tab: column J 'Password' is not allowed in the sheet. Delete the column; the "
        "sheet never carries passwords, rights or Social Security numbers. Nothing was loaded.")


def test_a_column_right_of_the_last_is_told_and_not_read():
    rosters = sheet("Class Rosters", row("Class Rosters"), data_right_of={5, 6, 8})
    rosters.headers = [*rosters.headers, "Result", "Notes"]
    assert said(read(district(Class_Rosters=rosters))) == [
        "W-EXTRA-COLUMN `Class Rosters` tab: column G ('Notes') is not part of the sheet and was not read.",
        "W-EXTRA-COLUMN `Class Rosters` tab: column I ('no header') is not part of the sheet and was not read."]


def test_hidden_and_blank_rows_are_told_once_a_tab():
    students = sheet("Students", *(row("Students", Student_ID=f"00451{n}") for n in range(6)),
                     numbers=[2, 3, 5, 6, 7, 9], hidden=frozenset({5, 9}), blank_rows=2)
    reading = read(district(Students=students, Class_Rosters=[], Guardians=[], Groups=[]))
    assert said(reading) == [
        "W-HIDDEN-ROWS `Students` tab: 2 hidden rows were loaded too (first: row 5). "
        "Remove the filter to see them.",
        "I-BLANK-ROWS `Students` tab: Blank rows were skipped."]
    assert [number for number, _ in reading.rows("Students")] == [2, 3, 5, 6, 7, 9]


def test_more_rows_than_a_tab_may_have_turn_the_workbook_back():
    rows = [row("Class Rosters")] * (MAX_ROWS + 1)
    assert turned_back(district(Class_Rosters=sheet("Class Rosters", *rows, batch_rows=100_000))) == [
        "T-TOO-MANY-ROWS `Class Rosters` tab: The tab has more than 200,000 rows. Send one file per school. "
        "Nothing was loaded."]


class Overfull(MadeUpSheet):
    def batches(self, width):
        yield from super().batches(width)
        raise InputError("T-TOO-MANY-ROWS", "the workbook is turned back (TOO_MANY_ROWS)")


def test_a_reader_that_refuses_more_rows_is_told_with_its_tab():
    full = Overfull([row("Groups")], list(TAB["Groups"].headers))
    assert turned_back(district(Groups=full))[0].startswith("T-TOO-MANY-ROWS `Groups` tab: The tab has more")


@pytest.mark.parametrize(("rows", "bad", "back"), [(12, 11, True), (300, 15, False), (300, 16, True),
                                                   (100, 10, False), (10, 10, False)])
def test_a_tab_with_too_many_bad_rows_turns_the_workbook_back(rows, bad, back):
    students = [row("Students", Student_ID=f"{n:06d}", Grade="99" if n < bad else "04") for n in range(rows)]
    book = district(Students=students, Guardians=[], Class_Rosters=[], Groups=[])
    if not back:
        assert read(book).counts["Students"].turned_back == bad
        return
    with pytest.raises(TurnedBack) as error:
        read(book)
    assert [each.message for each in error.value.problems] == [
        f"`Students` tab: {bad} of {rows} rows have an error. A column may have slipped. Nothing was loaded."]
    assert error.value.code == "T-TOO-MANY-ERRORS"
    assert len(error.value.reading.problems_of("Students")) == bad
    assert str(error.value) == "T-TOO-MANY-ERRORS: T-TOO-MANY-ERRORS x1"


def test_an_empty_tab_is_no_news():
    reading = read(workbook(Schools=[row("Schools")]))
    assert reading.kinds_with_rows == {"school"}
    assert list(made(reading, "school")) == ["0012"]


def test_the_rows_come_back_as_text_good_or_bad():
    number = Cell("number", "4512.0", shown="4512", number=4512.0)
    reading = read(district(Students=[row("Students", Student_ID=number, Grade="99")], Guardians=[],
                            Class_Rosters=[], Groups=[]))
    assert list(reading.rows("Students")) == [
        (2, ["4512", "0012", "", "José", "", "García", "", "99", "", "", "", "", "", "", ""])]
    assert list(reading.problems_of("Students")) == [2]


def test_messages_of_one_code_are_found(tmp_path):
    assert told(district(Students=[row("Students", Grade="99")]), "R-GRADE") == [
        "Students H2 (Grade): '99' is not a grade. Use KG, 01 ... 12."]

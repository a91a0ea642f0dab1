"""The list: everybody's account in one table, for an office that checks for gaps. XLSX and CSV.

`CHECKED` has what an office can find every gap by, with the filters of a spreadsheet alone. There is no
first secret in either unless the caller asks for that column and was allowed to. Whatever a
cell holds is text in both: a value that begins like a formula stays text in XLSX by its cell type, and
gets a `'` in CSV. Identity and credentials, section 6; threats, section 2.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable
from typing import BinaryIO, NamedTuple

import xlsxwriter

from rostering.account_sheets.people import SheetPerson


class Column(NamedTuple):
    """A column of the list: heading, width in characters, and a person's value."""

    heading: str
    width: int
    value: Callable[[SheetPerson], str | int]


COLUMNS = (
    Column("School", 22, lambda person: person.school),
    Column("Role", 9, lambda person: person.role),
    Column("Last Name", 20, lambda person: person.last_name),
    Column("First Name", 18, lambda person: person.first_name),
    Column("Grade", 7, lambda person: person.grade),
    Column("Person ID", 14, lambda person: person.person_id),
    Column("Username", 22, lambda person: person.username),
    Column("Email", 32, lambda person: person.email),
    Column("Email synced", 14, lambda person: person.email_synced),
    Column("Status", 10, lambda person: person.status),
    Column("Origin", 8, lambda person: person.origin),
    Column("Classes", 8, lambda person: person.classes),
    Column("Guardians", 10, lambda person: person.guardians),
    Column("Last login", 17, lambda person: person.last_login),
    Column("Last load", 28, lambda person: person.last_load),
)
# With what else has to be right before accounts are handed out (checks, section 1).
CHECKED = (
    *COLUMNS,
    Column("Way in", 14, lambda person: person.first_secret_state),
    Column("Locked until", 26, lambda person: person.locked),
    Column("Current classes", 8, lambda person: person.current_classes),
    Column("Same as another", 22, lambda person: person.doubles),
)
FIRST_SECRET = Column("First secret", 32, lambda person: person.secret or "")
COLUMNS_WITH_SECRETS = (*COLUMNS, FIRST_SECRET)

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_UNWRITABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")
_MOST_IN_A_CELL = 32_767


def write_xlsx(file: BinaryIO, people: Iterable[SheetPerson], columns: tuple[Column, ...] = COLUMNS) -> int:
    """Write the list as a workbook of one tab, in the order of `people`; gives the number of people.

    Memory is bounded by a row.
    """
    book = xlsxwriter.Workbook(file, {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
        "strings_to_numbers": False})
    sheet = book.add_worksheet("Accounts")
    bold, text = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "@"})
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width)
        sheet.write_string(0, place, column.heading, bold)
    count = 0
    for count, person in enumerate(people, 1):
        for place, column in enumerate(columns):
            value = column.value(person)
            if isinstance(value, int):
                sheet.write_number(count, place, value)
            else:
                sheet.write_string(count, place, _writable(value), text)
    sheet.autofilter(0, 0, count, len(columns) - 1)
    book.close()
    return count


def write_csv(file: BinaryIO, people: Iterable[SheetPerson], columns: tuple[Column, ...] = COLUMNS) -> int:
    """Write the list as CSV: UTF-8 with BOM, every field quoted; gives the number of people."""
    lines = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    try:
        writer = csv.writer(lines, quoting=csv.QUOTE_ALL)
        writer.writerow([column.heading for column in columns])
        count = 0
        for person in people:
            writer.writerow([_harmless(str(column.value(person))) for column in columns])
            count += 1
        return count
    finally:
        lines.detach()


def _writable(value: str) -> str:
    """`value` without what no file can hold: lone surrogates and non-characters."""
    return _UNWRITABLE.sub("\ufffd", value)[:_MOST_IN_A_CELL]


def _harmless(value: str) -> str:
    """`value` for a program that takes text for a formula: with a `'` before what begins like one."""
    text = _writable(value)
    return f"'{text}" if text.startswith(_FORMULA) else text

"""What holds of every reading, whatever stands in the cells."""

from __future__ import annotations

import io
from datetime import date
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rostering.model import Record
from rostering.sheet import template
from rostering.sheet.columns import TAB
from rostering.sheet.reading import Reading, TurnedBack
from rostering.xlsx.batch import Cell
from rostering.xlsx.workbook import open_workbook
from tests.unit.sheet.made_up import GOOD, MadeUpWorkbook, SiteOf, district, read, row, said, sheet

TEXTS = ["004512", "0012", "T0451", "G1", "709", "FY", "RTI", "MATH-04", "X", "(clear)", "Inactive", "Yes", "No",
         "Student", "Staff", "a@district.org", "1/1/2027", "2027", "KG", "K;1", "FY;S1", ";", "=1", "x" * 70,
         "é", "<a>", "4512", "12", "\ud800"]
KINDS = ["text", "number", "date", "bool", "error", "formula_no_value", "bad_chars"]
KNOWN = SiteOf(student={"004512": False}, staff={"t0451": True}, school={"0012": True, "x": False},
               course={"|x": True}, term={"0012|s1": False})


def odd_cell(random: Random) -> Cell:
    text = random.choice(["1", "x", "#N/A", "1E+20", "-5", "0", "45000", "0.5", ""])
    return Cell(random.choice(KINDS), text, shown=random.choice(["", text, "000123"]),
                zeros_kept=random.random() < 0.3, number=random.choice([None, 1.0, 1e20, -5.0, 0.0, 45000.0, 0.5]),
                date=random.choice([None, date(1899, 1, 1), date(2015, 1, 1), date(9999, 12, 31)]),
                formula=random.random() < 0.3, bad=random.choice(["", "\x07", "\u202e<"]))


def scrambled(random: Random) -> MadeUpWorkbook:
    """A district with up to 8 rows in a tab, cells of which are replaced by anything."""
    tabs = {}
    for name in TAB:
        rows = [row(name) for _ in range(random.randrange(9))]
        for each in rows:
            for _ in range(random.randrange(6)):
                each[random.randrange(len(each))] = random.choice(
                    [None, random.choice(TEXTS), random.choice(TEXTS), odd_cell(random)])
        merges = [(first, random.randrange(17), first + random.randrange(4), 16)
                  for first in range(1, random.randrange(1, 4))] if random.random() < 0.2 else []
        tabs[name.replace(" ", "_")] = sheet(name, *rows, merges=merges, batch_rows=random.randrange(1, 5))
    return district(**tabs)


def _holds_together(records: list[Record], known: dict[str, dict[str, bool]]) -> None:
    keys: dict[str, set[Any]] = {}
    for record in records:
        keys.setdefault(record.kind, set()).add(record.key)

    def there(kind: str, key: str) -> bool:
        return key in keys.get(kind, ()) or key in known.get(kind, {})

    for kind, key, fields, place in records:
        assert place >= 2
        if kind in ("staff", "student", "section", "group"):
            assert there("school", fields["school"])
        if kind == "section":
            assert there("course", fields["course"]) and all(there("term", each) for each in fields["terms"])
            assert all(there("staff", each) for each in (fields["teacher"], *(fields.get("co_teachers") or ())))
        if kind == "enrollment":
            assert there("section", key[0]) and there("student", key[1])
        if kind == "guardian_link":
            assert key[0] in keys["guardian"] and there("student", key[1])
        if kind == "group_member":
            assert key[0] in keys["group"]


def _counts_hold(reading: Reading) -> None:
    for name, count in reading.counts.items():
        rows = dict(reading.rows(name))
        bad = {number for number, problems in reading.problems_of(name).items()
               if any(problem.severity == "R" for problem in problems)}
        assert (count.rows, count.turned_back, count.loaded) == (len(rows), len(bad), len(rows) - len(bad))
        assert bad <= rows.keys()


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32), st.booleans())
def test_what_loads_holds_together_and_the_rest_is_told(seed, in_site):
    try:
        reading = read(scrambled(Random(seed)), known=KNOWN if in_site else None)
    except TurnedBack as error:
        if error.reading is None:
            assert error.code == "T-NO-DATA"
            return
        reading = error.reading
    records = list(reading.records())
    assert len({(record.kind, record.key) for record in records}) == len(records)
    _holds_together(records, KNOWN.kinds if in_site else {})
    _counts_hold(reading)


def test_a_filled_template_loads_without_a_word():
    rows = {name: [[date(2015, 5, 3) if column.field == "birth_date" else value
                    for column, value in zip(TAB[name].columns, row(name), strict=True)]] for name in GOOD}
    file = io.BytesIO()
    template.write(file, site_name="Pineapple Schools", school_year="2026-27", load_type="Complete list", rows=rows)
    with open_workbook(file, name="pineapple.xlsx") as book, read(book) as reading:
        assert said(reading) == []
        assert reading.load_type == "Complete list"
        assert [record.fields["birth_date"] for record in reading.records() if record.kind == "student"] == [
            "2015-05-03"]

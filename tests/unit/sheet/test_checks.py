"""The bulk checks of a column say what the checks of one cell say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rostering.sheet.cells import CLEARED, from_cell, from_text
from rostering.sheet.checks import CellChecks
from rostering.sheet.columns import TAB, TABS
from rostering.xlsx.batch import Batch, Cell

TEXTS = st.one_of(
    st.none(),
    st.sampled_from(["004512", "A-1", "1.23E+09", "(clear)", "#N/A", "K", "01", "5/3/2015", "5/3/15",
                     "24/8/2015", "42127", "2026-27", "a@b.org", "a..b@c.org", f"{'a' * 65}@b.org", "ana.r38",
                     "Yes", "no", "Active", "Mother", "Nanny", "x" * 70, "x" * 1001, "JosÃ©", "José", "a<b",
                     "S1;S2", ";", "(718) 555-1212", "555", "360008103323", "7" * 12]),
    st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12))


@settings(max_examples=300)
@given(st.sampled_from([each for tab in TABS for each in tab.columns]),
       st.lists(st.lists(TEXTS, min_size=1, max_size=8), min_size=1, max_size=3))
def test_a_column_is_checked_as_its_cells_are(column, batches):
    tab = next(tab for tab in TABS if column in tab.columns)
    number = tab.columns.index(column)
    checks = CellChecks(tab)
    for texts in batches:
        columns = [[None] * len(texts) for _ in tab.columns]
        columns[number] = texts
        checked = checks.check(Batch(list(range(2, len(texts) + 2)), columns, set(), [True] * len(columns)))
        stored = checked.values[number] or [None] * len(texts)
        for place, text in enumerate(texts):
            told = [(code, values) for at, of, code, values in checked.notes if (at, of) == (place, number)]
            if text is None:
                assert (stored[place], [code for code, _ in told]) == (None, ["R-REQUIRED"] * column.required)
                continue
            read = from_text(column, text)
            cleared = read.value is CLEARED and (column.header in tab.key or column.type in ("status", "yesno"))
            assert stored[place] == (None if read.refused or cleared else read.value)
            assert told == list(read.notes)
            assert (place in checked.refused[number]) == read.refused


def test_cells_and_texts_may_be_mixed():
    tab = TAB["Students"]
    number = tab.index("birth_date")
    cells = ["5/3/2015", None, Cell("number", "42127", shown="42127", number=42127.0), Cell("error", "#N/A")]
    columns = [[None] * 4 for _ in tab.columns]
    columns[number] = cells
    checked = CellChecks(tab).check(Batch([2, 3, 4, 5], columns, set(), []))
    assert checked.values[number] == ["2015-05-03", None, "2015-05-03", None]
    assert checked.texts[number] == ["5/3/2015", None, "42127", "#N/A"]
    assert [(place, code) for place, at, code, _ in checked.notes if at == number] == [
        (2, "W-DATE-SERIAL"), (3, "R-CELL-ERROR")]
    assert from_cell(tab.columns[number], cells[3])[0].refused


@pytest.mark.parametrize("column", TAB["Students"].columns, ids=lambda column: column.header)
def test_a_column_without_cells_holds_nothing(column):
    tab = TAB["Students"]
    number = tab.columns.index(column)
    checked = CellChecks(tab).check(Batch([2, 3], [[None, None] for _ in tab.columns], set(), [True] * 15))
    assert checked.values[number] is None and checked.texts[number] is None
    assert checked.refused[number] == ({0, 1} if column.required else set())

"""Corrections on a sheet: a corrected value takes the place of the cell before the cell is checked.

The sender's own text stays in what is given back, with I-CORRECTED beside it; otherwise a report
that is handed in again would agree with the correction without anybody having agreed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from rostering.corrections import Correction, Met
from rostering.sheet import cells
from rostering.sheet.checks import Checked
from rostering.sheet.columns import KINDS, TAB, Column, Tab
from rostering.xlsx.batch import Batch, Cell

_FOLDED = frozenset({"id", "ref", "reflist", "email"})
_KINDS = ("school", "term", "staff", "student", "guardian", "course", "section")
_OF_GUARDIAN = frozenset({"first_name", "last_name", "email", "phone"})
_OF_ALL_SCHOOLS = frozenset({"term", "course"})


def tab_of(kind: str) -> Tab:
    """The tab whose rows say something of `kind`. Raises KeyError for kinds that are not corrected."""
    if kind not in _KINDS:
        raise KeyError(kind)
    return next(TAB[name] for name, kinds in KINDS.items() if kind in kinds)


def correctable(kind: str) -> dict[str, Column]:
    """The columns that may be corrected of a record of `kind`, by field; none of its key."""
    tab = tab_of(kind)
    return {column.field: column for column in tab.columns
            if (column.field in _OF_GUARDIAN if kind == "guardian" else column.header not in tab.key)}


def key_of(kind: str, text: str) -> str:
    """The key of the record that people call `text`: terms and courses may have their school before a "|"."""
    key = text.strip().casefold()
    if kind in _OF_ALL_SCHOOLS:
        return key if "|" in key else f"|{key}"
    return f"id:{key.removeprefix('id:')}" if kind == "guardian" else key


Replaced = list[tuple[int, int, Correction, str | Cell | None]]


class Overlay:
    """The corrections of one tab. `met` is told what the cells said."""

    def __init__(self, tab: Tab, corrections: Iterable[Correction], met: Met, *, date1904: bool = False) -> None:
        self._tab = tab
        self._met = met
        self._date1904 = date1904
        self._by_key: dict[str, list[tuple[int, Correction]]] = {}
        self._guardians = tab.name == "Guardians"
        for each in corrections:
            if not each.ended and tab_of(each.kind) is tab and each.field in correctable(each.kind):
                self._by_key.setdefault(each.key, []).append((tab.index(each.field), each))

    def __bool__(self) -> bool:
        return bool(self._by_key)

    def put(self, batch: Batch) -> tuple[Batch, Replaced]:
        """The batch with the corrected values in it, and what stood there."""
        replaced: Replaced = []
        for place, key in enumerate(self._keys(batch)):
            for number, correction in self._by_key.get(key, ()):
                cell = batch.columns[number][place]
                agrees = self._agrees(number, cell, correction)
                self._met.note(correction, self._shown(number, cell), agrees=agrees)
                if not agrees:
                    replaced.append((place, number, correction, cell))
        if not replaced:
            return batch, replaced
        columns = list(batch.columns)
        for number in {number for _, number, _, _ in replaced}:
            columns[number] = list(columns[number])
        for place, number, correction, _ in replaced:
            columns[number][place] = correction.value
        return replace(batch, columns=columns), replaced

    def tell(self, checked: Checked, replaced: Replaced) -> None:
        """Put the sender's own texts back beside the values, and say what they were read as."""
        for number in {number for _, number, _, _ in replaced}:
            checked.texts[number] = list(checked.texts[number] or [None] * len(checked.rows))
        for place, number, correction, cell in replaced:
            shown = self._shown(number, cell)
            checked.texts[number][place] = shown or None
            checked.note(place, number, "I-CORRECTED", {"v": shown, "w": correction.value})

    def _keys(self, batch: Batch) -> list[str]:
        ids = [_text(cell).casefold() for cell in batch.columns[self._tab.index("id")]]
        if self._guardians:
            return [f"id:{each}" for each in ids]
        if self._tab.kind not in _OF_ALL_SCHOOLS:
            return ids
        schools = batch.columns[self._tab.index("school")]
        return [f"{_text(school).casefold()}|{each}" for school, each in zip(schools, ids, strict=True)]

    def _agrees(self, number: int, cell: str | Cell | None, correction: Correction) -> bool:
        if cell is None:
            return False
        column = self._tab.columns[number]
        found = self._read(column, cell)[0]
        wanted = cells.from_text(column, correction.value)
        return not found.refused and _folded(column, found.value) == _folded(column, wanted.value)

    def _shown(self, number: int, cell: str | Cell | None) -> str:
        return "" if cell is None else self._read(self._tab.columns[number], cell)[1]

    def _read(self, column: Column, cell: str | Cell) -> tuple[cells.Read, str]:
        if isinstance(cell, str):
            return cells.from_text(column, cell), cell
        return cells.from_cell(column, cell, date1904=self._date1904)


def _folded(column: Column, value: Any) -> Any:
    if column.type.partition(":")[0] not in _FOLDED:
        return value
    return [each.casefold() for each in value] if isinstance(value, list) else (
        value.casefold() if isinstance(value, str) else value)


def _text(cell: str | Cell | None) -> str:
    return (cell.shown or cell.text) if isinstance(cell, Cell) else cell or ""

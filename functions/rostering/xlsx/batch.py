"""What the reader of the workbook hands to the checks: rows in batches, column by column.

A batch holds some thousand data rows of one tab. Most cells are clean text and come as `str`;
blank ones as None; everything that needs a second look comes as a `Cell`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

CellKind = Literal["text", "number", "date", "bool", "error", "formula_no_value", "bad_chars"]


@dataclass(slots=True)
class Cell:
    """A cell that is not plain clean text.

    `text` is the text as the sheet shows or stores it (`#N/A` of an error, `TRUE` of a bool, the
    stored digits of a number). `shown` is what a number or date is in an ID or text column:
    integers without `.0`, padded if the format is all zeros (then `zeros_kept`). `date` is set if
    the number's format is a date and the serial is one (`date1904` honored), else None. `formula`
    tells that the value is a formula's cached result; `kind` is then the kind of the value. `bad`
    lists the characters of a "bad_chars" cell that are not allowed.
    """

    kind: CellKind
    text: str = ""
    shown: str = ""
    zeros_kept: bool = False
    number: float | None = None
    date: date | None = None
    formula: bool = False
    bad: str = ""


@dataclass(slots=True)
class Batch:
    """Data rows of one tab. All columns are as long as `rows`.

    `rows` are the true row numbers, rising. `columns` has one list per known column; text in it is
    normalized (import sheet, 4.5), never "" and free of bad characters. `hidden` are the rows that
    are hidden or filtered. `plain[i]` tells that column i holds only str and None.
    """

    rows: list[int]
    columns: list[list[str | Cell | None]]
    hidden: set[int] = field(default_factory=set)
    plain: list[bool] = field(default_factory=list)

"""Rows poured into the tabs of a workbook that a library has drawn.

The libraries that draw workbooks take ten to thirty microseconds a cell. Here the drawn workbook,
with all its looks and no rows, is copied, and the rows are streamed into it as the XML of text
cells: the look stays the library's, and a sheet of any size needs the memory of a block of rows.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from os import PathLike
from typing import BinaryIO
from xml.sax.saxutils import escape

MADE = datetime(2026, 1, 1)  # the same content gives the same bytes
EXCEL_ROWS = 1_048_576

_ROWS_PER_WRITE = 2_000
_DIMENSION = re.compile(rb"<dimension [^>]*/>")
_EMPTY_ROW = re.compile(rb"<row [^>]*/>")
_SPECIAL = re.compile("[&<>\x00-\x1f\ud800-\udfff\ufffe\uffff]|^ | $|  |_x[0-9A-Fa-f]{4}_")
_ESCAPED = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def pour(drawn: BinaryIO, file: str | PathLike | BinaryIO, rows: Mapping[str, Iterable[str]], *,
         edit: Mapping[str, Callable[[bytes], bytes]] | None = None) -> None:
    """Copy the workbook `drawn` to `file` (a path or a seekable file), with rows and fixed times.

    `rows` maps the name of a part to the XML of its rows, one `row` element a string; they follow
    the rows that were drawn. `edit` changes other parts on the way.
    """
    edit = edit or {}
    with (zipfile.ZipFile(drawn) as source,
          zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as copy):
        for name in source.namelist():
            text = source.read(name)
            part = zipfile.ZipInfo(name, date_time=MADE.timetuple()[:6])
            part.compress_type = zipfile.ZIP_DEFLATED
            if name not in rows:
                copy.writestr(part, edit[name](text) if name in edit else text)
                continue
            # Nobody knows the number of rows yet. A dimension that is too small hides rows from
            # readers that trust it; an absent one is legal. Rows without cells are drawn where a
            # note stands, and would come twice.
            head, end, tail = _DIMENSION.sub(b"", text).partition(b"</sheetData>")
            head = _EMPTY_ROW.sub(b"", head)
            with copy.open(part, "w") as out:
                out.write(head)
                block: list[str] = []
                for row in rows[name]:
                    block.append(row)
                    if len(block) == _ROWS_PER_WRITE:
                        out.write("".join(block).encode())
                        block.clear()
                out.write("".join(block).encode())
                out.write(end + tail)


def text_cell(place: str, style: int, text: str) -> str:
    """The XML of a text cell: whatever `text` looks like, it is a string, never a formula or a link.

    What XML cannot hold is escaped as Excel does (`_x0007_`).
    """
    if _SPECIAL.search(text):
        text = escape(_ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", text))
        return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    return f'<c r="{place}" s="{style}" t="inlineStr"><is><t>{text}</t></is></c>'

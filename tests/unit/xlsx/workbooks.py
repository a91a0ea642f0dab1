"""Workbooks for tests, part by part and byte by byte: good ones, odd ones and hostile ones."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any
from xml.sax.saxutils import escape

from rostering.xlsx.batch import Batch, Cell
from rostering.xlsx.refusal import Refused
from rostering.xlsx.workbook import open_workbook

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

Parts = dict[str, "bytes | str | None"]


def sheet(rows: str = "", *, head: str = "", tail: str = "", attributes: str = f'xmlns="{MAIN}"') -> str:
    """A worksheet part around some rows."""
    return (f"{DECLARATION}<worksheet {attributes}>{head}<sheetData>{rows}</sheetData>{tail}</worksheet>")


def row(number: int, *cells: str, attributes: str = "") -> str:
    return f'<row r="{number}"{attributes}>{"".join(cells)}</row>'


def inline(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'


def cell(reference: str, value: object, *, type: str = "", style: str = "") -> str:
    """A cell with a `<v>`: number, shared string or whatever its type makes of it."""
    return (f'<c r="{reference}"' + (f' s="{style}"' if style else "") + (f' t="{type}"' if type else "")
            + f"><v>{value}</v></c>")


def strings(*texts: str, attributes: str = f'xmlns="{MAIN}"') -> str:
    """A shared strings part."""
    items = "".join(f"<si><t>{escape(text)}</t></si>" for text in texts)
    return f"{DECLARATION}<sst {attributes}>{items}</sst>"


def styles(*codes: str) -> str:
    """A styles part; style 0 is General, style n shows the n-th format code."""
    formats = "".join(f'<numFmt numFmtId="{number}" formatCode="{escape(code, {chr(34): "&quot;"})}"/>'
                      for number, code in enumerate(codes, start=164))
    used = "".join(f'<xf numFmtId="{number}"/>' for number in range(164, 164 + len(codes)))
    return (f'{DECLARATION}<styleSheet xmlns="{MAIN}"><numFmts count="{len(codes)}">{formats}</numFmts>'
            f'<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/>{used}</cellXfs>'
            "</styleSheet>")


def parts(sheets: dict[str, str | bytes], *, states: dict[str, str] | None = None, workbook_head: str = "",
          **more: Any) -> Parts:
    """The parts of a workbook; `more` are keyword arguments `strings=`, `styles=`."""
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{number}" r:id="rId{number}"'
        + (f' state="{states[name]}"' if states and name in states else "") + "/>"
        for number, name in enumerate(sheets, start=1))
    relations = "".join(
        f'<Relationship Id="rId{number}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, len(sheets) + 1))
    found: Parts = {
        "[Content_Types].xml": f'{DECLARATION}<Types xmlns="{PACKAGE}/content-types">'
                               '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships"/>',
        "xl/workbook.xml": f'{DECLARATION}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{workbook_head}'
                           f"<sheets>{listed}</sheets></workbook>",
    }
    for name, kind in (("strings", "sharedStrings"), ("styles", "styles")):
        if more.get(name) is not None:
            found[f"xl/{kind}.xml"] = more[name]
            relations += f'<Relationship Id="{name}" Type="{OFFICE}/{kind}" Target="{kind}.xml"/>'
    found["xl/_rels/workbook.xml.rels"] = (
        f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">{relations}</Relationships>')
    for number, content in enumerate(sheets.values(), start=1):
        found[f"xl/worksheets/sheet{number}.xml"] = content
    return found


def zipped(found: Parts, *, method: int = zipfile.ZIP_DEFLATED, only: str = "") -> bytes:
    """The zip file of some parts (None: left out); `method` for all, or for `only` that part."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in found.items():
            if content is not None:
                data = content.encode() if isinstance(content, str) else content
                archive.writestr(name, data, method if only in ("", name) else zipfile.ZIP_DEFLATED)
    return file.getvalue()


def workbook(rows: str = "", *, changed: Parts | None = None, tail: str = "", head: str = "",
             **more: Any) -> bytes:
    """A workbook with one tab, `Students`; `changed` are parts put in, replaced or (None) left out."""
    return zipped(parts({"Students": sheet(rows, head=head, tail=tail)}, **more) | (changed or {}))


HEADER = row(1, inline("A1", "Student ID *"), inline("B1", "School ID *"), inline("C1", "Last Name *"))
GOOD = HEADER + row(2, inline("A2", "004512"), inline("B2", "0012"), inline("C2", "García"))


def values(data: bytes, *, width: int = 3, tab: str = "Students") -> dict[int, list[Any]]:
    """All data rows of a tab by number."""
    with open_workbook(io.BytesIO(data), name="sheet.xlsx") as book:
        return by_number(book.sheet(tab).batches(width))


def by_number(batches: Iterable[Batch]) -> dict[int, list[Any]]:
    """The rows of some batches, after a look at each batch itself."""
    found: dict[int, list[Any]] = {}
    for batch in batches:
        assert all(len(column) == len(batch.rows) for column in batch.columns)
        assert batch.plain == [not any(isinstance(one, Cell) for one in column) for column in batch.columns]
        assert batch.hidden <= set(batch.rows)
        found.update(zip(batch.rows, map(list, zip(*batch.columns, strict=True)), strict=True))
    return found


def one(data: bytes) -> Any:
    """The value of A2."""
    return values(data)[2][0]


def reason(data: bytes, *, name: str = "sheet.xlsx") -> tuple[str, str]:
    """Reason and code of the refusal, wherever it comes; ("ok", "") if all was read."""
    try:
        with open_workbook(io.BytesIO(data), name=name) as book:
            for tab in book.sheet_names:
                found = book.sheet(tab)
                found.header()
                for _ in found.batches(3):
                    pass
    except Refused as refused:
        return refused.reason, refused.code
    return "ok", ""


def timed(data: bytes) -> tuple[str, float]:
    """The reason and the seconds of processor time it took."""
    start = time.process_time()
    return reason(data)[0], time.process_time() - start


def patched(data: bytes, position: int, replacement: bytes) -> bytes:
    return data[:position] + replacement + data[position + len(replacement):]


def directory_entries(data: bytes) -> Iterator[int]:
    """Where the entries of a zip file's directory begin."""
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        yield at
        at = data.find(b"PK\x01\x02", at + 1)


def entry_of(data: bytes, name: str) -> int:
    """Where the directory's entry of a part begins."""
    return next(at for at in directory_entries(data) if data[at + 46:].startswith(name.encode()))

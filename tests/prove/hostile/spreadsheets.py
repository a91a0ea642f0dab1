"""Workbooks that mean harm, made of a good import sheet (threats, section 2)."""

from __future__ import annotations

import io
import random
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from tests.prove.hostile import Case
from tests.unit.import_sheet import office
from tests.unit.xlsx.workbooks import MAIN, STRICT, cell, entry_of, inline, patched, row

FAMILY = "spreadsheet"
STUDENTS = "xl/worksheets/sheet5.xml"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ROW = 42  # the first that is free

READ = ("[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", STUDENTS)
UNREAD = ("docProps/core.xml", "_rels/.rels", "xl/theme/theme1.xml")  # nobody parses them, so nothing in them acts

Change = Callable[[str], str]


@cache
def good() -> dict[str, bytes]:
    """The parts of the sheet that was loaded, with one more student."""
    data = office.workbook([office.student(n) for n in range(1, 41)])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED, only: str = "") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content, method if only in ("", name) else zipfile.ZIP_DEFLATED)
    return file.getvalue()


def book(*, changed: dict[str, bytes | str | None] | None = None, **edits: Change) -> bytes:
    """The good sheet with parts replaced (None: left out), or edited: `students`, `workbook`, `rels`, `styles`."""
    names = {
        "students": STUDENTS,
        "workbook": "xl/workbook.xml",
        "rels": "xl/_rels/workbook.xml.rels",
        "styles": "xl/styles.xml",
        "schools": "xl/worksheets/sheet2.xml",
        "first": "xl/worksheets/sheet1.xml",
    }
    parts: dict[str, Any] = dict(good())
    for name, edit in edits.items():
        parts[names[name]] = edit(parts[names[name]].decode()).encode()
    for name, content in (changed or {}).items():
        parts[name] = content.encode() if isinstance(content, str) else content
    return zipped({name: content for name, content in parts.items() if content is not None})


def rows(xml: str) -> bytes:
    """With rows after those of Students."""
    return book(students=lambda text: text.replace("</sheetData>", xml + "</sheetData>"))


def student(number: int, **cells: Any) -> str:
    """A row of Students; text is inline, `(type, value)` as it stands."""
    said = {"A": f"x{number}", "B": "0012", "D": "Eve", "F": f"Moss{number}", "H": "04"} | cells
    made = (
        inline(f"{column}{number}", value)
        if isinstance(value, str)
        else cell(f"{column}{number}", value[1], type=value[0])
        for column, value in sorted(said.items())
    )
    return row(number, *made)


def tail(xml: str) -> bytes:
    return book(students=lambda text: text.replace("</sheetData>", f"</sheetData>{xml}"))


def with_strings(*texts: str) -> bytes:
    """With shared strings, of which cell D of the new row is the one of `index` in the row."""
    items = "".join(f"<si><t>{escape(text)}</t></si>" for text in texts)
    return f'<sst xmlns="{MAIN}">{items}</sst>'.encode()


def shared(index: object, *texts: str) -> bytes:
    return book(
        changed={"xl/sharedStrings.xml": with_strings(*(texts or ("Ana", "Bo")))},
        students=lambda text: text.replace("</sheetData>", student(ROW, D=("s", index)) + "</sheetData>"),
        rels=lambda text: text.replace(
            "</Relationships>",
            f'<Relationship Id="rIdS" Target="sharedStrings.xml" Type="{_OFFICE}/sharedStrings"/></Relationships>',
        ),
    )


def bomb(name: str, size: int = 240 << 20) -> bytes:
    """A part of blanks that unfolds."""
    parts = dict(good())
    parts[name] = parts.get(name, b"<a>")[:-20] + b" " * size
    return zipped(parts)


def directory(name: str, offset: int, form: str, value: int) -> bytes:
    data = zipped(good())
    return patched(data, entry_of(data, name) + offset, struct.pack(form, value))


def end(offset: int, form: str, change: int) -> bytes:
    data = zipped(good())
    at = data.rindex(b"PK\x05\x06") + offset
    return patched(data, at, struct.pack(form, struct.unpack_from(form, data, at)[0] + change))


def overlapping() -> bytes:
    data = zipped(good() | {"xl/b": b"x", "xl/c": b"y"})
    return patched(data, entry_of(data, "xl/b") + 20, struct.pack("<L", 40))


def pair(second: bytes, offset: int = 42) -> bytes:
    """Two parts of which the second one's directory entry says `second`."""
    data = zipped(good() | {"xl/b": b"x" * 99, "xl/c": b"x" * 99})
    first, other = entry_of(data, "xl/b"), entry_of(data, "xl/c")
    return patched(data, other + offset, second or data[first + 42 : first + 46])


def named(*names: str) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w") as archive:
        warnings.simplefilter("ignore")
        for name, content in good().items():
            archive.writestr(name, content)
        for name in names:
            entry = zipfile.ZipInfo("x")
            entry.filename = name
            archive.writestr(entry, b"x")
    return file.getvalue()


def noise(size: int) -> str:
    return random.Random(1).randbytes(size // 2).hex()


def containers() -> Iterator[tuple[str, str, Callable[[], bytes], str]]:
    bombs = "zip bomb"
    for part in (STUDENTS, "xl/sharedStrings.xml", "xl/media/image1.png", "xl/styles.xml", "docProps/custom.xml"):
        yield bombs, f"240 MiB of blanks in {part}", lambda part=part: bomb(part), "refused F-UNSAFE"
    yield bombs, "300 MiB of empty rows", lambda: rows("<row/>" * (300 << 20 >> 4)), "refused"
    for size in (100, 5_000_000, 0xFFFFFFFE):
        yield (
            "lying declared size",
            f"said to be {size}",
            lambda size=size: directory(STUDENTS, 24, "<L", size),
            "refused",
        )
    for name, method in (("bzip2", zipfile.ZIP_BZIP2), ("lzma", zipfile.ZIP_LZMA)):
        yield (
            "bzip2 or LZMA method",
            name,
            lambda method=method: zipped(good(), method=method, only=STUDENTS),
            "refused F-UNSAFE",
        )
    for number in (1, 6, 9, 97, 98, 99):
        yield (
            "another compression method",
            str(number),
            lambda number=number: directory(STUDENTS, 10, "<H", number),
            "refused F-UNSAFE",
        )
    for count in (600, 50_000):
        yield (
            "50,000 entries",
            f"{count:,}",
            lambda count=count: zipped(good() | {f"xl/a{number}": b"" for number in range(count)}),
            "refused F-UNSAFE",
        )
    yield "overlapping or shared local headers", "one local header for two", lambda: pair(b""), "refused F-UNSAFE"
    yield "overlapping or shared local headers", "a part that goes on into the next", overlapping, "refused F-UNSAFE"
    yield (
        "overlapping or shared local headers",
        "into the directory",
        lambda: directory(STUDENTS, 42, "<L", 0x7FFFFFFF),
        "refused",
    )
    yield "CRC error", "of a sheet", lambda: directory(STUDENTS, 16, "<L", 0x01020304), "refused F-NOT-EXCEL"
    yield "encryption flag", "of a sheet", lambda: directory(STUDENTS, 8, "<H", 1), "refused F-UNSAFE"
    for share in (0.05, 0.5, 0.9, 0.999):
        yield (
            "truncated file",
            f"to {share:.1%}",
            lambda share=share: zipped(good())[: int(len(zipped(good())) * share)],
            "refused",
        )
    for name, before in (
        ("zeros", b"PK\x03\x04" + b"\0" * 96),
        ("another zip", zipped({"a": b"b"})),
        ("a shell script", b"#!/bin/sh\n"),
        ("a PDF", b"%PDF-1.7\n"),
        ("GIF", b"GIF89a"),
    ):
        yield "prefix before the zip", name, lambda before=before: before + zipped(good()), "refused F-NOT-EXCEL"
    for by in (-3, 3, 70_000, -70_000):
        yield "shifted offsets", f"by {by}", lambda by=by: end(16, "<l", by), "refused F-NOT-EXCEL"
    yield "shifted offsets", "directory said to be huge", lambda: end(12, "<L", 5 << 20), "refused F-NOT-EXCEL"
    names = "names of entries"
    for name in (
        "../x",
        "xl/../../x",
        "/etc/passwd",
        "C:/x",
        "..\\x",
        "xl/a\nb",
        "xl/\u202ea",
        "xl/a",
        "XL/Workbook.xml",
        "xl/\uff41",
        "xl/" + "a" * 5_000,
        "CON",
        "xl//a",
        "xl/./a",
        "xl/a\u0000b",
    ):
        twice = ("xl/a", "xl/a") if name == "xl/a" else ("xl/a", name) if name == "xl/\uff41" else (name,)
        yield (
            names,
            repr(name[:20]),
            lambda twice=twice: named(*twice),
            "ok" if name == "CON" else "refused F-UNSAFE|refused F-NOT-EXCEL",
        )


LAUGHS = (
    "<!DOCTYPE x ["
    + '<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))
    + "]>"
)


def doctypes(canary: str) -> dict[str, str]:
    return {
        "laughs": LAUGHS,
        "quadratic": f'<!DOCTYPE x [<!ENTITY a "{"x" * 50_000}">]>',
        "a file": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        "http": f'<!DOCTYPE x SYSTEM "{canary}">',
        "a parameter entity": f'<!DOCTYPE x [<!ENTITY % p SYSTEM "{canary}"> %p;]>',
        "none at all": "<!DOCTYPE x>",
    }


def declared(part: str, before: str, encoding: str) -> bytes:
    text = good()[part].decode() if part in good() else "<Properties/>"
    body = text.partition("?>")[2] if text.startswith("<?xml") else text
    said = f'<?xml version="1.0" encoding="{encoding}"?>{before}{body}'
    return said.encode(encoding if encoding.startswith("utf-16") else "utf-8")


def documents(canary: str) -> Iterator[tuple[str, str, Callable[[], bytes], str]]:
    dtd = "DOCTYPE, XXE, laughs, quadratic blow-up, also in UTF-16"
    for part in (*READ, *UNREAD):
        for name, doctype in doctypes(canary).items():
            for encoding in ("utf-8", "utf-16"):
                yield (
                    dtd,
                    f"{name} in {part}, {encoding}",
                    lambda part=part, doctype=doctype, encoding=encoding: book(
                        changed={part: declared(part, doctype, encoding)}
                    ),
                    "refused F-UNSAFE" if part in READ else "ok|rows|refused",
                )
    for encoding in ("UTF-6", "UTF-7", "cp037", "utf-32", "idna", "punycode", "hex", "rot13", "x" * 300):
        yield (
            "unknown encoding",
            encoding[:12],
            lambda encoding=encoding: book(changed={STUDENTS: declared(STUDENTS, "", encoding)}),
            "refused F-NOT-EXCEL",
        )
    for reference in ("A1", "A1:XFD1048576", "A1:B2", "nonsense", "", "B2:A1", "A0:A-1", "ZZZZZZ9"):
        yield (
            "huge or tiny dimension",
            reference or "empty",
            lambda reference=reference: book(
                students=lambda text: text.replace(
                    "<sheetData>", f'<dimension ref="{reference}"/><sheetData>'
                ).replace("</sheetData>", student(ROW) + "</sheetData>")
            ),
            "ok|rows",
        )
    yield (
        "stray formatted blank cell",
        "in row 1,048,576",
        lambda: rows(student(ROW) + '<row r="1048576"><c r="A1048576" s="1"/></row>'),
        "ok|rows",
    )
    far = "stray value far away, odd coordinates"
    for name, xml in {
        "a value in row 1,048,576": student(ROW) + row(1048576, inline("A1048576", "x")),
        "a value in XFD": row(ROW, inline(f"XFD{ROW}", "x")),
        "column ZZZZZZZ": row(ROW, inline(f"ZZZZZZZ{ROW}", "x")),
        "row 0": row(0, inline("A0", "x")),
        "row -1": row(-1, inline("A-1", "x")),
        "row 4294967297": row(4294967297, inline("A4294967297", "x")),
        "row of 300 digits": f'<row r="{"9" * 300}"/>',
        "row 1e3": '<row r="1e3"/>',
        "row that repeats": row(ROW, inline(f"A{ROW}", "x")) * 2,
        "falling rows": student(ROW + 1) + student(ROW),
        "a cell of another row": row(ROW, inline("A7", "x")),
        "a cell twice": row(ROW, inline(f"A{ROW}", "x") * 2),
        "falling cells": row(ROW, inline(f"B{ROW}", "x"), inline(f"A{ROW}", "x")),
        "no coordinate at all in a row far away": row(1048577, "<c/>"),
        "a reference in small letters": row(ROW, inline(f"a{ROW}", "x")),
    }.items():
        yield far, name, lambda xml=xml: rows(xml), "refused|rows"
    yield (
        "rows and cells without r",
        "one row",
        lambda: rows(
            "<row>"
            + "".join(
                f'<c t="inlineStr"><is><t>{v}</t></is></c>' for v in ("x1", "0012", "", "Eve", "", "Moss", "", "04")
            )
            + "</row>"
        ),
        "ok|rows",
    )
    for index in (-1, 2, 99, 10_000_000, "1e1", "0x1", " ", "99999999999999999999", "-0", "١"):
        yield (
            "shared-string index out of range or negative",
            str(index),
            lambda index=index: shared(index),
            "refused F-UNSAFE|rows",
        )
    yield "shared-string index out of range or negative", "one that is there", lambda: shared(1), "ok|rows"
    big = "deep nesting, attributes, styles bomb, names, sheets"
    attributes = " ".join(f'a{n}="u"' for n in range(200_000))
    for name, make in {
        "100,000 deep": lambda: tail("<a>" * 100_000 + "</a>" * 100_000),
        "25 deep": lambda: tail("<a>" * 25 + "</a>" * 25),
        "200,000 attributes": lambda: rows(f"<row {attributes}/>"),
        "50,000 namespaces": lambda: rows("<row " + " ".join(f'xmlns:a{n}="u"' for n in range(50_000)) + "/>"),
        "a 24 MiB attribute": lambda: rows(f'<row a="{noise(24 << 20)}"/>'),
        "a comment of 24 MiB": lambda: tail(f"<!--{noise(24 << 20)}-->"),
        "a text of 5 MiB": lambda: rows(student(ROW, D=noise(5 << 20))),
        "200,000 cell formats": lambda: book(
            styles=lambda text: text.replace("</cellXfs>", '<xf numFmtId="0"/>' * 200_000 + "</cellXfs>")
        ),
        "200,000 number formats": lambda: book(
            changed={
                "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><numFmts>'
                + "".join(f'<numFmt numFmtId="{n}" formatCode="0"/>' for n in range(200_000))
                + "</numFmts></styleSheet>"
            }
        ),
        "200,000 defined names": lambda: book(
            workbook=lambda text: text.replace(
                "</definedNames>",
                "".join(f'<definedName name="n{n}">Students!$A$1</definedName>' for n in range(200_000))
                + "</definedNames>",
            )
        ),
        "3,000 sheets": lambda: book(
            workbook=lambda text: text.replace(
                "</sheets>",
                "".join(
                    f'<sheet name="T{n}" sheetId="{n}" r:id="rId5" xmlns:r="{_OFFICE}"/>' for n in range(99, 3_099)
                )
                + "</sheets>",
            )
        ),
    }.items():
        yield big, name, make, "refused F-UNSAFE|refused F-NOT-EXCEL"
    yield (
        big,
        "a merge of the whole sheet",
        lambda: tail('<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'),
        "refused|rows",
    )
    yield (
        big,
        "200,000 merges",
        lambda: tail(
            "<mergeCells>" + "".join(f'<mergeCell ref="A{n}:B{n}"/>' for n in range(2, 200_002)) + "</mergeCells>"
        ),
        "refused|rows",
    )
    yield (
        big,
        "65,000 strings of 960 letters",
        lambda: shared(
            1, *("".join(chr(0x4E00 + (n * 31 + k * 7) % 20_000) for k in range(960)) for n in range(20_000))
        ),
        "rows|refused",
    )


def structures() -> Iterator[tuple[str, str, Callable[[], bytes], str]]:
    missing = "missing sheet part, relationship out of the package, Strict: never 0 rows"
    yield missing, "no part of Students", lambda: book(changed={STUDENTS: None}), "refused"
    yield missing, "an empty part of Students", lambda: book(changed={STUDENTS: b""}), "refused"
    yield (
        missing,
        "no sheetData",
        lambda: book(students=lambda text: text[: text.index("<sheetData>")] + "</worksheet>"),
        "refused",
    )
    for target in (
        "../../../etc/passwd",
        "file:///etc/passwd",
        "http://127.0.0.1:9/x",
        "\\\\host\\share",
        "/etc/passwd",
        "worksheets/../../../x.xml",
        "worksheets/none.xml",
        "",
    ):
        yield (
            missing,
            f"a relationship to {target or 'nothing'}",
            lambda target=target: book(
                rels=lambda text: text.replace("/xl/worksheets/sheet5.xml", target).replace(
                    '"worksheets/sheet5.xml"', f'"{target}"'
                )
            ),
            "refused",
        )
    yield (
        missing,
        "Strict Open XML",
        lambda: book(workbook=lambda text: text.replace(MAIN, STRICT)),
        "refused F-STRICT",
    )
    yield missing, "Strict in a sheet only", lambda: book(students=lambda text: text.replace(MAIN, STRICT)), "refused"
    yield missing, "no workbook part", lambda: book(changed={"xl/workbook.xml": None}), "refused F-NOT-EXCEL"
    yield (
        missing,
        "no rows at all",
        lambda: office.workbook([], Schools=[], Terms=[], Staff=[], Courses=[], Classes=[]),
        "refused T-NO-DATA",
    )
    active = "VBA, external links, connections, OLE, ActiveX, very hidden sheets"
    for part in (
        "xl/vbaProject.bin",
        "xl/externalLinks/externalLink1.xml",
        "xl/connections.xml",
        "xl/embeddings/o.bin",
        "xl/activeX/activeX1.xml",
        "xl/ctrlProps/c.xml",
        "xl/queryTables/q.xml",
        "xl/model/item.data",
        "customUI/customUI.xml",
        "xl/macrosheets/sheet1.xml",
        "xl/oleObject1.bin",
        "xl/webextensions/w.xml",
    ):
        yield active, part, lambda part=part: book(changed={part: b"<x/>"}), "refused|ok|rows"
    yield (
        active,
        "an external target",
        lambda: book(
            rels=lambda text: text.replace(
                "</Relationships>",
                f'<Relationship Id="x" Type="{_OFFICE}/externalLinkPath" TargetMode="External" '
                'Target="file://///host/share/x.xlsx"/></Relationships>',
            )
        ),
        "refused F-EXTERNAL-LINK|refused F-ACTIVE-CONTENT",
    )
    for state in ("hidden", "veryHidden", "nonsense"):
        yield (
            active,
            f"Students {state}",
            lambda state=state: book(
                workbook=lambda text: text.replace(
                    'name="Students" sheetId="5" state="visible"', f'name="Students" sheetId="5" state="{state}"'
                )
            ),
            "refused|ok",
        )
    headers = "duplicate header, header below a title, extra columns, duplicate ids, rows of another district"
    for name, edit in {
        "a header twice": lambda text: text.replace("School ID *", "Student ID *", 1),
        "a title above": lambda text: text.replace('<row r="1"', '<row r="9999"', 1),
        "no header": lambda text: text.replace("Student ID *", "", 1),
        "columns Role, PK, SK, __class__": lambda text: text.replace(
            "</row>",
            "".join(inline(f"{c}1", n) for c, n in zip("PQRS", ("Role", "PK", "SK", "__class__"), strict=True))
            + "</row>",
            1,
        ),
        "column Password": lambda text: text.replace("</row>", inline("P1", "Password") + "</row>", 1),
    }.items():
        yield headers, name, lambda edit=edit: book(students=edit), "refused|rows"
    yield headers, "ids that differ by case", lambda: rows(student(ROW, A="X1") + student(ROW + 1, A="x1")), "rows"
    yield (
        headers,
        "the same id twice",
        lambda: rows(student(ROW, A="x1") + student(ROW + 1, A="x1", D="Other")),
        "rows",
    )
    yield headers, "a school of another district", lambda: rows(student(ROW, B="9999")), "rows R-REF"
    yield headers, "an id with #", lambda: rows(student(ROW, A="s1#ACCOUNT")), "rows R-ID-CHARS"
    crowds = "everybody at one end: more than an item of the table holds"
    yield crowds, "everybody in one class", lambda: crowd(6_000), "refused T-TOO-MANY-ERRORS"
    yield crowds, "everybody of one guardian", lambda: crowd(205, Guardians=children(205)), "rows R-FULL|held R-FULL"
    yield crowds, "a student in every class", lambda: crowd(40, **everywhere(505)), "rows R-FULL|held R-FULL"


def crowd(students: int, **tabs: list[list[Any]]) -> bytes:
    return office.workbook([office.student(n) for n in range(1, students + 1)], **tabs)


def children(students: int) -> list[list[Any]]:
    said = {"id": "g1", "first_name": "Eve", "last_name": "Moss", "relationship": "Mother"}
    return [office.row("Guardians", said | {"student": f"s{n}"}) for n in range(1, students + 1)]


def everywhere(classes: int) -> dict[str, list[list[Any]]]:
    said = {"school": "0012", "course": "M", "name": "Math", "terms": "SY", "teacher": "t1"}
    return {
        "Classes": [office.row("Classes", said | {"id": f"c{n}"}) for n in range(classes)],
        "Class_Rosters": [[f"c{n}", "s1"] for n in range(classes)],
    }


MARK = "the text"
ODD_NUMBERS = (
    "12345678901234567890",
    "1E400",
    "NaN",
    "INF",
    "-1e300",
    "1e-400",
    "0",
    "60",
    "-1",
    "1e300",
    "2958466",
    "١٢٣",
    "",
    "1,5",
    "0x10",
    "9" * 400,
)
ODD_TEXTS = {
    "NUL": "&#0;",
    "a control character": "Ev\x01e",
    "a reference to one": "Ev&#1;e",
    "a surrogate": "&#xD800;",
    "U+FFFE": "Ev\ufffee",
    "an override": "Ev\u202ee",
    "an isolate": "E\u2066ve",
    "zero width": "E\u200bve",
    "a joiner": "E\u200dve",
    "BOM": "\ufeffEve",
    "homoglyphs": "Еvе",
    "NFC": "Zoë",
    "NFD": "Zoe\u0308",
    "an escape": "_x0000_",
    "an escaped surrogate": "_xD800_",
    "an emoji": "\U0001f600",
    "private use": "\ue000",
    "only blanks": " \u00a0\u2003",
    "a newline": "Ev\ne",
    "32,768 letters": "x" * 32_768,
    "2,000 letters": "x" * 2_000,
    "300 marks on a letter": "e" + "\u0301" * 300,
    "Hangul filler": "\u3164",
    "tags": "\U000e0041",
}
FORMULAS = (
    "=1+1",
    "+1234",
    "-Smith",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    '=HYPERLINK("http://127.0.0.1:9","x")',
    "=cmd|'/C calc'!A0",
    "\uff1d1+1",
    "\uff0bx",
    "'=1",
    "%0A=1",
    '=WEBSERVICE("http://127.0.0.1:9")',
)


def cells() -> Iterator[tuple[str, str, Callable[[], bytes], str]]:
    other = "odd values in cells: a row problem at most, the other rows load"
    for value in ODD_NUMBERS:
        yield (
            other,
            f"number {value[:22]} as id, name, grade and dates",
            lambda value=value: rows(
                "".join(
                    student(ROW + n, **{column: (kind, value)})
                    for n, (column, kind) in enumerate((column, kind) for column in "ADHIM" for kind in ("", "n"))
                )
            ),
            "ok|rows",
        )
    for kind, value in (
        ("b", "2"),
        ("b", "x"),
        ("e", "#N/A"),
        ("e", "#BOOM!"),
        ("d", "2026-13-45"),
        ("d", "nonsense"),
        ("zzz", "1"),
        ("str", "x"),
        ("inlineStr", "x"),
    ):
        yield (
            other,
            f"type {kind}, value {value}",
            lambda kind=kind, value=value: rows(student(ROW, D=(kind, value), I=(kind, value))),
            "ok|rows|refused F-UNSAFE|refused F-NOT-EXCEL",
        )
    for style in ("999999", "-1", "x", "1e3"):
        yield (
            other,
            f"style {style}",
            lambda style=style: rows(student(ROW)[:-6] + cell(f"I{ROW}", 40000, style=style) + "</row>"),
            "ok|rows|refused F-UNSAFE|refused F-NOT-EXCEL",
        )
    yield (
        other,
        "a fill without child",
        lambda: book(
            styles=lambda text: text.replace("<fills", "<fills><fill/></fills><x", 1).replace("</fills>", "</x>", 1)
        ),
        "ok|rows|refused",
    )
    yield (
        "characters",
        "a surrogate as bytes",
        lambda: book(changed={STUDENTS: good()[STUDENTS].replace(b"Ana", b"A\xed\xa0\x80", 1)}),
        "refused F-NOT-EXCEL",
    )
    for name, text in ODD_TEXTS.items():
        yield (
            "characters",
            f"{name} as id, names and email",
            lambda text=text: rows(
                "".join(
                    student(ROW + n, **{column: MARK}).replace(MARK, text if text.startswith("&#") else escape(text))
                    for n, column in enumerate("ADFK")
                )
            ),
            "ok|rows|refused",
        )
    for text in FORMULAS:
        yield "formula injection", f"text {text!r}", lambda text=text: rows(student(ROW, F=text)), "ok|rows"
        yield (
            "formula injection",
            f"formula {text!r} without value",
            lambda text=text: rows(student(ROW)[:-6] + f'<c r="K{ROW}"><f>{escape(text.strip())}</f></c></row>'),
            "rows",
        )
        yield (
            "formula injection",
            f"formula {text!r} with a value",
            lambda text=text: rows(
                student(ROW)[:-6] + f'<c r="K{ROW}" t="str"><f>{escape(text.strip())}</f><v>a@b.org</v></c></row>'
            ),
            "ok|rows",
        )


def others() -> Iterator[tuple[str, str, dict[str, Any], str]]:
    """Files that are no workbook, and names."""
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2_000
    for name, data, ends in (
        ("an empty file", b"", "refused F-EMPTY"),
        (".xls", ole, "refused"),
        ("CSV", b"id,name\n1,Ana\n", "refused F-CSV"),
        ("HTML", b"<html><table><tr><td>1</td></tr></table></html>", "refused F-HTML"),
        ("JSON", b'{"a": 1}', "refused"),
        ("random bytes", random.Random(4).randbytes(50_000), "refused F-NOT-EXCEL"),
        ("a zip of nothing", zipped({}), "refused F-NOT-EXCEL"),
        ("a zip of a text", zipped({"a.txt": b"x"}), "refused F-NOT-EXCEL"),
        (
            "ODS",
            zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}),
            "refused F-ODS|refused F-NOT-EXCEL",
        ),
        ("21 MB", b"PK\x03\x04" + b"x" * (21 << 20), "refused F-TOO-BIG"),
    ):
        yield "no workbook at all", name, {"data": data}, ends
    for name in (
        "sheet.xlsx.exe",
        "sheet.xls",
        "sheet.xlsm",
        "sheet",
        "sheet.xlsx ",
        "sheet\u202exslx.exe",
        ".xlsx",
        "x.XLSX",
    ):
        yield "no workbook at all", f"the name {name!r}", {"data": None, "name": name}, "refused|ok|rows"


def cases(canary: str) -> list[Case]:
    found = [
        Case(FAMILY, threat, name, lambda make=make: {"data": make()}, ends)
        for each in (containers(), documents(canary), structures(), cells())
        for threat, name, make, ends in each
    ]
    return found + [
        Case(
            FAMILY,
            threat,
            name,
            lambda told=told: told if told["data"] is not None else told | {"data": rows(student(ROW))},
            ends,
        )
        for threat, name, told, ends in others()
    ]

"""What a file is told from its bytes (import sheet, 4.2), and what its name is for."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from rostering.xlsx import limits
from rostering.xlsx.refusal import CODES, Refused
from rostering.xlsx.workbook import open_workbook
from tests.unit.xlsx.workbooks import GOOD, MAIN, PACKAGE, STRICT, parts, reason, sheet, workbook, zipped

OLE = bytes.fromhex("D0CF11E0A1B11AE1") + b"\0" * 504
SPEC = Path(__file__).parents[3].parent / "shared" / "specs" / "import-sheet.json"


def utf16(name: str) -> bytes:
    return name.encode("utf-16-le").ljust(128, b"\0")


@pytest.mark.parametrize(("data", "expected"), [
    (b"", ("EMPTY_FILE", "F-EMPTY")),
    (b"PK\x03\x04" + b"\0" * limits.FILE_BYTES, ("FILE_TOO_BIG", "F-TOO-BIG")),
    (OLE + utf16("Root Entry") + utf16("EncryptionInfo") + utf16("EncryptedPackage"),
     ("OLE_ENCRYPTED", "F-PASSWORD")),
    (OLE + utf16("Workbook") + utf16("EncryptedPackage"), ("OLE_ENCRYPTED", "F-PASSWORD")),
    (OLE + b"\0" * 100_000 + utf16("Workbook"), ("OLE_WORKBOOK", "F-OLD-XLS")),
    (OLE + utf16("Book"), ("OLE_WORKBOOK", "F-OLD-XLS")),
    (OLE + "Book".encode("utf-16-le"), ("OLE_WORKBOOK", "F-OLD-XLS")),
    (OLE + utf16("WordDocument"), ("OLE_OTHER", "F-NOT-EXCEL")),
    (b"<html><body><table><tr><td>1", ("NOT_XLSX", "F-HTML")),
    (b"\r\n<!-- export --><TABLE border=1>", ("NOT_XLSX", "F-HTML")),
    ("\ufeff<html>".encode("utf-16-le"), ("NOT_XLSX", "F-HTML")),
    (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook>', ("NOT_XLSX", "F-HTML")),
    (b'\xef\xbb\xbf<?xml version="1.0"?><ss:Workbook>', ("NOT_XLSX", "F-HTML")),
    (b"Student ID,School ID\n004512,0012\n", ("NOT_XLSX", "F-CSV")),
    (b"Student ID;School ID\n", ("NOT_XLSX", "F-CSV")),
    (b"Student ID\tSchool ID\n", ("NOT_XLSX", "F-CSV")),
    ("Garc\u00eda,Jos\u00e9".encode("cp1252"), ("NOT_XLSX", "F-CSV")),
    ("\ufeffGarc\u00eda\tJos\u00e9".encode("utf-16-le"), ("NOT_XLSX", "F-CSV")),
    ("\ufeffGarc\u00eda\tJos\u00e9".encode("utf-16-be"), ("NOT_XLSX", "F-CSV")),
    (("x" * 65_535 + "\u00e9,").encode(), ("NOT_XLSX", "F-NOT-EXCEL")),
    (("," * 65_535 + "\u00e9").encode(), ("NOT_XLSX", "F-CSV")),
    (b"just words", ("NOT_XLSX", "F-NOT-EXCEL")),
    (b'<?xml version="1.0"?><roster/>', ("NOT_XLSX", "F-NOT-EXCEL")),
    (b"%PDF-1.7,\x00\x01", ("NOT_XLSX", "F-NOT-EXCEL")),
    (b"\x89PNG\r\n\x1a\n,", ("NOT_XLSX", "F-NOT-EXCEL")),
    (b"PK", ("NOT_XLSX", "F-NOT-EXCEL")),
    (b"PK\x03\x04", ("BAD_ZIP", "F-NOT-EXCEL")),
    (b"PK\x05\x06" + b"\0" * 18, ("NOT_XLSX", "F-NOT-EXCEL")),
    (b" " + workbook(GOOD), ("NOT_XLSX", "F-NOT-EXCEL")),
])
def test_the_bytes_tell_what_a_file_is(data: bytes, expected: tuple[str, str]) -> None:
    assert reason(data) == expected


def test_the_limit_of_the_file_is_told_in_megabytes() -> None:
    with pytest.raises(Refused) as raised:
        open_workbook(io.BytesIO(b"PK\x03\x04" + b"\0" * (limits.FILE_BYTES + 1)), name="sheet.xlsx")
    assert raised.value.facts == {"n": 21}


def test_a_file_of_exactly_the_limit_is_looked_into() -> None:
    assert reason(b"PK\x03\x04".ljust(limits.FILE_BYTES, b"\0"))[0] == "BAD_ZIP"


TYPES = '<Types xmlns="' + PACKAGE + '/content-types">{}</Types>'


def override(part: str, type: str) -> str:
    return TYPES.format(f'<Override PartName="/{part}" ContentType="application/{type}"/>')


@pytest.mark.parametrize(("changed", "expected"), [
    ({"xl/workbook.bin": b"x"}, ("NOT_XLSX", "F-XLSB")),
    ({"Index/Document.iwa": b"x"}, ("NOT_XLSX", "F-NUMBERS")),
    ({"Index.zip": b"x"}, ("NOT_XLSX", "F-NUMBERS")),
    ({"xl/vbaProject.bin": b"x"}, ("MACRO", "F-MACROS")),
    ({"XL/VBAPROJECT.BIN": b"x"}, ("MACRO", "F-MACROS")),
    ({"xl/macrosheets/sheet1.xml": b"x"}, ("MACRO", "F-MACROS")),
    ({"xl/dialogsheets/sheet1.xml": b"x"}, ("MACRO", "F-MACROS")),
    ({"[Content_Types].xml": override("xl/workbook.xml", "vnd.ms-excel.sheet.macroEnabled.main+xml")},
     ("MACRO", "F-MACROS")),
    ({"xl/odd.bin": b"x", "[Content_Types].xml": override("xl/odd.bin", "vnd.ms-office.vbaProject")},
     ("MACRO", "F-MACROS")),
    ({"xl/externalLinks/externalLink1.xml": b"x"}, ("EXTERNAL_LINK", "F-EXTERNAL-LINK")),
    ({"xl/_rels/workbook.xml.rels":
      f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="t" '
      r'Target="file:///\\host\share\x.xlsx" TargetMode="External"/></Relationships>'},
     ("EXTERNAL_LINK", "F-EXTERNAL-LINK")),
    ({"xl/connections.xml": b"x"}, ("ACTIVE_CONTENT", "F-ACTIVE-CONTENT")),
    ({"xl/queryTables/queryTable1.xml": b"x"}, ("ACTIVE_CONTENT", "F-ACTIVE-CONTENT")),
    ({"xl/embeddings/oleObject1.bin": b"x"}, ("ACTIVE_CONTENT", "F-ACTIVE-CONTENT")),
    ({"xl/activeX/activeX1.xml": b"x"}, ("ACTIVE_CONTENT", "F-ACTIVE-CONTENT")),
    ({"[Content_Types].xml": None}, ("MISSING_PART", "F-NOT-EXCEL")),
    ({"xl/workbook.xml": None}, ("MISSING_PART", "F-NOT-EXCEL")),
    ({"xl/_rels/workbook.xml.rels": None}, ("MISSING_PART", "F-NOT-EXCEL")),
    ({"xl/worksheets/sheet1.xml": None}, ("MISSING_PART", "F-NOT-EXCEL")),
    ({"xl/workbook.xml": f'<workbook xmlns="{STRICT}"><sheets/></workbook>'}, ("STRICT_OOXML", "F-STRICT")),
    ({"xl/worksheets/sheet1.xml": f'<worksheet xmlns="{STRICT}"><sheetData/></worksheet>'},
     ("STRICT_OOXML", "F-STRICT")),
    ({"xl/workbook.xml": "<workbook><sheets/></workbook>"}, ("NOT_XLSX", "F-NOT-EXCEL")),
    ({"xl/workbook.xml": f'<workbook xmlns="{MAIN}"><sheets/></workbook>'}, ("MISSING_PART", "F-NOT-EXCEL")),
    ({"xl/worksheets/sheet1.xml": f'<chartsheet xmlns="{MAIN}"/>'}, ("NOT_XLSX", "F-NOT-EXCEL")),
    ({"xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"/>'}, ("XML_MALFORMED", "F-NOT-EXCEL")),
    ({"xl/media/image1.png": b"x", "xl/drawings/drawing1.xml": b"<a/>", "docProps/app.xml": b"<a/>"},
     ("ok", "")),
])
def test_the_parts_tell_what_a_workbook_is(changed: dict[str, str | bytes | None],
                                           expected: tuple[str, str]) -> None:
    assert reason(workbook(GOOD, changed=changed)) == expected


def test_an_opendocument_file_is_told_by_its_first_entry() -> None:
    mimetype = "application/vnd.oasis.opendocument.spreadsheet"
    assert reason(zipped({"mimetype": mimetype, "content.xml": "<a/>"})) == ("NOT_XLSX", "F-ODS")


def test_hyperlinks_of_a_sheet_are_harmless() -> None:
    relations = (f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="hyperlink" '
                 'Target="mailto:ana@example.org" TargetMode="External"/></Relationships>')
    assert reason(workbook(GOOD, changed={"xl/worksheets/_rels/sheet1.xml.rels": relations}))[0] == "ok"


@pytest.mark.parametrize("name", ["roster.xlsx", "ROSTER.XLSX", "a b (2).xlsx", ".xlsx"])
def test_a_name_that_ends_in_xlsx_is_fine(name: str) -> None:
    assert reason(workbook(GOOD), name=name) == ("ok", "")


@pytest.mark.parametrize("name", ["roster.xlsx.exe", "roster.xls", "roster", "roster.xlsm", "xlsx", ""])
def test_the_name_is_judged_when_all_else_is_good(name: str) -> None:
    assert reason(workbook(GOOD), name=name) == ("BAD_NAME", "F-NAME")
    assert reason(b"a,b", name=name)[1] == "F-CSV"
    assert reason(workbook(GOOD, changed={"xl/vbaProject.bin": b"x"}), name=name)[1] == "F-MACROS"


def test_the_states_names_and_properties_of_the_tabs_are_told() -> None:
    found = parts({"Students": sheet(GOOD), "Old & gone": sheet(), "Codes": sheet()},
                  states={"Old & gone": "hidden", "Codes": "veryHidden"},
                  workbook_head='<workbookPr date1904="1"/>')
    found["docProps/custom.xml"] = (
        '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
        'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">'
        '<property pid="2" name="SisImportSheetVersion"><vt:lpwstr>1</vt:lpwstr></property></Properties>')
    with open_workbook(io.BytesIO(zipped(found)), name="sheet.xlsx") as book:
        assert book.sheet_names == ["Students", "Old & gone", "Codes"]
        assert book.hidden == {"Old & gone": "hidden", "Codes": "veryHidden"}
        assert book.custom_properties == {"SisImportSheetVersion": "1"}
        assert book.date1904 is True
        with pytest.raises(KeyError):
            book.sheet("Staff")


def test_a_file_on_disk_is_opened_and_closed(tmp_path: Path) -> None:
    file = tmp_path / "sheet.xlsx"
    file.write_bytes(workbook(GOOD))
    with open_workbook(file, name=file.name) as book:
        assert book.sheet("Students").header() == ["Student ID *", "School ID *", "Last Name *"]


@pytest.mark.parametrize("target", ["worksheets/sheet1.xml", "/xl/worksheets/sheet1.xml",
                                    "../xl/worksheets/sheet1.xml", "./worksheets/sheet1.xml",
                                    "worksheets/Sheet1.xml", "worksheets/sheet%31.xml"])
def test_a_relationship_is_resolved_inside_the_package(target: str) -> None:
    found = parts({"Students": sheet(GOOD)})
    relations = found["xl/_rels/workbook.xml.rels"]
    assert isinstance(relations, str)
    found["xl/_rels/workbook.xml.rels"] = relations.replace("worksheets/sheet1.xml", target)
    assert reason(zipped(found)) == ("ok", "")


@pytest.mark.parametrize("target", ["../../../etc/passwd", "/etc/passwd", "", "http://127.0.0.1/sheet1.xml"])
def test_a_relationship_to_no_part_is_a_missing_part(target: str) -> None:
    found = parts({"Students": sheet(GOOD)})
    relations = found["xl/_rels/workbook.xml.rels"]
    assert isinstance(relations, str)
    found["xl/_rels/workbook.xml.rels"] = relations.replace("worksheets/sheet1.xml", target)
    assert reason(zipped(found))[0] == "MISSING_PART"


@pytest.mark.skipif(not SPEC.exists(), reason="the handbook is not next to the repository")
def test_limits_and_reasons_are_those_of_the_handbook() -> None:
    spec = json.loads(SPEC.read_text())
    assert spec["reader_reasons"] == CODES
    ours = {"part_ratio_above_bytes": "PART_RATIO_ABOVE_BYTES", "data_rows_per_tab": "DATA_ROWS"}
    told_elsewhere = {"messages_per_tab", "row_error_percent", "row_error_rows",
                      "auto_apply_row_error_percent"}
    for name, value in spec["limits"].items():
        if name not in told_elsewhere:
            assert getattr(limits, ours.get(name, name.upper())) == value, name

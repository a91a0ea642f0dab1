"""Why a workbook is turned back: the reader's reasons and the codes they carry."""

from __future__ import annotations

from rostering.errors import InputError

# `reader_reasons` of import-sheet.json. The reason is logged, the code is what the sender sees.
CODES = {
    "EMPTY_FILE": "F-EMPTY",
    "FILE_TOO_BIG": "F-TOO-BIG",
    "OLE_ENCRYPTED": "F-PASSWORD",
    "OLE_WORKBOOK": "F-OLD-XLS",
    "OLE_OTHER": "F-NOT-EXCEL",
    "BAD_ZIP": "F-NOT-EXCEL",
    "NOT_XLSX": "F-NOT-EXCEL",
    "MISSING_PART": "F-NOT-EXCEL",
    "XML_MALFORMED": "F-NOT-EXCEL",
    "BAD_NAME": "F-NAME",
    "STRICT_OOXML": "F-STRICT",
    "MACRO": "F-MACROS",
    "EXTERNAL_LINK": "F-EXTERNAL-LINK",
    "ACTIVE_CONTENT": "F-ACTIVE-CONTENT",
    "TOO_MANY_PARTS": "F-UNSAFE",
    "UNZIPPED_TOO_BIG": "F-UNSAFE",
    "BAD_PART_NAME": "F-UNSAFE",
    "DUPLICATE_PART": "F-UNSAFE",
    "OVERLAPPING_PARTS": "F-UNSAFE",
    "BAD_COMPRESSION": "F-UNSAFE",
    "ENCRYPTED_PART": "F-UNSAFE",
    "DTD_FORBIDDEN": "F-UNSAFE",
    "XML_TOO_DEEP": "F-UNSAFE",
    "XML_LIMIT": "F-UNSAFE",
    "WORKBOOK_TOO_BIG": "F-UNSAFE",
    "STYLES_TOO_BIG": "F-UNSAFE",
    "TOO_MANY_SHEETS": "F-UNSAFE",
    "BAD_COORDINATE": "F-UNSAFE",
    "DUP_ROW": "F-UNSAFE",
    "BAD_SHARED_STRING": "F-UNSAFE",
    "CELL_TOO_LONG": "F-UNSAFE",
    "TOO_MANY_ROWS": "T-TOO-MANY-ROWS",
}


class Refused(InputError):
    """The workbook is turned back as a whole. Final: reading it again gives the same.

    `reason` is one of CODES; `code` is narrower than CODES[reason] only where the reason is
    NOT_XLSX and the gate knows what the file is instead (F-CSV, F-HTML, F-ODS, F-XLSB,
    F-NUMBERS). `facts` fill the placeholders of the code's message (`n` megabytes of
    F-TOO-BIG); `tab` is the raw name of the tab that was being read, if any.
    """

    def __init__(self, reason: str, code: str = "", **facts: object) -> None:
        super().__init__(code or CODES[reason], f"the workbook is turned back ({reason})")
        self.reason = reason
        self.facts = facts
        self.tab: str | None = None

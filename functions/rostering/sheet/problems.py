"""Everything the sheet can be told off for: the catalog, and the list that a reading fills.

The first letter of a code is its severity: F and T turn the whole workbook back, R keeps one row
out, W is loaded but wants a look, I stands in the full report only (import sheet, section 6).
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator
from typing import Any

from rostering.model import Problem
from rostering.sheet.columns import MAX_LISTED, TAB
from rostering.sheet.spool import Spool

MESSAGES = {
    "F-EMPTY": "The file is empty. Save it again and send it once more.",
    "F-PASSWORD": "The file has a password. In Excel: File > Info > Protect Workbook > Encrypt with "
                  "Password, clear the box, save.",
    "F-OLD-XLS": "This is an old Excel file (.xls). Open it and choose Save As > Excel Workbook (.xlsx).",
    "F-CSV": "This is a CSV file. Please use the SIS Import Sheet (.xlsx). CSV files lose the zeros in "
             "front of IDs.",
    "F-ODS": "This is a LibreOffice file. Save it as Excel Workbook (.xlsx).",
    "F-XLSB": "This is an Excel Binary file. Save it as Excel Workbook (.xlsx).",
    "F-NUMBERS": "This is a Numbers file. Export it as Excel Workbook (.xlsx).",
    "F-STRICT": "This is a Strict Open XML file. Save it as Excel Workbook (.xlsx), not Strict.",
    "F-HTML": "This is a web page that only looks like an Excel file. Open it in Excel, then Save As > "
              "Excel Workbook (.xlsx), and paste the data into the SIS Import Sheet.",
    "F-NOT-EXCEL": "We cannot read this as an Excel file. It may be damaged. Save it again as Excel "
                   "Workbook (.xlsx).",
    "F-NAME": "The file name must end in .xlsx. Choose Save As > Excel Workbook (.xlsx).",
    "F-MACROS": "This file has macros. Choose Save As > Excel Workbook (.xlsx), which takes them out, and "
                "send that file.",
    "F-EXTERNAL-LINK": "This file is linked to another workbook. Paste your data as values (Paste Special "
                       "> Values) into a fresh sheet.",
    "F-ACTIVE-CONTENT": "This file has a data connection or an embedded object. Paste your data as values "
                        "into a fresh sheet.",
    "F-UNSAFE": "The file has parts that are not allowed. Start from a fresh sheet.",
    "F-TOO-BIG": "The file is too big ({n} MB; most is 20 MB). Send one file per school.",
    "F-WRONG-WORKBOOK": "This is not the SIS Import Sheet. Download it from {url}.",
    "F-OLD-VERSION": "This is version {v} of the sheet. Please use version {n}.",
    "F-WRONG-SITE": "The sheet says '{x}' but was sent for '{y}'.",
    "F-SAME-FILE": "The same file was already loaded on {date}. Nothing to do.",
    "T-TAB-MISSING": "The tab '{t}' is missing. Tabs must not be deleted; leave a tab empty if you have "
                     "nothing for it.",
    "T-TAB-TWICE": "The tab '{t}' is there twice ('{t2}'). Keep one.",
    "T-HIDDEN-TAB": "The tab '{t}' is hidden but has data. Right-click any tab > Unhide, look at it, and "
                    "send the file again.",
    "T-NO-DATA": "The sheet has no data rows. Nothing was loaded.",
    "T-NO-HEADER": "row 1 is not the header row. Row 1 must hold the column names. Start from a fresh "
                   "sheet and paste your data from row 2 on.",
    "T-COLUMN-TWICE": "'{h}' is there twice (columns {a}, {b}). Start from a fresh sheet and paste your "
                      "data into it.",
    "T-COLUMN-RENAMED": "column {a} should be '{h}' but is '{g}'. Type '{h}' again if the data below is "
                        "right.",
    "T-COLUMN-DELETED": "column {a} '{h}' is missing. Columns must not be deleted. Start from a fresh "
                        "sheet and paste your data into it.",
    "T-COLUMN-ADDED": "column {a} '{g}' was added. Delete it, or start from a fresh sheet.",
    "T-COLUMN-MOVED": "'{h}' belongs in column {a} but is in column {b}. Columns must not be moved. Start "
                      "from a fresh sheet and paste your data into it.",
    "T-COLUMN-FORBIDDEN": "column {a} '{g}' is not allowed in the sheet. Delete the column; the sheet "
                          "never carries passwords, rights or Social Security numbers.",
    "T-TOO-MANY-ERRORS": "{n} of {m} rows have an error. A column may have slipped. Nothing was loaded.",
    "T-TOO-MANY-ROWS": "The tab has more than {m} rows. Send one file per school.",
    "R-MERGED": "Cells {ref} are merged. Unmerge them (Home > Merge & Center) and fill each cell.",
    "R-REQUIRED": "is empty. {Header} is required. Fill it in, or clear the whole row.",
    "R-FORMULA-NO-VALUE": "has a formula without a result. Copy the column, then Paste Special > Values.",
    "R-CELL-ERROR": "shows '{v}'. Replace it by the value.",
    "R-TOO-LONG": "is too long ({n} letters, most is {m}).",
    "R-BAD-CHARS": "has letters that are not allowed: {list}.",
    "R-ID-ROUNDED": "Excel has rounded this ID. Format the column as Text and type or paste the ID again.",
    "R-ID-DATE": "Excel has turned this ID into a date. Format the column as Text and type it again.",
    "R-ID-CHARS": "'{v}' is not an ID. Letters, digits and . _ - / : only.",
    "R-DUPLICATE": "{Key} '{v}' is also in row {r}. Keep one row. (Neither row is loaded.)",
    "R-DUPLICATE-CASE": "{Key} '{v}' and '{w}' in row {r} differ only in capital letters. Correct one of "
                        "them. (Neither row is loaded.)",
    "R-NOT-ON-LIST": "'{v}' is not one of: {list}.",
    "R-GRADE": "'{v}' is not a grade. Use KG, 01 ... 12.",
    "R-YEAR": "'{v}' is not a school year. Type the year it ends in, for example 2027.",
    "R-DATE": "'{v}' is not a date. Type it as month/day/year, for example 8/24/2026.",
    "R-DATE-ORDER": "'{v}' has a month above 12. Type month/day/year.",
    "R-DATE-RANGE": "{Start} and {End} do not fit together: {reason}.",
    "R-EMAIL": "'{v}' is not one email address.",
    "R-EMAIL-TAKEN": "'{v}' is also used in row {r}. Each person needs their own email. (Neither row is "
                     "loaded.)",
    "R-USERNAME": "'{v}' is not a username. Use 3 to 32 of a-z 0-9 . _ - , or the email, or leave it "
                  "blank.",
    "R-USERNAME-TAKEN": "The username '{v}' is already taken. Leave the cell blank and the system makes "
                        "one.",
    "R-REF": "'{v}' is not in the {tab} tab and not in the site.",
    "R-PARENT": "depends on {tab} row {r}, which has an error.",
    "R-DISAGREE": "says '{a}', but row {r} says '{b}' for the same {key}.",
    "R-ROLE-CHANGE": "this ID belongs to a {role} account. One account has one role.",
    "R-MATCH-HELD": "could be one of {n} accounts. The helpdesk will decide.",
    "W-EXTRA-TAB": "The tab '{t}' is not part of the sheet and was not read.",
    "W-EXTRA-COLUMN": "column {a} ('{g}') is not part of the sheet and was not read.",
    "W-NO-STAMP": "The first tab was changed. The load type was taken as Add and update.",
    "W-HIDDEN-ROWS": "{n} hidden rows were loaded too (first: row {r}). Remove the filter to see them.",
    "W-FORMULA": "has a formula; we took its result '{v}'.",
    "W-GARBLED": "looks garbled ('{v}'). Accents may be broken; check the export.",
    "W-ID-ROUNDED": "ends with many zeros; Excel may have rounded it.",
    "W-ID-ZEROS": "'{v}' is not known but '{w}' is. Excel may have dropped the zeros in front.",
    "W-NCES": "'{v}' is not a 12-digit NCES School ID. It was not stored.",
    "W-GRADE-ORDER": "Low Grade {a} is above High Grade {b}. Both were left out.",
    "W-PRINCIPAL": "'{v}' is not a known Staff ID. The school was loaded without a principal.",
    "W-DUPLICATE-SAME": "is the same as row {r}; counted once.",
    "W-RELATIONSHIP": "'{v}' was kept as text and counted as Other.",
    "W-PHONE": "'{v}' does not look like a phone number. It was kept as typed.",
    "W-PRIMARY-TWICE": "this student has more than one primary contact (also row {r}). The first one "
                       "counts.",
    "W-DATE-SERIAL": "{n} looked like an Excel date; we read {date}.",
    "W-DATE-2DIGIT": "'{v}' was read as {year}. Type four digits.",
    "W-AGE": "Birth Date makes this student {n} years old.",
    "W-EMAIL-DOMAIN": "'{v}' has an unusual domain. Did you mean {w}?",
    "W-EMAIL-SHARED": "'{v}' is also the email of row {r}. Each of them logs in with their own username.",
    "W-EMAIL-NEEDED": "is empty. This site logs in by email, so the student cannot log in yet.",
    "W-GUARDIAN-NO-EMAIL": "is empty. This guardian cannot reset a password alone.",
    "W-USERNAME-IGNORED": "Usernames are not changed by the sheet. The account keeps '{w}'.",
    "W-REF-INACTIVE": "'{v}' is switched off.",
    "W-STUDENT-NO-CLASS": "{n} students are in no class (first: row {r}).",
    "W-CLASS-NO-STUDENT": "{n} classes have no students (first: row {r}).",
    "W-STUDENT-NO-GUARDIAN": "{n} students have no guardian (first: row {r}).",
    "W-CLASS-OTHER-SCHOOL": "{n} roster rows put a student in a class of a school that is not theirs "
                            "(first: row {r}).",
    "I-BLANK-ROWS": "Blank rows were skipped.",
    "I-ZEROS-KEPT": "we read {n} as shown: '{v}'.",
    "I-EMAIL-LINKS": "the two accounts can be connected.",
    "I-MATCHED-LOCAL": "was matched to an account of another feed by its local ID.",
    "I-MATCHED-STATE": "was matched to an account by its state ID.",
}

# Ours, beyond the catalog of the handbook.
MORE_MESSAGES = {
    "R-FULL": "{who} has more than {m} {what} in this tab, and that can't be right. This row is not loaded. Look "
              "whether the column was filled down or has slipped.",
    "W-DRIFT": "'{key}': the table said something else than the source ({list}). It was set right.",
    "W-REPORT-OLD": "This is the report of load {l}, which is older than 30 days. All of its rows were read again, "
                    "not only the corrected ones.",
    "I-REPAIRED": "This is the report of load {l}. Rows that were corrected in it and are taken: {n}. The others "
                  "count as they were.",
    "I-CORRECTED": "'{v}' was read as '{w}': corrected by hand in Rollbook.",
}

# Said instead if a value is missing.
_WITHOUT_VALUE = {
    "T-COLUMN-ADDED": ("g", "column {a} has no header. Delete it, or start from a fresh sheet."),
}

MAX_KEPT = 50_000
NOTHING_LOADED = "Nothing was loaded."
_LETTERS_SHOWN = 60
_CHUNK = 5_000
_URGENCY = {"F": 0, "T": 0, "R": 1, "W": 2, "I": 3}


def problem(code: str, tab: str = "", row: int = 0, column: str = "", /, **values: Any) -> Problem:
    """A problem of the catalog with its message filled in.

    Messages about a tab as a whole begin with the tab unless they name it; messages that turn the
    workbook back end with "Nothing was loaded.". Values are cut at 60 letters.

    Raises KeyError for an unknown code or a missing value.
    """
    message = MESSAGES.get(code) or MORE_MESSAGES[code]
    name, other = _WITHOUT_VALUE.get(code, ("", ""))
    if other and not values.get(name):
        message = other
    text = message.format_map({name: _shown(value) for name, value in values.items()})
    if tab and not row and "{t}" not in message:
        text = f"`{tab}` tab: {text}"
    if code[0] in "FT" and not text.endswith(NOTHING_LOADED):
        text = f"{text} {NOTHING_LOADED}"
    return Problem(code, tab, row, column, text)


def sentence(problem: Problem) -> str:
    """The problem in one line, as a secretary reads it: `Students H14 (Grade): 'X' is not ...`."""
    if not problem.row:
        return problem.message
    columns = TAB[problem.tab].columns if problem.tab in TAB else ()
    letter = next((each.letter for each in columns if each.header == problem.column), "")
    column = f" ({problem.column})" if problem.column else ""
    place = f"{letter}{problem.row}" if letter else f"row {problem.row}"
    return f"{problem.tab} {place}{column}: {problem.message}"


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _LETTERS_SHOWN else text[:_LETTERS_SHOWN - 1] + "\u2026"


class Problems:
    """The problems of one reading: all are counted, at most 1,000 of each tab are listed.

    Iterating yields what is listed by tab, row and column, workbook problems first. If a tab has
    more, errors are listed before warnings and warnings before notes, in the order of rows.
    `counts_by_tab_and_code` counts all of them.
    """

    def __init__(self, spool: Spool) -> None:
        self.counts_by_tab_and_code: Counter[tuple[str, str]] = Counter()
        self._spool = spool
        self._about: dict[str, list[Problem]] = {}
        self._fresh: dict[str, list[tuple]] = {}
        self._chunks: dict[str, list[tuple[int, int]]] = {}
        self._listed: dict[str, list[Problem]] = {}

    def add(self, code: str, tab: str = "", /, **values: Any) -> None:
        """A problem of the workbook or of a whole tab."""
        self._about.setdefault(tab, []).append(problem(code, tab, **values))
        self.counts_by_tab_and_code[tab, code] += 1
        self._listed.pop(tab, None)

    def note(self, tab: str, row: int, column: int, code: str, values: dict[str, Any]) -> None:
        """A problem of one cell; `column` counts from 0. `values` are str and int."""
        self.counts_by_tab_and_code[tab, code] += 1
        fresh = self._fresh.setdefault(tab, [])
        fresh.append((_URGENCY[code[0]], row, column, code, values))
        if len(fresh) >= _CHUNK:
            self._chunks.setdefault(tab, []).append(self._spool.append(fresh))
            fresh.clear()
        self._listed.pop(tab, None)

    def __iter__(self) -> Iterator[Problem]:
        for tab in ("", *TAB):
            yield from self.listed(tab)

    def listed(self, tab: str) -> list[Problem]:
        """At most 1,000 problems of one tab (of the workbook: ""), by row and column."""
        if tab not in self._listed:
            about = self._about.get(tab, [])[:MAX_LISTED]
            self._listed[tab] = about + self._first(tab, MAX_LISTED - len(about))
        return self._listed[tab]

    def unlisted(self, tab: str) -> int:
        """How many more there are than are listed."""
        total = sum(count for (name, _), count in self.counts_by_tab_and_code.items() if name == tab)
        return total - len(self.listed(tab))

    def of_rows(self, tab: str) -> dict[int, list[Problem]]:
        """Row number to the problems of that row, rows rising; errors first up to 50,000 problems."""
        rows: dict[int, list[Problem]] = {}
        for each in self._first(tab, MAX_KEPT):
            rows.setdefault(each.row, []).append(each)
        return rows

    def count(self, severity: str, tab: str) -> int:
        return sum(count for (name, code), count in self.counts_by_tab_and_code.items()
                   if name == tab and code[0] == severity)

    def _first(self, tab: str, most: int) -> list[Problem]:
        notes = heapq.nsmallest(most, self._notes(tab), key=lambda note: note[:4])
        columns = TAB[tab].columns if tab in TAB else ()
        notes.sort(key=lambda note: (note[1], note[2], note[0], note[3]))
        return [problem(code, tab, row, columns[column].header, **values)
                for _, row, column, code, values in notes]

    def _notes(self, tab: str) -> Iterator[tuple]:
        for place in self._chunks.get(tab, ()):
            yield from self._spool.load(place)
        yield from self._fresh.get(tab, ())

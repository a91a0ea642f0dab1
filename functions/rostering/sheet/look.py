"""How the workbook looks to the people who fill it in: header texts, notes, widths, the first tab.

The template and the report are written by different libraries and share what is here, so that a
report can be corrected in place and handed in again. Needs no library itself.
"""

from __future__ import annotations

from rostering.model import GRADES
from rostering.sheet.columns import TEMPLATE, VERSION, Column

REQUIRED_FILL = "FFFF00"
OPTIONAL_FILL = "D9D9D9"
REQUIRED_MARK = " *"
TEXT_FORMAT = "@"
DATE_FORMAT = "m/d/yyyy"

LIST_LETTERS = 255  # what Excel takes for a drop-down that is written out

# Section 2, below the stamp: word for word, the second one is what people remember.
RULES = (
    "RULE 1: Do not move or delete columns.",
    "RULE 2: DO NOT MOVE OR DELETE COLUMNS!!!",
    "Yellow columns marked * are required.",
)

ADVICE = (
    "Fill in the tabs from left to right. A tab may stay empty: it means \"nothing new\" and never "
    "deletes anything.",
    "Row 1 of each tab holds the column names. Data starts in row 2. Point at a column name to see "
    "its format, an example and its rule.",
    "A blank cell in a gray column keeps what is stored. Type (clear) to empty it.",
    "Paste with Paste Special > Values, so that IDs keep the zeros in front.",
    "Never put passwords, rights or Social Security numbers into this workbook.",
)

LOAD_TYPE_ADVICE = (
    ("Add and update", "Rows are added or updated. Whoever is not in the sheet stays as is. "
     "To switch somebody off, set Status to Inactive."),
    ("Complete list", "The sheet is the whole truth for the schools in the Schools tab. Whoever is "
     "missing is proposed to be switched off; a person approves it first."),
)

TAB_ADVICE = {
    "Schools": "One row per school.",
    "Terms": "One row per school year, semester, quarter ...",
    "Staff": "One row per employee: teachers and other staff.",
    "Students": "One row per student.",
    "Guardians": "One row per guardian per student: a mother of three has three rows.",
    "Courses": "One row per course.",
    "Classes": "One row per class (section) with its teachers.",
    "Class Rosters": "One row per student per class.",
    "Groups": "One row per member of a group.",
}

_WIDTHS = {"id": 16, "nces": 18, "text": 28, "name": 18, "grade": 10, "date": 12, "year": 13,
           "email": 34, "username": 20, "phone": 18, "enum": 14, "enum_soft": 16, "status": 10,
           "yesno": 10, "gradelist": 14}


def header_text(column: Column) -> str:
    """The header cell's text; required columns end with the mark, since color is lost in print."""
    return column.header + (REQUIRED_MARK if column.required else "")


def note(column: Column) -> str:
    """The header cell's note: required or not, format, longest value, example, rule; one a line."""
    lines = [f"{column.header} ({'required' if column.required else 'optional'})",
             f"Format: {column.format}"]
    if column.type not in {"date", "status", "yesno", "grade"}:
        lines.append(f"Longest: {column.max} letters")
    if column.example:
        lines.append(f"Example: {column.example}")
    if column.rule:
        lines.append(column.rule)
    return "\n".join(lines)


def width(column: Column) -> int:
    """Width in characters: room for usual values and for the header."""
    return max(_WIDTHS.get(column.type, 16), len(header_text(column)) + 3)


def choices(column: Column) -> tuple[tuple[str, ...], bool]:
    """The drop-down's words (none: no drop-down), and whether other words are refused while typing.

    Grades may be typed as `K` or `1st`, and any relationship is kept as its label: there the list
    only helps. A list too long for a drop-down is left out.
    """
    if column.type == "grade":
        return GRADES, False
    words = tuple(column.values or ())
    if len(",".join(words)) > LIST_LETTERS:
        return (), False
    return words, column.type != "enum_soft"


def school_year(end: int) -> str:
    """2027 as people write it: 2026-27."""
    return f"{end - 1}-{end % 100:02d}"


def stamp(*, site_name: str, school_year: str, load_type: str, prepared_by: str = "",
          prepared_on: str = "") -> list[tuple[str, str]]:
    """The rows of `Read Me First!A1:B7`: label and value."""
    return [("Template", TEMPLATE), ("Template version", str(VERSION)), ("District", site_name),
            ("School year", school_year), ("Load type", load_type), ("Prepared by", prepared_by),
            ("Prepared on", prepared_on)]

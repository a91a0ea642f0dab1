"""The SIS Import Sheet as data: its tabs and columns (import sheet, sections 2 and 3).

The template is drawn from it, the reader checks against it, the report is laid out by it. Only
this package knows the sheet's words; `field` and `kind` are the words of `rostering.model`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

VERSION = 1
TEMPLATE = "SIS-IMPORT-SHEET"
STAMP_TAB = "Read Me First"
VERSION_PROPERTY = "SisImportSheetVersion"
LOAD_TYPES = ("Add and update", "Complete list")
CLEAR = "(clear)"

# Ours on the way back (section 7): ignored when a report is handed in again.
REPORT_TAB = "Summary"
REPORT_PROPERTY = "RollbookLoad"      # the load whose report a workbook is; its Summary says so too
REPORT_FACT = "Load"
RESULT_HEADER = "Result"

MAX_ROWS = 200_000
MAX_COLUMNS = 50
MAX_CELL_LETTERS = 1_000
MAX_LISTED = 1_000

# Whole words of a normalized header that no column we do not know may have.
FORBIDDEN_WORDS = ("admin", "passcode", "password", "permission", "permissions", "pin", "right", "rights",
                   "role", "secret", "ssn", "social security")

ACTIVE = ("Active", "Inactive")
YES_NO = ("Yes", "No")
TERM_TYPES = ("School Year", "Semester", "Trimester", "Quarter", "Summer", "Other")
RELATIONSHIPS = ("Mother", "Father", "Parent", "Stepmother", "Stepfather", "Grandparent", "Aunt", "Uncle",
                 "Sibling", "Foster Parent", "Guardian", "Other")

_FORMATS = {"id": "id characters", "text": "any text", "name": "any letters", "nces": "exactly 12 digits",
            "date": "date", "email": "one email address", "gradelist": "grades separated by ;",
            "username": "a-z 0-9 . _ - , 3 to 32, or the email", "ref:Schools": "a School ID",
            "ref:Staff": "a Staff ID", "ref:Students": "a Student ID", "ref:Courses": "a Course ID",
            "ref:Classes": "a Class ID", "reflist:Schools": "School IDs separated by ;"}
_VALUES = {"status": ACTIVE, "yesno": YES_NO}
_EXAMPLES = {"status": "Active"}
_RULES = {"status": "Blank = Active."}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a tab. `max` counts characters of the stored value; `values` is a closed list.

    `type` is one of section 3.1: id, nces, text, name, grade, gradelist, date, year, email,
    username, phone, enum, enum_soft, status, yesno, `ref:Tab` or `reflist:Tab`. `field` is its name
    in a record.
    """

    header: str
    field: str
    type: str
    max: int
    required: bool
    format: str
    example: str
    rule: str
    values: tuple[str, ...]
    letter: str = ""

    @property
    def target(self) -> str:
        """The tab that the IDs of a reference column stand in; "" for other columns."""
        return self.type.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Tab:
    """A data tab. `kind` is the kind of record that a row makes; `key` are the columns of its key.

    A Guardians row also makes a `guardian`, a Groups row a `group`, once for each of them.
    """

    name: str
    kind: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def headers(self) -> tuple[str, ...]:
        return tuple(column.header for column in self.columns)

    def index(self, field: str) -> int:
        """Where the column of `field` stands, from 0. Raises KeyError if there is none."""
        for number, column in enumerate(self.columns):
            if column.field == field:
                return number
        raise KeyError(field)


def letters(index: int) -> str:
    """The letters of the column at `index` (from 0): A, B, ... Z, AA, ..."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(65 + rest) + text
    return text


def _column(header: str, field: str, type: str, max: int, *, required: bool = False, format: str = "",
            example: str = "", rule: str = "", values: tuple[str, ...] = ()) -> Column:
    values = values or _VALUES.get(type, ())
    return Column(header, field, type, max, required, format or _FORMATS.get(type) or ", ".join(values),
                  example or _EXAMPLES.get(type, ""), rule or _RULES.get(type, ""), values)


def _tab(name: str, kind: str, key: tuple[str, ...], columns: tuple[Column, ...]) -> Tab:
    return Tab(name, kind, key, tuple(replace(column, letter=letters(number))
                                      for number, column in enumerate(columns)))


# The order is the order of filling in and of applying (section 8).
TABS = (
    _tab("Schools", "school", ("School ID",), (
        _column("School ID", "id", "id", 64, required=True,
                format="letters, digits and . _ - / : (no spaces)", example="0012",
                rule="Unique in this tab. Never reused for another school."),
        _column("School Name", "name", "text", 128, required=True, example="Pineapple Elementary School",
                rule="Name shown to users."),
        _column("State School ID", "state_id", "id", 32, format="letters and digits", example="30890",
                rule="Kept as text."),
        _column("NCES School ID", "nces_id", "nces", 12, example="360008103323",
                rule="Not 12 digits = W-NCES, not stored. Last 6 digits all 0 = W-ID-ROUNDED."),
        _column("Low Grade", "low_grade", "grade", 2, format="grade list", example="KG",
                rule="Not above High Grade (W-GRADE-ORDER)."),
        _column("High Grade", "high_grade", "grade", 2, format="grade list", example="05"),
        _column("Principal Staff ID", "principal", "ref:Staff", 64, example="T0451",
                rule="In the Staff tab or already in the site, else W-PRINCIPAL (the row still loads)."),
        _column("Status", "status", "status", 8),
    )),
    _tab("Terms", "term", ("School ID", "Term ID"), (
        _column("Term ID", "id", "id", 64, required=True, example="S1-2627",
                rule="Unique together with School ID."),
        _column("School ID", "school", "ref:Schools", 64, example="0012",
                rule="Blank = the term applies to every school."),
        _column("Term Name", "name", "text", 64, required=True, example="Semester 1"),
        _column("Term Type", "type", "enum", 16, values=TERM_TYPES, example="Semester",
                rule="Blank = Other."),
        _column("School Year", "year", "year", 9, required=True,
                format="4-digit year the school year ENDS in (2027 = "
                       "2026-27); 2026-27 and 2026-2027 also read",
                example="2027", rule="Between 2000 and 2100."),
        _column("Start Date", "start_date", "date", 10, required=True, example="8/24/2026",
                rule="Before End Date."),
        _column("End Date", "end_date", "date", 10, required=True, example="1/15/2027",
                rule="At most 400 days after Start Date."),
    )),
    _tab("Staff", "staff", ("Staff ID",), (
        _column("Staff ID", "id", "id", 64, required=True, example="T0451",
                rule="The ID your SIS uses for this employee. Unique in this tab."),
        _column("School ID", "school", "ref:Schools", 64, required=True, example="0012",
                rule="Home school."),
        _column("Other School IDs", "other_schools", "reflist:Schools", 512, example="0014;0020",
                rule="Only if the person works in more than one school."),
        _column("Role", "role", "enum", 8, required=True, values=("Teacher", "Staff"), example="Teacher",
                rule="One role per account. Rights (for example Admin) are never set by the sheet."),
        _column("First Name", "first_name", "name", 64, required=True, example="Ana"),
        _column("Middle Name", "middle_name", "name", 64),
        _column("Last Name", "last_name", "name", 64, required=True, example="O'Hara-Ruiz"),
        _column("Email", "email", "email", 254, required=True, example="ana.ohara@district.org",
                rule="Unique among Staff. The same email on a Guardian row connects the two accounts."),
        _column("Username", "username", "username", 254,
                rule="Blank = made by the system. Never changed once issued."),
        _column("Title", "title", "text", 64, example="Grade 4 Teacher"),
        _column("State Staff ID", "state_id", "id", 32, example="751884748",
                rule="Second key for matching."),
        _column("Status", "status", "status", 8,
                rule="Inactive = deactivate (scores kept). Blank = Active."),
    )),
    _tab("Students", "student", ("Student ID",), (
        _column("Student ID", "id", "id", 64, required=True, example="004512",
                rule="The local ID your SIS uses. Unique in this tab. "
                     "Format the column as Text so zeros in front stay."),
        _column("School ID", "school", "ref:Schools", 64, required=True, example="0012",
                rule="Home school."),
        _column("Other School IDs", "other_schools", "reflist:Schools", 512,
                rule="Only if the student attends more than one school."),
        _column("First Name", "first_name", "name", 64, required=True, example="José"),
        _column("Middle Name", "middle_name", "name", 64),
        _column("Last Name", "last_name", "name", 64, required=True, example="García"),
        _column("Preferred Name", "preferred_name", "name", 64, example="Pepe",
                rule="Shown instead of First Name."),
        _column("Grade", "grade", "grade", 2, required=True, format="IT PR PK TK KG 01-13 PS UG",
                example="KG", rule="K, 0, Kindergarten, 1, 1st, Grade 1 are read too."),
        _column("Birth Date", "birth_date", "date", 10, example="5/3/2015",
                rule="Age 2 to 22 on today's date, else W-AGE. Used only to tell people apart."),
        _column("State Student ID", "state_id", "id", 32, example="114327752",
                rule="Second key for matching."),
        _column("Email", "email", "email", 254, example="004512@students.district.org",
                rule="Unique among Students. Required by the site if it "
                     "logs in with Google or OneDrive (W-EMAIL-NEEDED)."),
        _column("Username", "username", "username", 254,
                rule="Blank = made by the system. Never changed once issued."),
        _column("Start Date", "start_date", "date", 10, example="8/24/2026",
                rule="First day. Future = account is made but cannot log in yet."),
        _column("End Date", "end_date", "date", 10, rule="Last day. Past = treated as Inactive."),
        _column("Status", "status", "status", 8),
    )),
    _tab("Guardians", "guardian_link", ("Student ID", "Guardian ID|Email|Name"), (
        _column("Student ID", "student", "ref:Students", 64, required=True, example="004512",
                rule="ONE ROW PER GUARDIAN PER STUDENT: a mother of three has three rows."),
        _column("Guardian ID", "id", "id", 64, example="G2210",
                rule="Same guardian = same ID on every row. Blank = matched by "
                     "email and name, else by name inside that student's rows."),
        _column("First Name", "first_name", "name", 64, required=True, example="Maria",
                rule="All rows with the same Guardian ID must agree."),
        _column("Last Name", "last_name", "name", 64, required=True, example="García"),
        _column("Relationship", "relationship", "enum_soft", 32, required=True, values=RELATIONSHIPS,
                example="Mother",
                rule="Any other word is kept as the label and counted as Other (W-RELATIONSHIP)."),
        _column("Email", "email", "email", 254, example="maria@example.com",
                rule="Blank allowed (W-GUARDIAN-NO-EMAIL): cannot reset a password alone."),
        _column("Phone", "phone", "phone", 32, format="7 to 20 digits, + ( ) - . space x ext",
                example="(718) 555-1212", rule="Kept as typed (W-PHONE if odd); not used to log in."),
        _column("Username", "username", "username", 254,
                rule="Blank = made by the system. Never changed once issued."),
        _column("Portal Access", "access", "yesno", 3, example="Yes",
                rule="Blank = Yes. No = no account and no link (for example a court order)."),
        _column("Primary Contact", "primary", "yesno", 3, example="Yes",
                rule="At most one Yes per student (W-PRIMARY-TWICE)."),
        _column("Status", "status", "status", 8,
                rule="Inactive = remove this guardian from this student. Blank = Active."),
    )),
    _tab("Courses", "course", ("School ID", "Course ID"), (
        _column("Course ID", "id", "id", 64, required=True, example="MATH-04",
                rule="Unique together with School ID."),
        _column("School ID", "school", "ref:Schools", 64, rule="Blank = course of the whole district."),
        _column("Course Name", "name", "text", 128, required=True, example="Mathematics 4"),
        _column("Course Code", "code", "id", 64, example="004", rule="Kept as text (004, not 4)."),
        _column("Subject", "subject", "text", 64, example="Mathematics"),
        _column("Grades", "grades", "gradelist", 64, example="03;04"),
        _column("Status", "status", "status", 8),
    )),
    _tab("Classes", "section", ("Class ID",), (
        _column("Class ID", "id", "id", 64, required=True, example="709",
                rule="The section ID in your SIS. Unique in this tab."),
        _column("School ID", "school", "ref:Schools", 64, required=True, example="0012"),
        _column("Course ID", "course", "ref:Courses", 64, required=True, example="MATH-04",
                rule="Looked up for this school first, then district-wide."),
        _column("Class Name", "name", "text", 128, required=True, example="Math 4 - Ruiz - Sec 2",
                rule="Name teachers and students see."),
        _column("Section Number", "number", "id", 32, example="002", rule="Kept as text."),
        _column("Term ID", "terms", "reflist:Terms", 256, required=True,
                format="one or more Term IDs separated by ;", example="S1-2627;S2-2627",
                rule="Each looked up for this school first, then among terms of all "
                     "schools. The class is current on every day any of its terms covers."),
        _column("Period", "period", "text", 32, example="3"),
        _column("Teacher Staff ID", "teacher", "ref:Staff", 64, required=True, example="T0451",
                rule="The lead teacher."),
        _column("Co-Teacher 1 Staff ID", "co_teacher_1", "ref:Staff", 64,
                rule="Sees the same class as the lead teacher."),
        _column("Co-Teacher 2 Staff ID", "co_teacher_2", "ref:Staff", 64),
        _column("Co-Teacher 3 Staff ID", "co_teacher_3", "ref:Staff", 64),
        _column("Room", "room", "text", 32, example="12B"),
        _column("Status", "status", "status", 8),
    )),
    _tab("Class Rosters", "enrollment", ("Class ID", "Student ID"), (
        _column("Class ID", "section", "ref:Classes", 64, required=True, example="709",
                rule="ONE ROW PER STUDENT PER CLASS."),
        _column("Student ID", "student", "ref:Students", 64, required=True, example="004512"),
        _column("Start Date", "start_date", "date", 10, rule="Blank = from the start of the term."),
        _column("End Date", "end_date", "date", 10, rule="Blank = to the end of the term."),
        _column("Status", "status", "status", 8,
                rule="Inactive = take this student out of this class. Blank = Active."),
    )),
    _tab("Groups", "group_member", ("Group ID", "Member Type", "Member ID"), (
        _column("Group ID", "id", "id", 64, required=True, example="RTI-4A",
                rule="ONE ROW PER MEMBER. All rows with the same Group ID must agree in columns B-D."),
        _column("Group Name", "name", "text", 128, required=True, example="Reading Intervention 4A"),
        _column("School ID", "school", "ref:Schools", 64, required=True, example="0012"),
        _column("Owner Staff ID", "owner", "ref:Staff", 64, required=True, example="T0451",
                rule="Who sees and runs the group."),
        _column("Member Type", "member_type", "enum", 8, required=True, values=("Student", "Staff"),
                example="Student"),
        _column("Member ID", "member", "ref:Students|Staff", 64, required=True,
                format="a Student ID or Staff ID", example="004512"),
        _column("Status", "status", "status", 8, rule="Inactive = take this member out. Blank = Active."),
    )),
)

TAB = {tab.name: tab for tab in TABS}

# The kinds of records that the rows of a tab make.
KINDS = {tab.name: (tab.kind,) for tab in TABS} | {"Guardians": ("guardian", "guardian_link"),
                                                   "Groups": ("group", "group_member")}

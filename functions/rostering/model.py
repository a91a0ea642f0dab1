"""What a district's roster is made of, in one vocabulary for every source.

A *record* is one statement of a source ("student 004512 is in grade 04"). A *feed* is many of
them. Records become *entities* (one person with classes and guardians, one section with its
members), and entities become accounts, sections and rosters in the table.

Fields of a record: an absent name means "the source says nothing, keep what is stored"; None
means "the source says: empty". Dates are ISO strings (`2026-08-24`), lists are lists of keys.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Kind = Literal["school", "term", "course", "staff", "student", "guardian", "section", "group"]
PairKind = Literal["guardian_link", "enrollment", "group_member"]
Role = Literal["Staff", "Teacher", "Guardian", "Student"]
Family = Literal["student", "employee", "guardian"]
Status = Literal["pending", "active", "inactive"]

GRADES = ("IT", "PR", "PK", "TK", "KG", "01", "02", "03", "04", "05", "06", "07", "08", "09",
          "10", "11", "12", "13", "PS", "UG")
FAMILY_OF: dict[str, Family] = {"student": "student", "staff": "employee", "guardian": "guardian"}
FAMILY_OF_ROLE: dict[str, Family] = {"Student": "student", "Teacher": "employee",
                                     "Staff": "employee", "Guardian": "guardian"}

# The words of counts and reports, in the order of applying (import sheet, section 8).
COUNTED = ("schools", "terms", "staff", "students", "guardians", "courses", "sections",
           "rosters", "groups")


class Record(NamedTuple):
    """One statement of a source.

    `key` identifies it inside its kind and source, folded (sheet ids ignore case):

    | kind          | key |
    |---------------|-----|
    | school, staff, student, section, group | the id |
    | term, course  | school or "" + "|" + id |
    | guardian      | "id:…", "em:email|last|first" or "st:student|last|first" |
    | guardian_link | (guardian key, student key) |
    | enrollment    | (section key, student key) |
    | group_member  | (group key, "student:…" or "staff:…") |

    | kind          | fields |
    |---------------|--------|
    | school        | id name state_id nces_id low_grade high_grade principal status |
    | term          | id school name type year start_date end_date |
    | staff         | id school other_schools role first_name middle_name last_name email username |
    |               | title state_id status |
    | student       | id school other_schools first_name middle_name last_name preferred_name grade |
    |               | birth_date state_id email username start_date end_date status |
    | guardian      | id first_name last_name email phone username |
    | guardian_link | relationship label primary access status |
    | course        | id school name code subject grades status |
    | section       | id school course number name terms period teacher co_teachers room status |
    | enrollment    | start_date end_date status |
    | group         | id name school owner |
    | group_member  | status |

    `school`, `principal`, `teacher`, `owner` and the lists `other_schools`, `co_teachers`,
    `terms` hold keys of other records; `course` holds the course's key. `status` is "active" or
    "inactive"; `access` (portal access) and `primary` are bools; `role` is "Teacher" or "Staff".
    `place` says where it was said: the row number of the sheet's tab.
    """

    kind: str
    key: Any
    fields: dict[str, Any]
    place: int


@dataclass(slots=True)
class Entity:
    """One thing with all that hangs on it, as a source states it or as we know it.

    `fields` is None where the source only named its members (a roster row of a student who has
    no row in the Students tab). `members` maps the name of a set to its pairs:

    | kind     | sets                                                        |
    |----------|-------------------------------------------------------------|
    | student  | classes: section key → pair, guardians: guardian key → pair |
    | guardian | students: student key → pair                                |
    | section  | students: student key → pair                                |
    | group    | members: "student:…" or "staff:…" → pair                    |

    A pair is the fields of its record plus `school`, the school that decides whether its absence
    means anything. `places` gives the row of the thing itself ("") and of each pair ("classes/709").
    `standing` is what we made of it: "" before the first load, else a Status. `missed` counts the
    complete pulls of a connection in a row that did not carry it.
    """

    kind: str
    key: str
    fields: dict[str, Any] | None
    members: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    standing: str = ""
    missed: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """One line of a report. `code` is of the catalog; its first letter is the severity.

    `tab`, `row` and `column` are "", 0 and "" where the problem is not about one. `message` may
    hold cell values: it goes into the report workbook and to the sender only, never to a log. `key`
    names the record as `kind/key` (of a connection its object's id alone), "" where the row says it.
    """

    code: str
    tab: str = ""
    row: int = 0
    column: str = ""
    message: str = ""
    key: str = field(default="", compare=False)

    @property
    def severity(self) -> str:
        return self.code[0]


@dataclass(frozen=True, slots=True)
class Hold:
    """A limit that a plan broke: `count` of `of` records of `kind`, in one school or the site ("").

    `message` is the sentence that people read. `cause` is what seems to be behind it ("" if nothing
    stands out) and `action` what fits it (see `causes`).
    """

    rule: str
    school: str
    kind: str
    count: int
    of: int
    message: str = ""
    cause: str = ""
    action: str = ""


@dataclass(slots=True)
class Counts:
    """What a load does to one kind of record. `rows` is what the feed carried."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    missing: int = 0
    deactivated: int = 0
    problems: int = 0


@dataclass(slots=True)
class Account:
    """A person's login and profile, as the table holds it (`store/keys.py`, item ACCOUNT).

    `source` is where the account came from and who speaks for it first, `source_key` its key there;
    `links` maps each further source that knows the person to its key there. `fields` are the current
    values; `by_hand` lists the fields a person set, each with `{"source": what the source says, "at":
    time, "by": account}`, and `origins` names the source of each field that is not from `source`.
    `classes` maps a section id to `[start_date, end_date, status]`, `guardians` and `students` map an
    account id to `[relationship, label, primary, status]`, with the source behind it if it is not
    `source`. `created`, `changed` and `deactivated` give the cause: `{"load", "row", "rule"}` or
    `{"by", "reason", "at"}`. `merged_into` is the account that took this one's place; `linked` maps other
    accounts of the same person, in another role, to who linked them: `{"by", "reason", "at"}`.
    """

    id: str
    role: Role
    status: Status
    username: str
    fields: dict[str, Any]
    source: str = "manual"
    source_key: str = ""
    links: dict[str, str] = field(default_factory=dict)
    by_hand: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    classes: dict[str, list] = field(default_factory=dict)
    guardians: dict[str, list] = field(default_factory=dict)
    students: dict[str, list] = field(default_factory=dict)
    rights: dict[str, list[str]] = field(default_factory=dict)
    created: dict[str, Any] = field(default_factory=dict)
    changed: dict[str, Any] = field(default_factory=dict)
    deactivated: dict[str, Any] = field(default_factory=dict)
    signed_in_at: str = ""
    merged_into: str = ""
    linked: dict[str, Any] = field(default_factory=dict)

    @property
    def family(self) -> Family:
        return FAMILY_OF_ROLE[self.role]

    @property
    def schools(self) -> list[str]:
        """Home school first, then the others."""
        home = self.fields.get("school")
        return ([home] if home else []) + list(self.fields.get("other_schools") or ())

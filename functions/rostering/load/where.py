"""Where a record was said, in the words of its source: a sheet's tab and row, a zone's object and RefId, and so on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rostering.model import Problem
from rostering.sheet import problems as catalog

SHEET = "sheet"
TAB_OF = {"school": "Schools", "term": "Terms", "staff": "Staff", "student": "Students",
          "guardian": "Guardians", "course": "Courses", "section": "Classes", "group": "Groups"}
_COLLECTION_OF = {"school": "orgs", "term": "academicSessions", "staff": "users", "student": "users",
                  "guardian": "users", "course": "courses", "section": "classes", "group": "group"}
_OBJECT_OF = {"school": "SchoolInfo", "term": "TermInfo", "staff": "StaffPersonal", "student": "StudentPersonal",
              "guardian": "StudentContact", "course": "SchoolCourseInfo", "section": "SectionInfo", "group": "group"}
# A connection's word for a kind of record; OneRoster's users may be of any kind of person ("").
KIND_OF = {of: kind for kind, of in _OBJECT_OF.items()} | {
    of: kind for kind, of in _COLLECTION_OF.items() if of != "users"} | {
    "StudentSectionEnrollment": "enrollment", "enrollments": "enrollment"}
_MESSAGES = {
    "R-CROWDED": "was not changed: with what was loaded before, it would have more people or classes than there is "
                 "room for. End those that are over, then send this again.",
    "R-EMAIL-TAKEN": "the email is already used by another account. Each person needs their own email.",
    "W-ERASED": "was left out: this ID belonged to somebody who was erased. If it is somebody else, give them an ID of "
                "their own.",
    "W-KEPT-ON": "was not switched off: administrators and accounts made by hand are never switched off by a load.",
    "W-KEPT-MATCH": "was not switched off: a new row may be the same person. The helpdesk will decide.",
    "W-KEPT-LEAD": "was not changed everywhere: another source leads for this record.",
    "W-KEPT-OTHER-ID": "was not switched off: the ID is that of a merged account, and the person has another.",
    "W-KEPT-OFF": "stays switched off: an administrator switched this account off. Reactivate it by hand.",
}
# What is said of a connection instead: it has no rows and no cells.
_OF_A_CONNECTION = {
    "R-PARENT": "depends on another record that has an error.",
    "R-USERNAME-TAKEN": "the username it gives is already taken.",
    "W-USERNAME-IGNORED": "usernames are not changed by a source; the account keeps the one it has.",
    "W-KEPT-MATCH": "was not switched off: a new record may be the same person. The helpdesk will decide.",
}


def tab_of(source: str, kind: str) -> str:
    """What a source calls the place where it tells of a kind of record."""
    if source == SHEET:
        return TAB_OF[kind]
    return (_OBJECT_OF if source.startswith("sif:") else _COLLECTION_OF)[kind]


def problem(source: str, code: str, kind: str, key: str, row: int, column: str = "", /, **values: Any) -> Problem:
    """A problem of one record, which `source` calls `key`, said in `row` of a sheet."""
    name = f"{kind}/{key}"
    if source == SHEET:
        if code in _MESSAGES:
            return Problem(code, TAB_OF[kind], row, column, _MESSAGES[code], name)
        return replace(catalog.problem(code, TAB_OF[kind], row, column, **values), key=name)
    said = _OF_A_CONNECTION.get(code) or _MESSAGES.get(code) or catalog.problem(code, "", 1, "", **values).message
    return Problem(code, tab_of(source, kind), 0, column, f"{key}: {said}", name)


def of_source(source: str, kind: str, key: str, found: Problem) -> Problem:
    """`found`, which was said of a row of a sheet, as it is said of a record of `source`."""
    found = replace(found, key=f"{kind}/{key}")
    return found if source == SHEET else replace(found, tab=tab_of(source, kind), row=0,
                                                 message=f"{key}: {found.message}")

"""The last act of the demo: three questions why, and the first school handed out to its teachers."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from cli.demo import Demo

SITE, SCHOOL = "demo", "0001"
MISSING = ("990212", "Mia", "Ruiz")         # the student of row 212
ROW = 212
TEACHER = ("T9001", "Hana", "Weber")
SECTION = "9901"
_LOCKED_FROM_SECONDS = 60                   # from this wait on people read "locked"
_PAUSE_SECONDS = 1
_MOST_SECONDS = 150


class Forgetful(threading.Thread):
    """A child who tries one wrong password after the other, beside the rest, until it is `over`.

    `locked` is set once the account is what people call locked; each further try keeps it so.
    """

    def __init__(self, demo: Demo) -> None:
        super().__init__(daemon=True)
        self.locked, self.over = threading.Event(), threading.Event()
        listed = demo.ask("accounts", "--site", SITE, "--school", SCHOOL, "--role", "Student")
        self.username = listed["accounts"][0]["username"]
        self._url = f"{demo.api(SITE)}/sites/{SITE}/sign-in"

    def run(self) -> None:
        wait = 0
        while not self.over.wait(min(wait, _PAUSE_SECONDS)):
            with suppress(requests.RequestException):
                answer = requests.post(self._url, json={"username": self.username, "secret": "not-my-password"},
                                       timeout=30)
                wait = int(answer.headers["Retry-After"]) if answer.status_code == 429 else 0
                if wait >= _LOCKED_FROM_SECONDS:
                    self.locked.set()


def play(demo: Demo, forgetful: Forgetful) -> None:
    """Load a week with slips in it, ask why, and open a school for its teachers."""
    demo.chapter(15, "Who is missing, and why", "The third week's sheet: in row 212 stands a new student whose birth "
                 "date can't be read, and a new teacher gets a class of a term that is to come. The rest loads.")
    sheet = demo.file("week-3.xlsx")
    _third_week(demo.file("week-2.xlsx"), sheet)
    demo.rollbook("load", sheet, "--site", SITE, "--out", demo.file("week-3"))
    demo.chapter(16, "Three questions", "The office asks: where is Mia Ruiz, why has Hana Weber no class, and why "
                 f"can't {forgetful.username} sign in, who has tried a wrong password all morning?")
    demo.rollbook("why", " ".join(MISSING[1:]), "--site", SITE)
    demo.rollbook("why", "--class", SECTION, "--viewer", TEACHER[0], "--site", SITE)
    forgetful.locked.wait(_MOST_SECONDS)
    demo.rollbook("why", forgetful.username, "--sign-in", "--site", SITE)
    forgetful.over.set()
    demo.rollbook("account", "unlock", forgetful.username, "--reason", "Asked at the office", "--site", SITE)

    demo.chapter(17, "One school for its teachers", "Accounts are handed out school by school: teachers first, since "
                 "they find wrong rosters before children do. What is missing is listed, and opening needs a reason "
                 "where somebody goes ahead all the same.")
    demo.rollbook("site", "settings", "hand_out=staged", "--site", SITE)
    demo.rollbook("ready", "--school", SCHOOL, "--site", SITE)
    demo.rollbook("ready", "attest", "--school", SCHOOL, "--standards", "--site", SITE,
                  "--reason", "Standards were attached in the summer")
    demo.rollbook("hand-out", "open", "--school", SCHOOL, "--role", "teacher", "--override", "--site", SITE,
                  "--reason", "Teachers meet on Monday; the rest is known", "--out", demo.file("teachers"))
    demo.rollbook("hand-out", "show", "--school", SCHOOL, "--site", SITE)


def _third_week(second: str, to: str) -> None:
    """The sheet of the second week with a new student, a new teacher and a class of a term ahead."""
    import openpyxl

    book = openpyxl.load_workbook(second)
    for row in book["Read Me First"].iter_rows():
        for name, value in pairwise(row):
            if name.value == "Load type":
                value.value = "Add and update"
    _put(book["Students"], ROW, {"Student ID": MISSING[0], "First Name": MISSING[1], "Last Name": MISSING[2],
                                 "Middle Name": None, "Preferred Name": None, "Birth Date": "13/45/2013",
                                 "State Student ID": None, "Email": None, "School ID": SCHOOL, "Grade": "04"})
    begins = date.today() + timedelta(days=30)
    _add(book["Terms"], {"Term ID": "NEXT", "Term Name": "Next term", "Term Type": "Other", "Start Date": begins,
                         "End Date": begins + timedelta(days=60)})
    _add(book["Staff"], {"Staff ID": TEACHER[0], "School ID": SCHOOL, "Role": "Teacher", "First Name": TEACHER[1],
                         "Last Name": TEACHER[2], "Email": "hana.weber@district.example.org"})
    _add(book["Classes"], {"Class ID": SECTION, "Class Name": "Reading in spring", "Section Number": "1",
                           "Term ID": "NEXT", "Teacher Staff ID": TEACHER[0]})
    _add(book["Class Rosters"], {"Class ID": SECTION})
    book.save(to)


def _add(tab: Any, values: dict[str, Any]) -> None:
    """Another row: what the first one has, with other `values` and nothing that one row alone may have."""
    alone = dict.fromkeys(("Username", "State Staff ID", "Middle Name", "Title"))
    first = {name: tab.cell(2, column).value for name, column in _columns(tab).items()}
    _put(tab, tab.max_row + 1, first | alone | values)


def _put(tab: Any, row: int, values: dict[str, Any]) -> None:
    for name, column in _columns(tab).items():
        if name in values:
            tab.cell(row, column).value = values[name]


def _columns(tab: Any) -> dict[str, int]:
    return {cell.value.removesuffix(" *"): cell.column for cell in tab[1] if cell.value}

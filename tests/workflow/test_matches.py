"""Rows that may be people who are here already: held alone, decided on the command line, then loaded."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.workflow.office import Desk, Office, Student, sheet, students

BORN = date(2016, 5, 3)
ANA = Student(1, "Ana", "Ruiz", birth_date=BORN, email="ana@students.example")
HELD = 3


class MatchDesk(Desk):
    """The desk of somebody who loads one workbook after the other."""

    def load(self, people: list[Student], *, complete: bool = False, expect: int = 0) -> dict[str, Any]:
        name = f"{len(list(self.folder.iterdir()))}.xlsx"
        return self.run("load", self.file(name, sheet(people, complete=complete)), expect=expect)


@pytest.fixture(scope="module")
def desk(running, tmp_path_factory) -> MatchDesk:
    desk = MatchDesk(Office(running, "matches"), tmp_path_factory.mktemp("matches"))
    assert desk.load([ANA, *students(2, 3, 4)])["counts"]["students"]["new"] == 4
    return desk


def waiting(desk: MatchDesk) -> list[tuple[str, str]]:
    return [(one["key"], one["rule"]) for one in desk.run("matches")["matches"]]


def student(desk: MatchDesk, number: str) -> dict[str, Any]:
    return desk.office.people(role="Student")[f"Student {number}"]


def test_a_row_that_may_be_somebody_here_is_held_alone_and_loads_when_decided(desk):
    before = student(desk, "000001")
    loaded = desk.load([Student(11, "Ana", "Ruiz", birth_date=BORN, email="ana@students.example"), *students(12)])
    assert (loaded["state"], loaded["questions"]) == ("done", 1)
    assert loaded["counts"]["students"]["new"] == 1
    assert [problem["code"] for problem in loaded["problems"] if problem["row"] == 2
            and problem["tab"] == "Students"] == ["R-MATCH-HELD"]
    (match,) = desk.run("matches")["matches"]
    assert (match["key"], match["rule"], match["candidates"][0]["account"]) == ("000011", "id_changed",
                                                                                before["account"])
    decided = desk.run("match", "decide", match["match"], "--same-as", before["account"], "--reason", "new number")
    assert decided["load"]["state"] == "done"
    after = student(desk, "000011")
    assert (after["account"], after["username"], after["status"]) == (before["account"], before["username"], "active")
    assert waiting(desk) == []
    roster = desk.run("roster", "--section", "709")["students"]
    assert [one["account"] for one in roster].count(before["account"]) == 1


def test_a_row_that_is_somebody_new_gets_an_account_and_is_not_asked_again(desk):
    twin = Student(22, *reversed(Student(2).name), birth_date=BORN)
    known = Student(2, birth_date=BORN)
    desk.load([known])
    assert desk.load([twin])["questions"] == 1
    (match,) = desk.run("matches")["matches"]
    assert (match["key"], match["rule"]) == ("000022", "possible_duplicate")
    decided = desk.run("match", "decide", match["match"], "--new", "--reason", "a cousin of the same name")
    assert decided["load"]["counts"]["students"]["new"] == 1
    assert student(desk, "000022")["account"] != student(desk, "000002")["account"]
    assert "questions" not in desk.load([twin._replace(state_id="S22")])


def test_deciding_about_a_held_load_plans_it_again(desk):
    desk.load([Student(3, birth_date=BORN)])
    held = desk.load([Student(33, *reversed(Student(3).name), birth_date=BORN), *students(2)], complete=True,
                     expect=HELD)
    assert any(hold["rule"] == "H-COMPLETE-LIST" for hold in held["holds"])
    assert held["questions"] == 1 and "W-KEPT-MATCH" in {problem["code"] for problem in held["problems"]}
    missing = held["counts"]["students"]["missing"]
    (match,) = desk.run("matches")["matches"]
    decided = desk.run("match", "decide", match["match"], "--new", "--reason", "checked", expect=HELD)
    assert (decided["load"]["load"], decided["load"]["state"]) == (held["load"], "held")
    assert decided["load"]["counts"]["students"]["missing"] == missing + 1
    desk.run("reject", held["load"], "--reason", "only a test")


def test_what_is_not_approved_stays_held_as_the_rest(desk):
    held = desk.load(students(2, 4), complete=True, expect=HELD)
    before = len(desk.run("accounts", "--role", "Student", "--status", "active")["accounts"])
    assert held["counts"]["students"]["missing"] == before - 2
    desk.run("approve", held["load"], "--row", "student/000003", "--reason", "moved away")
    desk.office.ended(held["load"])
    done = desk.run("show", held["load"])
    assert done["state"] == "done" and student(desk, "000003")["status"] == "inactive"
    rest = desk.office.followed(done["rest"])
    assert (rest["state"], rest["goes_on_with"]) == ("held", held["load"])
    assert rest["counts"]["students"]["missing"] == before - 3
    approved = desk.run("approve", held["load"], "--reason", "they have all left")
    assert approved["load"] == done["rest"]
    desk.office.ended(done["rest"])
    active = desk.run("accounts", "--role", "Student", "--status", "active")["accounts"]
    assert sorted(one["person_id"] for one in active) == ["000002", "000004"]

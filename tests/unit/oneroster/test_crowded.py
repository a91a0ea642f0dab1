"""Classes, students and guardians of whom a district says more than there is room for."""

from __future__ import annotations

import pytest

from rostering import crowds
from tests.unit.oneroster import objects as z

BASE = [z.district(), z.org(), z.session(), z.course(), z.teacher()]
PUPILS = [z.student(f"s-{n}") for n in range(1, 6)]


@pytest.fixture(autouse=True)
def little_room(monkeypatch):
    for kind, ends in crowds.ENDS.items():
        monkeypatch.setitem(crowds.ENDS, kind, tuple(end._replace(most=3) for end in ends))


def read(rows, **how):
    """The keys of the pairs that were told, and what was turned back: object, column, row, sourcedId, sentence."""
    roster = z.roster(rows, **how)
    keys = [record.key for record in roster.records() if record.kind in ("enrollment", "guardian_link")]
    return keys, [(p.tab, p.column, p.row, p.key, p.message) for p in roster.problems if p.code == "R-FULL"], roster


def test_the_fourth_of_a_class_for_three_is_told_and_present():
    rows = [*BASE, z.klass(), *PUPILS, *(z.enrolled(f"e-{n}", user=f"s-{n}", row=10 + n) for n in range(1, 6))]
    keys, told, roster = read(rows, numbered=True)
    assert keys == [("c-1", "s-1"), ("c-1", "s-2"), ("c-1", "s-3")]
    assert told == [("enrollments", "classSourcedId", 10 + n, f"e-{n}", f"e-{n} was not loaded: class c-1 has more than"
                     " 3 students, and that can't be right. Correct it in the SIS.") for n in (4, 5)]
    assert roster.scope()["present"]["enrollment"] == [("c-1", "s-4"), ("c-1", "s-5")]
    assert roster.counts["rosters"] == {"rows": 5, "problems": 2}


def test_a_student_of_too_many_classes_is_in_the_first_ones():
    classes = [f"c-{n}" for n in range(1, 6)]
    rows = [*BASE, *map(z.klass, classes), *PUPILS, *(z.enrolled(f"e-{c}", **{"class": c}) for c in classes)]
    keys, told, _ = read(rows)
    assert keys == [(each, "s-1") for each in classes[:3]]
    assert [(column, key) for _, column, _, key, _ in told] == [("userSourcedId", "e-c-4"), ("userSourcedId", "e-c-5")]
    assert "user s-1 has more than 3 classes" in told[0][4]


def test_who_left_takes_no_room():
    seats = [z.enrolled(f"e-{n}", user=f"s-{n}", status="tobedeleted" if n < 3 else "active") for n in range(1, 6)]
    assert len(read([*BASE, z.klass(), *PUPILS, *seats])[0]) == 5


def test_a_guardian_of_too_many_has_the_first_ones():
    rows = [*BASE, z.parent(), *(z.student(f"s-{n}", agents=["g-7"]) for n in range(1, 6))]
    keys, told, roster = read(rows)
    assert keys == [("g-7", f"s-{n}") for n in (1, 2, 3)]
    assert [(column, key) for _, column, _, key, _ in told] == [("agentSourcedIds", "s-4"), ("agentSourcedIds", "s-5")]
    assert roster.scope()["present"]["guardian_link"] == [("g-7", "s-4"), ("g-7", "s-5")]

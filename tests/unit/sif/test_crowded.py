"""Sections, students and contacts of whom a zone says more than there is room for."""

from __future__ import annotations

import pytest

from rostering import crowds
from tests.unit.sif import zone_objects as z

BASE = [z.school(), z.term(), z.room(), z.staff(), z.assignment(), z.course()]
PUPILS = [each for n in range(1, 6) for each in (z.student(n), z.enrolled(n, student=z.ref("StudentPersonal", n)))]


@pytest.fixture(autouse=True)
def little_room(monkeypatch):
    for kind, ends in crowds.ENDS.items():
        monkeypatch.setitem(crowds.ENDS, kind, tuple(end._replace(most=3) for end in ends))


def read(objects):
    """The keys of the pairs that were told, what was turned back, and the roster."""
    roster = z.zone(objects)
    keys = [record.key for record in roster.records() if record.kind in ("enrollment", "guardian_link")]
    return keys, [(p.tab, p.column, p.key, p.message) for p in roster.problems if p.code == "R-FULL"], roster


def test_the_fourth_of_a_section_for_three_is_told_and_present():
    seats = [z.seat(n, student=z.ref("StudentPersonal", n)) for n in range(1, 6)]
    keys, told, roster = read([*BASE, z.section(), *PUPILS, *seats])
    section = z.ref("SectionInfo")
    assert keys == [(section, z.ref("StudentPersonal", n)) for n in (1, 2, 3)]
    assert told == [("StudentSectionEnrollment", "@SectionInfoRefId", ref, f"{ref} was not loaded: SectionInfo "
                     f"{section} has more than 3 students, and that can't be right. Correct it in the SIS.")
                    for ref in (seat[1] for seat in seats[3:])]
    assert roster.scope()["present"]["enrollment"] == [(section, z.ref("StudentPersonal", n)) for n in (4, 5)]
    assert roster.counts["rosters"] == {"rows": 5, "problems": 2}


def test_a_student_of_too_many_sections_is_in_the_first_ones():
    sections = [z.section(n) for n in range(1, 6)]
    seats = [z.seat(n, section=z.ref("SectionInfo", n)) for n in range(1, 6)]
    keys, told, _ = read([*BASE, *sections, *PUPILS, *seats])
    assert len(keys) == 3 and [column for _, column, *_ in told] == ["@StudentPersonalRefId"] * 2


def test_a_contact_of_too_many_has_the_first_ones_and_is_not_called_by_name():
    for local in ("C0815", None):
        contacts = [z.contact(n, student=z.ref("StudentPersonal", n), local_id=local) for n in range(1, 6)]
        keys, told, roster = read([*BASE, *PUPILS, *contacts])
        assert len(keys) == 3 and [key for *_, key, _ in told] == [contact[1] for contact in contacts[3:]]
        assert {message.partition(": ")[2] for *_, message in told} == {
            "the person has more than 3 students, and that can't be right. Correct it in the SIS."}
        assert len(roster.scope()["present"]["guardian_link"]) == 2

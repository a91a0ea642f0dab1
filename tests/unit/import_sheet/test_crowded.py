"""Sheets and bundles that put more on one end than it has room for: the rest loads, and both ends agree."""

from __future__ import annotations

import gzip

import orjson
import pytest

from rostering import crowds
from rostering.load import paths
from rostering.store import keys
from tests.unit.import_sheet import bundles
from tests.unit.import_sheet.office import Office, row, student, workbook

PUPILS = [student(n) for n in range(60)]


@pytest.fixture
def little_room(monkeypatch):
    """At most three of each."""
    for kind, ends in crowds.ENDS.items():
        monkeypatch.setitem(crowds.ENDS, kind, tuple(end._replace(most=3) for end in ends))


def full(office, load):
    """(tab, row, column, sentence) of what was turned back since somebody has too many."""
    told = orjson.loads(gzip.decompress(office.work.read(paths.reading("demo", load))))["problems"]
    return [(each["tab"], each["row"], each["column"], each["message"]) for each in told if each["code"] == "R-FULL"]


def members(office, section="709"):
    return set(office.store.get(keys.section("demo", section)).body["members"])


def in_class(office, section="709", *, of=60):
    """The accounts of those pupils who say that they are in a class."""
    pupils = [office.account(f"s{n}") for n in range(of)]
    return {pupil.id for pupil in pupils if pupil.classes.get(section, ["", "", ""])[2] == "active"}


def class_(key):
    return row("Classes", {"id": key, "school": "0012", "course": "M", "name": "Math 4", "terms": "SY",
                           "teacher": "t1"})


def seats(section, pupils, **cells):
    return [row("Class Rosters", {"section": section, "student": f"s{n}"} | cells) for n in pupils]


def parents(pupils, **cells):
    return [row("Guardians", {"student": f"s{n}", "id": "g1", "first_name": "Maria", "last_name": "Ruiz",
                              "relationship": "Mother"} | cells) for n in pupils]


def test_the_5_001st_of_a_class_is_told_by_row_and_is_in_the_class_at_neither_end():
    office = Office()
    load = office.load(workbook([student(n) for n in range(5_003)]))
    body = office.body(load)
    assert body["state"] == "done" and body["problem_counts"]["R-FULL"] == 3
    assert [each[:3] for each in full(office, load)] == [
        ("Class Rosters", number, "Class ID") for number in (5_002, 5_003, 5_004)]
    assert len(members(office)) == 5_000
    assert in_class(office, of=5_003) == members(office)
    assert [n for n in range(5_003) if not office.account(f"s{n}").classes] == [5_000, 5_001, 5_002]


def test_a_row_too_many_says_what_is_wrong_and_what_to_do(little_room):
    office = Office()
    load = office.load(workbook(PUPILS, Class_Rosters=seats("709", range(5))))
    assert full(office, load)[0] == (
        "Class Rosters", 5, "Class ID", "class '709' has more than 3 students in this tab, and that can't be right. "
        "This row is not loaded. Look whether the column was filled down or has slipped.")
    assert office.body(load)["state"] == "done" and len(members(office)) == 3 and in_class(office) == members(office)


def test_a_student_in_too_many_classes_is_in_those_that_came_first(little_room):
    office = Office()
    classes = [f"c{n}" for n in range(5)]
    load = office.load(workbook(PUPILS, Classes=[class_(each) for each in classes],
                                Class_Rosters=[seat for each in classes for seat in seats(each, [7])]))
    assert [(tab, number, column) for tab, number, column, _ in full(office, load)] == [
        ("Class Rosters", 5, "Student ID"), ("Class Rosters", 6, "Student ID")]
    assert sorted(office.account("s7").classes) == classes[:3]
    assert [len(members(office, each)) for each in classes] == [1, 1, 1, 0, 0]


def test_a_guardian_of_too_many_has_those_who_came_first(little_room):
    office = Office()
    load = office.load(workbook(PUPILS, Class_Rosters=[], Guardians=parents(range(5))))
    assert [each[:3] for each in full(office, load)] == [
        ("Guardians", 5, "Guardian ID"), ("Guardians", 6, "Guardian ID")]
    assert "guardian 'g1' has more than 3 students" in full(office, load)[0][3]
    assert len(office.account("id:g1", "guardian").students) == 3
    assert [bool(office.account(f"s{n}").guardians) for n in range(5)] == [True, True, True, False, False]


def test_a_guardian_without_an_id_is_not_called_by_name(little_room):
    office = Office()
    load = office.load(workbook(PUPILS, Class_Rosters=[], Guardians=parents(range(5), id="", email="m@example.com")))
    assert {each[3].partition(" has more")[0] for each in full(office, load)} == {"this guardian"}


def test_a_group_of_too_many_has_those_who_came_first(little_room):
    office = Office()
    group = [row("Groups", {"id": "RTI", "name": "Reading", "school": "0012", "owner": "t1", "member_type": "Student",
                            "member": f"s{n}"}) for n in range(5)]
    load = office.load(workbook(PUPILS, Class_Rosters=[], Groups=group))
    assert [each[:3] for each in full(office, load)] == [("Groups", 5, "Group ID"), ("Groups", 6, "Group ID")]
    assert len(office.store.get(keys.group("demo", "rti")).body["members"]) == 3


def test_rows_that_end_or_are_the_same_or_have_an_error_take_no_room(little_room):
    office = Office()
    rosters = [*seats("709", [0, 0, 1, 1]), *seats("709", [2, 3, 4], status="Inactive"), *seats("709", ["99x"]),
               *seats("709", [5])]
    load = office.load(workbook(PUPILS, Class_Rosters=rosters))
    assert full(office, load) == [] and len(members(office)) == 3


def test_a_row_too_many_of_a_complete_list_is_present(little_room):
    office = Office()
    office.load(workbook(PUPILS, Class_Rosters=seats("709", [7, 8])))
    again = office.load(workbook(PUPILS, complete=True, Class_Rosters=seats("709", [1, 2, 3, 7])))
    assert len(full(office, again)) == 1
    seven, eight = office.account("s7").id, office.account("s8").id
    assert seven in members(office) and eight not in members(office)
    assert in_class(office) == members(office)


def test_a_sheet_in_which_everybody_is_in_one_class_is_turned_back_whole(little_room):
    office = Office()
    load = office.drop(workbook(PUPILS))
    body = office.body(load)
    assert body["state"] == "turned_back" and body["message"].startswith("T-TOO-MANY-ERRORS: ")
    assert body["problem_counts"]["R-FULL"] == 57 and office.store.get(keys.section("demo", "709")) is None


def test_a_bundle_with_too_many_in_a_class_loads_the_others_and_tells_the_row(little_room):
    office = bundles.Bundles()
    users = [f"s-{n},,,true,o-1,student,p{n},,Ana,Ruiz{n},p{n},,,04," for n in range(100, 200)]
    seats_ = [f"e-{n},,,c-1,o-1,s-{n},student," for n in range(100, 105)]
    load = office.load(bundles.bulk(users=[bundles.SCHOOL["users"][0], *users],
                                    enrollments=[bundles.SCHOOL["enrollments"][0], *seats_]))
    assert office.body(load)["state"] == "done"
    assert full(office, load) == [
        ("enrollments.csv", number, "classSourcedId", f"e-{ref} was not loaded: class c-1 has more than 3 students, "
         "and that can't be right. Correct it in the SIS.") for number, ref in ((6, 103), (7, 104))]
    held = members(office, f"{bundles.SOURCE}/c-1")
    assert len(held) == 3 and held == {office.person(f"s-{n}").id for n in range(100, 103)}
    assert not office.person("s-103").classes

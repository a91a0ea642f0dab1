"""The district behind the zone: complete, the same for the same seed, with the traps of real ones."""

from __future__ import annotations

import ast
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from lxml import etree

import cli.zis
from cli.generator.district import district
from cli.zis import Zone, let_next_day_come, simulated_zone
from cli.zis.content import content
from cli.zis.objects import OBJECTS
from tests.unit.zis.asking import TODAY, Agent, clock, zone

REFERENCES = {"SchoolInfoRefId": "SchoolInfo", "StudentPersonalRefId": "StudentPersonal", "TermInfoRefId": "TermInfo",
              "SectionInfoRefId": "SectionInfo", "SchoolCourseInfoRefId": "SchoolCourseInfo",
              "StaffPersonalRefId": "StaffPersonal", "RoomInfoRefId": "RoomInfo", "Homeroom": "RoomInfo"}


def everything(students: int = 320, seed: int = 1, day: str = "today", today: date = TODAY) -> dict[str, list]:
    whole = content(students, seed, today, day)
    return {name: [etree.fromstring(xml) for xml in whole.objects(name)] for name in OBJECTS}


WHOLE = everything()


def by_ref(name: str) -> dict[str, etree._Element]:
    return {each.get("RefId"): each for each in WHOLE[name]}


def test_ref_ids_are_unique_and_32_uppercase_digits():
    refs = [each.get("RefId") for rows in WHOLE.values() for each in rows]
    assert len(refs) == len(set(refs))
    assert all(len(ref) == 32 and set(ref) <= set("0123456789ABCDEF") for ref in refs)


def test_every_reference_leads_somewhere():
    for row in (each for rows in WHOLE.values() for each in rows):
        for element in row.iter():
            named = {**element.attrib, element.tag: element.text}
            for name, target in REFERENCES.items():
                assert name not in named or named[name] in by_ref(target)


def test_the_same_seed_gives_the_same_objects_and_another_one_does_not():
    def text(seed: int) -> str:
        return "".join(xml for name in OBJECTS for xml in content(40, seed, TODAY).objects(name))

    assert text(3) == text(3)
    assert not set(text(3).split('"')) & set(text(4).split('"')) & set(by_ref("StudentPersonal"))


@pytest.mark.parametrize("students", [1, 19, 300, 4_100])
def test_everybody_of_the_generator_is_there_once_and_now(students):
    made = [child.id for part in district(students, 1, TODAY).zones() for child in part.students]
    whole = content(students, 1, TODAY)
    rows, enrollments = (list(map(etree.fromstring, whole.objects(name))) for name in (
        "StudentPersonal", "StudentSchoolEnrollment"))
    current = {row.get("StudentPersonalRefId") for row in enrollments if row.get("TimeFrame") == "Current"}
    rows = [row for row in rows if row.get("RefId") in current]
    assert sorted(row.findtext("LocalId") for row in rows) == sorted(made)


def test_there_are_a_dozen_objects_per_student():
    assert 11 <= sum(map(len, everything(2_000).values())) / 2_000 <= 16


def test_a_parent_of_two_is_there_twice_with_one_local_id():
    count = Counter(row.findtext("LocalId") for row in WHOLE["StudentContact"])
    shared = [id for id, times in count.items() if id and times > 1]
    assert shared
    assert None in count  # some ids are not known


def test_some_contacts_are_no_guardians():
    flags = Counter(row.findtext("ContactFlags/ParentLegalGuardian") for row in WHOLE["StudentContact"])
    assert flags["Yes"] > flags["No"] > 0


def test_a_section_of_two_terms_has_its_teachers_under_both():
    rows = [row.findall("ScheduleInfoList/ScheduleInfo") for row in WHOLE["SectionInfo"]]
    twice = [schedules for schedules in rows if len(schedules) == 2]
    assert twice
    for first, second in twice:
        assert [each.text for each in first.find("TeacherList")] == [each.text for each in second.find("TeacherList")]


def test_rows_of_other_years_stand_among_those_of_this_one():
    for name in ("TermInfo", "SchoolCourseInfo", "SectionInfo", "StudentSectionEnrollment"):
        assert {row.get("SchoolYear") for row in WHOLE[name]} == {"2026", "2027"}
    assert {row.get("SchoolYear") for row in WHOLE["StudentSchoolEnrollment"]} > {"2026", "2027", "2028"}


@pytest.mark.parametrize("today", [date(2026, 7, 1), TODAY, date(2027, 6, 30)])
def test_time_frames_agree_with_the_date(today):
    frames = Counter()
    for row in everything(320, today=today)["StudentSchoolEnrollment"]:
        entered = date.fromisoformat(row.findtext("EntryDate"))
        left = date.fromisoformat(row.findtext("ExitDate") or "9999-12-31")
        frame = "Future" if entered > today else "Historical" if left < today else "Current"
        assert row.get("TimeFrame") == frame
        frames[frame] += 1
    assert frames["Current"] == 320
    assert frames["Historical"] > 0 < frames["Future"]


def test_some_students_left_long_ago():
    current = {row.get("StudentPersonalRefId") for row in WHOLE["StudentSchoolEnrollment"]
               if row.get("TimeFrame") != "Historical"}
    assert len(by_ref("StudentPersonal").keys() - current) == 320 // 50


def test_records_hold_what_an_agent_has_to_drop():
    students = WHOLE["StudentPersonal"]
    numbers = [row.findtext("OtherIdList/OtherId[@Type='0004']") for row in students]
    assert all(number.startswith("000-") for number in filter(None, numbers))
    assert any(numbers)
    for path in ("AlertMessages/AlertMessage", "MedicalAlertMessages/MedicalAlertMessage",
                 "SIF_ExtendedElements/SIF_ExtendedElement[@Name='NetworkLogin']"):
        assert 0 < sum(row.find(path) is not None for row in students) < len(students)


def test_a_job_function_is_often_there_and_not_always():
    codes = Counter(row.findtext("JobFunction/Code") for row in WHOLE["StaffAssignment"])
    assert codes["1000"] > codes[None] > 0
    assert codes["2410"] > 0


@pytest.mark.parametrize(("students", "left", "came"), [(1_000, 20, 15), (3_000, 60, 45), (20, 1, 1), (10, 0, 0)])
def test_on_the_next_day_some_left_and_others_came(students, left, came):
    before, after = everything(students), everything(students, day="next-day")
    refs = [{row.get("RefId") for row in day["StudentPersonal"]} for day in (before, after)]
    assert (len(refs[0] - refs[1]), len(refs[1] - refs[0])) == (left, came)
    for name in ("StudentSchoolEnrollment", "StudentContact", "StudentSectionEnrollment"):
        assert {row.get("StudentPersonalRefId") for row in after[name]} <= refs[1]
    enrolled = {row.get("StudentPersonalRefId") for row in after["StudentSectionEnrollment"]}
    assert refs[1] - refs[0] <= enrolled


def test_nothing_else_changes_on_the_next_day():
    days = [{xml for name in OBJECTS for xml in content(1_000, 1, TODAY, day).objects(name)} for day in (
        "today", "next-day")]
    refs = [{xml.split('"', 2)[1] for xml in day} for day in days]
    assert {xml.split('"', 2)[1] for xml in days[0] ^ days[1]} == refs[0] ^ refs[1]


def test_the_next_day_is_told_in_events_and_in_full_sets():
    here = zone(100)
    agent = Agent(here).ready("StudentPersonal", "StudentSchoolEnrollment")
    before = {each.get("RefId") for each in agent.fetched("StudentPersonal")}
    assert let_next_day_come(here) > 0
    told = Counter()
    for heard in agent.drained():
        event = heard.pulled.find(".//{*}SIF_EventObject")
        told[event.get("ObjectName"), event.get("Action")] += 1
        ref, action = event[0].get("RefId"), event.get("Action")
        if event.get("ObjectName") == "StudentPersonal":
            before = before - {ref} if action == "Delete" else before | {ref}
    assert told["StudentPersonal", "Delete"] == 2 and told["StudentPersonal", "Add"] == 1
    assert told["StudentSchoolEnrollment", "Change"] == 2
    assert {each.get("RefId") for each in agent.fetched("StudentPersonal")} == before


def test_there_is_one_next_day():
    here = zone(day="next-day")
    with pytest.raises(ValueError, match="already"):
        let_next_day_come(here)


@pytest.mark.parametrize(("given", "says"), [
    ({"version": "1.5"}, "2.0, 2.0r1, 2.1"), ({"faults": ["nap"]}, "The faults are"), ({"students": 0}, "at least 1"),
    ({"day": "yesterday"}, "today, next-day"),
])
def test_a_zone_that_cannot_be_is_refused_with_what_can(given, says):
    with pytest.raises(ValueError, match=says):
        simulated_zone(**{"students": 5, "today": TODAY, "clock": clock} | given)


def test_a_simulated_zone_knows_today_by_its_clock():
    here = simulated_zone(5, clock=clock)
    assert isinstance(here, Zone)
    assert here.provider.district.today == TODAY


def test_the_zone_shares_nothing_with_the_agent_it_tests():
    """Else one mistake could sit on both sides and never show."""
    for file in Path(cli.zis.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [
                name.name for name in node.names] if isinstance(node, ast.Import) else []
            assert not any(name.split(".")[0] in ("rostering", "sif_pull") for name in names), file.name

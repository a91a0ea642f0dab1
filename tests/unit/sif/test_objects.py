"""What is kept of each of the eleven objects, and what a change does to it."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rostering.sif import codes
from rostering.sif.messages import Flaw, SifObject
from rostering.sif.objects import KEPT, merge
from rostering.sif.parse import parse
from tests.unit.sif.zone import SCHOOL, STAFF, STUDENT, TERM, event, pulled, response, student

COURSE, SECTION, ROOM = "5E000000000000000000000000000001", "6F" * 16, "2B000000000000000000000000000001"

# The examples of the handbook's section 7.3.
EXAMPLES = {
    "SchoolInfo": (f"""<SchoolInfo RefId="{SCHOOL}">
  <LocalId>100</LocalId>
  <StateProvinceId>NY100</StateProvinceId>
  <SchoolName>Lincoln &amp; Élan High</SchoolName>
  <PrincipalInfo><ContactName>Ana Li</ContactName></PrincipalInfo>
  <PhoneNumberList><PhoneNumber Type="0096"><Number>(555) 555-0100</Number></PhoneNumber></PhoneNumberList>
  <GradeLevels><GradeLevel><Code>09</Code></GradeLevel><GradeLevel><Code>10</Code></GradeLevel></GradeLevels>
</SchoolInfo>""", {"local_id": "100", "state_id": "NY100", "name": "Lincoln & Élan High", "principal": "Ana Li",
                  "grades": ["09", "10"]}),
    "TermInfo": (f"""<TermInfo RefId="{TERM}" SchoolInfoRefId="{SCHOOL}" SchoolYear="2025">
  <StartDate>2024-09-03</StartDate><EndDate>2025-01-24</EndDate><Description>Semester 1</Description>
  <TermCode>S1</TermCode><TermSpan><Code>0828</Code></TermSpan></TermInfo>""",
                 {"school": SCHOOL, "year": "2025", "start_date": "2024-09-03", "end_date": "2025-01-24",
                  "description": "Semester 1", "code": "S1", "span": "0828"}),
    "RoomInfo": (f"""<RoomInfo RefId="{ROOM}" SchoolInfoRefId="{SCHOOL}"><RoomNumber>R12</RoomNumber>
  <Description>Physics lab</Description></RoomInfo>""",
                 {"school": SCHOOL, "number": "R12", "description": "Physics lab"}),
    "StaffPersonal": (f"""<StaffPersonal RefId="{STAFF}"><LocalId>T0007</LocalId>
  <Name Type="04"><LastName>O'Brien</LastName><FirstName>Seán</FirstName></Name><Title>Teacher</Title>
  <EmailList><Email Type="Primary">sean@example.org</Email></EmailList></StaffPersonal>""",
                      {"local_id": "T0007", "last_name": "O'Brien", "first_name": "Seán", "title": "Teacher",
                       "emails": {"Primary": "sean@example.org"}}),
    "StaffAssignment": (f"""<StaffAssignment RefId="{"4D" * 16}" SchoolInfoRefId="{SCHOOL}" SchoolYear="2025"
    StaffPersonalRefId="{STAFF}"><PrimaryAssignment>Yes</PrimaryAssignment><JobStartDate>2024-09-01</JobStartDate>
  <JobFunction><Code>1000</Code></JobFunction></StaffAssignment>""",
                        {"school": SCHOOL, "staff": STAFF, "year": "2025", "primary": "Yes",
                         "start_date": "2024-09-01", "function": "1000"}),
    "SchoolCourseInfo": (f"""<SchoolCourseInfo RefId="{COURSE}" SchoolInfoRefId="{SCHOOL}" SchoolYear="2025">
  <CourseCode>PHY1</CourseCode><StateCourseCode>S-PHY</StateCourseCode><CourseTitle>Physics I</CourseTitle>
  <SubjectAreaList><SubjectArea><Code>03151</Code></SubjectArea></SubjectAreaList></SchoolCourseInfo>""",
                         {"school": SCHOOL, "year": "2025", "code": "PHY1", "state_code": "S-PHY",
                          "title": "Physics I", "subject": ["03151"]}),
    "SectionInfo": (f"""<SectionInfo RefId="{SECTION}" SchoolCourseInfoRefId="{COURSE}" SchoolYear="2025">
  <LocalId>PHY1-03</LocalId><ScheduleInfoList><ScheduleInfo TermInfoRefId="{TERM}">
  <TeacherList><StaffPersonalRefId>{STAFF}</StaffPersonalRefId></TeacherList>
  <SectionRoomList><RoomInfoRefId>{ROOM}</RoomInfoRefId></SectionRoomList>
  <MeetingTimeList><MeetingTime><TimetableDay>M</TimetableDay><TimetablePeriod>3</TimetablePeriod></MeetingTime>
  </MeetingTimeList></ScheduleInfo></ScheduleInfoList></SectionInfo>""",
                    {"course": COURSE, "year": "2025", "local_id": "PHY1-03",
                     "schedules": {TERM: {"teachers": [STAFF], "rooms": [ROOM], "periods": [["M", "3"]]}}}),
    "StudentPersonal": (student("""<LocalId>P00042</LocalId><StateProvinceId>NY0000042</StateProvinceId>
  <Name Type="04"><LastName>Muñoz</LastName><FirstName>Rosa María</FirstName><PreferredName>Rosa</PreferredName></Name>
  <Demographics><Gender>F</Gender><BirthDate>2009-04-30</BirthDate></Demographics>
  <EmailList><Email Type="Primary">rosa@example.org</Email></EmailList>
  <MostRecent><GradeLevel><Code>09</Code></GradeLevel></MostRecent>
  <SIF_ExtendedElements><SIF_ExtendedElement Name="NetworkLogin">rmunoz</SIF_ExtendedElement>
  </SIF_ExtendedElements>"""),
                        {"local_id": "P00042", "state_id": "NY0000042", "last_name": "Muñoz",
                         "first_name": "Rosa María", "preferred_name": "Rosa", "birth_date": "2009-04-30",
                         "emails": {"Primary": "rosa@example.org"}, "grade": "09",
                         "extended": {"NetworkLogin": "rmunoz"}}),
    "StudentSchoolEnrollment": (f"""<StudentSchoolEnrollment RefId="{"80" * 16}" StudentPersonalRefId="{STUDENT}"
    SchoolInfoRefId="{SCHOOL}" MembershipType="Home" TimeFrame="Current" SchoolYear="2025">
  <EntryDate>2024-09-03</EntryDate><GradeLevel><Code>09</Code><OtherCodeList>
  <OtherCode Codeset="Local">F</OtherCode></OtherCodeList></GradeLevel>
  <Homeroom SIF_RefObject="RoomInfo">{ROOM}</Homeroom></StudentSchoolEnrollment>""",
                                {"student": STUDENT, "school": SCHOOL, "membership": "Home", "time_frame": "Current",
                                 "year": "2025", "entry_date": "2024-09-03", "grade": "09", "grade_local": ["F"],
                                 "homeroom": ROOM}),
    "StudentContact": (f"""<StudentContact RefId="{"91" * 16}" StudentPersonalRefId="{STUDENT}">
  <LocalId>C0815</LocalId><Name Type="02"><LastName>Muñoz</LastName><FirstName>Elena</FirstName></Name>
  <PhoneNumberList><PhoneNumber Type="0096"><Number>555-0100</Number><Extension>7</Extension></PhoneNumber>
  </PhoneNumberList><EmailList><Email Type="Primary">elena@example.org</Email></EmailList>
  <Relationship><Code>1735</Code></Relationship><ContactFlags><ParentLegalGuardian>Yes</ParentLegalGuardian>
  <LivesWith>Yes</LivesWith></ContactFlags><ContactSequence>1</ContactSequence></StudentContact>""",
                       {"student": STUDENT, "local_id": "C0815", "last_name": "Muñoz", "first_name": "Elena",
                        "phones": {"0096": "555-0100"}, "emails": {"Primary": "elena@example.org"},
                        "relationship": "1735", "flags": {"ParentLegalGuardian": "Yes", "LivesWith": "Yes"},
                        "sequence": "1"}),
    "StudentSectionEnrollment": (f"""<StudentSectionEnrollment RefId="{"A2" * 16}" StudentPersonalRefId="{STUDENT}"
    SectionInfoRefId="{SECTION}" SchoolYear="2025"><EntryDate>2024-09-03</EntryDate></StudentSectionEnrollment>""",
                                 {"student": STUDENT, "section": SECTION, "year": "2025",
                                  "entry_date": "2024-09-03"}),
}


def fields(xml: str, extended: tuple[str, ...] = ("NetworkLogin",)) -> dict:
    found = parse(pulled(response(xml)), extended=extended).message
    assert not found.flaws
    return found.objects[0].fields


def changed(xml: str, name: str = "StudentPersonal") -> dict:
    return parse(pulled(event(name, "Change", xml)), extended=("NetworkLogin",)).message.object.fields


def test_the_table_covers_the_eleven_objects():
    assert set(KEPT) == set(codes.OBJECTS) == set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_object_is_read_by_the_table(name):
    xml, expected = EXAMPLES[name]
    assert fields(xml) == expected


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_order_of_elements_does_not_matter(name):
    xml, expected = EXAMPLES[name]
    opening, _, rest = xml.partition(">")
    closing = f"</{name}>"
    turned = parse(pulled(response(f"{opening}>{rest.removesuffix(closing)}<x/>{closing}"))).message.objects[0]
    assert turned.fields.items() >= {key: value for key, value in expected.items() if key != "extended"}.items()


def test_an_absent_element_is_an_absent_field_and_an_empty_one_says_empty():
    assert fields(student("<LocalId/><StateProvinceId> </StateProvinceId>")) == {"local_id": "", "state_id": ""}


@pytest.mark.parametrize("written", ["O<![CDATA['Ne]]>i<!-- c -->l", "  O&apos;Neil\n", "O&#39;N<?pi?>eil"])
def test_the_pieces_of_a_name_are_one_text(written):
    assert fields(student(f'<Name Type="04"><LastName>{written}</LastName></Name>')) == {"last_name": "O'Neil"}


def test_texts_are_in_nfc_with_their_inner_spaces():
    assert fields(student("<LocalId> 0 1\u00a0n\u0303 </LocalId>")) == {"local_id": "0 1\u00a0ñ"}


def test_a_long_text_is_cut():
    for letter in ("x", "n\u0303"):
        assert len(fields(student(f"<LocalId>{letter * 5_000}</LocalId>"))["local_id"]) == 1_000


def test_only_the_name_of_record_is_a_name():
    assert fields(student("""<Name Type="02"><LastName>No</LastName></Name><Name><LastName>No</LastName></Name>
        <OtherNames><Name Type="04"><LastName>No</LastName></Name></OtherNames>
        <Name Type="04"><LastName>Yes</LastName></Name>""")) == {"last_name": "Yes"}


def test_extended_elements_are_kept_by_name():
    xml = student("""<SIF_ExtendedElements><SIF_ExtendedElement Name="A">1</SIF_ExtendedElement>
        <SIF_ExtendedElement Name="B">2</SIF_ExtendedElement></SIF_ExtendedElements>""")
    assert fields(xml, ("B",)) == {"extended": {"B": "2"}}
    assert fields(xml, ()) == {}


def test_references_are_normalized_and_what_is_none_is_short():
    dashed = "d3e34b35-9d75-101a-8c3d-00aa001a1652"
    assert fields(f'<RoomInfo RefId="{"A" * 32}" SchoolInfoRefId="{dashed}"/>') == {"school": SCHOOL}
    assert fields(f'<RoomInfo RefId="{"A" * 32}" SchoolInfoRefId="{"x#" * 500}"/>') == {"school": "x#" * 20}


@pytest.mark.parametrize(("written", "ref_id"), [
    ("7f3a1b2c-3d4e-5f60-7182-93a4b5c6d7e8", STUDENT), (f" {STUDENT.lower()} ", STUDENT)])
def test_a_ref_id_is_normalized(written, ref_id):
    assert parse(pulled(response(student(ref_id=written)))).message.objects == (
        SifObject("StudentPersonal", ref_id, {}),)


@pytest.mark.parametrize(("written", "kept"), [
    ("", ""), (STUDENT[1:], STUDENT[1:]), (STUDENT + "0", (STUDENT + "0")[:40]), ("x" * 10_000, "x" * 40),
    ("#" + STUDENT[1:], "#" + STUDENT[1:]), ("a&#10;b&#x202E;c", "abc"), ("{" + STUDENT + "}", "{" + STUDENT + "}")])
def test_an_unusable_ref_id_is_a_flaw_of_that_object_alone(written, kept):
    found = parse(pulled(response(student(ref_id=written) + student("<LocalId>2</LocalId>")))).message
    assert found.flaws == (Flaw("BAD_REFID", "StudentPersonal", kept),)
    assert found.objects == (SifObject("StudentPersonal", STUDENT, {"local_id": "2"}),)


def test_an_absent_ref_id_is_a_flaw():
    assert parse(pulled(response("<TermInfo/>"))).message.flaws == (Flaw("BAD_REFID", "TermInfo", ""),)


def test_the_schedules_of_a_term_are_one():
    def one(teacher: str, day: str) -> str:
        return (f'<ScheduleInfo TermInfoRefId="{TERM.lower()}"><TeacherList><StaffPersonalRefId>{teacher}'
                f"</StaffPersonalRefId></TeacherList><MeetingTimeList><MeetingTime><TimetableDay>{day}</TimetableDay>"
                f"</MeetingTime><MeetingTime/></MeetingTimeList></ScheduleInfo>")
    found = fields(f'<SectionInfo RefId="{SECTION}"><ScheduleInfoList>{one(STAFF, "M")}{one(STAFF, "T")}'
                   f'{one("B" * 32, "M")}</ScheduleInfoList></SectionInfo>')
    assert found["schedules"] == {TERM: {"teachers": [STAFF, "B" * 32], "rooms": [], "periods": [["M", ""], ["T", ""]]}}


@pytest.mark.parametrize(("says", "expected"), [
    ("Yes", {"code": "X", "title": "Y"}), ("1", {"code": "X", "title": "Y"}), ("No", {}), ("", {})])
def test_an_override_counts_only_where_it_says_so(says, expected):
    assert fields(f'<SectionInfo RefId="{SECTION}"><SchoolCourseInfoOverride Override="{says}"><CourseCode>X'
                  "</CourseCode><CourseTitle>Y</CourseTitle></SchoolCourseInfoOverride></SectionInfo>"
                  ) == {"override": expected}


def test_a_change_takes_out_by_key():
    said = changed(student("""<EmailList><Email Type="Primary">rosa@example.org</Email>
        <Email SIF_Action="Delete" Type="Alternate1"/></EmailList>
        <SIF_ExtendedElements><SIF_ExtendedElement Name="NetworkLogin" SIF_Action="Delete"/></SIF_ExtendedElements>"""))
    assert said == {"emails": {"Primary": "rosa@example.org", "Alternate1": None}, "extended": {"NetworkLogin": None}}
    known = {"local_id": "1", "emails": {"Alternate1": "old@example.org", "Alternate2": "two@example.org"}}
    assert merge(known, said) == {
        "local_id": "1", "extended": {},
        "emails": {"Alternate2": "two@example.org", "Primary": "rosa@example.org"}}


def test_whole_objects_hold_nothing_taken_out():
    xml = student('<EmailList><Email SIF_Action="Delete" Type="Primary"/></EmailList>')
    assert fields(xml) == {"emails": {}}
    assert parse(pulled(event("StudentPersonal", "Add", xml))).message.object.fields == {"emails": {}}


KEYED = st.dictionaries(st.sampled_from("abc"), st.none() | st.text(max_size=3), max_size=3)
CHANGES = st.fixed_dictionaries({}, optional={
    "local_id": st.text(max_size=3), "title": st.text(max_size=3), "grades": st.lists(st.text(max_size=2), max_size=3),
    "override": st.dictionaries(st.sampled_from(["code", "title"]), st.text(max_size=3)),
    **{name: KEYED for name in ("emails", "phones", "extended", "schedules", "flags")}})


@given(CHANGES, CHANGES)
def test_merging_twice_is_merging_once(known, change):
    once = merge(known, change)
    assert merge(once, change) == once


@given(CHANGES)
def test_merging_nothing_changes_nothing(known):
    assert merge(known, {}) == known


@given(CHANGES, CHANGES)
def test_merging_changes_neither_side(known, change):
    before = copy.deepcopy((known, change))
    merge(known, change)
    assert (known, change) == before


@given(CHANGES, CHANGES, CHANGES)
def test_changes_can_be_merged_before_they_are_applied_but_for_what_they_take_out(known, first, second):
    def kept(change: dict) -> dict:
        return merge({}, change)
    known, first, second = kept(known), kept(first), kept(second)
    assert merge(merge(known, first), second) == merge(known, merge(first, second))

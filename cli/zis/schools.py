"""Schools and what they offer: SchoolInfo, TermInfo, RoomInfo, SchoolCourseInfo, SectionInfo.

A section's school follows from its course only; its teachers hang under ScheduleInfo, once per term.
A part of the sections of the year before is still there, with their own terms and courses.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from cli.generator.layout import COURSES, ELEMENTARY, GRADES, HIGH, School, Section
from cli.zis.objects import grade_levels, percent, tag

if TYPE_CHECKING:
    from cli.zis.content import Part

_SCHOOL_TYPES = {GRADES: "1302", ELEMENTARY: "1304", HIGH: "2402"}
_MIDDLE = "2400"
_SPANS = {"School Year": "0827", "Semester": "0828"}
_COURSES = {course.id: course for course in COURSES}
_LAST_YEARS_SECTIONS = 40  # of 100


def schools(part: Part) -> Iterator[str]:
    principals = {person.id: person for person in part.zone.staff if person.title == "Principal"}
    for school in part.zone.schools:
        head = principals.get(school.principal)
        contact = head and tag("ContactName", f"{head.first} {head.last}")
        yield (f'<SchoolInfo RefId="{school_ref(part, school.id)}"><LocalId>{school.id}</LocalId>'
               f"<StateProvinceId>{30000 + school.number}</StateProvinceId>"
               f"<NCESId>3600081{school.number:05d}</NCESId>{tag('SchoolName', school.name)}"
               f"<SchoolType>{_SCHOOL_TYPES.get(school.grades, _MIDDLE)}</SchoolType>"
               + (contact and f"<PrincipalInfo>{contact}</PrincipalInfo>" or "")
               + '<PhoneNumberList><PhoneNumber Type="0096"><Number>(555) 555-0100</Number></PhoneNumber>'
               f"</PhoneNumberList>{grade_levels(school.grades)}<OperationalStatus>0820</OperationalStatus>"
               "</SchoolInfo>")


def terms(part: Part) -> Iterator[str]:
    for school in part.zone.schools:
        for year in (part.last_year, part.year):
            for id, name, kind, first, last in year.terms:
                yield (f'<TermInfo RefId="{part.ref("TermInfo", school.id, id)}" '
                       f'SchoolInfoRefId="{school_ref(part, school.id)}" SchoolYear="{year.end}">'
                       f"<StartDate>{first}</StartDate><EndDate>{last}</EndDate>{tag('Description', name)}"
                       f"<TermCode>{id}</TermCode><TermSpan><Code>{_SPANS[kind]}</Code></TermSpan></TermInfo>")


def rooms(part: Part) -> Iterator[str]:
    for school, room in sorted({(section.school, section.room) for section in part.zone.sections}):
        yield (f'<RoomInfo RefId="{part.ref("RoomInfo", school, room)}" '
               f'SchoolInfoRefId="{school_ref(part, school)}"><RoomNumber>{room}</RoomNumber></RoomInfo>')


def courses(part: Part) -> Iterator[str]:
    taught = {(section.school, section.course, part.year.end): None for section in part.zone.sections}
    taught |= {(section.school, section.course, part.last_year.end): None for section in last_years(part)}
    for school, id, year in taught:
        course = _COURSES[id]
        yield (f'<SchoolCourseInfo RefId="{course_ref(part, school, id, year)}" '
               f'SchoolInfoRefId="{school_ref(part, school)}" SchoolYear="{year}"><CourseCode>{id}</CourseCode>'
               f"<StateCourseCode>{course.code}</StateCourseCode>{tag('CourseTitle', course.name)}"
               f"{tag('Department', course.subject)}</SchoolCourseInfo>")


def sections(part: Part) -> Iterator[str]:
    for section in part.zone.sections:
        yield _section(part, section, section_ref(part, section.id), part.year.end, section.id)
    for section in last_years(part):
        yield _section(part, section, last_years_ref(part, section.id), part.last_year.end, f"{section.id}-OLD")


def last_years(part: Part) -> Iterator[Section]:
    """Sections that took place in the year before too, with the same people."""
    for section in part.zone.sections:
        if percent(section_ref(part, section.id), "last year") < _LAST_YEARS_SECTIONS:
            yield section._replace(terms=section.terms.replace(part.year.suffix, part.last_year.suffix))


def _section(part: Part, section: Section, ref: str, year: int, local_id: str) -> str:
    teachers = "".join(f"<StaffPersonalRefId>{part.ref('StaffPersonal', id)}</StaffPersonalRefId>"
                       for id in (section.teacher, *section.co_teachers))
    schedule = "".join(
        f'<ScheduleInfo TermInfoRefId="{part.ref("TermInfo", section.school, term)}">'
        f"<TeacherList>{teachers}</TeacherList><SectionRoomList><RoomInfoRefId>"
        f"{part.ref('RoomInfo', section.school, section.room)}</RoomInfoRefId></SectionRoomList><MeetingTimeList>"
        f"<MeetingTime><TimetableDay>M-F</TimetableDay><TimetablePeriod>{section.period}</TimetablePeriod>"
        "</MeetingTime></MeetingTimeList></ScheduleInfo>" for term in section.terms.split(";"))
    return (f'<SectionInfo RefId="{ref}" '
            f'SchoolCourseInfoRefId="{course_ref(part, section.school, section.course, year)}" SchoolYear="{year}">'
            f"<LocalId>{local_id}</LocalId>{tag('Description', section.name)}"
            f"<ScheduleInfoList>{schedule}</ScheduleInfoList></SectionInfo>")


def school_ref(part: Part, school: str) -> str:
    return part.ref("SchoolInfo", school)


def course_ref(part: Part, school: str, course: str, year: int) -> str:
    return part.ref("SchoolCourseInfo", school, course, str(year))


def section_ref(part: Part, section: str) -> str:
    return part.ref("SectionInfo", section)


def last_years_ref(part: Part, section: str) -> str:
    return part.ref("SectionInfo", section, "last year")


def school_with(part: Part, grade: str, first: School) -> School:
    """A school that has the grade: `first` if it does."""
    return next((school for school in (first, *part.zone.schools) if grade in school.grades), first)


def first_of_july(year: int) -> date:
    """The first day of the school year that ends in `year`."""
    return date(year - 1, 7, 1)

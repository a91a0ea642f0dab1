"""Who goes where: StudentSchoolEnrollment and StudentSectionEnrollment, of this year and of others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from cli.generator.layout import GRADES, Student
from cli.zis import schools
from cli.zis.objects import grade_level, percent

if TYPE_CHECKING:
    from cli.zis.content import Part

# Of 100 students: who has a row of the year before, one of the year to come, a class they left.
_HISTORICAL, _FUTURE, _LEFT_A_CLASS = 60, 2, 3
_WITHOUT_ENTRY_DATE = 30  # of 100 section enrollments
_NEW, _RETURNING = "1821", "1835"  # entry types
_MOVED_ON, _LEFT = "1907", "1908"  # exit types


def school_enrollments(part: Part) -> Iterator[str]:
    homerooms = _homerooms(part)
    for child in part.zone.students:
        ref = part.student_refs[child.id]
        home = part.schools_by_id[child.school]
        if not part.is_new(child) and percent(ref, "historical") < _HISTORICAL:
            grade = GRADES[max(0, GRADES.index(child.grade) - 1)]
            entered = schools.first_of_july(part.year.end - 1)
            yield _enrollment(part, child, "Historical", schools.school_with(part, grade, home).id, entered, grade,
                              left=entered.replace(year=part.year.end - 1) - timedelta(days=1), exit=_MOVED_ON)
        yield _enrollment(part, child, "Current", child.school, child.start_date, child.grade,
                          homeroom=homerooms.get(child.id, ""))
        if percent(ref, "future") < _FUTURE:
            grade = GRADES[min(len(GRADES) - 1, GRADES.index(child.grade) + 1)]
            yield _enrollment(part, child, "Future", schools.school_with(part, grade, home).id,
                              schools.first_of_july(part.year.end + 1), grade)
    for child in part.former_students:
        yield _enrollment(part, child, "Historical", child.school, child.start_date, child.grade,
                          left=date(child.start_date.year + 1, 6, 30), exit=_LEFT)


def _enrollment(part: Part, child: Student, frame: str, school: str, entered: date, grade: str, *,
                homeroom: str = "", left: date | None = None, exit: str = "") -> str:
    year = entered.year + (entered.month >= 7)
    room = homeroom and f'<Homeroom SIF_RefObject="RoomInfo">{homeroom}</Homeroom>'
    end = f"<ExitDate>{left}</ExitDate><ExitType><Code>{exit}</Code></ExitType>" if left else ""
    entry = _NEW if part.is_new(child) else _RETURNING
    return (f'<StudentSchoolEnrollment RefId="{part.ref("StudentSchoolEnrollment", child.id, str(year))}" '
            f'StudentPersonalRefId="{part.ref("StudentPersonal", child.id)}" '
            f'SchoolInfoRefId="{schools.school_ref(part, school)}" MembershipType="Home" '
            f'TimeFrame="{frame}" SchoolYear="{year}"><EntryDate>{entered}</EntryDate>'
            f"<EntryType><Code>{entry}</Code></EntryType>{grade_level(grade)}{room}{end}"
            "</StudentSchoolEnrollment>")


def _homerooms(part: Part) -> dict[str, str]:
    """The RefId of the room that each student's day begins in."""
    rooms = {section.id: part.ref("RoomInfo", section.school, section.room)
             for section in part.zone.sections if section.period == "1"}
    return {enrollment.student: rooms[enrollment.section] for enrollment in reversed(part.zone.enrollments)
            if enrollment.section in rooms}


def section_enrollments(part: Part) -> Iterator[str]:
    children = {child.id: child for child in part.zone.students}
    refs = {section.id: schools.section_ref(part, section.id) for section in part.zone.sections}
    old = {section.id: schools.last_years_ref(part, section.id) for section in schools.last_years(part)}
    last_year, year = part.last_year, part.year
    for enrollment in part.zone.enrollments:
        child = children[enrollment.student]
        ref = part.ref("StudentSectionEnrollment", enrollment.section, child.id)
        dates = "" if int(ref[:4], 16) % 100 < _WITHOUT_ENTRY_DATE else (
            f"<EntryDate>{child.start_date}</EntryDate>")
        yield _taking(ref, part.student_refs[child.id], refs[enrollment.section], year.end, dates)
        if enrollment.section in old and not part.is_new(child):
            yield _taking(part.ref("StudentSectionEnrollment", enrollment.section, child.id, "last year"),
                          part.student_refs[child.id], old[enrollment.section], last_year.end,
                          _dates(last_year.first_day, year.first_day - timedelta(days=1)))
    yield from _classes_left(part, children, refs)


def _classes_left(part: Part, children: dict[str, Student], refs: dict[str, str]) -> Iterator[str]:
    """Rows of classes that students went to for a while this year, in another section of a course they take."""
    yesterday = part.year.today - timedelta(days=1)
    if yesterday < part.year.first_day:
        return
    of_course = defaultdict(list)
    for section in part.zone.sections:
        of_course[section.school, section.course].append(section.id)
    sections = {section.id: section for section in part.zone.sections}
    seen = set()
    for enrollment in part.zone.enrollments:
        child, ref = children[enrollment.student], part.student_refs[enrollment.student]
        if child.id in seen or part.is_new(child) or percent(ref, "left a class") >= _LEFT_A_CLASS:
            continue
        seen.add(child.id)
        now = sections[enrollment.section]
        for other in of_course[now.school, now.course]:
            if other != now.id:
                yield _taking(part.ref("StudentSectionEnrollment", other, child.id, "left"), ref, refs[other],
                              part.year.end, _dates(part.year.first_day, yesterday))
                break


def _dates(entered: date, left: date) -> str:
    return f"<EntryDate>{entered}</EntryDate><ExitDate>{left}</ExitDate>"


def _taking(ref: str, student_ref: str, section_ref: str, year: int, dates: str) -> str:
    return (f'<StudentSectionEnrollment RefId="{ref}" StudentPersonalRefId="{student_ref}" '
            f'SectionInfoRefId="{section_ref}" SchoolYear="{year}">{dates}</StudentSectionEnrollment>')

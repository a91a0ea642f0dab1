"""A made-up district as an import sheet, in several workbooks if one cannot hold it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from cli.generator.district import District
from cli.generator.layout import COURSES, Numbers, SchoolYear, Zone
from rostering.sheet import look, template

STUDENTS_PER_FILE = 33_000  # with 6 enrollments each, below the 200,000 rows that a tab may have


def write_sheet(district: District, path: Path, *, load_type: str = "Add and update",
                site_name: str = "", students_per_file: int = STUDENTS_PER_FILE) -> list[Path]:
    """Write the district to `path`; the files written.

    A district of more than `students_per_file` becomes NAME-1.xlsx, NAME-2.xlsx and so on, each with
    whole schools and everybody in them. The District of the stamp stays blank unless given, so
    that the sheet can be handed in for any site.
    """
    parts = list(_parts(district, students_per_file))
    paths = [path] if len(parts) == 1 else [
        path.with_name(f"{path.stem}-{number}{path.suffix}") for number in range(1, len(parts) + 1)]
    year = district.year
    for file, shares in zip(paths, parts, strict=True):
        template.write(file, site_name=site_name, school_year=look.school_year(year.end),
                       load_type=load_type, prepared_by="rollbook generate",
                       prepared_on=district.today.isoformat(),
                       rows=rows([district.zone(share) for share in shares], year))
    return paths


def _parts(district: District, students: int) -> Iterator[list[Numbers]]:
    """The zones of each file: at least one, then as many as `students` allow."""
    part: list[Numbers] = []
    for numbers in district.numbers():
        if part and sum(share.students for share in part) + numbers.students > students:
            yield part
            part = []
        part.append(numbers)
    yield part


def rows(zones: Iterable[Zone], year: SchoolYear) -> dict[str, Iterable[template.Row]]:
    """The rows of every tab, as `template.write` takes them."""
    zones = list(zones)
    return {
        "Schools": [(s.id, s.name, f"{30000 + s.number}", f"3600081{s.number:05d}", s.grades[0],
                     s.grades[-1], s.principal, "Active") for zone in zones for s in zone.schools],
        "Terms": [(id, "", name, kind, str(year.end), first, last)
                  for id, name, kind, first, last in year.terms],
        "Staff": [(p.id, p.school, p.other_schools, p.role, p.first, p.middle, p.last, p.email,
                   p.username, p.title, p.state_id, "Active") for zone in zones for p in zone.staff],
        "Students": ((s.id, s.school, "", s.first, s.middle, s.last, s.preferred, s.grade,
                      s.birth_date, s.state_id, s.email, "", s.start_date, "", "Active")
                     for zone in zones for s in zone.students),
        "Guardians": ((g.student, g.id, g.first, g.last, g.relationship, g.email, g.phone, "",
                       g.portal_access, g.primary, "Active") for zone in zones for g in zone.guardians),
        "Courses": [(c.id, "", c.name, c.code, c.subject, ";".join(c.grades), "Active")
                    for c in COURSES],
        "Classes": ((s.id, s.school, s.course, s.name, s.number, s.terms, s.period, s.teacher,
                     *(*s.co_teachers, "", "", "")[:3], s.room, "Active")
                    for zone in zones for s in zone.sections),
        "Class Rosters": ((e.section, e.student, "", "", "Active")
                          for zone in zones for e in zone.enrollments),
        "Groups": ((m.group, m.name, m.school, m.owner, m.kind, m.member, "Active")
                   for zone in zones for m in zone.members),
    }

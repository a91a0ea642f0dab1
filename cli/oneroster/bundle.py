"""The made-up district as a OneRoster CSV bundle, 1.1 or 1.2: everything, or what a day changed."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from cli.oneroster.district import OneRosterDistrict
from cli.oneroster.objects import (
    ACTIVE,
    DELETED,
    AcademicSession,
    Class,
    Course,
    Demographics,
    Enrollment,
    Org,
    User,
)
from cli.oneroster.shapes import VERSIONS

Row = tuple[str, ...]

_ABSENT = {
    "1.1": ("categories", "classResources", "courseResources", "lineItems", "resources", "results"),
    "1.2": ("categories", "classResources", "courseResources", "lineItemLearningObjectiveIds", "lineItems",
            "lineItemScoreScales", "resources", "resultLearningObjectiveIds", "results", "resultScoreScales",
            "scoreScales", "userResources"),
}
_EVERY_ROW = ("sourcedId", "status", "dateLastModified")
_RACES = ("americanIndianOrAlaskaNative", "asian", "blackOrAfricanAmerican",
          "nativeHawaiianOrOtherPacificIslander", "white", "demographicRaceTwoOrMoreRaces",
          "hispanicOrLatinoEthnicity")
_PERSON = ("username", "userIds", "givenName", "familyName", "middleName", "identifier", "email", "sms", "phone",
           "agentSourcedIds", "grades", "password")

# The columns after the three that every file begins with.
_COLUMNS = {
    "academicSessions": ("title", "type", "startDate", "endDate", "parentSourcedId", "schoolYear"),
    "orgs": ("name", "type", "identifier", "parentSourcedId"),
    "courses": ("schoolYearSourcedId", "title", "courseCode", "grades", "orgSourcedId", "subjects",
                "subjectCodes"),
    "classes": ("title", "grades", "courseSourcedId", "classCode", "classType", "location", "schoolSourcedId",
                "termSourcedIds", "subjects", "subjectCodes", "periods"),
    "enrollments": ("classSourcedId", "schoolSourcedId", "userSourcedId", "role", "primary", "beginDate",
                    "endDate"),
    "demographics": ("birthDate", "sex", *_RACES, "countryOfBirthCode", "stateOfBirthAbbreviation",
                     "cityOfBirth", "publicSchoolResidenceStatus"),
}
_USERS = {
    "1.1": {"users": ("enabledUser", "orgSourcedIds", "role", *_PERSON)},
    "1.2": {"users": ("enabledUser", *_PERSON, "userMasterIdentifier", "preferredGivenName",
                      "preferredMiddleName", "preferredFamilyName", "primaryOrgSourcedId", "pronouns"),
            "roles": ("userSourcedId", "roleType", "role", "beginDate", "endDate", "orgSourcedId",
                      "userProfileSourcedId"),
            "userProfiles": ("userSourcedId", "profileType", "vendorId", "applicationId", "description",
                             "credentialType", "username", "password")},
}


def columns(version: str) -> dict[str, Row]:
    """The columns of every file of that version, by the file's name without `.csv`."""
    return {name: _EVERY_ROW + own for name, own in {**_COLUMNS, **_USERS[version]}.items()}


def write_bundle(district: OneRosterDistrict, path: Path, version: str = "1.1", *,
                 since: OneRosterDistrict | None = None) -> Path:
    """Write the district to `path` as a bundle: bulk, or the delta to an earlier day; the path.

    The faults that spoil answers do not reach it. The same district gives the same bytes.

    Raises ValueError for an unknown version.
    """
    if version not in VERSIONS:
        raise ValueError(f"unknown OneRoster version {version!r}; one of: {', '.join(VERSIONS)}")
    after = district.faultless()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        _write(bundle, "manifest", ("propertyName", "value"), _manifest(version, since is not None))
        for name, header in columns(version).items():
            rows = _bulk(after, name, version) if since is None else (
                _delta(since.faultless(), after, name, version))
            _write(bundle, name, header, rows)
    return path


def _write(bundle: zipfile.ZipFile, name: str, header: Row, rows: Iterable[Row]) -> None:
    entry = zipfile.ZipInfo(f"{name}.csv", (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    with bundle.open(entry, "w") as raw, io.TextIOWrapper(raw, encoding="utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(header)
        writer.writerows(rows)


def _manifest(version: str, delta: bool) -> Iterator[Row]:
    yield "manifest.version", "1.0"
    yield "oneroster.version", version
    modes = dict.fromkeys(_ABSENT[version], "absent") | dict.fromkeys(columns(version), "delta" if delta else "bulk")
    for name in sorted(modes, key=str.lower):
        yield f"file.{name}", modes[name]
    yield "source.systemName", "Rollbook simulator"
    yield "source.systemCode", "rollbook"


def _bulk(district: OneRosterDistrict, name: str, version: str) -> Iterator[Row]:
    """All rows; status and dateLastModified are blank."""
    for part in range(district.parts):
        for id, _, *cells in _rows(district, name, version, part):
            yield id, "", "", *cells


def _delta(before: OneRosterDistrict, after: OneRosterDistrict, name: str, version: str) -> Iterator[Row]:
    """The rows that differ. They were modified on the later day, whatever the objects say."""
    modified = f"{after.today.isoformat()}T07:00:00.000Z"
    for part in range(after.parts):
        old, new = ({id: cells for id, _, *cells in _rows(day, name, version, part)} for day in (before, after))
        for id in sorted(old.keys() | new.keys()):
            if old.get(id) != new.get(id):
                yield id, ACTIVE if id in new else DELETED, modified, *new.get(id, old.get(id, ()))


def _rows(district: OneRosterDistrict, name: str, version: str, part: int) -> Iterator[tuple[Any, ...]]:
    """Id, day of change and the other cells of every row of a part."""
    kind = "users" if name in ("roles", "userProfiles") else name
    make = _USER_ROWS[version].get(name) or _ROWS[name]
    for record in district.part(kind, part):
        yield from make(record)


def _session(s: AcademicSession) -> Iterator[tuple]:
    yield s.id, s.modified, s.title, s.type, _day(s.start), _day(s.end), s.parent, s.school_year


def _org(o: Org) -> Iterator[tuple]:
    yield o.id, o.modified, o.name, o.type, o.identifier, o.parent


def _course(c: Course) -> Iterator[tuple]:
    yield c.id, c.modified, c.school_year, c.title, c.code, ",".join(c.grades), c.org, c.subject, ""


def _class(c: Class) -> Iterator[tuple]:
    yield (c.id, c.modified, c.title, ",".join(c.grades), c.course, c.code, c.type, c.location, c.school,
           ",".join(c.terms), c.subject, "", c.period)


def _enrollment(e: Enrollment) -> Iterator[tuple]:
    yield (e.id, e.modified, e.class_, e.school, e.user, e.role, _boolean(e.primary), _day(e.begin), _day(e.end))


def _demographics(d: Demographics) -> Iterator[tuple]:
    yield d.id, d.modified, _day(d.birth_date), d.sex, *[""] * (len(_COLUMNS["demographics"]) - 2)


def _person(u: User) -> tuple[str, ...]:
    return (u.username, f"{{{u.id_type}:{u.state_id}}}" if u.state_id else "", u.given, u.family, u.middle,
            u.identifier, u.email, "", u.phone, ",".join(u.agents), u.grade, "")


def _user_1_1(u: User) -> Iterator[tuple]:
    yield u.id, u.modified, _boolean(u.enabled), ",".join(u.orgs), u.role, *_person(u)


def _user_1_2(u: User) -> Iterator[tuple]:
    yield (u.id, u.modified, _boolean(u.enabled), *_person(u), u.state_id, u.preferred, "", "", u.orgs[0], "")


def _roles(u: User) -> Iterator[tuple]:
    for org in u.orgs:
        for place, role in enumerate(u.roles):
            yield (f"{u.id}.{role}.{org}", u.modified, u.id, "secondary" if place else "primary", role, "", "", org,
                   u.profile)


def _profiles(u: User) -> Iterator[tuple]:
    if u.profile:
        yield u.profile, u.modified, u.id, "lms", "example-lms", "", "", "login", u.username, ""


def _day(day: date) -> str:
    return day.isoformat()


def _boolean(value: bool) -> str:
    return "true" if value else "false"


_ROWS: dict[str, Callable[[Any], Iterator[tuple]]] = {
    "academicSessions": _session, "orgs": _org, "courses": _course, "classes": _class,
    "enrollments": _enrollment, "demographics": _demographics}
_USER_ROWS: dict[str, dict[str, Callable[[Any], Iterator[tuple]]]] = {
    "1.1": {"users": _user_1_1}, "1.2": {"users": _user_1_2, "roles": _roles, "userProfiles": _profiles}}

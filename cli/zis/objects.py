"""The eleven objects, and the pieces that several of them are written with."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from xml.sax.saxutils import escape

OBJECTS = ("SchoolInfo", "TermInfo", "RoomInfo", "StaffPersonal", "StaffAssignment", "SchoolCourseInfo",
           "SectionInfo", "StudentPersonal", "StudentSchoolEnrollment", "StudentContact",
           "StudentSectionEnrollment")


def ref_id(seed: int, kind: str, id: str) -> str:
    """The RefId of a thing: the same for the same seed, kind and id."""
    return blake2b(f"{seed}/{kind}/{id}".encode(), digest_size=16).hexdigest().upper()


def percent(ref: str, use: str = "") -> int:
    """A number from 0 to 99 that belongs to a RefId, another one for every use."""
    return int(blake2b(f"{ref}/{use}".encode(), digest_size=4).hexdigest(), 16) % 100


def tag(name: str, value: str) -> str:
    """The element, or nothing if there is no value."""
    return value and f"<{name}>{escape(value)}</{name}>"


def person_name(last: str, first: str, middle: str = "", preferred: str = "") -> str:
    return (f'<Name Type="04">{tag("LastName", last)}{tag("FirstName", first)}{tag("MiddleName", middle)}'
            f"{tag('PreferredName', preferred)}</Name>")


def email_list(address: str) -> str:
    return address and f'<EmailList><Email Type="Primary">{escape(address)}</Email></EmailList>'


def phone_list(number: str) -> str:
    return number and (f'<PhoneNumberList><PhoneNumber Type="0096"><Number>{escape(number)}</Number></PhoneNumber>'
                       "</PhoneNumberList>")


def social_security_number(ref: str) -> str:
    """OtherIdList with a number that cannot be one: none begins with 000."""
    number = int(ref[:8], 16)
    return (f'<OtherIdList><OtherId Type="0004">000-{number % 99 + 1:02d}-{number // 99 % 9_999 + 1:04d}</OtherId>'
            "</OtherIdList>")


def network_login(name: str) -> str:
    return name and ('<SIF_ExtendedElements><SIF_ExtendedElement Name="NetworkLogin">'
                     f"{escape(name)}</SIF_ExtendedElement></SIF_ExtendedElements>")


def grade_level(grade: str) -> str:
    return f"<GradeLevel><Code>{grade}</Code></GradeLevel>"


def grade_levels(grades: Iterable[str]) -> str:
    return f"<GradeLevels>{''.join(map(grade_level, grades))}</GradeLevels>"

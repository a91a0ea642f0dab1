"""OneRoster objects as JSON, in the shapes of 1.1 and of 1.2. A field without a value is left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cli.oneroster.objects import (
    AcademicSession,
    Class,
    Course,
    Demographics,
    Enrollment,
    Org,
    Record,
    User,
)

VERSIONS = ("1.1", "1.2")
Shape = dict[str, Any]

PATH_OF_TYPE = {"org": "orgs", "user": "users", "class": "classes", "course": "courses",
                "academicSession": "academicSessions"}
ENVELOPES = {
    "orgs": ("orgs", "org"), "schools": ("orgs", "org"), "users": ("users", "user"),
    "students": ("users", "user"), "teachers": ("users", "user"),
    "academicSessions": ("academicSessions", "academicSession"),
    "terms": ("academicSessions", "academicSession"), "gradingPeriods": ("academicSessions", "academicSession"),
    "courses": ("courses", "course"), "classes": ("classes", "class"),
    "enrollments": ("enrollments", "enrollment"), "demographics": ("demographics", "demographics"),
}
"""The keys around a collection and around a single object."""

OPTIONAL = {
    Org: ("identifier", "parent", "metadata"),
    AcademicSession: ("parent", "metadata"),
    Course: ("courseCode", "grades", "subjects", "subjectCodes", "schoolYear", "metadata"),
    Class: ("classCode", "location", "grades", "subjects", "subjectCodes", "periods", "metadata"),
    User: ("userIds", "middleName", "identifier", "email", "sms", "phone", "agents", "grades", "metadata"),
    Enrollment: ("primary", "beginDate", "endDate", "metadata"),
    Demographics: ("birthDate", "sex", "white", "asian", "hispanicOrLatinoEthnicity", "cityOfBirth", "metadata"),
}
"""What may be without a value, per object."""
OPTIONAL_IN_USERS_OF_1_2 = ("userMasterIdentifier", "preferredFirstName", "preferredLastName", "pronouns",
                            "primaryOrg", "userProfiles")


def shape(record: Record, version: str, base: str) -> Shape:
    """`record` as an object of that version; its references lead to paths under `base`."""
    def ref(type: str, id: str) -> Shape:
        return {"href": f"{base}/{PATH_OF_TYPE[type]}/{id}", "sourcedId": id, "type": type}

    made: Shape = {"sourcedId": record.id, "status": record.status, "dateLastModified": record.modified}
    if type(record) is Enrollment:
        _enrollment(made, record, ref)
    elif type(record) is User:
        (_user_1_1 if version == "1.1" else _user_1_2)(made, record, ref)
    else:
        _OTHERS[type(record)](made, record, ref)
    return made


Ref = Callable[[str, str], Shape]


def _org(made: Shape, org: Org, ref: Ref) -> None:
    made |= {"name": org.name, "type": org.type, "identifier": org.identifier}
    if org.parent:
        made["parent"] = ref("org", org.parent)


def _session(made: Shape, session: AcademicSession, ref: Ref) -> None:
    made |= {"title": session.title, "type": session.type, "startDate": session.start.isoformat(),
             "endDate": session.end.isoformat(), "schoolYear": session.school_year}
    if session.parent:
        made["parent"] = ref("academicSession", session.parent)


def _course(made: Shape, course: Course, ref: Ref) -> None:
    made |= {"title": course.title, "courseCode": course.code, "grades": list(course.grades),
             "subjects": [course.subject], "schoolYear": ref("academicSession", course.school_year),
             "org": ref("org", course.org)}


def _class(made: Shape, class_: Class, ref: Ref) -> None:
    made |= {"title": class_.title, "classCode": class_.code, "classType": class_.type,
             "location": class_.location, "grades": list(class_.grades), "subjects": [class_.subject],
             "periods": [class_.period], "course": ref("course", class_.course),
             "school": ref("org", class_.school), "terms": [ref("academicSession", id) for id in class_.terms]}


def _enrollment(made: Shape, enrollment: Enrollment, ref: Ref) -> None:
    made |= {"user": ref("user", enrollment.user), "class": ref("class", enrollment.class_),
             "school": ref("org", enrollment.school), "role": enrollment.role,
             "primary": "true" if enrollment.primary else "false",
             "beginDate": enrollment.begin.isoformat(), "endDate": enrollment.end.isoformat()}


def _demographics(made: Shape, person: Demographics, ref: Ref) -> None:
    made |= {"birthDate": person.birth_date.isoformat(), "sex": person.sex}


def _user(made: Shape, user: User, ref: Ref) -> None:
    """What 1.1 and 1.2 have in common."""
    made |= {"username": user.username, "enabledUser": "true" if user.enabled else "false",
             "givenName": user.given, "familyName": user.family}
    for name, value in (("middleName", user.middle), ("identifier", user.identifier),
                        ("email", user.email), ("phone", user.phone)):
        if value:
            made[name] = value
    if user.state_id:
        made["userIds"] = [{"type": user.id_type, "identifier": user.state_id}]
    if user.agents:
        made["agents"] = [ref("user", id) for id in user.agents]
    if user.grade:
        made["grades"] = [user.grade]


def _user_1_1(made: Shape, user: User, ref: Ref) -> None:
    _user(made, user, ref)
    made["role"] = user.role
    made["orgs"] = [ref("org", id) for id in user.orgs]
    if user.role == "student":
        made["metadata"] = {"student_number": user.identifier, "gg4l.primary_school": user.orgs[0],
                            "gg4l.primaryGrade": user.grade}


def _user_1_2(made: Shape, user: User, ref: Ref) -> None:
    _user(made, user, ref)
    made["roles"] = [
        {"roleType": "secondary" if place else "primary", "role": role, "org": ref("org", org)}
        for org in user.orgs for place, role in enumerate(user.roles)]
    made["primaryOrg"] = ref("org", user.orgs[0])
    if user.preferred:
        made["preferredFirstName"] = user.preferred
    if user.state_id:
        made["userMasterIdentifier"] = user.state_id
    if user.profile:
        made["userProfiles"] = [{"profileId": user.profile, "profileType": "lms", "vendorId": "example-lms",
                                 "credentials": [{"type": "login", "username": user.username}]}]


_OTHERS = {Org: _org, AcademicSession: _session, Course: _course, Class: _class, Demographics: _demographics}

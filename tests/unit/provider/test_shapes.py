"""What 1.1 and 1.2 say of the same district."""

from __future__ import annotations

from datetime import date

import pytest

from tests.unit.provider.client import client, provider

OLD, NEW = client(students=400), client(students=400, version="1.2")
REQUIRED = {
    "orgs": {"name", "type"},
    "academicSessions": {"title", "type", "startDate", "endDate", "schoolYear"},
    "courses": {"title", "org"},
    "classes": {"title", "classType", "course", "school", "terms"},
    "enrollments": {"user", "class", "school", "role"},
    "demographics": set(),
}
USER = {"1.1": {"username", "enabledUser", "givenName", "familyName", "role", "orgs"},
        "1.2": {"enabledUser", "givenName", "familyName", "roles"}}


def by_id(rows: list[dict]) -> dict[str, dict]:
    return {row["sourcedId"]: row for row in rows}


@pytest.mark.parametrize(("asking", "version"), [(OLD, "1.1"), (NEW, "1.2")])
def test_every_object_has_what_is_required(asking, version):
    for collection, names in {**REQUIRED, "users": USER[version]}.items():
        for row in asking.rows(collection):
            assert {"sourcedId", "status", "dateLastModified"} | names <= row.keys()
            assert all(row[name] for name in names)


def test_the_versions_differ_in_users_alone():
    for collection in REQUIRED:
        old, new = (by_id(asking.rows(collection)) for asking in (OLD, NEW))
        for id, row in old.items():
            assert {name: value for name, value in row.items() if not isinstance(value, dict | list)} == {
                name: value for name, value in new[id].items() if not isinstance(value, dict | list)}


def test_a_student_of_1_1_has_metadata_agents_an_identifier_and_a_state_id():
    guardians = {row["sourcedId"] for row in OLD.rows("users") if row["role"] in ("parent", "guardian", "relative")}
    students = OLD.rows("students")
    for student in students:
        assert student["userIds"][0]["type"] == "SSID" and student["userIds"][0]["identifier"].isdigit()
        assert student["metadata"] == {
            "student_number": student["identifier"], "gg4l.primary_school": student["orgs"][0]["sourcedId"],
            "gg4l.primaryGrade": student["grades"][0]}
        assert {agent["sourcedId"] for agent in student.get("agents", ())} <= guardians
    assert sum("agents" in student for student in students) > 0.9 * len(students)


def test_a_user_of_1_2_has_a_primary_role_in_each_org_and_a_primary_org():
    old = by_id(OLD.rows("users"))
    for user in NEW.rows("users"):
        assert not {"role", "orgs", "metadata"} & user.keys()
        primary = [role["org"]["sourcedId"] for role in user["roles"] if role["roleType"] == "primary"]
        assert primary == [org["sourcedId"] for org in old[user["sourcedId"]]["orgs"]]
        assert user["primaryOrg"]["sourcedId"] == primary[0]


def test_administrators_and_aides_have_finer_roles_in_1_2():
    old, roles = by_id(OLD.rows("users")), {}
    for user in NEW.rows("users"):
        roles.setdefault(old[user["sourcedId"]]["role"], set()).add(tuple(role["role"] for role in user["roles"][:2]))
    assert roles["administrator"] == {("principal",)}
    assert {("counselor", "aide"), ("aide",)} <= roles["aide"]
    assert {"student", "teacher", "parent"} < roles.keys()


def test_teachers_of_1_2_have_a_profile_and_nobody_a_password():
    assert all(user["userProfiles"][0]["credentials"] == [{"type": "login", "username": user["username"]}]
               for user in NEW.rows("teachers"))
    assert not any("password" in str(user) for user in NEW.rows("users"))


def test_every_class_has_one_primary_teacher_and_some_have_more():
    teachers: dict[str, list[str]] = {row["sourcedId"]: [] for row in OLD.rows("classes")}
    for row in OLD.rows("enrollments"):
        if row["role"] == "teacher":
            teachers[row["class"]["sourcedId"]].append(row["primary"])
        else:
            assert row["primary"] == "false"
    assert {found.count("true") for found in teachers.values()} == {1}
    assert max(map(len, teachers.values())) > 1


def test_sessions_end_before_the_next_begins_and_lie_in_their_parent():
    sessions = by_id(OLD.rows("academicSessions"))
    (year,) = (row for row in sessions.values() if row["type"] == "schoolYear")
    first, second = sorted(OLD.rows("terms"), key=lambda row: row["startDate"])
    assert (year["startDate"], year["endDate"], year["schoolYear"]) == ("2026-07-01", "2027-07-01", "2027")
    assert first["startDate"] == year["startDate"] and first["endDate"] == second["startDate"]
    assert second["endDate"] == year["endDate"]
    assert {row["parent"]["sourcedId"] for row in (first, second)} == {year["sourcedId"]}


def test_an_enrollment_lasts_as_long_as_the_terms_of_its_class():
    sessions, classes = by_id(OLD.rows("academicSessions")), by_id(OLD.rows("classes"))
    for row in OLD.rows("enrollments"):
        terms = [sessions[term["sourcedId"]] for term in classes[row["class"]["sourcedId"]]["terms"]]
        assert row["beginDate"] == min(term["startDate"] for term in terms)
        assert row["endDate"] == max(term["endDate"] for term in terms)


def test_demographics_have_the_id_of_a_student_a_birth_date_and_a_sex():
    rows = OLD.rows("demographics")
    assert {row["sourcedId"] for row in rows} == set(OLD.ids("students"))
    assert {row["sex"] for row in rows} == {"male", "female"}
    assert all(date.fromisoformat(row["birthDate"]).year > 2003 for row in rows)


def test_schools_lie_in_the_district():
    (district,) = (row for row in OLD.rows("orgs") if row["type"] == "district")
    assert {school["parent"]["sourcedId"] for school in OLD.rows("schools")} == {district["sourcedId"]}
    assert "parent" not in district


def test_an_unknown_version_is_refused():
    with pytest.raises(ValueError, match=r"one of: 1\.1, 1\.2"):
        provider(oneroster="1.3")


def test_discovery_leads_to_the_version_that_is_served():
    assert provider(oneroster="1.2").api_url == "https://connect.example/ims/oneroster/rostering/v1p2"
    assert provider().api_url == "https://connect.example/datahub/services/ims/oneroster/v1p1"

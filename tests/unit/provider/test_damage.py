"""The switches that spoil single objects."""

from __future__ import annotations

from collections import Counter

import pytest

from cli.oneroster.damage import PASSWORD
from tests.unit.provider.client import client


def test_hrefs_are_absolute_under_the_base_of_the_request():
    for version, base in (("1.1", "https://connect.example/datahub/services/ims/oneroster/v1p1"),
                          ("1.2", "https://connect.example/ims/oneroster/rostering/v1p2")):
        school = client(version=version).rows("enrollments")[0]["school"]
        assert school["href"] == f"{base}/orgs/{school['sourcedId']}"


def test_hrefs_relative_are_paths():
    school = client("hrefs=relative").rows("enrollments")[0]["school"]
    assert school["href"] == f"/orgs/{school['sourcedId']}"


def test_hrefs_hostile_lead_elsewhere_and_keep_the_ids():
    hosts = Counter()
    for spoiled, true in zip(client("hrefs=hostile").rows("enrollments"), client().rows("enrollments"), strict=True):
        for name in ("user", "class", "school"):
            assert spoiled[name]["sourcedId"] == true[name]["sourcedId"]
            hosts[spoiled[name]["href"].split("/")[2]] += 1
    assert set(hosts) == {"169.254.169.254", "elsewhere.example"}


@pytest.mark.parametrize(("form", "values"), [
    ("string", {"true", "false"}), ("upper", {"TRUE", "FALSE"}), ("json", {True, False}), ("number", {1, 0})])
def test_booleans_are_written_as_told(form, values):
    found = {row["primary"] for row in client(f"booleans={form}").rows("enrollments")}
    assert found == values and {type(value) for value in found} == {type(value) for value in values}


@pytest.mark.parametrize(("form", "value"), [("null", None), ("empty", "")])
def test_blanks_are_written_as_told(form, value):
    for version in ("1.1", "1.2"):
        guardian = next(row for row in client(f"blanks={form}", version=version).rows("users")
                        if "agents" in row and not row["agents"])
        assert guardian["middleName"] == guardian["sms"] == value
        assert guardian["grades"] == (None if form == "null" else [])


def test_blanks_are_left_out_by_default():
    client("blanks=missing")
    assert not any(value in ("", None, []) for row in client().rows("users") for value in row.values())


def test_enums_in_odd_case():
    users = client("enums=odd-case").rows("users")
    assert {user["role"].lower() for user in users} >= {"student", "teacher"}
    assert not any(user["role"].islower() or user["status"].islower() for user in users)


def test_enums_with_roles_of_1_2_in_data_of_1_1():
    assert {"principal", "counselor"} <= {user["role"] for user in client("enums=roles-1.2").rows("users")}
    assert "administrator" not in {user["role"] for user in client("enums=roles-1.2").rows("users")}


def test_enums_with_extensions():
    assert "ext:paraprofessional" in {user["role"] for user in client("enums=ext").rows("users")}
    asking = client("enums=ext", version="1.2", students=300)
    assert "ext:paraprofessional" in {role["role"] for user in asking.rows("users") for role in user["roles"]}
    assert "ext:other" in {row["classType"] for row in asking.rows("classes")}
    assert "ext:other" in {row["sex"] for row in asking.rows("demographics")}


@pytest.mark.parametrize(("form", "seen", "unseen"), [
    ("09", {"09", "KG"}, {"9"}), ("9", {"9", "KG"}, {"09"}), ("K", {"K", "09"}, {"KG"}),
    ("KG", {"KG"}, {"K"}), ("09,10", {"09,10", "12"}, {"09"}), ("blank", {""}, {"09"})])
def test_grades_are_written_as_told(form, seen, unseen):
    students = client(f"grades={form}", students=300).rows("students")
    found = {grade for student in students for grade in student["grades"]}
    assert seen <= found and not unseen & found
    assert {student["metadata"]["gg4l.primaryGrade"] for student in students} == found


def test_dangling_cuts_a_share_of_the_references():
    asking = client("dangling=0.05", students=1_000)
    known = {"user": set(asking.ids("users")), "class": set(asking.ids("classes"))}
    rows = asking.rows("enrollments")
    loose = Counter(name for row in rows for name in known if row[name]["sourcedId"] not in known[name])
    for name in known:
        assert 0.03 < loose[name] / len(rows) < 0.07
    assert asking.rows("enrollments") == rows, "the same ones each time"


def test_passwords_come_in_users_and_their_profiles():
    users = client("passwords", version="1.2").rows("users")
    assert {user["password"] for user in users} == {PASSWORD}
    found = {credential["password"] for user in users for profile in user.get("userProfiles", ())
             for credential in profile["credentials"]}
    assert found == {PASSWORD}
    assert "password" not in str(client(version="1.2").rows("users"))

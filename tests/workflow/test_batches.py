"""Batches on the local cloud: a class gets new first secrets, and signs in with them and with no others."""

from __future__ import annotations

import openpyxl
import pytest
import requests

from tests.workflow.office import Desk, Office, sheet, students

WHY = ("--reason", "after the holidays", "--yes")


@pytest.fixture(scope="module")
def desk(running, tmp_path_factory) -> Desk:
    desk = Desk(Office(running, "batches"), tmp_path_factory.mktemp("batches"))
    assert desk.office.loaded(sheet(students(*range(1, 31))))["state"] == "done"
    return desk


def signs_in(office: Office, username: str, secret: str) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.post(f"{office.cloud.api_url}/sites/{office.name}/sign-in", timeout=30,
                            json={"username": username, "secret": secret})


def test_a_class_is_reset_and_only_the_new_first_secrets_count(desk):
    office = desk.office
    before = office.first_secrets()
    first, other = [one["username"] for one in office.people(role="Student").values()][:2]
    session = signs_in(office, first, before[first])
    assert session.status_code == 200
    done = desk.run("batch", "reset", "--section", "709", "--role", "Student", *WHY, "--out", str(desk.folder / "out"))
    assert (done["state"], done["counts"], done["with_secrets"]) == ("done", {"done": 30}, True)
    header, *rows = openpyxl.load_workbook(done["files"][0]).active.iter_rows(values_only=True)
    after = {row[header.index("Username")]: row[header.index("First secret")] for row in rows}
    assert len(after) == 30 and all(after[name] and after[name] != before[name] for name in after)
    assert after == {name: secret for name, secret in office.first_secrets().items() if name in after}
    assert signs_in(office, other, before[other]).status_code == 401
    assert signs_in(office, other, after[other]).status_code == 200
    ended = requests.Session()
    ended.trust_env = False
    assert ended.get(f"{office.cloud.api_url}/sites/{office.name}", timeout=30, headers={
        "Authorization": f"Bearer {session.json()['access_token']}"}).status_code == 401


def test_a_locked_student_is_unlocked_and_the_password_stays(desk):
    office = desk.office
    name = sorted(office.first_secrets())[-1]
    secret = office.first_secrets()[name]
    for _ in range(8):
        signs_in(office, name, "wrong-wrong-wrong")
    assert signs_in(office, name, secret).status_code == 429
    names = desk.file("names.txt", name.encode())
    done = desk.run("batch", "unlock", "--accounts", names, *WHY)
    assert done["counts"] == {"done": 1}
    assert signs_in(office, name, secret).status_code == 200


def test_a_school_s_students_are_switched_off_and_on(desk):
    off = desk.run("batch", "deactivate", "--school", "0012", "--role", "Student", *WHY)
    assert off["counts"] == {"done": 30}
    assert {one["status"] for one in desk.office.people(role="Student").values()} == {"inactive"}
    on = desk.run("batch", "reactivate", "--school", "0012", "--role", "Student", *WHY)
    assert on["counts"] == {"done": 30}
    assert {one["status"] for one in desk.office.people(role="Student").values()} == {"active"}
    assert [one["action"] for one in desk.run("batch", "list")["batches"]][:2] == ["reactivate", "deactivate"]


def test_kept_first_secrets_are_viewed_and_told_in_the_trail_of_each(desk):
    done = desk.run("batch", "view", "--section", "709", "--role", "Student", *WHY, "--out", str(desk.folder / "view"))
    header, *rows = openpyxl.load_workbook(done["files"][0]).active.iter_rows(values_only=True)
    seen = {row[header.index("Username")]: row[header.index("First secret")] for row in rows}
    assert done["counts"] == {"done": 30} and all(desk.office.first_secrets()[name] == seen[name] for name in seen)
    one = next(iter(desk.office.people(role="Student").values()))["account"]
    assert "password.viewed" in {event["action"] for event in desk.run("audit", "--account", one)["events"]}


def test_a_right_is_granted_to_many(desk):
    done = desk.run("batch", "grant", "view_as", "--for-school", "0012", "--school", "0012", "--role", "Teacher", *WHY)
    assert done["counts"] == {"done": 1}
    teacher = desk.office.people(role="Teacher")["Teacher T1"]["account"]
    assert desk.run("rights", "list", teacher)["rights"] == [
        {"right": "view_as", "whole_site": False, "schools": ["0012"]}]

"""Accounts made by hand on the local cloud: they sign in, get a right, are looked at as they see it; all is audited."""

from __future__ import annotations

import openpyxl
import pytest
import requests

from tests.workflow.office import Desk, Office, sheet, students

WHY = ("--reason", "enrolled at the counter")


@pytest.fixture(scope="module")
def desk(running, tmp_path_factory) -> Desk:
    desk = Desk(Office(running, "counter"), tmp_path_factory.mktemp("counter"))
    assert desk.office.loaded(sheet(students(1, 2, 3)))["state"] == "done"
    return desk


def signs_in(office: Office, username: str, secret: str) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.post(f"{office.cloud.api_url}/sites/{office.name}/sign-in", timeout=30,
                            json={"username": username, "secret": secret})


def created(desk: Desk, *more: str) -> dict:
    return desk.run("account", "create", "--role", "student", "--school", "0012", "--first", "Mia", "--last", "Ruiz",
                    "--grade", "4", "--guardian", "Ana Ruiz <ana.ruiz@home.example>", *WHY, *more)


def test_a_student_made_by_hand_signs_in_and_no_load_touches_them(desk):
    made = created(desk, "--once", "counter-1")
    assert created(desk, "--once", "counter-1")["account"] == made["account"]
    secret = desk.office.first_secrets()[made["username"]]
    assert secret and signs_in(desk.office, made["username"], secret).status_code == 200
    assert desk.office.loaded(sheet(students(1, 2, 3), complete=True))["state"] == "done"
    seen = desk.run("account", "show", made["username"])
    assert (seen["status"], seen["source"]) == ("active", "manual")
    guardians = [one for one in desk.office.people(role="Guardian").values() if one["source"] == "manual"]
    assert [(one["first_name"], one["status"]) for one in guardians] == [("Ana", "active")]


def test_a_slip_of_the_hand_goes_away_and_a_history_is_switched_off(desk):
    slip = desk.run("account", "create", "--role", "student", "--school", "0012", "--first", "Slip", "--last",
                    "Ofhand", "--grade", "3", *WHY)
    assert desk.run("account", "delete", slip["username"], *WHY)["outcome"] == "removed"
    mia = next(one for one in desk.office.people(role="Student").values() if one["first_name"] == "Mia")
    gone = desk.run("account", "delete", mia["username"], *WHY)
    assert (gone["outcome"], gone["because"]) == ("deactivated", ["SIGNED_IN"])


def test_a_teacher_gets_a_right_and_is_seen_as_they_see_it(desk):
    rights = desk.run("rights", "grant", "T1", "view_as", "--school", "0012", *WHY)["rights"]
    assert rights == [{"right": "view_as", "whole_site": False, "schools": ["0012"]}]
    seen = desk.run("account", "view-as", "T1", *WHY)
    assert [one["id"] for one in seen["classes"]] == ["709"]
    assert len(seen["rosters"][0]["students"]) == 3
    assert desk.run("rights", "revoke", "T1", "view_as", "--school", "0012", *WHY)["rights"] == []
    events = [one["action"] for one in desk.run("audit", "--account", "T1")["events"]]
    for action in ("right.granted", "emulation.started", "emulation.ended", "right.revoked"):
        assert action in events, events


def test_a_teacher_is_invited_chooses_a_password_and_signs_in(desk):
    office = desk.office
    told = desk.run("account", "invite", "T1", *WHY)
    address, _, code = told["link"].partition("#code=")
    assert address.endswith(f"/sites/{office.name}/sign-in") and not told["sent"]

    def send(path: str, body: dict, token: str = "") -> requests.Response:
        with requests.Session() as session:
            session.trust_env = False
            return session.post(f"{office.cloud.api_url}/sites/{office.name}{path}", json=body, timeout=30,
                                headers={"Authorization": f"Bearer {token}"} if token else {})

    entered = send("/sign-in", {"code": code})
    assert entered.status_code == 200 and entered.json()["must_change"], entered.text
    assert send("/sign-in", {"code": code}).status_code == 401
    chosen = send("/password", {"new": "nine gray barns walk slowly"}, entered.json()["access_token"])
    assert chosen.status_code == 200, chosen.text
    assert signs_in(office, entered.json()["username"], "nine gray barns walk slowly").status_code == 200
    assert send("/sign-in/reset", {"username": "anybody"}).json()["code"] == "NO_LETTERS"
    reset = desk.run("account", "password", "T1", "--out", str(desk.folder / "out"), *WHY)
    assert reset["counts"] == {"to_print": 1} and reset["with_secrets"], reset
    header, row = openpyxl.load_workbook(reset["files"][0]).active.iter_rows(values_only=True)
    code = row[header.index("Link")].partition("#code=")[2]
    assert signs_in(office, entered.json()["username"], "nine gray barns walk slowly").status_code == 401
    assert send("/sign-in", {"code": code}).status_code == 200
    desk.run("export", "--role", "Teacher", "--with-secrets", "--out", str(desk.folder / "cards"))
    actions = [one["action"] for one in desk.run("audit", "--account", "T1")["events"]]
    assert actions.count("invitation.issued") >= 3 and actions.count("code.used") == 2, actions

"""`rollbook zone …` against the API on memory, with an agent that answers pulls at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli import home
from rostering.store import keys
from tests.integration.accounts.office import SITE, account
from tests.integration.accounts.test_command_line import HOLD, Desk, desk, run, s3, signed_in
from tests.integration.accounts.test_zones import BASIC, CERTIFICATE, PRIVATE_KEY

__all__ = ["desk", "s3", "signed_in"]
ADD = ("zone", "add", "--url", "https://zis.example.org/Lakeview", "--zone-id", "Lakeview", "--version", "2.1")
WHY = ("--reason", "the office asked")


def said(*words: Any) -> Any:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def approved(desk: Desk) -> None:
    """A zone that is added and approved by another."""
    said(*ADD)
    second = desk.office.put(account("second", "Staff", rights={"admin": ["*"]}))
    path = f"/sites/{SITE}/zones/Lakeview/approve"
    assert desk.office.ask("POST", path, token=desk.office.token(second.id), body={"reason": "ours"}).status == 200


def agent(desk: Desk, **told: Any) -> None:
    """Let every pull end like this."""
    def answer(order: dict[str, str]) -> None:
        place = keys.zone_pull(SITE, order["zone"], order["pull"])
        desk.office.store.update(place, lambda body: body | told)
    desk.office.pulls.answer = answer


@pytest.fixture
def zone(signed_in: Desk) -> Desk:
    approved(signed_in)
    return signed_in


def test_a_zone_is_added_with_all_that_can_be_told(signed_in: Desk, tmp_path: Path) -> None:
    for name, text in (("client.pem", CERTIFICATE), ("client.key", PRIVATE_KEY), ("bundle.pem", CERTIFICATE),
                       ("password", "marker-password\n")):
        (tmp_path / name).write_text(text)
    told = said(
        *ADD, "--site", SITE, "--name", "north", "--agent-id", "Us", "--cert", tmp_path / "client.pem",
        "--key", tmp_path / "client.key", "--ca", tmp_path / "bundle.pem", "--basic-user", "marker-user",
        "--basic-password-file", tmp_path / "password", "--username-element", "NetworkLogin", "--buffer-bytes", 65_536,
        "--pull-every", "1h", "--full-at", "03:05", "--ack-carrier", "--legacy-subscribe", "--skip-zone-status")
    settings = told["settings"]
    assert (told["zone"], settings["agent_id"], settings["username_element"]) == ("north", "Us", "NetworkLogin")
    assert (settings["pull"], settings["full"]) == ("rate(1 hour)", "cron(5 3 * * ? *)")
    assert settings["buffer_bytes"] == 65_536
    assert settings["ack_carrier"] and settings["legacy_subscribe"] and settings["skip_zone_status"]
    assert (told["has_certificate"], told["has_ca"], told["has_basic"]) == (True, True, True)
    kept = signed_in.office.secrets.kept[f"zones/{SITE}/north"]
    assert (kept["basic"], kept["certificate"]) == (BASIC, CERTIFICATE)


def test_a_person_who_adds_a_zone_is_told_what_comes_next(signed_in: Desk) -> None:
    told = run(*ADD).stdout
    assert "Zone Lakeview is added." in told and "Another administrator has to approve" in told
    assert "rollbook zone approve Lakeview" in told


@pytest.mark.parametrize(("words", "code", "says"), [
    (("--pull-every", "soon"), 2, "soon is not how often, as 15m or 2h."),
    (("--full-at", "25:00"), 2, "25:00 is not a time of the day, as 02:15."),
    (("--cert", "client.pem"), 2, "A client certificate and its key come together: --cert and --key."),
    (("--basic-user", "u"), 2, "HTTP Basic needs both --basic-user and --basic-password-file."),
    (("--ca", "nowhere.pem"), 1, "nowhere.pem can't be read: No such file or directory."),
    (("--version", "2.4"), 1, "The request is not what this route takes: settings.version (a SIF version is one of "
                              "2.0, 2.0r1, 2.1, 2.2, 2.3)."),
    (("--url", "https://10.0.0.1/"), 1, "The address must name a public host, such as zis.example.org; numbers are "
                                        "no names."),
])
def test_a_zone_that_can_t_be_added_is_one_sentence(signed_in: Desk, words: tuple[str, ...], code: int,
                                                     says: str) -> None:
    result = run(*ADD, *words)
    assert (result.exit_code, " ".join(result.stderr.split())) == (code, says)


def test_zones_are_listed(zone: Desk) -> None:
    zone.office.put_item(keys.zone_session(SITE, "Lakeview"), {
        "state": "needs_administrator", "last_pull_at": "2026-09-21T14:13:20Z"})
    told = run("zone", "list").stdout
    for piece in ("Lakeview", "https://zis.example.org/Lakeview", "2.1", "waits for an administrator of the zone",
                  "2026-09-21 14:13", "every 15 min, full at 02:15"):
        assert piece in told
    assert [one["zone"] for one in said("zone", "list")["zones"]] == ["Lakeview"]
    said("zone", "pause", "Lakeview", *WHY)
    assert "paused" in run("zone", "list").stdout


def test_a_site_without_zones_is_told_how_to_add_one(signed_in: Desk) -> None:
    assert "There is no SIF zone" in run("zone", "list").stdout


def test_a_zone_is_shown_with_its_objects_and_what_to_ask_for(zone: Desk) -> None:
    zone.office.put_item(keys.zone_session(SITE, "Lakeview"), {
        "state": "ready", "code": "", "message": "",
        "objects": {"StudentPersonal": {"count": 1_200, "at": "2026-09-21T14:13:20Z", "state": "not_offered"}},
        "missing": {"StudentContact": "Let Empower subscribe to StudentContact."}, "quarantined": 2,
        "zone_says": {"product": "Some ZIS", "versions": ["2.1", "2.3"]}})
    told = run("zone", "show", "Lakeview").stdout
    for piece in ("Zone Lakeview of lakeview: ready", "https://zis.example.org/Lakeview", "StudentPersonal", "1,200",
                  "not offered", "To ask the ZIS administrator for", "Let Empower subscribe to StudentContact.",
                  "by second", "2 messages", "zone says: product", "2.1, 2.3"):
        assert piece in told
    assert said("zone", "show", "Lakeview")["session"]["objects"]["StudentPersonal"]["count"] == 1_200


def test_a_check_is_a_table_of_facts(zone: Desk) -> None:
    agent(zone, state="checked", facts={"zone_id": "Lakeview", "versions": ["2.1", "2.3"], "knows_us": True,
                                        "missing": {"StudentContact": "Let Empower subscribe to StudentContact."}})
    result = run("zone", "check", "Lakeview")
    assert result.exit_code == 0, result.output
    assert "Zone Lakeview answers." in result.stdout
    assert "zone id" in result.stdout and "2.1, 2.3" in result.stdout and "yes" in result.stdout
    assert "To ask the ZIS administrator for" in result.stdout and "Let Empower subscribe" in result.stdout
    assert said("zone", "check", "Lakeview")["facts"]["knows_us"] is True
    assert [order["kind"] for order in zone.office.pulls.sent] == ["check", "check"]


@pytest.mark.parametrize(("state", "code", "says"), [
    ("refused", 4, "Zone Lakeview: The certificate ended. (3/6)"),
    ("unavailable", 1, "Zone Lakeview does not answer now; it is tried again later. The certificate ended. (3/6)"),
])
def test_a_check_or_pull_that_went_wrong_is_one_sentence(zone: Desk, state: str, code: int, says: str) -> None:
    agent(zone, state=state, code="3/6", message="The certificate ended.")
    for act in ("check", "pull"):
        result = run("zone", act, "Lakeview")
        assert (result.exit_code, result.stdout) == (code, says + "\n")


@pytest.mark.parametrize(("state", "becomes", "code"), [
    ("nothing", "done", 0), ("refused", "turned_back", 4), ("unavailable", "failed", 1)])
def test_a_pull_without_a_load_has_the_shape_of_one(zone: Desk, state: str, becomes: str, code: int) -> None:
    agent(zone, state=state, code="" if state == "nothing" else "3/6", message="" if state == "nothing" else "Ended.")
    result = run("zone", "pull", "Lakeview", "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["state"], told["load"], told["source"]) == (code, becomes, "", "sif:Lakeview")
    assert list(told) == ["load", "site", "source", "state", "counts", "problems", "holds", "files", "seconds"]
    assert all(set(count.values()) == {0} for count in told["counts"].values()) and len(told["counts"]) == 9
    assert told["files"] == {"report_xlsx": None, "report_json": None, "report_html": None, "account_sheets": []}
    assert told["problems"] == ([] if state == "nothing" else [
        {"severity": "", "code": "3/6", "tab": "", "row": 0, "column": "", "message": "Ended."}])


def test_a_pull_with_nothing_new_is_one_sentence(zone: Desk) -> None:
    agent(zone, state="nothing")
    assert run("zone", "pull", "Lakeview").stdout == "Zone Lakeview had nothing new.\n"
    agent(zone, state="nothing", code="HELD", message="Changes came, and wait until load 01L is decided.")
    result = run("zone", "pull", "Lakeview")
    assert (result.exit_code, result.stdout) == (
        0, "Zone Lakeview: Changes came, and wait until load 01L is decided. (HELD)\n")


def test_a_pull_is_followed_to_the_end_of_its_load(zone: Desk, tmp_path: Path) -> None:
    zone.become({"source": "sif:Lakeview", "file_name": "", "state": "done", "files": zone.keep_report(),
                 "load_type": "Full request"})
    agent(zone, state="pulled", load="01LOAD")
    told = said("zone", "pull", "Lakeview", "--full", "--out", tmp_path / "got")
    assert (told["load"], told["source"], told["state"]) == ("01LOAD", "sif:Lakeview", "done")
    assert told["counts"]["students"]["new"] == 10
    assert told["files"]["report_xlsx"] == str(tmp_path / "got" / "report.xlsx")
    assert zone.office.pulls.sent[-1]["kind"] == "full"
    assert "Load 01LOAD of lakeview, zone Lakeview, full request" in run("zone", "pull", "Lakeview").stdout


def test_a_load_of_a_pull_that_is_held_is_approved_with_yes(zone: Desk) -> None:
    held = {"source": "sif:Lakeview", "file_name": "", "state": "held", "holds": [HOLD | {"action": "send_again"}]}
    zone.become(held)
    agent(zone, state="pulled", load="01LOAD")
    result = run("zone", "pull", "Lakeview")
    assert result.exit_code == 3
    assert "pull again: rollbook zone pull Lakeview --full" in result.stdout.replace("\n", " ")
    assert run("zone", "pull", "Lakeview", "--yes", "--json").exit_code == 0
    assert zone.office.workflow.answers == [("t", {"decision": "approved"})]


def test_loads_say_which_zone_they_are_of(signed_in: Desk) -> None:
    for kind, words in (("Full request", "zone Lakeview, full request"), ("Events", "zone Lakeview, events"),
                        ("", "zone Lakeview")):
        signed_in.become({"source": "sif:Lakeview", "file_name": "", "load_type": kind, "state": "done"})
        assert words in run("loads").stdout
    signed_in.become({"source": "sif:Lakeview", "file_name": "", "purpose": "verify", "state": "done"})
    assert "verify sif:Lakeview" in run("loads").stdout


def test_an_empty_site_is_told_of_both_ways_to_load(signed_in: Desk) -> None:
    told = run("loads").stdout
    assert "rollbook load FILE" in told and "rollbook zone pull ZONE" in told


def test_what_is_not_approved_is_not_pulled(signed_in: Desk) -> None:
    run(*ADD)
    result = run("zone", "pull", "Lakeview")
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (
        1, "Another administrator has to approve the address of the zone first.")


def test_an_address_is_approved_by_another_who_sees_it(signed_in: Desk) -> None:
    said(*ADD)
    mine = run("zone", "approve", "Lakeview", *WHY)
    assert (mine.exit_code, mine.stderr) == (
        1, "Another administrator than the one who told the address approves it.\n")
    second = signed_in.office.put(account("second", "Staff", rights={"admin": ["*"]}))
    home.keep_session(SITE, home.session(SITE) | {"access_token": signed_in.office.token(second.id)})
    other = run("zone", "approve", "Lakeview", *WHY, "--url", "https://other.example.org/")
    assert other.exit_code == 1 and "https://zis.example.org/Lakeview" in other.stderr
    result = run("zone", "approve", "Lakeview", *WHY)
    assert result.exit_code == 0 and "https://zis.example.org/Lakeview" in result.stdout


def test_a_zone_is_paused_resumed_and_removed(zone: Desk) -> None:
    assert said("zone", "pause", "Lakeview", "--reason", "summer break")["paused"] == "summer break"
    assert said("zone", "resume", "Lakeview")["paused"] == ""
    assert said("zone", "remove", "Lakeview", "--reason", "no & longer = ours") == {
        "zone": "Lakeview", "removed": True}
    (event,) = [event for event in zone.office.audit() if event["what"] == "zone.removed"]
    assert event["reason"] == "no & longer = ours"
    result = run("zone", "show", "Lakeview")
    assert (result.exit_code, result.stderr) == (1, "There is nothing here by that name.\n")


def test_settings_and_credentials_of_a_zone_are_set(zone: Desk, tmp_path: Path) -> None:
    settings = said("zone", "set", "Lakeview", "version=2.0", "pull=2h", "full=04:00", "registered_versions=2.0, 2.1",
                    "ack_carrier=yes", "request_hours=1.5")["settings"]
    assert (settings["version"], settings["pull"], settings["full"]) == ("2.0", "rate(2 hours)", "cron(0 4 * * ? *)")
    assert (settings["registered_versions"], settings["ack_carrier"], settings["request_hours"]) == (
        ["2.0", "2.1"], True, 1.5)
    (tmp_path / "password").write_text("marker\n")
    basic = ("--basic-user", "u", "--basic-password-file", tmp_path / "password")
    assert said("zone", "set", "Lakeview", *basic)["has_basic"] is True
    assert said("zone", "set", "Lakeview", "basic=", "registered_versions=")["settings"]["registered_versions"] == []
    assert zone.office.secrets.kept == {}


@pytest.mark.parametrize(("pair", "says"), [
    ("agent_i=Us", "There is no setting agent_i. Did you mean agent_id?"),
    ("agent_id", "agent_id is not KEY=VALUE."),
    ("ack_carrier=perhaps", "ack_carrier is yes or no, not perhaps."),
    ("buffer_bytes=big", "buffer_bytes is a number, not big."),
    ("certificate=x", "certificate comes from a file: see rollbook zone set --help."),
    ("pull=now", "now is not how often, as 15m or 2h."),
])
def test_a_setting_that_can_t_be_is_one_sentence(zone: Desk, pair: str, says: str) -> None:
    result = run("zone", "set", "Lakeview", pair)
    assert (result.exit_code, result.stderr) == (2, f"{says}\n")


@pytest.mark.parametrize(("words", "says"), [
    (("--fault", "nonsense"), "nonsense"),
    (("--version", "1.1"), "1.1"),
    (("--day", "yesterday"), "--day is today or next-day, not yesterday."),
])
def test_a_simulator_that_can_t_be_is_one_sentence(words: tuple[str, ...], says: str) -> None:
    result = run("zone", "simulate", "--students", 10, *words)
    assert result.exit_code == 2 and says in result.stderr and "Traceback" not in result.stderr


def test_a_zone_is_known_by_its_zone_id_too(signed_in: Any) -> None:
    result = run("zone", "show", "no such/zone 1")
    assert result.exit_code == 1 and "There is nothing here by that name." in result.stderr
    assert run("zone", "show", "///").exit_code == 2

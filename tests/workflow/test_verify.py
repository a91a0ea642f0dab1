"""The verifying load, settings and the dump on the whole cloud: damage in the table is found and set right."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.workflow.office import Office, sheet, students
from tests.workflow.watch import called


def plain(thing: dict[str, Any]) -> dict[str, Any]:
    """A thing of a dump without what is ours alone."""
    return {name: value for name, value in thing.items() if name not in ("id", "times", "loads", "why_inactive")}


@pytest.fixture(scope="module")
def office(running) -> Office:
    office = Office(running, "verified")
    code = office.rollbook("site", "code", "verified", "--json")
    office.rollbook("sign-in", "--site", "verified", "--code", json.loads(code.stdout)["code"])
    loaded = office.loaded(sheet(students(*range(1, 13))))
    assert loaded["state"] == "done"
    return office


def run(office: Office, *words: str, expect: int = 0) -> Any:
    done = office.rollbook(*words, "--site", "verified", "--json")
    assert done.returncode == expect, (words, done.returncode, done.stdout, done.stderr)
    return json.loads(done.stdout)


def things(office: Office) -> dict[str, dict[str, Any]]:
    told = run(office, "dump")
    parts = [part for part in told.values() if isinstance(part, list)]
    return {thing["name"]: plain(thing) for part in parts for thing in part}


def damage(office: Office, pk: str, sk: str, path: str, value: Any, **names: str) -> None:
    """Change one value of an item past every load, as a hand in the console would."""
    office.cloud.client("dynamodb").update_item(
        TableName=office.cloud.outputs["TableName"], Key={"pk": {"S": pk}, "sk": {"S": sk}},
        UpdateExpression=f"SET {path} = :value", ExpressionAttributeValues={":value": value},
        ExpressionAttributeNames={"#b": "body"} | {f"#{name}": attribute for name, attribute in names.items()})


def test_a_table_without_drift_is_unchanged_and_a_damaged_one_is_set_right(office):
    before = things(office)
    assert {"sheet/student/000001", "sheet/section/709", "sheet/school/0012"} <= before.keys()
    table = office.table()
    clean = run(office, "verify")
    assert clean["state"] == "done" and clean["problems"] == []
    assert clean["counts"]["students"] == {"rows": 12, "new": 0, "changed": 0, "unchanged": 12, "missing": 0,
                                           "deactivated": 0, "problems": 0}
    assert {at: item for at, item in office.table().items() if at[1] != "LEASE"} \
        == {at: item for at, item in table.items() if at[1] != "LEASE"}
    people = office.people(role="Student")
    one, other = people["Student 000001"]["account"], people["Student 000002"]["account"]
    damage(office, f"verified#ACCOUNT#{one}", "ACCOUNT", "#b.#f.#g", {"S": "11"}, f="fields", g="grade")
    damage(office, f"verified#ACCOUNT#{other}", "ACCOUNT", "#b.#s", {"S": "inactive"}, s="status")
    damage(office, "verified#SECTION#709", "SECTION", "#b.#m", {"M": {}}, m="members")
    assert things(office) != before
    told = run(office, "verify")
    assert told["state"] == "done"
    assert (told["counts"]["students"]["changed"], told["counts"]["rosters"]["new"]) == (2, 12)
    assert {(one["code"], one["tab"]) for one in told["problems"]} == {("W-DRIFT", "Students"), ("W-DRIFT", "Classes")}
    assert things(office) == before
    report = office.files(told["load"])["report_json"]
    assert b"W-DRIFT" in report and b"000001" not in report


def test_exports_are_swept_by_their_own_function(office):
    assert invoked(office, "SweepExports", {}) == {"gone": 0}


def invoked(office: Office, function: str, event: dict[str, Any]) -> dict[str, Any]:
    """What a function of the template answers a schedule's event, under its own role."""
    told = office.cloud.client("lambda").invoke(
        FunctionName=called(office.cloud, function), Payload=json.dumps(event).encode())
    body = json.loads(told["Payload"].read())
    assert "FunctionError" not in told, body
    return body


def test_settings_are_set_and_hold_for_the_next_load(office):
    set_ = run(office, "site", "settings", "limits.new_percent=5", "limits.live_site=3")
    told = {one["name"]: one["value"] for one in set_["settings"]}
    assert (told["limits.new_percent"], told["limits.live_site"]) == (5, 3)
    held = office.loaded(sheet(students(*range(1, 19))), name="more.xlsx")
    assert held["state"] == "held" and "H-NEW" in {hold["rule"] for hold in held["holds"]}
    run(office, "site", "settings", "limits=")
    run(office, "reject", held["load"], "--reason", "only a trial")
    refused = office.rollbook("site", "settings", "limits.new_percnt=5", "--site", "verified")
    assert (refused.returncode, refused.stderr.strip()) == (
        1, "limits: no such limits: new_percnt. Did you mean new_percent?")


def test_the_week_s_event_starts_one_load_for_each_source_however_often_it_comes(office):
    event = {"id": "one", "time": "2027-01-03T08:00:00Z"}
    for _ in range(2):
        invoked(office, "VerifyWeekly", event)
    loads = [load for load in office.pages("/loads", "loads") if load["sent_by"] == "schedule"]
    assert [load["source"] for load in loads] == ["sheet"]
    assert office.followed(loads[0]["load"])["state"] == "done"

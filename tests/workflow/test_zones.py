"""A SIF zone on the local cloud: added through the API, pulled on its schedule, loaded by the same workflow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from cli.zis import Zone, let_next_day_come, simulated_zone
from cli.zis.server import serving
from infra.local.cloud import Running
from rostering.pulls import OVER
from tests.workflow.office import Office, until

STUDENTS = 40


@pytest.fixture(scope="module")
def zone() -> Zone:
    return simulated_zone(STUDENTS, today=date.today(), version="2.1")


@pytest.fixture(scope="module")
def office(running: Running, zone: Zone) -> Iterator[Office]:
    """A site with the zone, whose schedule fires every minute."""
    made = Office(running, "zoned")
    with serving(zone) as url:
        answer = made.ask("POST", "/zones", {"settings": {"url": url, "zone_id": "ZONE1", "version": "2.1",
                                                          "pull": "rate(1 minute)"}})
        assert answer.status == 201, answer
        yield made


def pulled(office: Office, kind: str) -> dict[str, Any]:
    """A pull that was ordered, when it is over."""
    asked = office.ask("POST", "/zones/ZONE1/pulls", {"kind": kind})
    assert asked.status == 202, asked

    def look() -> dict[str, Any] | None:
        found = office.get(f"/zones/ZONE1/pulls/{asked.body['pull']}")
        return found if found["state"] in OVER else None
    return until(look)


def active_students(office: Office) -> int:
    return sum(1 for school in office.get("/schools")["schools"]
               for one in office.pages("/accounts", "accounts", school=school["id"])
               if one["role"] == "Student" and one["status"] == "active")


def test_the_schedule_of_a_zone_pulls_it(office: Office) -> None:
    load = until(lambda: office.get("/zones/ZONE1")["session"]["last_load"], seconds=150)
    found = office.followed(load)
    assert (found["state"], found["source"], found["load_type"]) == ("done", "sif:ZONE1", "Full request")
    assert found["counts"]["students"]["new"] == STUDENTS == active_students(office)


def test_events_are_loaded_and_nothing_new_makes_no_load(office: Office, zone: Zone) -> None:
    let_next_day_come(zone)
    told = pulled(office, "pull")
    faster = told["state"] == "nothing"         # the schedule was
    found = office.followed(office.get("/zones/ZONE1")["session"]["last_load"] if faster else told["load"])
    assert (found["state"], found["load_type"]) == ("done", "Events")
    assert found["counts"]["students"]["new"] == 1 and found["counts"]["students"]["deactivated"] == 1
    assert pulled(office, "pull")["state"] == "nothing"


def test_a_check_tells_what_the_zone_says(office: Office) -> None:
    told = pulled(office, "check")
    assert told["state"] == "checked" and told["facts"]["zone_id"] == "ZONE1"


def test_a_paused_zone_is_left_alone_and_a_removed_one_is_gone(office: Office) -> None:
    assert office.ask("POST", "/zones/ZONE1/pause", {"reason": "summer"}).status == 200
    assert office.ask("POST", "/zones/ZONE1/pulls", {"kind": "pull"}).status == 409
    schedules = office.cloud.client("scheduler").list_schedules(GroupName="rollbook-zones")["Schedules"]
    assert {one["State"] for one in schedules if one["Name"].startswith("zoned.")} == {"DISABLED"}
    assert office.ask("DELETE", "/zones/ZONE1", reason="no longer").status == 200
    schedules = office.cloud.client("scheduler").list_schedules(GroupName="rollbook-zones")["Schedules"]
    assert not [one for one in schedules if one["Name"].startswith("zoned.")]


def test_the_basic_password_of_a_zone_is_nowhere_but_in_secrets_manager(running: Running) -> None:
    office = Office(running, "secretive")
    zone = simulated_zone(10, today=date.today(), faults=("basic-auth=agent:PLANTED-PASSWORD",))
    with serving(zone) as url:
        settings = {"url": url, "zone_id": "ZONE1", "version": "2.1"}
        answer = office.ask("POST", "/zones", {
            "settings": settings, "basic": {"username": "agent", "password": "PLANTED-PASSWORD"}})
        assert answer.status == 201 and "PLANTED" not in str(answer.body)
        told = pulled(office, "pull")
        assert told["state"] == "pulled", told
        office.followed(told["load"])
    table = running.client("dynamodb").scan(TableName=running.outputs["TableName"])
    assert "PLANTED" not in str(table["Items"])
    logs = running.client("logs")
    for group in logs.describe_log_groups()["logGroups"]:
        said = logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
        assert "PLANTED" not in str(said), group["logGroupName"]

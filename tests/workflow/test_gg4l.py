"""A district through GG4L on the local cloud: told of by webhook, polled, pulled, loaded; and a bundle of files."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from cli.oneroster import Provider, simulated_provider, webhooks
from cli.oneroster.bundle import write_bundle
from cli.oneroster.district import OneRosterDistrict
from cli.oneroster.server import serving
from infra.local.cloud import Running
from rostering.pulls import OVER
from tests.workflow.office import Office, until

STUDENTS = 40
SECRET = f"whsec_{base64.b64encode(b'a secret of thirty-two bytes, ok').decode()}"
FORGED = f"whsec_{base64.b64encode(b'a forged one of thirty-two bytes').decode()}"


@pytest.fixture(scope="module")
def provider() -> Iterator[tuple[Provider, str]]:
    made = simulated_provider(STUDENTS, today=date.today())
    with serving(made) as url:
        yield made, url


@pytest.fixture(scope="module")
def office(running: Running, provider: tuple[Provider, str]) -> Office:
    made, told = Office(running, "districts"), provider[0]
    answer = made.ask("PUT", "/gg4l", {
        "settings": {"discovery_url": told.discovery_url, "token_url": told.token_url},
        "vendor": {"client_id": told.vendor.client_id, "client_secret": told.vendor.client_secret},
        "webhook": {"current": SECRET}})
    assert answer.status in (200, 201), answer
    return made


def district(office: Office, guid: str) -> dict[str, Any]:
    return office.get(f"/gg4l/districts/{guid}")


def send(office: Office, guid: str, status: str, secret: str = SECRET, name: str = "") -> tuple[int, webhooks.Message]:
    """Send a webhook; the status it was answered with, and the message."""
    now = datetime.now(UTC)
    body = webhooks.status_changed(guid, "Example", status, "", now)
    message = webhooks.sign(name or f"msg-{status}", int(now.timestamp()), body, secret)
    return post(office, message), message


def post(office: Office, message: webhooks.Message) -> int:
    return requests.post(f"{office.cloud.api_url}/webhooks/{office.name}", data=message.body, headers=message.headers,
                         timeout=30).status_code


def test_a_district_is_found_linked_and_pulled(office: Office, provider: tuple[Provider, str]) -> None:
    guid = provider[0].district_guid
    assert office.ask("POST", "/gg4l/poll").status == 202
    until(lambda: office.ask("GET", f"/gg4l/districts/{guid}").status == 200)
    assert office.ask("POST", f"/gg4l/districts/{guid}/link", {}).status == 200
    asked = office.ask("POST", f"/gg4l/districts/{guid}/pulls")
    assert asked.status == 202, asked

    def over() -> dict[str, Any] | None:
        found = office.get(f"/gg4l/districts/{guid}/pulls/{asked.body['pull']}")
        return found if found["state"] in OVER else None
    told = until(over)
    assert told["state"] == "pulled", told
    load = office.followed(told["load"])
    assert (load["state"], load["source"]) == ("done", f"gg4l:{guid}")
    assert load["counts"]["students"]["new"] == STUDENTS


def test_webhooks_are_verified_kept_once_and_answered_at_once(office: Office, provider: tuple[Provider, str]) -> None:
    guid = provider[0].district_guid
    status, message = send(office, guid, "COMPLETED")
    assert status == 202
    until(lambda: district(office, guid)["state"] == "COMPLETED")
    history = district(office, guid)["history"]
    assert post(office, message) == 202, "the same message again"
    assert send(office, guid, "FAILED", FORGED)[0] == 401
    assert send(office, "d-of-another", "FAILED")[0] == 403
    broken = webhooks.sign("msg-broken", int(datetime.now(UTC).timestamp()), b"{", SECRET)
    assert post(office, broken) == 400
    assert district(office, guid)["history"] == history
    assert requests.post(f"{office.cloud.api_url}/webhooks/nobody", data=b"{}", timeout=30).status_code == 404


def test_no_secret_of_gg4l_is_in_the_table_or_a_log(office: Office, provider: tuple[Provider, str]) -> None:
    secrets = {provider[0].vendor.client_secret, provider[0].credentials.client_secret, SECRET[6:]}
    cloud = office.cloud
    table = str(cloud.client("dynamodb").scan(TableName=cloud.outputs["TableName"])["Items"])
    assert not [one for one in secrets if one in table]
    logs = cloud.client("logs")
    said = "".join(str(logs.filter_log_events(logGroupName=group["logGroupName"])["events"])
                   for group in logs.describe_log_groups()["logGroups"])
    assert not [one for one in secrets if one in said]


def test_a_bundle_dropped_into_the_inbox_is_loaded(running: Running, tmp_path: Path) -> None:
    office = Office(running, "bundled")
    write_bundle(OneRosterDistrict(STUDENTS, 1, date.today()), tmp_path / "b.zip", "1.2")
    found = office.loaded((tmp_path / "b.zip").read_bytes(), "bundle.zip")
    assert (found["state"], found["source"]) == ("done", "gg4l:files"), found
    assert found["counts"]["students"]["new"] == STUDENTS
    report = json.loads(office.files(found["load"])["report_json"])
    assert report["load_type"] == "Bulk bundle"

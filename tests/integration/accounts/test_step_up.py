"""What shows passwords needs a sign-in of the last 15 minutes; everything else goes on for the session's life."""

from __future__ import annotations

import pytest

from accounts.sessions import open_session
from rostering.store import keys
from tests.integration.accounts.office import SITE, Office, account
from tests.integration.accounts.test_batches import order, pupil

ROOT = f"/sites/{SITE}"
WHY = "for the first day"
ORDERS = [("/batches", {"action": "view", "accounts": ["ann"], "reason": WHY}),
          ("/batches", {"action": "view", "accounts": ["ann"], "reason": WHY, "dry_run": True}),
          ("/batches", {"action": "reset", "accounts": ["ann"], "reason": WHY}),
          ("/exports", {"format": "pdf", "with_secrets": True, "reason": WHY})]


@pytest.fixture
def office() -> Office:
    office = Office()
    office.put_item(keys.school(SITE, "100"), {"key": "100", "kind": "school", "fields": {}})
    pupil(office, "ann", "04")
    office.put(account("aide", "Staff", rights={"credentials.reset": ["100"]}))
    return office


def later(office: Office, seconds: int) -> None:
    """Time passes; tokens stay as they are."""
    office.token(), office.token("aide")
    office.clock.at += seconds


@pytest.mark.parametrize(("path", "body"), ORDERS)
def test_after_15_minutes_what_shows_passwords_wants_a_new_sign_in(office: Office, path: str, body: dict) -> None:
    later(office, 901)
    before = office.store.snapshot()
    answer = office.ask("POST", ROOT + path, token=office.token(), body=body)
    assert (answer.status, answer.body["code"]) == (403, "STEP_UP")
    assert answer.body["detail"].startswith("Sign in again: this shows passwords")
    assert office.store.snapshot() == before
    fresh = open_session(office.ports, SITE, office.administrators[SITE]).access_token
    assert office.ask("POST", ROOT + path, token=fresh, body=body).status == 202


@pytest.mark.parametrize(("path", "body"), ORDERS)
def test_within_15_minutes_nothing_more_is_asked(office: Office, path: str, body: dict) -> None:
    later(office, 900)
    assert office.ask("POST", ROOT + path, token=office.token(), body=body).status == 202


def test_renewing_a_session_is_no_sign_in(office: Office) -> None:
    first = open_session(office.ports, SITE, office.administrators[SITE])
    office.clock.at += 901
    renewed = office.ask("POST", f"{ROOT}/token", body={"refresh_token": first.refresh_token}).body
    answer = office.ask("POST", f"{ROOT}/exports", token=renewed["access_token"], body=ORDERS[-1][1])
    assert answer.body["code"] == "STEP_UP"


def test_a_sheet_with_secrets_is_fetched_by_who_signed_in_just_now(office: Office) -> None:
    batch = order(office, "reset", accounts=["ann"])["batch"]
    later(office, 901)
    answer = office.ask("GET", f"{ROOT}/batches/{batch}", token=office.token())
    assert (answer.status, answer.body["code"]) == (403, "STEP_UP")
    assert "export.fetched" not in {event["what"] for event in office.audit()}
    fresh = open_session(office.ports, SITE, office.administrators[SITE]).access_token
    assert len(office.ask("GET", f"{ROOT}/batches/{batch}", token=fresh).body["links"]) == 1


def test_an_export_with_secrets_too(office: Office) -> None:
    export = office.ask("POST", f"{ROOT}/exports", token=office.token(), body=ORDERS[-1][1]).body["export"]
    office.store.update(keys.export(SITE, export), lambda body: body | {
        "state": "done", "made_at": office.ports.time(), "files": ["exports/lakeview/x.pdf"]})
    later(office, 901)
    assert office.ask("GET", f"{ROOT}/exports/{export}", token=office.token()).body["code"] == "STEP_UP"


def test_a_load_s_reports_come_and_its_account_sheets_wait(office: Office) -> None:
    office.put_item(keys.load(SITE, "L"), {
        "load": "L", "site": SITE, "state": "done", "counts": {}, "sheets_at": office.ports.time(),
        "files": {"report_json": "outbox/r.json", "account_sheets": ["exports/a.pdf", "exports/b.pdf"]}})
    later(office, 901)
    links = office.ask("GET", f"{ROOT}/loads/L/files", token=office.token()).body
    assert (bool(links["report_json"]), links["account_sheets"], links["sign_in_again"]) == (True, [], 2)
    assert "password.exported" not in {event["what"] for event in office.audit()}


def test_what_shows_no_passwords_goes_on(office: Office) -> None:
    later(office, 901)
    lists = {"format": "csv", "with_secrets": False, "reason": WHY}
    assert office.ask("POST", f"{ROOT}/exports", token=office.token(), body=lists).status == 202
    assert office.ask("GET", f"{ROOT}/accounts/ann", token=office.token()).status == 200
    # whose sheet has no secrets, as they may not export them
    reset = {"action": "reset", "accounts": ["ann"], "reason": WHY}
    made = office.ask("POST", f"{ROOT}/batches", token=office.token("aide"), body=reset)
    assert made.status == 202
    assert office.ask("GET", f"{ROOT}/batches/{made.body['batch']}", token=office.token("aide")).status == 200

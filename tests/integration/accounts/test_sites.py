"""Making a site: the operator's orders."""

from __future__ import annotations

import pytest

from accounts.operator import carry_out
from rostering.store import keys
from tests.integration.accounts.office import SITE, Office

ORDER = {
    "action": "create-site",
    "site": "newtown",
    "name": "Newtown Schools",
    "admin_email": "Pat@newtown.example",
    "timezone": "America/Chicago",
    "settings": {"approval": "other_person"},
}


@pytest.fixture
def office() -> Office:
    return Office()


def test_a_site_begins_with_settings_keys_and_an_administrator(office: Office) -> None:
    made = carry_out(office.ports, ORDER)
    assert made["created"] is True and made["username"] == "pat@newtown.example"
    settings = office.store.get(keys.settings("newtown")).body
    assert (settings["name"], settings["timezone"], settings["approval"]) == (
        "Newtown Schools",
        "America/Chicago",
        "other_person",
    )
    assert (
        len(settings["id_salt"]) == 32 and len(office.ports.vault.pepper("newtown", settings["pepper"])) == 32
    )
    assert settings["data_key"] != settings["pepper"]
    signed = office.ask("POST", "/sites/newtown/sign-in", body={"code": made["code"]})
    assert office.ask("GET", "/sites/newtown/loads", token=signed.body["access_token"]).status == 200


def test_the_code_is_kept_as_a_mac_only(office: Office) -> None:
    code = carry_out(office.ports, ORDER)["code"]
    plain = code.replace("-", "")
    stored = repr(office.store.snapshot())
    assert code not in stored and plain not in stored and plain.lower() not in stored


def test_an_existing_site_is_reported_and_left_alone(office: Office) -> None:
    first = carry_out(office.ports, ORDER)
    before = office.store.snapshot()
    again = carry_out(office.ports, ORDER | {"name": "Other", "admin_email": "other@newtown.example"})
    assert again == {"created": False, "site": "newtown", "administrator": first["administrator"]}
    assert office.store.snapshot() == before


def test_a_new_code_can_be_asked_for(office: Office) -> None:
    code = carry_out(office.ports, {"action": "admin-code", "site": SITE})["code"]
    assert office.ask("POST", f"/sites/{SITE}/sign-in", body={"code": code}).status == 200


def test_two_sites_share_no_secret(office: Office) -> None:
    carry_out(office.ports, ORDER)
    one, two = (office.store.get(keys.settings(site)).body for site in ("newtown", SITE))
    assert one["id_salt"] != two["id_salt"] and one["pepper"] != two["pepper"]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"site": "New Town"}, "site"),
        ({"site": "x"}, "site"),
        ({"site": "a#b"}, "site"),
        ({"site": "-ab"}, "site"),
        ({"name": ""}, "name"),
        ({"admin_email": "nobody"}, "admin_email"),
        ({"admin_email": "a@b.c, d@e.f"}, "admin_email"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "../etc/passwd"}, "timezone"),
        ({"settings": {"aproval": "any"}}, "aproval"),
        ({"settings": {"approval": "nobody"}}, "approval"),
        ({"settings": {"limits": {"no_such_limit": 1}}}, "no_such_limit"),
        ({"settings": {"school_limits": {"0014": {"site_off": 1}}}}, "only the site has site_off"),
        ({"settings": {"windows": [{"from": "2026-07-01", "limits": {"school_off": 90}}]}}, "an end"),
        ({"rights": ["admin"]}, "rights"),
    ],
)
def test_a_wrong_order_is_answered_with_what_to_change(office: Office, changed: dict, says: str) -> None:
    before = office.store.snapshot()
    answer = carry_out(office.ports, ORDER | changed)
    assert says in answer["error"]["message"]
    assert office.store.snapshot() == before


@pytest.mark.parametrize(
    "event",
    [{}, {"action": "drop-site"}, {"action": "admin-code", "site": "nowhere"}, {"action": ["create-site"]}],
)
def test_an_unknown_order_is_an_answer_not_a_failure(office: Office, event: dict) -> None:
    assert "error" in carry_out(office.ports, event)


def test_the_first_administrator_is_a_staff_account_made_by_hand(office: Office) -> None:
    who = carry_out(office.ports, ORDER)["administrator"]
    body = office.store.get(keys.account("newtown", who)).body
    assert (body["role"], body.get("source", "manual"), body["rights"]) == (
        "Staff",
        "manual",
        {"admin": ["*"]},
    )


@pytest.mark.parametrize(("settings", "kept"), [
    ({}, "staged"), ({"hand_out": "staged"}, "staged"), ({"hand_out": "open"}, None)])
def test_a_new_site_hands_out_in_stages_unless_it_is_told_not_to(office: Office, settings: dict, kept: str) -> None:
    carry_out(office.ports, ORDER | {"settings": settings})
    assert office.store.get(keys.settings("newtown")).body.get("hand_out") == kept


def test_a_site_of_before_there_were_stages_is_open(office: Office) -> None:
    told = office.ask("GET", f"/sites/{SITE}/settings", token=office.token()).body["settings"]
    assert next(one["value"] for one in told if one["name"] == "hand_out") == "open"

"""The token endpoint, and what a token opens."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

from cli.oneroster.provider import DATA, DISCOVERY, TOKEN
from cli.oneroster.tokens import SCOPES
from tests.unit.provider.client import FORM, Client, Clock, basic, client, provider

GRANT = b"grant_type=client_credentials"


def test_a_token_is_a_lower_case_bearer_of_two_hours_without_a_scope():
    made = provider()
    status, headers, body = made.handle("POST", TOKEN, "", FORM | basic(made.vendor), GRANT)
    answer = json.loads(body)
    assert (status, headers["Cache-Control"]) == (200, "no-store")
    assert answer.pop("access_token")
    assert answer == {"token_type": "bearer", "expires_in": 7199}


def test_credentials_may_come_in_the_form():
    made = provider()
    form = {"grant_type": "client_credentials", "client_id": made.credentials.client_id,
            "client_secret": made.credentials.client_secret}
    assert made.handle("POST", TOKEN, "", FORM, urlencode(form).encode())[0] == 200


@pytest.mark.parametrize(("headers", "body", "status", "error"), [
    (FORM, GRANT, 401, "invalid_client"),
    (FORM | {"Authorization": "Basic bm9ib2R5Om5vdGhpbmc="}, GRANT, 401, "invalid_client"),
    (FORM | {"Authorization": "Basic !"}, GRANT, 400, "invalid_request"),
    (FORM | {"Authorization": "Basic bm9ib2R5"}, GRANT, 400, "invalid_request"),
    ({"Content-Type": "application/json"}, b"{}", 400, "invalid_request"),
    (FORM, b"\xff", 400, "invalid_request"),
])
def test_a_request_that_cannot_be_granted_says_why(headers, body, status, error):
    answer = provider().handle("POST", TOKEN, "", headers, body)
    assert (answer[0], json.loads(answer[2])["error"]) == (status, error)


@pytest.mark.parametrize(("form", "error"), [
    ("grant_type=password", "unsupported_grant_type"), ("", "unsupported_grant_type"),
    ("grant_type=client_credentials&client_secret=x", "invalid_request")])
def test_only_client_credentials_shown_once_are_granted(form, error):
    made = provider()
    status, _, body = made.handle("POST", TOKEN, "", FORM | basic(made.vendor), form.encode())
    assert (status, json.loads(body)["error"]) == (400, error)


def test_a_token_is_asked_for_with_post():
    assert provider().handle("GET", TOKEN)[0] == 405


def test_the_vendor_sees_discovery_and_the_district_its_data():
    asking = client()
    made, vendor = asking.made, asking.token(asking.made.vendor)
    users = DATA["1.1"] + "/users"
    assert [made.handle("GET", path, "", headers)[0] for path in (DISCOVERY, users)
            for headers in (vendor, asking.headers, {}, {"Authorization": "Bearer x"})] == [
        200, 403, 401, 401, 403, 200, 401, 401]


def test_a_token_is_good_until_it_expires():
    clock = Clock()
    asking = client(clock=clock)
    clock.now += 7_198
    assert asking.ask("orgs")[0] == 200
    clock.now += 1
    status, headers, body = asking.ask("orgs")
    assert (status, headers["WWW-Authenticate"]) == (401, "Bearer")
    assert b"unauthorisedrequest" in body


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_where_scopes_are_required_a_token_reaches_what_its_scopes_name(version):
    made = provider("scope=required")
    status, _, body = made.handle("POST", TOKEN, "", FORM | basic(made.credentials), GRANT)
    assert (status, json.loads(body)["error"]) == (400, "invalid_scope")
    asking = Client(made, version, SCOPES[version] + "roster-core.readonly")
    assert (asking.ask("users")[0], asking.ask("demographics")[0]) == (200, 403)
    both = Client(made, version, " ".join(SCOPES[version] + name for name in (
        "roster-core.readonly", "roster-demographics.readonly")))
    assert (both.ask("users")[0], both.ask("demographics")[0]) == (200, 200)


def test_calls_and_tokens_are_counted():
    asking = client()
    asking.get("users", limit=1)
    asking.ask("users/nobody")
    asking.discovery()
    assert asking.made.calls == {"token": 2, "discovery": 1, "oneroster": 2, "users": 2}
    assert len(asking.made.tokens.issued) == 2

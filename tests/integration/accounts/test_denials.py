"""Every route without a token, with each token that doesn't count, and with each that isn't enough."""

from __future__ import annotations

import re
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from rostering.access.rules import ACTIONS
from rostering.store import keys
from tests.integration.accounts.office import KEY, OTHER_SITE, SITE, START, Office, account, forged

BODIES: dict[str, Any] = {
    "/sites/<site>/sign-in": {"username": "a", "secret": "b"},
    "/sites/<site>/sign-in/reset": {"username": "a"},
    "/sites/<site>/token": {"refresh_token": "x"},
    "/sites/<site>/password": {"new": "nine gray barns walk"},
    "/sites/<site>/accounts/<account>/merge": {"other": "y", "reason": "because"},
    "/sites/<site>/accounts/<account>": {"fields": {"first_name": "Ana"}, "reason": "because"},
    "/sites/<site>/accounts": {"role": "Teacher", "school": "100", "reason": "because",
                               "fields": {"first_name": "Ana", "last_name": "Ruiz", "email": "ana@d.org"}},
    "/sites/<site>/accounts/<account>/move": {"school": "100", "reason": "because"},
    "/sites/<site>/accounts/<account>/rights": {"right": "view_as", "whole_site": True, "reason": "because"},
    "/sites/<site>/accounts/<account>/link": {"other": "y", "reason": "because"},
    "/sites/<site>/corrections": {
        "kind": "student",
        "key": "1",
        "field": "grade",
        "value": "4",
        "reason": "because",
    },
    "/sites/<site>/exports": {"format": "pdf", "reason": "to hand out"},
    "/sites/<site>/batches": {"action": "unlock", "filter": {"school": "100"}, "reason": "because"},
    "/sites/<site>/groups": {"name": "Chess", "school": "100", "reason": "because"},
    "/sites/<site>/groups/<group>": {"name": "Chess", "reason": "because"},
    "/sites/<site>/groups/<group>/members": {"remove": ["x"], "reason": "because"},
    "/sites/<site>/verify": {"source": "sheet"},
    "/sites/<site>/zones": {"settings": {"url": "https://zis.example.org/Z", "zone_id": "Z", "version": "2.3"}},
    "/sites/<site>/zones/<zone>": {"settings": {"agent_id": "Us"}},
    "/sites/<site>/zones/<zone>/pulls": {"kind": "check"},
    "/sites/<site>/gg4l": {"settings": {"discovery_url": "https://connect.example.org/d"},
                           "vendor": {"client_id": "c", "client_secret": "s"}},
    "/sites/<site>/gg4l/introduce": {"district_name": "Example USD", "contact": "ana@example.org"},
    "/sites/<site>/gg4l/districts/<district>/link": {},
    "/sites/<site>/gg4l/districts/<district>/move": {"state": "DATA_SYNC", "reason": "because"},
    "/sites/<site>/providers/<provider>": {"client_id": "c", "client_secret": "s"},
    "/sites/<site>/session/switch": {"account": "y"},
    "/sites/<site>/schools/<school>/attestations": {"rule": "standards", "reason": "because"},
    "/sites/<site>/schools/<school>/stages/<role>": {"dry_run": True},
    "/sites/<site>/schools/<school>/handed": {"section": "709"},
    "/sites/<site>/settings": {"settings": {"address": "https://here.example"}},
}
QUERY = {"/sites/<site>/received": {"key": "inbox/x"}, "/sites/<site>/sections": {"school": "100"},
         "/sites/<site>/groups": {"school": "100"},
         "/sites/<site>/find": {"text": "x"},
         "/sites/<site>/why": {"question": "user_missing", "person": "x"},
         "/sites/<site>/zones/<zone>": {"reason": "because"},
         "/sites/<site>/accounts/<account>": {"reason": "because"},
         "/sites/<site>/accounts/<account>/rights": {"right": "view_as", "whole_site": "true", "reason": "because"},
         "/sites/<site>/accounts/<account>/link": {"other": "y", "reason": "because"},
         "/sites/<site>/accounts/<account>/providers/<provider>": {"reason": "because"},
         "/sites/<site>/gg4l": {"reason": "because"},
         "/sites/<site>/schools/<school>/stages/<role>": {"reason": "because"}}
OFFICE = Office()
ROUTES = sorted(OFFICE.api.actions.items())
GUARDED = [route for route, action in ROUTES if action]
IDS = [f"{method} {path}" for method, path in GUARDED]
NOW = int(START)
CLAIMS = {
    "iss": "urn:rollbook:test",
    "aud": "rollbook",
    "sub": "",
    "site": SITE,
    "sid": "",
    "jti": "j",
    "iat": NOW,
    "nbf": NOW,
    "exp": NOW + 3_600,
    "auth_time": NOW,
    "scope": "api",
}
STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def send(office: Office, method: str, path: str, token: str | None, *, site: str = SITE, thing: str = "x"):
    body = BODIES.get(path, {"reason": "because"}) if method in ("POST", "PATCH", "PUT") else None
    target = re.sub(r"<\w+>", thing, path.replace("<site>", site))
    return office.ask(method, target, token=token, body=body, query=QUERY.get(path))


def live_claims(office: Office) -> dict[str, Any]:
    """The claims of a token that does count."""
    import jwt

    return jwt.decode(office.token(), options={"verify_signature": False})


def test_the_public_routes_are_these() -> None:
    assert [route for route, action in ROUTES if not action] == [
        ("GET", "/.well-known/jwks.json"),
        ("GET", "/openapi.json"),
        ("POST", "/sites/<site>/sign-in"),
        ("POST", "/sites/<site>/sign-in/reset"),
        ("POST", "/sites/<site>/token"),
    ]


def test_every_other_route_names_an_action_of_the_rules() -> None:
    assert {action for _, action in ROUTES if action} <= set(ACTIONS)


def test_every_operation_of_the_description_names_its_action() -> None:
    described = OFFICE.ask("GET", "/openapi.json").body
    assert described["openapi"].startswith("3.1")
    named = {
        (method.upper(), path): operation.get("x-action")
        for path, operations in described["paths"].items()
        for method, operation in operations.items()
    }
    assert named == {
        (method, re.sub(r"<(\w+)>", r"{\1}", path)): action or "public" for (method, path), action in ROUTES
    }


@pytest.mark.parametrize(("method", "path"), GUARDED, ids=IDS)
def test_no_token_is_401(method: str, path: str) -> None:
    answer = send(OFFICE, method, path, None)
    assert (answer.status, answer.body["code"]) == (401, "NOT_SIGNED_IN")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("method", "path"), GUARDED, ids=IDS)
@pytest.mark.parametrize(
    "kind",
    [
        "expired",
        "forged",
        "wrong audience",
        "wrong issuer",
        "no signature",
        "unknown session",
        "unknown account",
        "not a token",
        "empty",
    ],
)
def test_a_token_that_doesn_t_count_is_401(kind: str, method: str, path: str) -> None:
    kid = {"kid": OFFICE.ports.signer.kid}
    claims = live_claims(OFFICE)
    token = {
        "expired": lambda: forged(
            claims | {"iat": NOW - 9_000, "nbf": NOW - 9_000, "exp": NOW - 6_000}, **kid
        ),
        "forged": lambda: forged(claims, key=STRANGER, **kid),
        "wrong audience": lambda: forged(claims | {"aud": "others"}, **kid),
        "wrong issuer": lambda: forged(claims | {"iss": "urn:others"}, **kid),
        "no signature": lambda: forged(claims, key=None, algorithm="none", **kid),
        "unknown session": lambda: forged(claims | {"sid": "0" * 32}, **kid),
        "unknown account": lambda: forged(claims | {"sub": "somebody"}, **kid),
        "not a token": lambda: "hello",
        "empty": lambda: "",
    }[kind]()
    assert forged(claims, **kid) and send(OFFICE, method, path, token).status == 401


def test_the_token_behind_those_does_count() -> None:
    token = forged(live_claims(OFFICE), key=KEY, kid=OFFICE.ports.signer.kid)
    assert OFFICE.ask("GET", f"/sites/{SITE}", token=token).status == 200


@pytest.mark.parametrize(("method", "path"), GUARDED, ids=IDS)
def test_a_token_of_another_site_finds_nothing(method: str, path: str) -> None:
    answer = send(OFFICE, method, path, OFFICE.token(site=OTHER_SITE))
    assert (answer.status, answer.body["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(("method", "path"), GUARDED, ids=IDS)
@pytest.mark.parametrize("role", ["Staff", "Teacher", "Guardian", "Student"])
def test_without_the_right_nothing_is_told(role: str, method: str, path: str) -> None:
    office = OFFICE
    who = office.put(account(f"plain-{role.lower()}-{GUARDED.index((method, path))}", role, school="900"))
    answer = send(office, method, path, office.token(who.id))
    action = dict(ROUTES)[method, path]
    if not ACTIONS[action].everybody:
        assert answer.status in (403, 404)
        assert set(answer.body) == {"type", "title", "status", "detail", "code"}


def things(office: Office, site: str, name: str = "theirs") -> None:
    """One of each thing, with the same ids in every site that has them."""
    office.put(account(name, "Student"), site=site)
    office.put_item(
        keys.load(site, name),
        {"load": name, "site": site, "state": "held", "counts": {}},
        listed=keys.Key(keys.loads(site), name),
    )
    office.put_item(
        keys.section(site, name),
        {"id": name, "fields": {"school": "100"}, "members": {}, "teachers": {}},
    )
    office.put_item(keys.group(site, name), {"id": name, "fields": {"school": "100"}, "members": {}, "source": "sheet",
                                             "owner": "x"})
    office.put_item(keys.school(site, name), {"key": name, "kind": "school", "fields": {"id": name, "name": name}})
    office.put_item(
        keys.export(site, name), {"export": name, "state": "done", "by": "x", "with_secrets": False}
    )
    office.put_item(keys.batch(site, name), {"batch": name, "action": "unlock", "state": "done", "by": "x"})
    office.put_item(keys.received(site, "inbox/x", "1"), {"load": name})
    office.put_item(
        keys.zone(site, name),
        {"zone": name, "url": "https://zis.example.org/T", "zone_id": "T", "version": "2.3"},
    )
    office.put_item(keys.zone_pull(site, name, name), {"pull": name, "zone": name, "kind": "pull",
                                                               "state": "nothing"})
    office.put_item(keys.provider(site, "google"), {"client_id": "c", "secret": "name", "by": "x",
                                                    "address": "https://api.example.org", "at": "2026-09-01T08:00:00Z"})
    office.put_item(keys.entrance(site, name), {"subjects": {name: {"issuer": "i", "subject": name, "at": "x"}}})
    office.put_item(keys.gg4l_connection(site), {"discovery_url": "https://connect.example.org/d",
                                                 "token_url": "https://connect.example.org/t", "secret": "name"})
    office.put_item(keys.gg4l_district(site, name), {"district": name, "name": "Theirs", "linked": True})
    office.put_item(keys.gg4l_pull(site, name, name), {"pull": name, "district": name, "kind": "pull",
                                                               "state": "nothing"})
    office.put_item(keys.school(site, name), {"key": name, "kind": "school", "fields": {"name": "Theirs"}})
    office.put_item(keys.digest(site, name), {"day": name, "at": "", "counts": {}, "lines": []})


def test_a_foreign_thing_is_answered_as_one_that_isn_t_there() -> None:
    office = Office()
    things(office, OTHER_SITE)
    token = office.token()
    before = office.store.snapshot()
    for method, path in GUARDED:
        if "<" not in path.replace("<site>", ""):
            continue
        foreign = send(office, method, path, token, thing="theirs")
        absent = send(office, method, path, token, thing="nothing")
        assert (foreign.status, foreign.body) == (absent.status, absent.body) and foreign.status == 404, path
    after = office.store.snapshot()
    assert {key: item for key, item in after.items() if key.pk.startswith(OTHER_SITE)} == {
        key: item for key, item in before.items() if key.pk.startswith(OTHER_SITE)
    }


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/sites"),
        ("DELETE", f"/sites/{SITE}"),
        ("GET", f"/sites/{SITE}/nothing"),
        ("PUT", "/openapi.json/x"),
        ("GET", f"/sites/{SITE}/sign-in/"),
        ("GET", "//openapi.json"),
    ],
)
def test_an_unknown_path_needs_a_token_before_it_is_even_looked_at(method: str, path: str) -> None:
    assert OFFICE.ask(method, path).status == 401
    assert OFFICE.ask(method, path, token=OFFICE.token()).status == 404


@pytest.mark.parametrize(
    "raw",
    [
        '{"reason": "a", "reason": "b"}',
        '{"reason": NaN}',
        '{"reason": 1e999}',
        "[" * 50_000,
        '{"reason": "\\ud800"}',
        '{"reason": "\\u0000abc"}',
        "{",
        "\ufffe",
        "1" * 5_000,
    ],
)
def test_json_that_isn_t_strict_is_refused(raw: str) -> None:
    answer = OFFICE.ask("POST", f"/sites/{SITE}/loads/x/approve", token=OFFICE.token(), raw_body=raw)
    assert answer.status in (400, 422)
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_body_that_is_too_big_is_refused() -> None:
    answer = OFFICE.ask("POST", f"/sites/{SITE}/sign-in", raw_body='"' + "x" * 70_000 + '"')
    assert answer.status == 413


@pytest.mark.parametrize("site", ["demo#SITE", "..", "demo%23", "~", "a" * 300])
def test_a_crafted_site_is_not_found(site: str) -> None:
    assert OFFICE.ask("POST", f"/sites/{site}/sign-in", body={"username": "a", "secret": "b"}).status == 404

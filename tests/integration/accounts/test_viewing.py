"""View-as: what the shown person sees, for a while, read-only, bound to both, and never a step up."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from rostering.access.rules import VIEWABLE
from rostering.store import keys
from tests.integration.accounts.office import SITE, Answer, Office, account, forged
from tests.integration.accounts.test_denials import send

WHY = {"reason": "the parent called"}


@pytest.fixture
def office() -> Office:
    """A site with a teacher `tea` of section `math`, its student `stu`, and `far` in another school."""
    office = Office()
    office.put(account("tea", "Teacher", fields={"first_name": "Tea"}))
    office.put(account("stu", "Student", classes={"math": ["", "", "active"]}))
    office.put(account("far", "Student", school="200"))
    office.put(account("hold", "Staff", rights={"view_as": ["100"], "accounts.manage": ["100"]}))
    office.put_item(keys.teaches(SITE, "tea", "math"), {"section": "math"})
    office.put_item(keys.section(SITE, "math"), {
        "id": "math", "fields": {"school": "100", "name": "Math"}, "members": {"stu": ["", ""]},
        "teachers": {"tea": "Lead"}})
    office.put_item(keys.section(SITE, "art"), {
        "id": "art", "fields": {"school": "100", "name": "Art"}, "members": {}, "teachers": {}})
    return office


def look(office: Office, shown: str, token: str | None = None, **more: Any) -> Answer:
    return office.ask("POST", f"/sites/{SITE}/accounts/{shown}/view-as", token=token or office.token(), body=WHY | more)


def get(office: Office, path: str, token: str) -> Answer:
    return office.ask("GET", f"/sites/{SITE}{path}", token=token)


def token_of(office: Office, shown: str, token: str | None = None, **more: Any) -> str:
    begun = look(office, shown, token, **more)
    assert begun.status == 201, begun.text
    return begun.body["access_token"]


def test_the_token_carries_both_people_and_ends_with_the_minutes(office: Office) -> None:
    begun = look(office, "tea", minutes=10)
    said = jwt.decode(begun.body["access_token"], options={"verify_signature": False})
    assert (said["sub"], said["act"]["sub"]) == ("tea", office.administrators[SITE])
    assert said["exp"] - said["iat"] == begun.body["expires_in"] == 600
    assert "refresh_token" not in begun.body
    office.clock.at += 600
    assert get(office, "", begun.body["access_token"]).status == 401


@pytest.mark.parametrize("minutes", [0, 31, -1, "ten"])
def test_half_an_hour_is_the_most(office: Office, minutes: Any) -> None:
    assert look(office, "tea", minutes=minutes).status == 422


def test_a_view_shows_what_the_person_sees(office: Office) -> None:
    token = token_of(office, "tea")
    assert get(office, "/accounts/tea", token).body["first_name"] == "Tea"
    assert [one["id"] for one in get(office, "/accounts/tea/sections", token).body["sections"]] == ["math"]
    assert [one["account"] for one in get(office, "/sections/math", token).body["students"]] == ["stu"]
    assert get(office, "/sections/art", token).status == 404
    assert get(office, "/accounts/far", token).status == 404
    assert get(office, "/accounts", token).status == 403


def test_a_view_shows_nothing_that_the_viewer_could_not_read(office: Office) -> None:
    office.put(account("only", "Staff", rights={"view_as": ["*"]}))
    token = token_of(office, "tea", office.token("only"))
    assert get(office, "/accounts/tea", token).status == 404
    assert get(office, "/sections/math", token).status == 403
    assert get(office, "", token).status == 200


def test_a_section_of_a_school_that_the_viewer_can_t_read_is_left_out(office: Office) -> None:
    office.put_item(keys.section(SITE, "away"), {"id": "away", "fields": {"school": "200"}, "members": {},
                                                 "teachers": {"tea": ""}})
    office.put_item(keys.teaches(SITE, "tea", "away"), {"section": "away"})
    token = token_of(office, "tea", office.token("hold"))
    assert [one["id"] for one in get(office, "/accounts/tea/sections", token).body["sections"]] == ["math"]
    assert get(office, "/sections/away", token).status == 404


def test_whatever_isn_t_a_listed_reading_is_refused_whoever_they_are(office: Office) -> None:
    office.put(account("boss", "Staff", rights={name: ["*"] for name in (
        "accounts.manage", "loads.approve", "credentials.reset", "credentials.view", "credentials.export", "view_as")}))
    token, before = token_of(office, "boss"), office.store.snapshot()
    for (method, path), action in office.api.actions.items():
        if action and (method != "GET" or action not in VIEWABLE):
            answer = send(office, method, path, token, thing="stu")
            assert answer.status == 403, (method, path)
            assert answer.body["code"] == ("NOT_ALLOWED" if method == "GET" else "READ_ONLY")
    after = office.store.snapshot()
    assert {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)} == {
        key for key in after.keys() - before.keys() if "#AUDIT#" in key.pk}


@pytest.mark.parametrize(("viewer", "shown", "status"), [
    ("", "", 403), ("hold", "hold", 403), ("hold", "far", 404), ("hold", "boss", 403), ("hold", "peer", 403),
    ("tea", "stu", 403), ("stu", "tea", 403), ("", "nobody", 404), ("", "off", 409), ("hold", "stu", 201),
])
def test_who_may_look_as_whom(office: Office, viewer: str, shown: str, status: int) -> None:
    office.put(account("boss", "Staff", rights={"admin": ["*"]}))
    office.put(account("peer", "Staff", rights={"loads.approve": ["100"]}))
    office.put(account("off", "Student", status="inactive"))
    assert look(office, shown or office.administrators[SITE], office.token(viewer)).status == status


def test_a_view_can_t_begin_another(office: Office) -> None:
    office.put(account("boss", "Staff", rights={"view_as": ["*"], "accounts.manage": ["*"]}))
    assert look(office, "stu", token_of(office, "boss")).status == 403


def off(office: Office, who: str) -> None:
    office.store.update(keys.account(SITE, who), lambda body: body | {"status": "inactive"})


def on(office: Office, who: str) -> None:
    office.store.update(keys.account(SITE, who), lambda body: body | {"status": "active"})


def test_a_view_ends_with_the_viewer_s_sign_out(office: Office) -> None:
    token = token_of(office, "stu", office.token("hold"))
    assert office.ask("POST", f"/sites/{SITE}/sign-out", token=office.token("hold")).status == 204
    assert get(office, "", token).status == 401
    assert [one["reason"] for one in office.audit() if one["what"] == "emulation.ended"] == ["signed out"]


@pytest.mark.parametrize("who", ["stu", "hold"])
def test_a_view_ends_with_the_deactivation_of_either(office: Office, who: str) -> None:
    token = token_of(office, "stu", office.token("hold"))
    done = office.ask("POST", f"/sites/{SITE}/accounts/{who}/deactivate", token=office.token(), body=WHY)
    assert done.status == 200 and get(office, "", token).status == 401
    office.ask("POST", f"/sites/{SITE}/accounts/{who}/reactivate", token=office.token(), body=WHY)
    assert get(office, "", token).status == 401


@pytest.mark.parametrize("who", ["stu", "hold"])
def test_a_load_that_switches_either_off_suspends_the_view_at_once(office: Office, who: str) -> None:
    token = token_of(office, "stu", office.token("hold"))
    off(office, who)
    assert get(office, "", token).status == 401


def test_an_end_of_the_viewer_s_rights_counts_at_once(office: Office) -> None:
    token = token_of(office, "stu", office.token("hold"))
    assert get(office, "/accounts/stu", token).status == 200
    office.store.update(keys.account(SITE, "hold"), lambda body: body | {"rights": {}})
    assert get(office, "/accounts/stu", token).status == 404


def test_delete_ends_the_view_and_is_idempotent(office: Office) -> None:
    token = token_of(office, "stu")
    for _ in range(2):
        assert office.ask("DELETE", f"/sites/{SITE}/view-as", token=office.token()).status == 204
    assert get(office, "", token).status == 401
    assert [one["what"] for one in office.audit()].count("emulation.ended") == 1


def test_another_view_ends_the_one_before(office: Office) -> None:
    first, second = token_of(office, "stu"), token_of(office, "tea")
    assert (get(office, "", first).status, get(office, "", second).status) == (401, 200)


def test_a_view_never_outlives_the_viewer_s_session(office: Office) -> None:
    office.token()
    office.clock.at += 12 * 3_600 - 60
    claims = jwt.decode(office.token(), options={"verify_signature": False})
    now = int(office.clock.at)
    late = forged(claims | {"iat": now, "nbf": now, "exp": now + 60}, kid=office.ports.signer.kid)
    assert look(office, "tea", late).body["expires_in"] == 60


@pytest.mark.parametrize("changed", [
    {"act": None}, {"act": {"sub": "hold", "sid": "?"}}, {"act": {"sub": "tea", "sid": "0" * 32}}, {"sub": "tea"},
    {"act": {"sub": "hold"}}, {"act": "hold"}, {"act": {"sub": "hold", "sid": "0" * 32, "rights": ["admin"]}},
    {"exp": 1_790_003_000},
])
def test_a_view_token_of_other_claims_doesn_t_count(office: Office, changed: dict[str, Any]) -> None:
    claims = jwt.decode(token_of(office, "stu", office.token("hold")), options={"verify_signature": False})
    claims = {name: value for name, value in (claims | changed).items() if value is not None}
    assert get(office, "", forged(claims, kid=office.ports.signer.kid)).status == 401


def test_a_view_can_t_be_renewed(office: Office) -> None:
    claims = jwt.decode(token_of(office, "stu"), options={"verify_signature": False})
    for secret in ("A" * 43, "_" * 43):
        made_up = f"stu.{claims['sid']}.{secret}"
        assert office.ask("POST", f"/sites/{SITE}/token", body={"refresh_token": made_up}).status == 401


def test_start_each_request_and_end_are_told_with_both_people(office: Office) -> None:
    token = token_of(office, "tea", office.token("hold"))
    for path in ("/sections/math", "/audit"):
        office.clock.at += 1
        get(office, path, token)
    office.clock.at += 1
    office.ask("DELETE", f"/sites/{SITE}/view-as", token=office.token("hold"))
    trail = office.store.listing(keys.audited(SITE, "tea"), limit=None).items
    assert [(item.body["what"], item.body["by"], item.body["target"]) for item in trail] == [
        (what, "hold", "tea") for what in
        ("emulation.started", "emulation.request", "emulation.request", "emulation.ended")]
    assert [item.body["asked"] for item in trail[1:3]] == ["GET /sites/<site>/sections/<section>",
                                                           "GET /sites/<site>/audit"]
    assert trail[0].body["reason"] == WHY["reason"] and trail[0].body["until"]


def test_no_event_says_that_the_shown_person_did_it(office: Office) -> None:
    office.put(account("boss", "Staff", rights={"accounts.manage": ["*"], "loads.approve": ["*"]}))
    token = token_of(office, "boss")
    for (method, path), action in office.api.actions.items():
        if action:
            send(office, method, path, token, thing="stu")
    events = [one for one in office.audit() if one["by"] in ("boss", office.administrators[SITE])]
    assert events and not [one for one in events if one["by"] == "boss"]
    assert {one["what"] for one in events if one.get("viewed_as") == "boss"} >= {"account.viewed", "account.listed",
                                                                                "match.listed", "correction.listed"}

"""Signing in, sessions and passwords, as requests against the API on memory."""

from __future__ import annotations

import pytest

from accounts.sessions import GRACE_SECONDS
from rostering.access.claims import ACCESS_SECONDS
from rostering.access.passwords import hash_password
from rostering.access.sessions import SESSION_SECONDS
from rostering.credentials.first_secrets import mac_of
from rostering.store import keys
from tests.integration.accounts.office import OTHER_SITE, SITE, Office, account

ENTER = f"/sites/{SITE}/sign-in"
WRONG = {
    "type": "urn:rollbook:problem:sign-in",
    "title": "Unauthorized",
    "status": 401,
    "detail": "The username or the password is not right.",
    "code": "SIGN_IN",
}


@pytest.fixture
def office() -> Office:
    return Office()


def give(
    office: Office, name: str, role: str = "Student", *, grade: str = "", status: str = "active", **login
):
    """A person with a sign-in item; `first` is a first secret in clear."""
    person = office.put(account(name, role, status=status, fields={"grade": grade} if grade else {}))
    if "first" in login:
        pepper = office.ports.vault.pepper(SITE, office.store.get(keys.settings(SITE)).body["pepper"])
        login |= {
            "state": "first_secret",
            "mac": mac_of(login.pop("first"), pepper, name),
            "envelope": b"sealed",
        }
    office.put_item(keys.username(SITE, person.username), {"account": name} | login)
    return person


def enter(office: Office, username: str, secret: str, **more):
    body = {"username": username, "secret": secret} | (
        {"device": more.pop("device")} if "device" in more else {}
    )
    return office.ask("POST", ENTER, body=body, **more)


def test_a_code_signs_the_first_administrator_in_once(office: Office) -> None:
    first = office.ask("POST", ENTER, body={"code": office.codes[SITE]})
    assert first.status == 200
    assert first.body["expires_in"] == ACCESS_SECONDS
    assert office.ask("GET", f"/sites/{SITE}/loads", token=first.body["access_token"]).status == 200
    again = office.ask("POST", ENTER, body={"code": office.codes[SITE]})
    assert (again.status, again.body["code"]) == (401, "CODE")


def test_a_code_is_read_as_people_type_it(office: Office) -> None:
    typed = office.codes[SITE].lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert office.ask("POST", ENTER, body={"code": typed}).status == 200


def test_a_code_of_another_site_is_worth_nothing(office: Office) -> None:
    assert office.ask("POST", ENTER, body={"code": office.codes[OTHER_SITE]}).status == 401


def test_a_code_ends_after_three_days(office: Office) -> None:
    office.clock.at += 72 * 3_600
    assert office.ask("POST", ENTER, body={"code": office.codes[SITE]}).status == 401


def test_a_first_secret_is_read_as_people_type_it(office: Office) -> None:
    give(office, "ana", grade="01", first="blue-fish-sun42")
    answer = enter(office, " ANA.E ", "Blue Fish Sun42")
    assert (answer.status, answer.body["must_change"]) == (200, False)


def test_the_envelope_of_a_first_grader_stays(office: Office) -> None:
    give(office, "ana", grade="01", first="blue-fish-sun42")
    enter(office, "ana.e", "blue-fish-sun42")
    assert "envelope" in office.store.get(keys.username(SITE, "ana.e")).body


def test_a_seventh_grader_must_choose_a_password_before_anything_else(office: Office) -> None:
    give(office, "ben", grade="07", first="lamp-river-stone-cloud")
    answer = enter(office, "ben.e", "lamp-river-stone-cloud")
    assert answer.body["must_change"] is True
    assert "envelope" not in office.store.get(keys.username(SITE, "ben.e")).body
    token = answer.body["access_token"]
    refused = office.ask("GET", f"/sites/{SITE}", token=token)
    assert (refused.status, refused.body["code"]) == (403, "CHOOSE_A_PASSWORD")
    chosen = office.ask("POST", f"/sites/{SITE}/password", token=token, body={"new": "nine gray barns walk"})
    assert chosen.status == 200
    assert office.ask("GET", f"/sites/{SITE}", token=chosen.body["access_token"]).status == 200
    assert enter(office, "ben.e", "nine gray barns walk").body["must_change"] is False
    assert enter(office, "ben.e", "lamp-river-stone-cloud").status == 401


def test_choosing_a_password_ends_the_other_sessions(office: Office) -> None:
    token = office.token()
    office.ask("POST", f"/sites/{SITE}/password", token=token, body={"new": "nine gray barns walk"})
    assert office.ask("GET", f"/sites/{SITE}", token=token).status == 401


def test_the_present_password_is_asked_for(office: Office) -> None:
    give(office, "cho", "Teacher", state="own", hash=hash_password("four green little tents"))
    token = office.token("cho")
    path, new = f"/sites/{SITE}/password", {"new": "nine gray barns walk"}
    assert office.ask("POST", path, token=token, body=new).status == 401
    assert office.ask("POST", path, token=token, body=new | {"secret": "wrong"}).status == 401
    assert (
        office.ask("POST", path, token=token, body=new | {"secret": "four green little tents"}).status == 200
    )


def test_a_weak_password_is_refused_with_its_reason(office: Office) -> None:
    answer = office.ask("POST", f"/sites/{SITE}/password", token=office.token(), body={"new": "short"})
    assert (answer.status, answer.body["code"]) == (422, "PASSWORD")
    assert "at least 15" in answer.body["detail"]


def test_a_first_grader_doesn_t_choose_a_password(office: Office) -> None:
    give(office, "ana", grade="01", first="blue-fish-sun42")
    answer = office.ask(
        "POST",
        f"/sites/{SITE}/password",
        token=office.token("ana"),
        body={"new": "nine gray barns walk", "secret": "blue-fish-sun42"},
    )
    assert answer.status == 403


@pytest.mark.parametrize(
    "login",
    [
        {"state": "own", "hash": hash_password("four green little tents")},
        {"first": "lamp-river-stone-cloud"},
        {"state": "claimed"},
        {"state": "reserved"},
        {},
    ],
)
def test_every_wrong_secret_gets_the_same_answer(office: Office, login: dict) -> None:
    give(office, "dee", "Teacher", **login)
    assert enter(office, "dee.e", "wrong").body == WRONG
    assert enter(office, "nobody", "wrong").body == WRONG


@pytest.mark.parametrize("status", ["inactive", "pending"])
def test_who_is_not_active_is_told_nothing_else(office: Office, status: str) -> None:
    give(office, "eve", "Teacher", status=status, state="own", hash=hash_password("four green little tents"))
    assert enter(office, "eve.e", "four green little tents").body == WRONG


def test_an_expired_first_secret_is_wrong(office: Office) -> None:
    give(office, "fay", "Guardian", first="ABCDE-FGH23", expires_at="2026-09-21T00:00:00Z")
    assert enter(office, "fay.e", "ABCDE-FGH23").body == WRONG


@pytest.mark.parametrize("username", ["gil.e", "nobody.at.all"])
def test_wrong_tries_wait_longer_and_longer_whether_the_name_exists_or_not(
    office: Office, username: str
) -> None:
    give(office, "gil", "Teacher", state="own", hash=hash_password("four green little tents"))
    waits = []
    for _ in range(12):
        answer = enter(office, username, "wrong")
        if answer.status == 429:
            assert answer.headers["Retry-After"] == str(answer.body["retry_after"])
            waits.append(answer.body["retry_after"])
            office.clock.at += answer.body["retry_after"]
    assert waits == [1, 2, 4, 8]


def test_the_right_password_waits_too(office: Office) -> None:
    give(office, "gil", "Teacher", state="own", hash=hash_password("four green little tents"))
    for _ in range(5):
        enter(office, "gil.e", "wrong")
    assert enter(office, "gil.e", "four green little tents").status == 429
    office.clock.at += 1
    assert enter(office, "gil.e", "four green little tents").status == 200


def test_a_known_device_gets_in_after_a_hundred_wrong_tries(office: Office) -> None:
    give(office, "gil", "Teacher", state="own", hash=hash_password("four green little tents"))
    device = enter(office, "gil.e", "four green little tents").body["device"]
    for number in range(100):
        office.clock.at += 1_000
        assert enter(office, "gil.e", "wrong", address=f"198.51.{number}.1").status == 401
    office.clock.at += 10**6
    closed = enter(office, "gil.e", "four green little tents")
    assert (closed.status, closed.body["code"]) == (429, "LOCKED")
    assert enter(office, "gil.e", "four green little tents", device=device).status == 200


def test_a_guardians_code_is_worth_nothing_after_ten_wrong_tries(office: Office) -> None:
    give(office, "fay", "Guardian", first="ABCDE-FGH23")
    for number in range(10):
        assert enter(office, "fay.e", "wrong", address=f"198.51.{number}.1").status == 401
    assert enter(office, "fay.e", "ABCDE-FGH23", address="192.0.2.1").body == WRONG


def test_tries_are_kept_without_the_name(office: Office) -> None:
    enter(office, "a.name.nobody.has", "wrong")
    assert not any("a.name.nobody.has" in part for key in office.store.snapshot() for part in key)


def test_an_outdated_hash_is_renewed(office: Office) -> None:
    from argon2 import PasswordHasher

    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("four green little tents")
    give(office, "gil", "Teacher", state="own", hash=old)
    enter(office, "gil.e", "four green little tents")
    assert "m=19456" in office.store.get(keys.username(SITE, "gil.e")).body["hash"]
    assert enter(office, "gil.e", "four green little tents").status == 200


def test_signing_in_is_noted_with_the_account(office: Office) -> None:
    give(office, "gil", "Teacher", state="own", hash=hash_password("four green little tents"))
    enter(office, "gil.e", "four green little tents")
    item = office.store.get(keys.account(SITE, "gil"))
    assert item.body["signed_in_at"] == office.ports.time()
    assert item.listed is not None


def test_a_refresh_token_is_good_for_one_use(office: Office) -> None:
    first = office.ask("POST", ENTER, body={"code": office.codes[SITE]}).body
    second = office.ask("POST", f"/sites/{SITE}/token", body={"refresh_token": first["refresh_token"]})
    assert second.status == 200
    office.clock.at += GRACE_SECONDS + 1
    replayed = office.ask("POST", f"/sites/{SITE}/token", body={"refresh_token": first["refresh_token"]})
    assert replayed.status == 401
    stolen = office.ask("GET", f"/sites/{SITE}", token=second.body["access_token"])
    assert stolen.status == 401, "a copied refresh token ends the session"


def test_a_lost_reply_may_be_asked_for_again_within_a_minute(office: Office) -> None:
    first = office.ask("POST", ENTER, body={"code": office.codes[SITE]}).body
    for _ in range(2):
        assert (
            office.ask("POST", f"/sites/{SITE}/token", body={"refresh_token": first["refresh_token"]}).status
            == 200
        )


def test_a_session_ends_after_twelve_hours(office: Office) -> None:
    tokens = office.ask("POST", ENTER, body={"code": office.codes[SITE]}).body
    for _ in range(11):
        office.clock.at += 3_600
        tokens = office.ask(
            "POST", f"/sites/{SITE}/token", body={"refresh_token": tokens["refresh_token"]}
        ).body
    assert tokens["expires_in"] == SESSION_SECONDS - 11 * 3_600
    office.clock.at += 3_600
    assert (
        office.ask("POST", f"/sites/{SITE}/token", body={"refresh_token": tokens["refresh_token"]}).status
        == 401
    )


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "admin." + "0" * 32 + "." + "A" * 43, "a" * 401])
def test_a_made_up_refresh_token_is_refused(office: Office, token: str) -> None:
    assert office.ask("POST", f"/sites/{SITE}/token", body={"refresh_token": token}).status in (401, 422)


def test_signing_out_ends_the_tokens_at_once(office: Office) -> None:
    tokens = office.ask("POST", ENTER, body={"code": office.codes[SITE]}).body
    left = office.ask("POST", f"/sites/{SITE}/sign-out", token=tokens["access_token"])
    assert (left.status, left.response["body"]) == (204, ""), "API Gateway wants text, also where there is nothing"
    assert office.ask("GET", f"/sites/{SITE}", token=tokens["access_token"]).status == 401
    assert (
        office.ask("POST", f"/sites/{SITE}/token", body={"refresh_token": tokens["refresh_token"]}).status
        == 401
    )


def test_deactivation_ends_the_tokens_at_once(office: Office) -> None:
    person = give(office, "gil", "Teacher", state="claimed")
    token = office.token("gil")
    assert office.ask("GET", f"/sites/{SITE}", token=token).status == 200
    person.status = "inactive"
    office.put(person)
    assert office.ask("GET", f"/sites/{SITE}", token=token).status == 401


def test_rights_are_read_at_each_request(office: Office) -> None:
    person = give(office, "gil", "Staff", state="claimed")
    token = office.token("gil")
    assert office.ask("GET", f"/sites/{SITE}/loads", token=token).status == 403
    person.rights = {"loads.approve": ["*"]}
    office.put(person)
    assert office.ask("GET", f"/sites/{SITE}/loads", token=token).status == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"username": "a"},
        {"secret": "b"},
        {"username": "a", "secret": "b", "code": "c"},
        {"username": "a", "secret": "x" * 129},
        {"username": "a", "secret": "b", "admin": 1},
        {"username": ["a"], "secret": "b"},
    ],
)
def test_a_sign_in_that_is_neither_form_is_refused(office: Office, body: dict) -> None:
    answer = office.ask("POST", ENTER, body=body)
    assert (answer.status, answer.body["code"]) == (422, "INVALID")


def test_a_refusal_never_repeats_the_secret(office: Office) -> None:
    answer = office.ask("POST", ENTER, body={"username": "a", "secret": "marker-" * 40})
    assert answer.status == 422 and "marker" not in answer.text


def test_the_keys_are_published(office: Office) -> None:
    import jwt

    keys_found = office.ask("GET", "/.well-known/jwks.json").body
    token = office.token()
    key = jwt.PyJWKSet.from_dict(keys_found)[jwt.get_unverified_header(token)["kid"]]
    said = jwt.decode(
        token,
        key.key,
        algorithms=["RS256"],
        audience="rollbook",
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )
    assert said["sub"] == office.administrators[SITE]

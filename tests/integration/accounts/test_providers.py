"""Signing in by Google or Microsoft, against providers on this machine: a real one, and one that lies."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import jwt
import lxml.html
import pytest
import requests
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from oidc_provider_mock import User, run_server_in_thread

from accounts.pages.browser import names
from rostering.store import keys
from tests.integration.accounts.office import OTHER_SITE, SITE, Office, account
from tests.integration.accounts.rogue import CLIENT, CURVE, FIRST, SECOND, SECRET, TENANT, Rogue
from tests.integration.accounts.visitor import PAGE, Browser, Seen

EMAIL = "ana@lakeview.example"
NOT_HERE = "No account with that email here."
CANT_VERIFY = "could not be verified"


@pytest.fixture
def office() -> Office:
    office = Office(loopback=True)
    office.clock.at = time.time()
    person(office, "ana", "Teacher", EMAIL)
    return office


@pytest.fixture
def rogue(office: Office) -> Iterator[Rogue]:
    with Rogue(office.clock) as rogue:
        yield rogue


def person(office: Office, name: str, role: str, email: str, **more: Any):
    made = office.put(account(name, role, fields={"email": email}, **more))
    family = {"Student": "student", "Guardian": "guardian"}.get(role, "employee")
    claim = keys.username(SITE, email) if role == "Guardian" else keys.email(SITE, family, email)
    office.put_item(claim, {"account": name})
    office.put_item(keys.username(SITE, made.username), {"account": name, "state": "claimed"})
    return made


def set_up(office: Office, issuer: str, provider: str = "google", *, site: str = SITE, **settings: Any) -> None:
    body = {"client_id": CLIENT, "client_secret": SECRET, "issuer": issuer}
    body |= {"tenant": TENANT} if provider == "microsoft" else {}
    token = office.token(site=site)
    answer = office.ask("PUT", f"/sites/{site}/providers/{provider}", token=token, body=body)
    assert answer.status == 200, answer.text
    told = {"settings": {"sign_in": ["password", "google", "microsoft"]} | settings}
    assert office.ask("PATCH", f"/sites/{site}/settings", token=token, body=told).status == 200


def go(browser: Browser, provider: str = "google", *, query: str = "") -> str:
    """From the page to the provider: the address that the browser is sent to."""
    [link] = browser.open(query).html.xpath(f"//a[contains(@href, 'sign-in/{provider}')]/@href")
    return browser.get(urljoin(PAGE, link), follow=False).location


def come(browser: Browser, back: str, provider: str = "google", *, follow: bool = True) -> Seen:
    return browser.get(f"{PAGE}/{provider}/callback{back}", follow=follow)


def try_it(office: Office, rogue: Rogue, provider: str = "google", *, browser: Browser | None = None,
           **claims: Any) -> Seen:
    rogue.claims |= claims
    browser = browser or Browser(office)
    return come(browser, rogue.agrees(go(browser, provider)), provider)


def actions(office: Office) -> list[str]:
    return [one["what"] for one in office.audit()]


# ---- a real provider

def test_with_a_real_provider_a_person_signs_in_and_out_again(office: Office) -> None:
    user = User(sub="s-1", claims={"email": EMAIL, "email_verified": True, "hd": "lakeview.example"})
    with run_server_in_thread(user_claims=[user], require_nonce=True, require_client_registration=False) as server:
        set_up(office, f"http://127.0.0.1:{server.server_port}")
        browser = Browser(office)
        for _ in range(2):
            url = go(browser)
            form = lxml.html.fromstring(requests.get(url, timeout=10).text, base_url=url)
            assert form.xpath("//form")
            back = requests.post(url, data={"sub": "s-1"}, allow_redirects=False, timeout=10).headers["Location"]
            seen = browser.get(f"{PAGE}/google/callback?{urlsplit(back).query}")
            assert (seen.status, seen.title) == (200, "You are signed in"), seen.words
            assert "ana.e (Teacher)" in seen.words
            assert browser.send(seen, "out", {}).title == "Sign in"
        denied = requests.post(go(browser), data={"action": "deny"}, allow_redirects=False, timeout=10)
        assert "error=access_denied" in denied.headers["Location"]
    assert actions(office).count("identity.linked") == 1


# ---- what is sent and what comes back

def test_the_way_there_names_the_site_s_redirect_address_and_no_verifier(office: Office, rogue: Rogue) -> None:
    set_up(office, rogue.issuer)
    asked = parse_qs(urlsplit(go(Browser(office))).query)
    assert asked["redirect_uri"] == [f"{PAGE}/google/callback"]
    assert "code_verifier" not in asked and len(asked["state"][0]) == 43
    texts = [repr(item.body) + item.key.pk for item in office.store.snapshot().values()]
    assert not any(asked["state"][0] in text for text in texts)


def test_the_first_time_links_the_subject_and_then_the_email_doesn_t_matter(office: Office, rogue: Rogue) -> None:
    set_up(office, rogue.issuer)
    assert try_it(office, rogue).title == "You are signed in"
    seen = try_it(office, rogue, email="new.name@elsewhere.example", email_verified=False)
    assert seen.title == "You are signed in"
    login = office.store.get(keys.username(SITE, "ana.e")).body
    assert (login["state"], login["sso"]["provider"], login["sso"]["email"], login["sso"]["via"]) == (
        "claimed", "google", "new.name@elsewhere.example", "")
    assert actions(office).count("identity.linked") == 1


def test_the_way_in_is_kept_from_the_address_to_the_account(office: Office, rogue: Rogue) -> None:
    set_up(office, rogue.issuer)
    browser = Browser(office)
    come(browser, rogue.agrees(go(browser, query="?via=clever")))
    last = office.store.get(keys.entrance(SITE, "ana")).body["last"]
    sso = office.store.get(keys.username(SITE, "ana.e")).body["sso"]
    assert (sso["via"], last["via"], sso["email"]) == ("clever", "clever", EMAIL)


@pytest.mark.parametrize("change", [
    "wrong nonce", "no nonce", "wrong audience", "two audiences", "other party", "expired", "issued long ago",
    "issued tomorrow", "a life of a year", "wrong issuer", "no subject", "times as text", "endless life",
    "email as a list"])
def test_an_id_token_that_says_something_else_is_refused(office: Office, rogue: Rogue, change: str) -> None:
    now = int(office.clock())
    set_up(office, rogue.issuer)
    rogue.drop = {"no nonce": ("nonce",), "no subject": ("sub",)}.get(change, ())
    seen = try_it(office, rogue, **{
        "wrong nonce": {"nonce": "another"}, "wrong audience": {"aud": "somebody-else"},
        "two audiences": {"aud": [CLIENT, "somebody-else"]}, "other party": {"azp": "somebody-else"},
        "expired": {"exp": now - 61}, "issued long ago": {"iat": now - 1_000}, "issued tomorrow": {"iat": now + 86_400},
        "a life of a year": {"exp": now + 31_536_000}, "wrong issuer": {"iss": "https://accounts.google.com"},
        "times as text": {"exp": str(now + 60)}, "endless life": {"exp": 1e308}, "email as a list": {"email": [EMAIL]},
    }.get(change, {}))
    assert seen.status == 502 and CANT_VERIFY in seen.problem
    assert keys.entrance(SITE, "ana") not in office.store.snapshot() and not signed_in(office, seen)


def signed_in(office: Office, seen: Seen) -> bool:
    return any(cookie.startswith(f"{names(office.ports)[1]}=ey") for cookie in seen.set_cookies)


PUBLIC = FIRST.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def by_hand(header: dict[str, Any], claims: dict[str, Any], key: bytes | None) -> str:
    """A token that no library would make: HS256 with a public key as its secret."""
    import base64
    import hashlib
    import hmac
    import json

    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).decode().rstrip("=")
    said = f"{part(json.dumps(header).encode())}.{part(json.dumps(claims).encode())}"
    return f"{said}.{part(hmac.digest(key, said.encode(), hashlib.sha256)) if key else ''}"


@pytest.mark.parametrize(("name", "sign"), [
    ("none", lambda claims: by_hand({"alg": "none", "kid": "first"}, claims, None)),
    ("None", lambda claims: by_hand({"alg": "None", "kid": "first"}, claims, None)),
    ("HS256 with the public key", lambda claims: by_hand({"alg": "HS256", "kid": "first"}, claims, PUBLIC)),
    ("RS256 in name, HMAC in truth", lambda claims: by_hand({"alg": "RS256", "kid": "first"}, claims, PUBLIC)),
    ("another key of the same name", lambda claims: jwt.encode(claims, SECOND, "RS256", headers={"kid": "first"})),
    ("a name that nobody has", lambda claims: jwt.encode(claims, SECOND, "RS256", headers={"kid": "x"})),
    ("RS512", lambda claims: jwt.encode(claims, FIRST, "RS512", headers={"kid": "first"})),
    ("a key that it brings along", lambda claims: jwt.encode(claims, SECOND, "RS256", headers={
        "kid": "x", "jwk": jwt.algorithms.RSAAlgorithm.to_jwk(SECOND.public_key(), as_dict=True)})),
    ("cut", lambda claims: jwt.encode(claims, FIRST, "RS256", headers={"kid": "first"})[:-8]),
    ("no token", lambda claims: "hello"), ("nothing", lambda claims: ""), ("a number", lambda claims: 7),
    ("too long", lambda claims: jwt.encode(claims | {"x": "y" * 20_000}, FIRST, "RS256", headers={"kid": "first"})),
])
def test_an_id_token_that_isn_t_signed_by_the_provider_is_refused(office: Office, rogue: Rogue, name: str,
                                                                  sign: Any) -> None:
    set_up(office, rogue.issuer)
    rogue.sign = sign
    seen = try_it(office, rogue)
    assert (seen.status, CANT_VERIFY in seen.problem, signed_in(office, seen)) == (502, True, False)


def test_a_token_that_names_no_key_counts_if_there_is_one_only(office: Office, rogue: Rogue) -> None:
    set_up(office, rogue.issuer)
    rogue.sign = lambda claims: jwt.encode(claims, FIRST, "RS256")
    rogue.keys = {"first": FIRST, "second": SECOND}
    assert CANT_VERIFY in try_it(office, rogue).problem
    rogue.keys = {"first": FIRST}
    assert try_it(office, rogue).title == "You are signed in"


def test_a_shared_secret_among_the_provider_s_keys_signs_nothing(office: Office, rogue: Rogue) -> None:
    set_up(office, rogue.issuer)
    rogue.keys = {"first": {"kty": "oct", "k": "a2VlcC10aGlzLXF1aWV0LWtlZXAtdGhpcy1xdWlldA"}}
    rogue.sign = lambda claims: by_hand({"alg": "HS256", "kid": "first"}, claims, b"keep-this-quiet-keep-this-quiet")
    assert CANT_VERIFY in try_it(office, rogue).problem


def test_a_new_key_of_the_provider_counts_after_one_more_look(office: Office, rogue: Rogue) -> None:
    set_up(office, rogue.issuer)
    assert try_it(office, rogue).title == "You are signed in" and rogue.asked["/keys"] == 1
    rogue.keys = {"curve": CURVE}
    rogue.sign = lambda claims: jwt.encode(claims, CURVE, "ES256", headers={"kid": "curve"})
    assert try_it(office, rogue).title == "You are signed in" and rogue.asked["/keys"] == 2
    rogue.sign = lambda claims: jwt.encode(claims, FIRST, "RS256", headers={"kid": "first"})
    assert CANT_VERIFY in try_it(office, rogue).problem and rogue.asked["/keys"] == 3


# ---- the state

def test_what_came_back_once_comes_back_once(office: Office, rogue: Rogue) -> None:
    set_up(office, rogue.issuer)
    browser = Browser(office)
    back = rogue.agrees(go(browser))
    assert come(browser, back).title == "You are signed in"
    again = come(browser, back)
    assert again.status == 400 and "was used before" in again.problem and rogue.asked["/token"] == 2


def test_a_state_counts_in_the_browser_that_it_began_in(office: Office, rogue: Rogue) -> None:
    set_up(office, rogue.issuer)
    back = rogue.agrees(go(Browser(office)))
    for other in (Browser(office), Browser(office)):
        seen = come(other, back)
        assert seen.status == 400 and "another browser" in seen.problem
        other.open()


def test_a_state_of_another_site_or_provider_counts_nowhere_else(office: Office, rogue: Rogue) -> None:
    for site in (SITE, OTHER_SITE):
        set_up(office, rogue.issuer, site=site)
        set_up(office, rogue.issuer, "microsoft", site=site)
    browser = Browser(office)
    browser.open()
    back = rogue.agrees(go(browser))
    seen = browser.get(f"{PAGE.replace(SITE, OTHER_SITE)}/google/callback{back}")
    assert seen.status == 400 and "another browser" in seen.problem
    assert come(browser, back, "microsoft").status == 400
    assert come(browser, back).title == "You are signed in"      # it was left where it counts


@pytest.mark.parametrize("seconds", [599, 600])
def test_a_state_counts_for_ten_minutes(office: Office, rogue: Rogue, seconds: int) -> None:
    set_up(office, rogue.issuer)
    browser = Browser(office)
    back = rogue.agrees(go(browser))
    office.clock.at += seconds
    assert (come(browser, back).title == "You are signed in") == (seconds < 600)


@pytest.mark.parametrize(("query", "status", "sentence"), [
    ("&error=access_denied&error_description=%3Cscript%3E", 400, "was cancelled"),
    ("&error=server_error", 400, "not available right now"), ("&error=%3Cb%3Enope", 400, "did not sign you in"),
    ("&iss=https%3A%2F%2Fevil.example&code=code0", 502, CANT_VERIFY), ("", 502, CANT_VERIFY),
    ("&code=made-up", 502, CANT_VERIFY), ("&code=" + "x" * 9_000, 502, CANT_VERIFY)])
def test_what_a_provider_says_instead_of_a_code_is_told_in_our_words(office: Office, rogue: Rogue, query: str,
                                                                     status: int, sentence: str) -> None:
    set_up(office, rogue.issuer)
    browser = Browser(office)
    state = rogue.agrees(go(browser)).partition("&")[2]
    seen = come(browser, f"?{state}{query}")
    assert seen.status == status and sentence in seen.problem and "nope" not in seen.text and "evil" not in seen.text


@pytest.mark.parametrize("answer", [(200, {}), (200, b"<html>"), (200, {"id_token": None}), (500, b""),
                                    (200, b"[" * 90_000), (400, {"error": "invalid_client"}),
                                    (200, {"error": {"a": 1}}), (200, b"7"),
                                    (302, {}), (200, b"x" * 300_000), (200, {"expires_in": "soon", "id_token": "x"})])
def test_a_token_endpoint_that_answers_nonsense_signs_nobody_in(office: Office, rogue: Rogue, answer: tuple) -> None:
    set_up(office, rogue.issuer)
    rogue.token_answer = answer
    seen = try_it(office, rogue)
    assert seen.status == 502 and seen.title == "Sign in" and not signed_in(office, seen)


@pytest.mark.parametrize("metadata", [
    {"issuer": "https://accounts.google.com"}, {"token_endpoint": "http://127.0.0.1:1/token"},
    {"token_endpoint": "https://evil.example/token"}, {"jwks_uri": "http://169.254.169.254/keys"},
    {"authorization_endpoint": "https://evil.example/"}, {"jwks_uri": None}, {"token_endpoint": "http://[bad/"}])
def test_metadata_that_lead_elsewhere_are_not_followed(office: Office, rogue: Rogue, metadata: dict) -> None:
    set_up(office, rogue.issuer)
    rogue.metadata = metadata
    seen = Browser(office).get(f"{PAGE}/google")
    assert seen.status == 502 and "doesn't answer right now" in seen.problem


def test_a_provider_that_is_down_is_told_and_the_password_still_works(office: Office) -> None:
    set_up(office, "http://127.0.0.1:9")
    seen = Browser(office).get(f"{PAGE}/google")
    assert seen.status == 502 and "Google doesn't answer right now" in seen.problem
    assert seen.html.xpath("//input[@name='secret']") != []


# ---- whose email it is

@pytest.mark.parametrize(("claims", "domains", "comes_in"), [
    ({}, [], True), ({}, ["LakeView.example"], True), ({}, ["hillside.example"], False),
    ({"email": "ANA@LakeView.example"}, [], True),
    ({"email_verified": False}, [], False), ({"email_verified": "true"}, [], False),
    ({"email_verified": None}, [], False), ({"hd": None}, [], False), ({"email": None}, [], False),
    ({"email": "ana@lakeview.example.evil.example"}, [], False), ({"email": ""}, [], False)])
def test_google_s_word_counts_where_google_answers_for_the_address(office: Office, rogue: Rogue, claims: dict,
                                                                   domains: list, comes_in: bool) -> None:
    set_up(office, rogue.issuer, email_domains=domains)
    rogue.drop = tuple(name for name, value in claims.items() if value is None)
    seen = try_it(office, rogue, **{name: value for name, value in claims.items() if value is not None})
    assert (seen.title == "You are signed in") is comes_in
    assert comes_in or (seen.status == 403 and "not signed in" in seen.title)


MINE = {"tid": TENANT, "xms_edov": True}


@pytest.mark.parametrize(("claims", "comes_in"), [
    (MINE, True), ({"tid": TENANT, "verified_primary_email": [EMAIL]}, True), (MINE | {"xms_edov": "1"}, True),
    ({"tid": TENANT}, False), ({"tid": TENANT, "email_verified": True}, False), (MINE | {"xms_edov": False}, False),
    (MINE | {"xms_edov": "0"}, False), ({"xms_edov": True}, False),
    (MINE | {"tid": "99999999-2222-4333-8444-555555555555"}, False), (MINE | {"acct": 1}, False),
    (MINE | {"idp": "https://sts.windows.net/99999999-2222-4333-8444-555555555555/"}, False),
    ({"tid": TENANT, "verified_primary_email": ["other@lakeview.example"]}, False)])
def test_microsoft_s_word_counts_from_the_own_tenant_for_a_proven_domain(office: Office, rogue: Rogue, claims: dict,
                                                                         comes_in: bool) -> None:
    set_up(office, rogue.issuer, "microsoft")
    seen = try_it(office, rogue, "microsoft", **claims)
    assert (seen.title == "You are signed in") is comes_in, seen.words


def test_who_has_no_account_learns_that_and_nothing_about_others(office: Office, rogue: Rogue) -> None:
    set_up(office, rogue.issuer)
    person(office, "off", "Staff", "off@lakeview.example", status="inactive")
    pages = []
    for subject, email in (("s-2", "nobody@lakeview.example"), ("s-3", "off@lakeview.example")):
        seen = try_it(office, rogue, sub=subject, email=email)
        assert seen.status == 403 and NOT_HERE in seen.problem
        pages.append(seen.problem.replace(email, ""))
    assert pages[0] == pages[1]


def test_another_subject_with_the_same_email_is_somebody_else_until_the_link_ends(office: Office, rogue: Rogue) -> None:
    set_up(office, rogue.issuer)
    assert try_it(office, rogue).title == "You are signed in"
    seen = try_it(office, rogue, sub="subject-2")
    assert seen.status == 403 and "used with another Google account" in seen.problem
    path = f"/sites/{SITE}/accounts/ana/providers/google"
    assert office.ask("DELETE", path, token=office.token(), query={"reason": "new Google account"}).status == 204
    assert office.ask("DELETE", path, token=office.token(), query={"reason": "twice"}).status == 404
    assert try_it(office, rogue).title == "You are signed in"       # who comes first now is the one
    assert try_it(office, rogue, sub="subject-1").status == 403
    assert actions(office).count("identity.unlinked") == 1


def test_who_was_switched_off_comes_in_by_no_provider(office: Office, rogue: Rogue) -> None:
    set_up(office, rogue.issuer)
    try_it(office, rogue)
    office.store.update(keys.account(SITE, "ana"), lambda body: body | {"status": "inactive"})
    assert try_it(office, rogue).status == 403


def test_who_was_merged_comes_into_the_account_that_stayed(office: Office, rogue: Rogue) -> None:
    set_up(office, rogue.issuer)
    try_it(office, rogue)
    office.put(account("kept", "Teacher"))
    office.store.update(keys.account(SITE, "ana"), lambda body: body | {"status": "inactive", "merged_into": "kept"})
    assert "kept.e (Teacher)" in try_it(office, rogue).words


def test_a_provider_counts_where_the_site_says_so(office: Office, rogue: Rogue) -> None:
    set_up(office, rogue.issuer, sign_in=["password"])
    assert "Google" not in Browser(office).open().text
    assert Browser(office).get(f"{PAGE}/google").status == 404
    assert Browser(office).get(f"{PAGE}/google/callback?state=x").status == 404


# ---- two accounts

def two(office: Office, *, linked: bool = True) -> None:
    link = {"by": "x", "at": "2026-09-01T08:00:00Z"}
    for name, role, other in (("ana", "Teacher", "mom"), ("mom", "Guardian", "ana")):
        made = account(name, role, fields={"email": EMAIL})
        office.put(replace(made, linked={other: link} if linked else {}))
    if not linked:
        office.put_item(keys.username(SITE, EMAIL), {"account": "mom", "state": "claimed"})


@pytest.mark.parametrize("linked", [True, False])
def test_who_has_two_accounts_chooses_one_each_time(office: Office, rogue: Rogue, linked: bool) -> None:
    set_up(office, rogue.issuer)
    two(office, linked=linked)
    browser = Browser(office)
    for name, told in (("mom", "mom.e (Guardian)"), ("ana", "ana.e (Teacher)")):
        seen = try_it(office, rogue, browser=browser)
        assert seen.title == "Choose your account" and not signed_in(office, seen)
        seen = browser.send(seen, "account", {"account": name})
        assert told in seen.words
        browser.send(seen, "out", {})
    assert actions(office).count("account.link_proven") == (1 if linked else 0)


def test_a_choice_is_of_one_s_own_accounts_once_and_in_one_browser(office: Office, rogue: Rogue) -> None:
    set_up(office, rogue.issuer)
    two(office)
    office.put(account("boss", "Staff", rights={"admin": ["*"]}))
    browser, other = Browser(office), Browser(office)
    seen = try_it(office, rogue, browser=browser)
    [choice] = seen.html.xpath("//input[@name='choice']/@value")
    token = other.open().html.xpath("//input[@name='token']/@value")[0]
    stolen = other.post(f"{PAGE}/account", {"choice": choice, "account": "ana", "token": token})
    assert stolen.status == 400 and not signed_in(office, stolen)
    refused = browser.send(seen, "account", {"account": "boss"})
    assert refused.status == 404 and not signed_in(office, refused)
    assert browser.send(seen, "account", {"account": "ana"}).status == 400

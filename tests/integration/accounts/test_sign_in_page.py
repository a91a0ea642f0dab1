"""The sign-in page as a browser without scripts meets it."""

from __future__ import annotations

import base64
import hashlib
import io
import re

import pytest
from aws_lambda_powertools import Logger

from accounts.api import Api
from accounts.pages import screen
from rostering import invitations
from rostering.access.passwords import hash_password
from rostering.people import account_of
from rostering.store import keys
from tests.integration.accounts.office import OTHER_SITE, SITE, Mail, Office, account
from tests.integration.accounts.test_sign_in import give
from tests.integration.accounts.visitor import PAGE, Browser, Seen

PASSWORD = "nine gray barns walk"
HOME = "https://learn.example.org/in?from=rollbook"


@pytest.fixture
def office() -> Office:
    office = Office()
    give(office, "tea", "Teacher", state="own", hash=hash_password(PASSWORD))
    return office


@pytest.fixture
def browser(office: Office) -> Browser:
    return Browser(office)


def enter(browser: Browser, name: str = "tea.e", secret: str = PASSWORD, *, query: str = "", **more) -> Seen:
    return browser.send(browser.open(query), "password", {"username": name, "secret": secret}, **more)


def settings(office: Office, **told) -> None:
    answer = office.ask("PATCH", f"/sites/{SITE}/settings", token=office.token(), body={"settings": told})
    assert answer.status == 200, answer.text


def sessions(office: Office, who: str) -> int:
    return len(office.store.query(keys.account(SITE, who).pk, prefix="SESSION#").items)


def one_time_code(office: Office, who: str, **more) -> str:
    code = invitations.new_code(office.ports.random_bytes)
    pepper = office.ports.vault.pepper(SITE, office.store.get(keys.settings(SITE)).body["pepper"])
    office.put_item(keys.code(SITE, invitations.code_mac(pepper, SITE, code)),
                    {"account": who, "expires_at": office.clock() + 60} | more)
    return code


def link(office: Office, who: str) -> str:
    """The code of a link by which `who` chooses a password."""
    pepper = office.ports.vault.pepper(SITE, office.store.get(keys.settings(SITE)).body["pepper"])
    return invitations.issue(office.store, SITE, account_of(office.store.get(keys.account(SITE, who))), slot="invited",
                             pepper=pepper, random_bytes=office.ports.random_bytes, at=office.ports.time(),
                             by="x", told="print", reason="because").code


# ---- what it is

def test_the_page_names_the_site_and_can_be_used_by_everybody(office: Office, browser: Browser) -> None:
    seen = browser.open()
    assert (seen.status, seen.html.get("lang"), seen.title) == (200, "en", "Sign in")
    assert "Lakeview Schools" in seen.words and seen.headers["Content-Type"] == "text/html; charset=utf-8"
    for field in seen.html.xpath("//input[not(@type='hidden')]"):
        assert seen.html.xpath(f"//label[@for='{field.get('id')}']"), field.name
        assert all(seen.html.xpath(f"//*[@id='{hint}']") for hint in (field.get("aria-describedby") or "").split())
    assert {field.get("id"): field.get("autocomplete") for field in seen.html.xpath("//input[@autocomplete]")} == {
        "username": "username", "secret": "current-password", "code": "one-time-code", "forgot": "username"}
    assert "onpaste" not in seen.text and "Show password" in seen.words and not seen.html.xpath("//*[@src]")


def test_browsers_are_told_to_keep_nothing_send_nothing_and_show_it_in_no_frame(browser: Browser) -> None:
    seen = browser.open()
    assert seen.headers["Cache-Control"] == "no-store" and seen.headers["Referrer-Policy"] == "no-referrer"
    assert seen.headers["Strict-Transport-Security"].startswith("max-age=63072000")
    assert seen.headers["X-Content-Type-Options"] == "nosniff"
    policy = seen.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "base-uri 'none'" in policy
    assert "form-action 'self';" in policy and "unsafe" not in policy
    for tag in ("style", "script"):
        [text] = re.findall(rf"<{tag}>(.*?)</{tag}>", seen.text, re.S)
        assert f"{tag}-src 'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" in policy
    assert not re.search(r"""\son\w+=|\sstyle=|javascript:""", seen.text)
    [cookie] = seen.set_cookies
    name, *about = cookie.split("; ")
    assert re.fullmatch(r"__Host-rollbook-browser=[0-9a-f]{32}", name)
    assert sorted(about) == ["HttpOnly", "Max-Age=34560000", "Path=/", "SameSite=Lax", "Secure"]


def test_what_people_typed_and_what_sites_are_called_is_text_and_no_html(office: Office, browser: Browser) -> None:
    settings(office, name="<b>Lake</b> & \"View\"")
    seen = enter(browser, '"><script>alert(1)</script>', "x", query='?via="><i>')
    assert seen.html.xpath("//b | //i | //script[contains(., 'alert')]") == []
    assert seen.html.xpath("string(//input[@name='username']/@value)") == '"><script>alert(1)</script>'


@pytest.mark.parametrize("path", ["", "/google", "/microsoft", "/google/callback?state=x&code=y"])
@pytest.mark.parametrize("site", ["nowhere", "..", "demo%23SITE", "LAKEVIEW", "a" * 300])
def test_a_site_that_isn_t_there_is_one_plain_page(browser: Browser, path: str, site: str) -> None:
    seen = browser.get(f"{PAGE.replace(SITE, site)}{path}")
    assert (seen.status, seen.title, site in seen.text) == (404, "There is no such page", False)
    assert seen.set_cookies == []


def test_a_site_shows_the_ways_that_it_allows(office: Office, browser: Browser) -> None:
    told = office.ask("PATCH", f"/sites/{SITE}/settings", token=office.token(),
                      body={"settings": {"sign_in": ["google"]}})
    assert told.status == 400 and "nobody could sign in any more" in told.body["detail"]
    made = office.ask("PUT", f"/sites/{SITE}/providers/google", token=office.token(),
                      body={"client_id": "c", "client_secret": "s"})
    assert made.status == 200
    settings(office, sign_in=["google"])
    gone = office.ask("DELETE", f"/sites/{SITE}/providers/google", token=office.token())
    assert (gone.status, gone.body["code"]) == (409, "ONLY_WAY")
    seen = browser.open()
    assert [form.action for form in seen.html.forms] == ["sign-in/code"] and "Sign in with Google" in seen.words
    assert browser.post(f"{PAGE}/password", {"token": "x"}).status == 403
    direct = office.ask("POST", f"/sites/{SITE}/sign-in", body={"username": "tea.e", "secret": PASSWORD})
    assert (direct.status, direct.body["code"]) == (403, "METHOD")
    nobody = office.ask("POST", f"/sites/{SITE}/sign-in", body={"username": "nobody", "secret": PASSWORD})
    assert nobody.body == direct.body


# ---- by username and password

def test_a_person_signs_in_sees_who_they_are_and_signs_out(office: Office, browser: Browser) -> None:
    seen = enter(browser)
    assert "You are signed in as tea.e (Teacher). Sign out" in seen.words and sessions(office, "tea") == 1
    assert browser.open().title == "You are signed in"
    assert browser.send(seen, "out", {}).title == "Sign in" and sessions(office, "tea") == 0
    assert "__Host-rollbook-session" not in browser.cookies


def test_the_session_lives_in_a_cookie_that_scripts_and_other_hosts_can_t_reach(browser: Browser) -> None:
    seen = enter(browser, follow=False)
    assert seen.status == 303
    [cookie] = [one for one in seen.set_cookies if "session" in one]
    name, *about = cookie.split("; ")
    assert re.fullmatch(r"__Host-rollbook-session=ey[\w.-]+", name)
    assert sorted(about) == ["HttpOnly", "Max-Age=3600", "Path=/", "SameSite=Lax", "Secure"]


def test_that_cookie_opens_nothing_of_the_api(office: Office, browser: Browser) -> None:
    enter(browser)
    assert browser.get(PAGE.removesuffix("/sign-in")).status == 401


def test_it_counts_for_its_own_site_alone(browser: Browser) -> None:
    enter(browser)
    assert browser.get(PAGE.replace(SITE, OTHER_SITE)).title == "Sign in"


@pytest.mark.parametrize(("name", "secret", "status", "said"), [
    ("tea.e", "wrong", 401, "not right"), ("nobody", PASSWORD, 401, "not right"),
    ("", PASSWORD, 400, "Type your username"), ("tea.e", "", 400, "Type your username"),
    ("x" * 255, PASSWORD, 401, "not right"), ("tea.e", "x" * 129, 401, "not right")])
def test_a_wrong_try_comes_back_with_the_reason_and_the_name_but_not_the_password(
        browser: Browser, name: str, secret: str, status: int, said: str) -> None:
    seen = enter(browser, name, secret)
    assert seen.status == status and said in seen.problem and seen.html.xpath("//p[@role='alert']")
    assert seen.html.xpath("string(//input[@name='username']/@value)") == name[:254]
    assert not seen.html.xpath("//input[@name='secret']/@value") and "session" not in str(seen.set_cookies)


def test_waits_are_told_in_words(office: Office, browser: Browser) -> None:
    for _ in range(5):
        assert enter(browser, secret="wrong").status == 401
    seen = enter(browser)
    assert seen.status == 429 and seen.problem.startswith("Too many wrong tries. Wait 1 second, then try again.")
    assert seen.headers["Retry-After"] == "1"
    for _ in range(8):
        office.clock.at += 600
        enter(browser, secret="wrong")
    assert re.match(r"Too many wrong tries. Wait \d+ minutes, then", enter(browser).problem)


def test_a_browser_in_which_the_person_was_before_is_a_known_device(office: Office, browser: Browser) -> None:
    browser.send(enter(browser), "out", {})
    other = Browser(office, address="203.0.113.9")
    for _ in range(6):
        enter(other, secret="wrong")
    assert enter(other).status == 429 and enter(browser).title == "You are signed in"


# ---- the form is ours

@pytest.mark.parametrize("how", ["no cookie", "no token", "another token", "from elsewhere", "a foreign origin",
                                 "the token of another site", "twice"])
def test_a_form_from_elsewhere_signs_nobody_in(office: Office, browser: Browser, how: str) -> None:
    page, fields = browser.open(), {"username": "tea.e", "secret": PASSWORD}
    headers: dict[str, str] = {}
    if how == "no cookie":
        browser.cookies.clear()
    elif how == "another token":
        fields["token"] = Browser(office).open().html.xpath("//input[@name='token']/@value")[0]
    elif how == "the token of another site":
        other = browser.get(PAGE.replace(SITE, OTHER_SITE))
        fields["token"] = other.html.xpath("//input[@name='token']/@value")[0]
    elif how == "from elsewhere":
        headers["sec_fetch_site"] = "cross-site"
    elif how == "a foreign origin":
        headers["origin"] = "https://evil.example"
    elif how == "twice":
        fields["token&token"] = "x"
        page.text = page.text.replace('name="token"', 'name="token" data-x=""')
    drop = ("token",) if how in ("no token", "twice") else ()
    seen = browser.send(page, "password", fields, drop=drop, **headers)
    assert seen.status == 403 and "needs cookies" in seen.problem and sessions(office, "tea") == 0


def test_what_is_no_form_or_too_big_is_refused(browser: Browser) -> None:
    browser.open()
    assert browser.post(f"{PAGE}/password", {"token": "x" * 20_000}).status == 413
    assert browser.post(f"{PAGE}/password", {f"f{number}": "" for number in range(50)}).status == 400
    assert browser._ask("POST", f"{PAGE}/password", "a=%ff%fe", {}).status == 400


# ---- codes, first secrets

def test_a_one_time_code_signs_in_once(office: Office, browser: Browser) -> None:
    code = one_time_code(office, "tea")
    assert browser.send(browser.open(), "code", {"code": f" {code.lower()} "}).title == "You are signed in"
    again = Browser(office)
    seen = again.send(again.open(), "code", {"code": code})
    assert seen.status == 401 and "was used before" in seen.problem and seen.html.xpath("//details[@open]")
    assert code not in seen.text


def test_a_code_takes_the_place_of_who_was_signed_in_before(office: Office, browser: Browser) -> None:
    give(office, "bus", "Staff", state="claimed")
    seen = browser.send(enter(browser), "code", {"code": one_time_code(office, "bus")})
    assert "bus.e (Staff)" in seen.words
    assert (sessions(office, "tea"), sessions(office, "bus")) == (0, 1)


def test_a_code_for_choosing_a_password_leads_to_choosing_one(office: Office, browser: Browser) -> None:
    give(office, "new", "Teacher", state="claimed")
    seen = browser.send(browser.open(), "code", {"code": link(office, "new")})
    assert seen.title == "Choose your own password" and "new.e" in seen.words
    assert browser.open().title == "Choose your own password"       # there is no way around it
    seen = browser.send(seen, "choose", {"new": PASSWORD})
    assert seen.title == "You are signed in" and sessions(office, "new") == 1


def test_a_first_secret_is_changed_first_and_a_refused_password_is_told_why(office: Office, browser: Browser) -> None:
    give(office, "pupil", grade="07", first="oak-tin-sun-map")
    seen = enter(browser, "pupil.e", "oak-tin-sun-map")
    assert seen.title == "Choose your own password" and "At least 12 characters" in seen.words
    for new, why in (("tiny one", "too short"), ("password1234", "many people use"), ("x" * 600, "too long"),
                     ("aaaaaaaaaaaaaa", "repeats itself")):
        seen = browser.send(seen, "choose", {"new": new})
        assert seen.status == 422 and why in seen.problem and new not in seen.text
    assert browser.send(seen, "choose", {"new": "nine gray barns walk"}).title == "You are signed in"
    assert browser.post(f"{PAGE}/choose", {"token": seen.html.xpath("//input[@name='token']/@value")[0],
                                           "new": "another good long one"}).title == "You are signed in"
    other = Browser(office)
    assert enter(other, "pupil.e", "nine gray barns walk").title == "You are signed in"


# ---- on to the learning platform

def test_with_a_home_the_person_goes_there_with_a_code_of_a_minute(office: Office, browser: Browser) -> None:
    settings(office, home=HOME)
    seen = enter(browser)
    assert seen.status == 303 and sessions(office, "tea") == 0 and "__Host-rollbook-session" not in browser.cookies
    address, code = seen.location.rsplit("&code=", 1)
    assert address == f"{HOME}&site={SITE}" and seen.headers["Referrer-Policy"] == "no-referrer"
    got = office.ask("POST", f"/sites/{SITE}/sign-in", body={"code": code})
    assert (got.status, got.body["account"], got.body["must_change"]) == (200, "tea", False)
    assert office.ask("POST", f"/sites/{SITE}/sign-in", body={"code": code}).status == 401
    late = enter(browser).location.rsplit("&code=", 1)[1]
    office.clock.at += 60
    assert office.ask("POST", f"/sites/{SITE}/sign-in", body={"code": late}).status == 401


def test_forms_may_lead_to_the_home_and_nowhere_else(office: Office, browser: Browser) -> None:
    settings(office, home=HOME)
    assert "form-action 'self' https://learn.example.org;" in browser.open().headers["Content-Security-Policy"]
    assert screen.policy("").count("https://") == 0


@pytest.mark.parametrize("home", [
    "http://learn.example.org", "javascript:alert(1)", "https://127.0.0.1/", "//x.example",
    "https://a@learn.example.org/", "https://learn.example.org/#x", "learn.example.org"])
def test_a_home_is_an_https_address_of_a_public_name(office: Office, home: str) -> None:
    body = {"settings": {"home": home}}
    assert office.ask("PATCH", f"/sites/{SITE}/settings", token=office.token(), body=body).status == 400


def test_who_has_to_choose_a_password_does_so_before_going_home(office: Office, browser: Browser) -> None:
    settings(office, home=HOME)
    give(office, "pupil", grade="07", first="oak-tin-sun-map")
    seen = enter(browser, "pupil.e", "oak-tin-sun-map")
    assert seen.title == "Choose your own password"
    gone = browser.send(seen, "choose", {"new": PASSWORD})
    assert gone.location.startswith(HOME) and sessions(office, "pupil") == 0


def test_the_way_in_is_noted(office: Office, browser: Browser) -> None:
    enter(browser, secret="wrong", query="?via=clever")
    seen = enter(browser, query="?via=clever")
    assert seen.title == "You are signed in"
    last = office.store.get(keys.entrance(SITE, "tea")).body["last"]
    assert (last["method"], last["via"]) == ("password", "clever")
    enter(Browser(office))
    assert office.store.get(keys.entrance(SITE, "tea")).body["last"]["via"] == ""


def test_who_was_switched_off_meanwhile_is_signed_out(office: Office, browser: Browser) -> None:
    enter(browser)
    office.put(account("tea", "Teacher", status="inactive"))
    assert browser.open().title == "Sign in"


def test_logs_say_neither_names_nor_codes(office: Office, browser: Browser) -> None:
    log = io.StringIO()
    office.api = Api(office.ports, logger=Logger(service="page", stream=log))
    code = one_time_code(office, "tea")
    browser.send(browser.open("?via=clever"), "code", {"code": code})
    browser.get(f"{PAGE}/google/callback?state=mystate&code=mycode")
    assert "answered" in log.getvalue()
    assert not any(text in log.getvalue() for text in (code, "mystate", "mycode", "tea.e", "clever"))


# ---- a forgotten password

@pytest.mark.parametrize("name", ["tea.e", "nobody.e", "tea@d.example"])
def test_who_forgot_the_password_is_told_the_same_whoever_it_is(name: str) -> None:
    mail = Mail()
    office = Office(mail=mail)
    give(office, "tea", "Teacher", state="own", hash=hash_password(PASSWORD))
    office.store.update(keys.account(SITE, "tea"), lambda body: body | {
        "fields": body["fields"] | {"email": "tea@d.example"}})
    office.put_item(keys.email(SITE, "employee", "tea@d.example"), {"account": "tea"})
    browser = Browser(office)
    seen = browser.send(browser.open(), "forgot", {"username": name})
    assert seen.title == "Look at your email" and "a link is on its way" in seen.words and name not in seen.words
    assert len(mail.sent) == (name != "nobody.e")


def test_where_no_letters_go_out_the_page_says_whom_to_ask(office: Office, browser: Browser) -> None:
    seen = browser.send(browser.open(), "forgot", {"username": "tea.e"})
    assert seen.status == 409 and "your school's office" in seen.problem

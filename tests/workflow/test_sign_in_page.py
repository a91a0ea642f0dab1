"""People at the sign-in page of the local cloud: by a first secret in the form, and by a provider on this machine."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urljoin

import lxml.html
import pytest
import requests
from oidc_provider_mock import User, run_server_in_thread

from infra.local.cloud import Running
from tests.workflow.office import Desk, Office, sheet, students

TEACHER = "ana@district.example"


@pytest.fixture(scope="module")
def office(running: Running) -> Office:
    made = Office(running, "door")
    assert made.loaded(sheet(students(1, 2)))["state"] == "done"
    return made


@pytest.fixture(scope="module")
def people(office: Office) -> dict[str, tuple[str, str]]:
    """Of each role the username and the first secret of one person."""
    secrets = office.first_secrets()
    return {one["role"]: (one["username"], secrets[one["username"]]) for one in office.people().values()
            if one["username"] in secrets}


@pytest.fixture
def browser() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    return session


def page_of(office: Office) -> str:
    return f"{office.cloud.api_url}/sites/{office.name}/sign-in"


def title(answer: requests.Response) -> str:
    assert answer.headers["Content-Type"].startswith("text/html"), answer.text
    return lxml.html.fromstring(answer.text).findtext(".//h1")


def send(browser: requests.Session, answer: requests.Response, action: str, **fields: str) -> requests.Response:
    """Fill in a form of the page and send it."""
    [form] = [one for one in lxml.html.fromstring(answer.text).forms if one.action.endswith(action)]
    return browser.post(urljoin(answer.url, form.action), data=dict(form.form_values()) | fields, timeout=30)


def test_a_student_signs_in_with_the_first_secret_and_out_again(office: Office, people,
                                                                browser: requests.Session) -> None:
    username, secret = people["Student"]
    page = browser.get(f"{page_of(office)}?via=clever", timeout=30)
    assert (page.status_code, title(page)) == (200, "Sign in")
    assert page.headers["Cache-Control"] == "no-store" and "frame-ancestors 'none'" in page.headers[
        "Content-Security-Policy"]
    wrong = send(browser, page, "/password", username=username, secret="not it")
    assert (wrong.status_code, title(wrong)) == (401, "Sign in")
    done = send(browser, wrong, "/password", username=username, secret=secret)
    assert title(done) == "You are signed in" and f"{username}</b> (Student)" in done.text
    assert title(send(browser, done, "/out")) == "Sign in"


def test_a_guardian_chooses_a_password_and_goes_on_to_the_learning_platform(office: Office, people,
                                                                            browser: requests.Session) -> None:
    username, code = people["Guardian"]
    home = "https://learn.example.org/in"
    assert office.ask("PATCH", "/settings", {"settings": {"home": home}}).status == 200
    page = send(browser, browser.get(page_of(office), timeout=30), "/password", username=username, secret=code)
    assert title(page) == "Choose your own password", page.text
    page = send(browser, page, "/choose", new="short")
    assert (page.status_code, title(page)) == (422, "Choose your own password")
    [form] = [one for one in lxml.html.fromstring(page.text).forms if one.action.endswith("/choose")]
    gone = browser.post(urljoin(page.url, form.action), data=dict(form.form_values()) | {"new": "nine gray barns walk"},
                        allow_redirects=False, timeout=30)
    address, _, told = gone.headers["Location"].partition(f"?site={office.name}&code=")
    assert (gone.status_code, address) == (303, home)
    signed = requests.post(page_of(office), json={"code": told}, timeout=30)
    assert signed.status_code == 200 and signed.json()["must_change"] is False
    assert office.ask("PATCH", "/settings", {"settings": {"home": None}}).status == 200


def test_a_site_that_isn_t_there_has_a_plain_page(office: Office, browser: requests.Session) -> None:
    answer = browser.get(f"{office.cloud.api_url}/sites/nowhere/sign-in", timeout=30)
    assert (answer.status_code, title(answer)) == (404, "There is no such page")


def test_a_teacher_signs_in_by_a_provider_that_the_command_line_set_up(office: Office, browser: requests.Session,
                                                                        tmp_path: Path) -> None:
    desk = Desk(office, tmp_path)
    user = User(sub="s-1", claims={"email": TEACHER, "email_verified": True, "hd": "district.example"})
    with run_server_in_thread(user_claims=[user], require_nonce=True) as server:
        made = desk.run("site", "provider", "set", "google", "--client-id", "rollbook", "--client-secret-file",
                        desk.file("secret.txt", b"keep-this-quiet"), "--issuer", f"http://127.0.0.1:{server.server_port}")
        assert made["redirect_uri"] == f"{page_of(office)}/google/callback"
        desk.run("site", "settings", 'sign_in=["password","google"]')
        page = browser.get(page_of(office), timeout=30)
        [link] = lxml.html.fromstring(page.text).xpath("//a[contains(@href, 'google')]/@href")
        there = browser.get(urljoin(page.url, link), allow_redirects=False, timeout=30)
        assert there.status_code == 303, there.text
        back = requests.post(there.headers["Location"], data={"sub": "s-1"}, allow_redirects=False, timeout=30)
        done = browser.get(back.headers["Location"], timeout=30)
        assert title(done) == "You are signed in" and "(Teacher)" in done.text, done.text
        again = browser.get(back.headers["Location"], timeout=30)
        assert again.status_code == 400 and "was used before" in again.text
    listed = desk.run("audit", "--action", "identity")
    assert [one["action"] for one in listed["events"]] == ["identity.linked"], listed
    kept = office.cloud.client("secretsmanager").get_secret_value(SecretId="rollbook/rollbook/providers/door/google")
    assert kept["SecretString"] == '{"client_secret": "keep-this-quiet"}'

"""`rollbook site provider` and `rollbook switch` against the API on memory."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from cli import home
from rostering.access.passwords import hash_password
from rostering.store import keys
from tests.integration.accounts.office import SITE, account
from tests.integration.accounts.test_command_line import API, Desk, desk, run, s3, signed_in

__all__ = ["desk", "s3", "signed_in"]
EMAIL, PASSWORD = f"admin@{SITE}.example", "nine gray barns walk"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.txt"
    path.write_text("keep-this-quiet\n")
    return path


def test_a_provider_is_set_up_shown_and_removed(signed_in: Desk, secret: Path) -> None:
    made = run("site", "provider", "set", "google", "--client-id", "abc", "--client-secret-file", secret)
    assert made.exit_code == 0, made.stderr
    assert f"{API}/sites/{SITE}/sign-in/google/callback" in made.stdout.replace("\n", "")
    assert "It counts once the site says so" in made.stdout and "keep-this-quiet" not in made.output
    assert signed_in.office.secrets.kept == {f"providers/{SITE}/google": {"client_secret": "keep-this-quiet"}}
    assert run("site", "settings", 'sign_in=["password","google"]').exit_code == 0
    shown = json.loads(run("site", "provider", "show", "google", "--json").stdout)
    assert (shown["counts"], shown["issuer"], "client_secret" in shown) == (True, "https://accounts.google.com", False)
    assert run("site", "provider", "remove", "google").exit_code == 0
    assert json.loads(run("site", "provider", "list", "--json").stdout) == {"providers": []}


@pytest.mark.parametrize(("words", "said"), [
    (("microsoft",), "One tenant only, never \"common\""), (("microsoft", "--tenant", "common"), "One tenant only"),
    (("google", "--tenant", "11111111-2222-4333-8444-555555555555"), "Only Microsoft has tenants"),
    (("google", "--issuer", "http://127.0.0.1:1"), "for trying on this machine only"),
    (("google", "--issuer", "https://evil.example"), "for trying on this machine only"),
    (("google", "--address", "http://api.example"), "must begin with https://")])
def test_what_can_t_work_is_told(signed_in: Desk, secret: Path, words: tuple[str, ...], said: str) -> None:
    result = run("site", "provider", "set", *words, "--client-id", "abc", "--client-secret-file", secret)
    assert result.exit_code == 1 and said in " ".join(result.stderr.split())
    assert signed_in.office.secrets.kept == {}


def test_another_client_id_needs_its_secret(signed_in: Desk, secret: Path) -> None:
    words = ("site", "provider", "set", "google", "--client-id")
    assert run(*words, "abc", "--client-secret-file", secret).exit_code == 0
    assert run(*words, "abc", "--address", "https://signin.example.org").exit_code == 0
    assert run(*words, "other").exit_code == 1


@pytest.fixture
def twofold(signed_in: Desk) -> Desk:
    office, own = signed_in.office, signed_in.office.administrators[SITE]
    link = {"by": "x", "at": "2026-09-01T08:00:00Z"}
    office.put(replace(account("mom", "Guardian", school="", fields={"email": EMAIL}), linked={own: link}))
    office.put_item(keys.username(SITE, "mom.e"), {"account": "mom", "state": "own", "hash": hash_password(PASSWORD)})
    office.store.update(keys.account(SITE, own), lambda body: body | {"linked": {"mom": link}})
    return signed_in


def test_who_has_two_accounts_goes_over_and_is_asked_for_the_password_once(twofold: Desk) -> None:
    own = twofold.office.administrators[SITE]
    assert run("switch", "nobody").stderr.split() == ["Which", "account?", "Yours,", "linked", "with", "this", "one:",
                                                      "mom.e", "(Guardian)."]
    assert run("switch", input="wrong\n").exit_code == 1
    assert home.session(SITE)["account"] == own
    over = run("switch", "guardian", input=f"{PASSWORD}\n")
    assert over.exit_code == 0 and "Now you are mom.e (Guardian)." in over.stdout
    assert home.session(SITE)["account"] == "mom"
    assert run("loads").exit_code == 1                      # rights don't come along
    assert run("switch").exit_code == 0 and home.session(SITE)["account"] == own
    assert json.loads(run("switch", "mom.e", "--json").stdout) == {"account": "mom", "must_change": False}

"""`rollbook ready`, `rollbook hand-out` and `rollbook digest` against the API on memory."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from cli import home
from rostering.digest import make
from rostering.store import keys
from tests.integration.accounts.office import SITE
from tests.integration.accounts.schoolyard import SCHOOL, open_school
from tests.integration.accounts.test_command_line import API, Desk, desk, run, s3, signed_in

__all__ = ["desk", "s3", "signed_in"]
FIRST = ("--override", "--reason", "first day")


@pytest.fixture
def school(signed_in: Desk) -> Desk:
    open_school(signed_in.office)
    return signed_in


def said(*words: str) -> Any:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_what_is_missing_is_shown_with_what_to_do(school: Desk) -> None:
    shown = run("ready", "--school", SCHOOL).stdout
    assert "Pineapple Elementary School (school 0012)" in shown
    assert "5. Standards attached to every course in use: 1 of 1 miss it." in shown
    assert f'More: rollbook ready attest --school {SCHOOL} --standards --reason "…"' in shown
    assert f"Next: rollbook hand-out open --school {SCHOOL} --role teacher" in shown


def test_attesting_makes_the_teachers_ready(school: Desk) -> None:
    assert said("ready", "attest", "--school", SCHOOL, "--standards", "--reason", "looked")["courses"] == 1
    assert said("ready")["schools"][0]["stages"][0]["state"] == "ready"
    assert "ready" in run("ready").stdout


def test_one_rule_is_listed_whole(school: Desk) -> None:
    assert "math" in run("ready", "--school", SCHOOL, "--rule", "standards").stdout
    result = run("ready", "--school", SCHOOL, "--rule", "nothing")
    assert result.exit_code == 2 and "Rules: courses, classes" in result.stderr.replace("\n", " ")


def test_a_stage_that_is_not_ready_is_refused_with_the_list(school: Desk) -> None:
    result = run("hand-out", "open", "--school", SCHOOL, "--role", "student")
    assert result.exit_code == 1
    assert "Standards attached to every course in use" in result.stdout and "Teachers who signed in" in result.stdout
    assert result.stderr.replace("\n", " ").strip() == (
        'Students of school 0012 are not ready. To open all the same: --override --reason "…"')


def test_a_dry_run_says_what_would_come_of_it(school: Desk) -> None:
    shown = run("hand-out", "open", "--school", SCHOOL, "--role", "student", "--dry-run").stdout
    assert "Opening it would let 3 students sign in" in shown and school.office.exports == []


def test_opening_followed_to_the_next_reminder(school: Desk) -> None:
    done = said("hand-out", "open", "--school", SCHOOL, "--role", "student", *FIRST)
    assert (done["state"], done["accounts"], done["overridden"]) == ("released", 3, ["standards", "signed_in"])
    school.office.store.update(keys.account(SITE, "lou"), lambda body: body | {
        "signed_in_at": school.office.ports.time()})
    shown = run("hand-out", "show", "--school", SCHOOL).stdout
    assert "1 of 3 students signed in" in shown and "Math 709" in shown
    assert "Their cards again: rollbook export --section 709 --only-not-signed-in" in shown
    one = run("hand-out", "show", "--school", SCHOOL, "--section", "709").stdout
    assert "Kit" in one and "Mia" in one and "Lou" not in one
    assert "handed to tea" in run("hand-out", "handed", "--school", SCHOOL, "--section", "709").stdout
    assert run("hand-out", "close", "--school", SCHOOL, "--role", "student", "--reason", "wrong cards").exit_code == 0


def test_a_card_whose_secret_is_gone_is_refused_with_what_to_do(school: Desk, tmp_path: Path) -> None:
    school.office.put_item(keys.username(SITE, "kit.e"), {"account": "kit", "state": "own", "hash": "h"})
    result = run("hand-out", "card", "kit", "--reason", "lost", "--out", str(tmp_path))
    told = result.stderr.replace("\n", " ")
    assert result.exit_code == 1
    assert "chose a password of their own" in told and "rollbook hand-out card kit.e --reissue" in told


def test_a_teacher_sees_the_own_classes_and_may_print_by_the_id_told_there(school: Desk) -> None:
    home.keep_session(SITE, {"api": API, "account": "tea", "access_token": school.office.token("tea"),
                             "refresh_token": "", "device": "", "expires_at": time.time() + 3_600})
    classes = said("hand-out", "show", "--school", SCHOOL)["classes"]
    assert [one["section"] for one in classes] == ["709", "710"]
    school.office.put_item(keys.username(SITE, "kit.e"), {"account": "kit", "state": "own", "hash": "h"})
    told = run("hand-out", "card", classes[1]["not_yet"][0]["account"], "--reason", "lost").stderr
    assert "chose a password of their own" in told.replace("\n", " ")


def test_the_newest_digest_is_shown(school: Desk) -> None:
    assert "has no digest yet" in run("digest").stderr.replace("\n", " ")
    office = school.office
    settings = office.store.get(keys.settings(SITE)).body
    body = make.make(office.store, office.work, SITE, settings, now=office.ports.time())
    shown = run("digest").stdout
    assert body["day"] in shown and "What changed (0)" in shown and "What looks wrong (0)" in shown
    assert said("digest", "--day", body["day"])["counts"] == {"changed": 0, "held": 0, "wrong": 0}
    assert "has no digest of 2020-01-01" in run("digest", "--day", "2020-01-01").stderr.replace("\n", " ")

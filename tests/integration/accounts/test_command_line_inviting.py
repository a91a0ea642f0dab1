"""`rollbook account invite|password|unlock` and `rollbook batch invite` against the API on memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rostering.store import keys
from tests.integration.accounts.office import SITE, account
from tests.integration.accounts.test_command_line import Desk, desk, run, s3, signed_in
from tests.integration.accounts.test_inviting import code_in, lines, signs_in

__all__ = ["desk", "s3", "signed_in"]
WHY = ("--reason", "first day of school")


@pytest.fixture
def school(signed_in: Desk) -> Desk:
    """A school with a teacher and a student."""
    office = signed_in.office
    office.put_item(keys.school(SITE, "0012"), {"key": "0012", "kind": "school", "fields": {}})
    for name, role in (("tess", "Teacher"), ("ann", "Student")):
        office.put(account(name, role, school="0012", fields={"grade": "04"} if role == "Student" else {}))
        office.put_item(keys.username(SITE, f"{name}.e"), {"account": name, "state": "claimed"})
    return signed_in


def said(*words: str) -> Any:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_a_link_that_no_letter_brings_is_shown_whole_on_one_line(school: Desk) -> None:
    result = run("account", "invite", "tess", *WHY)
    assert result.exit_code == 0, result.stderr
    [line] = [line for line in result.stdout.splitlines() if "#code=" in line]
    assert school.office.ask("POST", f"/sites/{SITE}/sign-in", body={"code": code_in(line)}).status == 200


def test_a_student_is_not_invited_but_reset(school: Desk, tmp_path: Path) -> None:
    refused = run("account", "invite", "ann", *WHY)
    assert refused.exit_code == 1 and "rollbook account password" in refused.stderr.replace("\n", " ")
    done = said("account", "password", "ann", "--out", str(tmp_path), *WHY)
    assert done["files"] == [str(tmp_path / f"reset-{done['batch']}.xlsx")]
    [line] = lines(school.office, done["batch"])
    assert signs_in(school.office, "ann", line["First secret"]) == 200


def test_an_account_is_unlocked(school: Desk) -> None:
    school.office.ask("POST", f"/sites/{SITE}/sign-in", body={"username": "tess.e", "secret": "wrong"})
    assert said("account", "unlock", "tess", *WHY) == {"account": "tess", "unlocked": True}
    assert "nothing to unlock" in run("account", "unlock", "tess", *WHY).stdout


def test_the_employees_of_a_school_are_invited(school: Desk) -> None:
    done = said("batch", "invite", "--school", "0012", "--never-signed-in", "--yes", *WHY)
    assert (done["counts"], done["with_secrets"]) == ({"no_link": 1, "to_print": 1}, True)
    assert "links stand on the sheet" in run("batch", "show", done["batch"]).stdout


def test_somebody_made_by_hand_is_invited_at_once(school: Desk) -> None:
    result = run("account", "create", "--role", "staff", "--school", "0012", "--first", "Bo", "--last", "Li",
                 "--email", "bo@d.example", "--invite", *WHY)
    assert result.exit_code == 0 and "#code=" in result.stdout, result.stderr

"""`rollbook account` and `rollbook correct` against the API on memory."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rostering import people
from rostering.store import keys
from tests.integration.accounts.office import SITE, account
from tests.integration.accounts.test_command_line import Desk, desk, run, s3, signed_in

__all__ = ["desk", "s3", "signed_in"]
WHY = ("--reason", "the office asked")


@pytest.fixture
def pupil(signed_in: Desk) -> str:
    office = signed_in.office
    salt = office.store.get(keys.settings(SITE)).body["id_salt"]
    one = account("pupil", fields={"grade": "07"})
    one.id = people.account_id(salt, "sheet", "student", "004512")
    office.put_item(keys.username(SITE, one.username), {"account": one.id})
    return office.put(one).id


def said(*words: str) -> Any:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.parametrize("name", ["004512", "pupil.e", None])
def test_an_account_is_edited_by_whatever_it_is_called(pupil: str, name: str | None) -> None:
    edited = said("account", "edit", name or pupil, "grade=8", "preferred_name=Pip", *WHY)
    assert (edited["account"], edited["fields"]["grade"]["value"]) == (pupil, "08")
    assert said("account", "show", "004512")["by_hand"] == ["grade", "preferred_name"]
    back = said("account", "use-source", "004512", "grade", *WHY)
    assert (back["grade"], back["by_hand"]) == ("07", ["preferred_name"])


def test_what_is_shown_to_people_names_origins(pupil: str) -> None:
    run("account", "edit", "004512", "grade=8", *WHY)
    shown = run("account", "show", "004512").stdout
    assert "hand" in shown and "07" in shown and "sheet" in shown


def test_all_that_is_kept_by_hand_is_cleared(signed_in: Desk, pupil: str) -> None:
    signed_in.office.put_item(keys.school(SITE, "100"), {"key": "100", "kind": "school", "fields": {}})
    run("account", "edit", "004512", "grade=8", *WHY)
    assert said("account", "clear-by-hand", "--school", "100", *WHY) == {
        "site": SITE, "changed": [pupil], "refused": {}}


def test_an_account_is_switched_off_and_on(pupil: str) -> None:
    assert said("account", "deactivate", "004512", *WHY)["status"] == "inactive"
    assert "Switched off by" in run("account", "show", "004512").stdout
    assert said("account", "reactivate", "004512", *WHY)["status"] == "active"


@pytest.mark.parametrize(("words", "message"), [
    (("account", "show", "nobody"), f"There is no account nobody at {SITE} that you may see."),
    (("account", "edit", "004512", "grade", *WHY), "grade is not field=value."),
    (("account", "edit", "004512", "grade=XX", *WHY), "grade '…' is not a grade. Use KG, 01 ... 12."),
    (("correct", "student", "004512", *WHY), 'Give KIND ID FIELD VALUE --reason "…", or --remove ID.'),
])
def test_a_slip_is_told_in_one_line(pupil: str, words: tuple[str, ...], message: str) -> None:
    result = run(*words)
    assert (result.exit_code, result.stderr.replace("\n", " ").strip()) == (1, message)


def test_an_id_of_two_people_asks_for_the_account_s_own(signed_in: Desk, pupil: str) -> None:
    salt = signed_in.office.store.get(keys.settings(SITE)).body["id_salt"]
    other = account("staffer", "Staff")
    other.id = people.account_id(salt, "sheet", "staff", "004512")
    signed_in.office.put(other)
    result = run("account", "show", "004512")
    assert result.exit_code == 1 and pupil in result.stderr and other.id in result.stderr


def test_a_correction_is_made_listed_and_taken_back(pupil: str) -> None:
    made = said("correct", "student", "004512", "grade", "08", *WHY)
    assert [one["correction"] for one in said("corrections")["corrections"]] == [made["correction"]]
    assert "grade" in run("corrections").stdout
    assert said("correct", "--remove", made["correction"])["state"] == "ended"
    assert run("correct", "student", "004512", "grade", "08", *WHY).stdout.startswith("Correction ")

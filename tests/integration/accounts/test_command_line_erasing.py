"""`rollbook account erase` against the API on memory."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rostering.store import keys
from tests.integration.accounts.office import SITE, account
from tests.integration.accounts.test_command_line import Desk, desk, run, s3, signed_in

__all__ = ["desk", "s3", "signed_in"]


@pytest.fixture
def school(signed_in: Desk) -> Desk:
    """A student who left, and an erasure of hers that another administrator asked for."""
    office = signed_in.office
    office.put(account("second", "Staff", rights={"admin": ["*"]}))
    office.put(account("mia", status="inactive"))
    office.put(account("ann", status="inactive"))
    path = f"/sites/{SITE}/accounts/mia/erasure"
    assert office.ask("POST", path, token=office.token("second"), body={"reason": "she left"}).status == 202
    return signed_in


def said(*words: str) -> Any:
    result = run("account", "erase", *words, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_asking_says_who_goes_on_and_how(school: Desk) -> None:
    result = run("account", "erase", "ann", "--reason", "left for good")
    assert result.exit_code == 0 and "rollbook account erase ann --approve" in result.stdout
    assert said("ann", "--cancel")["state"] == "cancelled"


def test_approving_erases_and_says_what_stays_for_how_long(school: Desk) -> None:
    told = run("account", "erase", "mia", "--approve", "--yes").stdout
    assert "Erased person" in told and "plans/" in told and "400" in told
    assert school.office.store.get(keys.account(SITE, "mia")).body["deactivated"]["rule"] == "erased"


def test_without_yes_it_asks_and_no_changes_nothing(school: Desk) -> None:
    assert run("account", "erase", "mia", "--approve").exit_code == 1
    assert "deactivated" not in school.office.store.get(keys.account(SITE, "mia")).body


@pytest.mark.parametrize("words", [("mia",), ("mia", "--approve", "--cancel"), ("mia", "--reason", "why", "--approve")])
def test_exactly_one_thing_is_done(school: Desk, words: tuple[str, ...]) -> None:
    result = run("account", "erase", *words)
    assert result.exit_code == 1 and "--approve, or --cancel" in result.stderr.replace("\n", " ")

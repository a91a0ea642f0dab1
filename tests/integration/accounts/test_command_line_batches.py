"""`rollbook batch` against the API on memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rostering.store import keys
from tests.integration.accounts.office import SITE, account
from tests.integration.accounts.test_command_line import Desk, desk, run, s3, signed_in

__all__ = ["desk", "s3", "signed_in"]
WHY = ("--reason", "after the holidays")


@pytest.fixture
def school(signed_in: Desk) -> Desk:
    """A school with three students, one of whom has signed in."""
    office = signed_in.office
    office.put_item(keys.school(SITE, "0012"), {"key": "0012", "kind": "school", "fields": {}})
    for name, seen in (("ann", ""), ("bob", ""), ("cid", "2026-01-01T00:00:00.000Z")):
        office.put(account(name, school="0012", fields={"grade": "04"}, signed_in_at=seen))
        office.put_item(keys.username(SITE, f"{name}.e"), {"account": name, "state": "own", "hash": "old"})
    return signed_in


def said(*words: str) -> Any:
    result = run("batch", *words, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def state(desk: Desk, name: str) -> str:
    return desk.office.store.get(keys.username(SITE, f"{name}.e")).body["state"]


def test_a_reset_is_done_and_told(school: Desk) -> None:
    done = said("reset", "--school", "0012", "--grade", "4", "--never-signed-in", "--yes", *WHY)
    assert (done["state"], done["counts"], done["files"]) == ("done", {"done": 2}, [])
    assert [state(school, name) for name in ("ann", "bob", "cid")] == ["first_secret", "first_secret", "own"]
    assert said("show", done["batch"])["counts"] == {"done": 2}
    assert [one["batch"] for one in said("list")["batches"]] == [done["batch"]]


def test_a_dry_run_changes_nothing(school: Desk) -> None:
    seen = said("reset", "--school", "0012", "--dry-run", *WHY)
    assert (seen["state"], seen["would"], state(school, "ann")) == ("preview", 3, "own")
    assert "3 accounts would be done" in run("batch", "reset", "--school", "0012", "--dry-run", *WHY).stdout


def test_accounts_of_a_file_are_switched_off_and_on(school: Desk, tmp_path: Path) -> None:
    names = tmp_path / "names.txt"
    names.write_text("ann\nbob.e\nnobody\n")
    off = said("deactivate", "--accounts", str(names), "--yes", *WHY)
    assert (off["counts"], off["left_out"]) == ({"done": 2}, {"out_of_reach": 1})
    assert said("reactivate", "--school", "0012", "--yes", *WHY)["counts"] == {"done": 2}


def test_without_yes_it_asks_and_no_changes_nothing(school: Desk) -> None:
    result = run("batch", "reset", "--school", "0012", *WHY)
    assert result.exit_code == 1 and "Example, Ann" in result.stderr
    assert state(school, "ann") == "own"


def test_the_list_for_people(school: Desk) -> None:
    said("unlock", "--school", "0012", "--yes", *WHY)
    assert "unlock" in run("batch", "list").stdout


@pytest.mark.parametrize(("words", "message"), [
    (("reset", "--school", "0099", "--yes"), "There is nobody to do it for."),
    (("reset", "--accounts", "FILE", "--school", "0012"), "Name accounts in a file, or say whom by options; not both."),
    (("show", "nothing"), "There is nothing here by that name."),
])
def test_a_slip_is_told_in_one_line(school: Desk, tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    file = tmp_path / "names"
    file.write_text("ann")
    result = run("batch", *(str(file) if word == "FILE" else word for word in words),
                 *(WHY if words[0] != "show" else ()))
    assert (result.exit_code, result.stderr.replace("\n", " ").strip()) == (1, message)

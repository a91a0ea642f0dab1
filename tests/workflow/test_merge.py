"""Two accounts of one child are merged and unmerged by the `rollbook` command, in the whole cloud."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.workflow.office import Office, sheet, students

MADE_BY_MERGES = ("MERGES", "CHANGE", "LEASE", "SOURCE", "SESSION")


@pytest.fixture(scope="module")
def office(running) -> Office:
    """A site with three students in a class, its administrator signed in on the command line."""
    office = Office(running, "twins")
    code = office.rollbook("site", "code", "twins", "--json")
    assert code.returncode == 0, code.stderr
    signed = office.rollbook("sign-in", "--site", "twins", "--code", json.loads(code.stdout)["code"])
    assert signed.returncode == 0, signed.stderr
    assert office.loaded(sheet(students(1, 2, 3)))["state"] == "done"
    return office


def rollbook(office: Office, *words: str) -> Any:
    done = office.rollbook(*words, "--site", "twins", "--json")
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return json.loads(done.stdout)


def things(office: Office) -> dict[tuple[str, str], Any]:
    return {key: (item["body"], item.get("list_pk"), item.get("list_sk"))
            for key, item in office.table(*MADE_BY_MERGES).items()}


def test_two_accounts_are_merged_and_unmerged_and_nothing_is_lost(office):
    people = office.people(role="Student")
    kept, gone = people["Student 000001"], people["Student 000002"]
    pair = (kept["account"], gone["account"])
    before = things(office)

    planned = rollbook(office, "account", "merge", *pair, "--dry-run")
    assert (planned["state"], planned["moves"]["classes"]) == ("planned", ["709"])
    assert things(office) == before

    merged = rollbook(office, "account", "merge", *pair, "--reason", "one child, enrolled twice")
    assert (merged["state"], merged["moves"]) == ("merged", planned["moves"])
    assert {merged[side]["username"] for side in ("kept", "gone")} == {kept["username"], gone["username"]}
    now = office.people(role="Student")
    assert (now["Student 000001"]["status"], now["Student 000001"]["guardians"]) == ("active", 2)
    assert now["Student 000002"]["status"] == "inactive"
    listed = rollbook(office, "roster", "--section", "709")["students"]
    assert {one["account"] for one in listed} == {kept["account"], people["Student 000003"]["account"]}
    assert rollbook(office, "account", "merges")["merges"] == [merged]

    unmerged = rollbook(office, "account", "unmerge", merged["merge"], "--reason", "two children after all")
    assert (unmerged["state"], unmerged["unmerged"]["stays"]) == ("unmerged", [])
    assert things(office) == before


def test_a_merge_of_two_role_families_ends_with_one_sentence(office):
    people = office.people()
    student = people["Student 000003"]["account"]
    teacher = people["Teacher T1"]["account"]
    done = office.rollbook("account", "merge", student, teacher, "--site", "twins")
    assert (done.returncode, done.stdout) == (1, "")
    assert "are never merged" in done.stderr


def test_a_person_reads_what_a_merge_would_do(office):
    people = office.people(role="Student")
    done = office.rollbook("account", "merge", people["Student 000001"]["account"],
                           people["Student 000003"]["account"], "--dry-run", "--site", "twins")
    assert done.returncode == 0, done.stderr
    assert "would be merged into" in done.stdout
    assert "both usernames stay taken" in done.stdout

"""`rollbook account create|move|delete|link` and `rollbook rights` against the API on memory."""

from __future__ import annotations

import pytest

from rostering.store import keys
from tests.integration.accounts.office import SITE, account
from tests.integration.accounts.test_command_line import Desk, desk, run, s3, signed_in
from tests.integration.accounts.test_command_line_by_hand import WHY, said

__all__ = ["desk", "s3", "signed_in"]
MIA = ("--first", "Mia", "--last", "Ruiz", *WHY)


@pytest.fixture
def here(signed_in: Desk) -> Desk:
    for school in ("0012", "0013"):
        signed_in.office.put_item(keys.school(SITE, school), {"key": school, "kind": "school", "fields": {}})
    return signed_in


def test_a_student_is_made_with_guardians_and_found(here: Desk) -> None:
    made = said("account", "create", "--role", "student", "--school", "0012", "--grade", "4", "--id", "77", *MIA,
                "--guardian", "Ana Lucia Ruiz <ana@home.org>", "--relationship", "Mother")
    assert (made["role"], made["grade"], made["school"], len(made["new_guardians"])) == ("Student", "04", "0012", 1)
    mother = said("account", "show", made["new_guardians"][0])
    assert (mother["first_name"], mother["last_name"], mother["username"]) == ("Ana", "Lucia Ruiz", "ana@home.org")
    assert said("account", "show", "77")["account"] == made["account"]
    second = said("account", "create", "--role", "student", "--school", "0012", "--grade", "6", "--first", "Al",
                  "--last", "Ruiz", "--guardian", "ana@home.org", *WHY)
    assert (second["new_guardians"], second["guardians"]) == ([], 1)


def test_what_is_shown_to_people_says_that_no_source_speaks_for_it(here: Desk) -> None:
    result = run("account", "create", "--role", "teacher", "--school", "0012", "--email", "mia@d.org", *MIA)
    assert result.exit_code == 0, result.stderr
    assert "does not interact with any source" in result.stdout and "mruiz" in result.stdout


def test_a_double_is_told_and_made_with_anyway(here: Desk) -> None:
    words = ("account", "create", "--role", "student", "--school", "0012", "--grade", "4", "--birth-date", "5/3/2015",
             *MIA)
    first = said(*words)
    refused = run(*words)
    assert refused.exit_code == 1 and first["account"] in refused.stderr
    assert "NAME_AND_BIRTH_DATE" in refused.stderr
    assert said(*words, "--anyway")["account"] != first["account"]


def test_the_same_request_again_makes_nothing_more(here: Desk) -> None:
    words = ("account", "create", "--role", "staff", "--school", "0012", "--email", "mia@d.org", "--once", "k", *MIA)
    assert said(*words)["account"] == said(*words)["account"]


def test_a_person_is_moved_and_deleted(here: Desk) -> None:
    made = said("account", "create", "--role", "teacher", "--school", "0012", "--email", "mia@d.org", *MIA)
    moved = said("account", "move", "mruiz", "0013", "--other-school", "0012", *WHY)
    assert (moved["school"], moved["other_schools"]) == ("0013", ["0012"])
    assert "belongs to school 0012." in run("account", "move", "mruiz", "0012", "--no-other-school", *WHY).stdout
    assert said("account", "delete", made["account"], *WHY)["outcome"] == "removed"
    assert run("account", "show", made["account"]).exit_code == 1


def test_rights_are_granted_listed_and_revoked(here: Desk) -> None:
    here.office.put(account("teacher", "Teacher"))
    assert run("rights", "grant", "teacher", "view_as", *WHY).stderr.strip() == "Give --school ID or --whole-site."
    granted = said("rights", "grant", "teacher", "view_as", "--school", "0012", *WHY)
    assert granted["rights"] == [{"right": "view_as", "whole_site": False, "schools": ["0012"]}]
    said("rights", "grant", "teacher", "loads.approve", "--whole-site", *WHY)
    assert "the whole site" in run("rights", "list", "teacher").stdout
    said("rights", "revoke", "teacher", "view_as", "--school", "0012", *WHY)
    left = said("rights", "revoke", "teacher", "loads.approve", "--whole-site", *WHY)
    assert left["rights"] == []


def test_two_accounts_of_one_person_are_linked_and_shown(here: Desk) -> None:
    here.office.put(account("teacher", "Teacher", fields={"email": "mia@d.org"}))
    here.office.put(account("mother", "Guardian", fields={"email": "mia@d.org"}))
    said("account", "link", "teacher", "mother", *WHY)
    assert "The same person linked with mother.e (Guardian" in run("account", "show", "teacher").stdout
    assert said("account", "unlink", "mother", "teacher", *WHY)["linked"] == []

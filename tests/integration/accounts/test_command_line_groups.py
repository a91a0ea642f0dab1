"""`rollbook group` against the API on memory."""

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
    signed_in.office.put_item(keys.school(SITE, "0012"), {"key": "0012", "kind": "school", "fields": {}})
    signed_in.office.put(account("ann", school="0012"))
    return signed_in


def said(*words: str) -> Any:
    result = run("group", *words, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_a_group_from_its_making_to_its_end(school: Desk) -> None:
    group = said("create", "--name", "Chess", "--school", "0012")["group"]
    assert said("add", group, "ann")["count"] == 1
    assert [one["account"] for one in said("show", group)["members"]] == ["ann"]
    assert said("remove", group, "ann")["count"] == 0
    assert said("rename", group, "--name", "Go")["name"] == "Go"
    assert "Go" in run("group", "list", "--school", "0012").stdout
    assert said("end", group)["status"] == "inactive"
    assert "ended" in run("group", "show", group).stdout


def test_a_group_of_a_source_says_where_it_is_changed(school: Desk) -> None:
    school.office.put_item(keys.group(SITE, "rti/a"), {"id": "rti/a", "source": "sheet", "fields": {"name": "RTI",
                                                                                                    "school": "0012"}})
    assert "comes from sheet and is changed there" in run("group", "show", "rti/a").stdout.replace("\n", " ")
    assert run("group", "end", "rti/a").exit_code == 1

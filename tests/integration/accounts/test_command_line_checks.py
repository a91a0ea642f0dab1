"""`rollbook check` against the API on memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rostering.store import keys
from tests.integration.accounts.office import SITE, account
from tests.integration.accounts.test_checks import delivered, login, section, term
from tests.integration.accounts.test_command_line import Desk, desk, run, s3, signed_in

__all__ = ["desk", "s3", "signed_in"]
IN = ["2026-08-24", "", "active"]


@pytest.fixture
def school(signed_in: Desk) -> Desk:
    """A class of three, one of whom is inactive; who is in no class; a teacher."""
    office = signed_in.office
    office.put_item(keys.school(SITE, "100"), {"key": "100", "kind": "school", "fields": {"name": "Oak"}})
    term(office, "fall", "2026-08-24", "2027-01-15")
    office.put_item(keys.course(SITE, "", "math"), {"key": "|math", "fields": {"name": "Mathematics"}})
    made = {"created": {"load": "01AAAAAAAAAAAAAAAAAAAAAAAA", "row": 3}}
    for name in ("ann", "bob"):
        office.put(account(name, fields={"email": f"{name}@d.org", "grade": "04"}, classes={"math": IN}, **made))
    office.put(account("ina", status="inactive", classes={"math": IN}, **made))
    office.put(account("cid", fields={"grade": "05"}, **made))
    office.put(account("tess", "Teacher", fields={"email": "tess@d.org"}, **made))
    section(office, "math", ["ann", "bob", "ina"], terms=["fall"], teachers={"tess": "lead"})
    login(office, "ann", state="first_secret", mac="m", issued_at="2026-08-20T00:00:00.000Z")
    for name in ("ann", "tess", "cid"):
        office.store.update(keys.username(SITE, f"{name}.e"), lambda body, name=name: body or {"account": name})
    delivered(office)
    return signed_in


def said(*words: Any) -> Any:
    result = run("check", *words, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def told(*words: Any) -> str:
    result = run("check", *words)
    assert result.exit_code == 0, result.stderr
    return " ".join(result.stdout.split())


def test_the_people_of_a_school_come_with_what_was_sent(school: Desk) -> None:
    text = told("people", "--school", "100", "--role", "Student")
    assert text.startswith("Students: by all that the SIS sent 0 are active, here 3 (and 1 inactive), held 0. "
                           "Staff: by all that the SIS sent 0 are active, here 1, held 0.")
    assert "Filters: role Student. Order: role and name." in text
    found = said("people", "--school", "100", "--no-class")
    assert [one["account"] for one in found["people"]] == ["cid"]
    assert {line["kind"]: line["here"] for line in found["payload"]} == {"student": 3, "staff": 1}


@pytest.mark.parametrize(("words", "names"), [
    (("--first-secret", "issued"), ["ann"]), (("--grade", "5"), ["cid"]), (("--email", "not_sent"), ["cid", "ina"]),
    (("--status", "inactive"), ["ina"]), (("--section", "math", "--role", "Student"), ["ann", "bob", "ina"]),
    (("--sort", "grade", "--limit", "2", "--role", "Student"), ["ina", "ann"])])
def test_filters_and_orders(school: Desk, words: tuple[str, ...], names: list[str]) -> None:
    assert [one["account"] for one in said("people", "--school", "100", *words)["people"]] == names


def test_the_list_is_written_as_a_file_with_its_filter(school: Desk, tmp_path: Path,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    orders = school.office.exports

    class Made(list):
        def append(self, order: dict[str, str]) -> None:
            orders.append(order)
            school.office.store.update(keys.export(SITE, order["export"]), lambda body: body | {
                "state": "done", "files": ["exports/x.csv"], "people": 1, "made_at": school.office.ports.time()})
    object.__setattr__(school.office.ports, "export", Made().append)
    text = told("people", "--school", "100", "--no-class", "--out", tmp_path, "--format", "csv")
    assert "(1 people)" in text and (tmp_path / "accounts.csv").read_bytes() == b"the file"
    kept = school.office.store.get(keys.export(SITE, orders[0]["export"])).body
    assert (kept["filter"], kept["with_secrets"], kept["school"]) == ({"no_class": True}, False, "100")


def test_a_person_is_shown_whole(school: Desk) -> None:
    text = told("person", "ann.e")
    for part in ("Ann Example (Student, active)", "E-mail: ann@d.org (Yes)", "not used yet (issued 2026-08-20)",
                 "never signed in", "Schools: 100 Oak (home)", "load AAAAAA, row 3", "Mathematics", "Fall (2026-08-24"):
        assert part in text, part
    assert said("person", "ann.e")["account"] == "ann"


def test_a_class_is_shown_as_somebody_sees_it(school: Desk) -> None:
    assert "1 not shown: 1 inactive." in told("roster", "math")
    assert "as a student sees it" in told("roster", "math", "--as", "student")
    assert "2 classmates" in told("roster", "MATH", "--as", "student")
    assert "The class is not shown to them: the account is inactive." in told("roster", "math", "--as", "ina")
    assert [one["account"] for one in said("roster", "math")["students"]] == ["ann", "bob"]


def test_a_schedule_is_shown_by_term(school: Desk) -> None:
    assert "Fall (2026-08-24 to 2027-01-15)" in told("schedule", "ann.e")
    assert "No class is shown to them." in told("schedule", "cid.e")
    assert "They see nothing: the account is inactive." in told("schedule", "ina")


def test_gaps_are_counted_first_and_each_says_what_to_do(school: Desk) -> None:
    text = told("gaps", "--school", "100")
    assert text.startswith("School 100: 4 people and 1 classes are active.")
    assert "Students without a class (1)" in text and "What to do: Ask the registrar" in text
    one = said("gaps", "--school", "100", "--gap", "no_way_in")["gaps"][0]
    assert (one["count"], [case["account"] for case in one["first"]]) == (3, ["bob", "cid", "tess"])
    assert "Students without a class" in told("gaps")
    assert [line["school"] for line in said("gaps")["schools"]] == ["100", ""]


@pytest.mark.parametrize(("words", "sentence"), [
    (("gaps", "--gap", "no_way_in"), "Name the school whose cases you want: --school 0012."),
    (("people", "--school", "nowhere"), "There is nothing here by that name."),
    (("person", "nobody"), f"There is no account nobody at {SITE} that you may see.")])
def test_a_slip_is_told_in_one_line(school: Desk, words: tuple[str, ...], sentence: str) -> None:
    result = run("check", *words)
    assert result.exit_code in (1, 2) and sentence in result.stderr.replace("\n", " ")

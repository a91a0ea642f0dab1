"""What is missing in a school: one case of each gap beside people and classes that are right."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from accounts import gaps
from rostering.access.roles import WHOLE_SITE, Actor
from rostering.checks.gaps import GAPS, GapName
from rostering.store import keys
from tests.integration.accounts.office import SITE, Office, account
from tests.integration.accounts.test_checks import login, section, term

GAPS_OF = f"/sites/{SITE}/schools/100/gaps"
FIRST = {"state": "first_secret", "mac": "m", "issued_at": "2026-08-01T00:00:00.000Z"}
IN = ["", "", "active"]


def person(office: Office, name: str, role: str = "Student", *, way_in: bool = True, **more: Any) -> None:
    fields = {"email": f"{name}@d.org"} | more.pop("fields", {})
    office.put(account(name, role, fields=fields, **more))
    if way_in:
        login(office, name, **FIRST)


@pytest.fixture
def sound() -> Office:
    """A school in which nothing is missing."""
    office = Office()
    for school in ("100", "200"):
        office.put_item(keys.school(SITE, school), {"key": school, "fields": {"name": f"School {school}"}})
    term(office, "fall", "2026-08-24", "2027-01-15")
    term(office, "old", "2026-01-12", "2026-06-12")
    office.put_item(keys.course(SITE, "", "math"), {"key": "|math", "fields": {"name": "Mathematics"}})
    person(office, "ann", classes={"math": IN}, guardians={"gran": ["", "", True, "active"]})
    person(office, "gran", "Guardian", students={"ann": ["", "", True, "active"]})
    person(office, "tess", "Teacher")
    person(office, "off", status="inactive", fields={"email": None}, way_in=False)
    section(office, "math", ["ann"], terms=["fall"], teachers={"tess": "lead"})
    return office


@pytest.fixture
def office(sound: Office) -> Office:
    """The same school with each gap once or twice."""
    office = sound
    person(office, "bob", fields={"email": None, "birth_date": "2014-01-01", "first_name": "Zoë"}, classes={"math": IN})
    person(office, "zoe", fields={"birth_date": "2014-01-01", "first_name": "Zoe"}, classes={"gone": IN, "shut": IN})
    person(office, "cid")                                                      # no class
    person(office, "dan", "Staff", fields={"email": None})
    person(office, "gil", "Guardian", fields={"email": "CID@d.org"}, students={"off": ["", "", True, "active"]})
    person(office, "gus", "Guardian", fields={"email": None}, students={"far": ["", "", True, "active"]})
    person(office, "far", school="200", classes={"math": IN})
    person(office, "tim", "Teacher", status="inactive")
    person(office, "new", classes={"math": IN}, way_in=False)
    section(office, "bare", ["off", "nobody"], terms=["fall"], teachers={"tim": "lead"})
    section(office, "gym", [], terms=["old"], teachers={}, fields={"name": "Gym", "school": "100", "course": "|chess",
                                                                  "terms": ["|old"]})
    section(office, "shut", ["zoe"], terms=["fall"], teachers={"tess": "lead"}, status="inactive")
    office.put_item(keys.match(SITE, "m1"), {"match": "m1", "state": "open", "kind": "student",
                                             "who": {"school": "100", "last_name": "Doe"}})
    office.put_item(keys.match(SITE, "m2"), {"match": "m2", "state": "open", "kind": "student",
                                             "who": {"school": "200"}})
    return office


def asked(office: Office, path: str = GAPS_OF, *, by: str = "", **query: Any) -> dict[str, Any]:
    answer = office.ask("GET", path, token=office.token(by), query=query)
    assert answer.status == 200, answer.text
    return answer.body


EXPECTED = {
    "student_no_class": ["cid"], "class_no_teacher": ["bare"], "class_no_students": ["bare"],
    "student_no_email": ["bob"], "staff_no_email": ["dan"], "guardian_no_email": ["gus"], "open_match": ["m1"],
    "double_name": ["bob", "zoe"], "shared_email": ["cid", "gil"], "class_term_over": ["gym"],
    "guardian_no_student": ["gil"], "enrolled_inactive_person": ["bare/nobody", "bare/off"],
    "enrolled_inactive_class": ["gone/zoe", "shut/zoe"], "class_no_course": ["gym"], "no_way_in": ["new"]}


def name_of(case: dict[str, Any]) -> str:
    return case["match"] or "/".join(part for part in (case["section"], case["account"]) if part)


def test_a_school_without_gaps_has_none(sound: Office) -> None:
    found = asked(sound)
    assert {one["gap"]: one["count"] for one in found["gaps"]} == dict.fromkeys(GAPS, 0)
    assert (found["people"], found["classes"]) == (3, 1)


@pytest.mark.parametrize("gap", GAPS)
def test_each_gap_is_found_and_nothing_else(office: Office, gap: str) -> None:
    (told,) = asked(office, gap=gap)["gaps"]
    assert sorted(map(name_of, told["first"])) == EXPECTED[gap]
    assert told["count"] == len(EXPECTED[gap]) and told["title"] and told["do"]


def test_the_numbers_come_first_and_gaps_without_cases_last(office: Office) -> None:
    found = asked(office)["gaps"]
    assert {one["gap"]: one["count"] for one in found} == {gap: len(names) for gap, names in EXPECTED.items()}
    login(office, "new", **FIRST)
    assert [one["gap"] for one in asked(office)["gaps"]][-1] == "no_way_in"


def test_the_cases_of_one_gap_come_in_pages(office: Office) -> None:
    for number in range(7):
        person(office, f"p{number}", fields={"last_name": "Same", "first_name": "Name"})
    found, after = [], None
    while True:
        page = asked(office, gap="student_no_class", limit=3, **({"after": after} if after else {}))
        found += [case["account"] for case in page["gaps"][0]["first"]]
        after = page["after"]
        if after is None:
            break
    assert found == ["cid", *(f"p{number}" for number in range(7))]
    assert len(next(one for one in asked(office)["gaps"] if one["gap"] == "student_no_class")["first"]) == 5


def test_a_first_secret_that_expired_is_no_way_in(sound: Office) -> None:
    login(sound, "gran", **FIRST, expires_at="2026-09-01T00:00:00.000Z")
    (told,) = asked(sound, gap="no_way_in")["gaps"]
    assert [case["account"] for case in told["first"]] == ["gran"]


def test_two_roles_of_one_person_that_are_linked_share_their_email(sound: Office) -> None:
    person(sound, "tess2", "Guardian", fields={"email": "tess@d.org"}, students={"ann": ["", "", True, "active"]},
           linked={"tess": {"by": "x", "reason": "y", "at": "z"}})
    person(sound, "tess", "Teacher", linked={"tess2": {"by": "x", "reason": "y", "at": "z"}})
    assert asked(sound, gap="shared_email")["gaps"][0]["count"] == 0


def test_a_site_is_told_school_by_school(office: Office) -> None:
    found = asked(office, f"/sites/{SITE}/gaps")
    counts = {one["school"]: one["counts"] for one in found["schools"]}
    assert counts["100"] == {gap: len(names) for gap, names in EXPECTED.items()}
    assert counts["200"] == dict.fromkeys(GAPS, 0) | {"open_match": 1}
    assert found["titles"] == {gap: one.title for gap, one in GAPS.items()}


def test_a_site_goes_on_behind_so_many_people(office: Office) -> None:
    admin = Actor(SITE, office.administrators[SITE], "Staff", {"admin": frozenset({WHOLE_SITE})})
    first = gaps.of_site(office.ports, admin, after=None, people=1)
    assert [one.school for one in first.schools] == ["100"]
    second = gaps.of_site(office.ports, admin, after=first.after, people=2)
    assert ([one.school for one in second.schools], second.after) == (["200", ""], None)


def test_who_has_a_right_for_one_school_sees_that_one(office: Office) -> None:
    office.put(account("clerk", "Staff", rights={"accounts.manage": ["200"]}))
    assert [one["school"] for one in asked(office, f"/sites/{SITE}/gaps", by="clerk")["schools"]] == ["200"]
    for path, who, status in ((GAPS_OF, "clerk", 404), (GAPS_OF, "tess", 403), (f"/sites/{SITE}/gaps", "tess", 403),
                              (GAPS_OF.replace("100", "nowhere"), "", 404),
                              (GAPS_OF.replace("100", "200"), "clerk", 200)):
        assert office.ask("GET", path, token=office.token(who)).status == status, (path, who)


def test_no_birth_date_is_told(office: Office) -> None:
    assert "2014-01-01" not in str(asked(office)) + str(asked(office, gap="double_name"))


def test_every_gap_can_be_asked_for_by_name() -> None:
    assert set(get_args(GapName)) == set(GAPS) == set(EXPECTED)

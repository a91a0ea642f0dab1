"""People, rosters and exports over the API."""

from __future__ import annotations

from typing import Any

import pytest

from rostering.model import Account
from rostering.store import keys
from tests.integration.accounts.office import SITE, Office, account

ACCOUNTS = f"/sites/{SITE}/accounts"


@pytest.fixture
def office() -> Office:
    """Two schools: 100 with six students, two teachers and a section, 200 with two students."""
    office = Office()
    for school, name in (("100", "Oak Elementary"), ("200", "Elm Middle")):
        office.put_item(
            keys.school(SITE, school),
            {"key": school, "kind": "school", "status": "active", "fields": {"id": school, "name": name}},
        )
    for number in range(6):
        office.put(
            pupil(
                f"s{number}",
                "Abcdef"[number],
                status="inactive" if number == 5 else "active",
                classes={"alg-1": ["", "", "active"]} if number < 2 else {},
            )
        )
    for number in range(2):
        office.put(pupil(f"m{number}", "Xy"[number], school="200"))
    for name in ("tea", "tee"):
        office.put(account(name, "Teacher", fields={"last_name": name.title(), "birth_date": "1980-01-01"}))
    office.put(account("gran", "Guardian", school="", students={"s0": ["Mother", "", True, "active"]}))
    office.put_item(keys.teaches(SITE, "tea", "alg-1"), {"section": "alg-1", "part": "lead"})
    office.put_item(
        keys.section(SITE, "alg-1"),
        {
            "id": "alg-1",
            "key": "alg-1",
            "kind": "section",
            "status": "active",
            "source": "sheet",
            "fields": {"name": "Algebra 1", "school": "100", "number": "1", "period": "2"},
            "teachers": {"tea": "lead"},
            "members": {"s1": [], "s0": ["2026-08-24", "2026-12-18"]},
        },
        listed=keys.listed_section(SITE, "100", "algebra", "alg-1"),
    )
    return office


def pupil(name: str, last: str, *, school: str = "100", **more: Any) -> Account:
    return account(
        name,
        "Student",
        school=school,
        fields={"last_name": last, "grade": "07", "birth_date": "2014-01-01", "state_id": "ST9"},
        **more,
    )


def listed(office: Office, token: str | None = None, **query: Any) -> list[str]:
    """The ids of every page."""
    found, after = [], None
    while True:
        page = office.ask(
            "GET", ACCOUNTS, token=token or office.token(), query=query | ({"after": after} if after else {})
        )
        assert page.status == 200, page.text
        found += [one["account"] for one in page.body["accounts"]]
        after = page.body["after"]
        if after is None:
            return found


def test_accounts_are_listed_by_school_role_and_name(office: Office) -> None:
    found = listed(office)
    assert found == [
        "s0",
        "s1",
        "s2",
        "s3",
        "s4",
        "s5",
        "tea",
        "tee",
        "m0",
        "m1",
        "gran",
        office.administrators[SITE],
    ]


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_of_any_size_make_the_same_list(office: Office, limit: int) -> None:
    assert listed(office, limit=limit) == listed(office)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"school": "200"}, ["m0", "m1"]),
        ({"role": "Teacher"}, ["tea", "tee"]),
        ({"status": "inactive"}, ["s5"]),
        ({"school": "100", "role": "Student", "status": "active"}, ["s0", "s1", "s2", "s3", "s4"]),
        ({"role": "Guardian"}, ["gran"]),
        ({"school": "nowhere"}, []),
        ({"school": ""}, ["gran", "ADMIN"]),
    ],
)
def test_filters(office: Office, query: dict, expected: list[str]) -> None:
    assert listed(office, limit=2, **query) == [
        office.administrators[SITE] if one == "ADMIN" else one for one in expected
    ]


@pytest.mark.parametrize("as_listed", ["~", "role"])
def test_a_person_of_two_schools_is_found_at_both_and_listed_once(office: Office, as_listed: str) -> None:
    place = {"~": "~both", "role": "Student#z#z#both"}[as_listed]
    office.put(pupil("both", "Zed", school="200"))
    office.put_item(
        keys.member_of(SITE, "both", "100"),
        {"school": "100"},
        listed=keys.Key(keys.people(SITE, "100"), place),
    )
    assert "both" in listed(office, school="100")
    assert listed(office).count("both") == 1
    if as_listed != "plain":
        assert "both" in listed(office, school="100", role="Student")
        assert "both" not in listed(office, school="100", role="Teacher")


def test_no_birth_date_and_no_state_id_is_told(office: Office) -> None:
    answer = office.ask("GET", f"{ACCOUNTS}/s0", token=office.token())
    assert answer.body["grade"] == "07"
    assert "2014" not in answer.text and "ST9" not in answer.text


def test_a_right_for_one_school_lists_that_school(office: Office) -> None:
    person = office.put(account("office", "Staff", school="200", rights={"accounts.manage": ["200"]}))
    token = office.token(person.id)
    assert listed(office, token) == ["office", "m0", "m1"]
    assert office.ask("GET", ACCOUNTS, token=token, query={"school": "100"}).status == 403
    assert office.ask("GET", f"{ACCOUNTS}/m0", token=token).status == 200
    assert office.ask("GET", f"{ACCOUNTS}/s0", token=token).status == 404


@pytest.mark.parametrize(
    ("who", "whom", "status"),
    [
        ("s0", "s0", 200),
        ("s0", "s1", 404),
        ("tea", "s0", 200),
        ("tea", "s3", 404),
        ("tea", "tee", 404),
        ("tee", "s0", 404),
        ("gran", "s0", 404),
        ("gran", "gran", 200),
    ],
)
def test_who_sees_whom(office: Office, who: str, whom: str, status: int) -> None:
    assert office.ask("GET", f"{ACCOUNTS}/{whom}", token=office.token(who)).status == status


def test_the_classes_of_one_teacher_are_counted(office: Office) -> None:
    assert office.ask("GET", f"{ACCOUNTS}/tea", token=office.token()).body["classes"] == 1
    assert office.ask("GET", f"{ACCOUNTS}/s0", token=office.token()).body["classes"] == 1


def test_a_guardian_belongs_to_the_schools_of_the_children(office: Office) -> None:
    for school, status in (("100", 200), ("200", 404)):
        person = office.put(account(f"office{school}", "Staff", rights={"accounts.manage": [school]}))
        assert office.ask("GET", f"{ACCOUNTS}/gran", token=office.token(person.id)).status == status


def test_seeing_somebody_else_is_audited_and_oneself_is_not(office: Office) -> None:
    office.ask("GET", f"{ACCOUNTS}/s0", token=office.token("s0"))
    assert "account.viewed" not in [one["what"] for one in office.audit()]
    office.ask("GET", f"{ACCOUNTS}/s0", token=office.token("tea"))
    assert [(one["by"], one["target"]) for one in office.audit() if one["what"] == "account.viewed"] == [
        ("tea", "s0")
    ]


def test_a_roster_shows_teachers_and_students_by_name(office: Office) -> None:
    roster = office.ask("GET", f"/sites/{SITE}/sections/alg-1", token=office.token("tea")).body
    assert roster["section"] | {"students": 2, "teachers": 1, "name": "Algebra 1"} == roster["section"]
    assert [(one["account"], one["part"]) for one in roster["teachers"]] == [("tea", "lead")]
    assert [(one["account"], one["start_date"], one["end_date"]) for one in roster["students"]] == [
        ("s0", "2026-08-24", "2026-12-18"),
        ("s1", "", ""),
    ]


@pytest.mark.parametrize(("who", "status"), [("tea", 200), ("tee", 404), ("s0", 403), ("gran", 403)])
def test_who_sees_a_roster(office: Office, who: str, status: int) -> None:
    assert office.ask("GET", f"/sites/{SITE}/sections/alg-1", token=office.token(who)).status == status


@pytest.mark.parametrize("section", ["a/b", "per 1: math", "x~y", "50%", "é#1"])
def test_a_section_id_may_hold_any_character(office: Office, section: str) -> None:
    from cli.client import segment

    office.put_item(keys.section(SITE, section), {"id": section, "fields": {"school": "100"}})
    answer = office.ask("GET", f"/sites/{SITE}/sections/{segment(section)}", token=office.token())
    assert (answer.status, answer.body["section"]["id"]) == (200, section)


def test_sections_of_a_school_are_listed(office: Office) -> None:
    answer = office.ask("GET", f"/sites/{SITE}/sections", token=office.token(), query={"school": "100"})
    assert [(one["id"], one["students"]) for one in answer.body["sections"]] == [("alg-1", 2)]


def test_schools_are_listed_to_everybody(office: Office) -> None:
    answer = office.ask("GET", f"/sites/{SITE}/schools", token=office.token("s0"))
    assert [one["name"] for one in answer.body["schools"]] == ["Oak Elementary", "Elm Middle"]


def order(office: Office, who: str = "", **more: Any):
    body = {"format": "pdf", "reason": "to hand out"} | more
    return office.ask("POST", f"/sites/{SITE}/exports", token=office.token(who), body=body)


def test_an_export_is_ordered_audited_and_started(office: Office) -> None:
    answer = order(office, school="100", with_secrets=True)
    assert answer.status == 202
    assert office.exports == [{"site": SITE, "export": answer.body["export"]}]
    assert [
        (one["school"], one["reason"]) for one in office.audit() if one["what"] == "password.exported"
    ] == [("100", "to hand out")]
    item = office.store.get(keys.export(SITE, answer.body["export"]))
    assert item.body["state"] == "asked" and item.expires


@pytest.mark.parametrize(
    ("rights", "more", "status"),
    [
        ({}, {"school": "100"}, 403),
        ({"credentials.export": ["100"]}, {"school": "100", "with_secrets": True}, 202),
        ({"credentials.export": ["100"]}, {"school": "200"}, 403),
        ({"credentials.export": ["100"]}, {}, 403),
        ({"accounts.manage": ["*"]}, {"with_secrets": True}, 403),
        ({"accounts.manage": ["*"]}, {}, 202),
        ({"credentials.export": ["100"]}, {"section": "alg-1", "with_secrets": True}, 202),
        ({"admin": ["*"]}, {"section": "nothing"}, 404),
    ],
)
def test_who_may_export(office: Office, rights: dict, more: dict, status: int) -> None:
    person = office.put(account("clerk", "Staff", rights=rights))
    assert order(office, person.id, **more).status == status


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"section": "alg-1"}, 202),
        ({"section": "alg-1", "with_secrets": True}, 403),
        ({"school": "100"}, 403),
    ],
)
def test_a_teacher_exports_lists_of_their_own_classes(office: Office, more: dict, status: int) -> None:
    assert order(office, "tea", **more).status == status


def test_a_finished_export_gives_short_links_for_an_hour_to_who_ordered_it(office: Office) -> None:
    number = order(office).body["export"]
    path = f"/sites/{SITE}/exports/{number}"
    assert office.ask("GET", path, token=office.token()).body["links"] == []
    office.store.update(
        keys.export(SITE, number),
        lambda body: (
            body
            | {
                "state": "done",
                "files": ["exports/lakeview/f0.pdf"],
                "people": 9,
                "made_at": office.ports.time(),
            }
        ),
    )
    done = office.ask("GET", path, token=office.token()).body
    assert (done["state"], done["people"]) == ("done", 9) and "seconds=300" in done["links"][0]
    second = office.put(account("second", "Staff", rights={"admin": ["*"]}))
    assert office.ask("GET", path, token=office.token(second.id)).status == 404
    office.clock.at += 3_601
    gone = office.ask("GET", path, token=renewed(office)).body
    assert (gone["state"], gone["links"]) == ("gone", [])


def renewed(office: Office) -> str:
    from accounts.sessions import open_session

    return open_session(office.ports, SITE, office.administrators[SITE]).access_token

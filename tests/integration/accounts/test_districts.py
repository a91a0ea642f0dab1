"""Districts at GG4L: introducing, linking and moving them, asking for pulls, and what is told of them."""

from __future__ import annotations

from typing import Any

import pytest

from rostering.districts import DISTRICT
from rostering.store import keys
from tests.integration.accounts.office import OTHER_SITE, SITE, START, Mail, Office, account
from tests.integration.accounts.test_gg4l import PATH, Desk, act, connected, events, put, second

ALL = f"{PATH}/districts"
ONE = f"{ALL}/d-0001"
INTRODUCTION = {"district_name": "Example USD", "contact": "ana@example.org"}
WHY = {"reason": "they told us"}


@pytest.fixture
def office() -> Office:
    return Desk()


def introduce(office: Office, **more: Any) -> Any:
    return office.ask("POST", f"{PATH}/introduce", token=office.token(), body=INTRODUCTION | more)


def ask(office: Office, what: str, district: str = "d-0001", **body: Any) -> Any:
    return office.ask("POST", f"{ALL}/{district}/{what}", token=office.token(), body=body)


def show(office: Office, district: str = "d-0001") -> dict[str, Any]:
    return office.ask("GET", f"{ALL}/{district}", token=office.token()).body


def discovered(office: Office, guid: str = "d-0001", **more: Any) -> None:
    """A district that Discovery has listed."""
    office.put_item(keys.gg4l_district(SITE, guid), DISTRICT | {
        "district": guid, "name": "Example USD", "state": "DATA_SYNC", "state_at": "2026-09-21T14:00:00.000Z",
        "known_to_discovery": True, "secret": f"gg4l/{SITE}/{guid}",
        "evidence": {"told": {}, "seen": {"DATA_SYNC": "2026-09-21T14:00:00.000Z"}, "stamps": {},
                     "polled_at": "2026-09-21T14:00:00.000Z"}} | more)


def test_an_introduction_begins_the_onboarding_and_is_a_letter_to_both(office: Office) -> None:
    put(office, {"discovery_url": "https://connect.example.org/d", "onboarding_email": "onboarding@gg4l.example",
                 "survey_url": "https://gg4l.example/survey"})
    answer = introduce(office)
    assert answer.status == 201
    told, district = answer.body, answer.body["district"]
    assert told["to"] == ["onboarding@gg4l.example", "ana@example.org"] and told["sent"] is False
    assert told["subject"] == "Introduction: Example USD and GG4L"
    assert "https://gg4l.example/survey" in told["text"] and "ana@example.org" in told["text"]
    assert district["district"].startswith("intro-example-usd-")
    assert (district["name"], district["state"], district["acts"], district["contact"]) == (
        "Example USD", "SURVEY_PENDING", "district", "ana@example.org")
    assert [one["state"] for one in district["history"]] == ["SURVEY_PENDING"]
    event = events(office)[-1]
    assert (event["what"], event["district"]) == ("gg4l.introduced", district["district"])
    assert "ana@example.org" not in repr(office.audit())


def test_a_letter_is_sent_where_the_deployment_sends_mail_and_gg4l_s_address_is_known() -> None:
    mail = Mail()
    office = Desk(mail=mail)
    assert introduce(office).body["sent"] is False
    put(office, {"discovery_url": "https://connect.example.org/d", "onboarding_email": "onboarding@gg4l.example"})
    told = introduce(office).body
    assert told["sent"] is True
    assert mail.sent == [(["onboarding@gg4l.example", "ana@example.org"], told["subject"], told["text"])]


def test_a_district_is_introduced_before_the_site_is_connected(office: Office) -> None:
    told = introduce(office).body
    assert (told["to"], told["district"]["late"]) == (["ana@example.org"], "")
    assert "GG4L sends the link to it." in told["text"]


def test_the_same_introduction_again_is_the_same_district(office: Office) -> None:
    first = introduce(office).body
    again = introduce(office, district_name=" ".join(["EXAMPLE", "usd"])).body
    assert again["district"]["district"] == first["district"]["district"]
    assert again["district"]["version"] == first["district"]["version"]
    other = introduce(office, contact="ben@example.org").body["district"]
    assert (other["district"], other["contact"]) == (first["district"]["district"], "ben@example.org")
    assert [one["state"] for one in other["history"]] == ["SURVEY_PENDING"]
    assert [event["what"] for event in events(office)] == ["gg4l.introduced", "gg4l.introduced"]


@pytest.mark.parametrize("name", ["Example-USD", "Example USD 2", "北", "北京", "!"])
def test_districts_of_other_names_are_others(office: Office, name: str) -> None:
    first = introduce(office).body["district"]["district"]
    other = introduce(office, district_name=name).body["district"]["district"]
    assert other != first and show(office, other)["name"] == name


def test_a_district_with_a_guid_is_introduced_under_it(office: Office) -> None:
    assert introduce(office, district="d-0001").body["district"]["district"] == "d-0001"
    discovered(office, "d-0002", name="Other USD")
    told = introduce(office, district_name="other  USD").body["district"]
    assert (told["district"], told["state"], told["contact"]) == ("d-0002", "DATA_SYNC", "ana@example.org")


@pytest.mark.parametrize("wrong", [
    {"district_name": ""}, {"district_name": "a\nb"}, {"district_name": " a"}, {"contact": "nobody"}, {"contact": ""},
    {"contact": "a@b.example\nBcc: c@d.example"}, {"contact": "a@b.example,c@d.example"}, {"district": "a/b"},
    {"district": ""}, {"state": "COMPLETED"},
])
def test_what_is_no_introduction_is_422(office: Office, wrong: dict[str, Any]) -> None:
    assert introduce(office, **wrong).status == 422
    assert events(office) == []


def test_a_district_that_gg4l_lists_is_linked_and_told_so_once(office: Office) -> None:
    discovered(office)
    assert show(office)["linked"] is False
    for _ in range(2):
        answer = ask(office, "link")
        assert (answer.status, answer.body["linked"]) == (200, True)
    assert [(event["what"], event["district"]) for event in events(office)] == [("gg4l.linked", "d-0001")]
    for _ in range(2):
        assert ask(office, "unlink", **WHY).body["linked"] is False
    assert [event["what"] for event in events(office)] == ["gg4l.linked", "gg4l.unlinked"]


def test_linking_joins_the_introduction_of_the_same_name(office: Office) -> None:
    intro = introduce(office).body["district"]["district"]
    ask(office, "move", intro, state="SURVEY_SUBMITTED", note="Ana is away until May.", calls=["2026-12-01T10:00"],
        project_manager={"name": "Pat", "email": "pat@gg4l.example"}, **WHY)
    discovered(office)
    told = ask(office, "link").body
    assert (told["linked"], told["state"], told["contact"]) == (True, "DATA_SYNC", "ana@example.org")
    assert told["project_manager"] == {"name": "Pat", "email": "pat@gg4l.example"}
    assert [one["state"] for one in told["history"]] == ["SURVEY_PENDING", "SURVEY_SUBMITTED"]
    assert [one["text"] for one in told["notes"]] == ["Ana is away until May."]
    assert [one["when"] for one in told["calls"]] == ["2026-12-01T10:00"]
    assert office.ask("GET", f"{ALL}/{intro}", token=office.token()).status == 404
    assert events(office)[-1]["joined"] == intro


def test_an_introduction_of_another_name_is_joined_when_it_is_named(office: Office) -> None:
    intro = introduce(office, district_name="Example Unified").body["district"]["district"]
    discovered(office)
    assert ask(office, "link").body["contact"] == ""
    told = ask(office, "link", introduced=intro).body
    assert (told["contact"], told["name"]) == ("ana@example.org", "Example USD")
    assert ask(office, "link", introduced=intro).status == 404


def test_a_guid_that_is_known_before_gg4l_lists_it_is_linked_with_its_introduction(office: Office) -> None:
    intro = introduce(office).body["district"]["district"]
    assert ask(office, "link").status == 404
    told = ask(office, "link", introduced=intro).body
    assert (told["district"], told["name"], told["linked"], told["state"]) == (
        "d-0001", "Example USD", True, "SURVEY_PENDING")


def test_two_introductions_are_never_guessed_between(office: Office) -> None:
    intro = introduce(office).body["district"]["district"]
    office.put_item(keys.gg4l_district(SITE, "intro-older"), DISTRICT | {"district": "intro-older",
                                                                          "name": "Example usd"})
    discovered(office)
    assert ask(office, "link").body["contact"] == ""
    assert show(office, intro)["district"] == intro


def test_an_introduction_itself_is_not_linked(office: Office) -> None:
    intro = introduce(office).body["district"]["district"]
    answer = ask(office, "link", intro)
    assert (answer.status, answer.body["code"]) == (409, "NO_GUID")
    assert ask(office, "link", introduced="intro-nothing").status == 404


def test_a_person_moves_a_district_on(office: Office) -> None:
    intro = introduce(office).body["district"]["district"]
    told = ask(office, "move", intro, state="SURVEY_SUBMITTED", **WHY).body
    assert (told["state"], told["acts"]) == ("SURVEY_SUBMITTED", "GG4L")
    told = ask(office, "move", intro, project_manager={"name": "Pat"}, **WHY).body
    assert (told["state"], told["project_manager"]) == ("SURVEY_SUBMITTED", {"name": "Pat"})
    assert told["history"][-1] | {"at": ""} == {"state": "PM_ASSIGNED", "at": "", "by": office.administrators[SITE]}
    event = events(office)[-1]
    assert (event["what"], event["names"], event["reason"]) == ("gg4l.moved", ["project_manager"], "they told us")
    assert "Pat" not in repr(office.audit())


def test_a_completed_district_waits_for_discovery(office: Office) -> None:
    discovered(office)
    told = ask(office, "move", state="COMPLETED", **WHY).body
    assert told["state"] == "VALIDATING" and "lists no data that are ready" in told["sentence"]


@pytest.mark.parametrize("body", [
    {}, {"state": "DONE"}, {"state": "data_sync"}, {"note": " "}, {"note": "x" * 1_001}, {"calls": ["tomorrow"]},
    {"calls": ["2026-12-01T10:00"] * 21}, {"project_manager": {"email": "nobody"}}, {"project_manager": {}},
    {"linked": True},
])
def test_what_moves_nothing_is_422(office: Office, body: dict[str, Any]) -> None:
    discovered(office)
    answer = ask(office, "move", **body, **WHY)
    assert answer.status == 422 and answer.body["detail"].endswith(".")
    assert events(office) == []


def test_a_district_that_waits_too_long_is_late(office: Office) -> None:
    intro = introduce(office).body["district"]["district"]
    office.clock.at += 6 * 86_400
    told = office.ask("GET", f"{ALL}/{intro}", token=second(office)).body
    assert "remind the district's contact" in told["late"]
    assert told["state"] == "SURVEY_PENDING"


def test_a_pull_is_written_down_and_then_asked_for(office: Office) -> None:
    connected(office)
    discovered(office, linked=True, ready="2026-09-21T14:00:00.000Z")
    written: list[Any] = []
    office.gg4l_orders.answer = lambda order: written.append(
        office.store.get(keys.gg4l_pull(SITE, "d-0001", order["pull"])))
    clerk = office.put(account("approver", "Staff", rights={"loads.approve": ["*"]}))
    answer = office.ask("POST", f"{ONE}/pulls", token=office.token(clerk.id))
    assert (answer.status, answer.body["state"], answer.body["by"]) == (202, "waiting", "approver")
    number = answer.body["pull"]
    assert office.gg4l_orders.sent == [{"site": SITE, "district": "d-0001", "kind": "pull", "pull": number}]
    assert written[0].body == {
        "pull": number, "district": "d-0001", "kind": "pull", "by": "approver", "at": office.ports.time(),
        "updated_at": office.ports.time(), "state": "waiting", "message": "", "code": "", "load": "", "facts": {}}
    assert written[0].expires == int(START) + 90 * 86_400
    event = events(office)[-1]
    assert (event["what"], event["district"], event["pull"], event["by"]) == (
        "gg4l.pulled", "d-0001", number, "approver")


def test_a_pull_is_told_as_it_was_left(office: Office) -> None:
    connected(office)
    discovered(office, linked=True)
    number = ask(office, "pulls").body["pull"]
    office.store.update(keys.gg4l_pull(SITE, "d-0001", number), lambda body: body | {
        "state": "refused", "code": "EXPIRED", "message": "The district's sharing has expired."})
    told = office.ask("GET", f"{ONE}/pulls/{number}", token=office.token()).body
    assert (told["state"], told["code"], told["message"]) == (
        "refused", "EXPIRED", "The district's sharing has expired.")
    assert office.ask("GET", f"{ONE}/pulls/other", token=office.token()).status == 404


def test_what_may_not_be_pulled_is_409(office: Office) -> None:
    discovered(office)
    assert ask(office, "pulls").status == 404        # no connection
    put(office)
    assert ask(office, "pulls").body["code"] == "NOT_APPROVED"
    act(office, "approve", second(office))
    answer = ask(office, "pulls")
    assert (answer.status, answer.body["code"]) == (409, "NOT_LINKED")
    ask(office, "link")
    act(office, "pause")
    assert ask(office, "pulls").body["code"] == "PAUSED"
    assert office.gg4l_orders.sent == []


def test_districts_are_told_in_pages_and_without_their_secrets(office: Office) -> None:
    for guid in ("c", "a", "b"):
        discovered(office, guid, collections={"users": {"state": "complete", "rows": 12, "at": "2026-09-21"}})
    first = office.ask("GET", ALL, token=office.token(), query={"limit": 2})
    rest = office.ask("GET", ALL, token=office.token(), query={"limit": 2, "after": first.body["after"]})
    found = first.body["districts"] + rest.body["districts"]
    assert [one["district"] for one in found] == ["a", "b", "c"] and rest.body["after"] is None
    assert found[0]["collections"] == {"users": {"state": "complete", "rows": 12, "at": "2026-09-21"}}
    assert found[0]["source"] == "gg4l:a"
    assert "secret" not in first.text and f"gg4l/{SITE}" not in first.text


def test_an_item_of_before_there_were_more_names_is_told_all_the_same(office: Office) -> None:
    office.put_item(keys.gg4l_district(SITE, "d-0001"), {"district": "d-0001", "name": "Old"})
    assert (show(office)["name"], show(office)["state"]) == ("Old", "SURVEY_PENDING")
    assert ask(office, "link").body["linked"] is True


def test_districts_of_another_site_aren_t_there(office: Office) -> None:
    discovered(office)
    theirs = office.token(site=OTHER_SITE)
    assert office.ask("GET", f"/sites/{OTHER_SITE}/gg4l/districts", token=theirs).body["districts"] == []
    answer = office.ask("POST", f"/sites/{OTHER_SITE}/gg4l/districts/d-0001/pulls", token=theirs)
    assert answer.status == 404 and office.gg4l_orders.sent == []


@pytest.mark.parametrize("district", ["~2E~2E", "a~23b", "x" * 101, "~00", "a~2Fb", "-a"])
def test_a_crafted_district_is_not_found(office: Office, district: str) -> None:
    connected(office)
    for method, path, body in (("GET", "", None), ("POST", "/link", {}), ("POST", "/unlink", WHY),
                               ("POST", "/move", WHY | {"state": "FAILED"}), ("POST", "/pulls", None),
                               ("GET", "/pulls/x", None)):
        assert office.ask(method, f"{ALL}/{district}{path}", token=office.token(), body=body).status == 404


@pytest.mark.parametrize(("right", "may"), [
    ("loads.approve", {"GET", "PULL"}), ("accounts.manage", {"GET"}), ("credentials.export", set())])
def test_who_may_what(office: Office, right: str, may: set[str]) -> None:
    connected(office)
    discovered(office, linked=True)
    token = office.token(office.put(account("clerk", "Staff", rights={right: ["*"]})).id)
    some = office.token(office.put(account("some", "Staff", rights={right: ["100"]})).id)
    requests = {"GET": ("GET", ONE, None), "PULL": ("POST", f"{ONE}/pulls", None), "LINK": ("POST", f"{ONE}/link", {}),
                "MOVE": ("POST", f"{ONE}/move", WHY | {"state": "FAILED"}),
                "INTRODUCE": ("POST", f"{PATH}/introduce", INTRODUCTION)}
    for name, (method, path, body) in requests.items():
        answer = office.ask(method, path, token=token, body=body)
        assert (answer.status < 300) == (name in may) and answer.status in (200, 202, 403)
        assert office.ask(method, path, token=some, body=body).status == 403


@pytest.mark.parametrize("what", ["introduce", "link", "unlink", "move"])
def test_a_change_that_meets_another_is_made_upon_it(office: Office, what: str) -> None:
    discovered(office, linked=what == "unlink")
    place, write_together = keys.gg4l_district(SITE, "d-0001"), office.store.write_together

    def late(writes: Any) -> bool:
        office.store.write_together = write_together
        office.store.update(place, lambda body: body | {"ready": "2026-09-21T14:00:00.000Z"})
        return write_together(writes)
    office.store.write_together = late
    answer = introduce(office, district="d-0001") if what == "introduce" else ask(
        office, what, **({} if what == "link" else WHY | ({"state": "FAILED"} if what == "move" else {})))
    assert answer.status in (200, 201)
    assert office.store.get(place).body["ready"] == "2026-09-21T14:00:00.000Z"
    assert len(events(office)) == 1

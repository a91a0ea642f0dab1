"""A new password asked for at the sign-in page: the same answer for everybody, letters for few."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from accounts import asking
from rostering.access.passwords import hash_password
from rostering.store import keys
from tests.integration.accounts.office import SITE, Answer, Mail, Office, account
from tests.integration.accounts.test_inviting import (
    ENTER,
    HOUR,
    NEW,
    OLD,
    choose,
    code_in,
    enter,
    invited,
    person,
    signs_in,
)

ASK = f"/sites/{SITE}/sign-in/reset"


@pytest.fixture
def mail() -> Mail:
    return Mail()


@pytest.fixture
def office(mail: Mail) -> Office:
    office = Office(mail=mail)
    own = {"state": "own", "hash": hash_password(OLD)}
    person(office, "tess", "Teacher", login=own, fields={"email": "tess@d.example"})
    office.put_item(keys.email(SITE, "employee", "tess@d.example"), {"account": "tess"})
    person(office, "mum", "Guardian", login=own, fields={"email": "mum@home.example"})
    person(office, "nora", "Staff", login=own)
    person(office, "gone", "Teacher", login=own, status="inactive", fields={"email": "gone@d.example"})
    person(office, "ann", login=own, fields={"grade": "07", "email": "ann@d.example"})
    office.put(account("desk", "Staff", rights={"admin": ["*"]}))
    return office


class Counting:
    """A store that keeps the names of the calls that were made of it."""

    def __init__(self, store: Any) -> None:
        self.store = store
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.calls.append(name)
        return getattr(self.store, name)


def ask(office: Office, name: str, *, address: str = "203.0.113.7", what: str = "username") -> Answer:
    return office.ask("POST", ASK, body={what: name}, address=address)


def test_the_answer_is_the_same_for_everybody_and_for_nobody(office: Office, mail: Mail) -> None:
    answers = [ask(office, name, address=f"198.51.{number}.1") for number, name in enumerate(
        ("tess.e", "mum.e", "nora.e", "gone.e", "ann.e", "nobody", "tess@d.example", "#SITE", "a" * 254))]
    assert {(one.status, one.text, str(one.headers)) for one in answers} == {
        (202, answers[0].text, str(answers[0].headers))}
    assert "Students ask their teacher." in answers[0].text
    assert [to for to, _, _ in mail.sent] == [["tess@d.example"], ["mum@home.example"], ["tess@d.example"]]


def test_a_name_that_nobody_has_costs_the_same_calls(office: Office) -> None:
    seen = []
    for number, name in enumerate(("tess.e", "nobody", "ann.e")):
        counting = Counting(office.store)
        orders: list[dict[str, Any]] = []
        asking.ask(replace(office.ports, store=counting, asked=orders.append), SITE, name,
                   address=f"198.51.{number}.1")
        seen.append((counting.calls, len(orders)))
    assert seen[0] == seen[1] == seen[2] and seen[0][1] == 1


def test_the_link_is_good_for_an_hour_and_the_old_password_until_then(office: Office, mail: Mail) -> None:
    ask(office, "tess.e")
    assert signs_in(office, "tess", OLD) == 200
    code = code_in(mail.sent[0][2])
    office.clock.at += HOUR - 1
    token = enter(office, code).body["access_token"]
    assert signs_in(office, "tess", OLD) == 200
    assert choose(office, token).status == 200
    assert [signs_in(office, "tess", secret) for secret in (OLD, NEW)] == [401, 200]
    ask(office, "tess.e")
    office.clock.at += HOUR
    assert enter(office, code_in(mail.sent[-1][2])).status == 401


def test_asking_ends_nothing_that_others_gave(office: Office, mail: Mail) -> None:
    code = invited(office, "tess")
    session = office.ask("POST", ENTER, body={"username": "tess.e", "secret": OLD}).body["access_token"]
    ask(office, "tess.e")
    assert office.ask("GET", f"/sites/{SITE}", token=session).status == 200
    assert enter(office, code).status == 200


def test_three_letters_an_hour_go_to_an_account_however_it_is_named(office: Office, mail: Mail) -> None:
    for number in range(6):
        for name, what in (("tess.e", "username"), ("TESS@d.example", "email")):
            assert ask(office, name, what=what, address=f"198.51.{number}.1").status == 202
    assert len(mail.sent) == 3
    assert enter(office, code_in(mail.sent[-1][2])).status == 200
    office.clock.at += HOUR
    ask(office, "tess.e")
    assert len(mail.sent) == 4


def test_a_network_asks_twenty_times_an_hour(office: Office, mail: Mail) -> None:
    for number in range(25):
        assert ask(office, f"nobody-{number}", address=f"203.0.113.{number}").status == 202
    ask(office, "tess.e")
    assert (len(office.asked), len(mail.sent)) == (20, 0)
    ask(office, "tess.e", address="192.0.2.1")
    assert len(mail.sent) == 1


def test_names_are_kept_as_digests_and_no_event_tells_of_nobody(office: Office) -> None:
    ask(office, "a.name.nobody.has")
    assert "a.name.nobody.has" not in str(office.store.snapshot()) + str(office.asked)
    ask(office, "tess.e")
    told = [one for one in office.audit() if one["what"] == "invitation.issued"]
    assert [(one["by"], one["target"], one["slot"]) for one in told] == [("tess", "tess", "asked")]


def test_where_no_letters_are_sent_or_no_passwords_are_used_everybody_is_told_so() -> None:
    office = Office()
    assert (ask(office, "x").status, ask(office, "x").body["code"]) == (409, "NO_LETTERS")
    office = Office(mail=Mail())
    office.store.update(keys.settings(SITE), lambda body: body | {"sign_in": ["google"]})
    assert ask(office, "x").body["code"] == "NO_PASSWORDS"


def test_no_letter_goes_to_an_email_by_which_a_holder_of_other_rights_could_be_taken_over(
        office: Office, mail: Mail) -> None:
    login, rights = office.store.get(keys.username(SITE, "tess.e")).body, {"credentials.export": ["*"]}
    by_hand = {"email": {"source": "tess@d.example", "at": "", "by": "clerk"}}
    for held, marks, letters in ((rights, by_hand, 0), (rights, {}, 1), ({}, by_hand, 2),
                                 ({"admin": ["*"]}, by_hand, 3)):
        person(office, "tess", "Teacher", login=login, rights=held, by_hand=marks, fields={"email": "x@d.example"})
        ask(office, "tess.e")
        assert len(mail.sent) == letters
        office.clock.at += HOUR


def test_a_letter_that_fails_tells_the_asker_nothing(office: Office, mail: Mail) -> None:
    mail.fails = True
    assert ask(office, "tess.e").text == ask(office, "nobody").text


@pytest.mark.parametrize("body", [{}, {"username": "a", "email": "b"}, {"username": ""}, {"username": "a", "code": "b"},
                                  {"username": "a" * 255}])
def test_an_order_that_names_nobody_or_too_much_is_refused(office: Office, body: dict[str, Any]) -> None:
    answer = office.ask("POST", ASK, body=body)
    assert (answer.status, answer.body["code"]) == (422, "INVALID")


def test_a_site_that_is_not_there_is_not_found(office: Office) -> None:
    assert office.ask("POST", "/sites/nowhere/sign-in/reset", body={"username": "a"}).status == 404

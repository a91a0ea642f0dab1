"""Going over to one's other account over the API: proof once, rights never add up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from accounts.linking import prove
from rostering.access.passwords import hash_password
from rostering.store import keys
from tests.integration.accounts.office import SITE, Answer, Office, account

EMAIL, PASSWORD = "ana@lakeview.example", "nine gray barns walk"
SWITCH = f"/sites/{SITE}/session/switch"


@pytest.fixture
def office() -> Office:
    office = Office()
    link = {"by": "x", "reason": "same person", "at": "2026-09-01T08:00:00Z"}
    login = {"state": "own", "hash": hash_password(PASSWORD)}
    for name, role, other, rights in (("ana", "Staff", "mom", {"accounts.manage": ["*"]}),
                                      ("mom", "Guardian", "ana", {})):
        office.put(replace(account(name, role, fields={"email": EMAIL}, rights=rights), linked={other: link}))
        office.put_item(keys.username(SITE, f"{name}.e"), {"account": name} | login)
    return office


def switch(office: Office, to: str = "mom", *, token: str | None = None, **more: Any) -> Answer:
    return office.ask("POST", SWITCH, token=token or office.token("ana"), body={"account": to} | more)


def change(office: Office, who: str, **values: Any) -> None:
    office.store.update(keys.account(SITE, who), lambda body: body | values)


def test_the_first_time_asks_for_the_other_account_s_password_and_later_ones_don_t(office: Office) -> None:
    asked = switch(office)
    assert (asked.status, asked.body["code"], asked.body["username"]) == (403, "PROVE", "mom.e")
    over = switch(office, secret=PASSWORD)
    assert (over.status, over.body["account"]) == (200, "mom")
    assert office.ask("GET", f"/sites/{SITE}", token=office.token("ana")).status == 401      # the old session ended
    back = switch(office, "ana", token=over.body["access_token"])
    assert (back.status, back.body["account"]) == (200, "ana")
    assert switch(office, token=back.body["access_token"]).status == 200
    told = [one["what"] for one in office.audit()]
    assert (told.count("session.switched"), told.count("account.link_proven")) == (3, 1)


def test_rights_stay_with_their_account(office: Office) -> None:
    people, query = f"/sites/{SITE}/accounts", {"school": "100"}
    assert office.ask("GET", people, token=office.token("ana"), query=query).status == 200
    token = switch(office, secret=PASSWORD).body["access_token"]
    assert office.ask("GET", people, token=token, query=query).status == 403


def test_a_wrong_password_counts_as_a_wrong_try_at_that_account(office: Office) -> None:
    for _ in range(5):
        assert switch(office, secret="wrong").status == 401
    assert switch(office, secret=PASSWORD).status == 429
    office.clock.at += 2
    assert switch(office, secret=PASSWORD).status == 200


@pytest.mark.parametrize("case", ["nobody", "not linked", "one end only", "inactive", "another email", "no email",
                                  "oneself"])
def test_only_to_a_linked_account_whose_link_counts(office: Office, case: str) -> None:
    office.put(account("boss", "Staff", rights={"admin": ["*"]}, fields={"email": "boss@lakeview.example"}))
    prove(office.ports, SITE, "ana", "mom", "test")
    to = {"nobody": "nobody", "not linked": "boss", "oneself": "ana"}.get(case, "mom")
    if case == "one end only":
        change(office, "mom", linked={})
    elif case == "inactive":
        change(office, "mom", status="inactive")
    elif case in ("another email", "no email"):
        change(office, "mom", fields={"email": "other@lakeview.example"} if case == "another email" else {})
    answer = switch(office, to, secret=PASSWORD)
    assert (answer.status, answer.body["code"]) == (404, "NOT_FOUND")
    assert office.ask("GET", f"/sites/{SITE}", token=office.token("ana")).status == 200


def test_a_proof_holds_for_the_email_it_was_given_with(office: Office) -> None:
    prove(office.ports, SITE, "ana", "mom", "test")
    for who in ("ana", "mom"):
        change(office, who, fields={"email": "married@lakeview.example"})
    assert switch(office).body["code"] == "PROVE"


def test_nobody_goes_over_from_inside_a_view(office: Office) -> None:
    prove(office.ports, SITE, "ana", "mom", "test")
    change(office, "ana", role="Teacher", rights={})
    view = office.ask("POST", f"/sites/{SITE}/accounts/ana/view-as", token=office.token(),
                      body={"reason": "helping", "minutes": 5})
    assert view.status in (200, 201), view.text
    before = office.store.snapshot()
    answer = switch(office, token=view.body["access_token"])
    assert answer.status == 403
    after = office.store.snapshot()
    assert all("#AUDIT#" in key.pk for key in after if before.get(key) != after[key])


def test_an_own_view_ends_with_the_session(office: Office) -> None:
    prove(office.ports, SITE, "ana", "mom", "test")
    change(office, "ana", rights={"view_as": ["*"]})
    office.put(account("kid"))
    view = office.ask("POST", f"/sites/{SITE}/accounts/kid/view-as", token=office.token("ana"),
                      body={"reason": "helping", "minutes": 5})
    assert switch(office).status == 200
    assert office.ask("GET", f"/sites/{SITE}", token=view.body["access_token"]).status == 401

"""Loads over the API: lists, problems, files, and deciding on a held one."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from rostering.errors import SettingsError
from rostering.load import paths
from rostering.store import keys
from rostering.store.keys import Key
from tests.integration.accounts.office import SITE, Office, account

LOADS = f"/sites/{SITE}/loads"


@pytest.fixture
def office() -> Office:
    return Office()


def held(office: Office, load: str = "01LOAD", **more: Any) -> dict[str, Any]:
    body = {
        "load": load,
        "site": SITE,
        "source": "sheet",
        "state": "held",
        "stage": "gate",
        "file_name": "a.xlsx",
        "counts": {"students": {"rows": 10, "new": 2, "deactivated": 8}},
        "seconds": {"read": 1.5},
        "holds": [
            {
                "rule": "H-DEACTIVATIONS",
                "school": "100",
                "kind": "students",
                "count": 8,
                "of": 10,
                "message": "8 of 10",
            }
        ],
        "files": {},
        "task_token": f"token of {load}",
        "expires_at": "2026-12-31T00:00:00.000Z",
        "sent_by": "somebody",
    } | more
    office.put_item(keys.load(SITE, load), body, listed=Key(keys.loads(SITE), load))
    office.workflow.waiting.add(body["task_token"])
    return body


def decide(
    office: Office, act: str = "approve", *, token: str | None = None, reason: str = "checked by phone"
):
    return office.ask("POST", f"{LOADS}/01LOAD/{act}", token=token or office.token(), body={"reason": reason})


def test_loads_are_listed_newest_first_page_by_page(office: Office) -> None:
    for number in range(5):
        held(office, f"0{number}")
    first = office.ask("GET", LOADS, token=office.token(), query={"limit": 3}).body
    second = office.ask("GET", LOADS, token=office.token(), query={"limit": 3, "after": first["after"]}).body
    assert [one["load"] for one in first["loads"] + second["loads"]] == ["04", "03", "02", "01", "00"]
    assert second["after"] is None


def test_a_made_up_cursor_is_refused(office: Office) -> None:
    answer = office.ask("GET", LOADS, token=office.token(), query={"after": "bm90aGluZw"})
    assert (answer.status, answer.body["code"]) == (400, "CURSOR")


def test_a_load_is_shown_without_its_task_token(office: Office) -> None:
    held(office)
    answer = office.ask("GET", f"{LOADS}/01LOAD", token=office.token())
    assert answer.body["state"] == "held" and answer.body["counts"]["students"]["deactivated"] == 8
    assert "token of" not in answer.text


def test_a_dropped_file_is_not_found_until_it_was_seen(office: Office) -> None:
    query = {"key": "inbox/lakeview/cli/1/My sheet+.xlsx"}
    assert office.ask("GET", f"/sites/{SITE}/received", token=office.token(), query=query).status == 404
    office.put_item(keys.received(SITE, query["key"], "v1"), {"load": "01LOAD"})
    assert office.ask("GET", f"/sites/{SITE}/received", token=office.token(), query=query).status == 404
    held(office)
    assert office.ask("GET", f"/sites/{SITE}/received", token=office.token(), query=query).body == {
        "load": "01LOAD"
    }


def test_an_approval_is_kept_told_and_audited_once(office: Office) -> None:
    held(office)
    for _ in range(2):
        answer = decide(office)
        assert (answer.status, answer.body["state"]) == (200, "approved")
    assert office.workflow.answers == [("token of 01LOAD", {"decision": "approved"})]
    assert answer.body["decision"]["by"] == office.administrators[SITE]
    assert [(one["what"], one["load"], one["reason"]) for one in office.audit() if "load" in one] == [
        ("load.approved", "01LOAD", "checked by phone")
    ]


def test_a_decision_whose_telling_was_lost_is_told_again(office: Office) -> None:
    held(office, state="approved", decision={"what": "approved", "by": "x", "at": "t", "reason": "r"})
    assert decide(office).status == 200
    assert office.workflow.answers == [("token of 01LOAD", {"decision": "approved"})]


def test_a_decision_that_was_told_by_a_call_whose_reply_was_lost_stands(office: Office) -> None:
    held(office)
    office.workflow.waiting.clear()
    assert (decide(office).status, decide(office).body["state"]) == (200, "approved")


def test_a_decision_after_the_hold_expired_is_refused(office: Office) -> None:
    held(office, expires_at=office.ports.time())
    office.workflow.waiting.clear()
    answer = decide(office)
    assert (answer.status, answer.body["code"]) == (409, "NOT_HELD") and "expired" in answer.body["detail"]


def test_a_load_that_is_held_again_is_decided_again(office: Office) -> None:
    held(office, decision={"what": "approved", "by": "x", "at": "t", "reason": "before"}, task_token="second")
    assert decide(office).body["decision"]["reason"] == "checked by phone"
    assert office.workflow.answers == [("second", {"decision": "approved"})]


def test_a_rejection_is_told_as_one(office: Office) -> None:
    held(office)
    assert decide(office, "reject").body["state"] == "rejected"
    assert office.workflow.answers == [("token of 01LOAD", {"decision": "rejected"})]
    assert "load.refused" in [one["what"] for one in office.audit()]


def test_an_approved_load_can_t_be_rejected(office: Office) -> None:
    held(office)
    decide(office)
    answer = decide(office, "reject")
    assert (answer.status, answer.body["code"], answer.body["state"]) == (409, "NOT_HELD", "approved")


@pytest.mark.parametrize(
    "state", ["received", "planned", "applying", "done", "turned_back", "expired", "replaced"]
)
def test_only_a_held_load_is_decided_on(office: Office, state: str) -> None:
    held(office, state=state)
    assert decide(office).status == 409
    assert office.workflow.answers == []


@pytest.mark.parametrize("reason", ["", "  ", "ab", "x" * 501])
def test_a_decision_needs_a_reason(office: Office, reason: str) -> None:
    held(office)
    assert decide(office, reason=reason).status == 422


def test_the_sender_may_not_approve_where_another_person_must(office: Office) -> None:
    settings = office.store.get(keys.settings(SITE)).body
    office.put_item(keys.settings(SITE), settings | {"approval": "other_person"})
    held(office, sent_by=office.administrators[SITE])
    assert decide(office).status == 403
    other = office.put(account("second", "Staff", rights={"loads.approve": ["*"]}))
    assert decide(office, token=office.token(other.id)).status == 200


def test_a_right_for_one_school_doesn_t_decide_on_a_load_of_the_site(office: Office) -> None:
    held(office)
    person = office.put(account("local", "Staff", rights={"loads.approve": ["100"], "admin": ["100"]}))
    assert decide(office, token=office.token(person.id)).status == 403


LISTED = [
    {"severity": "T", "code": "T-NO-HEADER", "tab": "Staff", "row": 0, "column": ""},
    *(
        {"severity": "R", "code": "R-GRADE", "tab": "Students", "row": row, "column": "Grade"}
        for row in range(2, 1_102)
    ),
]


def told(office: Office, *, sentences: bool = True) -> list[dict[str, Any]]:
    office.inbox.write("outbox/r.json", json.dumps({"problems": LISTED}).encode())
    if sentences:
        kept = [one | {"message": f"sentence {place}"} for place, one in enumerate(LISTED)]
        office.work.write(
            paths.reading(SITE, "01LOAD"), gzip.compress(json.dumps({"problems": kept}).encode())
        )
    held(office, files={"report_json": "outbox/r.json"})
    found, after = [], None
    while True:
        query = {"after": after} if after else None
        page = office.ask("GET", f"{LOADS}/01LOAD/problems", token=office.token(), query=query).body
        found += page["problems"]
        after = page["after"]
        if after is None:
            return found


def test_problems_come_in_pages_with_the_reader_s_sentences(office: Office) -> None:
    found = told(office)
    assert [one["message"] for one in found] == [f"sentence {place}" for place in range(len(LISTED))]
    assert found[1] == LISTED[1] | {"message": "sentence 1"}


def test_without_the_reader_s_sentences_the_catalog_s_are_told(office: Office) -> None:
    found = told(office, sentences=False)
    assert found[0]["message"].startswith("row 1 is not the header row.")
    assert found[1]["message"] == "'…' is not a grade. Use KG, 01 ... 12."


def test_problems_are_told_although_the_sentences_may_not_be_read(office: Office) -> None:
    def denied(key: str) -> bytes:
        raise SettingsError("not allowed")

    office.work.read = denied
    assert told(office, sentences=False)[1]["code"] == "R-GRADE"


def test_the_sentence_of_a_file_that_was_turned_back_is_told(office: Office) -> None:
    one = {"severity": "F", "code": "F-SAME-FILE", "tab": "", "row": 0, "column": ""}
    office.inbox.write("outbox/r.json", json.dumps({"problems": [one]}).encode())
    held(office, state="turned_back", files={"report_json": "outbox/r.json"},
         message="F-SAME-FILE: The same file was already loaded on March 3.")
    found = office.ask("GET", f"{LOADS}/01LOAD/problems", token=office.token()).body["problems"]
    assert [line["message"] for line in found] == ["The same file was already loaded on March 3."]


def test_a_load_without_a_report_has_no_problems_yet(office: Office) -> None:
    held(office)
    assert office.ask("GET", f"{LOADS}/01LOAD/problems", token=office.token()).body["problems"] == []


FILES = {
    "report_xlsx": "outbox/r.xlsx",
    "report_json": "outbox/r.json",
    "report_html": "outbox/r.html",
    "account_sheets": ["exports/lakeview/1f.pdf", "exports/lakeview/2e.xlsx"],
}


def test_links_are_short_and_the_export_is_audited_before(office: Office) -> None:
    held(office, files=FILES)
    links = office.ask("GET", f"{LOADS}/01LOAD/files", token=office.token()).body
    assert "seconds=300" in links["report_xlsx"] and "report.xlsx" in links["report_xlsx"]
    assert [link.rpartition("'")[2].rpartition("%27")[2] for link in links["account_sheets"]] == [
        "account-sheets-1.pdf",
        "account-sheets-2.xlsx",
    ]
    exported = [one for one in office.audit() if one["what"] == "password.exported"]
    assert [(one["load"], one["files"]) for one in exported] == [("01LOAD", 2)]


def test_account_sheets_are_withheld_without_the_right(office: Office) -> None:
    held(office, files=FILES)
    person = office.put(account("reader", "Staff", rights={"loads.approve": ["*"]}))
    links = office.ask("GET", f"{LOADS}/01LOAD/files", token=office.token(person.id)).body
    assert (links["account_sheets"], links["withheld"]) == ([], 2)
    assert links["report_html"]
    assert "password.exported" not in [one["what"] for one in office.audit()]


def test_no_link_leaves_if_the_audit_event_can_t_be_written(office: Office) -> None:
    held(office, files=FILES)
    token = office.token()

    def failing(item: Any) -> bool:
        from rostering.errors import StoreError

        raise StoreError("down")

    office.store.insert = failing
    answer = office.ask("GET", f"{LOADS}/01LOAD/files", token=token)
    assert (answer.status, answer.body["code"]) == (503, "UNAVAILABLE")
    assert "memory://" not in answer.text


def test_the_site_tells_the_inbox_to_those_who_follow_loads(office: Office) -> None:
    whole = office.ask("GET", f"/sites/{SITE}", token=office.token()).body
    assert (whole["inbox_bucket"], whole["inbox_prefix"]) == ("inbox-bucket", "inbox/lakeview/")
    pupil = office.put(account("pupil"))
    seen = office.ask("GET", f"/sites/{SITE}", token=office.token(pupil.id)).body
    assert (seen["name"], seen["inbox_bucket"]) == ("Lakeview Schools", None)

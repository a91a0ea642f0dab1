"""No name, birth date, address, password, token or first secret in logs, workflow state, messages or report.json.

A district whose every personal value is a word that occurs nowhere else is loaded, changed, held,
rejected and turned back, and people do at the account API what they do there; then everything that
operators and machines see is searched for the words.
"""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.workflow.office import Office, Student, sheet
from tests.workflow.traffic import MARKED, TYPED, Traffic, account_traffic
from tests.workflow.watch import happened, logged, said, waiting

MOST_STATE_BYTES = 32 * 1024
BORN = date(2014, 9, 27)
_SERIAL = str((BORN - date(1899, 12, 30)).days)

WORDS = ("Qvorbenia", "Qvanstrupp", "Qvaldimere", "Qvistgaardia", "Qvendoline", "Qvubbleton")
EMAILS = ("qvx1@qvmail.example", "qvx2@qvmail.example", "qvodd@@qvmail")
PHONE = "(718) 555-0199"
STATE_IDS = ("QVS7731904", "QVS7731905")
BIRTH = (BORN.isoformat(), f"{BORN.month}/{BORN.day}/{BORN.year}", BORN.strftime("%m/%d/%Y"), _SERIAL)
PLANTED = (*WORDS, *MARKED, *TYPED, "qvmail", "qvx1", "qvodd", PHONE, "555-0199", *STATE_IDS, *BIRTH)


def _people() -> list[Student]:
    first, last, guardian, other_first, other_last, _ = WORDS
    mother = (guardian, last, EMAILS[1], PHONE)
    return [Student(1, first, last, EMAILS[0], BORN, STATE_IDS[0], mother),
            Student(2, other_first, other_last, "", BORN, STATE_IDS[1], (guardian, last, EMAILS[1], PHONE)),
            *(Student(number, guardian=(f"{guardian}{chr(ord('a') + number)}", last, "", PHONE))
              for number in range(3, 9))]


@pytest.fixture(scope="module")
def quiet(running, overheard) -> Office:
    """The site after all of it: a load, a change, a rejected hold, a sheet turned back."""
    office = Office(running, "quiet")
    bad_row = Student(9, WORDS[5], WORDS[1], EMAILS[2], BORN)
    first = office.loaded(sheet(_people()))
    assert first["state"] == "done"
    changed = [one._replace(last=WORDS[5]) if one.number == 2 else one for one in _people()]
    held = office.loaded(sheet([*changed, bad_row]))
    assert (held["state"], held["problem_counts"].get("R-EMAIL")) == ("held", 1)
    assert office.decided(held["load"], "approve")["state"] == "done"
    missing = office.loaded(sheet(_people()[1:], complete=True))
    assert office.decided(missing["load"], "reject")["state"] == "rejected"
    back = office.loaded(sheet(_people(), district="Quite Another District"))
    assert back["state"] == "turned_back"
    return office


@pytest.fixture(scope="module")
def loads(quiet) -> dict[str, str]:
    """The state of each load of the site."""
    return {one["load"]: one["state"] for one in quiet.pages("/loads", "loads")}


@pytest.fixture(scope="module")
def traffic(quiet) -> Traffic:
    """What was done at the account API after the loads, rightly and wrongly."""
    return account_traffic(quiet)


@pytest.fixture(scope="module")
def secrets(quiet, traffic) -> list[str]:
    """The first secrets that the loads issued, and every token, code and first secret that was handed out."""
    return [*quiet.first_secrets().values(), *traffic.handed_out]


@pytest.fixture(scope="module")
def nothing_of(secrets) -> Any:
    """A check that none of the planted words, and no first secret, is in a text."""
    assert len(secrets) >= 8
    words = [re.escape(word) for word in (*PLANTED, *secrets)]
    spaced = [r"\W*".join(map(re.escape, re.findall(r"\w+", secret))) for secret in secrets]
    planted = re.compile(rf"(?<![\w]){_SERIAL}(?![\w])|" + "|".join(
        word for word in (*words, *spaced) if word != _SERIAL), re.IGNORECASE)

    def check(text: str, where: str) -> None:
        found = sorted({match[0] for match in planted.finditer(text)})
        assert found == [], f"{len(found)} planted words in {where}"
    return check


def test_the_words_are_where_they_belong(quiet, nothing_of):
    """The search finds what is there: in the accounts, the sender's own rows and the cards."""
    people = quiet.people()
    assert people["Student 000001"]["last_name"] == WORDS[1]
    assert people["Student 000001"]["email"] == EMAILS[0]
    with pytest.raises(AssertionError, match="planted words"):
        nothing_of(json.dumps(people), "accounts")
    with pytest.raises(AssertionError, match="planted words"):
        nothing_of(f"serial {_SERIAL}.", "a log")


def test_the_traffic_met_every_kind_of_answer(traffic, nothing_of):
    """Tokens of each kind and refusals of each kind: the search has something to find."""
    assert {200, 201, 400, 401, 403, 404, 422} <= set(traffic.statuses)
    assert len(traffic.handed_out) >= 15 and all(len(one) > 10 for one in traffic.handed_out)
    for one in traffic.handed_out:
        with pytest.raises(AssertionError, match="planted words"):
            nothing_of(f"a line with {one} in it", "a log")


def test_no_log_stream_holds_them(quiet, loads, nothing_of):
    lines = logged(quiet.cloud)
    assert all(any(load in line for line in lines) for load in loads)
    assert said(quiet.cloud, "finished", site="quiet")
    for line in lines:
        nothing_of(line, "a log stream")


def test_the_servers_own_log_does_not_hold_them(quiet, nothing_of):
    log = Path(quiet.cloud.home) / "cloud" / "cloud.log"
    nothing_of(log.read_text(errors="replace"), "the server's log")


def test_no_workflow_state_holds_them(quiet, loads, nothing_of):
    clients = quiet.cloud.client("stepfunctions")
    begun = [quiet.execution(load) for load, state in loads.items() if state != "turned_back"]
    assert len(begun) == 3
    for execution in begun:
        history = happened(quiet.cloud, execution)
        assert len(history) > 20
        nothing_of(json.dumps(history, default=str), "a history")
        described = clients.describe_execution(executionArn=execution)
        nothing_of(json.dumps(described, default=str), "an execution")


def test_the_lists_that_maps_go_through_do_not_hold_them(quiet, nothing_of):
    s3, bucket = quiet.cloud.client("s3"), quiet.cloud.outputs["WorkBucket"]
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="plans/quiet/")
    lists = [one["Key"] for page in pages for one in page["Contents"]
             if re.fullmatch(r"plans/quiet/[^/]+/\w+\.json", one["Key"])]
    assert any(key.endswith("/all.json") for key in lists)
    for key in lists:
        nothing_of(s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode(), key)


def test_no_message_about_a_drop_holds_them(quiet, overheard, nothing_of):
    messages = overheard.messages("inbox/quiet/")
    assert len(messages) == 4
    for body in messages:
        nothing_of(body, "a message")
    assert waiting(quiet.cloud, "DeadLetters") == 0


def test_no_report_for_programs_holds_them(quiet, loads, nothing_of):
    reports = [quiet.files(load)["report_json"].decode() for load in loads]
    assert len(reports) == 4
    assert any('"R-EMAIL"' in report for report in reports)
    for report in reports:
        nothing_of(report, "report.json")


def test_no_load_and_no_audit_event_holds_them(quiet, nothing_of):
    pages = quiet.cloud.client("dynamodb").get_paginator("scan").paginate(
        TableName=quiet.cloud.outputs["TableName"])
    kinds = ("quiet#AUDIT#", "quiet#LOAD#", "quiet#DROP#", "quiet#RECEIVED#")
    events = [item for page in pages for item in page["Items"] if item["pk"]["S"].startswith(kinds)]
    assert len(events) > 10
    nothing_of(json.dumps(events, default=str), "a load or an audit event")


def test_the_state_of_a_workflow_is_small(quiet):
    """Step Functions takes 256 KiB; a state of names and counts never comes near."""
    parts = ("input", "output", "parameters", "cause")
    sizes = {len(details[part].encode())
             for execution in _all_executions(quiet) for event in happened(quiet.cloud, execution)
             for details in event.values() if isinstance(details, dict)
             for part in parts if isinstance(details.get(part), str)}
    assert 100 < max(sizes) < MOST_STATE_BYTES


def _all_executions(office: Office) -> list[str]:
    pages = office.cloud.client("stepfunctions").get_paginator("list_executions").paginate(
        stateMachineArn=office.cloud.outputs["SyncArn"])
    return [one["executionArn"] for page in pages for one in page["executions"]]

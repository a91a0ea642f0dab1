"""The operator's orders about loads that stopped and about dead letters, on memory and on moto."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from accounts.aws import SqsLetters
from accounts.dead_letters import Letter
from accounts.operator import carry_out
from rostering.clock import iso, moment
from rostering.load import progress
from rostering.store import keys
from tests.integration.accounts.office import SITE, START, Office

LOAD, NEWER = "01M87548A20R06K0HY86PM6KDX", "01M87548A20R06K0HY86PM6KDY"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:drops"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:export"
DROP = json.dumps({"detail": {"object": {"key": f"inbox/{SITE}/T-1/Mia Ruiz.xlsx"}}})


@dataclass
class Box:
    """Dead letters in memory; `sent` is what went back and where."""

    letters: list[Letter]
    sent: list[tuple[str, str]] = field(default_factory=list)
    released: int = 0

    def take(self) -> list[Letter]:
        return list(self.letters)

    def release(self, letters: Iterable[Letter]) -> None:
        self.released += 1

    def remove(self, letter: Letter) -> None:
        self.letters.remove(letter)

    def takes(self, arn: str) -> bool:
        return arn in (QUEUE, FUNCTION)

    def send(self, arn: str, body: str) -> None:
        self.sent.append((arn, body))


DROPPED = Letter("m-1", "r", DROP, START, QUEUE)
SCHEDULED = Letter("m-2", "r", json.dumps({"site": SITE, "zone": "Z", "kind": "pull"}), START + 1,
                   attributes={"TARGET_ARN": QUEUE, "ERROR_CODE": "AWS.SQS.NonExistentQueue"})
CALLED = Letter("m-3", "r", json.dumps({
    "requestContext": {"functionArn": f"{FUNCTION}:$LATEST", "condition": "RetriesExhausted"},
    "requestPayload": {"site": SITE, "export": "e-1"}, "responsePayload": {"errorMessage": "Mia"}}), START + 2)
STRANGE = Letter("m-4", "r", "no JSON", START + 3)


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def box() -> Box:
    return Box([STRANGE, CALLED, SCHEDULED, DROPPED])


def ask(office: Office, box: Box | None = None, **order: Any) -> dict[str, Any]:
    return carry_out(office.ports, order, lambda: box)


def stopped(office: Office, state: str = "failed", load: str = LOAD, **more: Any) -> None:
    progress.create(office.store, SITE, load, {"source": "sheet"} | more, now=iso(moment("2026-09-21T08:00:00.000Z")))
    if state in progress.OVER:
        progress.close(office.store, SITE, load, state, now=office.ports.time())
    else:
        progress.change(office.store, SITE, load, now=office.ports.time(), state=state)


def resume(office: Office, load: str = LOAD) -> dict[str, Any]:
    return ask(office, action="resume-load", site=SITE, load=load, reason="the table was full")


def events(office: Office, what: str) -> list[dict[str, Any]]:
    day = keys.audit(SITE, office.ports.time()[:10], "", "").pk
    return [item.body for item in office.store.query(day).items if item.body["what"] == what]


def test_a_load_that_failed_goes_on_under_its_own_number(office):
    stopped(office)
    assert resume(office) == {"site": SITE, "load": LOAD, "resumed": 1}
    assert office.ports.workflow.started == [(SITE, LOAD)]
    body = progress.read(office.store, SITE, LOAD)
    assert (body["state"], body["resumed"], body.get("message")) == ("read", 1, None)


def test_resuming_leaves_an_audit_event_with_the_reason(office):
    stopped(office)
    resume(office)
    (event,) = events(office, "load.resumed")
    assert (event["by"], event["load"], event["reason"]) == ("operator", LOAD, "the table was full")


def test_a_load_can_be_resumed_as_often_as_it_fails_and_each_has_a_workflow_of_its_own(office):
    stopped(office)
    resume(office)
    office.clock.at += 60
    progress.close(office.store, SITE, LOAD, "failed", now=office.ports.time())
    assert resume(office)["resumed"] == 2
    assert office.ports.workflow.running == {f"{LOAD}-1", f"{LOAD}-2"}


@pytest.mark.parametrize("state", ["done", "held", "rejected", "turned_back", "undone"])
def test_a_load_that_did_not_stop_is_left_alone(office, state):
    stopped(office, state)
    assert resume(office)["error"]["code"] == "NOT_STOPPED"
    assert progress.read(office.store, SITE, LOAD)["state"] == state
    assert office.ports.workflow.started == []


def test_a_load_whose_workflow_runs_is_left_alone(office):
    stopped(office, "applying")
    office.ports.workflow.running.add(LOAD)
    assert resume(office)["error"]["code"] == "RUNNING"


def test_a_load_whose_workflow_ended_without_a_word_goes_on(office):
    stopped(office, "applying")
    assert resume(office)["resumed"] == 1


def test_a_load_is_not_resumed_over_a_newer_one_of_its_source(office):
    stopped(office)
    stopped(office, "done", NEWER)
    office.put_item(keys.newest(SITE, "sheet"), {"load": NEWER})
    told = resume(office)["error"]
    assert told["code"] == "NEWER" and NEWER in told["message"]


@pytest.mark.parametrize("state", ["rejected", "failed", "undone"])
def test_a_newer_load_that_came_to_nothing_is_in_nobodys_way(office, state):
    stopped(office)
    stopped(office, state, NEWER)
    office.put_item(keys.newest(SITE, "sheet"), {"load": NEWER})
    assert resume(office)["resumed"] == 1


def test_what_was_read_too_long_ago_is_not_resumed(office):
    stopped(office)
    office.clock.at = START + 31 * 86_400
    assert resume(office)["error"]["code"] == "TOO_OLD"


def test_there_is_no_resuming_without_a_load_or_a_reason(office):
    assert resume(office, "01NONE")["error"]["code"] == "LOAD"
    assert ask(office, action="resume-load", site=SITE, load=LOAD, reason=" ")["error"]["code"] == "INVALID"


def test_dead_letters_are_told_by_ids_and_codes_the_oldest_first(office, box):
    told = ask(office, box, action="dead-letters")["letters"]
    assert [(one["id"], one["of"], one["site"], one["error"], one["can_go_back"]) for one in told] == [
        ("m-1", "drops", SITE, "", True), ("m-2", "drops", SITE, "AWS.SQS.NonExistentQueue", True),
        ("m-3", "export", SITE, "RetriesExhausted", True), ("m-4", "unknown", "", "", False)]
    assert told[1]["about"] == {"zone": "Z", "kind": "pull"}
    assert box.released == 1


def test_no_name_of_a_file_or_answer_of_a_function_is_told(office, box):
    assert "Mia" not in json.dumps(ask(office, box, action="dead-letters"))


def test_all_that_can_go_back_goes_where_it_came_from_as_it_was(office, box):
    assert ask(office, box, action="redrive", reason="fixed") == {"redriven": 3, "left": 1}
    assert sorted(box.sent) == sorted([
        (QUEUE, DROP), (QUEUE, SCHEDULED.body), (FUNCTION, '{"site": "lakeview", "export": "e-1"}')])
    assert box.letters == [STRANGE]


def test_one_letter_goes_back_alone_with_an_event_of_its_site(office, box):
    assert ask(office, box, action="redrive", ids=["m-1"], reason="fixed") == {"redriven": 1, "left": 3}
    (event,) = events(office, "dead_letter.redriven")
    assert (event["by"], event["letter"], event["of"], event["reason"]) == ("operator", "m-1", "drops", "fixed")


def test_a_letter_that_could_not_be_sent_stays(office, box):
    class Broken(Box):
        def send(self, arn: str, body: str) -> None:
            raise ConnectionError
    broken = Broken([DROPPED])
    with pytest.raises(ConnectionError):
        ask(office, broken, action="redrive", reason="fixed")
    assert broken.letters == [DROPPED] and broken.released == 1


def test_a_letter_of_nobody_can_be_discarded_and_not_sent_back(office, box):
    assert ask(office, box, action="redrive", ids=["m-4"], reason="r")["error"]["code"] == "NO_WAY_BACK"
    assert ask(office, box, action="discard", ids=["m-4"], reason="not ours") == {"discarded": 1, "left": 3}
    assert box.sent == []


def test_letters_are_discarded_by_name_only(office, box):
    assert ask(office, box, action="discard", reason="r")["error"]["code"] == "IDS"
    assert ask(office, box, action="discard", ids=["m-9"], reason="r")["error"]["code"] == "NO_LETTER"
    assert len(box.letters) == 4


def test_a_letter_of_another_account_is_never_sent(office, box):
    box.letters = [replace(DROPPED, source="arn:aws:sqs:us-east-1:999999999999:theirs")]
    assert ask(office, box, action="redrive", reason="r") == {"redriven": 0, "left": 1}


def test_an_unknown_order_is_told_what_there_is(office):
    assert "resume-load" in ask(office, action="drop-table")["error"]["message"]
    assert ask(office, action=["redrive"])["error"]["code"] == "ACTION"


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        sqs = boto3.client("sqs", region_name="us-east-1")
        urls = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("dead", "drops")}
        yield sqs, urls


def test_letters_of_sqs_are_taken_sent_back_and_removed(queues):
    sqs, urls = queues
    for number in range(25):
        sqs.send_message(QueueUrl=urls["dead"], MessageBody=str(number), MessageAttributes={
            "TARGET_ARN": {"DataType": "String", "StringValue": QUEUE}})
    letters = SqsLetters(sqs, None, urls["dead"], queues=[urls["drops"]], functions_to=[])
    found = letters.take()
    assert sorted(int(one.body) for one in found) == list(range(25))
    assert found[0].attributes == {"TARGET_ARN": QUEUE} and found[0].sent_at > 1_700_000_000
    assert letters.takes(QUEUE) and not letters.takes("arn:aws:sqs:us-east-1:123456789012:other")
    letters.send(QUEUE, found[0].body)
    letters.remove(found[0])
    letters.release(found)
    assert len(letters.take()) == 24
    assert sqs.receive_message(QueueUrl=urls["drops"])["Messages"][0]["Body"] == found[0].body
